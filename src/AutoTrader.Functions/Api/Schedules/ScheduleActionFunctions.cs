using AutoTrader.Core.Application;
using AutoTrader.Core.Application.Scheduling;
using AutoTrader.Core.Schedules;
using AutoTrader.Functions.Http;
using AutoTrader.Functions.Scheduling;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;

namespace AutoTrader.Functions.Api.Schedules;

/// <summary>Actions on a schedule: pause, resume, trigger now; and its runs.</summary>
public sealed class ScheduleActionFunctions(ScheduleService service, ScheduleSignals signals, Cursors cursors)
{
    internal static ApiEndpoint Pause { get; } =
        Action(nameof(PauseSchedule), "pause", "Pauses a schedule until it is resumed. An occurrence that was due before fires first.");

    internal static ApiEndpoint Resume { get; } =
        Action(
            nameof(ResumeSchedule),
            "resume",
            "Resumes a paused schedule at its next occurrence; those missed during the pause do not fire."
        );

    internal static ApiEndpoint Trigger { get; } =
        new(
            nameof(TriggerSchedule),
            "post",
            "schedules/{id}/trigger",
            "Fires a schedule now, even a paused one; its next run stays planned, and this run does not count toward max_runs. The same "
                + "Idempotency-Key gives one run."
        )
        {
            Headers = [Header.Location],
            Tag = "schedules",
            TakesIfMatch = true,
            Key = KeyUse.Optional,
            Response = typeof(RunView),
            Status = StatusCodes.Status201Created,
            Refusals = [404, 412],
        };

    internal static ApiEndpoint Runs { get; } =
        new ApiEndpoint(
            nameof(ListScheduleRuns),
            "get",
            "schedules/{id}/runs",
            "The runs of a schedule, newest first, even if it was deleted."
        )
        {
            Tag = "schedules",
            Query = [Field.Choice<RunStatus>("status", "Only with this status.")],
            Response = typeof(ListView<RunView>),
            Refusals = [404],
        }.Paged();

    /// <summary>Pauses a schedule.</summary>
    [Function(nameof(PauseSchedule))]
    public Task<IResult> PauseSchedule(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "schedules/{id}/pause")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        string id
    ) => SetAsync(request, client, id, Pause, "pause_schedule", enabled: false);

    /// <summary>Resumes a schedule.</summary>
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
        var input = await ApiRequest.ReadAsync(request, Trigger);
        var run = await service.TriggerAsync(id, input.Command, input.IfMatch, input.Cancellation);
        return ApiResult.Of(RunView.Of(run), StatusCodes.Status201Created).With("Location", $"/api/schedules/{id}/runs");
    }

    /// <summary>The runs of a schedule.</summary>
    [Function(nameof(ListScheduleRuns))]
    public async Task<IResult> ListScheduleRuns(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "schedules/{id}/runs")] HttpRequest request,
        string id
    )
    {
        var input = await ApiRequest.ReadAsync(request, Runs);
        var status = input.Query.Choice<RunStatus>("status");
        var list = $"runs {id} {status}";
        var page = await service.RunsAsync(id, status, input.Limit, cursors.Read(list, input.Query.Text("cursor")), input.Cancellation);
        return ApiResult.Of(ListView<RunView>.Of(page.Items.Select(RunView.Of), cursors.Write(list, page.Continuation)));
    }

    private static ApiEndpoint Action(string function, string action, string summary) =>
        new(function, "post", "schedules/{id}/" + action, summary)
        {
            Headers = [Header.ETag],
            Tag = "schedules",
            TakesIfMatch = true,
            Body = [Field.Text("reason", "The reason, kept in the audit.", 500)],
            BodyOptional = true,
            Response = typeof(ScheduleResource),
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
        var input = await ApiRequest.ReadAsync(request, endpoint);
        var row = await service.ChangeAsync(
            id,
            schedule => schedule with { Enabled = enabled },
            input.IfMatch,
            action,
            input.Command,
            input.Cancellation
        );
        await signals.SignalAsync(client, id, input.Cancellation);
        return ApiResult.Of(ScheduleResource.Of(row)).Tagged(VersionTag.Of(row.Version));
    }
}
