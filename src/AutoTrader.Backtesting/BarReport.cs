using System.Globalization;
using AutoTrader.Core.Market;

namespace AutoTrader.Backtesting;

/// <summary>What is to be known about a symbol's bars before a result is believed.</summary>
/// <param name="Symbol">The symbol.</param>
/// <param name="Bars">Bars inside the period.</param>
/// <param name="Expected">Bars that the sessions of the period have room for.</param>
/// <param name="EmptySessions">Sessions without a bar.</param>
/// <param name="Remarks">Everything that is out of the ordinary, a sentence each.</param>
public sealed record BarReport(string Symbol, int Bars, int Expected, int EmptySessions, IReadOnlyList<string> Remarks)
{
    /// <summary>Why the bars cannot be trusted, a sentence each; nothing when they can.</summary>
    public IReadOnlyList<string> Untrusted { get; init; } = [];

    private const decimal SuspiciousPct = 20;
    private const decimal SparsePct = 5;
    private const int Shown = 5;
    private const int StaleBars = 60;

    /// <summary>Looks at the bars of a period.</summary>
    /// <param name="symbol">The symbol.</param>
    /// <param name="bars">Its bars in the period, in order.</param>
    /// <param name="feed">What the reader of the bars says of them.</param>
    /// <param name="sessions">The sessions of the period.</param>
    /// <param name="splits">Splits that are declared in the period.</param>
    public static BarReport Of(
        string symbol,
        IReadOnlyList<Bar> bars,
        SymbolFeed feed,
        IReadOnlyList<Session> sessions,
        IReadOnlyList<Split> splits
    )
    {
        var expected = sessions.Sum(session => BarsIn(session.Open, session.Close, feed));
        var days = bars.Select(bar => DateOnly.FromDateTime(bar.Start.UtcDateTime)).ToHashSet();
        var empty = sessions.Count(session => !days.Contains(session.Day));
        var remarks = new List<string>();
        if (feed.LeftOut is { } leftOut)
        {
            remarks.Add(leftOut);
        }

        if (empty > 0)
        {
            remarks.Add(FormattableString.Invariant($"{symbol} has no bar in {empty} of {sessions.Count} sessions."));
        }

        if ((expected - bars.Count) * 100 > SparsePct * expected)
        {
            remarks.Add(
                FormattableString.Invariant(
                    $"{symbol} lacks {expected - bars.Count} of {expected} bars: nothing traded in them, or they are missing."
                )
            );
        }

        remarks.AddRange(Still(symbol, bars));
        remarks.AddRange(Jumps(bars, splits).Take(Shown));
        remarks.AddRange(splits.Where(split => split.Symbol == symbol && IsDenied(bars, split)).Select(Unshown));
        // From the first bar to the last: a day that the data begin or end in the middle of lacks nothing before or after them.
        var room = sessions
            .Where(session => days.Contains(session.Day))
            .Sum(session => BarsIn(Later(session.Open, bars[0].Start), Earlier(session.Close, bars[^1].End), feed));
        return new(symbol, bars.Count, expected, empty, remarks)
        {
            Untrusted = [.. DataTrust.Problems(symbol, bars, feed, room, splits).Take(Shown)],
        };
    }

    private static int BarsIn(DateTimeOffset from, DateTimeOffset to, SymbolFeed feed) => (int)Math.Ceiling((to - from) / feed.Interval);

    private static DateTimeOffset Later(DateTimeOffset left, DateTimeOffset right) => left > right ? left : right;

    private static DateTimeOffset Earlier(DateTimeOffset left, DateTimeOffset right) => left < right ? left : right;

    // Prices that do not move are those of nothing that trades: filler, a halt, a file that went stale.
    private static IEnumerable<string> Still(string symbol, IReadOnlyList<Bar> bars)
    {
        var (flat, run, longest, end) = (0, 0, 0, 0);
        for (var i = 0; i < bars.Count; i++)
        {
            flat += bars[i].High == bars[i].Low ? 1 : 0;
            run = i > 0 && bars[i].High == bars[i].Low && bars[i].Close == bars[i - 1].Close ? run + 1 : 0;
            (longest, end) = run > longest ? (run, i) : (longest, end);
        }

        if (bars.Count > StaleBars && flat * 2 > bars.Count)
        {
            yield return FormattableString.Invariant(
                $"{symbol} does not move in {flat} of {bars.Count} bars: filler, or too thin to trade."
            );
        }
        else if (longest >= StaleBars)
        {
            var until = bars[end].Start.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
            yield return FormattableString.Invariant(
                $"{symbol} stands still for {longest} bars until {until} UTC: a halt, or stale prices."
            );
        }
    }

    private static IEnumerable<string> Jumps(IReadOnlyList<Bar> bars, IReadOnlyList<Split> splits)
    {
        for (var i = 1; i < bars.Count; i++)
        {
            var (before, bar) = (bars[i - 1].Close, bars[i]);
            // The price first: most bars do not jump, and there may be a million.
            if (
                Math.Abs(bar.Open - before) * 100 > SuspiciousPct * before
                && !splits.Any(split => split.Symbol == bar.Symbol && split.ExDate == DateOnly.FromDateTime(bar.Start.UtcDateTime))
            )
            {
                var at = bar.Start.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
                yield return FormattableString.Invariant($"{bar.Symbol} jumps from {before:0.00##} to {bar.Open:0.00##} at {at} UTC: ")
                    + "a bad bar, or a split that splits.csv does not name.";
            }
        }
    }

    /// <summary>Whether the prices deny a split.</summary>
    // Before the first bar of the period nothing can be compared.
    internal static bool IsDenied(IReadOnlyList<Bar> bars, Split split)
    {
        var after = bars.FirstOrDefault(bar => DateOnly.FromDateTime(bar.Start.UtcDateTime) >= split.ExDate);
        var before = bars.LastOrDefault(bar => DateOnly.FromDateTime(bar.Start.UtcDateTime) < split.ExDate);
        return after is not null && before is not null && split.SignOf(before.Close, after.Open) == SplitSign.Denied;
    }

    /// <summary>A split that the prices deny, in words.</summary>
    internal static string Unshown(Split split) =>
        FormattableString.Invariant(
            $"The split {split.Numerator}:{split.Denominator} of {split.Symbol} on {split.ExDate:yyyy-MM-dd} does not show in the prices: "
        ) + "they are adjusted already, or the declaration is wrong. Use raw prices.";
}
