namespace AutoTrader.Backtesting.Statistics;

/// <summary>
/// What an account did, from its worth at each session's close: E_t, with E_0 the initial cash, r_t = E_t/E_(t-1) - 1, and n sessions.
/// A figure that is not defined is null.
/// </summary>
public sealed record EquityStatistics
{
    /// <summary>Sessions in a year.</summary>
    public const int SessionsPerYear = 252;

    private const int ShortPeriodDays = 90;

    /// <summary>E_0 in dollars.</summary>
    public required decimal Initial { get; init; }

    /// <summary>E_n in dollars.</summary>
    public required decimal Final { get; init; }

    /// <summary>E_n - E_0 in dollars.</summary>
    public decimal TotalReturn => Final - Initial;

    /// <summary>100*(E_n/E_0 - 1); null when the initial cash is zero.</summary>
    public decimal? TotalReturnPct => Initial == 0 ? null : 100 * TotalReturn / Initial;

    /// <summary>Compound annual growth: 100*((E_n/E_0)^(365/calendar days) - 1); null without days or with a negative end.</summary>
    public double? CagrPct { get; init; }

    /// <summary>Whether the period is shorter than 90 days, so that annual figures say little.</summary>
    public required bool IsShort { get; init; }

    /// <summary>100*((prod(1 + r))^(252/n) - 1).</summary>
    public double? AnnualReturnPct { get; init; }

    /// <summary>100*sd(r)*sqrt(252), with n - 1 in the deviation; null below two sessions.</summary>
    public double? AnnualVolatilityPct { get; init; }

    /// <summary>mean(r)/sd(r)*sqrt(252), the risk-free rate being 0; null when r does not vary.</summary>
    public double? Sharpe { get; init; }

    /// <summary>mean(r)/sqrt(mean(min(r, 0)^2))*sqrt(252); null without a losing session.</summary>
    public double? Sortino { get; init; }

    /// <summary><see cref="CagrPct"/> over the greatest drawdown in percent; null without one.</summary>
    public double? Calmar { get; init; }

    /// <summary>
    /// The probability that the true Sharpe ratio is above 0: Phi(SR/sqrt((1 - skew*SR + (kurt - 1)/4*SR^2)/(n - 1))), SR not annualized,
    /// kurtosis not excess (Bailey and López de Prado, 2012).
    /// </summary>
    public double? ProbabilisticSharpe { get; init; }

    /// <summary>The best session, 100*r; null without sessions.</summary>
    public double? BestDayPct { get; init; }

    /// <summary>The worst session, 100*r; null without sessions.</summary>
    public double? WorstDayPct { get; init; }

    /// <summary>How far the account fell below what it was worth before.</summary>
    public required Drawdowns Drawdowns { get; init; }

    /// <summary>The statistics of an account.</summary>
    /// <param name="initial">The initial cash in dollars.</param>
    /// <param name="equity">The account at each session's close, in order.</param>
    public static EquityStatistics Of(decimal initial, IReadOnlyList<SessionEquity> equity)
    {
        var final = equity.Count == 0 ? initial : equity[^1].Equity;
        var days = equity.Count == 0 ? 0 : equity[^1].Day.DayNumber - equity[0].Day.DayNumber + 1;
        var drawdowns = Drawdowns.Of(initial, equity);
        var growth = initial <= 0 || final <= 0 ? (double?)null : (double)(final / initial);
        var cagr = growth is { } grown && days > 0 ? 100 * (Math.Pow(grown, 365.0 / days) - 1) : (double?)null;
        var returns = Returns(initial, equity);
        var moments = returns is null ? null : Moments.Of(returns);
        var downside = returns is { Count: > 0 } ? Math.Sqrt(returns.Average(it => Math.Min(it, 0) * Math.Min(it, 0))) : 0;
        var year = Math.Sqrt(SessionsPerYear);
        return new()
        {
            Initial = initial,
            Final = final,
            IsShort = days < ShortPeriodDays,
            CagrPct = cagr,
            AnnualReturnPct =
                growth is { } all && equity.Count > 0 ? 100 * (Math.Pow(all, (double)SessionsPerYear / equity.Count) - 1) : null,
            AnnualVolatilityPct = 100 * moments?.Deviation * year,
            Sharpe = moments is { Deviation: > 0 } ? moments.Mean / moments.Deviation * year : null,
            Sortino = downside > 0 ? returns!.Average() / downside * year : null,
            Calmar = drawdowns.MaxPct > 0 ? cagr / (double)drawdowns.MaxPct : null,
            ProbabilisticSharpe = moments?.ProbabilisticSharpe(0),
            BestDayPct = returns is { Count: > 0 } ? 100 * returns.Max() : null,
            WorstDayPct = returns is { Count: > 0 } ? 100 * returns.Min() : null,
            Drawdowns = drawdowns,
        };
    }

    /// <summary>r_t of each session; null when the account was worth nothing, so that a return has no meaning.</summary>
    public static IReadOnlyList<double>? Returns(decimal initial, IReadOnlyList<SessionEquity> equity)
    {
        var returns = new List<double>(equity.Count);
        var before = initial;
        foreach (var session in equity)
        {
            if (before <= 0)
            {
                return null;
            }

            returns.Add((double)((session.Equity / before) - 1));
            before = session.Equity;
        }

        return returns;
    }
}
