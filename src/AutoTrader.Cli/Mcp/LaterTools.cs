using System.ComponentModel;
using System.Text.Json.Nodes;

namespace AutoTrader.Cli.Mcp;

/// <summary>Tools of the original whose feature does not exist yet: they take what the original's take, and say so.</summary>
internal static class LaterTools
{
    public static IEnumerable<TraderTool> Of(ToolHost host) =>
        [Later<MoversArguments>(host, "get_top_movers", Access.Read, Hints.LooksOutside, "What rose and fell most today.")];

    private static TraderTool Later<TArguments>(ToolHost host, string name, Access access, Hints hints, string description)
        where TArguments : class =>
        TraderTool.Of<TArguments, JsonObject>(host, name, access, hints, description + " It does not exist yet in this version.", (_, _) =>
            throw new ToolException(
                "FEATURE_NOT_SUPPORTED",
                $"{name} does not exist yet in this version. Nothing was done.",
                "Do not estimate its answer: tell the user that it is not there."
            )
        );

    private sealed record MoversArguments(
        [Description("Of which market.")] string MarketType = "stocks",
        [Description("How many of each.")] int Limit = 10
    );
}
