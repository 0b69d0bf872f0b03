using MathNet.Numerics.Distributions;

namespace AutoTrader.Backtesting.Statistics;

/// <summary>Mean, deviation, skewness and kurtosis of a sample of at least two.</summary>
/// <param name="Count">n.</param>
/// <param name="Mean">The mean.</param>
/// <param name="Deviation">The sample standard deviation, with n - 1; exactly zero where all values are equal.</param>
/// <param name="Skewness">m3/m2^1.5, with central moments over n; 0 without deviation.</param>
/// <param name="Kurtosis">m4/m2^2, not excess: 3 for a normal distribution; 3 without deviation.</param>
public sealed record Moments(int Count, double Mean, double Deviation, double Skewness, double Kurtosis)
{
    /// <summary>The moments of <paramref name="values"/>; null for fewer than two.</summary>
    public static Moments? Of(IReadOnlyCollection<double> values)
    {
        if (values.Count < 2)
        {
            return null;
        }

        var mean = values.Average();
        if (values.Min().Equals(values.Max()))
        {
            return new(values.Count, mean, 0, 0, 3);
        }

        var second = values.Average(it => Math.Pow(it - mean, 2));
        return new(
            values.Count,
            mean,
            Math.Sqrt(second * values.Count / (values.Count - 1)),
            values.Average(it => Math.Pow(it - mean, 3)) / Math.Pow(second, 1.5),
            values.Average(it => Math.Pow(it - mean, 4)) / (second * second)
        );
    }

    /// <summary>
    /// The probability that the true Sharpe ratio of the sample exceeds <paramref name="benchmark"/>, neither annualized:
    /// Phi((SR - SR*)/sqrt((1 - skew*SR + (kurt - 1)/4*SR^2)/(n - 1))); null where the values do not vary.
    /// </summary>
    public double? ProbabilisticSharpe(double benchmark)
    {
        if (Deviation <= 0)
        {
            return null;
        }

        var ratio = Mean / Deviation;
        var variance = (1 - (Skewness * ratio) + ((Kurtosis - 1) / 4 * ratio * ratio)) / (Count - 1);
        return variance > 0 ? Normal.CDF(0, 1, (ratio - benchmark) / Math.Sqrt(variance)) : null;
    }
}
