using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using AutoTrader.Core.Application;
using AutoTrader.Core.Engine;
using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Portfolio;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Risk;
using AutoTrader.Core.Schedules;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Functions.Http;

/// <summary>A page of a list.</summary>
internal sealed record ListView<T>(IReadOnlyList<T> Items, int Count, string? NextCursor)
{
    public static ListView<T> Of(IEnumerable<T> items, string? nextCursor = null)
    {
        var list = items.ToList();
        return new(list, list.Count, nextCursor);
    }
}

/// <summary>A strategy: the fields of its file, and its state.</summary>
internal record StrategyResource
{
    public required string Id { get; init; }

    public required string Symbol { get; init; }

    public required StrategyType StrategyType { get; init; }

    public required StrategyPhase Phase { get; init; }

    public required bool Enabled { get; init; }

    public required bool Paused { get; init; }

    public required string? PauseReason { get; init; }

    public required int Quantity { get; init; }

    public required EntryType EntryType { get; init; }

    public required decimal? EntryPrice { get; init; }

    public required string? EntryCondition { get; init; }

    public required decimal? TrailingStopPct { get; init; }

    public required decimal? PullbackPct { get; init; }

    public required decimal? PullbackReferencePrice { get; init; }

    public required decimal? TakeProfitPct { get; init; }

    public required decimal? StopLossPct { get; init; }

    public required IReadOnlyList<ScaleTarget>? ScaleTargets { get; init; }

    public required GridConfig? GridConfig { get; init; }

    public required bool Repeat { get; init; }

    public required int CooldownMinutes { get; init; }

    public required bool AllowSharedSymbol { get; init; }

    public required OnUnprotected OnUnprotected { get; init; }

    public required DateTimeOffset? ScheduleAt { get; init; }

    public required bool ScheduleEnabled { get; init; }

    public required string? ScheduleCron { get; init; }

    public required string? ScheduleMarket { get; init; }

    public required string? Notes { get; init; }

    public required string Arm { get; init; }

    public required decimal HeldQuantity { get; init; }

    public required decimal EnteredQuantity { get; init; }

    public required decimal? EntryFillPrice { get; init; }

    public required decimal? HighWatermark { get; init; }

    public required decimal? EffectiveStop { get; init; }

    public required decimal RealizedPnl { get; init; }

    public required decimal Fees { get; init; }

    public required string? Closing { get; init; }

    public required string? WaitingFor { get; init; }

    public required DateTimeOffset? CompletedAt { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset UpdatedAt { get; init; }

    public required string Etag { get; init; }

    public static StrategyResource Of(Row<Strategy> row)
    {
        var it = row.Value;
        return new()
        {
            Id = it.Id,
            Symbol = it.Symbol,
            StrategyType = it.StrategyType,
            Phase = it.Phase,
            Enabled = it.Enabled,
            Paused = it.PauseReason is not null,
            PauseReason = it.PauseReason,
            Quantity = it.Quantity,
            EntryType = it.EntryType,
            EntryPrice = it.EntryPrice,
            EntryCondition = it.EntryCondition,
            TrailingStopPct = it.TrailingStopPct,
            PullbackPct = it.PullbackPct,
            PullbackReferencePrice = it.PullbackReferencePrice,
            TakeProfitPct = it.TakeProfitPct,
            StopLossPct = it.StopLossPct,
            ScaleTargets = it.ScaleTargets.IsEmpty ? null : [.. it.ScaleTargets],
            GridConfig = it.GridConfig,
            Repeat = it.Repeat,
            CooldownMinutes = it.CooldownMinutes,
            AllowSharedSymbol = it.AllowSharedSymbol,
            OnUnprotected = it.OnUnprotected,
            ScheduleAt = it.ScheduleAt,
            ScheduleEnabled = it.ScheduleEnabled,
            ScheduleCron = it.ScheduleCron,
            ScheduleMarket = it.ScheduleMarket?.ToString(),
            Notes = it.Notes,
            Arm = it.Arm,
            HeldQuantity = it.Holding.Quantity,
            EnteredQuantity = it.EnteredQuantity,
            EntryFillPrice = it.EntryFillPrice,
            HighWatermark = it.HighWatermark,
            EffectiveStop = it.EffectiveStop,
            RealizedPnl = it.Holding.Realized,
            Fees = it.Holding.Fees,
            Closing = it.Closing?.Reason,
            WaitingFor = it.WaitingFor,
            CompletedAt = it.CompletedAt,
            CreatedAt = it.CreatedAt,
            UpdatedAt = it.UpdatedAt,
            Etag = VersionTag.Of(row.Version),
        };
    }
}

/// <summary>A strategy that was created just now.</summary>
internal sealed record CreatedStrategy : StrategyResource
{
    [SetsRequiredMembers]
    public CreatedStrategy(StrategyResource strategy, IReadOnlyList<StrategyWarning> warnings)
        : base(strategy) => Warnings = warnings;

    /// <summary>What its owner should know.</summary>
    public IReadOnlyList<StrategyWarning> Warnings { get; }
}

/// <summary>An order.</summary>
internal sealed record OrderView(
    string Id,
    string? BrokerOrderId,
    string StrategyId,
    OrderRole Role,
    string Symbol,
    OrderSide Side,
    decimal Qty,
    OrderType OrderType,
    OrderClass OrderClass,
    TimeInForce TimeInForce,
    decimal? LimitPrice,
    decimal? StopPrice,
    decimal? TrailPercent,
    OrderStatus Status,
    string? BrokerStatus,
    bool CancelRequested,
    decimal FilledQty,
    decimal? FilledAvgPrice,
    EndReason EndReason,
    string? Note,
    DateTimeOffset CreatedAt,
    DateTimeOffset? SubmittedAt,
    DateTimeOffset? ExpiresAt,
    DateTimeOffset? EndedAt
)
{
    /// <summary>What a request about the order led to, beside the order itself.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Outcome { get; init; }

    public static OrderView Of(Order it) =>
        new(
            it.ClientOrderId,
            it.BrokerOrderId,
            it.StrategyId,
            it.Role,
            it.Terms.Symbol,
            it.Terms.Side,
            it.Terms.Quantity,
            it.Terms.Type,
            it.Terms.Class,
            it.Terms.TimeInForce,
            it.Terms.LimitPrice,
            it.BrokerStopPrice ?? it.Terms.StopPrice,
            it.Terms.TrailPercent,
            it.Status,
            it.BrokerStatus,
            it.IsCancelWanted,
            it.FilledQuantity,
            it.AverageFillPrice,
            it.EndReason,
            it.Note,
            it.DecidedAt,
            it.LastAttemptAt,
            it.ExpiresAt,
            it.EndedAt
        );
}

/// <summary>A request to the engine and its outcome.</summary>
internal sealed record CommandView(
    string Id,
    CommandKind Kind,
    string? Target,
    string? OrderId,
    CommandStatus Status,
    string? Code,
    string? Outcome,
    string? Reason,
    string Caller,
    DateTimeOffset RequestedAt,
    DateTimeOffset? ServedAt
)
{
    public static CommandView Of(CommandEnvelope it) =>
        new(
            it.Id,
            it.Command.Kind,
            it.Command.Target,
            (it.Command as PlaceOrder)?.ClientOrderId,
            it.Status,
            it.Code,
            it.Outcome,
            it.Reason,
            it.Caller,
            it.RequestedAt,
            it.HandledAt
        );
}

/// <summary>A position: ours, unmanaged, and what the broker says. Percentages are percent numbers.</summary>
internal sealed record PositionView(
    string Symbol,
    decimal Quantity,
    decimal StrategyQuantity,
    decimal UnmanagedQuantity,
    decimal BrokerQuantity,
    decimal AvailableQuantity,
    decimal? AvgCost,
    decimal? BrokerAvgCost,
    decimal? CurrentPrice,
    decimal? MarketValue,
    decimal CostBasis,
    decimal? UnrealizedPnl,
    decimal? UnrealizedPnlPct,
    decimal RealizedPnl,
    decimal Fees,
    decimal? WeightPct,
    IReadOnlyList<OwnerView> Owners
)
{
    /// <summary>A percentage for people.</summary>
    public static decimal? Pct(decimal? value) => value is { } percent ? Math.Round(percent, 4) : null;

    public static PositionView Of(Position it, decimal? equity = null) =>
        new(
            it.Symbol,
            it.Quantity,
            it.StrategyQuantity,
            it.UnmanagedQuantity,
            it.BrokerQuantity,
            it.AvailableQuantity,
            it.AverageCost,
            it.BrokerAverageCost,
            it.Price,
            it.MarketValue,
            it.CostBasis,
            it.Unrealized,
            Pct(it.UnrealizedPct),
            it.Realized,
            it.Fees,
            Pct(equity > 0 ? it.MarketValue / equity * 100 : null),
            [.. it.Owners.Select(owner => new OwnerView(owner.Owner, owner.Holding.Quantity, owner.Holding.Cost, owner.Holding.Realized))]
        );
}

/// <summary>The shares of one owner.</summary>
internal sealed record OwnerView(string StrategyId, decimal Quantity, decimal CostBasis, decimal RealizedPnl);

/// <summary>Money and positions together. Percentages are percent numbers.</summary>
internal sealed record PortfolioView(
    string Account,
    decimal TotalEquity,
    decimal Cash,
    decimal BuyingPower,
    decimal PositionsValue,
    decimal DayChange,
    decimal? DayChangePct,
    decimal UnrealizedPnl,
    decimal? UnrealizedPnlPct,
    decimal RealizedPnlToday,
    decimal FeesToday,
    int TradesToday,
    int PositionCount,
    CashMovements? CashMovements,
    IReadOnlyList<PositionView> Positions
)
{
    public static PortfolioView Of(PortfolioSummary it) =>
        new(
            it.Account.Number,
            it.Account.Equity,
            it.Account.Cash,
            it.Account.BuyingPower,
            it.PositionsValue,
            it.Account.Equity - it.Account.LastEquity,
            PositionView.Pct(it.Account.LastEquity > 0 ? (it.Account.Equity - it.Account.LastEquity) / it.Account.LastEquity * 100 : null),
            it.Unrealized,
            PositionView.Pct(it.UnrealizedPct),
            it.Today.Realized,
            it.Today.Fees,
            it.Today.Trades,
            it.Positions.Count,
            it.Cash,
            [.. it.Positions.Select(position => PositionView.Of(position, it.Account.Equity))]
        );
}

/// <summary>One entry of the ledger.</summary>
internal sealed record FillView(
    string Id,
    string? OrderId,
    string Symbol,
    OrderSide Side,
    decimal Quantity,
    decimal Price,
    decimal Total,
    decimal Fee,
    decimal RealizedPnl,
    FillKind Kind,
    string RuleId,
    DateTimeOffset Timestamp,
    DateOnly TradingDay
)
{
    public static FillView Of(Fill it) =>
        new(
            it.ExecutionId,
            it.ClientOrderId,
            it.Symbol,
            it.Side,
            it.Quantity,
            it.Price,
            it.Quantity * it.Price,
            it.Fee,
            it.RealizedPnl,
            it.Kind,
            it.StrategyId,
            it.At,
            it.TradingDay
        );
}

/// <summary>What the trades came to, and the newest of them.</summary>
internal sealed record TradesView(
    TradeStatistics Summary,
    IReadOnlyDictionary<string, TradeStatistics> PerSymbol,
    IReadOnlyList<OpenLots> OpenPositions,
    IReadOnlyDictionary<string, decimal> UnmatchedSellQty,
    decimal Fees,
    IReadOnlyList<ClosedTrade> ClosedTrades,
    IReadOnlyList<FillView> Fills
);

/// <summary>A quote. <c>last</c> is the last trade where the source tells it, else the ask.</summary>
internal sealed record QuoteView(string Symbol, decimal Bid, decimal Ask, decimal Mid, decimal Last, decimal Spread, DateTimeOffset At)
{
    public static QuoteView Of(Quote it) => new(it.Symbol, it.Bid, it.Ask, it.Mid, it.LastTrade ?? it.Ask, it.Ask - it.Bid, it.At);
}

/// <summary>The trades of a symbol in one minute, from <c>start</c> (UTC) on.</summary>
internal sealed record BarView(DateTimeOffset Start, decimal Open, decimal High, decimal Low, decimal Close, long Volume)
{
    public static BarView Of(Bar it) => new(it.Start, it.Open, it.High, it.Low, it.Close, it.Volume);
}

/// <summary>The safety status.</summary>
internal sealed record RiskView(RiskStatusView Status, RiskLimits Limits)
{
    public static RiskView Of(RiskStatus it) =>
        new(
            new(
                it.KillSwitch is not null,
                it.KillSwitch,
                it.Day,
                it.LossLatched,
                it.DailyPnl,
                it.Limits.MaxDailyLoss,
                it.DailyLossRemaining,
                it.Trades,
                it.Limits.MaxDailyTrades,
                it.TradesRemaining,
                it.CanTrade
            ),
            it.Limits
        );
}

/// <summary>How far the day has used up the limits.</summary>
internal sealed record RiskStatusView(
    bool KillSwitch,
    KillSwitch? KillSwitchDetails,
    DateOnly Day,
    bool LossLatched,
    decimal DailyPnl,
    decimal DailyPnlLimit,
    decimal DailyPnlRemaining,
    int TradeCount,
    int TradeLimit,
    int TradesRemaining,
    bool CanTrade
);

/// <summary>The kill switch, and the request to flatten where there is one.</summary>
/// <param name="On">Whether it is on.</param>
/// <param name="Reason">Why.</param>
/// <param name="Since">Since when (UTC).</param>
/// <param name="By">Who turned it on.</param>
/// <param name="Flatten">The request to flatten.</param>
/// <param name="Due">The strategies that wait for it, or, when it was turned off just now, may buy from the next cycle on.</param>
/// <param name="DueSchedules">The schedules that buy or let a strategy buy, in the order in which they are due.</param>
internal sealed record KillSwitchView(
    bool On,
    string? Reason,
    DateTimeOffset? Since,
    string? By,
    CommandView? Flatten,
    IReadOnlyList<string> Due,
    IReadOnlyList<DueSchedule> DueSchedules
)
{
    public static KillSwitchView Of(KillSwitchState state, IReadOnlyList<Schedule> schedules, CommandEnvelope? flatten) =>
        new(
            state.Switch is not null,
            state.Switch?.Reason,
            state.Switch?.Since,
            state.Switch?.By,
            flatten is null ? null : CommandView.Of(flatten),
            state.Due,
            [
                .. schedules.Select(it => new DueSchedule(
                    it.Id,
                    it.Task.Action,
                    it.Task.Target,
                    it.NextRun!.Value,
                    state.Switch is { } on
                        ? it.Task.Action == ScheduleAction.OrderPlace
                            ? "the kill switch is on: its order is refused while it is: " + on.Reason
                            : "the kill switch is on: its strategy waits while it is: " + on.Reason
                        : null
                )),
            ]
        );
}

/// <summary>A schedule that buys, or lets a strategy buy.</summary>
internal sealed record DueSchedule(string Id, ScheduleAction TaskType, string? StrategyId, DateTimeOffset NextRun, string? WaitingFor);

/// <summary>What a cycle did or would do.</summary>
internal sealed record CycleView(CycleOutcome Outcome, bool DryRun, CycleRecord? Cycle, IReadOnlyList<CycleDecision> Decisions);
