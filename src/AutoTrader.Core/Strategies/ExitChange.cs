using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;

namespace AutoTrader.Core.Strategies;

/// <summary>What a change of its exits means to a strategy that trades (docs/trading-rules.md, "Changing an open position").
/// Pure.</summary>
public static class ExitChange
{
    /// <summary>The field that the strategy's stop follows from.</summary>
    public static string StopField(StrategyType type) =>
        type switch
        {
            StrategyType.Bracket or StrategyType.ScaleOut => "stop_loss_pct",
            StrategyType.Grid => "grid_config.stop_below",
            _ => "trailing_stop_pct",
        };

    /// <summary>The stop in dollars as the definition alone has it; null when it has none, or nothing to measure it from yet.</summary>
    public static decimal? DeclaredStop(Strategy strategy) =>
        strategy.StrategyType switch
        {
            StrategyType.Bracket or StrategyType.ScaleOut => strategy.StopLossPct is { } pct && Bracket.Basis(strategy) is { } basis
                ? TickSize.RoundDown(basis * (1 - (pct / 100)))
                : null,
            StrategyType.Grid => strategy.GridConfig?.StopBelow,
            _ => strategy.TrailingStopPct is { } pct && strategy.HighWatermark is { } high ? TrailingStop.StopFor(high, pct) : null,
        };

    /// <summary>Whether the change would let the stop of a strategy that has bought fall.</summary>
    public static bool LowersStop(Strategy current, Strategy next) =>
        (current.Holding.Quantity > 0 || current.EnteredQuantity > 0 || current.StrategyType == StrategyType.Grid)
        && current.StrategyType switch
        {
            StrategyType.Bracket or StrategyType.ScaleOut => current.StopLossPct is { } pct && (next.StopLossPct ?? 100) > pct,
            StrategyType.Grid => current.GridConfig?.StopBelow is { } stop && (next.GridConfig?.StopBelow ?? 0) < stop,
            _ => next.TrailingStopPct > current.TrailingStopPct,
        };

    /// <summary>
    /// The changed strategy, with a mark that its working exits have an earlier definition. If the stop is lowered, the earlier stop no
    /// longer counts.
    /// </summary>
    public static Strategy Noted(Strategy current, Strategy next)
    {
        if (
            next.TrailingStopPct == current.TrailingStopPct
            && next.StopLossPct == current.StopLossPct
            && next.TakeProfitPct == current.TakeProfitPct
            && next.ScaleTargets == current.ScaleTargets
        )
        {
            return next;
        }

        next = next with { ExitRevision = current.ExitRevision + 1, WaitingFor = null };
        return LowersStop(current, next) ? next with { StopRevision = next.ExitRevision, EffectiveStop = DeclaredStop(next) } : next;
    }

    /// <summary>Why the exits of a strategy that trades cannot become those of <paramref name="next"/>, field by field; empty when they
    /// can.</summary>
    public static IEnumerable<FieldProblem> Problems(Strategy current, Strategy next)
    {
        if ((current.StopLossPct is null) != (next.StopLossPct is null) && current.StrategyType == StrategyType.ScaleOut)
        {
            yield return Problem("stop_loss_pct", "stop_loss_pct cannot be added or removed once tranches are working");
        }

        if (current.ScaleTargets.Count != next.ScaleTargets.Count)
        {
            yield return Problem("scale_targets", "the tranches are working: their number is fixed, their target_pct can change");
        }
        else if (Enumerable.Range(0, next.ScaleTargets.Count).Any(i => next.ScaleTargets[i].Pct != current.ScaleTargets[i].Pct))
        {
            yield return Problem("scale_targets", "the tranches are working: their pct is fixed, their target_pct can change");
        }

        if (current.GridConfig is { } ladder && next.GridConfig != ladder)
        {
            if (next.GridConfig is not { } other)
            {
                yield return Problem("grid_config", "its levels are working");
                yield break;
            }

            foreach (
                var (field, differs) in new[]
                {
                    ("low", other.Low != ladder.Low),
                    ("high", other.High != ladder.High),
                    ("levels", other.Levels != ladder.Levels),
                    ("qty_per_level", other.QtyPerLevel != ladder.QtyPerLevel),
                }
            )
            {
                if (differs)
                {
                    yield return Problem("grid_config." + field, "its levels are working; only stop_below can change");
                }
            }
        }
    }

    private static FieldProblem Problem(string field, string why) =>
        new(field, FieldProblem.Contradiction, $"{field} cannot change: {why}.");
}
