using System.Text.Json.Serialization;

namespace AutoTrader.Contracts;

/// <summary>What a backtest came to. Amounts are dollars, percentages percent numbers; null is not defined.</summary>
public abstract record BacktestFigures
{
    /// <summary>The id of the kept backtest.</summary>
    public required string Id { get; init; }

    /// <summary>The kind of strategy; <c>portfolio</c> for several.</summary>
    public required string StrategyType { get; init; }

    /// <summary>The symbol; of several, all with commas between them.</summary>
    public required string Symbol { get; init; }

    /// <summary>The first day that was played.</summary>
    public required DateOnly StartDate { get; init; }

    /// <summary>The last day that was played.</summary>
    public required DateOnly EndDate { get; init; }

    /// <summary>When it was run (UTC).</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The cash that it began with.</summary>
    public required decimal InitialCapital { get; init; }

    /// <summary>The last equity less the initial capital.</summary>
    public required decimal TotalReturn { get; init; }

    /// <summary>The same in percent.</summary>
    public required decimal? TotalReturnPct { get; init; }

    /// <summary>What its symbols came to, bought and held, in percent.</summary>
    public required decimal? BuyAndHoldPct { get; init; }

    /// <summary>Closed trades.</summary>
    public required int TotalTrades { get; init; }

    /// <summary>Trades with a profit, in percent of all.</summary>
    public required decimal? WinRate { get; init; }

    /// <summary>Gross profit over gross loss; null without losses.</summary>
    public required decimal? ProfitFactor { get; init; }

    /// <summary>The greatest drawdown in percent of the peak before it.</summary>
    public required decimal MaxDrawdownPct { get; init; }

    /// <summary>The Sharpe ratio, annualized.</summary>
    public required decimal? SharpeRatio { get; init; }

    /// <summary>Fees.</summary>
    public required decimal Fees { get; init; }

    /// <summary>The account at the close of sessions, oldest first.</summary>
    public required IReadOnlyList<BacktestPointView> EquityCurve { get; init; }

    /// <summary>What is to be known about it, a line each.</summary>
    public required string? Warnings { get; init; }

    /// <summary>The command that repeats it.</summary>
    public required string? Command { get; init; }
}

/// <summary>Sends what a backtest came to.</summary>
public sealed record BacktestRequest : BacktestFigures;

/// <summary>What a backtest that was sent came to.</summary>
public sealed record BacktestView : BacktestFigures
{
    /// <summary>When it was sent (UTC).</summary>
    [JsonPropertyOrder(1)]
    public required DateTimeOffset PublishedAt { get; init; }

    /// <summary>Who sent it.</summary>
    [JsonPropertyOrder(1)]
    public required string PublishedBy { get; init; }
}

/// <summary>The account of a backtest at the close of a session.</summary>
/// <param name="At">When (UTC).</param>
/// <param name="Equity">Cash and positions, in dollars.</param>
public sealed record BacktestPointView(DateTimeOffset At, decimal Equity);

/// <summary>A backtest in a list. Amounts are dollars, percentages percent numbers.</summary>
/// <param name="Id">Its id.</param>
/// <param name="StrategyType">The kind of strategy; <c>portfolio</c> for several.</param>
/// <param name="Symbol">The symbol, or several separated by commas.</param>
/// <param name="StartDate">The first day that was played.</param>
/// <param name="EndDate">The last day that was played.</param>
/// <param name="CreatedAt">When it was run (UTC).</param>
/// <param name="TotalReturn">The last equity less the initial capital.</param>
/// <param name="TotalReturnPct">The same in percent.</param>
/// <param name="BuyAndHoldPct">The buy-and-hold return of its symbols in percent.</param>
/// <param name="TotalTrades">Closed trades.</param>
/// <param name="MaxDrawdownPct">The greatest drawdown in percent of the preceding peak.</param>
/// <param name="PublishedAt">When it was sent (UTC).</param>
/// <param name="PublishedBy">Who sent it.</param>
public sealed record BacktestSummaryView(
    string Id,
    string StrategyType,
    string Symbol,
    DateOnly StartDate,
    DateOnly EndDate,
    DateTimeOffset CreatedAt,
    decimal TotalReturn,
    decimal? TotalReturnPct,
    decimal? BuyAndHoldPct,
    int TotalTrades,
    decimal MaxDrawdownPct,
    DateTimeOffset PublishedAt,
    string PublishedBy
);
