using AutoTrader.Core.Application.Scheduling;
using AutoTrader.Core.Market;
using AutoTrader.Core.Ports.Scheduling;
using AutoTrader.Core.Schedules;
using AutoTrader.Core.Tests.Engine;

namespace AutoTrader.Core.Tests.Application.Scheduling;

/// <summary>Schedules by sessions follow an exchange that announces a closed day or other hours; all others stay as they were
/// planned.</summary>
public class SessionChangeTests
{
    private static readonly DateOnly Tomorrow = EngineHarness.Day.AddDays(1);

    private static async Task<ScheduleHarness> StartAsync(ScheduleSpec when)
    {
        var schedules = new ScheduleHarness(EngineHarness.At(17, 0));
        await schedules.Service.CreateAsync(
            new()
            {
                Id = "sched",
                Spec = when,
                Task = ScheduleHarness.TaskOf(ScheduleAction.Notify),
            },
            "test",
            CancellationToken.None
        );
        await schedules.SweepAsync();
        return schedules;
    }

    private static ScheduleSpec Market(string text) =>
        new() { Market = MarketTime.TryParse(text, out var time) ? time : throw new FormatException(text) };

    private static DateTimeOffset At(int days, int hour, int minute) => EngineHarness.At(hour, minute).AddDays(days);

    private static Task AnnounceAsync(ScheduleHarness schedules, DateOnly day, Session? session = null)
    {
        schedules.Calendar = TradingCalendar.Nyse.With(new Dictionary<DateOnly, Session?> { [day] = session });
        return schedules.SweepAsync();
    }

    [Fact]
    public async Task A_closed_day_is_passed_over_and_comes_back_when_the_closure_is_withdrawn()
    {
        var schedules = await StartAsync(Market("open+5m"));
        await AnnounceAsync(schedules, Tomorrow);
        schedules.Store.Schedule("sched").NextRun.ShouldBe(At(2, 9, 35));
        schedules.Advance(At(1, 12, 0) - schedules.Now);
        await schedules.SweepAsync();
        await schedules.WakeAsync("sched");
        schedules.Store.Runs.ShouldBeEmpty();
        schedules.Advance(At(2, 9, 35) - schedules.Now);
        await schedules.WakeAsync("sched");
        schedules.Store.Runs.ShouldHaveSingleItem().Status.ShouldBe(RunStatus.Fired);

        await AnnounceAsync(schedules, Tomorrow.AddDays(2));
        schedules.Store.Schedule("sched").NextRun.ShouldBe(At(6, 9, 35));
        schedules.Calendar = TradingCalendar.Nyse;
        await schedules.SweepAsync();
        schedules.Store.Schedule("sched").NextRun.ShouldBe(At(3, 9, 35));
    }

    [Fact]
    public async Task An_early_close_moves_what_is_counted_from_it_and_a_wake_up_for_the_old_instant_fires_nothing()
    {
        var schedules = await StartAsync(Market("close-11m"));
        var before = (await schedules.Planner.PlanAsync("sched", CancellationToken.None)).ShouldNotBeNull();
        await AnnounceAsync(schedules, Tomorrow, TradingCalendar.Nyse.SessionOf(Tomorrow, new(9, 30), new(13, 0)));
        schedules.Store.Schedule("sched").NextRun.ShouldBe(At(1, 12, 49));
        schedules.Advance(At(1, 12, 49) - schedules.Now);
        await schedules.WakeAsync("sched");
        await schedules.SweepAsync();
        schedules.Advance(At(1, 15, 49) - schedules.Now);
        await schedules.Dispatcher.DispatchAsync("sched", before.Planned, before.Revision, CancellationToken.None);
        await schedules.SweepAsync();
        schedules.Store.Runs.ShouldHaveSingleItem().Planned.ShouldBe(At(1, 12, 49));
        schedules.Store.Schedule("sched").NextRun.ShouldBe(At(2, 15, 49));
    }

    [Fact]
    public async Task Trading_days_only_passes_a_closed_day_over()
    {
        var schedules = await StartAsync(new() { Cron = "0 10 * * *", TradingDaysOnly = true });
        await AnnounceAsync(schedules, Tomorrow);
        schedules.Store.Schedule("sched").NextRun.ShouldBe(At(2, 10, 0));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_goes_by_the_clock_alone_stays(bool once)
    {
        var schedules = await StartAsync(once ? new() { At = At(1, 10, 0), TradingDaysOnly = true } : new() { Cron = "0 10 * * *" });
        await AnnounceAsync(schedules, Tomorrow);
        schedules.Store.Schedule("sched").NextRun.ShouldBe(At(1, 10, 0));
    }

    [Fact]
    public async Task While_the_sessions_are_not_known_what_is_planned_stays()
    {
        var schedules = await StartAsync(Market("open"));
        await AnnounceAsync(schedules, Tomorrow);
        var planned = schedules.Store.Schedule("sched");
        schedules.Calendar = null;
        await schedules.SweepAsync();
        schedules.Store.Schedule("sched").ShouldBe(planned);
    }

    [Fact]
    public async Task What_was_fired_is_not_planned_again_when_the_clock_was_set_back()
    {
        var schedules = await StartAsync(Market("open"));
        var (row, fired) = (
            (await schedules.Store.ReadAsync("sched", CancellationToken.None))!,
            schedules.Store.Schedule("sched").NextRun!.Value
        );
        var after = row.Value with { LastRun = fired, NextRun = Occurrences.Next(row.Value, fired) };
        await schedules.Store.CommitAsync("sched", [ScheduleWrite.Of(after, row.Version)], CancellationToken.None);
        await schedules.SweepAsync();
        schedules.Store.Schedule("sched").ShouldBe(after);
    }

    [Fact]
    public async Task The_orchestration_hears_of_its_new_plan()
    {
        var schedules = await StartAsync(Market("open"));
        schedules.Advance(TimeSpan.FromMinutes(10));
        await schedules.SweepAsync();
        schedules.Runners["sched"] = new(
            "sched",
            InstanceState.Running,
            IsCurrent: true,
            SchedulePlanner.Of(schedules.Store.Schedule("sched"))
        );
        schedules.Woken.Clear();
        await schedules.SweepAsync();
        schedules.Woken.ShouldBeEmpty();
        await AnnounceAsync(schedules, Tomorrow);
        schedules.Woken.ShouldContain("sched");
    }
}
