using AutoTrader.Core.Orders;

namespace AutoTrader.Core.Strategies;

/// <summary>
/// Which fields of a definition a type uses (docs/trading-rules.md, "Strategies"): users must not rely on a stop that the type does not
/// have.
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
        new(
            "quantity",
            it => it.Quantity != 1,
            it => it with { Quantity = 1 },
            StrategyType.TrailingStop,
            StrategyType.Bracket,
            StrategyType.ScaleOut,
            StrategyType.PullbackTrailing
        ),
    ];

    /// <summary>Whether strategies of <paramref name="type"/> use the field; fields that all types share are used by each.</summary>
    public static bool Uses(StrategyType type, string field) => Array.Find(OfTypes, it => it.Name == field)?.Users.Contains(type) ?? true;

    /// <summary>The fields that are given although the strategy does not use them.</summary>
    public static IReadOnlyList<FieldProblem> Unused(Strategy strategy)
    {
        ArgumentNullException.ThrowIfNull(strategy);
        var type = strategy.StrategyType;
        IEnumerable<TypedField> ofOthers = Enum.IsDefined(type)
            ? OfTypes.Where(field => !field.Users.Contains(type) && field.IsGiven(strategy))
            : [];
        IEnumerable<FieldProblem> cooldown = strategy is { Repeat: false, CooldownMinutes: > 0 }
            ? [new("cooldown_minutes", FieldProblem.Unused, "cooldown_minutes needs repeat: without repeat a strategy does not rearm.")]
            : [];
        return [.. ofOthers.Select(field => Problem(field, type)), .. cooldown];
    }

    /// <summary>That a field is given which strategies of <paramref name="type"/> do not use.</summary>
    public static FieldProblem Unused(StrategyType type, string field) => Problem(Array.Find(OfTypes, it => it.Name == field)!, type);

    private static FieldProblem Problem(TypedField field, StrategyType type) =>
        new(
            field.Name,
            FieldProblem.Unused,
            field.Name == "quantity"
                ? "quantity has no effect on a grid: set qty_per_level in grid_config."
                : $"{field.Name} is for {string.Join(" and ", field.Users.Select(user => WireNames.Of(user)))}: "
                    + $"a {WireNames.Of(type)} does not use it."
        );

    /// <summary>The strategy without the fields that it does not use.</summary>
    public static Strategy WithoutUnused(Strategy strategy)
    {
        ArgumentNullException.ThrowIfNull(strategy);
        return OfTypes
            .Where(field => !field.Users.Contains(strategy.StrategyType))
            .Aggregate(strategy.Repeat ? strategy : strategy with { CooldownMinutes = 0 }, (it, field) => field.Without(it));
    }

    private sealed record TypedField(
        string Name,
        Func<Strategy, bool> IsGiven,
        Func<Strategy, Strategy> Without,
        params StrategyType[] Users
    );
}
