using AutoTrader.Core.Application;
using AutoTrader.Core.Application.Scheduling;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Schedules;
using AutoTrader.Core.Strategies;
using AutoTrader.Functions.Http;
using AutoTrader.Functions.Scheduling;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;

namespace AutoTrader.Functions.Api.Schedules;

/// <summary>Schedules: list, create, read, change, delete.</summary>
public sealed class ScheduleFunctions(
    ScheduleService service,
    StrategyScheduleService strategies,
    ScheduleTargets targets,
    ScheduleSignals signals,
    Cursors cursors,
    TimeProvider clock
)
{
    private const int DefaultAhead = 10;
    private const int MostAhead = 500;

    internal static ApiEndpoint List { get; } =
        new ApiEndpoint(nameof(ListSchedules), "get", "schedules", "Schedules, ordered by id within each storage shard.")
        {
            Tag = "schedules",
            Query =
            [
                Field.Choice<ScheduleAction>("task_type", "Only with this action."),
                Field.Text("strategy_id", "Only on this strategy.", StrategyValidation.MaxId),
                Field.Flag("enabled", "Only enabled ones, or only paused ones."),
            ],
            Response = typeof(ListView<ScheduleResource>),
        }.Paged();

    internal static ApiEndpoint Create { get; } =
        new(nameof(CreateSchedule), "post", "schedules", "Creates a schedule. Its first occurrence is in the future.")
        {
            Headers = [Header.Location, Header.ETag],
            Tag = "schedules",
            Body = ScheduleBody.ForCreate,
            Response = typeof(ScheduleResource),
            Status = StatusCodes.Status201Created,
            Refusals = [409, 422],
        };

    internal static ApiEndpoint Get { get; } =
        new(nameof(GetSchedule), "get", "schedules/{id}", "One schedule.")
        {
            Headers = [Header.ETag],
            Tag = "schedules",
            Response = typeof(ScheduleResource),
            Refusals = [404],
        };

    internal static ApiEndpoint Patch { get; } =
        new(
            nameof(PatchSchedule),
            "patch",
            "schedules/{id}",
            "Changes the given fields of a schedule, effective at once; null clears a field. An occurrence that was due before "
                + "fires first, as it "
                + "was planned."
        )
        {
            Headers = [Header.ETag],
            Tag = "schedules",
            TakesIfMatch = true,
            Body = ScheduleBody.ForPatch,
            Response = typeof(ScheduleResource),
            Refusals = [404, 412, 422],
        };

    internal static ApiEndpoint Delete { get; } =
        new(
            nameof(DeleteSchedule),
            "delete",
            "schedules/{id}",
            "Deletes a schedule, effective at once; its runs stay readable until they expire. Deleting a strategy's "
                + "own schedule restores the strategy's enabled."
        )
        {
            Tag = "schedules",
            TakesIfMatch = true,
            Status = StatusCodes.Status204NoContent,
            Refusals = [404, 412],
        };

    internal static ApiEndpoint Preview { get; } =
        new(
            nameof(PreviewSchedule),
            "post",
            "schedules/preview",
            "The next occurrences of a rule, in UTC and in its zone, and skipped days with the reason; reason says why "
                + "there are none. With task_type orders_cancel, effect lists the orders and strategies it would affect now. Nothing "
                + "is saved."
        )
        {
            Tag = "schedules",
            Body = [.. ScheduleBody.ForPreview, Field.Whole("count", "How many.", 1, MostAhead) with { Default = "10" }],
            Response = typeof(PreviewView),
        };

    /// <summary>Looks ahead.</summary>
    [Function(nameof(PreviewSchedule))]
    public async Task<IResult> PreviewSchedule(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "schedules/preview")] HttpRequest request
    )
    {
        var input = await ApiRequest.ReadAsync(request, Preview);
        var when = ScheduleBody.WhenOf(new(), input.Body, clock.GetUtcNow());
        var task =
            input.Body.Has("task_type") || input.Body.Has("task_data")
                ? ScheduleBody.Draft(input.Body, clock.GetUtcNow()).Task
                : new(ScheduleAction.Notify);
        await targets.RequireAsync(task, input.Cancellation);
        return ApiResult.Of(
            PreviewView.Of(
                service.Preview(when, task, input.Body.Whole("count") ?? DefaultAhead),
                await targets.EffectAsync(task, input.Cancellation)
            )
        );
    }

    /// <summary>Lists schedules.</summary>
    [Function(nameof(ListSchedules))]
    public async Task<IResult> ListSchedules([HttpTrigger(AuthorizationLevel.Function, "get", Route = "schedules")] HttpRequest request)
    {
        var input = await ApiRequest.ReadAsync(request, List);
        var filter = new ScheduleFilter(
            input.Query.Choice<ScheduleAction>("task_type"),
            input.Query.Text("strategy_id"),
            input.Query.Flag("enabled")
        );
        var list = $"schedules {filter}";
        var page = await service.ListAsync(filter, input.Limit, cursors.Read(list, input.Query.Text("cursor")), input.Cancellation);
        return ApiResult.Of(ListView<ScheduleResource>.Of(page.Items.Select(ScheduleResource.Of), cursors.Write(list, page.Continuation)));
    }

    /// <summary>Creates a schedule.</summary>
    [Function(nameof(CreateSchedule))]
    public async Task<IResult> CreateSchedule(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "schedules")] HttpRequest request,
        [DurableClient] DurableTaskClient client
    )
    {
        var input = await ApiRequest.ReadAsync(request, Create);
        var draft = ScheduleBody.Draft(input.Body, clock.GetUtcNow());
        await targets.RequireAsync(draft.Task, input.Cancellation);
        var row = await service.CreateAsync(draft, input.Caller, input.Cancellation);
        await signals.StartAsync(client, row.Value, input.Cancellation);
        return ApiResult
            .Of(ScheduleResource.Of(row), StatusCodes.Status201Created)
            .With("Location", "/api/schedules/" + row.Value.Id)
            .Tagged(VersionTag.Of(row.Version));
    }

    /// <summary>One schedule.</summary>
    [Function(nameof(GetSchedule))]
    public async Task<IResult> GetSchedule(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "schedules/{id}")] HttpRequest request,
        string id
    )
    {
        var input = await ApiRequest.ReadAsync(request, Get);
        var row = await service.GetAsync(id, input.Cancellation);
        return ApiResult.Of(ScheduleResource.Of(row)).Tagged(VersionTag.Of(row.Version));
    }

    /// <summary>Changes a schedule.</summary>
    [Function(nameof(PatchSchedule))]
    public async Task<IResult> PatchSchedule(
        [HttpTrigger(AuthorizationLevel.Function, "patch", Route = "schedules/{id}")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        string id
    )
    {
        RowVersion? version = null;
        var input = await ApiRequest.ReadChangeAsync(request, Patch, async token =>
        {
            var shown = await service.GetAsync(id, token);
            version = shown.Version;
            return (ScheduleResource.Of(shown), shown.Version);
        });
        if (input.Body.Part("task_data")?.Text("strategy_id") is { } target)
        {
            await targets.RequireAsync(new(ScheduleAction.StrategyStart) { Target = target }, input.Cancellation);
        }

        var row = await service.ChangeAsync(
            id,
            schedule =>
                ScheduleBody.Apply(
                    schedule,
                    version is null ? input.Body : input.BodyOn(ScheduleResource.Of(new(schedule, version))),
                    clock.GetUtcNow()
                ),
            input.IfMatch,
            "update_schedule",
            input.Caller,
            input.Cancellation
        );
        await signals.SignalAsync(client, id, input.Cancellation);
        return ApiResult.Of(ScheduleResource.Of(row)).Tagged(VersionTag.Of(row.Version));
    }

    /// <summary>Deletes a schedule.</summary>
    [Function(nameof(DeleteSchedule))]
    public async Task<IResult> DeleteSchedule(
        [HttpTrigger(AuthorizationLevel.Function, "delete", Route = "schedules/{id}")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        string id
    )
    {
        var input = await ApiRequest.ReadAsync(request, Delete);
        await strategies.DeleteAsync(id, input.IfMatch, input.Caller, input.Cancellation);
        await signals.SignalAsync(client, id, input.Cancellation);
        return ApiResult.Empty();
    }
}
