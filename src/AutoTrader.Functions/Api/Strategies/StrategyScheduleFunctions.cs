using AutoTrader.Core.Application;
using AutoTrader.Core.Application.Scheduling;
using AutoTrader.Functions.Api.Schedules;
using AutoTrader.Functions.Http;
using AutoTrader.Functions.Scheduling;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;

namespace AutoTrader.Functions.Api.Strategies;

/// <summary>A strategy's own schedule: the short form.</summary>
public sealed class StrategyScheduleFunctions(StrategyScheduleService service, ScheduleSignals signals, TimeProvider clock)
{
    internal static ApiEndpoint Put { get; } =
        new(
            nameof(PutStrategySchedule),
            "put",
            "strategies/{id}/schedule",
            "Schedules a strategy's start, replacing its previous schedule; If-Match takes the ETag of that schedule. Until then "
                + "it is disabled; an open position's protection stays."
        )
        {
            Tag = "strategies",
            Body =
            [
                .. ScheduleBody.When.Where(field =>
                    field.Name is "schedule_at" or "schedule_cron" or "market" or "zone" or "trading_days_only"
                ),
            ],
            TakesIfMatch = true,
            Response = typeof(ScheduleResource),
            Headers = [Header.ETag],
            Refusals = [404, 409, 412],
        };

    internal static ApiEndpoint Delete { get; } =
        new(
            nameof(DeleteStrategySchedule),
            "delete",
            "strategies/{id}/schedule",
            "Cancels a strategy's schedule and restores enabled. If-Match takes the ETag of the schedule."
        )
        {
            Tag = "strategies",
            TakesIfMatch = true,
            Response = typeof(StrategyResource),
            Headers = [Header.ETag],
            Refusals = [404, 412],
        };

    /// <summary>Schedules a strategy.</summary>
    [Function(nameof(PutStrategySchedule))]
    public async Task<IResult> PutStrategySchedule(
        [HttpTrigger(AuthorizationLevel.Function, "put", Route = "strategies/{id}/schedule")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        string id
    )
    {
        var input = await ApiRequest.ReadAsync(request, Put);
        var row = await service.SetAsync(
            id,
            ScheduleBody.WhenOf(new(), input.Body, clock.GetUtcNow()),
            input.IfMatch,
            input.Caller,
            input.Cancellation
        );
        await signals.SignalAsync(client, row.Value.Id, input.Cancellation);
        return ApiResult.Of(ScheduleResource.Of(row)).Tagged(VersionTag.Of(row.Version));
    }

    /// <summary>Cancels a strategy's schedule.</summary>
    [Function(nameof(DeleteStrategySchedule))]
    public async Task<IResult> DeleteStrategySchedule(
        [HttpTrigger(AuthorizationLevel.Function, "delete", Route = "strategies/{id}/schedule")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        string id
    )
    {
        var input = await ApiRequest.ReadAsync(request, Delete);
        var row = await service.CancelAsync(id, input.IfMatch, input.Caller, input.Cancellation);
        await signals.SignalAsync(client, StrategyScheduleService.IdOf(id), input.Cancellation);
        return ApiResult.Of(StrategyResource.Of(row)).Tagged(VersionTag.Of(row.Version));
    }
}
