using AutoTrader.Core.Orders;

namespace AutoTrader.Core.Engine;

/// <summary>Committed orders and cancels on their way to the broker.</summary>
internal sealed class SendQueue(CycleContext context, Committer committer, OrderIntake intake, OrderDispatch dispatch)
{
    private readonly List<(Owner Owner, string ClientOrderId)> _queue = [];
    private readonly HashSet<string> _cancelsAsked = new(StringComparer.Ordinal);

    /// <summary>Queues an order: it is sent once it is committed.</summary>
    public void Add(Owner owner, Order order) => _queue.Add((owner, order.ClientOrderId));

    /// <summary>Sends what was queued and is committed, exits first.</summary>
    public async Task SendAsync()
    {
        var batch = _queue.Select(item => (item.Owner, Order: item.Owner.Find(item.ClientOrderId))).ToList();
        _queue.Clear();
        foreach (var (owner, order) in batch.Where(item => item.Order is { IsWorking: true, IsCancelWanted: false }).OrderBy(item => item.Order!.Role is OrderRole.Exit or OrderRole.Cover ? 0 : 1))
        {
            if (!owner.IsStale && owner.IsCommitted(order!))
            {
                await SendAsync(owner, order!);
                await committer.CommitIfLargeAsync(owner);
            }
        }
    }

    // A kill switch set since the commit abandons what was not sent: it is looked at before every single buy.
    private async Task SendAsync(Owner owner, Order order)
    {
        if (order.Terms.Side == OrderSide.Buy && order.Role != OrderRole.Cover)
        {
            await committer.ReloadAccountAsync();
            if (context.Set.Account.KillSwitch is { } kill)
            {
                dispatch.Abandon(owner, order, "the kill switch was set: " + kill.Reason);
                return;
            }
        }

        await dispatch.SendAsync(owner, order);
    }

    /// <summary>Asks the broker for every cancel that is wanted, once a cycle.</summary>
    public async Task CancelAsync()
    {
        var wanted = context.Set.Owners.Where(owner => !owner.IsStale)
            .SelectMany(owner => owner.Orders.Where(order => order.IsCancelWanted).Select(order => (Owner: owner, Order: order))).ToList();
        foreach (var (owner, order) in wanted)
        {
            if (_cancelsAsked.Add(order.ClientOrderId))
            {
                context.Tell(EngineEventKind.CancelRequested, owner.Id, owner.Symbol, $"{owner.Id} cancel: {Words.Of(order.Terms)} ({order.Note})", OrderStatus.PendingCancel);
                await dispatch.CancelAsync(owner, order);
                await committer.CommitIfLargeAsync(owner);
            }
        }
    }

    /// <summary>Commits entries with the account row, sends them, and watches market orders until they fill.</summary>
    public async Task CommitAndSendEntriesAsync(IReadOnlyList<(Owner Owner, Order Order)> entries)
    {
        await committer.CommitEntriesAsync([.. entries.Select(item => item.Owner).Distinct()]);
        var watched = new List<(Owner Owner, string ClientOrderId)>();
        foreach (var (owner, order) in entries)
        {
            if (owner.Find(order.ClientOrderId) is not { } current || !owner.IsCommitted(current) || owner.IsStale)
            {
                continue;
            }

            await SendAsync(owner, current);
            if (order.Terms.Type == OrderType.Market && owner is StrategyOwner)
            {
                watched.Add((owner, order.ClientOrderId));
            }
        }

        await WatchAsync(watched);
        await committer.CommitAsync(entries.Select(item => item.Owner).Distinct().Where(owner => owner is { IsDirty: true, IsStale: false }));
    }

    // What filled is protected in the cycle that bought it.
    private async Task WatchAsync(List<(Owner Owner, string ClientOrderId)> entries)
    {
        var left = context.Options.EntryWatch;
        foreach (var (owner, clientOrderId) in entries)
        {
            if (owner.Find(clientOrderId) is not { IsWorking: true, BrokerOrderId: { } id } || left <= TimeSpan.Zero)
            {
                continue;
            }

            var before = TimeProvider.System.GetTimestamp();
            try
            {
                if (await context.Ports.Broker.WatchAsync(id, left, context.Cancellation) is { } shown && owner.Find(clientOrderId) is { } order)
                {
                    await intake.ApplyAsync(owner, order, shown);
                }
            }
            catch (Exception failure) when (context.IsOutage(failure))
            {
                context.Raise("NO_ANSWER", clientOrderId, $"The broker did not answer about {clientOrderId}: {failure.Message}.");
            }

            left -= TimeProvider.System.GetElapsedTime(before);
        }
    }
}
