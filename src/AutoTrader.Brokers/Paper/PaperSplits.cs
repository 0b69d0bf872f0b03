using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;

namespace AutoTrader.Brokers.Paper;

/// <summary>
/// What a split does to the account at the open of its ex-date, as the real broker has it: positions scale; forward, only
/// good-till-canceled buy limits and sell stops are adjusted (OCO legs are sent do-not-reduce, and trailing stops are not named:
/// unconfirmed, so they stay as they are); reverse, all good-till-canceled orders are canceled.
/// </summary>
internal static class PaperSplits
{
    public static void Apply(PaperBook book, Split split, Session session)
    {
        if (book.Position(split.Symbol) is { } position && position.SplitOn != session.Day)
        {
            book.Set(
                position with
                {
                    Quantity = position.Quantity * split.Numerator / split.Denominator,
                    AverageEntryPrice = position.AverageEntryPrice * split.Denominator / split.Numerator,
                    SplitOn = session.Day,
                }
            );
        }

        foreach (
            var order in book.OpenOrders(split.Symbol)
                .Where(order => order.Terms.TimeInForce == TimeInForce.Gtc && order.SplitOn != session.Day)
        )
        {
            if (split.Numerator < split.Denominator)
            {
                FillSimulator.End(
                    book,
                    order,
                    "canceled",
                    session.Open,
                    FormattableString.Invariant($"reverse split {split.Numerator}:{split.Denominator}")
                );
            }
            else if (IsAdjusted(order.Terms))
            {
                book.Set(Adjust(order, split) with { SplitOn = session.Day, UpdatedAt = session.Open });
            }
        }
    }

    private static bool IsAdjusted(OrderTerms terms) =>
        terms
            is { Class: OrderClass.Simple }
                and (
        { Side: OrderSide.Buy, Type: OrderType.Limit }
                    or { Side: OrderSide.Sell, Type: OrderType.Stop or OrderType.StopLimit }
                );

    private static PaperOrder Adjust(PaperOrder order, Split split)
    {
        var terms = order.Terms with
        {
            Quantity = order.FilledQuantity + Math.Floor(order.OpenQuantity * split.Numerator / split.Denominator),
            LimitPrice = Scale(order.Terms.LimitPrice, split),
            StopPrice = Scale(order.Terms.StopPrice, split),
        };
        return order with
        {
            Terms = terms,
            StopPrice = terms.StopPrice,
            ReservePrice = order.ReservePrice == 0 ? 0 : OrderRules.ReservePrice(terms, null),
        };
    }

    private static decimal? Scale(decimal? price, Split split) =>
        price is { } value ? TickSize.RoundDown(value * split.Denominator / split.Numerator) : null;
}
