using AutoTrader.Core.Application.Scheduling;
using AutoTrader.Core.Ports.Scheduling;
using AutoTrader.Core.Schedules;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;

namespace AutoTrader.Functions.Scheduling;

/// <summary>Signals orchestrations that schedules changed. The signal follows the commit; if it is lost, the sweeper notices.</summary>
public sealed class ScheduleSignals(OccurrenceDispatcher dispatcher, ILogger<ScheduleSignals> log)
{
    /// <summary>Starts the orchestration of a schedule that was just created.</summary>
    /// <param name="client">The engine, as the function that runs was given it.</param>
    /// <param name="schedule">The schedule, which was committed.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    public Task StartAsync(DurableTaskClient client, Schedule schedule, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        return SchedulePlanner.Of(schedule) is { } plan
            ? new DurableOrchestrationClient(client, log).StartAsync(schedule.Id, plan, cancellationToken)
            : Task.CompletedTask;
    }

    /// <summary>Makes a schedule's orchestration plan again, and starts one if there is none.</summary>
    /// <param name="client">The engine, as the function that runs was given it.</param>
    /// <param name="scheduleId">The schedule, whose change was committed.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    public async Task SignalAsync(DurableTaskClient client, string scheduleId, CancellationToken cancellationToken)
    {
        dispatcher.Changed(scheduleId);
        var orchestrations = new DurableOrchestrationClient(client, log);
        if (await orchestrations.FindAsync(scheduleId, cancellationToken) is { State: InstanceState.Running })
        {
            await orchestrations.WakeAsync(scheduleId, cancellationToken);
        }
        else
        {
            await orchestrations.StartAsync(scheduleId, plan: null, cancellationToken);
        }
    }
}
