using AutoTrader.Core.Notifications;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Scheduling;
using AutoTrader.Storage.Lease;
using AutoTrader.Storage.Stores;
using AutoTrader.Storage.Tables;
using AutoTrader.Testing;
using Azure.Core;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;

[assembly: AssemblyFixture(typeof(AzuriteFixture))]

namespace AutoTrader.Storage.Tests.Kit;

/// <summary>One kind of storage, empty at first, with everything that stands on it.</summary>
public abstract class StorageKit
{
    public abstract IEntityTables Tables { get; }

    public abstract ITradingStore Trading { get; }

    public abstract IEngineStore Engine { get; }

    public abstract IAuditLog Audit { get; }

    public abstract IOutbox Outbox { get; }

    public abstract IPaperStore Paper { get; }

    public abstract IScheduleStore Schedules { get; }

    public abstract IEngineLease Lease { get; }

    public FillsProjection Fills => new(Tables);

    /// <summary>Takes the lease away from whoever holds it.</summary>
    public abstract Task BreakLeaseAsync(string account);
}

public sealed class MemoryKit : StorageKit
{
    private readonly MemoryTables _tables = new();
    private readonly MemoryEngineLease _lease = new();

    public MemoryKit() =>
        (Trading, Engine, Audit, Outbox, Paper, Schedules) = (
            new MemoryTradingStore(_tables),
            new MemoryEngineStore(_tables),
            new MemoryAuditLog(_tables),
            new MemoryOutbox(_tables),
            new MemoryPaperStore(_tables),
            new MemoryScheduleStore(_tables)
        );

    public override IEntityTables Tables => _tables;

    public override ITradingStore Trading { get; }

    public override IEngineStore Engine { get; }

    public override IAuditLog Audit { get; }

    public override IOutbox Outbox { get; }

    public override IPaperStore Paper { get; }

    public override IScheduleStore Schedules { get; }

    public override IEngineLease Lease => _lease;

    public override Task BreakLeaseAsync(string account)
    {
        _lease.Break(account);
        return Task.CompletedTask;
    }
}

public sealed class AzuriteKit : StorageKit
{
    private readonly string _prefix;
    private readonly BlobEngineLease _lease;

    public AzuriteKit(AzuriteFixture azurite, Action<ClientOptions>? configure = null, TimeProvider? clock = null, string? prefix = null)
    {
        _prefix = prefix ?? "t" + Guid.NewGuid().ToString("N")[..12];
        var account = new StorageAccount(azurite.ConnectionString, null, null, null);
        var tables = new AzureTables(account.Tables(Transactions, configure), _prefix);
        Tables = tables;
        (Trading, Engine, Audit, Outbox, Paper, Schedules) = (
            new TableTradingStore(tables),
            new TableEngineStore(tables),
            new TableAuditLog(tables),
            new TableOutbox(tables),
            new TablePaperStore(tables),
            new TableScheduleStore(tables)
        );
        _lease = new(account.Blobs(Transactions, configure), _prefix, clock);
    }

    public StorageTransactions Transactions { get; } = new();

    public string Prefix => _prefix;

    public override IEntityTables Tables { get; }

    public override ITradingStore Trading { get; }

    public override IEngineStore Engine { get; }

    public override IAuditLog Audit { get; }

    public override IOutbox Outbox { get; }

    public override IPaperStore Paper { get; }

    public override IScheduleStore Schedules { get; }

    public override IEngineLease Lease => _lease;

    public override async Task BreakLeaseAsync(string account) =>
        await _lease.BlobOf(account).GetBlobLeaseClient().BreakAsync(TimeSpan.Zero, new BlobRequestConditions());
}
