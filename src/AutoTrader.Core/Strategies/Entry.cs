using System.Globalization;
using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;

namespace AutoTrader.Core.Strategies;

/// <summary>A condition on the price under which a strategy buys: <c>below:PRICE</c> or <c>above:PRICE</c>.</summary>
/// <param name="IsBelow">Whether the mid must be at or below the price; else at or above.</param>
/// <param name="Price">The price in dollars.</param>
public readonly record struct EntryCondition(bool IsBelow, decimal Price)
{
    /// <summary>Reads the text form; the keyword's case does not matter.</summary>
    /// <returns>The condition; null when the text is not one.</returns>
    public static EntryCondition? Parse(string? text)
    {
        var colon = text?.IndexOf(':', StringComparison.Ordinal) ?? -1;
        if (
            colon < 0
            || !decimal.TryParse(
                text.AsSpan(colon + 1),
                NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite,
                CultureInfo.InvariantCulture,
                out var price
            )
            || price <= 0
        )
        {
            return null;
        }

        var keyword = text.AsSpan(0, colon).Trim();
        return keyword.Equals("below", StringComparison.OrdinalIgnoreCase) ? new(true, price)
            : keyword.Equals("above", StringComparison.OrdinalIgnoreCase) ? new(false, price)
            : null;
    }

    /// <summary>Whether two valid quotes in a row meet it.</summary>
    public bool IsMet(Price price) => IsBelow ? price.ConfirmedLow <= Price : price.ConfirmedHigh >= Price;

    /// <summary>Whether a price meets it.</summary>
    public bool IsMetAt(decimal price) => IsBelow ? price <= Price : price >= Price;

    /// <summary>The text form.</summary>
    public override string ToString() => (IsBelow ? "below:" : "above:") + Price.ToString(CultureInfo.InvariantCulture);
}

/// <summary>The entries that trailing_stop, bracket and scale_out share: market, limit, condition.</summary>
public static class Entry
{
    /// <summary>The entry of a strategy that waits for one.</summary>
    public static Decision Decide(in StrategyView view, in Exposure exposure)
    {
        if (!IsAwaited(view, exposure))
        {
            return Decision.None;
        }

        var strategy = view.Strategy;
        return strategy.EntryType switch
        {
            EntryType.Market => AtMarket(strategy, "market entry"),
            EntryType.Limit when strategy.EntryPrice is { } price => Buy(strategy, "limit entry", TickSize.RoundDown(price)),
            EntryType.Condition when EntryCondition.Parse(strategy.EntryCondition) is { } condition => condition.IsMet(view.Price!.Value)
                ? AtMarket(strategy, condition.ToString())
                : Decision.None,
            EntryType.Condition when IndicatorCondition.TryParse(strategy.EntryCondition) is { } condition => ByIndicators(
                strategy,
                condition,
                view.Conditions.Reading
            ),
            EntryType.Limit => Fail(strategy, "A limit entry needs entry_price."),
            _ => Fail(strategy, "A condition entry needs entry_condition below:PRICE, above:PRICE or a comparison of indicators."),
        };
    }

    /// <summary>Whether the strategy waits for its entry, may enter, and there is a price to decide on.</summary>
    public static bool IsAwaited(in StrategyView view, in Exposure exposure) =>
        view.Price is not null
        && view.Conditions is { MarketOpen: true, EntriesBarred: null }
        && view.Strategy is { Phase: StrategyPhase.Pending, MayEnter: true }
        && exposure is { WorkingOrders: 0, Held: >= 0 and < 1 }; // a fraction that a split left cannot be sold, and bars nothing

    /// <summary>Buys the strategy's quantity at market.</summary>
    public static Decision AtMarket(Strategy strategy, string reason) => Buy(strategy, reason, limit: null);

    // The reason for waiting is stored when it changes, not with every bar's values.
    private static Decision ByIndicators(Strategy strategy, IndicatorCondition condition, ConditionReading? reading) =>
        reading switch
        {
            null => Decision.None,
            { IsMet: true } => AtMarket(strategy, condition.ToString()),
            _ => Decision.Change(strategy, strategy with { WaitingFor = reading.WaitingFor }),
        };

    private static Decision Buy(Strategy strategy, string reason, decimal? limit) =>
        Decision.PlaceOrders(
            new OrderPlan(
                OrderRole.Entry,
                new()
                {
                    Symbol = strategy.Symbol,
                    Side = OrderSide.Buy,
                    Quantity = strategy.Quantity,
                    Type = limit is null ? OrderType.Market : OrderType.Limit,
                    TimeInForce = limit is null ? TimeInForce.Day : TimeInForce.Gtc,
                    LimitPrice = limit,
                },
                reason
            )
        );

    private static Decision Fail(Strategy strategy, string reason) =>
        Decision.Change(strategy with { Phase = StrategyPhase.Failed, Notes = reason });
}
