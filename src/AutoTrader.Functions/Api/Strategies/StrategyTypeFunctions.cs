using AutoTrader.Core.Application;
using AutoTrader.Functions.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace AutoTrader.Functions.Api.Strategies;

/// <summary>What each strategy type does.</summary>
public sealed class StrategyTypeFunctions
{
    internal static ApiEndpoint List { get; } =
        new(
            nameof(ListStrategyTypes),
            "get",
            "strategy-types",
            "Explains each strategy type: entry, exit, parameters with their defaults, an example."
        )
        {
            Tag = "strategies",
            Response = typeof(ListView<TypeExplanationView>),
        };

    internal static ApiEndpoint Get { get; } =
        new(nameof(GetStrategyType), "get", "strategy-types/{type}", "Explains one strategy type.")
        {
            Tag = "strategies",
            Response = typeof(TypeExplanationView),
            Refusals = [404],
        };

    /// <summary>Explains all types.</summary>
    [Function(nameof(ListStrategyTypes))]
    public async Task<IResult> ListStrategyTypes(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "strategy-types")] HttpRequest request
    )
    {
        await ApiRequest.ReadAsync(request, List);
        return ApiResult.Of(ListView<TypeExplanationView>.Of(StrategyTypes.All.Select(TypeExplanationView.Of)));
    }

    /// <summary>Explains one type.</summary>
    [Function(nameof(GetStrategyType))]
    public async Task<IResult> GetStrategyType(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "strategy-types/{type}")] HttpRequest request,
        string type
    )
    {
        await ApiRequest.ReadAsync(request, Get);
        return ApiResult.Of(TypeExplanationView.Of(StrategyTypes.Find(type)));
    }
}
