using AutoTrader.Core.Engine;
using AutoTrader.Functions.Hosting;
using Microsoft.Azure.Functions.Worker;

namespace AutoTrader.Functions.Api;

/// <summary>Runs the evaluation cycle by the clock.</summary>
public sealed class EvaluateStrategies(IEvaluationCycle cycles, CycleSchedule schedule, TimeProvider clock)
{
    private static readonly TimeSpan LeasePoll = TimeSpan.FromMilliseconds(100);

    /// <summary>Runs the tick that is planned for now. Missed ones are not made up for: a cycle decides on what is true now.</summary>
    [Function(nameof(EvaluateStrategies))]
    public async Task RunAsync([TimerTrigger("%AutoTrader__CycleSchedule%", UseMonitor = true)] TimerInfo timer, FunctionContext context)
    {
        ArgumentNullException.ThrowIfNull(timer);
        ArgumentNullException.ThrowIfNull(context);
        var tick = new CycleRequest(schedule.PlannedAt(clock.GetUtcNow(), timer.ScheduleStatus?.Next), "timer");
        while ((await cycles.RunAsync(tick, context.CancellationToken)).Outcome == CycleOutcome.HeldElsewhere && clock != TimeProvider.System)
        {
            // Virtual time never moves while the engine waits for the lease; on the real host the next tick comes in its time.
            await Task.Delay(LeasePoll, TimeProvider.System, context.CancellationToken);
        }
    }
}
