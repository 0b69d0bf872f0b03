using AutoTrader.Core.Application;
using AutoTrader.Core.Application.Scheduling;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Brokerage;
using AutoTrader.Core.Ports.Scheduling;
using AutoTrader.Core.Schedules;
using AutoTrader.Core.Strategies;
using AutoTrader.Core.Tests.Engine;

namespace AutoTrader.Core.Tests.Application.Scheduling;

/// <summary>docs/architecture.md, "Firing": every occurrence has one run and its effect happens once, wherever the process dies and however
/// long it is down.</summary>
public class FiringTests
{
    private static readonly DateTimeOffset At10 = EngineHarness.At(10, 0);

    public static TheoryData<ScheduleAction> Actions => [.. Enum.GetValues<ScheduleAction>()];

    public static TheoryData<ScheduleAction, Misfire> ActionsAndPolicies =>
        [.. Enum.GetValues<ScheduleAction>().SelectMany(action => Enum.GetValues<Misfire>().Select(misfire => (action, misfire)))];

    private static async Task<ScheduleHarness> StartAsync(ScheduleAction action, ScheduleSpec when, Misfire? misfire = null)
    {
        var schedules = new ScheduleHarness();
        await schedules.Engine.AddAsync(
            TestStrategies.Trailing() with
            {
                EntryType = EntryType.Limit,
                EntryPrice = 50,
                Enabled = action != ScheduleAction.StrategyStart,
                PauseReason = action == ScheduleAction.StrategyResume ? "test" : null,
            }
        );
        if (action == ScheduleAction.KillSwitchOff)
        {
            await schedules.Engine.SetAccountAsync(account => account with { KillSwitch = new("test", schedules.Now, "schedule:other") });
        }

        await schedules.Service.CreateAsync(
            new()
            {
                Id = "sched",
                Spec = when,
                Misfire = misfire,
                Task = ScheduleHarness.TaskOf(action),
            },
            "test",
            CancellationToken.None
        );
        return schedules;
    }

    [Fact]
    public async Task An_order_of_the_whole_minute_whose_host_died_is_placed_by_the_sweep_of_that_minute()
    {
        var schedules = await StartAsync(ScheduleAction.OrderPlace, new() { At = At10 });
        schedules.Advance(At10.AddSeconds(30) - schedules.Now);
        await schedules.SweepAsync();

        schedules.Store.Runs.ShouldHaveSingleItem().Status.ShouldBe(RunStatus.Fired);
    }

    [Fact]
    public async Task A_wait_that_ends_a_part_of_a_millisecond_early_goes_on_until_the_instant()
    {
        var schedules = await StartAsync(ScheduleAction.Notify, new() { At = At10 });
        schedules.Advance(TimeSpan.FromMilliseconds(0.4));
        var plan = (await schedules.Planner.PlanAsync("sched", CancellationToken.None))!;
        var firing = schedules.Dispatcher.DispatchAsync("sched", plan.Planned, plan.Revision, CancellationToken.None);

        // A delay of so much is one of whole milliseconds.
        schedules.Advance(At10 - schedules.Now - TimeSpan.FromMilliseconds(0.6));
        schedules.Messages.ShouldBeEmpty();
        schedules.Advance(TimeSpan.FromMilliseconds(1));

        (await firing).ShouldBeNull();
        schedules.Messages.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_is_due_when_its_schedule_is_changed_or_deleted_fires_first_and_in_nobodys_turn(bool deletes)
    {
        var schedules = await StartAsync(ScheduleAction.Notify, new() { At = At10 });
        var before = await schedules.Service.GetAsync("sched", CancellationToken.None);
        var entered = 0;
        schedules.Sending = async () =>
        {
            using var turn = await schedules.Records.EnterAsync(RecordQueue.Schedule("sched"), CancellationToken.None);
            entered++;
        };
        schedules.Advance(TimeSpan.FromMinutes(1));
        var precondition = new Precondition([VersionTag.Of(before.Version)]);
        if (deletes)
        {
            await schedules.Service.DeleteAsync("sched", precondition, "test", CancellationToken.None);
        }
        else
        {
            (
                await schedules.Service.ChangeAsync(
                    "sched",
                    schedule => schedule with { Name = "after" },
                    precondition,
                    "update_schedule",
                    "test",
                    CancellationToken.None
                )
            ).Value.Name.ShouldBe("after");
        }

        (entered, schedules.Messages.Count).ShouldBe((1, 1));
    }

    private static async Task EffectShouldHaveHappenedOnceAsync(ScheduleHarness schedules, ScheduleAction action)
    {
        var strategy = await schedules.Engine.StrategyAsync("s1");
        var account = await schedules.Engine.Store.ReadAsync<Core.Risk.AccountState>("paper", TradingKey.Account, CancellationToken.None);
        switch (action)
        {
            case ScheduleAction.StrategyStart:
                strategy.Enabled.ShouldBeTrue();
                break;
            case ScheduleAction.StrategyStop or ScheduleAction.StrategyClose:
                strategy.Enabled.ShouldBeFalse();
                break;
            case ScheduleAction.StrategyPause:
                strategy.PauseReason.ShouldNotBeNull();
                break;
            case ScheduleAction.StrategyResume:
                strategy.PauseReason.ShouldBeNull();
                break;
            case ScheduleAction.OrderPlace:
                schedules.Engine.Broker.Submissions.Count(sent => sent.Terms.Symbol == "IBM").ShouldBe(1);
                break;
            case ScheduleAction.KillSwitchOn:
                account!.Value.KillSwitch.ShouldNotBeNull().By.ShouldBe("schedule:sched");
                break;
            case ScheduleAction.KillSwitchOff:
                account!.Value.KillSwitch.ShouldBeNull();
                break;
            case ScheduleAction.Notify:
                schedules.Messages.ShouldHaveSingleItem();
                break;
            default:
                break;
        }
    }

    [Theory]
    [MemberData(nameof(Actions))]
    public async Task Killed_before_or_after_any_call_of_a_firing_the_result_is_the_same(ScheduleAction action)
    {
        var whole = await StartAsync(action, new() { At = At10 });
        whole.Advance(At10 - whole.Now);
        var before = whole.Calls;
        await whole.WakeAsync("sched");
        var calls = whole.Calls - before;
        calls.ShouldBeGreaterThan(5);
        whole.Store.Runs.ShouldHaveSingleItem().Status.ShouldBe(RunStatus.Fired);
        await EffectShouldHaveHappenedOnceAsync(whole, action);

        for (var call = 1; call <= calls; call++)
        {
            var schedules = await StartAsync(action, new() { At = At10 });
            schedules.Advance(At10 - schedules.Now);
            await schedules.DieAtAsync(call, () => schedules.WakeAsync("sched"));
            var run = schedules.Store.Runs.ShouldHaveSingleItem($"{action}, call {call} of {calls}");
            run.Planned.ShouldBe(At10);
            // Of what must not be late, what had not begun when the minute was over is passed over, and nothing of it happened.
            if (run.Status == RunStatus.Skipped)
            {
                action.ShouldBe(ScheduleAction.OrderPlace);
                schedules.Engine.Broker.Submissions.ShouldNotContain(sent => sent.Terms.Symbol == "IBM");
                continue;
            }

            run.Status.ShouldBe(RunStatus.Fired, $"{action}, call {call} of {calls}: {run.Outcome}");
            await EffectShouldHaveHappenedOnceAsync(schedules, action);
        }
    }

    [Theory]
    [MemberData(nameof(ActionsAndPolicies))]
    public async Task After_a_downtime_over_many_occurrences_each_is_accounted_for_once(ScheduleAction action, Misfire misfire)
    {
        var schedules = await StartAsync(action, new() { Cron = "*/10 * * * *" }, misfire);
        schedules.Advance(EngineHarness.At(11, 31, 30) - schedules.Now);
        await Task.WhenAll(schedules.WakeAsync("sched"), schedules.SweepAsync());
        await schedules.SweepAsync();

        var runs = schedules.Store.Runs;
        runs.Select(run => run.Planned).ShouldBe(Enumerable.Range(0, 10).Select(count => At10.AddMinutes(10 * count)));
        runs.ShouldAllBe(run => run.Status != RunStatus.Started && run.Lateness == schedules.Now - run.Planned);
        var fired = runs.Count(run => run.Code is not ("missed" or "too_late"));
        fired.ShouldBe(
            (misfire, action) switch
            {
                (Misfire.Skip, _) => 0,
                (_, ScheduleAction.OrderPlace) => 0,
                (Misfire.FireOnce, _) => 1,
                (_, ScheduleAction.StrategyResume or ScheduleAction.KillSwitchOff) => 1,
                (_, ScheduleAction.Notify) => 6,
                _ => 10,
            }
        );
    }

    [Fact]
    public async Task A_stale_wake_up_fires_nothing()
    {
        var schedules = await StartAsync(ScheduleAction.StrategyPause, new() { At = At10 });
        var plan = (await schedules.Planner.PlanAsync("sched", CancellationToken.None)).ShouldNotBeNull();
        await schedules.Service.ChangeAsync(
            "sched",
            schedule => schedule with { Spec = new() { At = At10.AddHours(1) } },
            null,
            "update_schedule",
            "test",
            CancellationToken.None
        );
        schedules.Advance(At10 - schedules.Now);
        await schedules.Dispatcher.DispatchAsync("sched", plan.Planned, plan.Revision, CancellationToken.None);
        schedules.Store.Runs.ShouldBeEmpty();
        (await schedules.Engine.StrategyAsync("s1")).PauseReason.ShouldBeNull();
    }

    [Fact]
    public async Task What_was_due_before_an_edit_is_fired_as_it_was_planned()
    {
        var schedules = await StartAsync(ScheduleAction.StrategyPause, new() { At = At10 });
        schedules.Advance(At10.AddSeconds(3) - schedules.Now);
        await schedules.Service.ChangeAsync(
            "sched",
            schedule => schedule with { Spec = new() { At = At10.AddHours(1) } },
            null,
            "update_schedule",
            "test",
            CancellationToken.None
        );
        schedules.Store.Runs.ShouldHaveSingleItem().Status.ShouldBe(RunStatus.Fired);
        schedules.Store.Schedule("sched").NextRun.ShouldBe(At10.AddHours(1));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(5)]
    public async Task Two_days_of_every_minute_that_were_missed_are_told_once(int? diesAt)
    {
        var schedules = await StartAsync(ScheduleAction.Notify, new() { Cron = "* * * * *" });
        schedules.Advance(TimeSpan.FromDays(2));
        if (diesAt is { } call)
        {
            await schedules.DieAtAsync(call, schedules.SweepAsync);
        }
        else
        {
            await schedules.SweepAsync();
            schedules.Logged.Count.ShouldBe(2, "one line for all that were passed over, one for the run that fired");
        }

        var (key, count) = schedules.Passed.OrderByDescending(it => it.Value).First();
        count.ShouldBeInRange(2870, 2881, key);

        // A host that died missed the minutes until it was back, too: each is told as what it is, and none tells of the two days again.
        schedules.Passed.Values.Where(it => it != count).ShouldAllBe(it => diesAt != null && it <= 4);
    }

    [Fact]
    public async Task A_start_that_was_missed_is_superseded_by_a_stop_that_is_due_too()
    {
        var schedules = await StartAsync(ScheduleAction.StrategyStart, new() { At = At10 });
        await schedules.Service.CreateAsync(
            ScheduleHarness.New(ScheduleAction.StrategyStop, new() { At = At10.AddMinutes(30) }, "stop"),
            "test",
            CancellationToken.None
        );
        schedules.Advance(At10.AddHours(1) - schedules.Now);
        await schedules.SweepAsync();
        schedules
            .Store.Runs.Select(run => (run.ScheduleId, run.Status, run.Code))
            .ShouldBe([("sched", RunStatus.Skipped, "superseded"), ("stop", RunStatus.Fired, null)]);
        (await schedules.Engine.StrategyAsync("s1")).Enabled.ShouldBeFalse();
    }

    [Fact]
    public async Task A_trigger_with_one_key_is_one_run_and_the_plan_stays()
    {
        var schedules = await StartAsync(ScheduleAction.Notify, new() { At = At10 });
        var first = await schedules.Service.TriggerAsync("sched", new("me", "k"), null, CancellationToken.None);
        schedules.Advance(TimeSpan.FromSeconds(5));
        (await schedules.Service.TriggerAsync("sched", new("me", "k"), null, CancellationToken.None)).ShouldBe(first);
        schedules.Messages.ShouldHaveSingleItem();
        schedules.Store.Schedule("sched").NextRun.ShouldBe(At10);
    }

    [Fact]
    public async Task A_trigger_is_found_by_its_key_however_many_runs_came_since()
    {
        var schedules = await StartAsync(ScheduleAction.Notify, new() { Cron = "*/10 * * * * *" });
        var first = await schedules.Service.TriggerAsync("sched", new("me", "k"), null, CancellationToken.None);
        schedules.Advance(TimeSpan.FromHours(2));
        await schedules.SweepAsync();
        schedules.Store.Runs.Count.ShouldBeGreaterThan(700);
        (await schedules.Service.TriggerAsync("sched", new("me", "k"), null, CancellationToken.None)).ShouldBe(first);
        (await schedules.Service.TriggerAsync("sched", new("me", "k2"), null, CancellationToken.None)).Occurrence.ShouldNotBe(
            first.Occurrence
        );
    }

    [Fact]
    public async Task A_trigger_is_none_of_the_runs_that_a_schedule_is_limited_to()
    {
        var schedules = await StartAsync(ScheduleAction.Notify, new() { Cron = "*/10 * * * *", MaxRuns = 2 });
        await schedules.Service.TriggerAsync("sched", new("me", "1"), null, CancellationToken.None);
        await schedules.Service.TriggerAsync("sched", new("me", "2"), null, CancellationToken.None);
        schedules.Store.Schedule("sched").RunCount.ShouldBe(0);
        foreach (var at in new[] { At10, At10.AddMinutes(10), At10.AddMinutes(20) })
        {
            schedules.Advance(at - schedules.Now);
            await schedules.WakeAsync("sched");
        }

        schedules
            .Store.Runs.Where(run => run.Cause == ScheduleRun.Scheduled)
            .Select(run => run.Planned)
            .ShouldBe([At10, At10.AddMinutes(10)]);
        schedules.Store.Schedule("sched").NextRun.ShouldBeNull();
    }

    [Theory]
    [InlineData(InstanceState.Missing)]
    [InlineData(InstanceState.Ended)]
    [InlineData(InstanceState.Suspended)]
    public async Task The_sweeper_restores_an_orchestration_and_nothing_fires_twice(InstanceState state)
    {
        var schedules = await StartAsync(ScheduleAction.Notify, new() { Cron = "*/10 * * * *" });
        if (state != InstanceState.Missing)
        {
            schedules.Runners["sched"] = new("sched", state, IsCurrent: true);
        }

        schedules.Advance(At10.AddMinutes(1) - schedules.Now);
        await schedules.SweepAsync();
        schedules.Runners["sched"].State.ShouldBe(InstanceState.Running);
        await schedules.SweepAsync();
        schedules.Store.Runs.ShouldHaveSingleItem().Status.ShouldBe(RunStatus.Fired);
        schedules.Messages.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task An_orchestration_of_an_older_version_is_replaced()
    {
        var schedules = await StartAsync(ScheduleAction.Notify, new() { At = At10 });
        schedules.Runners["sched"] = new("sched", InstanceState.Running, IsCurrent: false);
        await schedules.SweepAsync();
        schedules
            .Runners["sched"]
            .ShouldBe(new("sched", InstanceState.Running, IsCurrent: true, SchedulePlanner.Of(schedules.Store.Schedule("sched"))));
    }

    [Fact]
    public async Task An_orchestration_that_sleeps_for_what_its_schedule_says_is_left_alone_however_lately_it_was_changed()
    {
        var schedules = await StartAsync(ScheduleAction.Notify, new() { At = At10 });
        schedules.Runners["sched"] = new(
            "sched",
            InstanceState.Running,
            IsCurrent: true,
            SchedulePlanner.Of(schedules.Store.Schedule("sched"))
        );
        await schedules.SweepAsync();
        schedules.Woken.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_orchestration_that_sleeps_for_something_else_is_woken()
    {
        var schedules = await StartAsync(ScheduleAction.Notify, new() { At = At10 });
        var plan = SchedulePlanner.Of(schedules.Store.Schedule("sched"))!;
        schedules.Runners["sched"] = new(
            "sched",
            InstanceState.Running,
            IsCurrent: true,
            plan with
            {
                Revision = plan.Revision - 1,
                WakeAt = schedules.Now.AddSeconds(1),
            }
        );
        await schedules.SweepAsync();
        schedules.Woken.ShouldBe(["sched"]);
    }

    [Fact]
    public async Task An_orchestration_that_is_awake_already_is_left_to_fire()
    {
        var schedules = await StartAsync(ScheduleAction.Notify, new() { At = At10 });
        var plan = SchedulePlanner.Of(schedules.Store.Schedule("sched"))!;
        schedules.Runners["sched"] = new(
            "sched",
            InstanceState.Running,
            IsCurrent: true,
            plan with
            {
                Planned = schedules.Now,
                WakeAt = schedules.Now.AddSeconds(-10),
            }
        );
        await schedules.SweepAsync();
        schedules.Woken.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_occurrence_whose_run_is_there_already_is_passed_over_and_not_tried_for_ever()
    {
        var schedules = await StartAsync(ScheduleAction.Notify, new() { Cron = "*/10 * * * *" });
        var plan = SchedulePlanner.Of(schedules.Store.Schedule("sched"))!;
        var run = new ScheduleRun
        {
            ScheduleId = "sched",
            Planned = plan.Planned,
            Cause = ScheduleRun.Scheduled,
            Task = schedules.Store.Schedule("sched").Task,
            Status = RunStatus.Fired,
            StartedAt = plan.Planned,
        };
        await schedules.Store.CommitAsync("sched", [ScheduleWrite.Of(run, null)], CancellationToken.None);
        schedules.Advance(plan.Planned - schedules.Now);

        var next = await schedules.Dispatcher.DispatchAsync("sched", plan.Planned, plan.Revision, CancellationToken.None);
        next!.Planned.ShouldBe(plan.Planned.AddMinutes(10));
        schedules.Store.Runs.ShouldHaveSingleItem();
        schedules.Messages.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_firing_answers_what_its_schedule_waits_for_then()
    {
        var schedules = await StartAsync(ScheduleAction.Notify, new() { Cron = "*/10 * * * *" });
        var plan = SchedulePlanner.Of(schedules.Store.Schedule("sched"))!;
        schedules.Advance(plan.Planned - schedules.Now);
        var next = await schedules.Dispatcher.DispatchAsync("sched", plan.Planned, plan.Revision, CancellationToken.None);
        next.ShouldBe(SchedulePlanner.Of(schedules.Store.Schedule("sched")));
        next!.Planned.ShouldBe(plan.Planned.AddMinutes(10));
        (await schedules.Dispatcher.DispatchAsync("sched", plan.Planned, plan.Revision, CancellationToken.None)).ShouldBe(next);
        (await schedules.Dispatcher.DispatchAsync("gone", plan.Planned, plan.Revision, CancellationToken.None)).ShouldBeNull();
    }

    [Fact]
    public async Task A_schedule_whose_strategy_is_gone_fails_with_the_reason()
    {
        var schedules = new ScheduleHarness();
        await schedules.Service.CreateAsync(
            ScheduleHarness.New(ScheduleAction.StrategyStop, new() { At = At10 }, target: "gone"),
            "test",
            CancellationToken.None
        );
        schedules.Advance(At10 - schedules.Now);
        await schedules.WakeAsync("sched");
        var run = schedules.Store.Runs.ShouldHaveSingleItem();
        (run.Status, run.Code).ShouldBe((RunStatus.Failed, "STRATEGY_NOT_FOUND"));
    }

    [Fact]
    public async Task A_schedule_does_not_lift_a_switch_that_a_person_set()
    {
        var schedules = await StartAsync(ScheduleAction.KillSwitchOff, new() { At = At10 });
        await schedules.Engine.SetAccountAsync(account => account with { KillSwitch = new("mine", schedules.Now, "me") });
        schedules.Advance(At10 - schedules.Now);
        await schedules.WakeAsync("sched");
        var run = schedules.Store.Runs.ShouldHaveSingleItem();
        (run.Status, run.Code).ShouldBe((RunStatus.Skipped, null), "that it was left on is told");
    }

    [Theory]
    [InlineData(ScheduleAction.KillSwitchOff)]
    [InlineData(ScheduleAction.KillSwitchOn)]
    [InlineData(ScheduleAction.StrategyResume)]
    public async Task What_has_nothing_to_do_has_missed_nothing_and_says_so(ScheduleAction action)
    {
        var schedules = new ScheduleHarness();
        await schedules.Engine.AddAsync(TestStrategies.Trailing() with { EntryType = EntryType.Limit, EntryPrice = 50 });
        if (action == ScheduleAction.KillSwitchOn)
        {
            await schedules.Engine.SetAccountAsync(account => account with { KillSwitch = new("before", schedules.Now, "me") });
        }

        await schedules.Service.CreateAsync(
            new()
            {
                Id = "sched",
                Spec = new() { At = At10 },
                Task = ScheduleHarness.TaskOf(action),
            },
            "test",
            CancellationToken.None
        );
        schedules.Advance(At10 - schedules.Now);
        await schedules.WakeAsync("sched");
        var run = schedules.Store.Runs.ShouldHaveSingleItem();
        (run.Status, run.Code).ShouldBe((RunStatus.Skipped, ScheduleRun.NoOp), run.Outcome);
    }

    [Fact]
    public async Task An_order_that_the_broker_refuses_fails_with_its_reason()
    {
        var schedules = await StartAsync(ScheduleAction.OrderPlace, new() { At = At10 });
        schedules.Engine.Broker.BeforeSubmit = (_, _) => throw new BrokerRefusedException(RefusalKind.Other, "insufficient buying power");
        schedules.Advance(At10 - schedules.Now);
        await schedules.WakeAsync("sched");
        var run = schedules.Store.Runs.ShouldHaveSingleItem();
        (run.Status, run.Code).ShouldBe((RunStatus.Failed, "ORDER_PLACEMENT_FAILED"));
        run.Outcome.ShouldNotBeNull().ShouldContain("insufficient buying power");
    }
}
