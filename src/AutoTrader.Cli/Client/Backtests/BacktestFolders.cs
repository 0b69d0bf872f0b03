using System.CommandLine;
using AutoTrader.Backtesting.Results;

namespace AutoTrader.Cli.Client.Backtests;

/// <summary>Where kept backtests and past prices are.</summary>
internal static class BacktestFolders
{
    public static Option<string?> OfResults() =>
        new("--data-dir") { Description = "The folder of the kept backtests. Default: backtests in your data folder.", HelpName = "path" };

    public static Option<string?> Prices() =>
        new("--data-dir")
        {
            Description = "The folder with SYMBOL.csv. Default: HISTORICAL_DATA_DIR, else data/historical here.",
            HelpName = "path",
        };

    public static BacktestStore Kept(Terminal terminal, string? folder) => new(folder ?? Path.Combine(terminal.DataFolder, "backtests"));

    public static Option<string?> HistoricalPrices() =>
        new("--historical-dir")
        {
            Description = "The folder with SYMBOL.csv. Default: HISTORICAL_DATA_DIR, else data/historical here.",
            HelpName = "path",
        };

    public static Option<string?> OfOptimizations() =>
        new("--results-dir")
        {
            Description = "The folder of the kept results. Default: optimizations in your data folder.",
            HelpName = "path",
        };

    /// <summary>Where optimizations are kept.</summary>
    public static ResultFolder Optimizations(Terminal terminal, string? folder) =>
        new(folder ?? Path.Combine(terminal.DataFolder, "optimizations"));

    public static string OfPrices(Terminal terminal, string? folder) =>
        folder ?? (terminal.Variable("HISTORICAL_DATA_DIR") is { Length: > 0 } set ? set : Path.Combine("data", "historical"));
}
