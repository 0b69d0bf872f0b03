using AutoTrader.Core.Engine.Observe;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;

namespace AutoTrader.Core.Engine.Execute;

/// <summary>Committed orders and cancels on their way to the broker.</summary>
internal sealed class SendQueue(CycleContext context, Committer committer, OrderUpdates updates, OrderDispatch dispatch)
{
    private readonly List<(Book Book, string ClientOrderId)> _queue = [];
    private readonly List<(Book Book, string ClientOrderId)> _amendments = [];
    private readonly HashSet<string> _cancelsAsked = new(StringComparer.Ordinal);

    /// <summary>Queues an order: it is sent once it is committed.</summary>
    public void Add(Book book, Order order) => _queue.Add((book, order.ClientOrderId));

    /// <summary>Queues a move of an OCO: it is asked for once its new prices are committed.</summary>
    public void Amend(Book book, Order order) => _amendments.Add((book, order.ClientOrderId));

    /// <summary>Gives up an order that is certainly not at the broker.</summary>
    public void Abandon(Book book, Order order, string reason) => dispatch.Abandon(book, order, reason);

    /// <summary>Sends what was queued and is committed, exits first.</summary>
    public async Task SendAsync()
    {
        var batch = _queue.Select(item => (item.Book, Order: item.Book.Find(item.ClientOrderId))).ToList();
        _queue.Clear();
        foreach (
            var (book, order) in batch
                .Where(item => item.Order is { IsWorking: true, IsCancelWanted: false })
                .OrderBy(item => item.Order!.Role is OrderRole.Exit or OrderRole.Cover ? 0 : 1)
        )
        {
            if (!book.IsStale && book.IsCommitted(order!))
            {
                await SendAsync(book, order!);
                await committer.CheckpointAsync(book);
            }
        }

        await AmendAsync();
    }

    private async Task AmendAsync()
    {
        var batch = _amendments.ToList();
        _amendments.Clear();
        foreach (var (book, id) in batch)
        {
            if (!book.IsStale && book.Find(id) is { IsWorking: true, IsCancelWanted: false, Amendment: not null } order)
            {
                await dispatch.AmendAsync((StrategyBook)book, order);
                await committer.CheckpointAsync(book);
            }
        }
    }

    // A kill switch set since the commit abandons what was not sent: it is looked at before every single buy.
    private async Task SendAsync(Book book, Order order)
    {
        if (order.Terms.Side == OrderSide.Buy && order.Role != OrderRole.Cover)
        {
            await committer.ReloadAccountAsync();
            if (context.Set.Account.KillSwitch is { } kill)
            {
                dispatch.Abandon(book, order, "the kill switch was set: " + kill.Reason);
                return;
            }
        }

        await dispatch.SendAsync(book, order);
    }

    /// <summary>Asks the broker for every cancel that is wanted, once a cycle.</summary>
    public async Task CancelAsync()
    {
        var wanted = context
            .Set.Books.Where(book => !book.IsStale)
            .SelectMany(book => book.Orders.Where(order => order.IsCancelWanted).Select(order => (Book: book, Order: order)))
            .ToList();
        foreach (var (book, order) in wanted)
        {
            if (_cancelsAsked.Add(order.ClientOrderId))
            {
                context.Journal.Publish(
                    EngineEventKind.CancelRequested,
                    book.Id,
                    book.Symbol,
                    $"{book.Id} cancel: {WireNames.Of(order.Terms)} ({order.Note})",
                    OrderStatus.PendingCancel
                );
                await dispatch.CancelAsync(book, order);
                await committer.CheckpointAsync(book);
            }
        }
    }

    /// <summary>Commits entries with the account row, sends them, and watches market orders until they fill.</summary>
    public async Task CommitAndSendEntriesAsync(IReadOnlyList<(Book Book, Order Order)> entries)
    {
        await committer.CommitEntriesAsync([.. entries.Select(item => item.Book).Distinct()]);
        var watched = new List<(Book Book, string ClientOrderId)>();
        foreach (var (book, order) in entries)
        {
            if (book.Find(order.ClientOrderId) is not { } current || !book.IsCommitted(current) || book.IsStale)
            {
                continue;
            }

            await SendAsync(book, current);
            if (order.Terms.Type == OrderType.Market && book is StrategyBook)
            {
                watched.Add((book, order.ClientOrderId));
            }
        }

        await WatchAsync(watched);
        await committer.CommitAsync(entries.Select(item => item.Book).Distinct().Where(book => book is { IsDirty: true, IsStale: false }));
    }

    // What filled is protected in the cycle that bought it.
    private async Task WatchAsync(List<(Book Book, string ClientOrderId)> entries)
    {
        var left = context.Options.EntryWatch;
        foreach (var (book, clientOrderId) in entries)
        {
            if (book.Find(clientOrderId) is not { IsWorking: true, BrokerOrderId: { } id } || left <= TimeSpan.Zero)
            {
                continue;
            }

            var before = TimeProvider.System.GetTimestamp();
            try
            {
                if (
                    await context.Ports.Broker.WatchAsync(id, left, context.Cancellation) is { } shown
                    && book.Find(clientOrderId) is { } order
                )
                {
                    await updates.ApplyAsync(book, order, shown);
                }
            }
            catch (Exception failure) when (context.IsOutage(failure))
            {
                context.Journal.RaiseNoAnswer(clientOrderId, clientOrderId, "The next cycle looks it up.", failure.Message);
            }

            left -= TimeProvider.System.GetElapsedTime(before);
        }
    }
}
