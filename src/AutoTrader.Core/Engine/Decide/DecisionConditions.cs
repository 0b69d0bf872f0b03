using AutoTrader.Core.Engine.Observe;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Core.Engine.Decide;

/// <summary>Under which conditions a strategy is decided about: what bars entries, and what the broker would let go of.</summary>
internal sealed class DecisionConditions(CycleContext context, Reconciliation reconciliation)
{
    private HashSet<string> _closing = [];

    /// <summary>Why nobody may buy: the kill switch or the daily loss limit; null when neither does.</summary>
    public string? Barred => context.Set.Account.Barred(context.Day);

    /// <summary>Whether a strategy closes on the symbol; as of the last <see cref="Refresh"/>.</summary>
    public bool IsClosing(string symbol) => _closing.Contains(symbol);

    /// <summary>Gathers anew which symbols are being closed.</summary>
    /// <returns>Those that are not any more.</returns>
    public IReadOnlySet<string> Refresh()
    {
        var before = _closing;
        _closing = context
            .Set.Strategies.Where(book => book.Strategy.Closing is not null)
            .Select(book => book.Symbol)
            .ToHashSet(StringComparer.Ordinal);
        before.ExceptWith(_closing);
        return before;
    }

    /// <summary>The conditions of a strategy now.</summary>
    public Conditions Of(StrategyBook book)
    {
        var barred = Barred;
        return new()
        {
            Now = context.Now,
            MarketOpen = context.MarketOpen,
            CancelEntries = barred is not null || (context.MarketOpen && IsClosing(book.Symbol)),
            EntriesBarred = barred
                ?? context.StateLost
                ?? context.LossUnknown
                ?? (context.Set.Account.Today?.Day != context.Day ? "the day has not begun for want of closing prices" : null)
                ?? (context.Account is { TradingBlocked: true } ? "the broker blocks trading" : null)
                ?? (context.ExchangeClosed ? "the broker says that the exchange does not trade" : null)
                ?? (context.Quotes?.IsHalted(book.Symbol) == true ? "a trading halt is suspected" : null)
                ?? (context.Holds.TryGetValue(book.Symbol, out var hold) ? $"{book.Symbol} is held: {hold.Reason}" : null)
                ?? (reconciliation.IsMismatched(book.Symbol) ? "quantities disagree with the broker" : null)
                ?? (IsClosing(book.Symbol) ? "the symbol is being closed" : null)
                ?? (book.Strategy.RetryEntryAt > context.Now ? "the broker refused the entry, and it is not yet time to try again" : null),
            SupportsOco = context.Ports.Broker.SupportsOco && !book.IsOcoTooClose,
            IsExitRefused = book.IsExitRefused,
            CycleInterval = context.Options.CycleInterval,
            RenewUntil = context.RenewUntil,
            Reading = context.Readings.GetValueOrDefault(book.Id),
            SellableQuantity = reconciliation.IsMismatched(book.Symbol) ? Available(book) : null,
        };
    }

    // What the broker would let go of, and what our own working sells on the symbol hold.
    private decimal Available(Book book) =>
        context.Positions.TryGetValue(book.Symbol, out var position)
            ? position.AvailableQuantity + book.Orders.Where(order => order.Terms.Side == OrderSide.Sell).Sum(order => order.OpenQuantity)
            : 0;
}
