using AutoTrader.Core.Ports;

namespace AutoTrader.Core.Engine;

/// <summary>How long records are kept where they are.</summary>
public sealed record RetentionOptions
{
    /// <summary>Days until ended orders and fills move to the archive, where fills still count for the analysis of trades.</summary>
    public int OrderDays { get; init; } = 90;

    /// <summary>Days until audit entries are deleted.</summary>
    public int AuditDays { get; init; } = 365;

    /// <summary>Days until records of cycles are deleted.</summary>
    public int CycleDays { get; init; } = 30;
}

/// <summary>Archives and deletes what is old enough, under the engine lease: no cycle meets a row that is being moved.</summary>
public sealed class Retention(EnginePorts ports, IArchive archive, IAuditLog audit, EngineOptions engine, RetentionOptions options)
{
    /// <summary>Runs once. May end anywhere: the next run does the rest.</summary>
    /// <returns>False when another holds the lease, so that nothing was done.</returns>
    public async Task<bool> RunAsync(CancellationToken cancellationToken)
    {
        var account = ports.Broker.AccountKey;
        await using var lease = await ports.Lease.TryAcquireAsync(account, engine.Holder, cancellationToken);
        if (lease is null)
        {
            return false;
        }

        using var linked = CancellationTokenSource.CreateLinkedTokenSource(lease.Lost, cancellationToken);
        var now = ports.Clock.GetUtcNow();
        var before = now.AddDays(-options.OrderDays);

        // Executions are read again from the first order on that still waits for some: their fills must be found where they were.
        var oldest = (await ports.Trading.LoadAsync(account, linked.Token)).Orders.Select(row => row.Value.DecidedAt).Append(before).Min();
        await archive.ArchiveAsync(account, before, oldest, linked.Token);
        await audit.ProjectAsync(account, linked.Token);
        await audit.PruneAsync(account, now.AddDays(-options.AuditDays), linked.Token);
        await ports.Engine.PruneAsync(account, now.AddDays(-options.CycleDays), linked.Token);
        return true;
    }
}
