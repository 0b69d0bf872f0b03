using System.Globalization;
using System.Text.Json.Nodes;
using AutoTrader.Backtesting.Statistics;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Portfolio;
using AutoTrader.Core.Schedules;

namespace AutoTrader.Backtesting.Results;

/// <summary>One execution of a backtest, as the original lists its trades.</summary>
/// <param name="Id">The order's id.</param>
/// <param name="Timestamp">When it filled (UTC); in files of the original, when its order was made.</param>
/// <param name="Symbol">The symbol.</param>
/// <param name="Side"><c>buy</c> or <c>sell</c>.</param>
/// <param name="Qty">Shares.</param>
/// <param name="Price">Price per share in dollars.</param>
/// <param name="Total">Quantity times price in dollars.</param>
public sealed record BacktestTrade(string Id, string Timestamp, string Symbol, string Side, decimal Qty, decimal Price, decimal Total)
{
    /// <summary>Fees in dollars; null in files of the original.</summary>
    public decimal? Fee { get; init; }
}

/// <summary>What one of several strategies came to.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Symbol">Its symbol.</param>
/// <param name="Trades">Closed trades.</param>
/// <param name="Winning">Those with a profit after fees.</param>
/// <param name="Net">Their profit after fees, in dollars.</param>
public sealed record StrategyOutcome(string Id, string Symbol, int Trades, int Winning, decimal Net);

/// <summary>How many occurrences of schedules ended how.</summary>
public sealed record OccurrenceCounts(int Fired, int Skipped, int Failed)
{
    /// <summary>The counts of <paramref name="runs"/>.</summary>
    public static OccurrenceCounts Of(IReadOnlyCollection<ScheduleRun> runs) =>
        new(
            runs.Count(run => run.Status == RunStatus.Fired),
            runs.Count(run => run.Status == RunStatus.Skipped),
            runs.Count(run => run.Status == RunStatus.Failed)
        );
}

/// <summary>How many orders ended how.</summary>
public sealed record OrderCounts(int All, int Filled, int Canceled, int Expired, int Rejected, int Replaced, int Working)
{
    /// <summary>The counts of <paramref name="orders"/>.</summary>
    public static OrderCounts Of(IReadOnlyCollection<Order> orders)
    {
        return new(
            orders.Count,
            Count(OrderStatus.Filled),
            Count(OrderStatus.Canceled),
            Count(OrderStatus.Expired),
            Count(OrderStatus.Rejected),
            Count(OrderStatus.Replaced),
            orders.Count(order => order.IsWorking)
        );

        int Count(OrderStatus status) => orders.Count(order => order.Status == status);
    }
}

/// <summary>What the backtest would have come to had the target been reached first in every ambiguous bar. Bars that touched target and
/// stop of one position do not tell which came first, and the result counts the stop.</summary>
/// <param name="Bars">The number of such bars.</param>
/// <param name="TotalReturn">The total return with the target first, in dollars.</param>
/// <param name="TotalReturnPct">The same in percent of the initial capital.</param>
public sealed record AmbiguousResult(long Bars, decimal TotalReturn, decimal? TotalReturnPct);

/// <summary>
/// A kept backtest. The fields up to <see cref="Trades"/> have the names of the original, whose files are read, too; a figure that is not
/// defined is null. Money is in dollars.
/// </summary>
public sealed record BacktestResult
{
    private const string Several = "portfolio";

    /// <summary>8 hexadecimal digits.</summary>
    public required string Id { get; init; }

    /// <summary>The kind of strategy; <c>portfolio</c> for several.</summary>
    public required string StrategyType { get; init; }

    /// <summary>The symbol; of several, all with commas between them.</summary>
    public required string Symbol { get; init; }

    /// <summary>The first day, <c>yyyy-MM-dd</c>.</summary>
    public required string StartDate { get; init; }

    /// <summary>The last day, which was played, too.</summary>
    public required string EndDate { get; init; }

    /// <summary>When it was run (UTC).</summary>
    public required string CreatedAt { get; init; }

    /// <summary>The strategy's definition.</summary>
    public JsonObject? StrategyConfig { get; init; }

    /// <summary>The cash that it began with.</summary>
    public decimal InitialCapital { get; init; }

    /// <summary>The last equity less the initial capital.</summary>
    public decimal TotalReturn { get; init; }

    /// <summary>The same in percent of the initial capital.</summary>
    public decimal? TotalReturnPct { get; init; }

    /// <summary>Closed trades: shares that one sale took from one lot.</summary>
    public int TotalTrades { get; init; }

    /// <summary>Closed trades with a profit after fees.</summary>
    public int WinningTrades { get; init; }

    /// <summary>Closed trades with a loss after fees.</summary>
    public int LosingTrades { get; init; }

    /// <summary>Winning trades in percent of all.</summary>
    public decimal? WinRate { get; init; }

    /// <summary>Gross profit over gross loss; null without losses. The original writes 0 then.</summary>
    public decimal? ProfitFactor { get; init; }

    /// <summary>The average profit of winning trades.</summary>
    public decimal? AvgWin { get; init; }

    /// <summary>The average loss of losing trades; negative.</summary>
    public decimal? AvgLoss { get; init; }

    /// <summary>The largest profit.</summary>
    public decimal? LargestWin { get; init; }

    /// <summary>The largest loss; negative.</summary>
    public decimal? LargestLoss { get; init; }

    /// <summary>The greatest drawdown, from closes.</summary>
    public decimal MaxDrawdown { get; init; }

    /// <summary>The greatest drawdown in percent of the peak before it. The original divides by the last peak.</summary>
    public decimal MaxDrawdownPct { get; init; }

    /// <summary>The Sharpe ratio of the sessions' returns, annualized; null in files of the original.</summary>
    public double? SharpeRatio { get; init; }

    /// <summary>Instant and equity, marked to market at each session's close.</summary>
    public IReadOnlyList<IReadOnlyList<string>> EquityCurve { get; init; } = [];

    /// <summary>Every execution.</summary>
    public IReadOnlyList<BacktestTrade> Trades { get; init; } = [];

    /// <summary>Everything about the account; null in files of the original.</summary>
    public EquityStatistics? Account { get; init; }

    /// <summary>Everything about closed trades; null in files of the original.</summary>
    public ProfitStatistics? Profits { get; init; }

    /// <summary>The account beside its symbols, bought and held; null in files of the original.</summary>
    public BuyAndHold? BuyAndHold { get; init; }

    /// <summary>How far trades went on the way; null without any, and in files of the original.</summary>
    public Excursions? Excursions { get; init; }

    /// <summary>How often a coin would do as well, in percent (<see cref="CoinTest"/>); null where that is not asked.</summary>
    public double? LuckPct { get; init; }

    /// <summary>The result in its parts; null in files of the original.</summary>
    public Breakdown? Breakdown { get; init; }

    /// <summary>How orders ended; null in files of the original.</summary>
    public OrderCounts? Orders { get; init; }

    /// <summary>Bars with target and stop in them; null where there was none, and in files of the original.</summary>
    public AmbiguousResult? Ambiguous { get; init; }

    /// <summary>What each of several strategies came to; null for one.</summary>
    public IReadOnlyList<StrategyOutcome>? Strategies { get; init; }

    /// <summary>What became of the occurrences of schedules; null without schedules.</summary>
    public OccurrenceCounts? Occurrences { get; init; }

    /// <summary>Fees in dollars.</summary>
    public decimal Fees { get; init; }

    /// <summary>What <c>--spread-pct</c> and <c>--slippage-pct</c> cost, in dollars: the sum over executions of
    /// quantity*|price - price without the two|; null in files of the original.</summary>
    public decimal? Slippage { get; init; }

    /// <summary>Bars in which something was held, in percent of all.</summary>
    public decimal? ExposurePct { get; init; }

    /// <summary>The most that was tied up in open lots, at cost.</summary>
    public decimal PeakCapital { get; init; }

    /// <summary>How often the account was turned over: 100*min(bought, sold)/mean(E) in dollars, E at each session's close, as the SEC has
    /// it for funds (Form N-1A, item 13); null without sessions, and in files of the original.</summary>
    public decimal? TurnoverPct { get; init; }

    /// <summary>Bars played.</summary>
    public long Bars { get; init; }

    /// <summary>The command that repeats it; null in files of the original.</summary>
    public string? Command { get; init; }

    /// <summary>SHA-256 of the bars and splits that it saw; null in files of the original.</summary>
    public string? DataHash { get; init; }

    /// <summary>What is to be known about the data, a sentence each.</summary>
    public IReadOnlyList<string> DataReport { get; init; } = [];

    /// <summary>What is to be known about the run, a sentence each.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Whether it was stopped before its last day.</summary>
    public bool Canceled { get; init; }

    /// <summary>The result of a backtest.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="createdAt">When it was run (UTC).</param>
    /// <param name="settings">What was replayed.</param>
    /// <param name="run">What it came to, with the stop first in ambiguous bars.</param>
    /// <param name="targetFirst">The same with the target first; null when no bar was ambiguous, or it was stopped.</param>
    public static BacktestResult Of(
        string id,
        DateTimeOffset createdAt,
        BacktestSettings settings,
        BacktestRun run,
        BacktestRun? targetFirst
    )
    {
        var strategies = settings.Strategies;
        var account = EquityStatistics.Of(settings.Paper.InitialCash, run.Equity);
        var trades = ProfitStatistics.TradesOf(run.Fills);
        var profits = ProfitStatistics.Of(trades);
        var growth = Statistics.BuyAndHold.Growth(run.Prices, run.Splits, [.. run.Equity.Select(it => it.At)]);
        var held = Statistics.BuyAndHold.Of(settings.Paper.InitialCash, run.Equity, growth, run.PeakCapital);
        var luck = CoinTest.LuckPct([.. trades.Select(trade => trade.Pnl)]);
        return new()
        {
            Id = id,
            StrategyType = strategies.Count == 1 ? WireNames.Of(strategies[0].StrategyType) : Several,
            Symbol = string.Join(',', strategies.Select(it => it.Symbol).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)),
            StartDate = Day(settings.Start),
            EndDate = Day(settings.End),
            CreatedAt = Instant(createdAt),
            StrategyConfig = strategies.Count == 1 ? StrategyConfigs.Of(strategies[0]) : StrategyConfigs.Of(strategies),
            Strategies = strategies.Count == 1 ? null : [.. strategies.Select(it => OutcomeOf(it.Id, it.Symbol, trades))],
            Occurrences = settings.Schedules.Count == 0 ? null : OccurrenceCounts.Of(run.ScheduleRuns),
            InitialCapital = account.Initial,
            TotalReturn = account.TotalReturn,
            TotalReturnPct = account.TotalReturnPct,
            TotalTrades = profits.Total,
            WinningTrades = profits.Winning,
            LosingTrades = profits.Losing,
            WinRate = profits.WinRatePct,
            ProfitFactor = profits.ProfitFactor,
            AvgWin = profits.AverageWin,
            AvgLoss = profits.AverageLoss,
            LargestWin = profits.Winning > 0 ? profits.Best : null,
            LargestLoss = profits.Losing > 0 ? profits.Worst : null,
            MaxDrawdown = account.Drawdowns.Max,
            MaxDrawdownPct = account.Drawdowns.MaxPct,
            SharpeRatio = account.Sharpe,
            EquityCurve =
            [
                .. run.Equity.Select(it =>
                    (IReadOnlyList<string>)[Instant(it.At), it.Equity.ToString("0.00##", CultureInfo.InvariantCulture)]
                ),
            ],
            Trades = [.. run.Fills.Where(fill => fill.Kind == FillKind.Trade).Select(Trade)],
            Account = account,
            Profits = profits,
            BuyAndHold = held,
            Excursions = Statistics.Excursions.Of(trades, run.Prices, run.Splits),
            LuckPct = luck,
            Breakdown = Breakdown.Of(settings.Paper.InitialCash, run, trades),
            Orders = OrderCounts.Of(run.Orders),
            Ambiguous = targetFirst is null ? null : Ambiguity(run, targetFirst, account.Initial),
            Fees = run.Fills.Sum(fill => fill.Fee),
            Slippage = run.Slippage,
            ExposurePct = run.Bars == 0 ? null : 100m * run.BarsHeld / run.Bars,
            PeakCapital = run.PeakCapital,
            TurnoverPct = Turnover(run),
            Bars = run.Bars,
            DataHash = run.DataHash,
            DataReport = [.. run.Data.SelectMany(report => report.Remarks)],
            Warnings = [.. RunWarnings.Of(run, targetFirst, account, profits, held, luck)],
            Canceled = run.Canceled,
        };
    }

    private static AmbiguousResult Ambiguity(BacktestRun run, BacktestRun targetFirst, decimal initial)
    {
        var other = EquityStatistics.Of(initial, targetFirst.Equity);
        return new(run.AmbiguousBars, other.TotalReturn, other.TotalReturnPct);
    }

    private static decimal? Turnover(BacktestRun run)
    {
        return run.Equity.Count > 0 && run.Equity.Average(it => it.Equity) is > 0 and var mean
            ? 100 * Math.Min(Traded(OrderSide.Buy), Traded(OrderSide.Sell)) / mean
            : null;

        decimal Traded(OrderSide side) =>
            run.Fills.Where(fill => fill.Kind == FillKind.Trade && fill.Side == side).Sum(fill => fill.Quantity * fill.Price);
    }

    private static StrategyOutcome OutcomeOf(string id, string symbol, IReadOnlyList<ClosedTrade> trades)
    {
        List<ClosedTrade> own = [.. trades.Where(trade => trade.StrategyId == id)];
        return new(id, symbol, own.Count, own.Count(trade => trade.Pnl > 0), own.Sum(trade => trade.Pnl));
    }

    private static BacktestTrade Trade(Fill fill) =>
        new(
            fill.ClientOrderId ?? fill.ExecutionId,
            Instant(fill.At),
            fill.Symbol,
            WireNames.Of(fill.Side),
            fill.Quantity,
            fill.Price,
            fill.Quantity * fill.Price
        )
        {
            Fee = fill.Fee,
        };

    private static string Day(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static string Instant(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
}
