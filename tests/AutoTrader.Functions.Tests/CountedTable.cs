using AutoTrader.Storage.Tables;
using Azure.Data.Tables;

namespace AutoTrader.Functions.Tests;

/// <summary>A table that tells when it is asked.</summary>
internal sealed class CountedTable(IEntityTable table, Action asked) : IEntityTable
{
    public Task<EntityPage> PageAsync(EntityQuery query, int pageSize, string? continuation, CancellationToken cancellationToken)
    {
        asked();
        return table.PageAsync(query, pageSize, continuation, cancellationToken);
    }

    public Task<TableEntity?> ReadAsync(string partitionKey, string rowKey, CancellationToken cancellationToken)
    {
        asked();
        return table.ReadAsync(partitionKey, rowKey, cancellationToken);
    }

    public Task<GroupResult> WriteAsync(EntityGroup group, CancellationToken cancellationToken)
    {
        asked();
        return table.WriteAsync(group, cancellationToken);
    }
}
