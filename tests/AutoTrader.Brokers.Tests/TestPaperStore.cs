using System.Globalization;
using AutoTrader.Core.Ports;

namespace AutoTrader.Brokers.Tests;

/// <summary>A store in memory with the limits of an entity group, that can lose the process before or after any commit.</summary>
internal sealed class TestPaperStore : IPaperStore
{
    private readonly SortedDictionary<string, PaperRow> _rows = new(StringComparer.Ordinal);
    private int _version;

    /// <summary>Commits so far.</summary>
    public int Commits { get; private set; }

    /// <summary>Calls of either kind so far.</summary>
    public int Calls { get; private set; }

    /// <summary>The number of the call, counted from zero, at which the process dies; null for never.</summary>
    public int? DiesAt { get; set; }

    /// <summary>Whether it dies after the call took effect.</summary>
    public bool DiesAfter { get; set; }

    /// <summary>Runs once before the next commit: what another process does in between.</summary>
    public Action? Meanwhile { get; set; }

    public IReadOnlyCollection<string> Keys => [.. _rows.Keys];

    public Task<IReadOnlyList<PaperRow>> LoadAsync(string account, string fromKey, string? toKey, CancellationToken cancellationToken)
    {
        Die(after: false);
        IReadOnlyList<PaperRow> rows =
        [
            .. _rows.Values.Where(row =>
                string.CompareOrdinal(row.RowKey, fromKey) >= 0 && (toKey is null || string.CompareOrdinal(row.RowKey, toKey) < 0)
            ),
        ];
        Die(after: true);
        return Task.FromResult(rows);
    }

    public Task<IReadOnlyList<string?>?> CommitAsync(string account, IReadOnlyList<PaperWrite> group, CancellationToken cancellationToken)
    {
        (Meanwhile, var meanwhile) = (null, Meanwhile);
        meanwhile?.Invoke();
        Die(after: false);
        group.Count.ShouldBeInRange(1, 100);
        group.Select(write => write.RowKey).Distinct(StringComparer.Ordinal).Count().ShouldBe(group.Count);
        group.ShouldContain(write => write.RowKey == "account");
        var versions = Apply(group);
        Die(after: true);
        return Task.FromResult<IReadOnlyList<string?>?>(versions);
    }

    private List<string?>? Apply(IReadOnlyList<PaperWrite> group)
    {
        if (group.Any(write => _rows.GetValueOrDefault(write.RowKey)?.ETag != write.ExpectedETag))
        {
            return null;
        }

        Commits++;
        var versions = new List<string?>();
        foreach (var write in group)
        {
            if (write.Json is null)
            {
                _rows.Remove(write.RowKey);
                versions.Add(null);
                continue;
            }

            write.Json.Length.ShouldBeLessThan(32_768);
            var etag = (++_version).ToString(CultureInfo.InvariantCulture);
            _rows[write.RowKey] = new(write.RowKey, write.Json, etag);
            versions.Add(etag);
        }

        return versions;
    }

    private void Die(bool after)
    {
        var call = after ? Calls - 1 : Calls++;
        if (DiesAt == call && DiesAfter == after)
        {
            DiesAt = null;
            throw new ProcessDiedException();
        }
    }
}

/// <summary>The process is gone: whoever catches this must start another.</summary>
internal sealed class ProcessDiedException() : Exception("the process died");
