using AutoTrader.Core.Portfolio;
using AutoTrader.Core.Schedules;

namespace AutoTrader.Core.Ports;

/// <summary>A cycle that ran.</summary>
/// <param name="Id">Unique, and never another one; sorts the cycles that began at one instant.</param>
/// <param name="Cycle">Its record.</param>
public sealed record PastCycle(string Id, CycleRecord Cycle);

/// <summary>
/// What happened in a span of time, from <c>from</c> (UTC, included) to <c>before</c> (UTC, not included), in no particular order. What a
/// question costs depends on what happened in the span, not on what else is stored. Rows that cannot be read are left out: their owners
/// name them.
/// </summary>
public interface IHistory
{
    /// <summary>The cycles of an account that began in the span.</summary>
    Task<IReadOnlyList<PastCycle>> CyclesAsync(
        string account,
        DateTimeOffset from,
        DateTimeOffset before,
        CancellationToken cancellationToken
    );

    /// <summary>The changes of an account that were made in the span.</summary>
    Task<IReadOnlyList<AuditEntry>> ChangesAsync(
        string account,
        DateTimeOffset from,
        DateTimeOffset before,
        CancellationToken cancellationToken
    );

    /// <summary>The equity of an account by New York day, oldest first, from <paramref name="from"/> to <paramref name="to"/>, both
    /// included; days without a sample are left out.</summary>
    Task<IReadOnlyList<EquityDay>> EquityAsync(string account, DateOnly from, DateOnly to, CancellationToken cancellationToken);

    /// <summary>The runs of all schedules, deleted ones too, that ended in the span.</summary>
    Task<IReadOnlyList<ScheduleRun>> RunsAsync(DateTimeOffset from, DateTimeOffset before, CancellationToken cancellationToken);
}
