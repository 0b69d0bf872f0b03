using NCrontab;

namespace AutoTrader.LocalHost.Timers;

/// <summary>An NCRONTAB expression of five fields, or six with seconds first, in UTC.</summary>
internal sealed class TimerSchedule
{
    private static readonly CrontabSchedule.ParseOptions WithSeconds = new() { IncludingSeconds = true };

    private readonly CrontabSchedule _schedule;

    private TimerSchedule(CrontabSchedule schedule) => _schedule = schedule;

    /// <returns>Null when it is not such an expression.</returns>
    public static TimerSchedule? TryParse(string expression)
    {
        var fields = expression.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var schedule = fields.Length switch
        {
            5 => CrontabSchedule.TryParse(expression),
            6 => CrontabSchedule.TryParse(expression, WithSeconds),
            _ => null,
        };
        return schedule is null ? null : new TimerSchedule(schedule);
    }

    /// <summary>The first occurrence after an instant (UTC).</summary>
    public DateTime Next(DateTime after) => DateTime.SpecifyKind(_schedule.GetNextOccurrence(after), DateTimeKind.Utc);

    /// <summary>Whether it comes more than once in the minute from an instant on: the host does not persist such schedules.</summary>
    public bool IsMoreOftenThanEachMinute(DateTime from) => _schedule.GetNextOccurrences(from, from.AddMinutes(1)).Skip(1).Any();
}
