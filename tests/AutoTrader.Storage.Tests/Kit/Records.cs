using System.Text;
using AutoTrader.Core;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Portfolio;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Risk;
using AutoTrader.Core.Strategies;
using AutoTrader.Storage.Tables;
using CsCheck;

namespace AutoTrader.Storage.Tests.Kit;

/// <summary>Records for tests: plain ones, and any.</summary>
public static class Records
{
    public const string Account = "paper";

    public static readonly DateTimeOffset Noon = new(2026, 3, 4, 17, 0, 0, TimeSpan.Zero);

    public static Strategy Strategy(string id, string symbol = "AAPL") =>
        new()
        {
            Id = id,
            Symbol = symbol,
            StrategyType = StrategyType.TrailingStop,
            Quantity = 10,
            TrailingStopPct = 5,
            Arm = "abcdefgh",
            CreatedAt = Noon,
            UpdatedAt = Noon,
        };

    public static Order Order(string strategyId, int sequence = 1, OrderStatus status = OrderStatus.Intended) =>
        new()
        {
            ClientOrderId = $"at-{strategyId}-abcdefgh-{sequence}",
            StrategyId = strategyId,
            Arm = "abcdefgh",
            Sequence = sequence,
            Role = OrderRole.Entry,
            Terms = new()
            {
                Symbol = "AAPL",
                Side = OrderSide.Buy,
                Quantity = 10,
                Type = OrderType.Market,
            },
            Status = status,
            DecidedAt = Noon,
        };

    public static Fill Fill(string executionId, DateTimeOffset? at = null) =>
        new()
        {
            ExecutionId = executionId,
            StrategyId = "s1",
            Symbol = "AAPL",
            Side = OrderSide.Buy,
            Quantity = 10,
            Price = 100.25m,
            At = at ?? Noon,
            TradingDay = DateOnly.FromDateTime((at ?? Noon).UtcDateTime),
        };

    public static CommandEnvelope Command(string id) =>
        new()
        {
            Id = id,
            Command = new PauseStrategy("s1"),
            Caller = "tests",
            RequestedAt = Noon,
        };

    public static CycleRecord Cycle(DateTimeOffset at, int number = 0) =>
        new()
        {
            Planned = at,
            StartedAt = at,
            Cause = "timer",
            Holder = "tests",
            Evaluated = number,
            Events = ["one", "two"],
        };

    public static TradingWrite Insert(Strategy strategy) => new(TradingKey.Strategy(strategy.Id), strategy, null);

    public static TradingWrite Insert(Order order) => new(TradingKey.Order(order), order, null);

    public static TradingWrite Insert(Fill fill) => new(TradingKey.Fill(fill.ExecutionId), fill, null);

    public static TradingWrite Insert(CommandEnvelope command) => new(TradingKey.Command(command.Id), command, null);

    /// <summary>Commits, which must succeed, and gives the versions.</summary>
    public static async Task<IReadOnlyList<RowVersion?>> MustCommitAsync(this ITradingStore store, params TradingWrite[] group) =>
        (await store.CommitAsync(Account, group, CancellationToken.None)).ShouldBeOfType<CommitResult.Committed>().Versions;

    /// <summary>Writes columns past the stores, as a newer version or a person might.</summary>
    public static async Task PutAsync(
        this IEntityTable table,
        string partitionKey,
        string rowKey,
        params (string Name, object Value)[] columns
    )
    {
        var entity = await table.ReadAsync(partitionKey, rowKey, CancellationToken.None) ?? [];
        foreach (var (name, value) in columns)
        {
            entity[name] = value;
        }

        (
            await table.WriteAsync(new EntityGroup(partitionKey, [EntityWrite.Upsert(rowKey, entity)]), CancellationToken.None)
        ).ETags.ShouldNotBeNull();
    }

    // One in twenty is too long for a column.
    private static readonly Gen<string> Text = Gen.Frequency(
        (10, Gen.String[Gen.Char[' ', '~'], 0, 40]),
        (5, Gen.String[Gen.Char['\u00a0', '\ud7ff'], 0, 20]),
        (4, Gen.Int[0x1F300, 0x1FAFF].Array[0, 10].Select(runes => string.Concat(runes.Select(rune => new Rune(rune).ToString())))),
        (1, Gen.Int[32_700, 40_000].Select(length => string.Concat(Enumerable.Repeat("a\U0001F4C8", length / 3))))
    );

    internal static readonly Gen<string?> OptionalText = Gen.Frequency(
        (1, Gen.Const((string?)null)),
        (2, Text.Select(text => (string?)text))
    );

    internal static readonly Gen<DateTimeOffset> Instant = Gen.Long[
            new DateTimeOffset(1601, 1, 1, 0, 0, 0, TimeSpan.Zero).Ticks,
            DateTimeOffset.MaxValue.Ticks
        ]
        .Select(ticks => new DateTimeOffset(ticks, TimeSpan.Zero));

    private static readonly Gen<DateOnly> Day = Gen.Int[0, DateOnly.MaxValue.DayNumber].Select(DateOnly.FromDayNumber);

    private static readonly Gen<decimal> Amount = Gen.OneOf(
        Gen.Decimal,
        Gen.Const(decimal.MaxValue),
        Gen.Const(decimal.MinValue),
        Gen.Const(0.0000000000000000000000000001m),
        Gen.Int[-1000, 1000].Select(n => n / 100m)
    );

    internal static Gen<T?> Optional<T>(Gen<T> gen)
        where T : struct => Gen.Frequency((1, Gen.Const((T?)null)), (2, gen.Select(value => (T?)value)));

    internal static Gen<T?> Maybe<T>(Gen<T> gen)
        where T : class => Gen.Frequency((1, Gen.Const((T?)null)), (2, gen.Select(value => (T?)value)));

    internal static Gen<T> Any<T>()
        where T : struct, Enum => Gen.Int[0, Enum.GetValues<T>().Length - 1].Select(index => Enum.GetValues<T>()[index]);

    private static Gen<ValueList<T>> ListOf<T>(Gen<T> gen) => gen.Array[0, 4].Select(items => items.ToValueList());

    private static readonly Gen<DayTally> AnyTally = Gen.Select(Day, Amount, Amount, Gen.Int, (day, realized, fees, trades) =>
        new DayTally(day, realized, fees, trades)
    );

    private static readonly Gen<Holding> AnyHolding =
        from lots in ListOf(
            Gen.Select(Gen.Int[1, 1000], Gen.Int[1, 100_000], Instant, (quantity, cents, at) => new Lot(quantity / 3m, cents / 100m, at))
        )
        from amounts in Gen.Select(Gen.Int[0, 5], Amount, Amount, Amount)
        from tally in Maybe(AnyTally)
        from split in Optional(Day)
        select new Holding
        {
            Lots = lots,
            ShortQuantity = amounts.Item1,
            Realized = amounts.Item2,
            Fees = amounts.Item3,
            CashInLieu = amounts.Item4,
            Fills = lots.Count,
            Today = tally,
            LastSplit = split,
        };

    internal static readonly Gen<OrderTerms> AnyTerms =
        from words in Gen.Select(Any<OrderSide>(), Any<OrderType>(), Any<TimeInForce>(), Any<OrderClass>())
        from symbol in Text
        from quantity in Amount
        from prices in Gen.Select(Optional(Amount), Optional(Amount), Optional(Amount))
        select new OrderTerms
        {
            Symbol = symbol,
            Side = words.Item1,
            Type = words.Item2,
            TimeInForce = words.Item3,
            Class = words.Item4,
            Quantity = quantity,
            LimitPrice = prices.Item1,
            StopPrice = prices.Item2,
            TrailPercent = prices.Item3,
        };

    public static readonly Gen<UnmanagedHolding> AnyUnmanaged = Gen.Select(Text, AnyHolding, Gen.Int, (symbol, holding, next) =>
        new UnmanagedHolding(symbol, holding, next)
    );

    public static readonly Gen<Strategy> AnyStrategy =
        from texts in OptionalText.Array[9]
        from numbers in Optional(Amount).Array[9]
        from words in Gen.Select(Any<StrategyType>(), Any<EntryType>(), Any<OnUnprotected>(), Any<StrategyPhase>())
        from integers in Gen.Int.Array[4]
        from flags in Gen.Bool.Array[5]
        from instants in Optional(Instant).Array[4]
        from targets in ListOf(Gen.Select(Amount, Amount, (pct, target) => new ScaleTarget(pct, target)))
        from grid in Maybe(
            Gen.Select(Amount, Amount, Gen.Int, Gen.Int, Optional(Amount), (low, high, levels, quantity, stop) =>
                new GridConfig(low, high, levels, quantity) { StopBelow = stop }
            )
        )
        from slots in ListOf(Amount)
        from closing in Maybe(Gen.Select(Text, Instant, Gen.Bool, (reason, since, pauses) => new Closing(reason, since, pauses)))
        from holding in AnyHolding
        select new Strategy
        {
            Id = texts[0] ?? "",
            Symbol = texts[1] ?? "AAPL",
            Arm = texts[2] ?? "arm",
            StrategyType = words.Item1,
            EntryType = words.Item2,
            OnUnprotected = words.Item3,
            Phase = words.Item4,
            Quantity = integers[0],
            CooldownMinutes = integers[1],
            NextSequence = integers[2],
            ProtectionRefusals = integers[3],
            Enabled = flags[0],
            Repeat = flags[1],
            AllowSharedSymbol = flags[2],
            ScheduleEnabled = flags[3],
            EntryPrice = numbers[0],
            TrailingStopPct = numbers[1],
            PullbackPct = numbers[2],
            TakeProfitPct = numbers[3],
            StopLossPct = numbers[4],
            EnteredQuantity = numbers[5] ?? 0,
            EntryFillPrice = numbers[6],
            PullbackReferencePrice = numbers[7],
            HighWatermark = numbers[8],
            EffectiveStop = numbers[0],
            EntryCondition = texts[3],
            ScheduleCron = texts[4],
            Notes = texts[5],
            PauseReason = texts[6],
            PauseCause = flags[4] ? PauseCause.ExternalChange : PauseCause.Asked,
            WaitingFor = texts[7],
            LastOccurrence = texts[8],
            ScheduleAt = instants[0],
            CreatedAt = instants[1] ?? default,
            UpdatedAt = instants[2] ?? default,
            CompletedAt = instants[3],
            ScaleTargets = targets,
            GridConfig = grid,
            Slots = slots,
            ExitRevision = integers[0],
            StopRevision = integers[1],
            RefusedExits = [integers[2], integers[3]],
            Closing = closing,
            Holding = holding,
        };

    public static readonly Gen<Order> AnyOrder =
        from texts in OptionalText.Array[8]
        from words in Gen.Select(Any<OrderRole>(), Any<OrderStatus>(), Any<EndReason>())
        from numbers in Optional(Amount).Array[6]
        from instants in Optional(Instant).Array[7]
        from terms in AnyTerms
        from integers in Gen.Select(Gen.Int, Optional(Gen.Int))
        from ids in ListOf(Text)
        select new Order
        {
            ExitRevision = integers.Item1,
            Amendment = numbers[0] is { } target && numbers[1] is { } stop ? new(target, stop) : null,
            ClientOrderId = texts[0] ?? "",
            StrategyId = texts[1] ?? "s",
            Arm = texts[2] ?? "arm",
            Sequence = integers.Item1,
            Role = words.Item1,
            Terms = terms,
            Status = words.Item2,
            BrokerStatus = texts[3],
            BrokerOrderId = texts[4],
            OtherBrokerIds = ids,
            FilledQuantity = numbers[0] ?? 0,
            ExecutedQuantity = numbers[1] ?? 0,
            AverageFillPrice = numbers[2],
            DecidedAt = instants[0] ?? default,
            DecisionMid = numbers[3],
            SubmitBy = instants[1],
            LastAttemptAt = instants[2],
            AbsentAt = instants[3],
            ExpiresAt = instants[4],
            CancelRequestedAt = instants[5],
            EndedAt = instants[6],
            EndReason = words.Item3,
            Note = texts[5],
            Replaces = texts[6],
            Slot = integers.Item2,
            BrokerStopPrice = numbers[4],
            BrokerHighWatermark = numbers[5],
            RequestHash = texts[7],
            CommandId = texts[4],
        };

    public static readonly Gen<Fill> AnyFill =
        from texts in OptionalText.Array[5]
        from words in Gen.Select(Any<OrderSide>(), Any<FillKind>())
        from numbers in Amount.Array[5]
        from at in Instant
        from day in Day
        select new Fill
        {
            ExecutionId = texts[0] ?? "",
            StrategyId = texts[1] ?? "s",
            ClientOrderId = texts[2],
            Arm = texts[3],
            Symbol = texts[4] ?? "AAPL",
            Side = words.Item1,
            Kind = words.Item2,
            Quantity = numbers[0],
            Price = numbers[1],
            Fee = numbers[2],
            RealizedPnl = numbers[3],
            Ratio = numbers[4],
            At = at,
            TradingDay = day,
        };

    private static readonly Gen<CashTotals> AnyTotals = Amount
        .Array[6]
        .Select(sums => new CashTotals
        {
            Fees = sums[0],
            Dividends = sums[1],
            Interest = sums[2],
            Transfers = sums[3],
            Journals = sums[4],
            Other = sums[5],
        });

    private static readonly Gen<CashBook> AnyCash =
        from since in Instant
        from sums in Gen.Select(Amount, Amount, Gen.Long)
        from total in AnyTotals
        from day in Maybe(Gen.Select(Day, AnyTotals, (day, totals) => new CashDay(day, totals)))
        select new CashBook(since, sums.Item1, sums.Item2, sums.Item3) { Total = total, Day = day };

    public static readonly Gen<CashActivity> AnyActivity =
        from texts in Gen.Select(Text, Text, OptionalText, OptionalText)
        from kind in Any<CashActivityKind>()
        from amount in Amount
        from day in Day
        select new CashActivity
        {
            Id = texts.Item1,
            Type = texts.Item2,
            Symbol = texts.Item3,
            Note = texts.Item4,
            Kind = kind,
            Amount = amount,
            Day = day,
        };

    public static readonly Gen<AccountState> AnyAccount =
        from numbers in Amount.Array[5]
        from trades in Gen.Int
        from margin in Gen.Bool
        from kill in Maybe(Gen.Select(Text, Instant, Text, (reason, since, who) => new KillSwitch(reason, since, who)))
        from today in Maybe(Gen.Select(Day, Amount, (day, unrealized) => new TradingDay(day, unrealized)))
        from latched in Optional(Day)
        from number in OptionalText
        from cash in Maybe(AnyCash)
        from entries in Gen.Long
        select new AccountState
        {
            Limits = new()
            {
                MaxPositionSize = numbers[0],
                MaxPositionValue = numbers[1],
                MaxOrderValue = numbers[2],
                MaxDailyLoss = numbers[3],
                MaxDailyTrades = trades,
                AllowMargin = margin,
            },
            KillSwitch = kill,
            Today = today,
            LossLatchedOn = latched,
            AccountNumber = number,
            Cash = cash,
            EntriesCommitted = entries,
        };

    public static readonly Gen<CommandEnvelope> AnyCommand =
        from texts in OptionalText.Array[9]
        from kind in Any<CommandKind>()
        from status in Any<CommandStatus>()
        from order in AnyTerms
        from flag in Gen.Bool
        from instants in Optional(Instant).Array[4]
        select new CommandEnvelope
        {
            Id = texts[0] ?? "",
            Command = CommandOf(kind, texts[1] ?? "", order, texts[2] ?? "", flag),
            Status = status,
            RequestHash = texts[3],
            Reason = texts[4],
            Caller = texts[5] ?? "",
            Occurrence = texts[6],
            Code = texts[7],
            Outcome = texts[8],
            RequestedAt = instants[0] ?? default,
            ExpiresAt = instants[1],
            HandledAt = instants[2],
            KeySince = instants[3],
        };

    private static EngineCommand CommandOf(CommandKind kind, string target, OrderTerms order, string orderId, bool flag) =>
        kind switch
        {
            CommandKind.PlaceOrder => new PlaceOrder(order, orderId),
            CommandKind.CancelOrder => new CancelOrder(target),
            CommandKind.CloseStrategy => new CloseStrategy(target),
            CommandKind.PauseStrategy => new PauseStrategy(target),
            CommandKind.ResumeStrategy => new ResumeStrategy(target),
            CommandKind.EnableStrategy => new EnableStrategy(target),
            CommandKind.DisableStrategy => new DisableStrategy(target),
            CommandKind.DeleteStrategy => new DeleteStrategy(target, flag),
            CommandKind.Flatten => new Flatten(flag),
            CommandKind.ReleaseHold => new ReleaseHold(target),
            CommandKind.AcceptCash => new AcceptCash(order.Quantity),
            CommandKind.SetKillSwitch => new SetKillSwitch(flag),
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "no such command"),
        };
}
