using AutoTrader.Core.Ports;
using AutoTrader.Core.Risk;

namespace AutoTrader.Storage.Records;

/// <summary>The columns of the account row.</summary>
internal static class AccountRecord
{
    private static readonly RiskLimits Defaults = new();

    public static RecordMapper<AccountState> Mapper { get; } = new(Write, Read);

    private static void Write(AccountState account, ColumnWriter to)
    {
        to.Decimal("max_position_size", account.Limits.MaxPositionSize);
        to.Decimal("max_position_value", account.Limits.MaxPositionValue);
        to.Decimal("max_order_value", account.Limits.MaxOrderValue);
        to.Decimal("max_daily_loss", account.Limits.MaxDailyLoss);
        to.Integer("max_daily_trades", account.Limits.MaxDailyTrades);
        to.Flag("allow_margin", account.Limits.AllowMargin);
        to.Json("kill_switch", account.KillSwitch, Nested.Json.KillSwitch);
        to.Json("today", account.Today, Nested.Json.TradingDay);
        to.Date("loss_latched_on", account.LossLatchedOn);
        to.Text("account_number", account.AccountNumber);
        to.Json("cash", account.Cash, Nested.Json.CashBook);
        to.Long("entries_committed", account.EntriesCommitted);
        to.Text("last_occurrence", account.LastOccurrence);
        to.Json("restoring", account.Restoring, Nested.Json.RestoreMark);
    }

    private static AccountState Read(ColumnReader from) =>
        new()
        {
            Limits = new()
            {
                MaxPositionSize = from.Decimal("max_position_size", Defaults.MaxPositionSize),
                MaxPositionValue = from.Decimal("max_position_value", Defaults.MaxPositionValue),
                MaxOrderValue = from.Decimal("max_order_value", Defaults.MaxOrderValue),
                MaxDailyLoss = from.Decimal("max_daily_loss", Defaults.MaxDailyLoss),
                MaxDailyTrades = from.Integer("max_daily_trades", Defaults.MaxDailyTrades),
                AllowMargin = from.Flag("allow_margin", Defaults.AllowMargin),
            },
            KillSwitch = from.Json("kill_switch", Nested.Json.KillSwitch),
            Today = from.Json("today", Nested.Json.TradingDay),
            LossLatchedOn = from.OptionalDate("loss_latched_on"),
            AccountNumber = from.OptionalText("account_number"),
            Cash = from.Json("cash", Nested.Json.CashBook),
            EntriesCommitted = from.Long("entries_committed", 0),
            LastOccurrence = from.OptionalText("last_occurrence"),
            Restoring = from.Json("restoring", Nested.Json.RestoreMark),
        };
}

/// <summary>The columns of commands.</summary>
internal static class CommandRecord
{
    public static RecordMapper<CommandEnvelope> Mapper { get; } =
        new(Write, Read, (command, row) => row.RowKey == TradingKey.Command(command.Id));

    private static void Write(CommandEnvelope command, ColumnWriter to)
    {
        to.Text("id", command.Id);
        to.Word("kind", command.Command.Kind);
        to.Text("target", command.Command.Target);
        to.Json("order", (command.Command as PlaceOrder)?.Terms, Nested.Json.OrderTerms);
        to.Decimal("amount", (command.Command as AcceptCash)?.Difference);
        to.Text("client_order_id", (command.Command as PlaceOrder)?.ClientOrderId);
        to.Text("request_hash", command.RequestHash);
        to.Flag("whole_account", command.Command is Flatten { WholeAccount: true } or DeleteStrategy { Force: true });
        to.Text("reason", command.Reason);
        to.Text("caller", command.Caller);
        to.Text("occurrence", command.Occurrence);
        to.Instant("requested_at", command.RequestedAt);
        to.Instant("serve_by", command.ExpiresAt);
        to.Instant("key_since", command.KeySince);
        to.Word("status", command.Status);
        to.Text("code", command.Code);
        to.Text("outcome", command.Outcome);
        to.Instant("served_at", command.HandledAt);
    }

    private static CommandEnvelope Read(ColumnReader from) =>
        new()
        {
            Id = from.Text("id"),
            Command = ReadCommand(from),
            RequestHash = from.OptionalText("request_hash"),
            Reason = from.OptionalText("reason"),
            Caller = from.Text("caller"),
            Occurrence = from.OptionalText("occurrence"),
            RequestedAt = from.Instant("requested_at"),
            ExpiresAt = from.OptionalInstant("serve_by"),
            KeySince = from.OptionalInstant("key_since"),
            Status = from.Word<CommandStatus>("status"),
            Code = from.OptionalText("code"),
            Outcome = from.OptionalText("outcome"),
            HandledAt = from.OptionalInstant("served_at"),
        };

    // Every column is read, whatever the kind: an unread column counts as a later version's.
    private static EngineCommand ReadCommand(ColumnReader from)
    {
        var (kind, target) = (from.Word<CommandKind>("kind"), from.OptionalText("target"));
        var (order, orderId) = (from.Json("order", Nested.Json.OrderTerms), from.OptionalText("client_order_id"));
        var (amount, flag) = (from.OptionalDecimal("amount"), from.Flag("whole_account"));
        return kind switch
        {
            CommandKind.PlaceOrder => new PlaceOrder(
                order ?? throw ColumnReader.Missing("order"),
                orderId ?? throw ColumnReader.Missing("client_order_id")
            ),
            CommandKind.CancelOrder => new CancelOrder(Target()),
            CommandKind.CloseStrategy => new CloseStrategy(Target()),
            CommandKind.PauseStrategy => new PauseStrategy(Target()),
            CommandKind.ResumeStrategy => new ResumeStrategy(Target()),
            CommandKind.EnableStrategy => new EnableStrategy(Target()),
            CommandKind.DisableStrategy => new DisableStrategy(Target()),
            CommandKind.DeleteStrategy => new DeleteStrategy(Target(), flag),
            CommandKind.Flatten => new Flatten(flag),
            CommandKind.ReleaseHold => new ReleaseHold(Target()),
            CommandKind.AcceptCash => new AcceptCash(amount ?? throw ColumnReader.Missing("amount")),
            CommandKind.SetKillSwitch => new SetKillSwitch(Target() == "on"),
            _ => throw new FormatException($"The command {kind} is not known."),
        };

        string Target() => target ?? throw ColumnReader.Missing("target");
    }
}
