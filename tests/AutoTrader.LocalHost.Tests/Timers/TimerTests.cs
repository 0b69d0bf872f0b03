using System.Collections.Concurrent;
using AutoTrader.LocalHost.Functions;
using AutoTrader.LocalHost.Hosting;
using AutoTrader.LocalHost.Storage;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.DependencyInjection;
using static AutoTrader.LocalHost.Tests.Hosting.HostTestSupport;

namespace AutoTrader.LocalHost.Tests.Timers;

/// <summary>Timers run, and tell what they run for, as the host's timer listener does.</summary>
public sealed class TimerTests
{
    private readonly ConcurrentQueue<Tick> _ticks = new();
    private readonly MemoryRuntimeStorage _storage = new();

    [Fact]
    public async Task An_invocation_is_told_the_last_run_and_its_own_planned_instant()
    {
        await using var host = await RunAsync(typeof(Minutely), Start);
        await host.RunUntilAsync(Start.AddMinutes(2).AddSeconds(30));
        var ticks = _ticks.ToArray();
        ticks.Select(tick => tick.At).ShouldBe([Start.AddMinutes(1), Start.AddMinutes(2)]);
        ticks[0].Status!.Last.ShouldBe(default);
        ticks[0].Status!.Next.ShouldBe(Start.AddMinutes(1).UtcDateTime);
        ticks[1].Status!.Last.ShouldBe(Start.AddMinutes(1).UtcDateTime);
        ticks[1].Status!.Next.ShouldBe(Start.AddMinutes(2).UtcDateTime);
        ticks[1].Status!.LastUpdated.ShouldBe(Start.AddMinutes(1).UtcDateTime);
        ticks.ShouldAllBe(tick => !tick.IsPastDue && tick.Status!.Next.Kind == DateTimeKind.Utc);
    }

    [Fact]
    public async Task What_was_missed_while_no_host_ran_is_one_run_that_says_so()
    {
        await using (var first = await RunAsync(typeof(Minutely), Start))
        {
            await first.RunUntilAsync(Start.AddMinutes(1));
        }
        await using var second = await RunAsync(typeof(Minutely), Start.AddMinutes(10).AddSeconds(20));
        await second.RunUntilAsync(Start.AddMinutes(11));
        var ticks = _ticks.ToArray();
        ticks.Select(tick => (tick.At - Start).TotalSeconds).ShouldBe([60, 620, 660]);
        ticks.Select(tick => tick.IsPastDue).ShouldBe([false, true, false]);
        // The planned instant is the first one missed.
        ticks[1].Status!.Next.ShouldBe(Start.AddMinutes(2).UtcDateTime);
        ticks[2].Status!.Last.ShouldBe(Start.AddSeconds(620).UtcDateTime);
    }

    [Fact]
    public async Task A_timer_that_is_not_monitored_forgets_what_it_missed_and_has_no_status()
    {
        await using (var first = await RunAsync(typeof(Unmonitored), Start))
        {
            await first.RunUntilAsync(Start.AddMinutes(1));
        }
        await using var second = await RunAsync(typeof(Unmonitored), Start.AddMinutes(10).AddSeconds(20));
        await second.RunUntilAsync(Start.AddMinutes(11));
        _ticks.Select(tick => (tick.At - Start).TotalSeconds).ShouldBe([60, 660]);
        _ticks.ShouldAllBe(tick => tick.Status == null);
    }

    [Fact]
    public async Task A_timer_of_less_than_a_minute_is_not_monitored()
    {
        await using var host = await RunAsync(typeof(EveryTenSeconds), Start);
        await host.RunUntilAsync(Start.AddSeconds(35));
        _ticks.Select(tick => (tick.At - Start).TotalSeconds).ShouldBe([10, 20, 30]);
        _ticks.ShouldAllBe(tick => tick.Status == null);
    }

    [Fact]
    public async Task A_timer_does_not_overlap_itself_and_counts_its_next_run_from_the_start_of_the_last()
    {
        await using var host = await RunAsync(typeof(Long), Start);
        await host.RunUntilAsync(Start.AddMinutes(6));
        // Each takes 150 s: what came due meanwhile is one run, at once, and not past due.
        _ticks.Select(tick => (tick.At - Start).TotalSeconds).ShouldBe([60, 210, 360]);
        _ticks.Select(tick => (tick.Status!.Next - Start.UtcDateTime).TotalSeconds).ShouldBe([60, 120, 240]);
        _ticks.ShouldAllBe(tick => !tick.IsPastDue);
    }

    [Fact]
    public async Task A_failed_run_does_not_stop_the_schedule()
    {
        await using var host = await RunAsync(typeof(Failing), Start);
        await host.RunUntilAsync(Start.AddMinutes(3));
        _ticks.Count.ShouldBe(3);
        host.Failures.Count.ShouldBe(3);
    }

    [Fact]
    public async Task Run_on_startup_runs_once_at_the_start()
    {
        await using var host = await RunAsync(typeof(AtStartup), Start.AddSeconds(5));
        await host.RunUntilAsync(Start.AddMinutes(2));
        _ticks.Select(tick => (tick.At - Start).TotalSeconds).ShouldBe([5, 60, 120]);
        _ticks.First().Status!.Next.ShouldBe(Start.AddMinutes(1).UtcDateTime);
        _ticks.ShouldAllBe(tick => !tick.IsPastDue);
    }

    [Fact]
    public async Task An_edited_schedule_is_not_past_due()
    {
        await using (var first = await RunAsync(typeof(BySetting), Start, ("Tick", "0 */5 * * * *")))
        {
            await first.RunUntilAsync(Start.AddMinutes(5));
        }
        await using var second = await RunAsync(typeof(BySetting), Start.AddMinutes(30), ("Tick", "0 0 * * * *"));
        await second.RunUntilAsync(Start.AddMinutes(31));
        _ticks.Select(tick => (tick.At - Start).TotalMinutes).ShouldBe([5, 30]);
        _ticks.Last().IsPastDue.ShouldBeFalse();
    }

    [Fact]
    public async Task A_run_asked_for_by_hand_leaves_the_schedule_alone()
    {
        await using var host = await RunAsync(typeof(Minutely), Start);
        await host.RunUntilAsync(Start.AddMinutes(1).AddSeconds(30));
        using var client = Client(host);
        (await client.PostAsync("admin/functions/minutely", Json("{}"))).StatusCode.ShouldBe(System.Net.HttpStatusCode.Accepted);
        await host.RunUntilAsync(Start.AddMinutes(2));
        _ticks.Select(tick => (tick.At - Start).TotalSeconds).ShouldBe([60, 90, 120]);
    }

    [Fact]
    public async Task A_run_that_a_crash_interrupted_runs_again_at_its_instant()
    {
        await using (var first = await RunAsync(typeof(Long), Start))
        {
            await first.RunUntilAsync(Start.AddMinutes(2));
            _ticks.Count.ShouldBe(1);
            await first.AbandonAsync();
        }

        await using var second = await RunAsync(typeof(Long), Start);
        second.Clock.GetUtcNow().ShouldBe(Start);
        await second.RunUntilAsync(Start.AddMinutes(4));
        _ticks.Select(tick => (tick.At - Start).TotalSeconds).ShouldBe([60, 60, 210]);
    }

    [Fact]
    public async Task Five_fields_are_minutes_and_up()
    {
        await using var host = await RunAsync(typeof(BySetting), Start, ("Tick", "*/15 * * * *"));
        await host.RunUntilAsync(Start.AddMinutes(31));
        _ticks.Select(tick => (tick.At - Start).TotalMinutes).ShouldBe([15, 30]);
    }

    [Theory]
    [InlineData("every minute")]
    [InlineData("00:05:00")]
    [InlineData("0 0 0 0 0 0 0")]
    public async Task A_schedule_that_is_no_NCRONTAB_is_refused(string schedule) =>
        (await RunAsync(typeof(BySetting), Start, ("Tick", schedule)).ShouldThrowAsync<FunctionIndexingException>()).Message.ShouldContain(
            schedule
        );

    private Task<LocalFunctionsHost> RunAsync(Type functions, DateTimeOffset start, params (string, string)[] settings) =>
        StartAsync(Options(functions) with { SteppedFrom = start, Storage = _storage, Settings = Settings(settings) }, builder =>
            builder.Services.AddSingleton(_ticks)
        );

    public sealed record Tick(DateTimeOffset At, bool IsPastDue, ScheduleStatus? Status);

    public abstract class Recorder(ConcurrentQueue<Tick> ticks, TimeProvider time)
    {
        protected TimeProvider Time => time;

        protected void Record(TimerInfo timer) => ticks.Enqueue(new Tick(time.GetUtcNow(), timer.IsPastDue, timer.ScheduleStatus));
    }

    public sealed class Minutely(ConcurrentQueue<Tick> ticks, TimeProvider time) : Recorder(ticks, time)
    {
        [Function("Minutely")]
        public void Run([TimerTrigger("0 * * * * *")] TimerInfo timer) => Record(timer);
    }

    public sealed class Unmonitored(ConcurrentQueue<Tick> ticks, TimeProvider time) : Recorder(ticks, time)
    {
        [Function("Unmonitored")]
        public void Run([TimerTrigger("0 * * * * *", UseMonitor = false)] TimerInfo timer) => Record(timer);
    }

    public sealed class EveryTenSeconds(ConcurrentQueue<Tick> ticks, TimeProvider time) : Recorder(ticks, time)
    {
        [Function("EveryTenSeconds")]
        public void Run([TimerTrigger("*/10 * * * * *")] TimerInfo timer) => Record(timer);
    }

    public sealed class Long(ConcurrentQueue<Tick> ticks, TimeProvider time) : Recorder(ticks, time)
    {
        [Function("Long")]
        public async Task Run([TimerTrigger("0 * * * * *")] TimerInfo timer, CancellationToken cancellationToken)
        {
            Record(timer);
            await Task.Delay(TimeSpan.FromSeconds(150), Time, cancellationToken);
        }
    }

    public sealed class Failing(ConcurrentQueue<Tick> ticks, TimeProvider time) : Recorder(ticks, time)
    {
        [Function("Failing")]
        public void Run([TimerTrigger("0 * * * * *")] TimerInfo timer)
        {
            Record(timer);
            throw new InvalidOperationException("tick");
        }
    }

    public sealed class AtStartup(ConcurrentQueue<Tick> ticks, TimeProvider time) : Recorder(ticks, time)
    {
        [Function("AtStartup")]
        public void Run([TimerTrigger("0 * * * * *", RunOnStartup = true)] TimerInfo timer) => Record(timer);
    }

    public sealed class BySetting(ConcurrentQueue<Tick> ticks, TimeProvider time) : Recorder(ticks, time)
    {
        [Function("BySetting")]
        public void Run([TimerTrigger("%Tick%")] TimerInfo timer) => Record(timer);
    }
}
