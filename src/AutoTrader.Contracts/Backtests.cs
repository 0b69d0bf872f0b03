namespace AutoTrader.Contracts;

/// <summary>Publishes a backtest's results. Amounts are dollars, percentages percent numbers.</summary>
/// <param name="Id">The id of the kept backtest.</param>
/// <param name="StrategyType">The kind of strategy; <c>portfolio</c> for several.</param>
/// <param name="Symbol">The symbol, or several separated by commas.</param>
/// <param name="StartDate">The first day that was played.</param>
/// <param name="EndDate">The last day that was played.</param>
/// <param name="CreatedAt">When it was run (UTC).</param>
/// <param name="InitialCapital">The cash that it began with.</param>
/// <param name="TotalReturn">The last equity less the initial capital.</param>
/// <param name="TotalReturnPct">The same in percent.</param>
/// <param name="BuyAndHoldPct">The buy-and-hold return of its symbols in percent.</param>
/// <param name="TotalTrades">Closed trades.</param>
/// <param name="WinRate">Profitable trades in percent of all trades.</param>
/// <param name="ProfitFactor">Gross profit over gross loss.</param>
/// <param name="MaxDrawdownPct">The greatest drawdown in percent of the preceding peak.</param>
/// <param name="SharpeRatio">The Sharpe ratio, annualized.</param>
/// <param name="Fees">Fees.</param>
/// <param name="EquityCurve">The account at the close of sessions, oldest first.</param>
/// <param name="Warnings">Warnings, one per line.</param>
/// <param name="Command">The command that repeats it.</param>
public sealed record BacktestRequest(
    string Id,
    string StrategyType,
    string Symbol,
    DateOnly StartDate,
    DateOnly EndDate,
    DateTimeOffset CreatedAt,
    decimal InitialCapital,
    decimal TotalReturn,
    decimal? TotalReturnPct,
    decimal? BuyAndHoldPct,
    int TotalTrades,
    decimal? WinRate,
    decimal? ProfitFactor,
    decimal MaxDrawdownPct,
    decimal? SharpeRatio,
    decimal Fees,
    IReadOnlyList<BacktestPointView> EquityCurve,
    string? Warnings,
    string? Command
);

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

/// <summary>A backtest's results. Amounts are dollars, percentages percent numbers.</summary>
/// <param name="Id">Its id.</param>
/// <param name="StrategyType">The kind of strategy; <c>portfolio</c> for several.</param>
/// <param name="Symbol">The symbol, or several separated by commas.</param>
/// <param name="StartDate">The first day that was played.</param>
/// <param name="EndDate">The last day that was played.</param>
/// <param name="CreatedAt">When it was run (UTC).</param>
/// <param name="InitialCapital">The cash that it began with.</param>
/// <param name="TotalReturn">The last equity less the initial capital.</param>
/// <param name="TotalReturnPct">The same in percent.</param>
/// <param name="BuyAndHoldPct">The buy-and-hold return of its symbols in percent.</param>
/// <param name="TotalTrades">Closed trades.</param>
/// <param name="WinRate">Profitable trades in percent of all trades.</param>
/// <param name="ProfitFactor">Gross profit over gross loss; null without losses.</param>
/// <param name="MaxDrawdownPct">The greatest drawdown in percent of the preceding peak.</param>
/// <param name="SharpeRatio">The Sharpe ratio, annualized.</param>
/// <param name="Fees">Fees.</param>
/// <param name="EquityCurve">The account at the close of sessions, oldest first.</param>
/// <param name="Warnings">Warnings, one per line.</param>
/// <param name="Command">The command that repeats it.</param>
/// <param name="PublishedAt">When it was sent (UTC).</param>
/// <param name="PublishedBy">Who sent it.</param>
public sealed record BacktestView(
    string Id,
    string StrategyType,
    string Symbol,
    DateOnly StartDate,
    DateOnly EndDate,
    DateTimeOffset CreatedAt,
    decimal InitialCapital,
    decimal TotalReturn,
    decimal? TotalReturnPct,
    decimal? BuyAndHoldPct,
    int TotalTrades,
    decimal? WinRate,
    decimal? ProfitFactor,
    decimal MaxDrawdownPct,
    decimal? SharpeRatio,
    decimal Fees,
    IReadOnlyList<BacktestPointView> EquityCurve,
    string? Warnings,
    string? Command,
    DateTimeOffset PublishedAt,
    string PublishedBy
);
