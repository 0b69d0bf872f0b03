using AutoTrader.Core.Market;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Scheduling;
using AutoTrader.Core.Schedules;
using CsCheck;
using static AutoTrader.Storage.Tests.Kit.Records;

namespace AutoTrader.Storage.Tests.Kit;

/// <summary>Schedules and runs for tests: plain ones, and any.</summary>
public static class ScheduleRecords
{
    public static Schedule Schedule(string id) =>
        new()
        {
            Id = id,
            Task = new(ScheduleAction.StrategyStart) { Target = "s1" },
            Spec = new() { Cron = "30 9 * * 1-5" },
            CreatedAt = Noon,
            UpdatedAt = Noon,
        };

    public static ScheduleRun Run(
        string id,
        DateTimeOffset? planned = null,
        RunStatus status = RunStatus.Started,
        string cause = ScheduleRun.Scheduled
    ) =>
        new()
        {
            ScheduleId = id,
            Planned = planned ?? Noon,
            Cause = cause,
            Task = new(ScheduleAction.StrategyStart) { Target = "s1" },
            Status = status,
            StartedAt = planned ?? Noon,
            EndedAt = status == RunStatus.Started ? null : planned ?? Noon,
        };

    public static ScheduleWrite Insert(Schedule schedule) => ScheduleWrite.Of(schedule, null);

    public static ScheduleWrite Insert(ScheduleRun run) => ScheduleWrite.Of(run, null);

    /// <summary>Deletes a row that cannot be read.</summary>
    public static Task<UnreadableRow?> DeleteUnreadableAsync(
        this IScheduleStore store,
        string rowKey,
        CancellationToken cancellationToken
    ) =>
        store.DeleteUnreadableAsync(
            rowKey,
            row => ScheduleWrite.Of(Account, new(Noon, Guid.NewGuid().ToString("N"), "test", "delete_unreadable", row.RowKey)),
            cancellationToken
        );

    /// <summary>Commits, which must succeed, and gives the versions.</summary>
    public static async Task<IReadOnlyList<RowVersion?>> MustCommitAsync(
        this IScheduleStore store,
        string id,
        params ScheduleWrite[] group
    ) => (await store.CommitAsync(id, group, CancellationToken.None)).ShouldBeOfType<CommitResult.Committed>().Versions;

    private static readonly Gen<ScheduleTask> AnyTask =
        from action in Any<ScheduleAction>()
        from texts in OptionalText.Array[4]
        from order in Maybe(AnyTerms)
        select new ScheduleTask(action)
        {
            Target = texts[0],
            Symbol = texts[1],
            Message = texts[2],
            Reason = texts[3],
            Order = order,
        };

    private static readonly Gen<ScheduleSpec> AnyWhen =
        from instants in Optional(Instant).Array[3]
        from texts in OptionalText.Array[2]
        from market in Maybe(
            Gen.Select(Any<MarketEdge>(), Gen.Int[-21_600, 21_600], (edge, seconds) => new MarketTime(edge, TimeSpan.FromSeconds(seconds)))
        )
        from days in Gen.Bool
        from numbers in Gen.Select(Optional(Gen.Int), Gen.Int)
        select new ScheduleSpec
        {
            At = instants[0],
            StartAt = instants[1],
            EndAt = instants[2],
            Cron = texts[0],
            Zone = texts[1] ?? ScheduleSpec.NewYork,
            Market = market,
            TradingDaysOnly = days,
            MaxRuns = numbers.Item1,
            JitterSeconds = numbers.Item2,
        };

    private static readonly Gen<TimeSpan> Window = Gen.OneOf(
        Gen.Const(Timeout.InfiniteTimeSpan),
        Gen.Const(TimeSpan.Zero),
        Gen.Long.Select(TimeSpan.FromTicks)
    );

    /// <summary>Any schedule but for its id.</summary>
    public static readonly Gen<Schedule> AnySchedule =
        from task in AnyTask
        from due in AnyWhen
        from texts in OptionalText.Array[2]
        from misfire in Gen.Select(Optional(Any<Misfire>()), Optional(Window))
        from flags in Gen.Select(Gen.Bool, Optional(Gen.Bool))
        from instants in Optional(Instant).Array[4]
        from numbers in Gen.Select(Gen.Int, Gen.Long)
        select new Schedule
        {
            Id = "s",
            Name = texts[0],
            Task = task,
            Spec = due,
            Misfire = misfire.Item1,
            MisfireWindow = misfire.Item2,
            Enabled = flags.Item1,
            PriorEnabled = flags.Item2,
            LastRun = instants[0],
            NextRun = instants[1],
            CreatedAt = instants[2] ?? default,
            UpdatedAt = instants[3] ?? default,
            RunCount = numbers.Item1,
            Revision = numbers.Item2,
            Note = texts[1],
        };

    /// <summary>Any run but for its schedule and cause.</summary>
    public static readonly Gen<ScheduleRun> AnyRun =
        from task in AnyTask
        from status in Any<RunStatus>()
        from planned in Instant
        from instants in Optional(Instant).Array[3]
        from texts in OptionalText.Array[2]
        select new ScheduleRun
        {
            ScheduleId = "s",
            Planned = planned,
            Cause = ScheduleRun.Scheduled,
            Task = task,
            Status = status,
            Latest = instants[0],
            StartedAt = instants[1] ?? default,
            EndedAt = instants[2],
            Code = texts[0],
            Outcome = texts[1],
        };
}
