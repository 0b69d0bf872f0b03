using AutoTrader.Core.Ports;
using AutoTrader.Storage.Records;
using AutoTrader.Storage.Tables;
using Azure.Data.Tables;

namespace AutoTrader.Storage.Stores;

/// <summary>The paper broker's rows in a table: one account is one partition.</summary>
public abstract class PaperStore : IPaperStore
{
    private const string Content = "content";
    private readonly IEntityTable _table;

    private protected PaperStore(IEntityTables tables) => _table = tables.Table(TableNames.Paper);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<PaperRow>> LoadAsync(string account, string fromKey, string? toKey, CancellationToken cancellationToken)
    {
        var entities = await _table.AllAsync(EntityQuery.Of(account, new KeyRange(fromKey, toKey)), cancellationToken);
        return [.. entities.Select(entity => new PaperRow(entity.RowKey, ContentOf(entity), entity.ETag.ToString()))];
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string?>?> CommitAsync(
        string account,
        IReadOnlyList<PaperWrite> group,
        CancellationToken cancellationToken
    ) => (await _table.WriteAsync(new EntityGroup(account, [.. group.Select(ToEntityWrite)]), cancellationToken)).ETags;

    // Who needs the row says that it is no content: one row must not hide the others.
    private static string ContentOf(TableEntity entity)
    {
        try
        {
            return new ColumnReader(entity, null).OptionalText(Content) ?? string.Empty;
        }
        catch (FormatException)
        {
            return string.Empty;
        }
    }

    private static EntityWrite ToEntityWrite(PaperWrite write) =>
        write switch
        {
            { Json: { } json, ExpectedETag: null } => EntityWrite.Insert(write.RowKey, Columns(json)),
            { Json: { } json, ExpectedETag: { } etag } => EntityWrite.Replace(write.RowKey, Columns(json), etag),
            { ExpectedETag: { } etag } => EntityWrite.Delete(write.RowKey, etag),
            _ => throw new ArgumentException($"Row '{write.RowKey}' is to be deleted without a version.", nameof(write)),
        };

    private static TableEntity Columns(string json)
    {
        var entity = new TableEntity();
        new ColumnWriter(entity).Text(Content, json);
        return entity;
    }
}
