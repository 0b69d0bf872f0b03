using AutoTrader.Core.Market;

namespace AutoTrader.Core.Orders;

/// <summary>Whether the terms of a manual order make sense.</summary>
public static class OrderValidation
{
    /// <summary>The highest price in dollars.</summary>
    public const decimal MaxPrice = 1_000_000;

    /// <summary>The lowest price in dollars: one tick below a dollar.</summary>
    public const decimal MinPrice = 0.0001m;

    /// <summary>The most shares.</summary>
    public const int MaxQuantity = 1_000_000;

    /// <summary>The problems of <paramref name="terms"/>; empty when they can be sent.</summary>
    public static IEnumerable<FieldProblem> Problems(OrderTerms terms)
    {
        if (!Symbol.IsValid(terms.Symbol))
        {
            yield return new("symbol", FieldProblem.Malformed, "A symbol is 1 to 10 of A-Z 0-9 . - and begins with a letter.");
        }

        if (terms.Quantity is < 1 or > MaxQuantity || terms.Quantity != decimal.Truncate(terms.Quantity))
        {
            yield return new(
                "qty",
                FieldProblem.OutOfRange,
                FormattableString.Invariant($"qty must be a whole number from 1 to {MaxQuantity}.")
            );
        }

        var needsLimit = terms.Type is OrderType.Limit or OrderType.StopLimit;
        var needsStop = terms.Type is OrderType.Stop or OrderType.StopLimit;
        foreach (var problem in Price("limit_price", terms.LimitPrice, needsLimit).Concat(Price("stop_price", terms.StopPrice, needsStop)))
        {
            yield return problem;
        }

        if (terms.Type == OrderType.TrailingStop && terms.TrailPercent is not (> 0 and < 100))
        {
            yield return new(
                "trail_percent",
                FieldProblem.OutOfRange,
                "A trailing_stop needs trail_percent, above 0 and below 100 (5 is 5 %)."
            );
        }
        else if (terms.Type != OrderType.TrailingStop && terms.TrailPercent is not null)
        {
            yield return new("trail_percent", FieldProblem.Contradiction, "trail_percent is for order_type trailing_stop only.");
        }

        if (needsStop && terms is { Type: OrderType.StopLimit, Side: OrderSide.Buy } && terms.LimitPrice < terms.StopPrice)
        {
            yield return new("limit_price", FieldProblem.Contradiction, "A buy stop_limit never fills with limit_price below stop_price.");
        }
    }

    private static IEnumerable<FieldProblem> Price(string field, decimal? price, bool needed)
    {
        if (price is null)
        {
            if (needed)
            {
                yield return new(field, FieldProblem.Required, $"This order_type needs {field}.");
            }
        }
        else if (!needed)
        {
            yield return new(field, FieldProblem.Contradiction, $"This order_type has no {field}.");
        }
        else if (price is < MinPrice or > MaxPrice)
        {
            yield return new(field, FieldProblem.OutOfRange, FormattableString.Invariant($"A price is {MinPrice} to {MaxPrice} dollars."));
        }
        else if (TickSize.RoundDown(price.Value) != price)
        {
            yield return new(
                field,
                FieldProblem.Malformed,
                FormattableString.Invariant($"{field} must be a multiple of the tick, {TickSize.Of(price.Value)} at that price.")
            );
        }
    }
}
