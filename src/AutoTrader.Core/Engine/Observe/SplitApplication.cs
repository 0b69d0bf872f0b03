using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Brokerage;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Core.Engine.Observe;

/// <summary>Puts a split into effect on the books (docs/trading-rules.md, "Splits and corporate actions"): shares, prices, lots, and the
/// cash that fractions become.</summary>
internal sealed class SplitApplication(CycleContext context)
{
    /// <summary>The books that have anything to do with a symbol, by symbol.</summary>
    public Dictionary<string, List<Book>> Owners() =>
        context
            .Set.Books.Where(IsOwner)
            .GroupBy(book => book.Symbol, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.ToList(), StringComparer.Ordinal);

    /// <summary>Whether there are any.</summary>
    public bool HasOwners => context.Set.Books.Any(IsOwner);

    /// <summary>The books that have not had a split yet, and are older than it.</summary>
    public static List<Book> Affected(Split split, List<Book> books) =>
        [.. books.Where(book => (book.Holding.LastSplit is not { } last || last < split.ExDate) && !IsNewer(book, split))];

    /// <summary>The broker's shares but for fills under way, ours, and what the split makes of ours.</summary>
    public static (decimal Theirs, decimal Held, decimal After) Quantities(
        Split split,
        List<Book> books,
        List<Book> affected,
        IReadOnlyDictionary<string, BrokerPosition> positions
    ) =>
        (
            (positions.TryGetValue(split.Symbol, out var position) ? position.Quantity : 0) - books.Sum(Unexplained),
            books.Sum(book => book.Holding.Quantity),
            Scaled(split, books, affected)
        );

    /// <summary>What the split makes of the shares of <paramref name="books"/>.</summary>
    public static decimal Scaled(Split split, List<Book> books, List<Book> affected) =>
        decimal.Round(affected.Sum(book => book.Holding.Quantity) * split.Numerator / split.Denominator, 10)
        + books.Except(affected).Sum(book => book.Holding.Quantity);

    /// <summary>A book's shares with those whose executions are not listed yet.</summary>
    public static decimal Held(Book book) => book.Holding.Quantity + Unexplained(book);

    /// <summary>Scales the books; a fraction that the broker does not keep becomes cash.</summary>
    /// <param name="split">The split.</param>
    /// <param name="books">All books of the symbol.</param>
    /// <param name="affected">Those that have not had it yet.</param>
    /// <param name="theirs">The broker's shares.</param>
    /// <param name="after">Ours, as after it, with fractions.</param>
    /// <param name="price">The price after it in dollars; null when none is known.</param>
    /// <param name="at">From when on it counts (UTC).</param>
    public void Apply(Split split, List<Book> books, List<Book> affected, decimal theirs, decimal after, decimal? price, DateTimeOffset at)
    {
        var held = books.Sum(book => book.Holding.Quantity);
        var lieu = 0m;
        foreach (var book in affected)
        {
            lieu += Apply(split, book, price, at);
        }

        if (held != 0)
        {
            lieu += Settle(split, theirs - books.Sum(book => book.Holding.Quantity), price, at);
        }

        if (after - theirs > Reconciliation.Tolerance && held != 0)
        {
            context.Journal.Raise(
                "CASH_IN_LIEU",
                split.Symbol,
                $"{after - theirs:0.####} of a share of {split.Symbol}, about {lieu:0.00} dollars, was paid in cash in the split of "
                    + $"{split.ExDate:yyyy-MM-dd}."
            );
        }

        context.Journal.Publish(
            EngineEventKind.CorporateAction,
            null,
            split.Symbol,
            $"{split.Symbol} split {split.Numerator}:{split.Denominator}: {held:0.####} shares are {theirs:0.####} now; stops, targets "
                + "and lots are scaled"
        );
    }

    /// <summary>
    /// Settles a held split when its hold is released: where the broker's quantity shows it, shares and prices become those of after it;
    /// else the broker ignored it, they stay as they are, and it is not waited for again.
    /// </summary>
    /// <returns>Whether it is applied.</returns>
    public bool Release(Split split, CycleFrame frame)
    {
        if (!Owners().TryGetValue(split.Symbol, out var books) || Affected(split, books) is not { Count: > 0 } affected)
        {
            return false;
        }

        var (theirs, before, after) = Quantities(split, books, affected, frame.Positions);
        if (
            before != 0
            && SplitEvidence.Fits(theirs, after)
            && !SplitEvidence.IsSame(theirs, before)
            && !affected.Exists(book => book.Orders.Any(order => order.IsWorking))
        )
        {
            Apply(split, books, affected, theirs, after, SplitPrices.After(split, frame.SplitPrices, frame.Positions), context.Now);
            return true;
        }

        affected.ForEach(book => book.PassOver(split));
        return false;
    }

    // Returns what left it in cash, in dollars.
    private decimal Apply(Split split, Book book, decimal? price, DateTimeOffset at)
    {
        var before = book.Holding.Quantity;
        var scaled = default(Scaled);
        if (book is StrategyBook strategy)
        {
            scaled = SplitScaling.Scale(strategy.Strategy, split, price, at);
            context.Change(strategy, scaled.Strategy);
        }
        else if (book is UnmanagedBook unmanaged)
        {
            unmanaged.Set(unmanaged.Holding.Split(split.Ratio) with { LastSplit = split.ExDate });
        }

        if (before != 0)
        {
            book.Insert(Entry(split, book, before, FillKind.Split, split.Ratio, "split", at));
        }

        if (scaled.Fraction > 0)
        {
            book.Insert(Fraction(split, book, scaled.Fraction, scaled.Price, scaled.Realized, at));
        }

        return scaled.Fraction * scaled.Price;
    }

    // Strategies keep whole shares. What the broker has beside them is unmanaged: a share that fractions of several strategies add up to,
    // or a fraction that it did not pay out; what it paid out of unmanaged shares leaves them. Returns the cash of that, in dollars.
    private decimal Settle(Split split, decimal surplus, decimal? price, DateTimeOffset at)
    {
        if (Math.Abs(surplus) <= Reconciliation.Tolerance)
        {
            return 0;
        }

        var book = context.Set.UnmanagedOf(split.Symbol);
        var (holding, paid, realized) = book.Holding.PayOut(-surplus, price, at);
        book.Set(holding.Tally(TradingCalendar.Nyse.TradingDay(at), realized, 0, firstFillOfABuy: false) with { LastSplit = split.ExDate });
        book.Insert(Fraction(split, book, -surplus, paid, realized, at));
        return -surplus * paid;
    }

    // The broker pays for it in cash, which arrives as a cash activity.
    private static Fill Fraction(Split split, Book book, decimal shares, decimal price, decimal realized, DateTimeOffset at) =>
        Entry(split, book, Math.Abs(shares), FillKind.Correction, 1, "fraction", at) with
        {
            Side = shares > 0 ? OrderSide.Sell : OrderSide.Buy,
            Price = price,
            RealizedPnl = realized,
        };

    private static Fill Entry(Split split, Book book, decimal quantity, FillKind kind, decimal ratio, string what, DateTimeOffset at) =>
        new()
        {
            ExecutionId = $"{what}-{split.Symbol}-{split.ExDate:yyyy-MM-dd}-{book.Id}",
            StrategyId = book.Id,
            Symbol = split.Symbol,
            Side = OrderSide.Sell,
            Quantity = quantity,
            Price = 0,
            At = at,
            TradingDay = TradingCalendar.Nyse.TradingDay(at),
            Kind = kind,
            Ratio = ratio,
        };

    private static decimal Unexplained(Book book) =>
        book.Orders.Sum(order => order.Terms.Side == OrderSide.Buy ? order.UnexplainedQuantity : -order.UnexplainedQuantity);

    private static bool IsOwner(Book book) => book is StrategyBook || book.Holding.Quantity != 0 || book.Orders.Count > 0;

    // Unmanaged shares and manual orders have no beginning but their own.
    private static bool IsNewer(Book book, Split split) =>
        book is StrategyBook strategy
            ? TradingCalendar.Nyse.TradingDay(strategy.Strategy.CreatedAt) >= split.ExDate
            : book.Holding.Lots.All(lot => CorporateActions.IsAfter(split, lot.At))
                && book.Orders.All(order => CorporateActions.IsAfter(split, order.DecidedAt));
}
