using System.Globalization;
using AutoTrader.Core.Ports;

namespace AutoTrader.Backtesting.Replay;

/// <summary>The rows of the paper broker's account, in memory. What ended long ago is not asked for again, and goes. One backtest uses it,
/// one call at a time.</summary>
internal sealed class ReplayAccount : IPaperStore
{
    // Orders and executions of days, also of a strategy that trades every minute.
    private const int PastKept = 5_000;

    // What the broker loads, and keeps up to date.
    private const string Living = "account";

    private readonly Queue<string> _past = new();
    private readonly SortedSet<string> _keys = new(StringComparer.Ordinal);
    private readonly Dictionary<string, PaperRow> _rows = new(StringComparer.Ordinal);
    private long _version;

    /// <inheritdoc/>
    public Task<IReadOnlyList<PaperRow>> LoadAsync(string account, string fromKey, string? toKey, CancellationToken cancellationToken)
    {
        var rows = new List<PaperRow>();
        if (_keys.Max is { } last && StringComparer.Ordinal.Compare(fromKey, last) <= 0)
        {
            var to = toKey is null || StringComparer.Ordinal.Compare(toKey, last) > 0 ? last : toKey;
            if (StringComparer.Ordinal.Compare(fromKey, to) <= 0)
            {
                rows.AddRange(_keys.GetViewBetween(fromKey, to).Where(key => key != toKey).Select(key => _rows[key]));
            }
        }

        return Task.FromResult<IReadOnlyList<PaperRow>>(rows);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<string?>?> CommitAsync(string account, IReadOnlyList<PaperWrite> group, CancellationToken cancellationToken)
    {
        if (group.Any(write => _rows.GetValueOrDefault(write.RowKey)?.ETag != write.ExpectedETag))
        {
            return Task.FromResult<IReadOnlyList<string?>?>(null);
        }

        var versions = new string?[group.Count];
        for (var i = 0; i < group.Count; i++)
        {
            var (key, json) = (group[i].RowKey, group[i].Json);
            if (json is null)
            {
                _keys.Remove(key);
                _rows.Remove(key);
                continue;
            }

            versions[i] = (++_version).ToString(CultureInfo.InvariantCulture);
            if (_keys.Add(key) && !key.StartsWith(Living, StringComparison.Ordinal))
            {
                _past.Enqueue(key);
            }

            _rows[key] = new(key, json, versions[i]!);
        }

        for (; _past.Count > PastKept; _past.Dequeue())
        {
            _keys.Remove(_past.Peek());
            _rows.Remove(_past.Peek());
        }

        return Task.FromResult<IReadOnlyList<string?>?>(versions);
    }
}
