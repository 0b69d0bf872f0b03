using AutoTrader.Core.Application;
using AutoTrader.Core.Application.Scheduling;
using AutoTrader.Functions.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace AutoTrader.Functions.Api;

/// <summary>What needs the user's eye.</summary>
public sealed class AttentionFunctions(EngineService service, ScheduleService schedules)
{
    internal static ApiEndpoint List { get; } =
        new(nameof(ListAttention), "get", "attention", "Everything that needs your eye; an item goes when its cause is gone.")
        {
            Tag = "engine",
            Answer = typeof(ListView<AttentionView>),
        };

    internal static ApiEndpoint Delete { get; } =
        new(
            nameof(DeleteAttention),
            "delete",
            "attention/{key}",
            "Deletes a stored row that cannot be read, by the key of its attention item; what it held is lost."
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
        var call = await ApiRequest.ReadAsync(request, List);
        return ApiResult.Of(
            ListView<AttentionView>.Of(
                (await service.AttentionAsync(call.Cancellation))
                    .Concat(await schedules.AttentionAsync(call.Cancellation))
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
        var call = await ApiRequest.ReadAsync(request, Delete);
        return
            await service.DeleteUnreadableAsync(key, call.Caller, call.Cancellation)
            || await schedules.DeleteUnreadableAsync(key, call.Caller, call.Cancellation)
            ? ApiResult.Empty()
            : throw new RefusedException(
                Refusal.NotFound,
                "NOT_FOUND",
                "No unreadable row has this key. GET /api/attention lists them; other items go when their cause is gone."
            );
    }
}
