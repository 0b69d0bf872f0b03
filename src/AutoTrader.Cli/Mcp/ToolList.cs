using AutoTrader.Cli.Mcp.Tools;

namespace AutoTrader.Cli.Mcp;

/// <summary>All tools, a file per group.</summary>
internal static class ToolList
{
    public static IReadOnlyList<TraderTool> Of(ToolHost host) =>
        [
            .. EngineTools.Of(host),
            .. PortfolioTools.Of(host),
            .. OrderTools.Of(host),
            .. StrategyTools.Of(host),
            .. StrategyScheduleTools.Of(host),
            .. ScheduleTools.Of(host),
            .. EventTools.Of(host),
            .. AnalysisTools.Of(host),
            .. BacktestTools.Of(host),
            OptimizationTool.Of(host),
            .. ReplayTools.Of(host),
            .. IndicatorTools.Of(host),
        ];
}
