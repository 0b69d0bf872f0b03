using System.Text.RegularExpressions;
using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Strategies;
using Cronos;

namespace AutoTrader.Core.Schedules;

/// <summary>The one place that knows which definitions of a schedule make sense.</summary>
public static partial class ScheduleValidation
{
    /// <summary>The most characters of a name or a reason.</summary>
    public const int MaxName = 200;

    /// <summary>The most characters of a message or a note.</summary>
    public const int MaxNote = 4096;

    /// <summary>The largest number of runs.</summary>
    public const int MaxRuns = 1_000_000;

    /// <summary>The longest jitter in seconds: an hour.</summary>
    public const int MaxJitterSeconds = 3600;

    /// <summary>The longest misfire window short of none.</summary>
    public static readonly TimeSpan LongestWindow = TimeSpan.FromDays(31);

    private const int MaxCron = 100;

    /// <summary>Whether <paramref name="id"/> can be the id of a schedule.</summary>
    public static bool IsValidId(string id) => ValidId().IsMatch(id);

    /// <summary>Everything that is wrong with <paramref name="schedule"/>; empty when it is sound.</summary>
    public static IReadOnlyList<FieldProblem> Validate(Schedule schedule)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        return [.. OfRecord(schedule), .. OfWhen(schedule.Spec), .. OfTask(schedule.Task)];
    }

    /// <summary>Whether <paramref name="schedule"/> is valid. One written past the services may be invalid: it is listed, and never
    /// fires.</summary>
    public static bool IsSound(Schedule schedule) => Validate(schedule).Count == 0;

    private static IEnumerable<FieldProblem> OfRecord(Schedule schedule)
    {
        if (!IsValidId(schedule.Id))
        {
            yield return new("id", FieldProblem.Malformed, "An id is 1 to 50 of A-Z a-z 0-9 _ -.");
        }

        foreach (var problem in Prose("name", schedule.Name, MaxName).Concat(Prose("note", schedule.Note, MaxNote)))
        {
            yield return problem;
        }

        if (
            schedule.MisfireWindow is { } window
            && window != Timeout.InfiniteTimeSpan
            && (window < TimeSpan.Zero || window > LongestWindow)
        )
        {
            yield return new(
                "misfire_window",
                FieldProblem.OutOfRange,
                "misfire_window is 0 to 31 days, for example 90s, 5m, 1h or 2d, or none for no limit."
            );
        }
    }

    private static IEnumerable<FieldProblem> OfWhen(ScheduleSpec when)
    {
        var given = new[] { when.At is not null, when.Cron is not null, when.Market is not null }.Count(it => it);
        if (given != 1)
        {
            yield return new(
                "schedule_at",
                given == 0 ? FieldProblem.Required : FieldProblem.Contradiction,
                "Give exactly one of schedule_at, schedule_cron and market."
            );
        }

        if (LocalTimes.FindZone(when.Zone) is null)
        {
            yield return new(
                "zone",
                FieldProblem.Malformed,
                $"There is no time zone '{Short(when.Zone)}'. Write an IANA name, for example America/New_York."
            );
        }

        if (when.Cron is { } cron && CronProblem(cron) is { } problem)
        {
            yield return new(
                "schedule_cron",
                FieldProblem.Malformed,
                $"'{Short(cron)}' is not a cron expression of five fields (minute hour day month weekday), or six with seconds first: "
                    + $"{problem}"
            );
        }

        if (when.Market is { } market && market.Offset.Duration() > MarketTime.Furthest)
        {
            yield return new("market", FieldProblem.OutOfRange, "market is at most 6 hours from the open or the close.");
        }

        if (when.EndAt <= when.StartAt)
        {
            yield return new("end_at", FieldProblem.Contradiction, "end_at must be after start_at.");
        }

        if (when.MaxRuns is < 1 or > MaxRuns)
        {
            yield return new("max_runs", FieldProblem.OutOfRange, "max_runs is 1 to 1000000.");
        }

        if (when.JitterSeconds is < 0 or > MaxJitterSeconds)
        {
            yield return new("jitter_seconds", FieldProblem.OutOfRange, "jitter_seconds is 0 to 3600.");
        }
    }

    private static IEnumerable<FieldProblem> OfTask(ScheduleTask task)
    {
        var isStrategy =
            task.Action
            is ScheduleAction.StrategyStart
                or ScheduleAction.StrategyStop
                or ScheduleAction.StrategyPause
                or ScheduleAction.StrategyResume
                or ScheduleAction.StrategyClose;
        if (task.Target is null ? isStrategy : !(isStrategy || task.Action == ScheduleAction.OrdersCancel))
        {
            yield return task.Target is null
                ? new("task_data.strategy_id", FieldProblem.Required, "This task_type needs task_data.strategy_id, its strategy.")
                : new("task_data.strategy_id", FieldProblem.Contradiction, "This task_type has no task_data.strategy_id.");
        }
        else if (task.Target is { } target && !StrategyValidation.IsValidId(target))
        {
            yield return new("task_data.strategy_id", FieldProblem.Malformed, "A strategy id is 1 to 32 of A-Z a-z 0-9 _ -.");
        }

        if (task.Symbol is { } symbol && (task.Action != ScheduleAction.OrdersCancel || !Symbol.IsValid(symbol)))
        {
            yield return new(
                "task_data.symbol",
                task.Action != ScheduleAction.OrdersCancel ? FieldProblem.Contradiction : FieldProblem.Malformed,
                "task_data.symbol is for task_type orders_cancel: 1 to 10 of A-Z 0-9 . -."
            );
        }

        if ((task.Order is null) == (task.Action == ScheduleAction.OrderPlace))
        {
            yield return new(
                "task_data",
                task.Order is null ? FieldProblem.Required : FieldProblem.Contradiction,
                "task_type order_place needs an order in task_data (symbol, side, qty, order_type...); other types must not have one."
            );
        }

        foreach (var problem in task.Order is { } order ? OrderValidation.Problems(order) : [])
        {
            yield return problem with
            {
                Field = "task_data." + problem.Field,
            };
        }

        if (task.Message is not null && task.Action != ScheduleAction.Notify)
        {
            yield return new("task_data.message", FieldProblem.Contradiction, "task_data.message is for task_type notify.");
        }

        foreach (var problem in Prose("task_data.message", task.Message, MaxNote).Concat(Prose("task_data.reason", task.Reason, MaxName)))
        {
            yield return problem;
        }
    }

    private static string? CronProblem(string cron)
    {
        try
        {
            _ = cron.Length > MaxCron ? throw new CronFormatException("it is too long.") : Occurrences.ParseCron(cron);
            return null;
        }
        catch (CronFormatException wrong)
        {
            return wrong.Message;
        }
    }

    private static IEnumerable<FieldProblem> Prose(string field, string? text, int most)
    {
        if (text is not null && !StrategyValidation.IsPrintable(text))
        {
            yield return new(field, FieldProblem.Malformed, $"{field} holds text, line breaks and tabs, no other control characters.");
        }

        if (text?.Length > most)
        {
            yield return new(field, FieldProblem.TooLong, $"{field} has at most {most} characters.");
        }
    }

    private static string Short(string text) => text.Length <= MaxCron ? text : text[..MaxCron] + "...";

    [GeneratedRegex("^[A-Za-z0-9_-]{1,50}\\z", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ValidId();
}
