using AutoTrader.LocalHost.Time;
using Microsoft.Extensions.Logging.Abstractions;

namespace AutoTrader.LocalHost.Tests.Time;

/// <summary>Virtual time moves to what is due next, and only while nothing runs.</summary>
public sealed class VirtualClockTests
{
    private static readonly DateTimeOffset Start = new(2025, 1, 2, 14, 30, 0, TimeSpan.Zero);

    private readonly RunningWork _work = new();
    private readonly VirtualClock _clock;
    private readonly List<string> _seen = [];

    public VirtualClockTests() => _clock = new VirtualClock(Start, _work, NullLogger.Instance);

    [Fact]
    public async Task Time_jumps_from_one_due_instant_to_the_next_and_ends_at_the_bound()
    {
        _clock.Add(Every(TimeSpan.FromMinutes(1), "a", () => Task.CompletedTask));
        await _clock.RunUntilAsync(Start.AddSeconds(150));
        _seen.ShouldBe(["a 60", "a 120"]);
        _clock.GetUtcNow().ShouldBe(Start.AddSeconds(150));
        _clock.GetElapsedTime(0, _clock.GetTimestamp()).ShouldBe(TimeSpan.FromTicks(Start.AddSeconds(150).UtcTicks));
    }

    [Fact]
    public async Task Time_stands_still_while_work_runs()
    {
        _clock.Add(Every(TimeSpan.FromMinutes(1), "a", async () =>
            {
                await RealWorkAsync();
                Note("end");
            }));
        await _clock.RunUntilAsync(Start.AddMinutes(2));
        _seen.ShouldBe(["a 60", "end 60", "a 120", "end 120"]);
    }

    [Fact]
    public async Task Work_that_awaits_a_virtual_delay_lets_time_pass()
    {
        _clock.Add(Every(TimeSpan.FromMinutes(1), "a", async () =>
            {
                for (var i = 0; i < 3; i++)
                {
                    await Task.Delay(TimeSpan.FromSeconds(10), _clock);
                    Note("polled");
                }
            }));
        await _clock.RunUntilAsync(Start.AddSeconds(95));
        _seen.ShouldBe(["a 60", "polled 70", "polled 80", "polled 90"]);
    }

    [Fact]
    public async Task A_deadline_in_virtual_time_is_no_delay()
    {
        _clock.Add(Every(TimeSpan.FromMinutes(1), "a", async () =>
            {
                using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(5), _clock);
                await RealWorkAsync();
                Note(deadline.IsCancellationRequested ? "late" : "in time");
            }));
        await _clock.RunUntilAsync(Start.AddMinutes(1));
        _seen.ShouldBe(["a 60", "in time 60"]);
    }

    [Fact]
    public async Task What_is_due_at_one_instant_runs_one_after_the_other_in_the_order_added()
    {
        async Task Slow()
        {
            await RealWorkAsync();
            Note("end");
        }

        _clock.Add(Every(TimeSpan.FromMinutes(1), "b", Slow));
        _clock.Add(Every(TimeSpan.FromMinutes(1), "a", Slow));
        await _clock.RunUntilAsync(Start.AddMinutes(1));
        _seen.ShouldBe(["b 60", "end 60", "a 60", "end 60"]);
    }

    [Fact]
    public async Task Work_is_not_parked_while_a_thread_still_runs_in_it()
    {
        _clock.Add(Every(TimeSpan.FromMinutes(1), "a", async () =>
            {
                var delay = Task.Delay(TimeSpan.FromSeconds(10), _clock);
                // Long enough for the clock to move, if it thought that this waits.
                Thread.SpinWait(1_000_000);
                Note("before the await");
                await delay;
                Note("after it");
            }));
        await _clock.RunUntilAsync(Start.AddSeconds(90));
        _seen.ShouldBe(["a 60", "before the await 60", "after it 70"]);
    }

    [Fact]
    public async Task A_canceled_delay_leaves_nothing_behind()
    {
        using var cancel = new CancellationTokenSource();
        _clock.Add(Every(TimeSpan.FromMinutes(1), "a", async () =>
            {
                var delay = Task.Delay(TimeSpan.FromHours(1), _clock, cancel.Token);
                cancel.Cancel();
                await delay.ShouldThrowAsync<TaskCanceledException>();
            }));
        await _clock.RunUntilAsync(Start.AddMinutes(1));
        _work.IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public async Task An_instant_is_settled_once_and_only_when_all_of_it_has_ended()
    {
        List<double> settled = [];
        _clock.InstantCompleted = instant =>
        {
            settled.Add((instant - Start).TotalSeconds);
            return Task.CompletedTask;
        };
        _clock.Add(Every(TimeSpan.FromMinutes(1), "a", () => Task.Delay(TimeSpan.FromSeconds(10), _clock)));
        _clock.Add(Every(TimeSpan.FromMinutes(1), "b", () => Task.CompletedTask));
        await _clock.RunUntilAsync(Start.AddSeconds(130));
        // At 60 and 120 one of the two still waits for its delay.
        settled.ShouldBe([70, 130]);
    }

    [Fact]
    public async Task A_drain_lets_running_work_end_without_starting_any()
    {
        using var stop = new CancellationTokenSource();
        _clock.Add(
            Every(
                TimeSpan.FromMinutes(1),
                "a",
                async () =>
                {
                    await Task.Delay(TimeSpan.FromSeconds(90), _clock);
                    Note("end");
                },
                onRelease: () => stop.Cancel()
            )
        );
        await _clock.RunUntilAsync(DateTimeOffset.MaxValue, stop.Token).ShouldThrowAsync<OperationCanceledException>();
        (await _clock.DrainAsync(CancellationToken.None)).ShouldBeTrue();
        _seen.ShouldBe(["a 60", "end 150"]);
    }

    [Fact]
    public async Task Time_never_passes_a_delay_by_however_the_threads_interleave()
    {
        // Every delay begins and ends on another thread than the one that moves the time, ten thousand times.
        _clock.Add(Every(TimeSpan.FromSeconds(10), "a", async () =>
            {
                var expected = _clock.GetUtcNow();
                for (var i = 0; i < 4; i++)
                {
                    await Task.Yield();
                    await Task.Delay(TimeSpan.FromSeconds(2), _clock);
                    expected += TimeSpan.FromSeconds(2);
                    if (_clock.GetUtcNow() != expected)
                    {
                        Note("late");
                    }
                }
            }));
        await _clock.RunUntilAsync(Start.AddSeconds(25_009));
        _seen.Count.ShouldBe(2_500);
        _seen.ShouldNotContain(line => line.StartsWith("late", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_periodic_timer_ticks_in_virtual_time()
    {
        await using (_clock.CreateTimer(_ => Note("tick"), state: null, TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(30)))
        {
            await _clock.RunUntilAsync(Start.AddSeconds(90));
        }
        await _clock.RunUntilAsync(Start.AddSeconds(200));
        _seen.ShouldBe(["tick 20", "tick 50", "tick 80"]);
    }

    // Leaves its thread again and again, as I/O does.
    private static async Task RealWorkAsync()
    {
        for (var i = 0; i < 500; i++)
        {
            await Task.Yield();
        }
    }

    [Fact]
    public async Task Instants_that_may_be_skipped_pass_at_once_whatever_the_speed()
    {
        // At this speed a minute would take longer than any test waits.
        var clock = new VirtualClock(Start, _work, NullLogger.Instance) { Speed = 0.001, Skips = instant => instant <= Start.AddHours(17) };
        await clock.RunUntilAsync(Start.AddHours(17));
        clock.GetUtcNow().ShouldBe(Start.AddHours(17));
    }

    private Source Every(TimeSpan interval, string name, Func<Task> run, Action? onRelease = null) =>
        new(this, interval, name, run, onRelease);

    private void Note(string what)
    {
        lock (_seen)
        {
            _seen.Add($"{what} {(_clock.GetUtcNow() - Start).TotalSeconds}");
        }
    }

    private sealed class Source(VirtualClockTests test, TimeSpan interval, string name, Func<Task> run, Action? onRelease) : IDueWork
    {
        private DateTimeOffset _next = Start + interval;
        private volatile bool _running;

        public DateTimeOffset? NextDue => _running ? null : _next;

        public void ReleaseNext(DateTimeOffset now)
        {
            _running = true;
            _next += interval;
            var item = test._work.Begin(name);
            onRelease?.Invoke();
            _ = Task.Run(async () =>
            {
                item.Enter();
                test.Note(name);
                await run();
                _running = false;
                item.Dispose();
            });
        }
    }
}
