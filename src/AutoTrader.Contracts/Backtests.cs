using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using AutoTrader.Core.Application;
using AutoTrader.Core.Portfolio;

namespace AutoTrader.Contracts;

/// <summary>What a backtest came to. Amounts are dollars, percentages percent numbers; null is not defined.</summary>
public abstract record BacktestFigures
{
    private const double Most = 1_000_000_000_000;

    /// <summary>The id of the kept backtest.</summary>
    [Description("The id of the kept backtest: letters, digits, - and _."), MaxLength(PublishedBacktest.MaxId)]
    public required string Id { get; init; }

    /// <summary>The kind of strategy; <c>portfolio</c> for several.</summary>
    [Description("The strategy type; portfolio for several strategies."), MaxLength(40)]
    public required string StrategyType { get; init; }

    /// <summary>The symbol; of several, all with commas between them.</summary>
    [Description("The symbol, or several separated by commas."), MaxLength(2000)]
    public required string Symbol { get; init; }

    /// <summary>The first day that was played.</summary>
    [Description("The first simulated day: 2026-02-02.")]
    public required DateOnly StartDate { get; init; }

    /// <summary>The last day that was played.</summary>
    [Description("The last simulated day: 2026-02-13.")]
    public required DateOnly EndDate { get; init; }

    /// <summary>When it was run (UTC).</summary>
    [Description("When it was run: an instant with offset or Z.")]
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The cash that it began with.</summary>
    [Description("The initial cash in dollars."), Range(0d, Most)]
    public required decimal InitialCapital { get; init; }

    /// <summary>The last equity less the initial capital.</summary>
    [Description("The last equity less the initial capital, in dollars.")]
    public required decimal TotalReturn { get; init; }

    /// <summary>The same in percent.</summary>
    [Description("The same in percent.")]
    public required decimal? TotalReturnPct { get; init; }

    /// <summary>What its symbols came to, bought and held, in percent.</summary>
    [Description("The buy-and-hold return of its symbols in percent.")]
    public required decimal? BuyAndHoldPct { get; init; }

    /// <summary>Closed trades.</summary>
    [Description("Closed trades."), Range(0, int.MaxValue)]
    public required int TotalTrades { get; init; }

    /// <summary>Trades with a profit, in percent of all.</summary>
    [Description("Profitable trades in percent of all trades."), Range(0d, Most)]
    public required decimal? WinRate { get; init; }

    /// <summary>Gross profit over gross loss; null without losses.</summary>
    [Description("Gross profit over gross loss."), Range(0d, Most)]
    public required decimal? ProfitFactor { get; init; }

    /// <summary>The greatest drawdown in percent of the peak before it.</summary>
    [Description("The greatest drawdown in percent of the preceding peak."), Range(0d, Most)]
    public required decimal MaxDrawdownPct { get; init; }

    /// <summary>The Sharpe ratio, annualized.</summary>
    [Description("The Sharpe ratio, annualized.")]
    public required decimal? SharpeRatio { get; init; }

    /// <summary>Fees.</summary>
    [Description("Fees in dollars."), Range(0d, Most)]
    public required decimal Fees { get; init; }

    /// <summary>The account at the close of sessions, oldest first.</summary>
    [Description("The account at the close of sessions, oldest first."), MaxLength(BacktestService.MostPoints)]
    public required IReadOnlyList<BacktestPointView> EquityCurve { get; init; }

    /// <summary>What is to be known about it, a line each.</summary>
    [Description("Warnings, one per line."), MaxLength(BacktestService.MaxWarnings), DataType(DataType.MultilineText)]
    public required string? Warnings { get; init; }

    /// <summary>The command that repeats it.</summary>
    [Description("The command that repeats it."), MaxLength(BacktestService.MaxCommand)]
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
public sealed record BacktestPointView(
    [property: Description("When: an instant with offset or Z.")] DateTimeOffset At,
    [property: Description("Cash and positions, in dollars.")] decimal Equity
);

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
