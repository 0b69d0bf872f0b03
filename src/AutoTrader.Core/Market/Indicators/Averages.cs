namespace AutoTrader.Core.Market.Indicators;

/// <summary>Means over the last values of a series; null where there are too few.</summary>
internal static class Averages
{
    /// <summary>The mean of the last <paramref name="period"/> values.</summary>
    public static double?[] Simple(IReadOnlyList<double> values, int period)
    {
        var means = new double?[values.Count];
        for (var i = period - 1; i < values.Count; i++)
        {
            // Summed again for each bar, so that rounding errors do not accumulate over a million bars.
            var sum = 0.0;
            for (var j = i - period + 1; j <= i; j++)
            {
                sum += values[j];
            }

            means[i] = sum / period;
        }

        return means;
    }

    /// <summary>The mean that follows each value by 2/(period + 1) of its distance, beginning at the first.</summary>
    public static double?[] Exponential(IReadOnlyList<double> values, int period)
    {
        var means = new double?[values.Count];
        var (mean, weight) = (0.0, 2.0 / (period + 1));
        for (var i = 0; i < values.Count; i++)
        {
            means[i] = mean = i == 0 ? values[0] : mean + (weight * (values[i] - mean));
        }

        return means;
    }

    /// <summary>Wilder's: the simple mean first, then (mean before*(period - 1) + value)/period.</summary>
    public static double?[] Wilder(IReadOnlyList<double> values, int period)
    {
        var means = new double?[values.Count];
        if (values.Count >= period)
        {
            var mean = values.Take(period).Average();
            means[period - 1] = mean;
            for (var i = period; i < values.Count; i++)
            {
                means[i] = mean = ((mean * (period - 1)) + values[i]) / period;
            }
        }

        return means;
    }

    /// <summary>What <paramref name="pick"/> leaves of the last <paramref name="period"/> values.</summary>
    public static double?[] Rolling(IReadOnlyList<double> values, int period, Func<double, double, double> pick)
    {
        var picked = new double?[values.Count];
        for (var i = period - 1; i < values.Count; i++)
        {
            var best = values[i];
            for (var j = i - period + 1; j < i; j++)
            {
                best = pick(best, values[j]);
            }

            picked[i] = best;
        }

        return picked;
    }
}
