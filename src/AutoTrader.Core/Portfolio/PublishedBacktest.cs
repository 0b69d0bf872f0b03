namespace AutoTrader.Core.Portfolio;

/// <summary>The account of a backtest at the close of a session.</summary>
/// <param name="At">When (UTC).</param>
/// <param name="Equity">Cash and positions, in dollars.</param>
public sealed record BacktestPoint(DateTimeOffset At, decimal Equity);

/// <summary>A published backtest's results for the page: figures and curve. Executions, statistics and
/// charts stay in the file that the command line keeps. Amounts are dollars, percentages percent numbers.</summary>
public sealed record PublishedBacktest
{
    /// <summary>The longest id.</summary>
    public const int MaxId = 64;

    /// <summary>The id of the kept backtest: letters, digits, hyphens and underscores.</summary>
    public required string Id { get; init; }

    /// <summary>The kind of strategy; <c>portfolio</c> for several.</summary>
    public required string StrategyType { get; init; }

    /// <summary>The symbol, or several separated by commas.</summary>
    public required string Symbol { get; init; }

    /// <summary>The first day that was played.</summary>
    public required DateOnly StartDate { get; init; }

    /// <summary>The last day that was played.</summary>
    public required DateOnly EndDate { get; init; }

    /// <summary>When it was run (UTC).</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The cash that it began with.</summary>
    public decimal InitialCapital { get; init; }

    /// <summary>The last equity less the initial capital.</summary>
    public decimal TotalReturn { get; init; }

    /// <summary>The same in percent of the initial capital.</summary>
    public decimal? TotalReturnPct { get; init; }

    /// <summary>The buy-and-hold return of its symbols in percent.</summary>
    public decimal? BuyAndHoldPct { get; init; }

    /// <summary>Closed trades.</summary>
    public int TotalTrades { get; init; }

    /// <summary>Profitable trades in percent of all trades.</summary>
    public decimal? WinRate { get; init; }

    /// <summary>Gross profit over gross loss; null without losses.</summary>
    public decimal? ProfitFactor { get; init; }

    /// <summary>The greatest drawdown in percent of the preceding peak.</summary>
    public decimal MaxDrawdownPct { get; init; }

    /// <summary>The Sharpe ratio of the sessions' returns, annualized.</summary>
    public decimal? SharpeRatio { get; init; }

    /// <summary>Fees.</summary>
    public decimal Fees { get; init; }

    /// <summary>The account at the close of each session, or of some of them, oldest first.</summary>
    public IReadOnlyList<BacktestPoint> EquityCurve { get; init; } = [];

    /// <summary>Warnings about run and data, one per line; null for none.</summary>
    public string? Warnings { get; init; }

    /// <summary>The command that repeats it; null when it is not known.</summary>
    public string? Command { get; init; }

    /// <summary>When it was sent (UTC).</summary>
    public DateTimeOffset PublishedAt { get; init; }

    /// <summary>Who sent it.</summary>
    public required string PublishedBy { get; init; }

    /// <summary>Whether a text can be the id of a backtest.</summary>
    public static bool IsId(string id) =>
        id is { Length: > 0 and <= MaxId } && id.All(sign => char.IsAsciiLetterOrDigit(sign) || sign is '-' or '_');
}
