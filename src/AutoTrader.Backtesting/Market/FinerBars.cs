using AutoTrader.Core.Market;

namespace AutoTrader.Backtesting.Market;

/// <summary>A bar, and the shorter ones that stand for it.</summary>
/// <param name="Bar">The bar.</param>
/// <param name="Shorter">The bars inside it, in order; none when it counts itself.</param>
/// <param name="IsContradicted">Whether there are shorter bars that tell other prices, and do not count.</param>
internal readonly record struct FinerBar(Bar Bar, IReadOnlyList<Bar> Shorter, bool IsContradicted);

/// <summary>
/// Shorter bars in place of longer ones, where they are there and tell the same: a bar that touches stop and target does not tell which
/// came first, those inside it mostly do.
/// </summary>
internal static class FinerBars
{
    // Another source rounds otherwise, and one that sees a part of the trades does not see the extremes: so far it may be off, in percent.
    private const decimal TolerancePct = 0.1m;

    /// <summary>Bars with the shorter ones that stand for them.</summary>
    /// <param name="bars">The longer bars, in order.</param>
    /// <param name="finer">The shorter ones, in order; several lengths, the shortest first.</param>
    public static IEnumerable<FinerBar> Of(IReadOnlyList<Bar> bars, IReadOnlyList<IReadOnlyList<Bar>> finer)
    {
        var next = new int[finer.Count];
        foreach (var bar in bars)
        {
            var (shorter, isThere) = ((IReadOnlyList<Bar>)[], false);
            for (var i = 0; i < finer.Count; i++)
            {
                var inside = Inside(bar, finer[i], ref next[i]);
                isThere |= inside.Count > 0;
                shorter = shorter.Count == 0 && TellsTheSame(bar, inside) ? inside : shorter;
            }

            yield return new(bar, shorter, isThere && shorter.Count == 0);
        }
    }

    private static List<Bar> Inside(Bar bar, IReadOnlyList<Bar> finer, ref int next)
    {
        while (next < finer.Count && finer[next].Start < bar.Start)
        {
            next++;
        }

        var inside = new List<Bar>();
        for (; next < finer.Count && finer[next] is var one && one.End <= bar.End && one.Length < bar.Length; next++)
        {
            inside.Add(one);
        }

        return inside;
    }

    // Bars that are missing at the end of a span, or of a file, show in its close and its extremes.
    private static bool TellsTheSame(Bar bar, List<Bar> inside) =>
        inside.Count > 0
        && AreNear(bar.High, inside.Max(it => it.High))
        && AreNear(bar.Low, inside.Min(it => it.Low))
        && AreNear(bar.Open, inside[0].Open)
        && AreNear(bar.Close, inside[^1].Close);

    private static bool AreNear(decimal price, decimal other) => Math.Abs(price - other) * 100 <= TolerancePct * price;
}
