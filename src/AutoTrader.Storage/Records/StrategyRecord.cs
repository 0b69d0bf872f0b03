using System.Text.RegularExpressions;
using AutoTrader.Core.Market;
using AutoTrader.Core.Portfolio;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Storage.Records;

/// <summary>The columns of strategies.</summary>
internal static partial class StrategyRecord
{
    public static RecordMapper<Strategy> Mapper { get; } =
        new(Write, Read, (strategy, row) => row.RowKey == TradingKey.Strategy(strategy.Id));

    private static void Write(Strategy strategy, ColumnWriter to)
    {
        to.Text("id", strategy.Id);
        to.Text("symbol", strategy.Symbol);
        to.Word("strategy_type", strategy.StrategyType);
        to.Integer("quantity", strategy.Quantity);
        to.Flag("enabled", strategy.Enabled);
        to.Word("entry_type", strategy.EntryType);
        to.Decimal("entry_price", strategy.EntryPrice);
        to.Text("entry_condition", strategy.EntryCondition);
        to.Decimal("trailing_stop_pct", strategy.TrailingStopPct);
        to.Decimal("pullback_pct", strategy.PullbackPct);
        to.Decimal("take_profit_pct", strategy.TakeProfitPct);
        to.Decimal("stop_loss_pct", strategy.StopLossPct);
        to.List("scale_targets", strategy.ScaleTargets, Nested.Json.ScaleTargetArray);
        to.Json("grid_config", strategy.GridConfig, Nested.Json.GridConfig);
        to.Flag("repeat", strategy.Repeat);
        to.Integer("cooldown_minutes", strategy.CooldownMinutes);
        to.Flag("allow_shared_symbol", strategy.AllowSharedSymbol);
        to.Word("on_unprotected", strategy.OnUnprotected);
        to.Instant("schedule_at", strategy.ScheduleAt);
        to.Flag("schedule_enabled", strategy.ScheduleEnabled);
        to.Text("schedule_cron", strategy.ScheduleCron);
        to.Text("schedule_market", strategy.ScheduleMarket?.ToString());
        to.Text("notes", strategy.Notes);
        to.Instant("created_at", strategy.CreatedAt);
        to.Instant("updated_at", strategy.UpdatedAt);
        to.Word("phase", strategy.Phase);
        to.Text("pause_reason", strategy.PauseReason);
        to.Word("pause_cause", strategy.PauseCause);
        to.Text("arm", strategy.Arm);
        to.Integer("next_sequence", strategy.NextSequence);
        HoldingRecord.Write(strategy.Holding, to);
        to.Decimal("entered_quantity", strategy.EnteredQuantity);
        to.Decimal("entry_fill_price", strategy.EntryFillPrice);
        to.Decimal("pullback_reference_price", strategy.PullbackReferencePrice);
        to.Decimal("high_watermark", strategy.HighWatermark);
        to.Decimal("effective_stop", strategy.EffectiveStop);
        to.Integer("exit_revision", strategy.ExitRevision);
        to.Integer("stop_revision", strategy.StopRevision);
        to.List("slots", strategy.Slots, Nested.Json.DecimalArray);
        to.Json("closing", strategy.Closing, Nested.Json.Closing);
        to.Integer("protection_refusals", strategy.ProtectionRefusals);
        to.List("refused_exits", strategy.RefusedExits, Nested.Json.Int32Array);
        to.Text("waiting_for", strategy.WaitingFor);
        to.Integer("entry_refusals", strategy.EntryRefusals);
        to.Instant("retry_entry_at", strategy.RetryEntryAt);
        to.Instant("completed_at", strategy.CompletedAt);
        to.Text("last_occurrence", strategy.LastOccurrence);
    }

    private static Strategy Read(ColumnReader from) =>
        new()
        {
            Id = from.Text("id"),
            Symbol = from.Text("symbol"),
            StrategyType = from.Word<StrategyType>("strategy_type"),
            Quantity = from.Integer("quantity"),
            Enabled = from.Flag("enabled", otherwise: true),
            EntryType = from.Word("entry_type", EntryType.Market),
            EntryPrice = from.OptionalDecimal("entry_price"),
            EntryCondition = from.OptionalText("entry_condition"),
            TrailingStopPct = from.OptionalDecimal("trailing_stop_pct"),
            PullbackPct = from.OptionalDecimal("pullback_pct"),
            TakeProfitPct = from.OptionalDecimal("take_profit_pct"),
            StopLossPct = from.OptionalDecimal("stop_loss_pct"),
            ScaleTargets = from.List("scale_targets", Nested.Json.ScaleTargetArray),
            GridConfig = from.Json("grid_config", Nested.Json.GridConfig),
            Repeat = from.Flag("repeat"),
            CooldownMinutes = from.Integer("cooldown_minutes", 0),
            AllowSharedSymbol = from.Flag("allow_shared_symbol"),
            OnUnprotected = from.Word("on_unprotected", OnUnprotected.Exit),
            ScheduleAt = from.OptionalInstant("schedule_at"),
            ScheduleEnabled = from.Flag("schedule_enabled"),
            ScheduleCron = from.OptionalText("schedule_cron"),
            ScheduleMarket =
                from.OptionalText("schedule_market") is not { } market ? null
                : MarketTime.TryParse(market, out var time) ? time
                : throw new FormatException($"schedule_market \"{market}\" is not a market time."),
            Notes = from.OptionalText("notes"),
            CreatedAt = from.Instant("created_at"),
            UpdatedAt = from.Instant("updated_at"),
            Phase = from.Word<StrategyPhase>("phase"),
            PauseReason = from.OptionalText("pause_reason"),
            PauseCause = from.OptionalWord<PauseCause>("pause_cause") ?? CauseBefore(from.OptionalText("pause_reason")),
            Arm = from.Text("arm"),
            NextSequence = from.Integer("next_sequence"),
            Holding = HoldingRecord.Read(from),
            EnteredQuantity = from.Decimal("entered_quantity", 0),
            EntryFillPrice = from.OptionalDecimal("entry_fill_price"),
            PullbackReferencePrice = from.OptionalDecimal("pullback_reference_price"),
            HighWatermark = from.OptionalDecimal("high_watermark"),
            EffectiveStop = from.OptionalDecimal("effective_stop"),
            ExitRevision = from.Integer("exit_revision", 0),
            StopRevision = from.Integer("stop_revision", 0),
            Slots = from.List("slots", Nested.Json.DecimalArray),
            Closing = from.Json("closing", Nested.Json.Closing),
            ProtectionRefusals = from.Integer("protection_refusals", 0),
            RefusedExits = from.List("refused_exits", Nested.Json.Int32Array),
            WaitingFor = from.OptionalText("waiting_for"),
            EntryRefusals = from.Integer("entry_refusals", 0),
            RetryEntryAt = from.OptionalInstant("retry_entry_at"),
            CompletedAt = from.OptionalInstant("completed_at"),
            LastOccurrence = from.OptionalText("last_occurrence"),
        };

    // Rows of earlier versions say it in the sentence alone.
    private static PauseCause CauseBefore(string? reason) =>
        reason is not null && EndedOutside().IsMatch(reason) ? PauseCause.ExternalChange : PauseCause.Asked;

    [GeneratedRegex(
        @"^the order \S+ was ended outside AutoTrader; resume when you have looked at it\z",
        RegexOptions.CultureInvariant | RegexOptions.NonBacktracking
    )]
    private static partial Regex EndedOutside();
}

/// <summary>The columns of a holding, inside a strategy or as a separate row for unmanaged shares.</summary>
internal static class HoldingRecord
{
    public static RecordMapper<UnmanagedHolding> Mapper { get; } =
        new(
            (unmanaged, to) =>
            {
                to.Text("symbol", unmanaged.Symbol);
                to.Integer("next_sequence", unmanaged.NextSequence);
                Write(unmanaged.Holding, to);
            },
            from => new(from.Text("symbol"), Read(from), from.Integer("next_sequence")),
            (unmanaged, row) => row.RowKey == TradingKey.Holding(unmanaged.Symbol)
        );

    public static void Write(Holding holding, ColumnWriter to)
    {
        to.Decimal("held_quantity", holding.Quantity);
        to.List("lots", holding.Lots, Nested.Json.LotArray);
        to.Decimal("short_quantity", holding.ShortQuantity);
        to.Decimal("realized", holding.Realized);
        to.Decimal("fees", holding.Fees);
        to.Decimal("cash_in_lieu", holding.CashInLieu);
        to.Integer("fills", holding.Fills);
        to.Json("today", holding.Today, Nested.Json.DayTally);
        to.Date("last_split", holding.LastSplit);
    }

    public static Holding Read(ColumnReader from)
    {
        from.Derived("held_quantity");
        return new()
        {
            Lots = from.List("lots", Nested.Json.LotArray),
            ShortQuantity = from.Decimal("short_quantity", 0),
            Realized = from.Decimal(
                "realized",
                from.Decimal("realised", 0)
            ) /* as it was spelled */
            ,
            Fees = from.Decimal("fees", 0),
            CashInLieu = from.Decimal("cash_in_lieu", 0),
            Fills = from.Integer("fills", 0),
            Today = from.Json("today", Nested.Json.DayTally),
            LastSplit = from.OptionalDate("last_split"),
        };
    }
}
