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

namespace AutoTrader.Functions.Api;

/// <summary>Schedules: list, create, look at, change, delete.</summary>
public sealed class ScheduleFunctions(
    ScheduleService service,
    StrategyScheduleService strategies,
    ScheduleTargets targets,
    ScheduleRunners runners,
    Cursors cursors,
    TimeProvider clock
)
{
    private const int DefaultAhead = 10;
    private const int MostAhead = 500;

    internal static ApiEndpoint List { get; } =
        new ApiEndpoint(nameof(ListSchedules), "get", "schedules", "Schedules, those of one storage shard in the order of their ids.")
        {
            Tag = "schedules",
            Query =
            [
                Field.Choice<ScheduleAction>("task_type", "Only of this action."),
                Field.Text("strategy_id", "Only on this strategy.", StrategyValidation.MaxId),
                Field.Flag("enabled", "Only enabled ones, or only paused ones."),
            ],
            Answer = typeof(ListView<ScheduleResource>),
        }.Paged();

    internal static ApiEndpoint Create { get; } =
        new(nameof(CreateSchedule), "post", "schedules", "Creates a schedule. Its occurrences begin after now.")
        {
            Headers = [Header.Location, Header.ETag],
            Tag = "schedules",
            Body = ScheduleBody.ForCreate,
            Answer = typeof(ScheduleResource),
            Status = StatusCodes.Status201Created,
            Refusals = [409, 422],
        };

    internal static ApiEndpoint Get { get; } =
        new(nameof(GetSchedule), "get", "schedules/{id}", "One schedule.")
        {
            Headers = [Header.ETag],
            Tag = "schedules",
            Answer = typeof(ScheduleResource),
            Refusals = [404],
        };

    internal static ApiEndpoint Patch { get; } =
        new(
            nameof(PatchSchedule),
            "patch",
            "schedules/{id}",
            "Changes a schedule: the fields that are given, null clears. It holds at once; what was due before is fired first, as it "
                + "was planned."
        )
        {
            Headers = [Header.ETag],
            Tag = "schedules",
            TakesIfMatch = true,
            Body = ScheduleBody.ForPatch,
            Answer = typeof(ScheduleResource),
            Refusals = [404, 412, 422],
        };

    internal static ApiEndpoint Delete { get; } =
        new(
            nameof(DeleteSchedule),
            "delete",
            "schedules/{id}",
            "Deletes a schedule. It fires no more from the answer on; its runs can be read until they are old. That of a strategy's "
                + "own schedule is canceled as there: enabled is what it was."
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
            "The next occurrences of a rule, in UTC and in its zone, and the days that are left out with the reason; reason says why "
                + "there are none. With task_type orders_cancel, effect says which orders and strategies it would touch now. Nothing "
                + "is saved."
        )
        {
            Tag = "schedules",
            Body = [.. ScheduleBody.ForPreview, Field.Whole("count", "How many.", 1, MostAhead) with { Default = "10" }],
            Answer = typeof(PreviewView),
        };

    /// <summary>Looks ahead.</summary>
    [Function(nameof(PreviewSchedule))]
    public async Task<IResult> PreviewSchedule(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "schedules/preview")] HttpRequest request
    )
    {
        var call = await ApiRequest.ReadAsync(request, Preview);
        var when = ScheduleBody.WhenOf(new(), call.Body, clock.GetUtcNow());
        var task =
            call.Body.Has("task_type") || call.Body.Has("task_data")
                ? ScheduleBody.Draft(call.Body, clock.GetUtcNow()).Task
                : new(ScheduleAction.Notify);
        await targets.RequireAsync(task, call.Cancellation);
        return ApiResult.Of(
            PreviewView.Of(
                service.Preview(when, task, call.Body.Whole("count") ?? DefaultAhead),
                await targets.EffectAsync(task, call.Cancellation)
            )
        );
    }

    /// <summary>Lists schedules.</summary>
    [Function(nameof(ListSchedules))]
    public async Task<IResult> ListSchedules([HttpTrigger(AuthorizationLevel.Function, "get", Route = "schedules")] HttpRequest request)
    {
        var call = await ApiRequest.ReadAsync(request, List);
        var filter = new ScheduleFilter(
            call.Query.Choice<ScheduleAction>("task_type"),
            call.Query.Text("strategy_id"),
            call.Query.Flag("enabled")
        );
        var list = $"schedules {filter}";
        var page = await service.ListAsync(filter, call.Limit, cursors.Read(list, call.Query.Text("cursor")), call.Cancellation);
        return ApiResult.Of(ListView<ScheduleResource>.Of(page.Items.Select(ScheduleResource.Of), cursors.Write(list, page.Continuation)));
    }

    /// <summary>Creates a schedule.</summary>
    [Function(nameof(CreateSchedule))]
    public async Task<IResult> CreateSchedule(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "schedules")] HttpRequest request,
        [DurableClient] DurableTaskClient client
    )
    {
        var call = await ApiRequest.ReadAsync(request, Create);
        var draft = ScheduleBody.Draft(call.Body, clock.GetUtcNow());
        await targets.RequireAsync(draft.Task, call.Cancellation);
        var row = await service.CreateAsync(draft, call.Caller, call.Cancellation);
        await runners.StartAsync(client, row.Value, call.Cancellation);
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
        var call = await ApiRequest.ReadAsync(request, Get);
        var row = await service.GetAsync(id, call.Cancellation);
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
        var call = await ApiRequest.ReadChangeAsync(request, Patch, async token =>
        {
            var shown = await service.GetAsync(id, token);
            version = shown.Version;
            return (ScheduleResource.Of(shown), shown.Version);
        });
        if (call.Body.Part("task_data")?.Text("strategy_id") is { } target)
        {
            await targets.RequireAsync(new(ScheduleAction.StrategyStart) { Target = target }, call.Cancellation);
        }

        var row = await service.ChangeAsync(
            id,
            schedule =>
                ScheduleBody.Apply(
                    schedule,
                    version is null ? call.Body : call.BodyOn(ScheduleResource.Of(new(schedule, version))),
                    clock.GetUtcNow()
                ),
            call.IfMatch,
            "update_schedule",
            call.Caller,
            call.Cancellation
        );
        await runners.TellAsync(client, id, call.Cancellation);
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
        var call = await ApiRequest.ReadAsync(request, Delete);
        await strategies.DeleteAsync(id, call.IfMatch, call.Caller, call.Cancellation);
        await runners.TellAsync(client, id, call.Cancellation);
        return ApiResult.Empty();
    }
}
