using AutoTrader.Core.Doors;
using AutoTrader.Functions.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace AutoTrader.Functions.Api;

/// <summary>Where to look after a 202.</summary>
public sealed class WishFunctions(WishDesk desk)
{
    internal static ApiEndpoint Get { get; } = new(nameof(GetWish), "get", "wishes/{id}", "What became of a request that was answered with 202. Kept for an hour after it was served.")
    {
        Tag = "engine",
        Answer = typeof(WishView),
        Refusals = [404],
    };

    /// <summary>What became of a request.</summary>
    [Function(nameof(GetWish))]
    public async Task<IResult> GetWish([HttpTrigger(AuthorizationLevel.Function, "get", Route = "wishes/{id}")] HttpRequest request, string id)
    {
        var call = await Call.ReadAsync(request, Get);
        return Answer.Of(WishView.Of(await desk.GetAsync(id, call.Cancellation)));
    }
}
