using AutoTrader.Contracts;
using AutoTrader.Core.Orders;

namespace AutoTrader.Backtesting.Verification;

/// <summary>Why the past and its backtest differ.</summary>
public enum DifferenceCause
{
    /// <summary>The market traded at prices that the recorded bars do not have, or they have none of that minute.</summary>
    Data,

    /// <summary>The same was decided at another minute.</summary>
    Timing,

    /// <summary>The same order, decided in the same minute, filled otherwise.</summary>
    Fill,

    /// <summary>A person acted: an order of their own, or a change of the strategy, its schedules, the limits or the kill switch.</summary>
    Manual,

    /// <summary>The server did not run, or ran late.</summary>
    Outage,

    /// <summary>The server runs another version than this program.</summary>
    Version,

    /// <summary>Nothing of these can be shown.</summary>
    Unknown,
}

/// <summary>What became of the past and of its backtest, order by order.</summary>
public sealed record VerificationResult
{
    /// <summary>The account.</summary>
    public required string Account { get; init; }

    /// <summary>The first day (New York).</summary>
    public required DateOnly From { get; init; }

    /// <summary>The last day (New York); it is compared, too.</summary>
    public required DateOnly To { get; init; }

    /// <summary>All of it in a line.</summary>
    public required string Summary { get; init; }

    /// <summary>Orders and runs that are the same in both.</summary>
    public required int Same { get; init; }

    /// <summary>Orders and runs of the server.</summary>
    public required int Live { get; init; }

    /// <summary>Orders and runs of the backtest.</summary>
    public required int Backtest { get; init; }

    /// <summary>What the strategies that are compared realized on the server in these days, in dollars, after fees.</summary>
    public required decimal LiveProfit { get; init; }

    /// <summary>The same in the backtest.</summary>
    public required decimal BacktestProfit { get; init; }

    /// <summary>How many differences have which cause.</summary>
    public required IReadOnlyDictionary<DifferenceCause, int> Causes { get; init; }

    /// <summary>Every difference, by time.</summary>
    public required IReadOnlyList<Difference> Differences { get; init; }

    /// <summary>What is to be known of the comparison, a sentence each.</summary>
    public required IReadOnlyList<string> Remarks { get; init; }

    /// <summary>SHA-256 of the recorded bars and splits.</summary>
    public required string DataHash { get; init; }
}

/// <summary>A difference between the past and its backtest.</summary>
/// <param name="At">When it shows first (UTC).</param>
/// <param name="Subject">The strategy, or the schedule.</param>
/// <param name="What">What differs, in a sentence.</param>
/// <param name="Cause">Why.</param>
/// <param name="Explanation">What shows the cause, in a sentence.</param>
/// <param name="Follows">Whether it follows from an earlier difference of the strategy, whose cause it has.</param>
public sealed record Difference(
    DateTimeOffset At,
    string Subject,
    string What,
    DifferenceCause Cause,
    string Explanation,
    bool Follows = false
)
{
    /// <summary>The order of the server; null where only the backtest has one.</summary>
    public OrderView? LiveOrder { get; init; }

    /// <summary>The order of the backtest; null where only the server has one.</summary>
    public OrderView? BacktestOrder { get; init; }

    /// <summary>The run of the server, where a schedule differs.</summary>
    public RunView? LiveRun { get; init; }

    /// <summary>The run of the backtest.</summary>
    public RunView? BacktestRun { get; init; }
}

/// <summary>An order, and when it first filled.</summary>
/// <param name="Order">The order.</param>
/// <param name="FilledAt">Its first execution (UTC); null when it had none.</param>
internal sealed record TracedOrder(OrderView Order, DateTimeOffset? FilledAt)
{
    /// <summary>Orders of one kind follow each other.</summary>
    public (string StrategyId, OrderRole Role, OrderSide Side, string Symbol) Kind =>
        (Order.StrategyId, Order.Role, Order.Side, Order.Symbol);

    /// <summary>When it was decided (UTC).</summary>
    public DateTimeOffset At => Order.CreatedAt;

    /// <summary>What it asks, beside its quantity. The stop of a trailing stop moves, and is no term.</summary>
    public (OrderType Type, decimal? Limit, decimal? Stop, decimal? Trail) Terms =>
        (Order.OrderType, Order.LimitPrice, Order.OrderType == OrderType.TrailingStop ? null : Order.StopPrice, Order.TrailPercent);

    /// <summary>When the earlier one of two was decided (UTC); one may be missing.</summary>
    public static DateTimeOffset Earlier(TracedOrder? one, TracedOrder? other) =>
        one is not null && (other is null || one.At < other.At) ? one.At : other!.At;
}
