using AutoTrader.Functions.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace AutoTrader.Functions.Api;

/// <summary>The description of this API, generated from the endpoints that read requests.</summary>
public sealed class OpenApiFunctions
{
    internal static ApiEndpoint Get { get; } =
        new(nameof(GetOpenApi), "get", "openapi.json", "This description.")
        {
            Tag = "engine",
            Response = typeof(System.Text.Json.Nodes.JsonObject),
        };

    private static Lazy<string> Document { get; } = new(() => OpenApiDescription.Of(Endpoints.All));

    /// <summary>The description.</summary>
    [Function(nameof(GetOpenApi))]
    public async Task<IResult> GetOpenApi([HttpTrigger(AuthorizationLevel.Function, "get", Route = "openapi.json")] HttpRequest request)
    {
        await ApiRequest.ReadAsync(request, Get);
        return ApiResult.Text(Document.Value, "application/json");
    }
}
