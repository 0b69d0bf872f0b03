using AutoTrader.Core.Market;
using AutoTrader.Core.Portfolio;

namespace AutoTrader.Core.Strategies;

/// <summary>A strategy after a split.</summary>
/// <param name="Strategy">The strategy in shares and prices of after it.</param>
/// <param name="Fraction">Of a share, paid in cash in lieu; it has left the strategy.</param>
/// <param name="Price">The price at which it left, in dollars.</param>
/// <param name="Realized">The profit that it realized, in dollars.</param>
public readonly record struct Scaled(Strategy Strategy, decimal Fraction, decimal Price, decimal Realized);

/// <summary>
/// Applies a split to a strategy (docs/trading-rules.md, "Whole shares after a split"): quantities are multiplied and rounded down to
/// whole shares, prices divided. Pure.
/// </summary>
public static class SplitScaling
{
    /// <summary>The strategy after <paramref name="split"/>.</summary>
    /// <param name="strategy">The strategy, with no order working.</param>
    /// <param name="split">The split.</param>
    /// <param name="price">The price after it in dollars, at which the fraction is paid; null when none is known.</param>
    /// <param name="at">When it took effect (UTC).</param>
    public static Scaled Scale(Strategy strategy, Split split, decimal? price, DateTimeOffset at)
    {
        var ratio = split.Ratio;
        var isGrid = strategy.StrategyType == StrategyType.Grid;
        var (holding, fraction, paid, realized) = Whole(strategy.Holding, ratio, price, at);
        var slots = Slots(strategy.Slots, ratio);
        // The sold part of an entry, in addition to the held part.
        var sold = Math.Max(0, strategy.EnteredQuantity - strategy.Holding.Quantity);
        var next = strategy with
        {
            // That of a grid is in its ladder.
            Quantity = isGrid ? strategy.Quantity : (int)Floor(strategy.Quantity * ratio),
            EntryPrice = Down(strategy.EntryPrice / ratio),
            EntryCondition = EntryCondition.Parse(strategy.EntryCondition) is { } condition
                ? (condition with { Price = Down(condition.Price / ratio) }).ToString()
                : IndicatorCondition.TryParse(strategy.EntryCondition)?.After(ratio).ToString() ?? strategy.EntryCondition,
            GridConfig = strategy.GridConfig is { } grid ? Scale(grid, ratio) : null,
            Holding = holding with { LastSplit = split.ExDate },
            EnteredQuantity = strategy.EnteredQuantity == 0 ? 0 : Math.Max(0, holding.Quantity) + Floor(sold * ratio),
            EntryFillPrice = strategy.EntryFillPrice / ratio,
            PullbackReferencePrice = strategy.PullbackReferencePrice / ratio,
            HighWatermark = strategy.HighWatermark / ratio,
            EffectiveStop = Down(strategy.EffectiveStop / ratio),
            Slots = slots,
        };
        return new(CompleteIfNothingLeft(strategy, next, split, at), fraction, paid, realized);
    }

    /// <summary>A holding after a split of <paramref name="ratio"/>, in whole shares, and the fraction that left it.</summary>
    private static (Holding Holding, decimal Fraction, decimal Price, decimal Realized) Whole(
        Holding holding,
        decimal ratio,
        decimal? price,
        DateTimeOffset at
    )
    {
        var scaled = holding.Split(ratio);
        var fraction = Math.Max(0, scaled.Quantity - Floor(scaled.Quantity));
        if (fraction == 0)
        {
            return (scaled, 0, 0, 0);
        }

        var (whole, paid, realized) = scaled.PayOut(fraction, price, at);
        return (whole.Tally(TradingCalendar.Nyse.TradingDay(at), realized, 0, firstFillOfABuy: false), fraction, paid, realized);
    }

    // A strategy that a split leaves with nothing to hold or buy must not wait for ever.
    private static Strategy CompleteIfNothingLeft(Strategy before, Strategy next, Split split, DateTimeOffset at)
    {
        var lostAll = before.Holding.Quantity > 0 && next.Holding.Quantity <= 0 && before.StrategyType != StrategyType.Grid;
        var isNoted = lostAll || (next.BuysNothing && !before.BuysNothing);
        if (!isNoted || next.Holding.Quantity > 0)
        {
            return isNoted ? Noted(next, NothingToBuy(before, split)) : next;
        }

        var noted = Noted(
            next,
            lostAll && !next.BuysNothing
                ? Explain(split, $"less than a share of its {before.Holding.Quantity:0.####}; that was paid in cash.")
                : NothingToBuy(before, split)
        );
        return before.IsTerminal
            ? noted
            : noted with
            {
                Phase = StrategyPhase.Completed,
                Closing = null,
                CompletedAt = at,
                ProtectionRefusals = 0,
                WaitingFor = null,
            };
    }

    private static string NothingToBuy(Strategy before, Split split)
    {
        var (field, quantity) =
            before.StrategyType == StrategyType.Grid
                ? ("grid_config.qty_per_level", before.GridConfig?.QtyPerLevel ?? 0)
                : ("quantity", before.Quantity);
        return Explain(split, $"nothing to buy of its {field} {quantity}: set another value, then enable the strategy.");
    }

    private static string Explain(Split split, FormattableString what) =>
        FormattableString.Invariant($"The split {split.Numerator}:{split.Denominator} of {split.ExDate:yyyy-MM-dd} left ")
        + FormattableString.Invariant(what);

    private static Strategy Noted(Strategy strategy, string reason)
    {
        var notes = string.IsNullOrWhiteSpace(strategy.Notes) ? reason : $"{reason}\n{strategy.Notes}";
        return strategy with { Notes = notes[..Math.Min(notes.Length, StrategyValidation.MaxNotes)] };
    }

    // Rounded as a running sum, so that the parts add up to the whole shares of their sum and none grows.
    private static ValueList<decimal> Slots(ValueList<decimal> slots, decimal ratio)
    {
        var (sum, done) = (0m, 0m);
        return slots
            .Select(shares =>
            {
                sum += shares;
                var part = Floor(sum * ratio) - done;
                done += part;
                return part;
            })
            .ToValueList();
    }

    private static GridConfig Scale(GridConfig grid, decimal ratio) =>
        grid with
        {
            Low = Down(grid.Low / ratio),
            High = TickSize.RoundUp(grid.High / ratio),
            QtyPerLevel = (int)Floor(grid.QtyPerLevel * ratio),
            StopBelow = Down(grid.StopBelow / ratio),
        };

    // Ratios such as 1/3 do not end.
    private static decimal Floor(decimal shares) => Math.Floor(decimal.Round(shares, 10));

    private static decimal? Down(decimal? price) => price is { } value ? Down(value) : null;

    // A price of nothing would be no price.
    private static decimal Down(decimal price) => Math.Max(TickSize.Of(0), TickSize.RoundDown(price));
}
