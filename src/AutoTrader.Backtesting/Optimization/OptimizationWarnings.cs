using System.Globalization;

namespace AutoTrader.Backtesting.Optimization;

/// <summary>What could fool the reader of an optimization.</summary>
internal static class OptimizationWarnings
{
    private const int FewTrades = 30;
    private const double LikelyLuck = 0.95;

    public static IEnumerable<string> Of(OptimizationResult it, string? leftOut)
    {
        if (it.Canceled)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"It was stopped after {it.NumCombinations} of {it.AllCombinations} combinations"
            )
                + (it.Method == "walk_forward" ? " of a window; " : "; ")
                + "the hold-out is untouched.";
        }

        if (it.BestParams is null)
        {
            yield return $"No trial has a {it.Objective}: nothing was closed, or nothing varied.";
            yield break;
        }

        yield return string.Create(CultureInfo.InvariantCulture, $"It is the best of {it.NumCombinations} trials") + Luck(it);
        if (it.BestBacktest is { TotalTrades: < FewTrades } best)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"The best has {best.TotalTrades} closed trades: too few to tell skill from luck."
            );
        }

        foreach (var warning in HoldOut(it).Concat(Around(it)))
        {
            yield return warning;
        }

        if (it.WalkForward is { TestReturnPct: <= 0 } walk)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"What was chosen in each window came to {walk.TestReturnPct:+0.####;-0.####;0} % on what followed it."
            );
        }

        if (leftOut is not null)
        {
            yield return leftOut;
        }
    }

    private static string Luck(OptimizationResult it) =>
        it.DeflatedSharpe is not { } deflated
            ? "."
            : string.Create(
                CultureInfo.InvariantCulture,
                $": the probability that it is better than the luck of so many is {100 * deflated.Probability:0} % (deflated Sharpe ratio)"
            ) + (deflated.Probability < LikelyLuck ? ", which is not enough to believe in it." : ".");

    private static IEnumerable<string> HoldOut(OptimizationResult it)
    {
        if (it.HoldOut is { } after)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"On what was held out ({after.StartDate} to {after.EndDate}) it came to {after.TotalReturnPct:+0.####;-0.####;0} %, after "
                    + $"{it.BestBacktest!.TotalReturnPct:+0.####;-0.####;0} % in training. "
            ) + "Now that it was looked at, it is held out no more.";
        }
        else if (!it.Canceled)
        {
            yield return "Nothing was held out: how it does on what it has not seen is not known.";
        }
    }

    private static IEnumerable<string> Around(OptimizationResult it)
    {
        if (it.Neighborhood is not { } around)
        {
            yield break;
        }

        if (around.Verdict == Neighborhood.Needle)
        {
            yield return "The best is a needle: its neighbors are little better than the middle of all trials.";
        }

        if (around.AtTheEdge.Count > 0)
        {
            yield return $"The best lies at the edge of what was tried of {string.Join(", ", around.AtTheEdge)}: "
                + "a better one may lie beyond.";
        }
    }
}
