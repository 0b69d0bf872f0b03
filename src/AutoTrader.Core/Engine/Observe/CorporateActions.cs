using AutoTrader.Core.Engine.Commands;
using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Core.Engine.Observe;

/// <summary>
/// Splits (docs/trading-rules.md, "Splits and corporate actions"). After the close before an ex-date the symbol's orders are canceled and
/// its decisions held; when the broker shows the new quantity everything is scaled, and protection is placed anew. A change that no known
/// action explains is held too.
/// </summary>
internal sealed class CorporateActions(CycleContext context)
{
    private const decimal RatioTolerance = 0.04m;
    private const int LargestTerm = 10;
    private const int DaysBack = 7;

    private readonly HashSet<string> _waiting = new(StringComparer.Ordinal);
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
        }
    }

    /// <summary>The split of a symbol that is in effect and that some book has not had yet.</summary>
    public Split? InEffect(string symbol) =>
        !_symbols.Contains(symbol)
            ? null
            : Known()
                .FirstOrDefault(split =>
                    split.Symbol == symbol
                    && context.Now >= FirstOpen(split)
                    && Affected(split, [.. context.Set.Books.Where(book => book.Symbol == symbol)]).Count > 0
                );

    /// <summary>Whether something that happened at <paramref name="at"/> happened in the shares and prices of after
    /// <paramref name="split"/>.</summary>
    public static bool IsAfter(Split split, DateTimeOffset at) => at >= FirstOpen(split);

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
            if (Fits(theirs - known, after))
            {
                Apply(split, affected, before, theirs - known, after, FirstOpen(split));
                return true;
            }

            if (Math.Abs(theirs - known - before) <= Reconciliation.Tolerance)
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
                && !context.Holds.ContainsKey(symbol)
                && Math.Abs(price.Mid - memory.Mid) * 100 > context.Options.SplitSuspicionPct * memory.Mid
                && IsNearSimpleRatio(memory.Mid / price.Mid)
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
            context.Raise(
                "SYMBOL_HELD",
                symbol,
                $"{symbol} is held: {hold.Reason}."
                    + (hold.Split is null ? " Declare the split or release the hold; nothing is decided on it until then." : string.Empty)
            );
        }
    }

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
        if (context.Now < TradingCalendar.Nyse.PreviousSession(FirstOpen(split)).Close)
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

        if (context.Day < split.ExDate || affected.Exists(book => book.Orders.Any(order => order.IsWorking)))
        {
            Hold(split.Symbol, $"a split of {split.Numerator}:{split.Denominator} takes effect on {split.ExDate:yyyy-MM-dd}", split);
            CancelAll(affected);
            return;
        }

        var unexplained = books.Sum(Unexplained);
        var held = books.Sum(book => book.Holding.Quantity);
        var theirs = (context.Positions.TryGetValue(split.Symbol, out var position) ? position.Quantity : 0) - unexplained;
        var after = Scaled(split, books, affected);
        if (held != 0 && !Fits(theirs, after))
        {
            Hold(
                split.Symbol,
                $"the split of {split.Numerator}:{split.Denominator} on {split.ExDate:yyyy-MM-dd} is not in the broker's quantity yet "
                    + $"({theirs:0.####} shares, {after:0.####} expected)",
                split
            );
            return;
        }

        Apply(split, affected, held, theirs, after, context.Now);
    }

    private static decimal Scaled(Split split, List<Book> books, List<Book> affected) =>
        decimal.Round(affected.Sum(book => book.Holding.Quantity) * split.Numerator / split.Denominator, 10)
        + books.Except(affected).Sum(book => book.Holding.Quantity);

    private static bool Fits(decimal theirs, decimal after) =>
        Math.Abs(theirs - after) <= Reconciliation.Tolerance || theirs == Math.Floor(after);

    private void Apply(Split split, List<Book> affected, decimal held, decimal theirs, decimal after, DateTimeOffset at)
    {
        foreach (var book in affected)
        {
            Apply(split, book, at);
        }

        if (affected.Find(book => book.Holding.Quantity > 0) is { } last && after - theirs > Reconciliation.Tolerance)
        {
            CashInLieu(split, last, after - theirs, at);
        }

        context.Holds.Remove(split.Symbol);
        context.Mismatches.Remove(split.Symbol);
        ForgetPriceBefore(split);
        context.Publish(
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

    private void Apply(Split split, Book book, DateTimeOffset at)
    {
        var before = book.Holding.Quantity;
        if (book is StrategyBook strategy)
        {
            context.Change(strategy, SplitScaling.Scale(strategy.Strategy, split));
        }
        else if (book is UnmanagedBook unmanaged)
        {
            unmanaged.Set(unmanaged.Holding.Split(split.Ratio) with { LastSplit = split.ExDate });
        }

        if (before != 0)
        {
            book.Insert(Entry(split, book, before, FillKind.Split, split.Ratio, "split", at));
        }
    }

    // The broker pays for a fraction in cash, which arrives as a cash activity; the shares leave the ledger here.
    private void CashInLieu(Split split, Book book, decimal fraction, DateTimeOffset at)
    {
        book.Apply(
            new Order
            {
                ClientOrderId = string.Empty,
                StrategyId = book.Id,
                Arm = string.Empty,
                Sequence = 0,
                Role = OrderRole.Exit,
                DecidedAt = context.Now,
                Terms = new()
                {
                    Symbol = split.Symbol,
                    Side = OrderSide.Sell,
                    Quantity = fraction,
                    Type = OrderType.Market,
                },
            },
            Entry(split, book, fraction, FillKind.Correction, 1, "fraction", at)
        );
        context.Raise(
            "CASH_IN_LIEU",
            split.Symbol,
            $"{fraction:0.####} of a share of {split.Symbol} was paid in cash in the split of {split.ExDate:yyyy-MM-dd}."
        );
    }

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
                    .Take(CommandHandler.CancelsAtOnce)
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
        if (held > 0 && theirs > 0 && IsNearSimpleRatio(theirs / held))
        {
            Hold(symbol, $"the broker's quantity went from {held:0.####} to {theirs:0.####} without a trade and no split is known", null);
        }
    }

    private void Hold(string symbol, string reason, Split? split) =>
        context.Holds[symbol] =
            context.Holds.TryGetValue(symbol, out var known) && known.Split == split
                ? known with
                {
                    Reason = reason,
                }
                : new(reason, context.Now, split, context.State.Quotes.TryGetValue(symbol, out var last) && last.Mid > 0 ? last.Mid : null);

    private static decimal Held(Book book) => book.Holding.Quantity + Unexplained(book);

    private static decimal Unexplained(Book book) =>
        book.Orders.Sum(order => order.Terms.Side == OrderSide.Buy ? order.UnexplainedQuantity : -order.UnexplainedQuantity);

    // Unmanaged shares and manual orders have no beginning but their own.
    private static bool IsNewer(Book book, Split split) =>
        book is StrategyBook strategy
            ? TradingCalendar.Nyse.TradingDay(strategy.Strategy.CreatedAt) >= split.ExDate
            : book.Holding.Lots.All(lot => IsAfter(split, lot.At)) && book.Orders.All(order => IsAfter(split, order.DecidedAt));

    private static DateTimeOffset FirstOpen(Split split) =>
        TradingCalendar.Nyse.SessionOn(split.ExDate)?.Open
        ?? TradingCalendar.Nyse.CurrentOrNext(new DateTimeOffset(split.ExDate.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero)).Open;

    private static bool IsNearSimpleRatio(decimal ratio)
    {
        for (var p = 1; p <= LargestTerm; p++)
        {
            for (var q = 1; q <= LargestTerm; q++)
            {
                var simple = (decimal)p / q;
                if (p != q && Math.Abs(ratio - simple) <= RatioTolerance * simple && Math.Abs(1 - simple) > RatioTolerance)
                {
                    return true;
                }
            }
        }

        return false;
    }
}
