using AutoTrader.Core.Ports;
using AutoTrader.Storage.Tables;
using Azure.Data.Tables;

namespace AutoTrader.Storage.Stores;

/// <summary>The heartbeats of recurring work, one row each, next to the engine's.</summary>
/// <param name="tables">The storage account, or memory.</param>
public sealed class HeartbeatStore(IEntityTables tables) : IHeartbeatStore
{
    /// <summary>The key prefix of heartbeats.</summary>
    internal const string Prefix = "beat|";

    private const string At = "at";

    private readonly IEntityTable _table = tables.Table(TableNames.Engine);

    /// <inheritdoc/>
    public Task BeatAsync(string account, string work, DateTimeOffset at, CancellationToken cancellationToken) =>
        _table.WriteAsync(new EntityGroup(account, [EntityWrite.Upsert(Prefix + work, new TableEntity { [At] = at })]), cancellationToken);

    /// <inheritdoc/>
    public async Task<IReadOnlyDictionary<string, DateTimeOffset>> ListAsync(string account, CancellationToken cancellationToken)
    {
        var rows = await _table.AllAsync(EntityQuery.Of(account, KeyRange.Prefix(Prefix)), cancellationToken);

        // A row that cannot be read counts as silence; the next beat replaces it.
        return rows.Where(row => row.TryGetValue(At, out var at) && at is DateTimeOffset)
            .ToDictionary(row => row.RowKey[Prefix.Length..], row => (DateTimeOffset)row[At], StringComparer.Ordinal);
    }
}
