using System.Text.Json;
using AutoTrader.Core.Ports.Scheduling;
using AutoTrader.Core.Schedules;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;

namespace AutoTrader.Functions.Scheduling;

/// <summary>
/// The orchestrations of schedules on Durable Task. No code relies on results or exception types of the engine, because engines differ in
/// both: failures are logged, and the sweeper reads back.
/// </summary>
/// <param name="client">The engine, as the function that runs was given it.</param>
/// <param name="log">Receives failures.</param>
internal sealed partial class DurableOrchestrationClient(DurableTaskClient client, ILogger log) : IOrchestrationClient
{
    private const string Prefix = "schedule-";
    private const int PageSize = 1000;

    private static readonly OrchestrationRuntimeStatus[] EndedStatuses =
    [
        OrchestrationRuntimeStatus.Completed,
        OrchestrationRuntimeStatus.Failed,
        OrchestrationRuntimeStatus.Terminated,
    ];

    public Task StartAsync(string scheduleId, PlannedOccurrence? plan, CancellationToken cancellationToken) =>
        TryAsync("start", scheduleId, () =>
            client.ScheduleNewOrchestrationInstanceAsync(
                ScheduleOrchestration.Name,
                new ScheduleInput(scheduleId, SchedulePlan.Of(plan)),
                new StartOrchestrationOptions(Prefix + scheduleId),
                cancellationToken
            )
        );

    public Task WakeAsync(string scheduleId, CancellationToken cancellationToken) =>
        TryAsync("wake", scheduleId, () =>
            client.RaiseEventAsync(Prefix + scheduleId, ScheduleOrchestration.Changed, cancellation: cancellationToken)
        );

    public Task StopAsync(string scheduleId, CancellationToken cancellationToken) =>
        TryAsync("stop", scheduleId, () => client.TerminateInstanceAsync(Prefix + scheduleId, cancellation: cancellationToken));

    public async Task<ScheduleInstance?> FindAsync(string scheduleId, CancellationToken cancellationToken)
    {
        var found = new ScheduleInstance(scheduleId, InstanceState.Missing, IsCurrent: true);
        return await TryAsync("read", scheduleId, async () =>
        {
            if (await client.GetInstanceAsync(Prefix + scheduleId, getInputsAndOutputs: true, cancellationToken) is { } instance)
            {
                found = Of(instance);
            }
        }) ? found : null;
    }

    public async Task<IReadOnlyDictionary<string, ScheduleInstance>?> ListAsync(CancellationToken cancellationToken)
    {
        var instances = new Dictionary<string, ScheduleInstance>(StringComparer.Ordinal);
        return await TryAsync("list", null, async () =>
        {
            await foreach (
                var instance in client
                    .GetAllInstancesAsync(new OrchestrationQuery(InstanceIdPrefix: Prefix, PageSize: PageSize, FetchInputsAndOutputs: true))
                    .WithCancellation(cancellationToken)
            )
            {
                var found = Of(instance);
                instances[found.ScheduleId] = found;
            }
        }) ? instances : null;
    }

    public Task PurgeAsync(DateTimeOffset before, CancellationToken cancellationToken) =>
        TryAsync("purge", null, () =>
            client.PurgeAllInstancesAsync(new PurgeInstancesFilter(CreatedTo: before, Statuses: EndedStatuses), cancellationToken)
        );

    private static ScheduleInstance Of(OrchestrationMetadata instance) =>
        new(
            instance.InstanceId[Prefix.Length..],
            instance.RuntimeStatus switch
            {
                OrchestrationRuntimeStatus.Suspended => InstanceState.Suspended,
                _ when EndedStatuses.Contains(instance.RuntimeStatus) => InstanceState.Ended,
                _ => InstanceState.Running,
            },
            string.Equals(instance.Name, ScheduleOrchestration.Name, StringComparison.OrdinalIgnoreCase),
            PlanOf(instance)
        );

    private static PlannedOccurrence? PlanOf(OrchestrationMetadata instance)
    {
        try
        {
            return instance.Name == ScheduleOrchestration.Name && instance.SerializedInput is { Length: > 0 }
                ? instance.ReadInputAs<ScheduleInput>()?.Plan?.ToOccurrence()
                : null;
        }
        catch (JsonException)
        {
            // Cut short by the engine, or of another version: not known, so nothing is wrong.
            return null;
        }
    }

    private async Task<bool> TryAsync(string what, string? scheduleId, Func<Task> call)
    {
        try
        {
            await call();
            return true;
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            LogFailed(log, what, scheduleId, failure.Message);
            return false;
        }
    }

    [LoggerMessage(2101, LogLevel.Information, "The orchestration engine did not {What} {ScheduleId}: {Reason}. The sweeper retries")]
    private static partial void LogFailed(ILogger logger, string what, string? scheduleId, string reason);
}
