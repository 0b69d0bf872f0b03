using AutoTrader.Core.Ports;
using AutoTrader.Storage.Tables;
using Azure.Data.Tables;

namespace AutoTrader.Functions.Tests;

/// <summary>Storage that goes away after so many writes.</summary>
internal sealed class WriteFaults
{
    /// <summary>Writes until then; negative for never.</summary>
    public int Left { get; set; } = -1;

    public IEntityTable Before(IEntityTable table) => new FaultyTable(table, this);

    private sealed class FaultyTable(IEntityTable table, WriteFaults faults) : IEntityTable
    {
        public Task<EntityPage> PageAsync(EntityQuery query, int pageSize, string? continuation, CancellationToken cancellationToken) =>
            table.PageAsync(query, pageSize, continuation, cancellationToken);

        public Task<TableEntity?> ReadAsync(string partitionKey, string rowKey, CancellationToken cancellationToken) =>
            table.ReadAsync(partitionKey, rowKey, cancellationToken);

        public Task<GroupResult> WriteAsync(EntityGroup group, CancellationToken cancellationToken)
        {
            if (faults.Left == 0)
            {
                throw new StorageUnavailableException("The storage is away, by the test.");
            }

            faults.Left--;
            return table.WriteAsync(group, cancellationToken);
        }
    }
}
