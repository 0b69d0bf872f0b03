using System.Globalization;
using AutoTrader.LocalRuntime.Time;

namespace AutoTrader.LocalRuntime.Durable.Storage;

/// <summary>Orchestrations in memory: for tests, where one store given to two hosts in turn stands for a restart.</summary>
internal sealed class MemoryDurableStore : IDurableStore
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, StoredRow> _rows = new(StringComparer.Ordinal);
    private readonly HashSet<string> _open = new(StringComparer.Ordinal);
    private readonly HashSet<string> _bell = new(StringComparer.Ordinal);
    private readonly WakeSignal _rung = new();
    private long _version;

    public Task PrepareAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<StoredRow?> ReadAsync(string key, CancellationToken cancellationToken) => DoAsync(() => _rows.GetValueOrDefault(key));

    public Task<IReadOnlyList<StoredRow>> ReadRangeAsync(string from, string to, CancellationToken cancellationToken, bool onlyOpen = false) => DoAsync<IReadOnlyList<StoredRow>>(
        () => [.. _rows.Values.Where(row => string.CompareOrdinal(row.Key, from) >= 0 && string.CompareOrdinal(row.Key, to) < 0 && (!onlyOpen || _open.Contains(row.Key)))]);

    public Task<IReadOnlyList<string>> CommitAsync(IReadOnlyList<RowChange> changes, CancellationToken cancellationToken) => DoAsync<IReadOnlyList<string>>(() =>
    {
        // The limits of a table, so that a group that is too large shows in every test.
        if (changes.Count > 100 || changes.Sum(change => (long)change.Text.Length) > 4 << 20 || changes.Any(change => change.Text.Length > StoredRow.MaximumLength))
            throw new InvalidOperationException($"A group of {changes.Count} changes is too large.");
        if (changes.DistinctBy(change => change.Key, StringComparer.Ordinal).Count() != changes.Count)
            throw new InvalidOperationException("A row is twice in a group.");
        foreach (var change in changes)
        {
            var found = _rows.GetValueOrDefault(change.Key);
            var fits = change.Kind switch
            {
                ChangeKind.Insert => found is null,
                ChangeKind.Replace => found is not null && found.ETag == change.ETag,
                ChangeKind.Delete => found is not null,
                _ => true,
            };
            if (!fits)
                throw new StoreConflictException($"{change.Kind} of {change.Key} does not fit.");
        }

        var version = (++_version).ToString(CultureInfo.InvariantCulture);
        foreach (var change in changes)
        {
            if (change.IsOpen)
                _open.Add(change.Key);
            else
                _open.Remove(change.Key);
            if (change.Kind == ChangeKind.Delete)
                _rows.Remove(change.Key);
            else
                _rows[change.Key] = new StoredRow(change.Key, change.Text, version);
        }

        return [.. changes.Select(_ => version)];
    });

    public Task RingAsync(string messageKey, CancellationToken cancellationToken) => DoAsync(() =>
    {
        _rung.Set();
        return _bell.Add(messageKey);
    });

    public Task WaitForBellAsync(TimeSpan atMost, CancellationToken cancellationToken) => _rung.WaitAsync(atMost, cancellationToken);

    public Task<IReadOnlyList<string>> ReadBellAsync(CancellationToken cancellationToken) => DoAsync<IReadOnlyList<string>>(() => [.. _bell]);

    public Task ClearBellAsync(IReadOnlyList<string> messageKeys, CancellationToken cancellationToken) => DoAsync(() =>
    {
        _bell.ExceptWith(messageKeys);
        return true;
    });

    private Task<T> DoAsync<T>(Func<T> call)
    {
        try
        {
            lock (_gate)
                return Task.FromResult(call());
        }
        catch (Exception failure)
        {
            return Task.FromException<T>(failure);
        }
    }
}
