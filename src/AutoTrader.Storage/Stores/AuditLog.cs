using AutoTrader.Core.Ports;
using AutoTrader.Storage.Records;
using AutoTrader.Storage.Tables;

namespace AutoTrader.Storage.Stores;

/// <summary>
/// The audit log in a table. A partition is a day of an account; days and instants are inverted in the keys, so that the log reads
/// newest first over all days in one query.
/// </summary>
public abstract class AuditLog : IAuditLog
{
    private readonly IEntityTable _table;

    private protected AuditLog(IEntityTables tables) => _table = tables.Table(TableNames.Audit);

    /// <inheritdoc/>
    public async Task AppendAsync(string account, AuditEntry entry, CancellationToken cancellationToken) =>
        await _table.WriteAsync(
            new EntityGroup(
                TableNames.DayOf(account, entry.At),
                [EntityWrite.Insert(TableNames.Inverted(entry.At) + "|" + entry.Id, AuditRecord.Mapper.ToEntity(entry))]
            ),
            cancellationToken
        );

    /// <inheritdoc/>
    public async Task<Page<AuditEntry>> ListAsync(string account, int pageSize, string? continuation, CancellationToken cancellationToken)
    {
        var page = await _table.PageAsync(
            new EntityQuery(KeyRange.Prefix(account + "|"), KeyRange.All),
            pageSize,
            continuation,
            cancellationToken
        );
        var entries = new List<AuditEntry>(page.Entities.Count);
        foreach (var entity in page.Entities)
        {
            try
            {
                entries.Add(AuditRecord.Mapper.ToRow(entity).Value);
            }
            catch (FormatException wrong)
            {
                entries.Add(new(default, entity.RowKey, "unknown", "unreadable", entity.RowKey, null, wrong.Message));
            }
        }

        return new(entries, page.Continuation);
    }

    /// <inheritdoc/>
    public Task PruneAsync(string account, DateTimeOffset before, CancellationToken cancellationToken) =>
        _table.DeleteAllAsync(
            new EntityQuery(
                new KeyRange(TableNames.DayOf(account, before), KeyRange.Prefix(account + "|").Before),
                KeyRange.AtOrAfter(TableNames.Inverted(before) + "~")
            ),
            cancellationToken
        );
}
