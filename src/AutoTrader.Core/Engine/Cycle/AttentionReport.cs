using AutoTrader.Core.Notifications;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Core.Engine.Cycle;

/// <summary>Items that need attention at the end of a cycle, derived from the state, so that they go away when the cause does.</summary>
internal sealed class AttentionReport(CycleContext context, CycleFrame frame)
{
    private const int StuckAfter = 2;

    private readonly List<Notification> _notifications = [];

    /// <summary>What is new and what is gone, to be published before the engine state says that it is known: the two lie in different
    /// tables and cannot commit together. A crash in between publishes again; an item that comes and goes at one instant is published
    /// once.</summary>
    public IReadOnlyList<Notification> Notifications => _notifications;

    /// <summary>Raises current items; reports new and cleared ones.</summary>
    /// <param name="isWhole">Whether the cycle came to its end; one that stopped has not looked at everything, and clears
    /// nothing.</param>
    public (IReadOnlyList<Attention> Items, IReadOnlyDictionary<string, int> StuckCancels) Compose(bool isWhole)
    {
        foreach (var row in context.Set.Unreadable)
        {
            context.Journal.Raise(
                "UNREADABLE",
                row.RowKey,
                $"The row {row.RowKey} cannot be read: {row.Problem}. Fix or delete it. Everything else keeps running."
            );
        }

        if (context.Before.Unreadable is { } memory)
        {
            context.Journal.Raise(
                "UNREADABLE",
                memory.RowKey,
                $"The engine state, the row {memory.RowKey} of its table, cannot be read: {memory.Problem}. The readable part "
                    + "stays in use, and protection runs on; nothing is bought until you fix or delete it. What it held for a "
                    + "corporate action may be forgotten."
            );
        }

        // The item stays until the timer runs a cycle again.
        if (
            context.Request.Cause == CycleRequest.Watchdog
            || (context.Request.Cause != CycleRequest.Timer && context.Before.Attention.Any(item => item.Code == Attention.TimerSilent))
        )
        {
            context.Journal.Raise(
                Attention.TimerSilent,
                TradingKey.Account,
                "The timer does not run the cycles; the watchdog runs one every five minutes instead. Restart the app, and look at the "
                    + "log of the Functions host for a function in error."
            );
        }

        if (context.Set.Account.LossLatchedOn == context.Day)
        {
            context.Journal.Raise(
                "DAILY_LOSS_LIMIT",
                TradingKey.Account,
                $"Today's loss reached max_daily_loss {context.Set.Account.Limits.MaxDailyLoss:0.##}: nothing is bought until the next "
                    + "session."
            );
        }

        AboutHolds();
        AboutCash();
        var stuck = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var book in context.Set.Books)
        {
            foreach (var order in book.Orders.Where(order => order.IsWorking))
            {
                AboutOrder(order, stuck);
            }

            if (book is StrategyBook { IsDeleted: false } strategy)
            {
                AboutStrategy(strategy);
            }
        }

        var before = context.Before.Attention.ToDictionary(item => (item.Code, item.Key));
        var raised = isWhole
            ? context.Journal.Attention
            : context.Journal.Attention.Concat(context.Before.Attention).DistinctBy(item => (item.Code, item.Key));
        var items = raised
            .Select(item => before.TryGetValue((item.Code, item.Key), out var known) ? item with { Since = known.Since } : item)
            .OrderBy(item => item.Since)
            .ThenBy(item => item.Code, StringComparer.Ordinal)
            .ThenBy(item => item.Key, StringComparer.Ordinal)
            .ToList();
        foreach (var item in items.Where(item => !before.ContainsKey((item.Code, item.Key))))
        {
            context.Journal.Publish(EngineEventKind.AttentionRaised, null, null, $"attention {item.Code}: {item.Message}", attention: item);
            _notifications.Add(NotificationComposer.Raised(item));
        }

        var now = items.Select(item => (item.Code, item.Key)).ToHashSet();
        foreach (var gone in before.Values.Where(item => !now.Contains((item.Code, item.Key))))
        {
            context.Journal.Publish(
                EngineEventKind.AttentionCleared,
                null,
                null,
                $"attention cleared: {gone.Code} {gone.Key}",
                attention: gone
            );
            _notifications.Add(NotificationComposer.Cleared(gone, context.Now));
        }

        return (items, stuck);
    }

    private void AboutHolds()
    {
        foreach (var (symbol, hold) in frame.Holds)
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

    private void AboutCash()
    {
        if (frame is { Cash.Unexplained: { } difference, Account: { } account } && context.Set.Account.Cash is { } book)
        {
            context.Journal.Raise(
                Attention.CashMismatch,
                TradingKey.Account,
                $"The broker's cash is {account.Cash:0.00}, but fills and cash activities since {book.Since:yyyy-MM-dd HH:mm} UTC make "
                    + $"it {account.Cash - difference:0.00}: {difference:+0.00;-0.00} is not explained. Trading goes on; look at the "
                    + "activities on the broker's own page. When you know the reason, POST /api/portfolio/cash/accept books it."
            );
        }
    }

    private void AboutOrder(Order order, Dictionary<string, int> stuck)
    {
        if (order.BrokerStatus is { } status && !BrokerStatusMap.IsKnown(status))
        {
            context.Journal.Raise(
                "UNKNOWN_STATUS",
                TradingKey.Order(order),
                $"The broker shows {order.ClientOrderId} as \"{status}\", which is not a known status; it counts as working."
            );
        }

        if (order.IsCancelWanted || order.Status == OrderStatus.PendingCancel)
        {
            stuck[order.ClientOrderId] = context.Before.StuckCancels.GetValueOrDefault(order.ClientOrderId) + 1;
            if (stuck[order.ClientOrderId] > StuckAfter)
            {
                context.Journal.Raise(
                    "CANCEL_STUCK",
                    TradingKey.Order(order),
                    $"The cancel of {order.ClientOrderId} has not been confirmed for {stuck[order.ClientOrderId]} cycles; its shares "
                        + "stay held."
                );
            }
        }
    }

    private void AboutStrategy(StrategyBook book)
    {
        var strategy = book.Strategy;
        var key = TradingKey.Strategy(strategy.Id);
        var exposure = book.Exposure();
        if (strategy is { PauseReason: { } reason, PauseCause: PauseCause.ExternalChange })
        {
            context.Journal.Raise("EXTERNAL_CHANGE", key, $"{strategy.Id} is paused: {reason}.");
        }

        if (strategy.Phase == StrategyPhase.Failed)
        {
            context.Journal.Raise("STRATEGY_FAILED", key, $"{strategy.Id} failed: {strategy.Notes}");
        }

        if (strategy.Closing is { } closing && !frame.MarketOpen && exposure.Held >= 1)
        {
            context.Journal.Raise(
                "CLOSE_WAITS",
                key,
                $"{strategy.Id} is to be closed ({closing.Reason}), but the market is closed: its {exposure.Held:0.####} "
                    + $"{strategy.Symbol} are sold at the next open and stay protected until then."
            );
        }

        if (strategy.DeclaresProtection && strategy.Closing is null && exposure.Uncovered >= 1 && !frame.IsFrozen(strategy.Symbol))
        {
            context.Journal.Raise(
                "UNPROTECTED",
                key,
                $"{exposure.Uncovered:0.####} shares of {strategy.Symbol} held by {strategy.Id} have no protection; it is placed as "
                    + "soon as the broker takes it."
            );
        }

        if (
            strategy is { StrategyType: StrategyType.Grid, GridConfig: { } grid, Enabled: true, IsTerminal: false }
            && frame.Quotes?.Of(strategy.Symbol) is { } price
            && Grid.IsOutside(grid, price)
        )
        {
            context.Journal.Raise(
                "GRID_OUT_OF_BAND",
                key,
                $"{strategy.Symbol} at {price.Mid:0.00##} is outside the grid {grid.Low:0.00##} to {grid.High:0.00##} of {strategy.Id}; "
                    + "it buys nothing until the price is back."
            );
        }
    }
}
