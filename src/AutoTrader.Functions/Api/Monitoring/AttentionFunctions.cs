using AutoTrader.Core.Application;
using AutoTrader.Core.Application.Scheduling;
using AutoTrader.Functions.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace AutoTrader.Functions.Api.Monitoring;

/// <summary>What needs the user's eye.</summary>
public sealed class AttentionFunctions(EngineService service, ScheduleService schedules)
{
    internal static ApiEndpoint List { get; } =
        new(nameof(ListAttention), "get", "attention", "Everything that needs attention; an item disappears with its cause.")
        {
            Tag = "engine",
            Response = typeof(ListView<AttentionView>),
        };

    internal static ApiEndpoint Delete { get; } =
        new(
            nameof(DeleteAttention),
            "delete",
            "attention/{key}",
            "Deletes an unreadable row by the key of its attention item; its content is lost."
        )
        {
            Tag = "engine",
            Status = StatusCodes.Status204NoContent,
            Refusals = [404],
        };

    /// <summary>Everything that needs the user's eye.</summary>
    [Function(nameof(ListAttention))]
    public async Task<IResult> ListAttention([HttpTrigger(AuthorizationLevel.Function, "get", Route = "attention")] HttpRequest request)
    {
        var input = await ApiRequest.ReadAsync(request, List);
        return ApiResult.Of(
            ListView<AttentionView>.Of(
                (await service.AttentionAsync(input.Cancellation))
                    .Concat(await schedules.AttentionAsync(input.Cancellation))
                    .Select(AttentionView.Of)
            )
        );
    }

    /// <summary>Deletes a row that cannot be read.</summary>
    [Function(nameof(DeleteAttention))]
    public async Task<IResult> DeleteAttention(
        [HttpTrigger(AuthorizationLevel.Function, "delete", Route = "attention/{key}")] HttpRequest request,
        string key
    )
    {
        var input = await ApiRequest.ReadAsync(request, Delete);
        return
            await service.DeleteUnreadableAsync(key, input.Caller, input.Cancellation)
            || await schedules.DeleteUnreadableAsync(key, input.Caller, input.Cancellation)
            ? ApiResult.Empty()
            : throw new RefusedException(
                Refusal.NotFound,
                "NOT_FOUND",
                "No unreadable row has this key. GET /api/attention lists them; other items disappear with their cause."
            );
    }
}
