using AutoTrader.Core.Engine.Commands;
using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Core.Engine.Observe;

/// <summary>
/// Splits (docs/trading-rules.md, "Splits and corporate actions"). After the close before an ex-date the symbol's orders are canceled and
/// its decisions held; when the broker's quantity or, where that cannot tell, the first price shows the split, everything is scaled, and
/// protection is placed anew. A split that the price does not show, and a change that no known action explains, are held too.
/// </summary>
internal sealed class CorporateActions(CycleContext context)
{
    private const int DaysBack = 7;

    private readonly HashSet<string> _waiting = new(StringComparer.Ordinal);
    private readonly SplitEvidence _evidence = new(context);
    private IReadOnlyList<Split>? _declared;
    private HashSet<string> _symbols = [];

    /// <summary>Whether trades from an ex-date on are left to a later cycle, which must read them again.</summary>
    public bool IsWaiting => _waiting.Count > 0;

    /// <summary>Learns what is declared, from as far back as nothing ran; what the last answer declared stands in for one that does not
    /// come.</summary>
    public async Task LearnAsync()
    {
        if (_declared is null && Owners().Count > 0)
        {
            var from =
                context.State.LastCycleAt is { } last && TradingCalendar.Nyse.TradingDay(last) is var day && day < context.Day
                    ? day
                    : context.Day;
            var to = TradingCalendar.Nyse.NextSession(context.Now).Day;
            _declared = await context.AskMarketAsync(
                market => market.GetSplitsAsync(from.AddDays(-DaysBack), to, context.Cancellation),
                context.State.Splits
            );
            context.State = context.State with { Splits = _declared };
            _symbols = Known().Select(split => split.Symbol).ToHashSet(StringComparer.Ordinal);
            var owners = Owners();
            foreach (var split in Known().Where(split => context.Day >= split.ExDate))
            {
                if (owners.TryGetValue(split.Symbol, out var books) && Affected(split, books).Count > 0)
                {
                    await _evidence.LookAsync(split);
                }
            }
        }
    }

    /// <summary>The split of a symbol that is in effect, that some book has not had yet, and that prices do not deny.</summary>
    public Split? InEffect(string symbol) =>
        !_symbols.Contains(symbol)
            ? null
            : Known()
                .FirstOrDefault(split =>
                    split.Symbol == symbol
                    && context.Now >= SplitEvidence.FirstOpen(split)
                    && _evidence.SignOf(split) != SplitSign.Denied
                    && Affected(split, [.. context.Set.Books.Where(book => book.Symbol == symbol)]).Count > 0
                );

    /// <summary>Whether something that happened at <paramref name="at"/> happened in the shares and prices of after
    /// <paramref name="split"/>.</summary>
    public static bool IsAfter(Split split, DateTimeOffset at) => at >= SplitEvidence.FirstOpen(split);

    /// <summary>
    /// Applies a split before the first trade that came after it, as when nothing ran from the eve on and a resting order sold at the new
    /// price.
    /// </summary>
    /// <param name="split">A split in effect.</param>
    /// <param name="traded">What was traded since, bought less sold, in shares; null when not every such trade is known yet.</param>
    /// <returns>Whether those trades may be applied now: not while the broker's quantity fits neither with the split nor without
    /// it.</returns>
    public async Task<bool> SettleAsync(Split split, decimal? traded)
    {
        var theirs = 0m;
        if (traded is { } known)
        {
            var books = Owners()[split.Symbol];
            var affected = Affected(split, books);
            var (before, after) = (books.Sum(book => book.Holding.Quantity), Scaled(split, books, affected));
            theirs = (await context.Ports.Broker.GetPositionsAsync(context.Cancellation))
                .FirstOrDefault(position => position.Symbol == split.Symbol)
                ?.Quantity
                ?? 0;
            var evidence = _evidence.Judge(split, theirs - known, before, after);
            if (evidence == SplitVerdict.Taken)
            {
                Apply(split, books, affected, theirs - known, after, SplitEvidence.FirstOpen(split));
                return true;
            }

            var isBefore = SplitEvidence.IsSame(theirs - known, before) && !SplitEvidence.Fits(theirs - known, after);
            if (evidence == SplitVerdict.Refuted || isBefore)
            {
                return true;
            }
        }

        _waiting.Add(split.Symbol);
        Hold(
            split.Symbol,
            $"it was traded after the split of {split.Numerator}:{split.Denominator} on {split.ExDate:yyyy-MM-dd}, and the broker's "
                + "quantity does not agree with those trades yet",
            split
        );
        return false;
    }

    /// <summary>Processes declared splits, and holds symbols whose quantity changed like one.</summary>
    public async Task RunAsync()
    {
        await LearnAsync();
        var books = Owners();
        foreach (var (symbol, _) in context.Holds.Where(hold => hold.Value.Split is not null && !books.ContainsKey(hold.Key)).ToList())
        {
            context.Holds.Remove(symbol);
        }

        foreach (var split in Known().Where(split => books.ContainsKey(split.Symbol) && !_waiting.Contains(split.Symbol)).ToList())
        {
            Process(split, books[split.Symbol]);
        }

        foreach (
            var symbol in context.Mismatches.Keys.Where(symbol => !context.Holds.ContainsKey(symbol) && books.ContainsKey(symbol)).ToList()
        )
        {
            HoldIfSplitLike(symbol, books[symbol]);
        }
    }

    /// <summary>Holds symbols whose first price of the session is a split's distance away from the last one of the session
    /// before.</summary>
    public void CheckOvernight(IReadOnlyDictionary<string, QuoteState> before, QuoteBook quotes)
    {
        foreach (var (symbol, memory) in before)
        {
            if (
                context.Session is { } session
                && memory.At < session.Open
                && memory.Mid > 0
                && quotes.Of(symbol) is { } price
                && !context.IsFrozen(symbol)
                && _evidence.IsSplitLike(memory.Mid, price.Mid)
            )
            {
                Hold(symbol, $"the price went from {memory.Mid:0.00##} to {price.Mid:0.00##} overnight and no split is known", null);
            }
        }
    }

    /// <summary>Raises what is held; called when all holds are known.</summary>
    public void Report()
    {
        foreach (var (symbol, hold) in context.Holds)
        {
            context.Journal.Raise(
                "SYMBOL_HELD",
                symbol,
                $"{symbol} is held: {hold.Reason}."
                    + hold switch
                    {
                        { BuysOnly: true } => " Nothing is bought on it until the hold is released; protection and exits run on in the "
                            + "shares and prices of before.",
                        { Split: null } => " Declare the split or release the hold; nothing is decided on it until then.",
                        _ => string.Empty,
                    }
            );
        }
    }

    /// <summary>
    /// Settles a held split when its hold is released: where the broker's quantity shows it, shares and prices become those of after it;
    /// else the broker ignored it, they stay as they are, and it is not waited for again.
    /// </summary>
    public void Release(Split split)
    {
        if (!Owners().TryGetValue(split.Symbol, out var books) || Affected(split, books) is not { Count: > 0 } affected)
        {
            return;
        }

        var (theirs, before, after) = Quantities(split, books, affected);
        if (
            before != 0
            && SplitEvidence.Fits(theirs, after)
            && !SplitEvidence.IsSame(theirs, before)
            && !affected.Exists(book => book.Orders.Any(IsWorking))
        )
        {
            Apply(split, books, affected, theirs, after, context.Now);
        }
        else
        {
            affected.ForEach(book => book.PassOver(split));
        }
    }

    private static bool IsWorking(Order order) => order.IsWorking;

    private Dictionary<string, List<Book>> Owners() =>
        context
            .Set.Books.Where(book => book is StrategyBook || book.Holding.Quantity != 0 || book.Orders.Count > 0)
            .GroupBy(book => book.Symbol, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.ToList(), StringComparer.Ordinal);

    private IEnumerable<Split> Known() =>
        (_declared ?? []).Concat(context.Holds.Values.Select(hold => hold.Split).OfType<Split>()).Distinct().OrderBy(split => split.ExDate);

    private static List<Book> Affected(Split split, List<Book> books) =>
        [.. books.Where(book => (book.Holding.LastSplit is not { } last || last < split.ExDate) && !IsNewer(book, split))];

    private void Process(Split split, List<Book> books)
    {
        if (context.Now < TradingCalendar.Nyse.PreviousSession(SplitEvidence.FirstOpen(split)).Close)
        {
            return;
        }

        var affected = Affected(split, books);
        if (affected.Count == 0)
        {
            // Applied to all; also by a process that ended before it could remember so.
            if (context.Holds.TryGetValue(split.Symbol, out var hold) && hold.Split == split)
            {
                context.Holds.Remove(split.Symbol);
            }

            ForgetPriceBefore(split);
            return;
        }

        var (theirs, held, after) = Quantities(split, books, affected);
        var evidence = context.Day < split.ExDate ? SplitVerdict.Open : _evidence.Judge(split, theirs, held, after);
        if (evidence == SplitVerdict.Refuted)
        {
            PassOver(split, affected);
        }
        else if (context.Day < split.ExDate || affected.Exists(book => book.Orders.Any(IsWorking)))
        {
            Hold(split.Symbol, $"a split of {split.Numerator}:{split.Denominator} takes effect on {split.ExDate:yyyy-MM-dd}", split);
            CancelAll(affected);
        }
        else if (evidence == SplitVerdict.Taken)
        {
            Apply(split, books, affected, theirs, after, context.Now);
        }
        else
        {
            Hold(split.Symbol, WhyWait(split, theirs, held, after), split);
        }
    }

    private string WhyWait(Split split, decimal theirs, decimal held, decimal after) =>
        $"the split of {split.Numerator}:{split.Denominator} on {split.ExDate:yyyy-MM-dd} "
        + (held, _evidence.SignOf(split)) switch
        {
            (not 0, SplitSign.Denied) when SplitEvidence.Fits(theirs, after) =>
                $"is in the broker's quantity ({theirs:0.####} shares) but not in the price: {_evidence.Moved(split)}. Look at both; a "
                    + "release takes the quantity for true",
            (not 0, _) when !SplitEvidence.Fits(theirs, after) =>
                $"is not in the broker's quantity yet ({theirs:0.####} shares, {after:0.####} expected)",
            _ => "waits for the first price that shows it",
        };

    private (decimal Theirs, decimal Held, decimal After) Quantities(Split split, List<Book> books, List<Book> affected) =>
        (
            (context.Positions.TryGetValue(split.Symbol, out var position) ? position.Quantity : 0) - books.Sum(Unexplained),
            books.Sum(book => book.Holding.Quantity),
            Scaled(split, books, affected)
        );

    private static decimal Scaled(Split split, List<Book> books, List<Book> affected) =>
        decimal.Round(affected.Sum(book => book.Holding.Quantity) * split.Numerator / split.Denominator, 10)
        + books.Except(affected).Sum(book => book.Holding.Quantity);

    // Shares and prices stay as they are, protection too: without a split, nothing else would be right. A price that moved like another
    // split freezes all decisions, as without any declaration.
    private void PassOver(Split split, List<Book> affected)
    {
        affected.ForEach(book => book.PassOver(split));
        Hold(
            split.Symbol,
            $"a split of {split.Numerator}:{split.Denominator} is declared for {split.ExDate:yyyy-MM-dd}, but the price does not "
                + "show it: "
                + $"{_evidence.Moved(split)}. Either the prices are adjusted already, or the declaration is wrong",
            null,
            !_evidence.IsLikeAnother(split)
        );
        context.Journal.Publish(
            EngineEventKind.CorporateAction,
            null,
            split.Symbol,
            $"{split.Symbol} split {split.Numerator}:{split.Denominator} is not applied: {_evidence.Moved(split)}"
        );
    }

    private void Apply(Split split, List<Book> books, List<Book> affected, decimal theirs, decimal after, DateTimeOffset at)
    {
        var held = books.Sum(book => book.Holding.Quantity);
        var price = _evidence.PriceAfter(split);
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

        context.Holds.Remove(split.Symbol);
        context.Mismatches.Remove(split.Symbol);
        ForgetPriceBefore(split);
        context.Journal.Publish(
            EngineEventKind.CorporateAction,
            null,
            split.Symbol,
            $"{split.Symbol} split {split.Numerator}:{split.Denominator}: {held:0.####} shares are {theirs:0.####} now; stops, targets "
                + "and lots are scaled"
        );
    }

    // It is no measure of the prices after the split.
    private void ForgetPriceBefore(Split split)
    {
        if (context.State.Quotes.TryGetValue(split.Symbol, out var quote) && TradingCalendar.Nyse.TradingDay(quote.At) < split.ExDate)
        {
            context.State = context.State with
            {
                Quotes = context.State.Quotes.Where(pair => pair.Key != split.Symbol).ToDictionary(StringComparer.Ordinal),
            };
        }
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

    private void CancelAll(List<Book> books)
    {
        foreach (var book in books)
        {
            foreach (
                var order in book
                    .Orders.Where(order => order is { IsWorking: true, IsCancelWanted: false })
                    .Take(ServedCommands.CancelsAtOnce)
                    .ToList()
            )
            {
                book.Set(order with { CancelRequestedAt = context.Now, Note = "a split takes effect" });
            }
        }
    }

    private void HoldIfSplitLike(string symbol, List<Book> books)
    {
        var held = books.Sum(Held);
        var theirs = context.Positions.TryGetValue(symbol, out var position) ? position.Quantity : 0;
        if (held > 0 && theirs > 0 && SplitEvidence.IsNearSimpleRatio(theirs / held))
        {
            Hold(symbol, $"the broker's quantity went from {held:0.####} to {theirs:0.####} without a trade and no split is known", null);
        }
    }

    private void Hold(string symbol, string reason, Split? split, bool buysOnly = false) =>
        context.Holds[symbol] =
            context.Holds.TryGetValue(symbol, out var known) && known.Split == split && known.BuysOnly == buysOnly
                ? known with
                {
                    Reason = reason,
                }
                : new(
                    reason,
                    context.Now,
                    split,
                    context.State.Quotes.TryGetValue(symbol, out var last) && last.Mid > 0 ? last.Mid : known?.Mid,
                    buysOnly
                );

    private static decimal Held(Book book) => book.Holding.Quantity + Unexplained(book);

    private static decimal Unexplained(Book book) =>
        book.Orders.Sum(order => order.Terms.Side == OrderSide.Buy ? order.UnexplainedQuantity : -order.UnexplainedQuantity);

    // Unmanaged shares and manual orders have no beginning but their own.
    private static bool IsNewer(Book book, Split split) =>
        book is StrategyBook strategy
            ? TradingCalendar.Nyse.TradingDay(strategy.Strategy.CreatedAt) >= split.ExDate
            : book.Holding.Lots.All(lot => IsAfter(split, lot.At)) && book.Orders.All(order => IsAfter(split, order.DecidedAt));
}
