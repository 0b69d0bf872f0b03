using System.Globalization;
using AutoTrader.Backtesting.Results;

namespace AutoTrader.Backtesting.Reports;

/// <summary>The figures of a report, as people read them; what is not defined is a dash.</summary>
internal static class ReportFigures
{
    public static IEnumerable<(string Name, string Value)> Of(BacktestResult it)
    {
        var (account, profits) = (it.Account, it.Profits);
        return
        [
            ("initial capital", Number(it.InitialCapital)),
            ("final", Number(it.InitialCapital + it.TotalReturn)),
            ("total return", $"{Number(it.TotalReturn)} ({Number(it.TotalReturnPct)} %)"),
            .. it.Ambiguous is { } other
                ? [("with the target first in ambiguous bars", $"{Number(other.TotalReturn)} ({Number(other.TotalReturnPct)} %)")]
                : Array.Empty<(string, string)>(),
            ("compound annual growth", Percent(account?.CagrPct)),
            ("annual volatility", Percent(account?.AnnualVolatilityPct)),
            ("Sharpe, Sortino, Calmar", $"{Number(account?.Sharpe)}, {Number(account?.Sortino)}, {Number(account?.Calmar)}"),
            ("probabilistic Sharpe", Percent(100 * account?.ProbabilisticSharpe)),
            ("a coin would do as well in", Percent(it.LuckPct)),
            ("max drawdown, from closes", $"{Number(it.MaxDrawdown)} ({Number(it.MaxDrawdownPct)} %)"),
            ("max drawdown, from bar lows", Percent((double?)account?.Drawdowns.MaxPctFromLows)),
            (
                "average drawdown",
                $"{Number(account?.Drawdowns.Average)} ({Percent((double?)account?.Drawdowns.AveragePct)}), "
                    + $"the longest of {account?.Drawdowns.LongestSessions.ToString(CultureInfo.InvariantCulture) ?? "-"} sessions"
            ),
            ("best and worst session", $"{Percent(account?.BestDayPct)}, {Percent(account?.WorstDayPct)}"),
            ("buying and holding, percent", Percent(it.BuyAndHold?.ReturnPct)),
            ("holding for the same money", Number(it.BuyAndHold?.SameMoney)),
            ("alpha a year, beta", $"{Percent(it.BuyAndHold?.AlphaPct)}, {Number(it.BuyAndHold?.Beta)}"),
            (
                "closed trades",
                string.Create(CultureInfo.InvariantCulture, $"{it.TotalTrades}: {it.WinningTrades} won, {it.LosingTrades} lost")
            ),
            ("win rate", Percent((double?)it.WinRate)),
            ("profit factor", Number(it.ProfitFactor)),
            ("average win and loss", $"{Number(it.AvgWin)}, {Number(it.AvgLoss)}"),
            ("largest win and loss", $"{Number(it.LargestWin)}, {Number(it.LargestLoss)}"),
            ("expectancy, SQN", $"{Number(profits?.Expectancy)}, {Number(profits?.Sqn)}"),
            ("adverse excursion, average and largest", $"{Number(it.Excursions?.AverageAdverse)}, {Number(it.Excursions?.LargestAdverse)}"),
            (
                "favorable excursion, average and largest",
                $"{Number(it.Excursions?.AverageFavorable)}, {Number(it.Excursions?.LargestFavorable)}"
            ),
            ("given back on average", Number(it.Excursions?.AverageGivenBack)),
            ("fees", Number(it.Fees)),
            ("spread and slippage", Number(it.Slippage)),
            ("exposure", Percent((double?)it.ExposurePct)),
            ("most tied up, at cost", Number(it.PeakCapital)),
            ("turnover", Percent((double?)it.TurnoverPct)),
        ];
    }

    private static string Number(decimal? value) => value is { } known ? known.ToString("#,##0.00", CultureInfo.InvariantCulture) : "-";

    private static string Number(double? value) => value is { } known ? known.ToString("#,##0.00", CultureInfo.InvariantCulture) : "-";

    private static string Percent(double? value) => value is null ? "-" : Number(value) + " %";
}
