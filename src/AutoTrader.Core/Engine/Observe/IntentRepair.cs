using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Brokerage;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Core.Engine.Observe;

/// <summary>
/// Finds out, before anything is decided, what became of orders that were committed but whose answer is not known (docs/trading-rules.md,
/// "Repair"). The broker's refusal of duplicates is only the second line of defense.
/// </summary>
internal sealed class IntentRepair(CycleContext context, Committer committer, OrderUpdates updates)
{
    private const string BeforeItIsSent = "It is looked up again before anything is sent.";

    private readonly List<(Book Book, string ClientOrderId)> _absent = [];

    /// <summary>Looks up every order whose answer is not known.</summary>
    /// <returns>Those that the broker certainly does not have: to be sent, or given up.</returns>
    public async Task<IReadOnlyList<(Book Book, string ClientOrderId)>> RunAsync()
    {
        foreach (var book in context.Set.Books)
        {
            foreach (var order in book.Orders.ToList())
            {
                try
                {
                    await RepairAsync(book, order);
                }
                catch (Exception failure) when (context.IsOutage(failure))
                {
                    context.Journal.RaiseNoAnswer(TradingKey.Order(order), order.ClientOrderId, BeforeItIsSent, failure.Message);
                }

                await committer.CheckpointAsync(book);
            }
        }

        return _absent;
    }

    private Task RepairAsync(Book book, Order order) =>
        order.Status is OrderStatus.Intended or OrderStatus.Unknown || (order.IsWorking && order.BrokerOrderId is null)
            ? LookUpAsync(book, order)
        : order.Status == OrderStatus.Abandoned ? WatchAbandonedAsync(book, order)
        : Task.CompletedTask;

    private async Task LookUpAsync(Book book, Order order)
    {
        var found = updates.Shown(order.ClientOrderId) ?? await context.Ports.Broker.FindAsync(order.ClientOrderId, context.Cancellation);
        if (found is null)
        {
            await NoteAbsenceAsync(book, order);
        }
        else if (BrokerView.IsOurs(order, found))
        {
            updates.Take(book, order, found);
        }
        else
        {
            Refuse(book, order, found);
        }
    }

    private async Task NoteAbsenceAsync(Book book, Order order)
    {
        // Orders carry the instant at which their cycle began; the attempt was up to the cycle's deadline later.
        var inFlightUntil = (order.LastAttemptAt ?? order.DecidedAt) + context.Options.CycleDeadline + context.Ports.Broker.InFlight;
        if (order.AbsentAt is null)
        {
            book.Set(order with { AbsentAt = context.Now });
            if (
                context.Ports.Broker.InFlight > TimeSpan.Zero
                || await context.Ports.Broker.FindAsync(order.ClientOrderId, context.Cancellation) is not null
            )
            {
                return;
            }
        }
        else if (context.Ports.Broker.InFlight > TimeSpan.Zero && context.Now < inFlightUntil + context.Options.AbsenceGap)
        {
            return;
        }

        _absent.Add((book, order.ClientOrderId));
    }

    private async Task WatchAbandonedAsync(Book book, Order order)
    {
        var found = updates.Shown(order.ClientOrderId) ?? await context.Ports.Broker.FindAsync(order.ClientOrderId, context.Cancellation);
        if (found is not null && BrokerView.IsOurs(order, found))
        {
            context.Journal.Raise(
                "ABANDONED_APPEARED",
                TradingKey.Order(order),
                $"{order.ClientOrderId} had been given up and appeared at the broker after all; it is canceled, and what filled is kept."
            );
            updates.Take(book, order with { CancelRequestedAt = context.Now, EndReason = EndReason.None }, found);
        }
        else if (context.Now - order.DecidedAt >= context.Options.AbandonedWatch)
        {
            book.Set(order with { Status = OrderStatus.Canceled, EndReason = EndReason.Abandoned });
        }
    }

    private void Refuse(Book book, Order order, BrokerOrder found)
    {
        context.Journal.Raise(
            "FOREIGN_ORDER",
            TradingKey.Order(order),
            $"The broker has another order under the id {order.ClientOrderId} ({WireNames.Of(found.Terms)}); nothing was sent."
        );
        var refused = order with
        {
            Status = OrderStatus.Rejected,
            EndReason = EndReason.Refused,
            EndedAt = context.Now,
            Note = $"the broker has another order under this id: {WireNames.Of(found.Terms)}",
        };
        book.Set(refused);
        if (book is StrategyBook strategy)
        {
            context.Change(strategy, Lifecycle.Ended(strategy.Strategy, refused));
        }
    }
}
