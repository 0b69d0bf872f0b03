using AutoTrader.Core.Engine;
using AutoTrader.Functions.Hosting;
using Microsoft.Azure.Functions.Worker;

namespace AutoTrader.Functions.Api;

/// <summary>Runs the evaluation cycle by the clock.</summary>
public sealed class EvaluateStrategies(IEvaluationCycle cycles, CycleSchedule schedule, TimeProvider clock)
{
    /// <summary>Runs the tick that is planned for now. Missed ones are not made up for: a cycle decides on what is true now.</summary>
    [Function(nameof(EvaluateStrategies))]
    public Task RunAsync([TimerTrigger("%CycleSchedule%", UseMonitor = true)] TimerInfo timer, FunctionContext context)
    {
        ArgumentNullException.ThrowIfNull(timer);
        ArgumentNullException.ThrowIfNull(context);
        return cycles.RunAsync(new(schedule.PlannedAt(clock.GetUtcNow(), timer.ScheduleStatus?.Next), CycleRequest.Timer), context.CancellationToken);
    }
}
