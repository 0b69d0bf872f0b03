using AutoTrader.Core;
using AutoTrader.Core.Application;
using AutoTrader.Core.Market;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Functions.Api.Strategies;

/// <summary>The definition of a strategy in a request.</summary>
internal static class StrategyBody
{
    /// <summary>A new definition.</summary>
    public static Strategy Draft(StrategyRequest body) =>
        Apply(
            new()
            {
                Id = body.Id.Or(""),
                Symbol = Symbol.Normalize(body.Symbol),
                StrategyType = body.StrategyType,
                Quantity = 1,
                Arm = "",
                Enabled = body.Enabled.Or(true),
                EntryType =
                    body.EntryPrice.Value is not null ? EntryType.Limit
                    : body.EntryCondition.Value is not null ? EntryType.Condition
                    : EntryType.Market,
            },
            body
        );

    /// <summary>A definition with the request's fields; a new type drops the old type's fields.</summary>
    public static Strategy Apply(Strategy strategy, StrategyChange body) =>
        Apply(
            strategy with
            {
                StrategyType = body.StrategyType.Or(strategy.StrategyType),
                Symbol = body.Symbol.Value is { } symbol ? Symbol.Normalize(symbol) : strategy.Symbol,
            },
            (StrategyDefinition)body
        );

    private static Strategy Apply(Strategy strategy, StrategyDefinition body)
    {
        // One is also what a strategy has without it.
        if (body.Quantity.IsGiven && !StrategyFields.Uses(strategy.StrategyType, "quantity"))
        {
            var problem = StrategyFields.Unused(strategy.StrategyType, "quantity");
            throw new RefusedException(Refusal.Invalid, "INVALID_STRATEGY_PARAMS", problem.Message + " Leave it out.")
            {
                Fields = [problem],
            };
        }

        var next = Given(StrategyFields.WithoutUnused(strategy), body);
        return next.Repeat || body.CooldownMinutes.IsGiven ? next : next with { CooldownMinutes = 0 };
    }

    private static Strategy Given(Strategy strategy, StrategyDefinition body) =>
        strategy with
        {
            Quantity = body.Quantity.Or(strategy.Quantity),
            EntryType = body.EntryType.Or(strategy.EntryType),
            EntryPrice = body.EntryPrice.Or(strategy.EntryPrice),
            EntryCondition = body.EntryCondition.Or(strategy.EntryCondition),
            TrailingStopPct = body.TrailingStopPct.Or(strategy.TrailingStopPct),
            PullbackPct = body.PullbackPct.Or(strategy.PullbackPct),
            TakeProfitPct = body.TakeProfitPct.Or(strategy.TakeProfitPct),
            StopLossPct = body.StopLossPct.Or(strategy.StopLossPct),
            ScaleTargets = body.ScaleTargets.IsGiven ? Targets(body.ScaleTargets.Value) : strategy.ScaleTargets,
            GridConfig = body.GridConfig.IsGiven ? Grid(body.GridConfig.Value) : strategy.GridConfig,
            Repeat = body.Repeat.Or(strategy.Repeat),
            CooldownMinutes = body.CooldownMinutes.Or(strategy.CooldownMinutes),
            AllowSharedSymbol = body.AllowSharedSymbol.Or(strategy.AllowSharedSymbol),
            OnUnprotected = body.OnUnprotected.Or(strategy.OnUnprotected),
            Notes = body.Notes.Or(strategy.Notes),
        };

    private static ValueList<ScaleTarget> Targets(IReadOnlyList<ScaleTargetView>? targets) =>
        (targets ?? []).Select(target => new ScaleTarget(target.Pct, target.TargetPct)).ToValueList();

    private static GridConfig? Grid(GridConfigView? grid) =>
        grid is null ? null : new(grid.Low, grid.High, grid.Levels, grid.QtyPerLevel) { StopBelow = grid.StopBelow };
}
