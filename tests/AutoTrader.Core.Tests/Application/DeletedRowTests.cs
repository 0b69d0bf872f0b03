using AutoTrader.Core.Application;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Tests.Engine;
using AutoTrader.Storage.Stores;
using AutoTrader.Storage.Tables;
using AutoTrader.Testing;
using Azure.Data.Tables;

namespace AutoTrader.Core.Tests.Application;

/// <summary>Rows that cannot be read and are deleted: who had that done is never lost.</summary>
public sealed class DeletedRowTests
{
    private static CancellationToken None => CancellationToken.None;

    [Theory]
    [InlineData("Trading", "strategy|s1")]
    [InlineData("Trading", "fill|x1")]
    [InlineData("Engine", "heartbeat")]
    public async Task A_row_is_not_deleted_without_its_audit_entry_wherever_the_process_dies(string table, string rowKey)
    {
        int? calls = null;
        for (var at = 1; calls is null || at <= calls; at++)
        {
            var tables = new MemoryTables();
            var harness = new EngineHarness();
            var account = harness.Broker.AccountKey;
            await tables.Table(table).WriteAsync(new(account, [EntityWrite.Insert(rowKey, new TableEntity { ["arm"] = 5, ["quotes"] = "{" })]), None);
            var crash = new CrashPoint { DieAt = calls is null ? null : at };
            try
            {
                (await Service(harness, tables, crash).DeleteUnreadableAsync(rowKey, "somebody", None)).ShouldBeTrue();
            }
            catch (ProcessDiedException) { }

            calls ??= crash.Calls;
            var isGone = await tables.Table(table).ReadAsync(account, rowKey, None) is null;
            var entries = await EntriesAsync(tables, account);
            entries.ShouldAllBe(entry => entry.Target == rowKey && entry.Caller == "somebody");
            (entries.Count > 0 || !isGone).ShouldBeTrue($"killed at step {at}");
        }

        calls.ShouldNotBeNull().ShouldBeGreaterThan(4);
    }

    private static EngineService Service(EngineHarness harness, MemoryTables tables, CrashPoint crash)
    {
        var store = new GatedTradingStore(new MemoryTradingStore(tables), crash);
        var engine = harness.Engine();
        return new(
            store,
            new GatedEngineStore(new MemoryEngineStore(tables), crash),
            harness.Lease,
            harness.Broker,
            engine,
            new(store, harness.Broker, engine, new()),
            new(new GatedAuditLog(new MemoryAuditLog(tables), crash), harness.Broker, harness.Clock),
            harness.Options,
            harness.Clock
        );
    }

    private static async Task<IReadOnlyList<AuditEntry>> EntriesAsync(MemoryTables tables, string account) =>
        (await new MemoryAuditLog(tables).ListAsync(account, 10, null, None)).Items;
}
