using AutoTrader.Core.Orders;

namespace AutoTrader.Core.Strategies;

/// <summary>
/// Which fields of a definition a type uses (docs/trading-rules.md, "Strategies"): nobody may believe in a stop that the type
/// does not have.
/// </summary>
public static class StrategyFields
{
    private static readonly TypedField[] OfTypes =
    [
        new(
            "trailing_stop_pct",
            it => it.TrailingStopPct is not null,
            it => it with { TrailingStopPct = null },
            StrategyType.TrailingStop,
            StrategyType.PullbackTrailing
        ),
        new("pullback_pct", it => it.PullbackPct is not null, it => it with { PullbackPct = null }, StrategyType.PullbackTrailing),
        new("take_profit_pct", it => it.TakeProfitPct is not null, it => it with { TakeProfitPct = null }, StrategyType.Bracket),
        new(
            "stop_loss_pct",
            it => it.StopLossPct is not null,
            it => it with { StopLossPct = null },
            StrategyType.Bracket,
            StrategyType.ScaleOut
        ),
        new("scale_targets", it => !it.ScaleTargets.IsEmpty, it => it with { ScaleTargets = [] }, StrategyType.ScaleOut),
        new("grid_config", it => it.GridConfig is not null, it => it with { GridConfig = null }, StrategyType.Grid),
    ];

    /// <summary>Whether strategies of <paramref name="type"/> use the field; fields that all types share are used by each.</summary>
    public static bool Uses(StrategyType type, string field) => Array.Find(OfTypes, it => it.Name == field)?.Users.Contains(type) ?? true;

    /// <summary>The fields that are given although the type does not use them.</summary>
    public static IReadOnlyList<FieldProblem> Unused(Strategy strategy)
    {
        ArgumentNullException.ThrowIfNull(strategy);
        var type = strategy.StrategyType;
        return Enum.IsDefined(type)
            ? [.. OfTypes.Where(field => !field.Users.Contains(type) && field.IsGiven(strategy)).Select(Problem)]
            : [];

        FieldProblem Problem(TypedField field)
        {
            var users = string.Join(" and ", field.Users.Select(user => WireNames.Of(user)));
            return new(field.Name, FieldProblem.Unused, $"{field.Name} is for {users}: a {WireNames.Of(type)} does not use it.");
        }
    }

    /// <summary>The strategy without the fields that its type does not use.</summary>
    public static Strategy WithoutUnused(Strategy strategy)
    {
        ArgumentNullException.ThrowIfNull(strategy);
        return OfTypes.Where(field => !field.Users.Contains(strategy.StrategyType)).Aggregate(strategy, (it, field) => field.Without(it));
    }

    private sealed record TypedField(
        string Name,
        Func<Strategy, bool> IsGiven,
        Func<Strategy, Strategy> Without,
        params StrategyType[] Users
    );
}
