using System.Globalization;
using System.Text.Json.Nodes;
using AutoTrader.Backtesting.Results;
using AutoTrader.Contracts;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace AutoTrader.Cli.Rendering.Backtests;

/// <summary>Backtests for people.</summary>
internal static class BacktestViews
{
    public static IRenderable Result(BacktestResult it, int width) =>
        new Rows([
            .. it.Warnings.Concat(it.DataReport).Select(remark => new Text("! " + Cells.Clean(remark))),
            Facts.Section(
                Cells.Clean($"{it.Id}: {it.StrategyType} {it.Symbol}, {it.StartDate} to {it.EndDate}"),
                Facts.Of([
                    ("initial capital", Cells.Money(it.InitialCapital)),
                    ("final", Cells.Money(it.InitialCapital + it.TotalReturn)),
                    ("total return", $"{Cells.Change(it.TotalReturn)} ({Cells.Percent(Rounded(it.TotalReturnPct))})"),
                    ("in ambiguous bars", Interval(it)),
                    ("a year", Percent(it.Account?.CagrPct)),
                    ("max drawdown", $"{Cells.Money(it.MaxDrawdown)} ({Plain(it.MaxDrawdownPct)} %)"),
                    ("... from bar lows", it.Account is { } account ? Plain(account.Drawdowns.MaxPctFromLows) + " %" : null),
                    ("Sharpe, Sortino, Calmar", it.Account is { } a ? $"{Plain(a.Sharpe)}, {Plain(a.Sortino)}, {Plain(a.Calmar)}" : null),
                    (
                        "closed trades",
                        FormattableString.Invariant($"{it.TotalTrades}: {it.WinningTrades} with a profit, {it.LosingTrades} with a loss")
                    ),
                    ("win rate", it.WinRate is { } rate ? Plain(rate) + " %" : Cells.None),
                    ("profit factor", it.ProfitFactor is { } factor ? Plain(factor) : Cells.None),
                    ("average", $"{Cells.Change(it.AvgWin)} and {Cells.Change(it.AvgLoss)}"),
                    ("largest", $"{Cells.Change(it.LargestWin)} and {Cells.Change(it.LargestLoss)}"),
                    ("expectancy, SQN", it.Profits is { } p ? $"{Cells.Change(p.Expectancy)}, {Plain(p.Sqn)}" : null),
                    ("luck", it.LuckPct is { } luck ? $"a coin would do as well in {Plain(luck)} % of cases" : null),
                    (
                        "buy and hold",
                        it.BuyAndHold is { } market
                            ? $"{Plain(market.ReturnPct)} %; for the same money {Cells.Change(market.SameMoney)}; "
                                + $"alpha {Plain(market.AlphaPct)} % a year, beta {Plain(market.Beta)}"
                            : null
                    ),
                    (
                        "on the way",
                        it.Excursions is { } way
                            ? $"against {Cells.Change(Rounded(way.AverageAdverse))}, for {Cells.Change(Rounded(way.AverageFavorable))}, "
                                + "given back "
                                + Plain(way.AverageGivenBack)
                            : null
                    ),
                    ("fees", it.Account is null ? null : Cells.Money(it.Fees)),
                    ("spread and slippage", it.Slippage is { } slippage ? Cells.Money(slippage) : null),
                    ("exposure", it.ExposurePct is { } held ? Plain(held) + " % of bars" : null),
                    ("turnover", it.TurnoverPct is { } turned ? Plain(turned) + " %" : null),
                    (
                        "schedules",
                        it.Occurrences is { } runs
                            ? FormattableString.Invariant($"{runs.Fired} fired, {runs.Skipped} skipped, {runs.Failed} failed")
                            : null
                    ),
                    (
                        "orders",
                        it.Orders is { } orders
                            ? FormattableString.Invariant(
                                $"{orders.All}: {orders.Filled} filled, {orders.Canceled} canceled, {orders.Expired} expired, "
                            ) + FormattableString.Invariant($"{orders.Rejected} rejected, {orders.Working} working")
                            : null
                    ),
                    ("data", it.DataHash is { } hash ? FormattableString.Invariant($"{it.Bars} bars, SHA-256 {hash}") : null),
                    ("again", it.Command is { } command ? Cells.Clean(command) : null),
                ])
            ),
            .. Strategies(it, width),
        ]);

    private static IEnumerable<IRenderable> Strategies(BacktestResult it, int width) =>
        it.Strategies is { } strategies
            ?
            [
                new Listing<StrategyOutcome>(width)
                    .Column("strategy", outcome => outcome.Id)
                    .Column("symbol", outcome => outcome.Symbol)
                    .Number("closed trades", outcome => Cells.Number(outcome.Trades))
                    .Number("with a profit", outcome => Cells.Number(outcome.Winning), 1)
                    .Number("net", outcome => Cells.Change(outcome.Net))
                    .Of(strategies, ""),
            ]
            : [];

    public static IRenderable List(IReadOnlyList<BacktestResult> results, int width) =>
        new Listing<BacktestResult>(width)
            .Column("id", it => it.Id)
            .Column("type", it => it.StrategyType)
            .Column("symbol", it => it.Symbol)
            .Column("from", it => it.StartDate, 3)
            .Column("to", it => it.EndDate, 3)
            .Number("return", it => Cells.Percent(Rounded(it.TotalReturnPct)))
            .Number("trades", it => Cells.Number(it.TotalTrades))
            .Number("win rate", it => it.WinRate is { } rate ? Plain(rate) + " %" : Cells.None, 1)
            .Number("max drawdown", it => Plain(it.MaxDrawdownPct) + " %", 1)
            .Number("Sharpe", it => Plain(it.SharpeRatio), 2)
            .Column("run at (UTC)", it => it.CreatedAt, 4)
            .Of(results, "No backtest is kept. Run one: trader backtest run --help");

    public static IRenderable Published(IReadOnlyList<BacktestSummaryView> backtests, int width) =>
        new Listing<BacktestSummaryView>(width)
            .Column("id", it => it.Id)
            .Column("type", it => it.StrategyType)
            .Column("symbol", it => it.Symbol)
            .Column("from", it => Cells.Day(it.StartDate), 3)
            .Column("to", it => Cells.Day(it.EndDate), 3)
            .Number("return", it => Cells.Percent(Rounded(it.TotalReturnPct)))
            .Number("trades", it => Cells.Number(it.TotalTrades))
            .Number("max drawdown", it => Plain(it.MaxDrawdownPct) + " %", 1)
            .Column("by", it => it.PublishedBy, 4)
            .Of(backtests, "The page shows no backtest. Send one: trader backtest publish ID");

    /// <summary>The fields of a list.</summary>
    public static JsonObject Summary(BacktestResult it) =>
        new()
        {
            ["id"] = it.Id,
            ["strategy_type"] = it.StrategyType,
            ["symbol"] = it.Symbol,
            ["start_date"] = it.StartDate,
            ["end_date"] = it.EndDate,
            ["total_return_pct"] = Exact(it.TotalReturnPct),
            ["win_rate"] = Exact(it.WinRate),
            ["total_trades"] = it.TotalTrades,
            ["max_drawdown_pct"] = Exact(it.MaxDrawdownPct),
            ["created_at"] = it.CreatedAt,
        };

    private static string? Interval(BacktestResult it) =>
        it.Ambiguous is { } other
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"{other.Bars} bars touched target and stop: {Cells.Change(it.TotalReturn)} with the stop first, "
                    + $"{Cells.Change(other.TotalReturn)} with the target first"
            )
            : null;

    private static string? Exact(decimal? value) => value is { } known ? ContractJson.Text(known) : null;

    private static decimal? Rounded(decimal? value) => value is { } known ? Math.Round(known, 2) : null;

    private static string Plain(decimal value) => Math.Round(value, 2).ToString(CultureInfo.InvariantCulture);

    private static string Plain(double? value) => value is { } known ? known.ToString("0.00", CultureInfo.InvariantCulture) : Cells.None;

    private static string? Percent(double? value) =>
        value is { } known ? known.ToString("+0.00;-0.00", CultureInfo.InvariantCulture) + " %" : null;
}
