using System.Globalization;
using AutoTrader.Backtesting.Statistics;

namespace AutoTrader.Backtesting.Results;

/// <summary>What could fool the reader of a result.</summary>
internal static class RunWarnings
{
    private const int FewTrades = 30;
    private const double LikelyLuck = 0.95;

    // So much of the result, in percent, that the order inside ambiguous bars decides it.
    private const int Decisive = 20;

    public static IEnumerable<string> Of(
        BacktestRun run,
        BacktestRun? targetFirst,
        EquityStatistics account,
        ProfitStatistics profits,
        BuyAndHold? held,
        double? luckPct
    )
    {
        if (run.Canceled)
        {
            yield return "It was stopped before its last day; this is what was done until then.";
        }

        foreach (var accepted in DataTrust.Warnings(run.Data))
        {
            yield return accepted;
        }

        if (run.AmbiguousBars > 0 && targetFirst is null)
        {
            yield return FormattableString.Invariant($"{run.AmbiguousBars} bars touched target and stop. The stop is taken to come first; ")
                + "the run with the target first was stopped.";
        }

        if (
            targetFirst is { Equity: [.., var other] }
            && Math.Abs(other.Equity - account.Final) * 100 > Decisive * Math.Abs(account.TotalReturn)
        )
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"What comes first in {run.AmbiguousBars} ambiguous bars decides the result: {account.TotalReturn:+0.00;-0.00;0.00} or "
                    + $"{other.Equity - account.Initial:+0.00;-0.00;0.00}. Use shorter bars."
            );
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

        if (luckPct is { } pct and > 100 * (1 - LikelyLuck))
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"A coin would do as well in {pct:0} % of cases (signs of trades drawn anew)."
            );
        }

        if (held is { SameMoney: var same } && profits.Total > 0 && account.TotalReturn < same)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"Buying for the same money and holding would have come to {same:+0.00;-0.00;0.00}, "
                    + $"more than {account.TotalReturn:+0.00;-0.00;0.00}."
            );
        }

        yield return "The symbol was chosen today: those that failed meanwhile are not tested (survivorship).";
    }
}
