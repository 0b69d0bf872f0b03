using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Portfolio;
using AutoTrader.Core.Ports.Brokerage;

namespace AutoTrader.Brokers.Paper;

/// <summary>A declared split, and the first bar of its symbol from its ex-date on.</summary>
internal sealed record DueSplit(Split Split, Bar First)
{
    /// <summary>When it is applied (UTC): its own instant, just before the first bar acts on orders.</summary>
    public DateTimeOffset At => First.End.AddTicks(-1);
}

/// <summary>
/// The splits of a market, each due with the first bar that can show it: not before, since prices that are adjusted already show none, and
/// the account must not multiply its shares on a declaration alone.
/// </summary>
internal sealed class PaperSplits(IMarketData market)
{
    // So long a symbol may be without a bar after its ex-date.
    private const int DaysBack = 7;

    private readonly Dictionary<Split, Bar> _first = [];
    private readonly Dictionary<Split, bool> _denied = [];
    private (DateOnly Day, IReadOnlyList<Split> Splits)? _declared;

    private static TradingCalendar Calendar => TradingCalendar.Nyse;

    /// <summary>The splits of the account's symbols that are due in a session, after what was played and by an instant, in order.</summary>
    public async Task<List<DueSplit>> DueAsync(PaperBook book, Session session, DateTimeOffset until, CancellationToken cancellationToken)
    {
        var due = new List<DueSplit>();
        foreach (var split in await DeclaredAsync(session, cancellationToken))
        {
            if (
                (book.Position(split.Symbol) is not null || book.OpenOrders(split.Symbol).Length > 0)
                && await FirstAsync(split, until, cancellationToken) is { } bar
                && new DueSplit(split, bar) is var found
                && found.At > book.Account.PlayedTo
            )
            {
                due.Add(found);
            }
        }

        due.Sort((left, right) => left.At.CompareTo(right.At));
        return due;
    }

    /// <summary>
    /// What a split does to the account unless the price denies it, as the real broker has it: positions scale to whole shares, and the
    /// fraction is paid in cash at the new price; forward, only good-till-canceled buy limits and sell stops are adjusted (OCO legs are
    /// sent do-not-reduce, and trailing stops are not named: unconfirmed, so they stay as they are); reverse, all good-till-canceled orders
    /// are canceled. A split that the price denies does nothing.
    /// </summary>
    public async Task ApplyAsync(PaperBook book, DueSplit due, CancellationToken cancellationToken)
    {
        var split = due.Split;
        if (await IsDeniedAsync(due, cancellationToken))
        {
            return;
        }

        if (book.Position(split.Symbol) is { } position && position.SplitOn != split.ExDate)
        {
            Scale(book, position, due);
        }

        foreach (
            var order in book.OpenOrders(split.Symbol)
                .Where(order => order.Terms.TimeInForce == TimeInForce.Gtc && order.SplitOn != split.ExDate)
        )
        {
            if (split.Numerator < split.Denominator)
            {
                FillSimulator.End(
                    book,
                    order,
                    "canceled",
                    due.At,
                    FormattableString.Invariant($"reverse split {split.Numerator}:{split.Denominator}")
                );
            }
            else if (IsAdjusted(order.Terms))
            {
                book.Set(Adjust(order, split) with { SplitOn = split.ExDate, UpdatedAt = due.At });
            }
        }
    }

    private async Task<IReadOnlyList<Split>> DeclaredAsync(Session session, CancellationToken cancellationToken)
    {
        if (_declared?.Day != session.Day)
        {
            _declared = (session.Day, await market.GetSplitsAsync(session.Day.AddDays(-DaysBack), session.Day, cancellationToken));
        }

        return _declared.Value.Splits;
    }

    private async Task<Bar?> FirstAsync(Split split, DateTimeOffset until, CancellationToken cancellationToken)
    {
        if (!_first.TryGetValue(split, out var first))
        {
            var bars = await market.GetBarsAsync(split.Symbol, FirstOpen(split), until, cancellationToken);
            if (bars.Count == 0)
            {
                return null;
            }

            _first[split] = first = bars[0];
        }

        return first.End <= until ? first : null;
    }

    private async Task<bool> IsDeniedAsync(DueSplit due, CancellationToken cancellationToken)
    {
        var split = due.Split;
        if (!_denied.TryGetValue(split, out var denied))
        {
            var eve = Calendar.PreviousSession(FirstOpen(split)).Day;
            var closes = await market.GetClosesAsync([split.Symbol], eve, cancellationToken);
            _denied[split] = denied =
                !closes.TryGetValue(split.Symbol, out var close)
                || close <= 0
                || due.First.Close <= 0
                || split.SignOf(close, due.First.Close) == SplitSign.Denied;
        }

        return denied;
    }

    private static DateTimeOffset FirstOpen(Split split) =>
        Calendar.CurrentOrNext(new DateTimeOffset(split.ExDate.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero)).Open;

    private static void Scale(PaperBook book, PaperPosition position, DueSplit due)
    {
        var split = due.Split;
        var scaled = position.Quantity * split.Numerator / split.Denominator;
        var whole = decimal.Truncate(decimal.Round(scaled, 10));
        book.Set(
            position with
            {
                Quantity = whole,
                AverageEntryPrice = position.AverageEntryPrice * split.Denominator / split.Numerator,
                SplitOn = split.ExDate,
            }
        );
        // Divided last: a quotient that is cut off would turn half a cent into less.
        var rest = (position.Quantity * split.Numerator) - (whole * split.Denominator);
        var cash = decimal.Round(rest * due.First.Close / split.Denominator, 2, MidpointRounding.AwayFromZero);
        if (cash != 0)
        {
            book.Add(
                new CashActivity
                {
                    Id = FormattableString.Invariant($"lieu-{split.Symbol}-{split.ExDate:yyyy-MM-dd}"),
                    Kind = CashActivityKind.Other,
                    Type = "CIL",
                    Amount = cash,
                    Day = Calendar.TradingDay(due.At),
                    Symbol = split.Symbol,
                    Note = FormattableString.Invariant(
                        $"cash in lieu of {scaled - whole:0.####} shares, {split.Numerator}:{split.Denominator}"
                    ),
                }
            );
            book.Set(book.Account with { Cash = book.Account.Cash + cash });
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
        price is { } value ? Math.Max(TickSize.Of(0), TickSize.RoundDown(value * split.Denominator / split.Numerator)) : null;
}
