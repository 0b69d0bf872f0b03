using System.Globalization;
using AutoTrader.Core.Market;

namespace AutoTrader.Backtesting;

/// <summary>
/// Data that cannot be trusted: on them any strategy may look good, and no warning beside a figure makes up for that. A backtest is refused
/// until somebody says that they are right, which its result then tells.
/// </summary>
internal static class DataTrust
{
    // Of a few rows one bad one is many percent.
    private const int LeastRows = 10;
    private const int LeftOutPct = 1;
    private const int LeastBars = 60;

    // So many closes say whether they are cents.
    private const int Sample = 10_000;

    // A bar that is so far away from both its neighbors, in percent, while these are near each other, is a misprint.
    private const decimal MisprintPct = 15;
    private const decimal NearPct = 5;

    // What a night does besides the split.
    private const decimal RatioTolerance = 0.03m;

    private static readonly TimeSpan ShortestNight = TimeSpan.FromHours(12);

    // Files that pass through binary floating-point numbers are off by less than a thousandth of a cent at any price that is in use.
    private const decimal CentTolerance = 0.001m;

    /// <summary>Why the bars of a period cannot be trusted, a sentence each; nothing when they can.</summary>
    /// <param name="symbol">The symbol.</param>
    /// <param name="bars">Its bars in the period, in order.</param>
    /// <param name="feed">What the reader says of its file.</param>
    /// <param name="expected">Bars that the sessions with a bar have room for.</param>
    /// <param name="splits">Splits that are declared in the period.</param>
    public static IEnumerable<string> Problems(
        string symbol,
        IReadOnlyList<Bar> bars,
        SymbolFeed feed,
        int expected,
        IReadOnlyList<Split> splits
    )
    {
        if (feed.LeftOutRows >= LeastRows && feed.LeftOutRows * 100L > (long)LeftOutPct * feed.Rows)
        {
            yield return feed.LeftOut + ".";
        }

        if (bars.Count > 0 && expected > LeastBars && bars.Count * 2 < expected)
        {
            yield return FormattableString.Invariant($"{symbol} has prices in {bars.Count} of {expected} bars of its sessions; ")
                + "in more than half nothing traded, or they are missing. Use longer bars.";
        }

        var still = Enumerable.Range(1, Math.Max(0, bars.Count - 1)).Count(i => IsStill(bars[i - 1], bars[i]));
        if (bars.Count > LeastBars && still * 2 > bars.Count)
        {
            yield return FormattableString.Invariant($"{symbol} does not move in {still} of {bars.Count} bars: filler, or stale prices.");
        }

        foreach (var split in splits.Where(split => split.Symbol == symbol && BarReport.IsDenied(bars, split)))
        {
            yield return BarReport.Unshown(split);
        }

        if (Adjusted(bars) is { } adjusted)
        {
            yield return adjusted;
        }

        foreach (var problem in Undeclared(bars, splits).Concat(Misprints(bars)))
        {
            yield return problem;
        }
    }

    /// <summary>What a result that was made of such data tells.</summary>
    public static IEnumerable<string> Warnings(IEnumerable<BarReport> reports) =>
        reports
            .SelectMany(report => report.Untrusted)
            .Select(problem => $"The data were accepted although they cannot be trusted: {problem}");

    /// <summary>Holds a backtest to data that can be trusted.</summary>
    /// <param name="reports">What was found, by symbol.</param>
    /// <param name="isAccepted">Whether somebody said that the data are right.</param>
    /// <exception cref="BacktestRefusedException">They cannot be trusted; names file, what was found and how to go on.</exception>
    public static void Require(IReadOnlyList<BarReport> reports, bool isAccepted)
    {
        var problems = reports.Where(report => report.Untrusted.Count > 0).ToList();
        if (problems.Count > 0 && !isAccepted)
        {
            throw new BacktestRefusedException(
                string.Join(' ', problems.Select(report => $"{report.Symbol}.csv cannot be trusted: {string.Join(' ', report.Untrusted)}"))
                    + " Mend the data, or say that they are right with --accept-data."
            );
        }
    }

    // One trade makes a flat bar; one that says again what the bar before it said is none.
    private static bool IsStill(Bar before, Bar bar) => bar.High == bar.Low && bar.Close == before.Close;

    // Trades print in cents, and some between; what is multiplied by a factor hardly ever lies on one.
    private static string? Adjusted(IReadOnlyList<Bar> bars)
    {
        var (dollars, off, example) = (0, 0, 0m);
        for (var i = 0; i < bars.Count; i += 1 + (bars.Count / Sample))
        {
            var close = bars[i].Close;
            dollars += close >= 1 ? 1 : 0;
            if (close >= 1 && Math.Abs(close - Math.Round(close, 2)) > CentTolerance)
            {
                (off, example) = (off + 1, close);
            }
        }

        return dollars > LeastBars / 2 && off * 2 > dollars
            ? FormattableString.Invariant($"{off} of {dollars} closes of {bars[0].Symbol} are no whole cents, such as {example:0.00####}: ")
                + "prices that are adjusted for dividends or splits. Use raw prices."
            : null;
    }

    // Nights move prices as splits do, hardly ever; without the split a position loses half of its worth.
    private static IEnumerable<string> Undeclared(IReadOnlyList<Bar> bars, IReadOnlyList<Split> splits)
    {
        for (var i = 1; i < bars.Count; i++)
        {
            var (before, bar) = (bars[i - 1], bars[i]);
            // The time first: there may be a million bars, and few nights.
            if (bar.Start - before.End < ShortestNight || !IsLikeSplit(before.Close / bar.Open))
            {
                continue;
            }

            var day = TradingCalendar.Nyse.TradingDay(bar.Start);
            if (!splits.Any(split => split.Symbol == bar.Symbol && split.ExDate == day))
            {
                yield return string.Create(
                    CultureInfo.InvariantCulture,
                    $"{bar.Symbol} goes overnight from {before.Close:0.00##} to {bar.Open:0.00##} on {day:yyyy-MM-dd}, "
                ) + "as in a split that splits.csv does not name: add it.";
            }
        }
    }

    // The ratios that companies choose: 3:2, 2:1, 3:1 and so on, and the reverse.
    private static bool IsLikeSplit(decimal ratio)
    {
        if (ratio is > 0.69m and < 1.45m)
        {
            return false;
        }

        var larger = ratio >= 1 ? ratio : 1 / ratio;
        var whole = Math.Round(larger);
        return Math.Abs(larger - 1.5m) <= RatioTolerance * 1.5m || (whole >= 2 && Math.Abs(larger - whole) <= RatioTolerance * whole);
    }

    private static IEnumerable<string> Misprints(IReadOnlyList<Bar> bars)
    {
        for (var i = 1; i < bars.Count - 1; i++)
        {
            var (before, bar, after) = (bars[i - 1].Close, bars[i], bars[i + 1].Open);
            var isFar =
                (bar.Low < before && (before - bar.Low) * 100 > MisprintPct * before)
                || (bar.High > before && (bar.High - before) * 100 > MisprintPct * before);
            if (
                isFar
                && Math.Abs(after - before) * 100 <= NearPct * before
                && bars[i - 1].Length < TimeSpan.FromHours(2)
                && TradingCalendar.Nyse.SessionAt(bar.Start) is { } session
                && bars[i - 1].Start >= session.Open
                && bars[i + 1].Start < session.Close
            )
            {
                yield return string.Create(
                    CultureInfo.InvariantCulture,
                    $"The bar of {bar.Symbol} at {bar.Start.UtcDateTime:yyyy-MM-dd HH:mm} UTC reaches from {bar.Low:0.00##} to "
                        + $"{bar.High:0.00##} between {before:0.00##} and {after:0.00##}: a misprint."
                );
            }
        }
    }
}
