using AutoTrader.Backtesting.Stored;
using AutoTrader.Contracts;
using AutoTrader.Core.Market;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Backtesting.Rehearsals;

/// <summary>
/// Stored strategies as they stand, on recorded prices. What they hold is carried: where the recorded prices are not those of now, cost,
/// watermark and stop lie as far from the price before the day as they lie from the price now.
/// </summary>
internal static class CarriedStrategies
{
    /// <summary>A strategy with its state.</summary>
    /// <param name="definition">Its definition.</param>
    /// <param name="state">What the server says of it.</param>
    /// <param name="stored">Everything that is stored.</param>
    /// <param name="factor">The price before the day over the price now.</param>
    /// <returns>The strategy; or null, and why it cannot be rehearsed.</returns>
    public static (Strategy? Strategy, string? LeftOut) Of(
        Strategy definition,
        StrategyResource state,
        StoredTrading stored,
        decimal factor
    )
    {
        var strategy = definition with { Enabled = state.Enabled, PauseReason = state.PauseReason };
        if (state.HeldQuantity < 1)
        {
            return (
                strategy with
                {
                    // An order that rests on the server is placed anew on the day.
                    Phase = state.Phase is StrategyPhase.Completed or StrategyPhase.Failed ? state.Phase : StrategyPhase.Pending,
                    CompletedAt = state.CompletedAt,
                    PullbackReferencePrice = Moved(state.PullbackReferencePrice, factor),
                },
                null
            );
        }

        if (definition.StrategyType is StrategyType.Grid or StrategyType.ScaleOut)
        {
            return (
                null,
                FormattableString.Invariant(
                    $"{definition.Id} is left out: it holds {state.HeldQuantity:0.####} {definition.Symbol}, and which of its steps "
                ) + "bought or sold them the API does not tell."
            );
        }

        var cost = CostOf(state, stored) ?? state.EntryFillPrice ?? stored.Prices.GetValueOrDefault(definition.Symbol);
        return (
            strategy with
            {
                Phase = state.Closing is null ? StrategyPhase.PositionOpen : StrategyPhase.Exiting,
                Closing = state.Closing is { } reason ? new(reason, stored.Now) : null,
                EnteredQuantity = state.EnteredQuantity,
                EntryFillPrice = Moved(state.EntryFillPrice, factor),
                HighWatermark = Moved(state.HighWatermark, factor),
                EffectiveStop = Moved(state.EffectiveStop, factor),
                Holding = new() { Lots = [new(state.HeldQuantity, Moved(cost, factor)!.Value, state.UpdatedAt)] },
            },
            null
        );
    }

    private static decimal? CostOf(StrategyResource state, StoredTrading stored) =>
        stored.Positions.SelectMany(position => position.Owners).FirstOrDefault(owner => owner.StrategyId == state.Id)
            is { Quantity: > 0 } owner
            ? owner.CostBasis / owner.Quantity
            : null;

    private static decimal? Moved(decimal? price, decimal factor) =>
        price is { } known && factor != 1 ? Math.Max(TickSize.Of(known * factor), TickSize.RoundDown(known * factor)) : price;
}
