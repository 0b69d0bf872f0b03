using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;

namespace AutoTrader.Brokers.Paper;

/// <summary>Orders that passed every rule, as the paper broker begins to work them.</summary>
internal static class PaperAcceptance
{
    private const int GoodTillCanceledDays = 90;

    /// <summary>The order as the exchange first knows it: when it becomes active, when it expires, what it reserves.</summary>
    /// <param name="book">The account that it joins.</param>
    /// <param name="now">When it is accepted (UTC).</param>
    /// <param name="clientOrderId">Its id at the client.</param>
    /// <param name="terms">Its terms.</param>
    /// <param name="price">The last price of its symbol, in dollars; null when there is none.</param>
    public static PaperOrder Accept(PaperBook book, DateTimeOffset now, string clientOrderId, OrderTerms terms, decimal? price)
    {
        var calendar = TradingCalendar.Nyse;
        var inSession = calendar.IsOpen(now) && terms.TimeInForce != TimeInForce.Opg;
        var session = inSession ? calendar.CurrentOrNext(now) : calendar.NextSession(now);
        var isTrailing = terms.Type == OrderType.TrailingStop;
        return new()
        {
            Id = PaperIds.Order(clientOrderId),
            ClientOrderId = clientOrderId,
            Sequence = book.Account.NextSequence,
            Terms = terms,
            SubmittedAt = now,
            ActiveFrom = inSession ? now : session.Open,
            UpdatedAt = now,
            ExpiresAt = terms.TimeInForce == TimeInForce.Gtc ? AgesOutAt(now) : session.Close,
            StopPrice = isTrailing ? (price is { } high ? FillRules.TrailedStop(high, terms) : null) : terms.StopPrice,
            HighWatermark = isTrailing ? price : null,
            PlayedTo = book.Account.PlayedTo,
            ReservePrice = OrderRules.ReservePrice(terms, price),
            Leg = terms.Class == OrderClass.Oco ? new(PaperIds.StopLeg(clientOrderId)) : null,
        };
    }

    // The last close not later than 90 days from now: aged orders are processed after the close.
    private static DateTimeOffset AgesOutAt(DateTimeOffset now)
    {
        var calendar = TradingCalendar.Nyse;
        var day = calendar.TradingDay(now).AddDays(GoodTillCanceledDays);
        while (calendar.SessionOn(day) is null)
        {
            day = day.AddDays(-1);
        }

        return calendar.SessionOn(day)!.Close;
    }
}
