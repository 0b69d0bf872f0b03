using AutoTrader.Core.Orders;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Core.Engine.Decide;

/// <summary>The conditions under which a strategy is decided about: what bars entries, and what the broker would let go of.</summary>
internal sealed class DecisionConditions(CycleContext context, CycleFrame frame, Round round)
{
    /// <summary>Why nobody may buy: the kill switch or the daily loss limit; null when neither does.</summary>
    public string? Barred => context.Set.Account.Barred(context.Day);

    /// <summary>Whether a strategy closes on the symbol.</summary>
    public bool IsClosing(string symbol) => round.Closing.Contains(symbol);

    /// <summary>What the broker refused of a strategy in this cycle.</summary>
    public RefusedSteps RefusedOf(StrategyBook book) => round.Refused.GetValueOrDefault(book.Id);

    /// <summary>The conditions of a strategy now.</summary>
    /// <param name="book">Its orders.</param>
    /// <param name="strategy">The strategy as it is decided about.</param>
    public Conditions Of(StrategyBook book, Strategy strategy)
    {
        var (barred, refused) = (Barred, RefusedOf(book));
        return new()
        {
            Now = context.Now,
            MarketOpen = frame.MarketOpen,
            CancelEntries = barred is not null || (frame.MarketOpen && IsClosing(book.Symbol)),
            EntriesBarred = barred
                ?? context.StateLost
                ?? frame.LossUnknown
                ?? (context.Set.Account.Today?.Day != context.Day ? "yesterday's closes are missing, so today's loss is not known" : null)
                ?? (frame.Account is { TradingBlocked: true } ? "the broker blocks trading" : null)
                ?? (frame.Hours.IsHalted ? "the broker says that the exchange does not trade" : null)
                ?? (frame.Quotes?.IsHalted(book.Symbol) == true ? "a trading halt is suspected" : null)
                ?? (frame.Holds.TryGetValue(book.Symbol, out var hold) ? $"trading of {book.Symbol} is on hold: {hold.Reason}" : null)
                ?? (frame.IsMismatched(book.Symbol) ? "quantities disagree with the broker" : null)
                ?? (IsClosing(book.Symbol) ? "the symbol is being closed" : null)
                ?? (strategy.RetryEntryAt > context.Now ? "the broker refused the entry, and it is not yet time to try again" : null),
            SupportsOco = context.Ports.Broker.SupportsOco && !refused.HasFlag(RefusedSteps.Oco),
            IsExitRefused = refused.HasFlag(RefusedSteps.Exit),
            CycleInterval = context.Options.CycleInterval,
            RenewUntil = frame.Hours.RenewUntil,
            Reading = round.Readings.GetValueOrDefault(book.Id),
            SellableQuantity = frame.IsMismatched(book.Symbol) ? Available(book) : null,
        };
    }

    // What the broker would let go of, and what our own working sells on the symbol hold.
    private decimal Available(Book book) =>
        round.Positions.TryGetValue(book.Symbol, out var position)
            ? position.AvailableQuantity + book.Orders.Where(order => order.Terms.Side == OrderSide.Sell).Sum(order => order.OpenQuantity)
            : 0;
}
