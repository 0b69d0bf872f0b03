using AutoTrader.Core.Application;
using AutoTrader.Core.Application.Scheduling;
using AutoTrader.Core.Schedules;
using AutoTrader.Functions.Http;
using AutoTrader.Functions.Scheduling;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;

namespace AutoTrader.Functions.Api;

/// <summary>What is done with a schedule: pause, resume, trigger now; and what it did.</summary>
public sealed class ScheduleActionFunctions(ScheduleService service, ScheduleRunners runners, Cursors cursors)
{
    internal static ApiEndpoint Pause { get; } =
        Action(nameof(PauseSchedule), "pause", "Stops a schedule until it is resumed. What was due before is fired first.");

    internal static ApiEndpoint Resume { get; } =
        Action(
            nameof(ResumeSchedule),
            "resume",
            "Lets a paused schedule go on with its next occurrence after now; those of the pause are not made up for."
        );

    internal static ApiEndpoint Trigger { get; } =
        new(
            nameof(TriggerSchedule),
            "post",
            "schedules/{id}/trigger",
            "Fires a schedule now, also a paused one; what it is planned for stays, and it does not count towards max_runs. The same "
                + "Idempotency-Key gives one run."
        )
        {
            Headers = [Header.Location],
            Tag = "schedules",
            TakesIfMatch = true,
            Key = KeyUse.Optional,
            Answer = typeof(RunView),
            Status = StatusCodes.Status201Created,
            Refusals = [404, 412],
        };

    internal static ApiEndpoint Runs { get; } =
        new ApiEndpoint(
            nameof(ListScheduleRuns),
            "get",
            "schedules/{id}/runs",
            "What became of each occurrence of a schedule, newest first; also of one that was deleted."
        )
        {
            Tag = "schedules",
            Query = [Field.Choice<RunStatus>("status", "Only of this status.")],
            Answer = typeof(ListView<RunView>),
            Refusals = [404],
        }.Paged();

    /// <summary>Pauses a schedule.</summary>
    [Function(nameof(PauseSchedule))]
    public Task<IResult> PauseSchedule(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "schedules/{id}/pause")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        string id
    ) => SetAsync(request, client, id, Pause, "pause_schedule", enabled: false);

    /// <summary>Lets a schedule go on.</summary>
    [Function(nameof(ResumeSchedule))]
    public Task<IResult> ResumeSchedule(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "schedules/{id}/resume")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        string id
    ) => SetAsync(request, client, id, Resume, "resume_schedule", enabled: true);

    /// <summary>Fires a schedule now.</summary>
    [Function(nameof(TriggerSchedule))]
    public async Task<IResult> TriggerSchedule(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "schedules/{id}/trigger")] HttpRequest request,
        string id
    )
    {
        var call = await ApiRequest.ReadAsync(request, Trigger);
        var run = await service.TriggerAsync(id, call.Command, call.IfMatch, call.Cancellation);
        return ApiResult.Of(RunView.Of(run), StatusCodes.Status201Created).With("Location", $"/api/schedules/{id}/runs");
    }

    /// <summary>The runs of a schedule.</summary>
    [Function(nameof(ListScheduleRuns))]
    public async Task<IResult> ListScheduleRuns(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "schedules/{id}/runs")] HttpRequest request,
        string id
    )
    {
        var call = await ApiRequest.ReadAsync(request, Runs);
        var status = call.Query.Choice<RunStatus>("status");
        var list = $"runs {id} {status}";
        var page = await service.RunsAsync(id, status, call.Limit, cursors.Read(list, call.Query.Text("cursor")), call.Cancellation);
        return ApiResult.Of(ListView<RunView>.Of(page.Items.Select(RunView.Of), cursors.Write(list, page.Continuation)));
    }

    private static ApiEndpoint Action(string function, string action, string summary) =>
        new(function, "post", "schedules/{id}/" + action, summary)
        {
            Headers = [Header.ETag],
            Tag = "schedules",
            TakesIfMatch = true,
            Body = [Field.Text("reason", "Why; kept in the audit.", 500)],
            BodyOptional = true,
            Answer = typeof(ScheduleResource),
            Refusals = [404, 412],
        };

    private async Task<IResult> SetAsync(
        HttpRequest request,
        DurableTaskClient client,
        string id,
        ApiEndpoint endpoint,
        string action,
        bool enabled
    )
    {
        var call = await ApiRequest.ReadAsync(request, endpoint);
        var row = await service.ChangeAsync(
            id,
            schedule => schedule with { Enabled = enabled },
            call.IfMatch,
            action,
            call.Command,
            call.Cancellation
        );
        await runners.TellAsync(client, id, call.Cancellation);
        return ApiResult.Of(ScheduleResource.Of(row)).Tagged(VersionTag.Of(row.Version));
    }
}
