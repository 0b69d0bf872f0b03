using System.Globalization;
using AutoTrader.Backtesting.Statistics;

namespace AutoTrader.Backtesting.Results;

/// <summary>What could fool the reader of a result.</summary>
internal static class RunWarnings
{
    private const int FewTrades = 30;
    private const double LikelyLuck = 0.95;

    public static IEnumerable<string> Of(BacktestRun run, BacktestRun? targetFirst, EquityStatistics account, ProfitStatistics profits)
    {
        if (run.Canceled)
        {
            yield return "It was stopped before its last day; this is what was done until then.";
        }

        if (run.AmbiguousBars > 0 && targetFirst is null)
        {
            yield return FormattableString.Invariant($"{run.AmbiguousBars} bars touched target and stop. The stop is taken to come first; ")
                + "the run with the target first was stopped.";
        }

        foreach (var waiting in run.Strategies.Where(strategy => strategy.WaitingFor is not null))
        {
            yield return $"{waiting.Id} waits at the end: {waiting.WaitingFor}";
        }

        if (profits.Total < FewTrades)
        {
            yield return FormattableString.Invariant($"{profits.Total} closed trades are too few to tell skill from luck.");
        }

        if (account.IsShort)
        {
            yield return "The period is shorter than 90 days: annual figures say little.";
        }

        if (profits is { Total: > 1, Best: > 0 and var best } && account.TotalReturn > 0 && best > account.TotalReturn / 2)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"One trade ({best:0.00}) makes more than half of the return.");
        }

        if (account.ProbabilisticSharpe is { } probability and < LikelyLuck && account.TotalReturn > 0)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"The probability that it earns anything but by luck is {100 * probability:0} % (probabilistic Sharpe ratio)."
            );
        }

        yield return "The symbol was chosen today: those that failed meanwhile are not tested (survivorship).";
    }
}
