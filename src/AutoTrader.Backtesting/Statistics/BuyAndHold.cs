using AutoTrader.Core.Market;
using MathNet.Numerics.Statistics;

namespace AutoTrader.Backtesting.Statistics;

/// <summary>
/// The account beside its symbols bought in equal parts at the close of their first bars and held. b_t is their return in a session, r_t
/// that of the account. A figure that is not defined is null.
/// </summary>
public sealed record BuyAndHold
{
    /// <summary>What holding came to in percent: 100*(prod(1 + b) - 1).</summary>
    public required double ReturnPct { get; init; }

    /// <summary>What the most that the account ever had tied up would have come to, bought and held, in dollars.</summary>
    public required decimal SameMoney { get; init; }

    /// <summary>cov(r, b)/var(b); null below two sessions, and when b does not vary.</summary>
    public double? Beta { get; init; }

    /// <summary>100*252*(mean(r) - beta*mean(b)): a year's return that does not come from the market's, with a risk-free rate of
    /// 0.</summary>
    public double? AlphaPct { get; init; }

    /// <summary>The comparison.</summary>
    /// <param name="initial">The initial cash in dollars.</param>
    /// <param name="equity">The account at each session's close.</param>
    /// <param name="growth">What holding was worth at each session's close, 1 at the beginning.</param>
    /// <param name="peakCapital">The most that the account had tied up, in dollars.</param>
    /// <returns>Null without sessions.</returns>
    public static BuyAndHold? Of(decimal initial, IReadOnlyList<SessionEquity> equity, IReadOnlyList<double> growth, decimal peakCapital)
    {
        if (equity.Count == 0)
        {
            return null;
        }

        var market = growth.Select((it, i) => (it / (i == 0 ? 1 : growth[i - 1])) - 1).ToList();
        var returns = EquityStatistics.Returns(initial, equity);
        var isDefined = returns is not null && Moments.Of(market) is { Deviation: > 0 };
        double? beta = isDefined ? returns!.Covariance(market) / market.Variance() : null;
        return new()
        {
            ReturnPct = 100 * (growth[^1] - 1),
            SameMoney = decimal.Round(peakCapital * (decimal)(growth[^1] - 1), 2),
            Beta = beta,
            AlphaPct = beta is { } known
                ? 100 * EquityStatistics.SessionsPerYear * (returns!.Average() - (known * market.Average()))
                : null,
        };
    }

    /// <summary>What symbols were worth at each session's close, bought in equal parts at the close of their first bars: 1 before
    /// those.</summary>
    /// <param name="prices">The bars of each symbol, in order: raw prices.</param>
    /// <param name="splits">The splits.</param>
    /// <param name="closes">The closes of the sessions (UTC), in order.</param>
    public static IReadOnlyList<double> Growth(
        IReadOnlyDictionary<string, IReadOnlyList<Bar>> prices,
        IReadOnlyList<Split> splits,
        IReadOnlyList<DateTimeOffset> closes
    )
    {
        var growth = new double[closes.Count];
        foreach (var (symbol, bars) in prices)
        {
            var (next, shares) = (0, 1.0);
            var own = splits
                .Where(split => split.Symbol == symbol && split.ExDate > DayOf(bars[0]))
                .OrderBy(split => split.ExDate)
                .ToList();
            for (var i = 0; i < closes.Count; i++)
            {
                while (next < bars.Count && bars[next].End <= closes[i])
                {
                    next++;
                }

                while (own is [var split, ..] && next > 0 && DayOf(bars[next - 1]) >= split.ExDate)
                {
                    shares *= (double)split.Ratio;
                    own.RemoveAt(0);
                }

                growth[i] += (next == 0 ? 1 : shares * (double)(bars[next - 1].Close / bars[0].Close)) / prices.Count;
            }
        }

        return growth;
    }

    private static DateOnly DayOf(Bar bar) => DateOnly.FromDateTime(bar.Start.UtcDateTime);
}
