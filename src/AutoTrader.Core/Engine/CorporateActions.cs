using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Core.Engine;

/// <summary>
/// Splits (docs/trading-rules.md, "Splits and corporate actions"). After the close before an ex-date the symbol's orders are canceled and its decisions held; when the
/// broker shows the new quantity everything is scaled, and protection is placed anew. A change that no known action explains is held too.
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

    /// <summary>Learns what is declared, from as far back as nothing ran; what the last answer declared stands in for one that does not come.</summary>
    public async Task LearnAsync()
    {
        if (_declared is null && Owners().Count > 0)
        {
            var from = context.Memory.LastCycleAt is { } last && TradingCalendar.Nyse.TradingDay(last) is var day && day < context.Day ? day : context.Day;
            var to = TradingCalendar.Nyse.NextSession(context.Now).Day;
            _declared = await context.AskMarketAsync(market => market.GetSplitsAsync(from.AddDays(-DaysBack), to, context.Cancellation), context.Memory.Splits);
            context.Memory = context.Memory with { Splits = _declared };
            _symbols = Known().Select(split => split.Symbol).ToHashSet(StringComparer.Ordinal);
        }
    }

    /// <summary>The split of a symbol that is in effect and that some owner has not had yet.</summary>
    public Split? InEffect(string symbol) => !_symbols.Contains(symbol) ? null
        : Known().FirstOrDefault(split => split.Symbol == symbol && context.Now >= FirstOpen(split) && Affected(split, [.. context.Set.Owners.Where(owner => owner.Symbol == symbol)]).Count > 0);

    /// <summary>Whether something that happened at <paramref name="at"/> happened in the shares and prices of after <paramref name="split"/>.</summary>
    public static bool IsAfter(Split split, DateTimeOffset at) => at >= FirstOpen(split);

    /// <summary>
    /// Applies a split before the first trade that came after it, as when nothing ran from the eve on and a resting order sold at the new price.
    /// </summary>
    /// <param name="split">A split in effect.</param>
    /// <param name="traded">What was traded since, bought less sold, in shares; null when not every such trade is known yet.</param>
    /// <returns>Whether those trades may be applied now: not while the broker's quantity fits neither with the split nor without it.</returns>
    public async Task<bool> SettleAsync(Split split, decimal? traded)
    {
        var theirs = 0m;
        if (traded is { } known)
        {
            var owners = Owners()[split.Symbol];
            var affected = Affected(split, owners);
            var (before, after) = (owners.Sum(owner => owner.Holding.Quantity), Scaled(split, owners, affected));
            theirs = (await context.Ports.Broker.GetPositionsAsync(context.Cancellation)).FirstOrDefault(position => position.Symbol == split.Symbol)?.Quantity ?? 0;
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
        Hold(split.Symbol, $"it was traded after the split of {split.Numerator}:{split.Denominator} on {split.ExDate:yyyy-MM-dd}, and the broker's quantity does not agree with those trades yet", split);
        return false;
    }

    /// <summary>Processes declared splits, and holds symbols whose quantity changed like one.</summary>
    public async Task RunAsync()
    {
        await LearnAsync();
        var owners = Owners();
        foreach (var (symbol, _) in context.Holds.Where(hold => hold.Value.Split is not null && !owners.ContainsKey(hold.Key)).ToList())
        {
            context.Holds.Remove(symbol);
        }

        foreach (var split in Known().Where(split => owners.ContainsKey(split.Symbol) && !_waiting.Contains(split.Symbol)).ToList())
        {
            Process(split, owners[split.Symbol]);
        }

        foreach (var symbol in context.Mismatches.Keys.Where(symbol => !context.Holds.ContainsKey(symbol) && owners.ContainsKey(symbol)).ToList())
        {
            HoldIfSplitLike(symbol, owners[symbol]);
        }
    }

    /// <summary>Holds symbols whose first price of the session is a split's distance away from the last one of the session before.</summary>
    public void CheckOvernight(IReadOnlyDictionary<string, QuoteState> before, QuoteBook quotes)
    {
        foreach (var (symbol, memory) in before)
        {
            if (context.Session is { } session && memory.At < session.Open && memory.Mid > 0 && quotes.Of(symbol) is { } price && !context.Holds.ContainsKey(symbol)
                && Math.Abs(price.Mid - memory.Mid) * 100 > context.Options.SplitSuspicionPct * memory.Mid && IsNearSimpleRatio(memory.Mid / price.Mid))
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
            context.Raise("SYMBOL_HELD", symbol, $"{symbol} is held: {hold.Reason}." + (hold.Split is null ? " Declare the split or release the hold; nothing is decided on it until then." : string.Empty));
        }
    }

    private Dictionary<string, List<Owner>> Owners() => context.Set.Owners.Where(owner => owner is StrategyOwner || owner.Holding.Quantity != 0 || owner.Orders.Count > 0)
        .GroupBy(owner => owner.Symbol, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.ToList(), StringComparer.Ordinal);

    private IEnumerable<Split> Known() =>
        (_declared ?? []).Concat(context.Holds.Values.Select(hold => hold.Split).OfType<Split>()).Distinct().OrderBy(split => split.ExDate);

    private static List<Owner> Affected(Split split, List<Owner> owners) =>
        [.. owners.Where(owner => (owner.Holding.LastSplit is not { } last || last < split.ExDate) && !IsNewer(owner, split))];

    private void Process(Split split, List<Owner> owners)
    {
        if (context.Now < TradingCalendar.Nyse.PreviousSession(FirstOpen(split)).Close)
        {
            return;
        }

        var affected = Affected(split, owners);
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

        if (context.Day < split.ExDate || affected.Exists(owner => owner.Orders.Any(order => order.IsWorking)))
        {
            Hold(split.Symbol, $"a split of {split.Numerator}:{split.Denominator} takes effect on {split.ExDate:yyyy-MM-dd}", split);
            CancelAll(affected);
            return;
        }

        var unexplained = owners.Sum(Unexplained);
        var held = owners.Sum(owner => owner.Holding.Quantity);
        var theirs = (context.Positions.TryGetValue(split.Symbol, out var position) ? position.Quantity : 0) - unexplained;
        var after = Scaled(split, owners, affected);
        if (held != 0 && !Fits(theirs, after))
        {
            Hold(split.Symbol, $"the split of {split.Numerator}:{split.Denominator} on {split.ExDate:yyyy-MM-dd} is not in the broker's quantity yet ({theirs:0.####} shares, {after:0.####} expected)", split);
            return;
        }

        Apply(split, affected, held, theirs, after, context.Now);
    }

    private static decimal Scaled(Split split, List<Owner> owners, List<Owner> affected) =>
        decimal.Round(affected.Sum(owner => owner.Holding.Quantity) * split.Numerator / split.Denominator, 10) + owners.Except(affected).Sum(owner => owner.Holding.Quantity);

    private static bool Fits(decimal theirs, decimal after) => Math.Abs(theirs - after) <= Reconciliation.Tolerance || theirs == Math.Floor(after);

    private void Apply(Split split, List<Owner> affected, decimal held, decimal theirs, decimal after, DateTimeOffset at)
    {
        foreach (var owner in affected)
        {
            Apply(split, owner, at);
        }

        if (affected.Find(owner => owner.Holding.Quantity > 0) is { } last && after - theirs > Reconciliation.Tolerance)
        {
            CashInLieu(split, last, after - theirs, at);
        }

        context.Holds.Remove(split.Symbol);
        context.Mismatches.Remove(split.Symbol);
        ForgetPriceBefore(split);
        context.Tell(EngineEventKind.CorporateAction, null, split.Symbol, $"{split.Symbol} split {split.Numerator}:{split.Denominator}: {held:0.####} shares are {theirs:0.####} now; stops, targets and lots are scaled");
    }

    // It is no measure of the prices after the split.
    private void ForgetPriceBefore(Split split)
    {
        if (context.Memory.Quotes.TryGetValue(split.Symbol, out var quote) && TradingCalendar.Nyse.TradingDay(quote.At) < split.ExDate)
        {
            context.Memory = context.Memory with { Quotes = context.Memory.Quotes.Where(pair => pair.Key != split.Symbol).ToDictionary(StringComparer.Ordinal) };
        }
    }

    private void Apply(Split split, Owner owner, DateTimeOffset at)
    {
        var before = owner.Holding.Quantity;
        if (owner is StrategyOwner strategy)
        {
            context.Change(strategy, SplitScaling.Scale(strategy.Strategy, split));
        }
        else if (owner is UnmanagedOwner unmanaged)
        {
            unmanaged.Set(unmanaged.Holding.Split(split.Ratio) with { LastSplit = split.ExDate });
        }

        if (before != 0)
        {
            owner.Insert(Entry(split, owner, before, FillKind.Split, split.Ratio, "split", at));
        }
    }

    // The broker pays for a fraction in cash, which arrives as a cash activity; the shares leave the ledger here.
    private void CashInLieu(Split split, Owner owner, decimal fraction, DateTimeOffset at)
    {
        owner.Apply(
            new Order { ClientOrderId = string.Empty, StrategyId = owner.Id, Arm = string.Empty, Sequence = 0, Role = OrderRole.Exit, DecidedAt = context.Now, Terms = new() { Symbol = split.Symbol, Side = OrderSide.Sell, Quantity = fraction, Type = OrderType.Market } },
            Entry(split, owner, fraction, FillKind.Correction, 1, "fraction", at));
        context.Raise("CASH_IN_LIEU", split.Symbol, $"{fraction:0.####} of a share of {split.Symbol} was paid in cash in the split of {split.ExDate:yyyy-MM-dd}.");
    }

    private static Fill Entry(Split split, Owner owner, decimal quantity, FillKind kind, decimal ratio, string what, DateTimeOffset at) => new()
    {
        ExecutionId = $"{what}-{split.Symbol}-{split.ExDate:yyyy-MM-dd}-{owner.Id}",
        StrategyId = owner.Id,
        Symbol = split.Symbol,
        Side = OrderSide.Sell,
        Quantity = quantity,
        Price = 0,
        At = at,
        TradingDay = TradingCalendar.Nyse.TradingDay(at),
        Kind = kind,
        Ratio = ratio,
    };

    private void CancelAll(List<Owner> owners)
    {
        foreach (var owner in owners)
        {
            foreach (var order in owner.Orders.Where(order => order is { IsWorking: true, IsCancelWanted: false }).Take(CommandHandler.CancelsAtOnce).ToList())
            {
                owner.Set(order with { CancelRequestedAt = context.Now, Note = "a split takes effect" });
            }
        }
    }

    private void HoldIfSplitLike(string symbol, List<Owner> owners)
    {
        var held = owners.Sum(Held);
        var theirs = context.Positions.TryGetValue(symbol, out var position) ? position.Quantity : 0;
        if (held > 0 && theirs > 0 && IsNearSimpleRatio(theirs / held))
        {
            Hold(symbol, $"the broker's quantity went from {held:0.####} to {theirs:0.####} without a trade and no split is known", null);
        }
    }

    private void Hold(string symbol, string reason, Split? split) =>
        context.Holds[symbol] = context.Holds.TryGetValue(symbol, out var known) && known.Split == split ? known with { Reason = reason }
            : new(reason, context.Now, split, context.Memory.Quotes.TryGetValue(symbol, out var last) && last.Mid > 0 ? last.Mid : null);

    private static decimal Held(Owner owner) => owner.Holding.Quantity + Unexplained(owner);

    private static decimal Unexplained(Owner owner) =>
        owner.Orders.Sum(order => order.Terms.Side == OrderSide.Buy ? order.UnexplainedQuantity : -order.UnexplainedQuantity);

    // Unmanaged shares and manual orders have no beginning but their own.
    private static bool IsNewer(Owner owner, Split split) => owner is StrategyOwner strategy
        ? TradingCalendar.Nyse.TradingDay(strategy.Strategy.CreatedAt) >= split.ExDate
        : owner.Holding.Lots.All(lot => IsAfter(split, lot.At)) && owner.Orders.All(order => IsAfter(split, order.DecidedAt));

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
