using AutoTrader.Core.Engine.Observe;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Core.Engine.Decide;

/// <summary>Under which conditions a strategy is decided about: what bars entries, and what the broker would let go of.</summary>
internal sealed class DecisionConditions(CycleContext context, CycleFrame frame)
{
    private HashSet<string> _closing = [];
    private IReadOnlyDictionary<string, ConditionReading> _readings = new Dictionary<string, ConditionReading>(StringComparer.Ordinal);
    private IReadOnlyDictionary<string, BrokerPosition> _positions = frame.Positions;

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

    /// <summary>Reads anew what the broker has where quantities disagree: what was sold since must not be sold again.</summary>
    public async Task LookAgainAsync()
    {
        if (frame.Mismatches.Keys.Any(frame.IsMismatched))
        {
            _positions = await Reconciliation.ReadAsync(context);
        }
    }

    /// <summary>Reads the entry conditions on indicators of those that may buy.</summary>
    /// <returns>The strategies that are decided about by them, in order.</returns>
    public async Task<IReadOnlyList<StrategyBook>> ReadAsync(IndicatorReadings readings)
    {
        _readings = await readings.ReadAsync(book => Of(book).EntriesBarred is not null);
        return [.. context.Set.Strategies.Where(book => _readings.ContainsKey(book.Id))];
    }

    /// <summary>The conditions of a strategy now.</summary>
    public Conditions Of(StrategyBook book)
    {
        var barred = Barred;
        return new()
        {
            Now = context.Now,
            MarketOpen = frame.MarketOpen,
            CancelEntries = barred is not null || (frame.MarketOpen && IsClosing(book.Symbol)),
            EntriesBarred = barred
                ?? context.StateLost
                ?? frame.LossUnknown
                ?? (context.Set.Account.Today?.Day != context.Day ? "the day has not begun for want of closing prices" : null)
                ?? (frame.Account is { TradingBlocked: true } ? "the broker blocks trading" : null)
                ?? (frame.Hours.IsHalted ? "the broker says that the exchange does not trade" : null)
                ?? (frame.Quotes?.IsHalted(book.Symbol) == true ? "a trading halt is suspected" : null)
                ?? (frame.Holds.TryGetValue(book.Symbol, out var hold) ? $"{book.Symbol} is held: {hold.Reason}" : null)
                ?? (frame.IsMismatched(book.Symbol) ? "quantities disagree with the broker" : null)
                ?? (IsClosing(book.Symbol) ? "the symbol is being closed" : null)
                ?? (book.Strategy.RetryEntryAt > context.Now ? "the broker refused the entry, and it is not yet time to try again" : null),
            SupportsOco = context.Ports.Broker.SupportsOco && !book.IsOcoTooClose,
            IsExitRefused = book.IsExitRefused,
            CycleInterval = context.Options.CycleInterval,
            RenewUntil = frame.Hours.RenewUntil,
            Reading = _readings.GetValueOrDefault(book.Id),
            SellableQuantity = frame.IsMismatched(book.Symbol) ? Available(book) : null,
        };
    }

    // What the broker would let go of, and what our own working sells on the symbol hold.
    private decimal Available(Book book) =>
        _positions.TryGetValue(book.Symbol, out var position)
            ? position.AvailableQuantity + book.Orders.Where(order => order.Terms.Side == OrderSide.Sell).Sum(order => order.OpenQuantity)
            : 0;
}
