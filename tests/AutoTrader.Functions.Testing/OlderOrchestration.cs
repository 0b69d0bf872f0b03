using AutoTrader.Functions.Scheduling;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;

namespace AutoTrader.Functions.Testing;

/// <summary>What an older version of the app may have left sleeping: it plans and fires by the same activities, but knows no
/// hints.</summary>
public static class OlderOrchestration
{
    public const string Name = "ScheduleV0";

    [Function(Name)]
    public static async Task RunAsync([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var id = context.GetInput<string>()!;
        var plan = (await context.CallActivityAsync<SchedulePlan?>(nameof(ScheduleActivities.PlanSchedule), id))!;
        await context.CreateTimer(plan.WakeAt.UtcDateTime, CancellationToken.None);
        await context.CallActivityAsync(nameof(ScheduleActivities.FireSchedule), new ScheduleFiring(id, plan.Planned, plan.Revision));
        context.ContinueAsNew(id);
    }
}
