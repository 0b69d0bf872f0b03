using AutoTrader.Core.Engine;
using AutoTrader.Functions.Observability;
using Microsoft.Azure.Functions.Worker;

namespace AutoTrader.Functions.Api;

/// <summary>Runs the evaluation cycle by the clock.</summary>
public sealed class EvaluateStrategies(IEvaluationCycle cycles, CycleSchedule schedule, TimeProvider clock)
{
    private const int Attempts = 15;
    private static readonly TimeSpan LeasePoll = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Runs the tick that is planned for now. Missed ticks are not repeated: a cycle decides on the current state. While another host holds
    /// the lease it retries for half a minute: a requested cycle ends within seconds, and the lease of a killed host expires.
    /// </summary>
    [Function(nameof(EvaluateStrategies))]
    public async Task RunAsync([TimerTrigger("%CycleSchedule%", UseMonitor = true)] TimerInfo timer, FunctionContext context)
    {
        ArgumentNullException.ThrowIfNull(timer);
        ArgumentNullException.ThrowIfNull(context);
        var tick = new CycleRequest(schedule.PlannedAt(clock.GetUtcNow(), timer.ScheduleStatus?.Next), CycleRequest.Timer);
        for (
            var attempt = 1;
            (await cycles.RunAsync(tick, context.CancellationToken)).Outcome == CycleOutcome.HeldElsewhere && attempt < Attempts;
            attempt++
        )
        {
            await Task.Delay(LeasePoll, TimeProvider.System, context.CancellationToken);
        }
    }
}
