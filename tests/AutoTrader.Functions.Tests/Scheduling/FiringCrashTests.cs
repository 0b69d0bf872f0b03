using System.Net;
using AutoTrader.Core.Application.Scheduling;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports.Scheduling;
using AutoTrader.Core.Schedules;
using AutoTrader.Storage.Tables;
using AutoTrader.Testing;
using Azure.Data.Tables;
using Microsoft.Extensions.DependencyInjection;

namespace AutoTrader.Functions.Tests.Scheduling;

/// <summary>The whole app dies before and after storage calls of a firing: the occurrence has one run, and its effect happens once. At
/// every call in the long form (<see cref="LongForm"/>); with every push before and after every second one: what a death after a call
/// leaves is what one before the next leaves, so that no place between two calls is left out.</summary>
public abstract class FiringCrashTests(ScheduleAction action)
{
    private const string Id = "s";
    private const string Symbol = "ACME";
    private static readonly DateTimeOffset Due = TestApp.Start.AddMinutes(3);

    // After the last thing that happens before it, and before an early wake-up.
    private static readonly DateTimeOffset Before = Due.AddSeconds(-70);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Killed_at_a_storage_call_of_a_firing_it_happens_once(bool afterTheCall)
    {
        var call = 1;
        while (await RunAsync(call, afterTheCall))
        {
            call += LongForm.Of(2, 1);
        }

        TestContext.Current.TestOutputHelper!.WriteLine(
            FormattableString.Invariant($"{WireNames.Of(action)}: {call} is past its last storage call")
        );
        call.ShouldBeGreaterThan(5);
    }

    private async Task<bool> RunAsync(int call, bool afterTheCall)
    {
        var (storage, notifications, death) = (new TestStorage(), new KeptNotifications(), new Death(call, afterTheCall));
        var first = await StartAsync(
            new() { Tables = storage.Tables.Through(table => new MortalTable(table, death)), Runtime = storage.Runtime },
            TestApp.Start,
            notifications
        );
        await ScheduledEffect.PrepareAsync(first, action, Id, Symbol);
        var created = await first.PostAsync(
            "schedules",
            $$"""{"id":"{{Id}}","task_type":"{{WireNames.Of(action)}}","""
                + $$""" "schedule_at":"{{Due:O}}","task_data":{{ScheduledEffect.Data(action, Id, Symbol)}}}"""
        );
        created.Status.ShouldBe(HttpStatusCode.Created, created.Text);
        await first.UntilAsync(Before);

        death.Arm();
        await Task.WhenAny(death.Happened, first.UntilAsync(Due.AddSeconds(20)));
        var (hasDied, now) = (death.Happened.IsCompleted, first.Now);
        await first.KillAsync();

        await using var second = await StartAsync(storage, now, notifications);
        await second.UntilAsync(Due.AddMinutes(4));
        var when = FormattableString.Invariant($"killed {(afterTheCall ? "after" : "before")} call {call}");
        var run = (await second.Get<IScheduleStore>().ListRunsAsync(Id, 1000, null, CancellationToken.None))
            .Items.ShouldHaveSingleItem(when)
            .Value;
        (run.Planned, run.Cause, run.Status).ShouldBe((Due, ScheduleRun.Scheduled, RunStatus.Fired), $"{when}: {run.Code} {run.Outcome}");
        await ScheduledEffect.ShouldBeThatOfAsync(second, action, Id, Symbol, [run], notifications);
        second.Failures.ShouldBeEmpty(when);
        return hasDied;
    }

    private static Task<TestApp> StartAsync(TestStorage storage, DateTimeOffset start, KeptNotifications notifications) =>
        TestApp.StartAsync(
            storage,
            start,
            services => services.AddSingleton<IScheduleNotifications>(notifications),
            ("CycleSchedule", "0 33,36,37,38 * * * *")
        );

    private sealed class Death(int call, bool afterTheCall)
    {
        private readonly Lock _gate = new();
        private readonly TaskCompletionSource _happened = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private bool _isArmed;
        private int _calls;

        public Task Happened => _happened.Task;

        public void Arm() => _isArmed = true;

        public void Step(bool after)
        {
            lock (_gate)
            {
                if (_happened.Task.IsCompleted || (_isArmed && after == afterTheCall && ++_calls == call))
                {
                    _happened.TrySetResult();
                    throw new IOException("The process is dead.");
                }
            }
        }
    }

    private sealed class MortalTable(IEntityTable inner, Death death) : IEntityTable
    {
        public Task<EntityPage> PageAsync(EntityQuery query, int pageSize, string? continuation, CancellationToken cancellationToken) =>
            DoAsync(() => inner.PageAsync(query, pageSize, continuation, cancellationToken));

        public Task<TableEntity?> ReadAsync(string partitionKey, string rowKey, CancellationToken cancellationToken) =>
            DoAsync(() => inner.ReadAsync(partitionKey, rowKey, cancellationToken));

        public Task<GroupResult> WriteAsync(EntityGroup group, CancellationToken cancellationToken) =>
            DoAsync(() => inner.WriteAsync(group, cancellationToken));

        private async Task<T> DoAsync<T>(Func<Task<T>> call)
        {
            death.Step(after: false);
            var result = await call();
            death.Step(after: true);
            return result;
        }
    }
}

/// <summary>An order that is to exist once.</summary>
public sealed class OrderFiringCrashTests() : FiringCrashTests(ScheduleAction.OrderPlace);

/// <summary>A strategy that is to be started.</summary>
public sealed class StartFiringCrashTests() : FiringCrashTests(ScheduleAction.StrategyStart);

/// <summary>A position that is to be sold once.</summary>
public sealed class CloseFiringCrashTests() : FiringCrashTests(ScheduleAction.StrategyClose);

/// <summary>A message that is to be sent.</summary>
public sealed class NotifyFiringCrashTests() : FiringCrashTests(ScheduleAction.Notify);
