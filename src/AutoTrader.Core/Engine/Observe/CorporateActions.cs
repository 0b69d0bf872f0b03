using AutoTrader.Core.Market;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Brokerage;

namespace AutoTrader.Core.Engine.Observe;

/// <summary>
/// Splits (docs/trading-rules.md, "Splits and corporate actions"). After the close before an ex-date the symbol's orders are canceled and
/// its decisions held; when the broker's quantity or, where that cannot tell, the first price shows the split, everything is scaled, and
/// protection is placed anew. A split that the price does not show, and a change that no known action explains, are held too.
/// </summary>
internal sealed class CorporateActions(CycleContext context, Session? session)
{
    private const int DaysBack = 7;

    private readonly HashSet<string> _waiting = new(StringComparer.Ordinal);
    private readonly SplitApplication _application = new(context);
    private readonly SplitEvidence _evidence = new(context, session);
    private readonly Dictionary<string, SymbolHold> _holds = new(context.Before.Holds, StringComparer.Ordinal);
    private Dictionary<string, BrokerPosition> _positions = new(StringComparer.Ordinal);
    private Dictionary<string, int> _mismatches = new(StringComparer.Ordinal);
    private IReadOnlyList<Split>? _declared;
    private HashSet<string> _symbols = [];

    /// <summary>What is remembered of quotes, without the prices from before a split that is applied.</summary>
    public IReadOnlyDictionary<string, QuoteState> Quotes { get; private set; } = context.Before.Quotes;

    /// <summary>Symbols that are held.</summary>
    public IReadOnlyDictionary<string, SymbolHold> Holds => _holds;

    /// <summary>What is declared, or was when it was last known.</summary>
    public IReadOnlyList<Split> Splits => _declared ?? context.Before.Splits;

    /// <summary>The prices around the splits that are in effect and not applied yet.</summary>
    public IReadOnlyDictionary<Split, SplitPrices> SplitPrices => _evidence.Prices;

    /// <summary>Whether trades from an ex-date on are left to a later cycle, which must read them again.</summary>
    public bool IsWaiting => _waiting.Count > 0;

    /// <summary>Learns what is declared, from as far back as nothing ran; what the last answer declared stands in for one that does not
    /// come.</summary>
    public async Task LearnAsync()
    {
        if (_declared is null && _application.HasOwners)
        {
            var from =
                context.Before.LastCycleAt is { } last && TradingCalendar.Nyse.TradingDay(last) is var day && day < context.Day
                    ? day
                    : context.Day;
            var to = TradingCalendar.Nyse.NextSession(context.Now).Day;
            _declared = await context.AskMarketAsync(
                market => market.GetSplitsAsync(from.AddDays(-DaysBack), to, context.Cancellation),
                context.Before.Splits
            );
            if (_declared.Count == 0 && _holds.Count == 0)
            {
                return;
            }

            _symbols = Known().Select(split => split.Symbol).ToHashSet(StringComparer.Ordinal);
            var owners = _application.Owners();
            foreach (var split in Known().Where(split => context.Day >= split.ExDate))
            {
                if (owners.TryGetValue(split.Symbol, out var books) && SplitApplication.Affected(split, books).Count > 0)
                {
                    await _evidence.LookAsync(split, PriceBefore(split));
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
                    && !IsRefuted(split)
                    && SplitApplication.Affected(split, [.. context.Set.Books.Where(book => book.Symbol == symbol)]).Count > 0
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
            var books = _application.Owners()[split.Symbol];
            var affected = SplitApplication.Affected(split, books);
            var (before, after) = (books.Sum(book => book.Holding.Quantity), SplitApplication.Scaled(split, books, affected));
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
    /// <param name="positions">What the broker holds.</param>
    /// <param name="mismatches">The symbols that disagree with it.</param>
    /// <returns>Those that still do.</returns>
    public async Task<IReadOnlyDictionary<string, int>> RunAsync(
        Dictionary<string, BrokerPosition> positions,
        Dictionary<string, int> mismatches
    )
    {
        (_positions, _mismatches) = (positions, new(mismatches, StringComparer.Ordinal));
        await LearnAsync();
        if (_declared is null or { Count: 0 } && _holds.Count == 0 && _mismatches.Count == 0)
        {
            return _mismatches;
        }

        var books = _application.Owners();
        foreach (var (symbol, _) in _holds.Where(hold => hold.Value.Split is not null && !books.ContainsKey(hold.Key)).ToList())
        {
            _holds.Remove(symbol);
        }

        foreach (var split in Known().Where(split => books.ContainsKey(split.Symbol) && !_waiting.Contains(split.Symbol)).ToList())
        {
            Process(split, books[split.Symbol]);
        }

        foreach (var symbol in _mismatches.Keys.Where(symbol => !_holds.ContainsKey(symbol) && books.ContainsKey(symbol)).ToList())
        {
            HoldIfSplitLike(symbol, books[symbol]);
        }

        return _mismatches;
    }

    /// <summary>Holds symbols whose first price of the session is a split's distance away from the last one of the session
    /// before.</summary>
    public void CheckOvernight(QuoteBook prices, DateTimeOffset open)
    {
        foreach (var (symbol, quote) in Quotes)
        {
            if (
                quote.At < open
                && quote.Mid > 0
                && prices.Of(symbol) is { } price
                && _holds.GetValueOrDefault(symbol) is null or { BuysOnly: true }
                && _evidence.IsSplitLike(quote.Mid, price.Mid)
            )
            {
                Hold(symbol, $"the price went from {quote.Mid:0.00##} to {price.Mid:0.00##} overnight and no split is known", null);
            }
        }
    }

    private decimal? PriceBefore(Split split) =>
        Quotes.TryGetValue(split.Symbol, out var last) && last.At < SplitEvidence.FirstOpen(split)
            ? last.Mid
            : _holds.GetValueOrDefault(split.Symbol)?.Mid;

    private IEnumerable<Split> Known() =>
        (_declared ?? []).Concat(_holds.Values.Select(hold => hold.Split).OfType<Split>()).Distinct().OrderBy(split => split.ExDate);

    private void Process(Split split, List<Book> books)
    {
        if (context.Now < TradingCalendar.Nyse.PreviousSession(SplitEvidence.FirstOpen(split)).Close)
        {
            return;
        }

        var affected = SplitApplication.Affected(split, books);
        if (affected.Count > 0 && IsRefuted(split))
        {
            affected.ForEach(book => book.PassOver(split));
            return;
        }

        if (affected.Count == 0)
        {
            // Applied to all; also by a process that ended before it could remember so.
            if (_holds.TryGetValue(split.Symbol, out var hold) && hold.Split == split)
            {
                _holds.Remove(split.Symbol);
            }

            ForgetPriceBefore(split);
            return;
        }

        var (theirs, held, after) = SplitApplication.Quantities(split, books, affected, _positions);
        var evidence = context.Day < split.ExDate ? SplitVerdict.Open : _evidence.Judge(split, theirs, held, after);
        if (evidence == SplitVerdict.Refuted)
        {
            Refute(split);
        }
        else if (context.Day < split.ExDate || affected.Exists(book => book.Orders.Any(order => order.IsWorking)))
        {
            Hold(split.Symbol, $"a split of {split.Numerator}:{split.Denominator} takes effect on {split.ExDate:yyyy-MM-dd}", split);
            affected.ForEach(book => book.CancelWorking("a split takes effect", context.Now));
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

    // Shares and prices stay as they are, protection too: without a split, nothing else would be right. A price that moved like another
    // split freezes all decisions, as without any declaration. The books are done with the split once the hold is remembered: a process
    // that ended in between would lift it.
    private void Refute(Split split)
    {
        context.Journal.Publish(
            EngineEventKind.CorporateAction,
            null,
            split.Symbol,
            $"{split.Symbol} split {split.Numerator}:{split.Denominator} is not applied: {_evidence.Moved(split)}"
        );
        Hold(
            split.Symbol,
            $"a split of {split.Numerator}:{split.Denominator} is declared for {split.ExDate:yyyy-MM-dd}, but the price does not "
                + "show it: "
                + $"{_evidence.Moved(split)}. Either the prices are adjusted already, or the declaration is wrong",
            null,
            !_evidence.IsLikeAnother(split)
        );
        _holds[split.Symbol] = _holds[split.Symbol] with { Refuted = split };
    }

    // It was said once, and is not judged by later prices, or by none.
    private bool IsRefuted(Split split) => context.Before.Holds.TryGetValue(split.Symbol, out var known) && known.Refuted == split;

    private void Apply(Split split, List<Book> books, List<Book> affected, decimal theirs, decimal after, DateTimeOffset at)
    {
        _application.Apply(split, books, affected, theirs, after, _evidence.PriceAfter(split, _positions), at);
        _holds.Remove(split.Symbol);
        _mismatches.Remove(split.Symbol);
        ForgetPriceBefore(split);
    }

    // It is no measure of the prices after the split.
    private void ForgetPriceBefore(Split split)
    {
        if (Quotes.TryGetValue(split.Symbol, out var quote) && TradingCalendar.Nyse.TradingDay(quote.At) < split.ExDate)
        {
            Quotes = Quotes.Where(pair => pair.Key != split.Symbol).ToDictionary(StringComparer.Ordinal);
        }
    }

    private void HoldIfSplitLike(string symbol, List<Book> books)
    {
        var held = books.Sum(SplitApplication.Held);
        var theirs = _positions.TryGetValue(symbol, out var position) ? position.Quantity : 0;
        if (held > 0 && theirs > 0 && SplitEvidence.IsNearSimpleRatio(theirs / held))
        {
            Hold(symbol, $"the broker's quantity went from {held:0.####} to {theirs:0.####} without a trade and no split is known", null);
        }
    }

    private void Hold(string symbol, string reason, Split? split, bool buysOnly = false) =>
        _holds[symbol] =
            _holds.TryGetValue(symbol, out var known) && known.Split == split && known.BuysOnly == buysOnly
                ? known with
                {
                    Reason = reason,
                }
                : new(
                    reason,
                    context.Now,
                    split,
                    Quotes.TryGetValue(symbol, out var last) && last.Mid > 0 ? last.Mid : known?.Mid,
                    buysOnly,
                    known?.Refuted
                );
}
