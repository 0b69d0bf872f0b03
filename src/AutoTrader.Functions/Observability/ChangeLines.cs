using AutoTrader.Core.Ports;
using AutoTrader.Core.Schedules;
using Microsoft.Extensions.Logging;

namespace AutoTrader.Functions.Observability;

/// <summary>A line in the log for every change that is committed, so that the portal shows who did what.</summary>
internal sealed partial class ChangeLines(ILogger<ChangeLines> log)
{
    public void Tell(IEnumerable<object?> records)
    {
        foreach (var entry in records.OfType<AuditEntry>())
        {
            // A change without an error is told without one, which the logger would call (null).
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
        lines.Tell([entry]);
    }

    public Task<Page<AuditEntry>> ListAsync(string account, int pageSize, string? continuation, CancellationToken cancellationToken) =>
        inner.ListAsync(account, pageSize, continuation, cancellationToken);

    public Task ProjectAsync(string account, CancellationToken cancellationToken) => inner.ProjectAsync(account, cancellationToken);

    public Task PruneAsync(string account, DateTimeOffset before, CancellationToken cancellationToken) =>
        inner.PruneAsync(account, before, cancellationToken);
}

/// <summary>The trading state, with a line for every change that commits.</summary>
internal sealed class ObservedTradingStore(ITradingStore inner, ChangeLines lines) : ITradingStore
{
    public Task<TradingSnapshot> PeekAsync(string account, CancellationToken cancellationToken) =>
        inner.PeekAsync(account, cancellationToken);

    public Task<TradingSnapshot> LoadAsync(string account, CancellationToken cancellationToken) =>
        inner.LoadAsync(account, cancellationToken);

    public async Task<CommitResult> CommitAsync(string account, IReadOnlyList<TradingWrite> group, CancellationToken cancellationToken)
    {
        var result = await inner.CommitAsync(account, group, cancellationToken);
        if (result is CommitResult.Committed)
        {
            lines.Tell(group.Select(write => write.Record));
        }

        return result;
    }

    public Task<Row<T>?> ReadAsync<T>(string account, string rowKey, CancellationToken cancellationToken)
        where T : class => inner.ReadAsync<T>(account, rowKey, cancellationToken);

    public Task<Page<Row<T>>> ListAsync<T>(
        string account,
        string prefix,
        int pageSize,
        string? continuation,
        CancellationToken cancellationToken
    )
        where T : class => inner.ListAsync<T>(account, prefix, pageSize, continuation, cancellationToken);

    public Task<bool> DeleteAsync(string account, string rowKey, CancellationToken cancellationToken) =>
        inner.DeleteAsync(account, rowKey, cancellationToken);
}

/// <summary>The schedules, with a line for every change that commits.</summary>
internal sealed class ObservedScheduleStore(IScheduleStore inner, ChangeLines lines) : IScheduleStore
{
    public Task<Row<Schedule>?> ReadAsync(string id, CancellationToken cancellationToken) => inner.ReadAsync(id, cancellationToken);

    public Task<Page<Row<Schedule>>> ListAsync(int pageSize, string? continuation, CancellationToken cancellationToken) =>
        inner.ListAsync(pageSize, continuation, cancellationToken);

    public async Task<CommitResult> CommitAsync(string id, IReadOnlyList<ScheduleWrite> group, CancellationToken cancellationToken)
    {
        var result = await inner.CommitAsync(id, group, cancellationToken);
        if (result is CommitResult.Committed)
        {
            lines.Tell(group.Select(write => write.Record));
        }

        return result;
    }

    public Task<Row<ScheduleRun>?> ReadRunAsync(string id, DateTimeOffset planned, string cause, CancellationToken cancellationToken) =>
        inner.ReadRunAsync(id, planned, cause, cancellationToken);

    public Task<Row<ScheduleRun>?> FindTriggeredAsync(string id, string cause, CancellationToken cancellationToken) =>
        inner.FindTriggeredAsync(id, cause, cancellationToken);

    public Task<Page<Row<ScheduleRun>>> ListRunsAsync(string id, int pageSize, string? continuation, CancellationToken cancellationToken) =>
        inner.ListRunsAsync(id, pageSize, continuation, cancellationToken);

    public Task<Page<Row<ScheduleRun>>> ListOpenRunsAsync(int pageSize, string? continuation, CancellationToken cancellationToken) =>
        inner.ListOpenRunsAsync(pageSize, continuation, cancellationToken);

    public Task<IReadOnlyList<UnreadableRow>> ListUnreadableAsync(CancellationToken cancellationToken) =>
        inner.ListUnreadableAsync(cancellationToken);

    public Task<UnreadableRow?> DeleteUnreadableAsync(string rowKey, CancellationToken cancellationToken) =>
        inner.DeleteUnreadableAsync(rowKey, cancellationToken);

    public Task PruneRunsAsync(DateTimeOffset before, CancellationToken cancellationToken) =>
        inner.PruneRunsAsync(before, cancellationToken);
}
