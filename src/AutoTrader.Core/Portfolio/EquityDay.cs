namespace AutoTrader.Core.Portfolio;

/// <summary>The account at an instant, as the broker reported it.</summary>
/// <param name="At">When (UTC).</param>
/// <param name="Equity">Cash and positions, in dollars.</param>
/// <param name="Cash">Cash, in dollars.</param>
public sealed record EquitySample(DateTimeOffset At, decimal Equity, decimal Cash);

/// <summary>The account over one New York day. A day is sampled every five minutes while the market is open, and while it is closed only
/// after a change: the last sample is the day's final value.</summary>
/// <param name="Day">The New York date.</param>
/// <param name="Samples">The samples, oldest first; at least one.</param>
public sealed record EquityDay(DateOnly Day, IReadOnlyList<EquitySample> Samples)
{
    /// <summary>Two samples are at least so far apart.</summary>
    public static readonly TimeSpan Every = TimeSpan.FromMinutes(5);

    /// <summary>The day with one more sample; null when it is too early for one, or it adds nothing.</summary>
    /// <param name="before">The day that was sampled last; null before the first sample.</param>
    /// <param name="day">The New York date of the sample.</param>
    /// <param name="sample">The broker's report.</param>
    /// <param name="isOpen">Whether the market is open.</param>
    public static EquityDay? Sampled(EquityDay? before, DateOnly day, EquitySample sample, bool isOpen)
    {
        ArgumentNullException.ThrowIfNull(sample);
        if (before is { Samples: [.., var last] })
        {
            var moved = sample.Equity != last.Equity || sample.Cash != last.Cash;
            if (!(isOpen || moved) || sample.At - last.At < Every)
            {
                return null;
            }
        }

        return new(day, before?.Day == day ? [.. before.Samples, sample] : [sample]);
    }
}
