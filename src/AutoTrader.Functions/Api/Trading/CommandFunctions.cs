using AutoTrader.Core.Application;
using AutoTrader.Functions.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace AutoTrader.Functions.Api.Trading;

/// <summary>Where to look after a 202.</summary>
public sealed class CommandFunctions(CommandQueue commands)
{
    internal static ApiEndpoint Get { get; } =
        new(nameof(GetCommand), "get", "commands/{id}", "The outcome of a request that returned 202; kept for one hour.")
        {
            Tag = "engine",
            Response = typeof(CommandView),
            Refusals = [404],
        };

    /// <summary>What became of a request.</summary>
    [Function(nameof(GetCommand))]
    public async Task<IResult> GetCommand(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "commands/{id}")] HttpRequest request,
        string id
    )
    {
        var input = await ApiRequest.ReadAsync(request, Get);
        return ApiResult.Of(CommandView.Of(await commands.GetAsync(id, input.Cancellation)));
    }
}
