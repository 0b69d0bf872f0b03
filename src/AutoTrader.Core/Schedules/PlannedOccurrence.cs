namespace AutoTrader.Core.Schedules;

/// <summary>What a schedule waits for.</summary>
/// <param name="Planned">Its next occurrence (UTC).</param>
/// <param name="WakeAt">When to wake for it (UTC): ahead of it, so that what wakes late is still on time.</param>
/// <param name="Revision">The revision of the schedule.</param>
public sealed record PlannedOccurrence(DateTimeOffset Planned, DateTimeOffset WakeAt, long Revision);
