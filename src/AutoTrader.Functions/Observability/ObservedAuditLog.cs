using AutoTrader.Core.Ports;
using Microsoft.Extensions.Logging;

namespace AutoTrader.Functions.Observability;

/// <summary>The audit, with a line in the log for every change, so that the portal shows who did what.</summary>
internal sealed partial class ObservedAuditLog(IAuditLog inner, ILogger<ObservedAuditLog> log) : IAuditLog
{
    public async Task AppendAsync(string account, AuditEntry entry, CancellationToken cancellationToken)
    {
        await inner.AppendAsync(account, entry, cancellationToken);
        LogChange(log, entry.Action, entry.Target ?? "", entry.Caller, entry.Error ?? "");
    }

    public Task<Page<AuditEntry>> ListAsync(string account, int pageSize, string? continuation, CancellationToken cancellationToken) =>
        inner.ListAsync(account, pageSize, continuation, cancellationToken);

    public Task PruneAsync(string account, DateTimeOffset before, CancellationToken cancellationToken) =>
        inner.PruneAsync(account, before, cancellationToken);

    [LoggerMessage(1201, LogLevel.Information, "{Action} {Target} by {Caller} {Error}")]
    private static partial void LogChange(ILogger logger, string action, string target, string caller, string error);
}
