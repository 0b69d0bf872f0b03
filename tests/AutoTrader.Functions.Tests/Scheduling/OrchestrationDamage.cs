using AutoTrader.Functions.Scheduling;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace AutoTrader.Functions.Tests.Scheduling;

/// <summary>What can be done to the orchestration of a schedule behind the app's back, by name. Of the schedules, one is called
/// <c>yearly</c> and sleeps.</summary>
internal static class OrchestrationDamage
{
    public static readonly IReadOnlyDictionary<string, Func<DurableTaskClient, string, Task>> All = new Dictionary<
        string,
        Func<DurableTaskClient, string, Task>
    >(StringComparer.Ordinal)
    {
        ["terminated"] = (engine, id) => engine.TerminateInstanceAsync(Instance(id)),
        ["suspended"] = (engine, id) => engine.SuspendInstanceAsync(Instance(id)),
        ["purged"] = (engine, id) => engine.PurgeInstanceAsync(Instance(id)),
        ["failed"] = (engine, id) => ReplaceAsync(engine, id, ScheduleOrchestration.Name, new { nonsense = true }),
        ["completed"] = (engine, id) => ReplaceAsync(engine, id, ScheduleOrchestration.Name, new ScheduleInput("nothing", null)),
        ["sleeping for another schedule"] = (engine, id) =>
            ReplaceAsync(engine, id, ScheduleOrchestration.Name, new ScheduleInput("yearly", null)),
        ["of an older version"] = (engine, id) => ReplaceAsync(engine, id, OlderOrchestration.Name, id),
        ["hinted at with nonsense"] = (engine, id) =>
            engine.RaiseEventAsync(Instance(id), ScheduleOrchestration.Changed, new { nonsense = true }),
    };

    private static string Instance(string scheduleId) => "schedule-" + scheduleId;

    private static async Task ReplaceAsync(DurableTaskClient engine, string id, string name, object input)
    {
        await engine.PurgeInstanceAsync(Instance(id));
        await engine.ScheduleNewOrchestrationInstanceAsync(name, input, new StartOrchestrationOptions(Instance(id)));
    }
}
