using AutoTrader.Core.Application;
using AutoTrader.Core.Application.Scheduling;
using AutoTrader.Core.Engine;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Brokerage;
using AutoTrader.Core.Ports.Scheduling;
using AutoTrader.Core.Schedules;
using AutoTrader.Functions.Maintenance;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging.Abstractions;
using NSubstitute;

namespace AutoTrader.Functions.Tests.Scheduling;

/// <summary>After a long downtime there may be more to catch up than fits into one sweep.</summary>
public sealed class LongSweepTests
{
    [Fact]
    public async Task A_sweep_that_runs_out_of_time_has_worked_and_the_next_one_goes_on()
    {
        await using var app = await TestApp.StartAsync();
        var beats = Substitute.For<IHeartbeatStore>();
        await Sweep(app, beats).RunAsync(Substitute.For<DurableTaskClient>("test"), TestContext.Current.CancellationToken);

        await beats
            .Received(1)
            .BeatAsync("paper", Heartbeats.Sweep, Arg.Any<DateTimeOffset>(), Arg.Is<CancellationToken>(it => !it.IsCancellationRequested));
    }

    [Fact]
    public async Task A_host_that_stops_ends_the_sweep()
    {
        await using var app = await TestApp.StartAsync();
        var beats = Substitute.For<IHeartbeatStore>();
        using var stopped = new CancellationTokenSource();
        await stopped.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() =>
            Sweep(app, beats).RunAsync(Substitute.For<DurableTaskClient>("test"), stopped.Token)
        );
        await beats.DidNotReceiveWithAnyArgs().BeatAsync("", "", default, CancellationToken.None);
    }

    private static ScheduleSweep Sweep(TestApp app, IHeartbeatStore beats)
    {
        var endless = Substitute.For<IScheduleStore>();
        endless.ListAsync(0, null, CancellationToken.None).ReturnsForAnyArgs(call => EndlessAsync(call.Arg<CancellationToken>()));
        return new(
            new(endless, app.Get<OccurrenceDispatcher>(), app.Get<IScheduleEvents>(), app.Get<TimeProvider>()),
            app.Get<EngineService>(),
            app.Get<StrategyScheduleService>(),
            new(beats, app.Get<IBroker>(), app.Get<TimeProvider>()),
            NullLogger<ScheduleSweep>.Instance
        )
        {
            Longest = TimeSpan.FromMilliseconds(1),
        };
    }

    private static async Task<Page<Row<Schedule>>> EndlessAsync(CancellationToken cancellationToken)
    {
        await Task.Delay(Timeout.Infinite, cancellationToken);
        throw new InvalidOperationException("It does not end.");
    }
}
