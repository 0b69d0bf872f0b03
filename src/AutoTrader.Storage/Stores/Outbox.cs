using AutoTrader.Core.Notifications;
using AutoTrader.Core.Ports;
using AutoTrader.Storage.Records;
using AutoTrader.Storage.Tables;

namespace AutoTrader.Storage.Stores;

/// <summary>The outbox in a table. A partition is a day of an account; days and instants are inverted, so that the latest notifications
/// come first.</summary>
public abstract class Outbox : IOutbox
{
    private readonly IEntityTable _table;

    private protected Outbox(IEntityTables tables) => _table = tables.Table(TableNames.Outbox);

    /// <inheritdoc/>
    public async Task<Row<OutboxEntry>?> FindAsync(string account, Notification notification, CancellationToken cancellationToken)
    {
        var entity = await _table.ReadAsync(TableNames.DayOf(account, notification.At), KeyOf(notification), cancellationToken);
        return entity is null ? null : OutboxRecord.Mapper.ToRow(entity);
    }

    /// <inheritdoc/>
    public async Task<RowVersion?> SaveAsync(string account, OutboxEntry entry, RowVersion? expected, CancellationToken cancellationToken)
    {
        var (key, columns) = (KeyOf(entry.Notification), OutboxRecord.Mapper.ToEntity(entry, expected?.Unknown));
        var write = expected is null ? EntityWrite.Insert(key, columns) : EntityWrite.Replace(key, columns, expected.ETag);
        var result = await _table.WriteAsync(new EntityGroup(TableNames.DayOf(account, entry.Notification.At), [write]), cancellationToken);
        return result.ETags is [{ } etag] ? new(etag, expected?.Unknown) : null;
    }

    /// <inheritdoc/>
    public async Task<Page<OutboxEntry>> ListAsync(string account, int pageSize, string? continuation, CancellationToken cancellationToken)
    {
        var page = await _table.PageAsync(
            new EntityQuery(KeyRange.Prefix(account + "|"), KeyRange.All),
            pageSize,
            continuation,
            cancellationToken
        );
        var entries = new List<OutboxEntry>(page.Entities.Count);
        var unreadable = new List<UnreadableRow>();
        foreach (var entity in page.Entities)
        {
            try
            {
                entries.Add(OutboxRecord.Mapper.ToRow(entity).Value);
            }
            catch (FormatException wrong)
            {
                unreadable.Add(new(entity.RowKey, wrong.Message));
            }
        }

        return new(entries, page.Continuation) { Unreadable = unreadable };
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

    private static string KeyOf(Notification notification) =>
        TableNames.Inverted(notification.At) + "|" + NotificationKey.Of(notification)[TradingKey.NotificationPrefix.Length..];
}
