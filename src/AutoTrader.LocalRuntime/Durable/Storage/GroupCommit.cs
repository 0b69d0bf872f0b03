using System.Threading.Channels;

namespace AutoTrader.LocalRuntime.Durable.Storage;

/// <summary>
/// Sends the changes of many instances in as few groups as they fit in: while a group is under way the next one collects. The changes given together stay together.
/// </summary>
internal sealed class GroupCommit : IAsyncDisposable
{
    private readonly IDurableStore _store;
    private readonly Channel<Pending> _queue = Channel.CreateUnbounded<Pending>();
    private readonly Task _senders;

    public GroupCommit(IDurableStore store)
    {
        _store = store;
        _senders = Task.WhenAll(Task.Run(SendAsync), Task.Run(SendAsync));
    }

    /// <inheritdoc cref="IDurableStore.CommitAsync"/>
    public Task<IReadOnlyList<string>> CommitAsync(IReadOnlyList<RowChange> changes)
    {
        var pending = new Pending(changes);
        return _queue.Writer.TryWrite(pending) ? pending.Done.Task : Task.FromException<IReadOnlyList<string>>(new OperationCanceledException("The host has stopped."));
    }

    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _senders;
    }

    private async Task SendAsync()
    {
        Pending? over = null;
        while (over is not null || await _queue.Reader.WaitToReadAsync())
        {
            List<Pending> group = over is null ? [] : [over];
            over = null;
            var (rows, length) = (group.Sum(one => one.Changes.Count), group.Sum(one => one.Length));
            while (_queue.Reader.TryRead(out var next))
            {
                if (group.Count > 0 && (rows + next.Changes.Count > IDurableStore.GroupRows || length + next.Length > IDurableStore.GroupLength))
                {
                    over = next;
                    break;
                }

                group.Add(next);
                rows += next.Changes.Count;
                length += next.Length;
            }

            if (group.Count > 0)
                await SendAsync(group);
        }
    }

    private async Task SendAsync(List<Pending> group)
    {
        if (await TrySendAsync(group))
            return;
        // One of them did not fit; the others are not to suffer.
        var half = group.Count / 2;
        await SendAsync(group[..half]);
        await SendAsync(group[half..]);
    }

    private async Task<bool> TrySendAsync(List<Pending> group)
    {
        try
        {
            var tags = await _store.CommitAsync([.. group.SelectMany(one => one.Changes)], CancellationToken.None);
            var next = 0;
            foreach (var one in group)
            {
                one.Done.SetResult([.. tags.Skip(next).Take(one.Changes.Count)]);
                next += one.Changes.Count;
            }

            return true;
        }
        catch (Exception failure)
        {
            // A group that may have reached the store must not be sent again in parts: the parts would meet themselves.
            if (group.Count > 1 && failure is StoreConflictException or InvalidOperationException)
                return false;
            foreach (var one in group)
                one.Done.SetException(failure);
            return true;
        }
    }

    private sealed record Pending(IReadOnlyList<RowChange> Changes)
    {
        public int Length { get; } = Changes.Sum(change => change.Text.Length);

        public TaskCompletionSource<IReadOnlyList<string>> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
