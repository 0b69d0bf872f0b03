using AutoTrader.LocalHost.Durable.Storage;

namespace AutoTrader.LocalHost.Tests.Durable;

/// <summary>Tells of each call to a store before and after it takes effect; what is thrown there is the call's failure, as when the process or the line dies at that instant.</summary>
internal sealed class WatchedStore(IDurableStore inner, Action<string, bool> called) : IDurableStore
{
    /// <summary>Told how many rows a range had.</summary>
    public Action<int>? RowsRead { get; init; }

    public Task PrepareAsync(CancellationToken cancellationToken) => inner.PrepareAsync(cancellationToken);

    public Task<StoredRow?> ReadAsync(string key, CancellationToken cancellationToken) => DoAsync("read", () => inner.ReadAsync(key, cancellationToken));

    public Task<IReadOnlyList<StoredRow>> ReadRangeAsync(string from, string to, CancellationToken cancellationToken, bool onlyOpen = false) =>
        DoAsync("range", async () =>
        {
            var rows = await inner.ReadRangeAsync(from, to, cancellationToken, onlyOpen);
            RowsRead?.Invoke(rows.Count);
            return rows;
        });

    public Task<IReadOnlyList<string>> CommitAsync(IReadOnlyList<RowChange> changes, CancellationToken cancellationToken) => DoAsync("commit", () => inner.CommitAsync(changes, cancellationToken));

    public Task RingAsync(string messageKey, CancellationToken cancellationToken) => DoAsync("ring", async () =>
    {
        await inner.RingAsync(messageKey, cancellationToken);
        return true;
    });

    public Task WaitForBellAsync(TimeSpan atMost, CancellationToken cancellationToken) => inner.WaitForBellAsync(atMost, cancellationToken);

    public Task<IReadOnlyList<string>> ReadBellAsync(CancellationToken cancellationToken) => DoAsync("poll", () => inner.ReadBellAsync(cancellationToken));

    public Task ClearBellAsync(IReadOnlyList<string> messageKeys, CancellationToken cancellationToken) => DoAsync("clear", async () =>
    {
        await inner.ClearBellAsync(messageKeys, cancellationToken);
        return true;
    });

    private async Task<T> DoAsync<T>(string name, Func<Task<T>> call)
    {
        called(name, false);
        var result = await call();
        called(name, true);
        return result;
    }
}
