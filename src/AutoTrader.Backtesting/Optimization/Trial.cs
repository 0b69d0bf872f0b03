using AutoTrader.Backtesting.Statistics;
using MathNet.Numerics.Distributions;

namespace AutoTrader.Backtesting.Optimization;

/// <summary>What one combination came to in one period, as far as an objective may ask for it. What is not defined is null.</summary>
public sealed record TrialFigures
{
    /// <summary>The return in dollars.</summary>
    public required decimal TotalReturn { get; init; }

    /// <summary>The return in percent of the initial capital.</summary>
    public decimal? TotalReturnPct { get; init; }

    /// <summary>Compound annual growth in percent.</summary>
    public double? CagrPct { get; init; }

    /// <summary>The greatest drawdown in percent.</summary>
    public required decimal MaxDrawdownPct { get; init; }

    /// <summary>The Sharpe ratio of sessions, annualized.</summary>
    public double? SharpeRatio { get; init; }

    /// <summary>The Sortino ratio.</summary>
    public double? Sortino { get; init; }

    /// <summary>The Calmar ratio.</summary>
    public double? Calmar { get; init; }

    /// <summary>Closed trades.</summary>
    public required int TotalTrades { get; init; }

    /// <summary>Winning trades in percent.</summary>
    public decimal? WinRate { get; init; }

    /// <summary>Gross profit over gross loss.</summary>
    public decimal? ProfitFactor { get; init; }

    /// <summary>The mean profit of a trade in dollars.</summary>
    public decimal? Expectancy { get; init; }

    /// <summary>The system quality number.</summary>
    public double? Sqn { get; init; }

    /// <summary>The figures of a run.</summary>
    /// <param name="initial">The initial cash in dollars.</param>
    /// <param name="run">The run.</param>
    public static TrialFigures Of(decimal initial, BacktestRun run)
    {
        var account = EquityStatistics.Of(initial, run.Equity);
        var profits = ProfitStatistics.Of(ProfitStatistics.TradesOf(run.Fills));
        return new()
        {
            TotalReturn = account.TotalReturn,
            TotalReturnPct = account.TotalReturnPct,
            CagrPct = account.CagrPct,
            MaxDrawdownPct = account.Drawdowns.MaxPct,
            SharpeRatio = account.Sharpe,
            Sortino = account.Sortino,
            Calmar = account.Calmar,
            TotalTrades = profits.Total,
            WinRate = profits.WinRatePct,
            ProfitFactor = profits.ProfitFactor,
            Expectancy = profits.Expectancy,
            Sqn = profits.Sqn,
        };
    }
}

/// <summary>What is to be best.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Meaning">What it is, in a few words.</param>
/// <param name="Score">The score of figures: more is better; null where it is not defined.</param>
public sealed record Objective(string Name, string Meaning, Func<TrialFigures, decimal?> Score)
{
    /// <summary>All of them: first the original's.</summary>
    public static IReadOnlyList<Objective> All { get; } =
    [
        new("total_return_pct", "the return in percent", it => it.TotalReturnPct),
        new("total_return", "the return in dollars", it => it.TotalReturn),
        new("win_rate", "winning trades in percent", it => it.WinRate),
        new("profit_factor", "gross profit over gross loss", it => it.ProfitFactor),
        new("max_drawdown_pct", "the least drawdown: the score is minus the drawdown", it => -it.MaxDrawdownPct),
        new("sharpe_ratio", "the Sharpe ratio", it => Number(it.SharpeRatio)),
        new("sortino", "the Sortino ratio", it => Number(it.Sortino)),
        new("calmar", "yearly growth over drawdown", it => Number(it.Calmar)),
        new("cagr_pct", "yearly growth in percent", it => Number(it.CagrPct)),
        new("expectancy", "the mean profit of a trade in dollars", it => it.Expectancy),
        new("sqn", "the system quality number", it => Number(it.Sqn)),
    ];

    /// <summary>The objective of a name.</summary>
    /// <exception cref="BacktestRefusedException">There is none.</exception>
    public static Objective Find(string name) =>
        All.FirstOrDefault(it => it.Name == name)
        ?? throw new BacktestRefusedException($"There is no objective {name}. There are: {string.Join(", ", All.Select(it => it.Name))}.");

    // Growth of a few days to a year may be beyond any number.
    private static decimal? Number(double? value) => value is { } known && Math.Abs(known) < 1e15 ? (decimal)known : null;
}

/// <summary>
/// How far the best of many trials is above what luck alone makes the best of so many (Bailey and López de Prado, 2014, "The deflated
/// Sharpe ratio").
/// </summary>
/// <param name="Trials">N, the number of trials. They count as independent: alike as they are, it is rather too strict.</param>
/// <param name="Variance">V, the variance of the trials' Sharpe ratios, with N - 1, not annualized.</param>
/// <param name="ExpectedMaximum">SR0 = sqrt(V)*((1 - g)*Z(1 - 1/N) + g*Z(1 - 1/(N*e))): the Sharpe ratio per session that the best of N
/// trials without any skill is expected to have. g is the Euler-Mascheroni constant, Z the inverse of the normal distribution.</param>
/// <param name="Probability">The probabilistic Sharpe ratio of the best against SR0: the probability that it is better than
/// luck.</param>
public sealed record DeflatedSharpe(int Trials, double Variance, double ExpectedMaximum, double Probability)
{
    private const double EulerMascheroni = 0.577_215_664_901_532_9;

    /// <summary>The deflated Sharpe ratio of the best trial.</summary>
    /// <param name="ratios">The Sharpe ratios of all trials, per session, not annualized; one that is not defined counts as 0.</param>
    /// <param name="returns">The returns of the best trial's sessions.</param>
    /// <returns>Null for fewer than two trials, and when the returns do not vary.</returns>
    public static DeflatedSharpe? Of(IReadOnlyList<double> ratios, IReadOnlyList<double> returns)
    {
        if (Moments.Of(ratios) is not { } trials)
        {
            return null;
        }

        var variance = trials.Deviation * trials.Deviation;
        var maximum = ExpectedMaximumOf(trials.Count, variance);
        return Moments.Of(returns)?.ProbabilisticSharpe(maximum) is { } probability
            ? new(trials.Count, variance, maximum, probability)
            : null;
    }

    /// <summary>SR0: the Sharpe ratio that the best of trials without any skill is expected to have.</summary>
    /// <param name="trials">N, at least 2.</param>
    /// <param name="variance">V.</param>
    public static double ExpectedMaximumOf(int trials, double variance) =>
        Math.Sqrt(variance)
        * (
            ((1 - EulerMascheroni) * Normal.InvCDF(0, 1, 1 - (1.0 / trials)))
            + (EulerMascheroni * Normal.InvCDF(0, 1, 1 - (1 / (trials * Math.E))))
        );
}
