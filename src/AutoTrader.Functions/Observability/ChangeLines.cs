using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Scheduling;
using Microsoft.Extensions.Logging;

namespace AutoTrader.Functions.Observability;

/// <summary>A line in the log for every change that is committed, so that the portal shows who did what.</summary>
internal sealed partial class ChangeLines(ILogger<ChangeLines> log)
{
    public void Write(IEnumerable<object?> records)
    {
        foreach (var entry in records.OfType<AuditEntry>())
        {
            // Without an error the line omits it; the logger would print (null).
            LogChange(log, entry.Action, entry.Target ?? "", entry.Caller, entry.Error ?? "");
        }
    }

    [LoggerMessage(1201, LogLevel.Information, "{Action} {Target} by {Caller} {Error}")]
    private static partial void LogChange(ILogger logger, string action, string target, string caller, string error);
}

/// <summary>The audit, with a line for every entry.</summary>
internal sealed class ObservedAuditLog(IAuditLog inner, ChangeLines lines) : IAuditLog
{
    public async Task AppendAsync(string account, AuditEntry entry, CancellationToken cancellationToken)
    {
        await inner.AppendAsync(account, entry, cancellationToken);
        lines.Write([entry]);
    }

    public Task<Page<AuditEntry>> ListAsync(string account, int pageSize, string? continuation, CancellationToken cancellationToken) =>
        inner.ListAsync(account, pageSize, continuation, cancellationToken);

    public Task ProjectAsync(string account, CancellationToken cancellationToken) => inner.ProjectAsync(account, cancellationToken);

    public Task PruneAsync(string account, DateTimeOffset before, CancellationToken cancellationToken) =>
        inner.PruneAsync(account, before, cancellationToken);
}

/// <summary>The trading state, with a line for every change that commits.</summary>
internal sealed class ObservedTradingStore(ITradingStore inner, ChangeLines lines) : DelegatingTradingStore(inner)
{
    public override async Task<CommitResult> CommitAsync(
        string account,
        IReadOnlyList<TradingWrite> group,
        CancellationToken cancellationToken
    )
    {
        var result = await Inner.CommitAsync(account, group, cancellationToken);
        if (result is CommitResult.Committed)
        {
            lines.Write(group.Select(write => write.Record));
        }

        return result;
    }
}

/// <summary>The schedules, with a line for every change that commits.</summary>
internal sealed class ObservedScheduleStore(IScheduleStore inner, ChangeLines lines) : DelegatingScheduleStore(inner)
{
    public override async Task<CommitResult> CommitAsync(string id, IReadOnlyList<ScheduleWrite> group, CancellationToken cancellationToken)
    {
        var result = await Inner.CommitAsync(id, group, cancellationToken);
        if (result is CommitResult.Committed)
        {
            lines.Write(group.Select(write => write.Record));
        }

        return result;
    }
}
