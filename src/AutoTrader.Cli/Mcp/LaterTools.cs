using System.ComponentModel;
using System.Text.Json.Nodes;

namespace AutoTrader.Cli.Mcp;

/// <summary>Tools of the original whose feature does not exist yet: they take what the original's take, and say so.</summary>
internal static class LaterTools
{
    public static IEnumerable<TraderTool> Of(ToolHost host) =>
        [
            Later<OptimizationArguments>(
                host,
                "run_optimization",
                Access.Manage,
                Hints.Adds,
                "Looks for the best parameters over past prices.",
                host.OptimizationLimit
            ),
            Later<NoArguments>(host, "list_indicators", Access.Read, Hints.Looks, "Indicators."),
            Later<IndicatorArguments>(host, "describe_indicator", Access.Read, Hints.Looks, "One indicator."),
            Later<MoversArguments>(host, "get_top_movers", Access.Read, Hints.LooksOutside, "What rose and fell most today."),
        ];

    private static TraderTool Later<TArguments>(
        ToolHost host,
        string name,
        Access access,
        Hints hints,
        string description,
        TimeSpan? longRunning = null
    )
        where TArguments : class =>
        TraderTool.Of<TArguments, JsonObject>(
            host,
            name,
            access,
            hints,
            description + " It does not exist yet in this version.",
            (_, _) =>
                throw new ToolException(
                    "FEATURE_NOT_SUPPORTED",
                    $"{name} does not exist yet in this version. Nothing was done.",
                    "Do not estimate its answer: tell the user that it is not there."
                ),
            longRunning
        );

    private sealed record IndicatorArguments([Description("Its name.")] string Name);

    private sealed record MoversArguments(
        [Description("Of which market.")] string MarketType = "stocks",
        [Description("How many of each.")] int Limit = 10
    );

    private sealed record OptimizationArguments(
        [Description("trailing-stop or bracket.")] string StrategyType,
        [Description(Texts.Symbol)] string Symbol,
        [Description("The first day, YYYY-MM-DD.")] string Start,
        [Description("The last day, YYYY-MM-DD.")] string End,
        [Description("Values to try by parameter, in percent numbers.")] IReadOnlyDictionary<string, IReadOnlyList<decimal>> Params,
        [Description("What is to be best.")] string Objective = "total_return_pct",
        [Description("Which combinations are tried: grid or random.")] string Method = "grid",
        [Description("How many random combinations.")] int? NumSamples = null,
        [Description("Where prices come from: csv, alpaca or cached.")] string DataSource = "csv",
        [Description("The cash to begin with, in dollars.")] decimal InitialCapital = 100_000,
        [Description("Keep the result.")] bool Save = true
    );
}
