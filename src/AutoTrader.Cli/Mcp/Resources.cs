using AutoTrader.Cli.Client;
using ModelContextProtocol.Server;

namespace AutoTrader.Cli.Mcp;

/// <summary>What an assistant may read without calling a tool.</summary>
internal static class Resources
{
    private const string Json = "application/json";

    public static IEnumerable<McpServerResource> Of(ToolHost host) =>
        [
            Resource(
                host,
                "autotrader://strategy-types",
                "strategy-types",
                "What each strategy type does: when it buys, how it is protected, its parameters, and an example.",
                async call =>
                {
                    var types = await call.WaitAsync(call.Api.ListStrategyTypesAsync(call.Cancellation));
                    return ToolJson.Write(types.Items).ToJsonString(ToolJson.Results);
                }
            ),
            Resource(
                host,
                "autotrader://openapi.json",
                "openapi",
                "The description of the HTTP API that these tools are a client of.",
                async call => (await call.WaitAsync(call.Api.GetOpenApiAsync(call.Cancellation))).ToJsonString(ToolJson.Results)
            ),
            Resource(
                host,
                "autotrader://agenda/today",
                "agenda-today",
                "What schedules will do within a day, with the exchange's session.",
                async call => ToolJson.Write((await Agenda.AskAsync(call, days: 1)).View).ToJsonString(ToolJson.Results)
            ),
        ];

    private static McpServerResource Resource(
        ToolHost host,
        string uri,
        string name,
        string description,
        Func<ToolCall, Task<string>> read
    ) =>
        McpServerResource.Create(
            async (CancellationToken cancellationToken) =>
            {
                try
                {
                    using var call = new ToolCall(host, progress: null, cancellationToken);
                    return await read(call);
                }
                catch (Exception failure) when (ToolException.Of(failure, repeats: false) is { } told)
                {
                    // Only messages of this type reach a client.
                    throw new ModelContextProtocol.McpException(told.Message, failure);
                }
            },
            new()
            {
                UriTemplate = uri,
                Name = name,
                Description = description,
                MimeType = Json,
            }
        );
}
