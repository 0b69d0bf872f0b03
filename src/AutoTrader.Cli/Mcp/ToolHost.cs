using System.Globalization;
using AutoTrader.Backtesting.Results;
using AutoTrader.Cli.Client;
using AutoTrader.Cli.Client.Backtests;

namespace AutoTrader.Cli.Mcp;

/// <summary>What the tools of one MCP server share: the server that they are clients of, and what they may do there.</summary>
/// <param name="Profile">The server and its key.</param>
/// <param name="Timeout">How long one of its answers may take.</param>
/// <param name="Access">What the assistant may do.</param>
/// <param name="Live">The live account that it may change; null for none.</param>
internal sealed record ToolHost(Profile Profile, TimeSpan Timeout, Access Access, string? Live)
{
    private const int MostLongRunning = 10;

    /// <summary>What limits of waiting for the API are counted on.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>The limit that long-running tools share.</summary>
    public RateLimit LongRunning { get; init; } = new(MostLongRunning, TimeProvider.System);

    /// <summary>The kept backtests.</summary>
    public BacktestStore Backtests { get; init; } = new("backtests");

    /// <summary>The kept optimizations.</summary>
    public ResultFolder Optimizations { get; init; } = new("optimizations");

    /// <summary>The folder of past prices.</summary>
    public string Prices { get; init; } = "";

    /// <summary>Past prices that were fetched, and how they are.</summary>
    public PriceSource Source { get; init; } = new(_ => null, "");

    /// <summary>How long a backtest may take; zero for any time.</summary>
    public TimeSpan BacktestLimit { get; init; } = TimeSpan.FromSeconds(300);

    /// <summary>How long an optimization may take; zero for any time.</summary>
    public TimeSpan OptimizationLimit { get; init; } = TimeSpan.FromSeconds(600);

    /// <summary>The same with the limits that the original's variables set.</summary>
    /// <exception cref="CommandException">One of them is no number.</exception>
    public ToolHost WithLimitsOf(Func<string, string?> variable)
    {
        return this with
        {
            LongRunning = new(Number("MCP_RATE_LIMIT_LONG_RUNNING_PER_MINUTE") ?? MostLongRunning, TimeProvider.System),
            BacktestLimit = Seconds("MCP_BACKTEST_TIMEOUT_SECONDS") ?? BacktestLimit,
            OptimizationLimit = Seconds("MCP_OPTIMIZATION_TIMEOUT_SECONDS") ?? OptimizationLimit,
        };

        TimeSpan? Seconds(string name) => Number(name) is { } seconds ? TimeSpan.FromSeconds(Math.Max(seconds, 0)) : null;

        int? Number(string name) =>
            variable(name) is not { Length: > 0 } text ? null
            : int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number
            : throw new CommandException(ExitCode.Usage, $"{name} is a whole number, not '{text}'.");
    }
}
