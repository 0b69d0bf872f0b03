using Cronos;
using Microsoft.Extensions.Configuration;

namespace AutoTrader.Functions.Observability;

/// <summary>The schedule of the evaluation cycle, by which a tick knows the instant that it was planned for.</summary>
public sealed class CycleSchedule
{
    /// <summary>The setting with the schedule, which is the timer's own.</summary>
    public const string Setting = "CycleSchedule";

    private const int FieldsWithSeconds = 6;

    // The host may fire a tick a little before its instant.
    private static readonly TimeSpan Early = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LookBack = TimeSpan.FromDays(1);

    // Dense schedules are checked over an hour first, so that a week of seconds is not enumerated.
    private static readonly TimeSpan[] LookBacks = [TimeSpan.FromHours(1), LookBack, TimeSpan.FromDays(8)];

    private readonly CronExpression? _cron;

    /// <summary>The schedule that the settings name.</summary>
    public CycleSchedule(IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        var text = configuration[Setting] ?? "";
        var format =
            text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length == FieldsWithSeconds
                ? CronFormat.IncludeSeconds
                : CronFormat.Standard;
        _cron = CronExpression.TryParse(text, format, out var cron) ? cron : null;
    }

    /// <summary>The time between ticks, if it is regular.</summary>
    public TimeSpan Interval
    {
        get
        {
            var ticks = _cron
                ?.GetOccurrences(DateTimeOffset.UnixEpoch.UtcDateTime, DateTimeOffset.UnixEpoch.UtcDateTime.AddDays(8))
                .Take(2)
                .ToList();
            return ticks is [var first, var second] ? second - first : TimeSpan.FromMinutes(1);
        }
    }

    /// <summary>
    /// The instant (UTC) that a tick which runs at <paramref name="now"/> was planned for: the schedule's latest. The host's own record
    /// of it is no measure after a restart, when it is the first of the missed ones.
    /// </summary>
    /// <param name="now">Business time (UTC).</param>
    /// <param name="recorded">The host's value, used when the schedule is not a cron expression.</param>
    public DateTimeOffset PlannedAt(DateTimeOffset now, DateTime? recorded)
    {
        if (Latest(now + Early) is { } planned && planned > now - LookBack)
        {
            return planned;
        }

        return recorded is { } instant && instant <= (now + Early).UtcDateTime && instant > (now - LookBack).UtcDateTime
            ? new(DateTime.SpecifyKind(instant, DateTimeKind.Utc), TimeSpan.Zero)
            : now;
    }

    /// <summary>The latest instant (UTC) of the schedule up to and including <paramref name="now"/>; null when it had none in the last
    /// week.</summary>
    public DateTimeOffset? Latest(DateTimeOffset now)
    {
        foreach (var span in LookBacks)
        {
            if (
                _cron?.GetOccurrences((now - span).UtcDateTime, now.UtcDateTime, fromInclusive: true, toInclusive: true).ToList()
                is [.., var planned]
            )
            {
                return new(planned, TimeSpan.Zero);
            }
        }

        return null;
    }

    /// <summary>The next instant (UTC) of the schedule after <paramref name="now"/>; null when it is not a cron expression.</summary>
    public DateTimeOffset? Next(DateTimeOffset now) =>
        _cron?.GetNextOccurrence(now.UtcDateTime) is { } next ? new(next, TimeSpan.Zero) : null;
}
