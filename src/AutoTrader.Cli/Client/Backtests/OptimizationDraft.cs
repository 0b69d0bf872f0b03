using System.Globalization;
using AutoTrader.Backtesting;
using AutoTrader.Backtesting.Optimization;
using AutoTrader.Brokers.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Cli.Client.Backtests;

/// <summary>What commands and tools share to make an optimization of what people and assistants give.</summary>
internal static class OptimizationDraft
{
    /// <summary>The methods as they are typed.</summary>
    public static string[] Methods { get; } = ["grid", "random", "walk-forward"];

    /// <summary>An optimization.</summary>
    /// <param name="type">The name of the strategy type.</param>
    /// <param name="symbol">The symbol.</param>
    /// <param name="backtest">Days, market and costs.</param>
    /// <param name="tried">Names and values.</param>
    /// <param name="objective">What is to be best.</param>
    /// <param name="method">How it is looked for.</param>
    /// <param name="entry">The entry condition, with names in braces for what is tried in it; null for none.</param>
    /// <exception cref="CommandException">It makes no sense.</exception>
    public static OptimizationSettings Settings(
        string type,
        string symbol,
        BacktestSettings backtest,
        IEnumerable<KeyValuePair<string, IReadOnlyList<decimal>>> tried,
        string objective,
        string method,
        string? entry
    )
    {
        var kind = WireNames.Parse<StrategyType>(type.ToLowerInvariant().Replace('-', '_'))
            ?? throw new CommandException(
                ExitCode.Usage,
                $"There is no strategy type '{type}'. There are: {string.Join(", ", StrategyDraft.Types)}."
            )
            {
                ProblemCode = "INVALID_STRATEGY_TYPE",
            };
        try
        {
            return new()
            {
                Space = ParameterSpace.Of(kind, tried, entry is null ? null : EntryTemplate.Parse(entry)),
                Symbol = symbol,
                Backtest = backtest,
                Objective = Objective.Find(objective),
                Method = WireNames.Parse<OptimizationMethod>(method.Replace('-', '_'))
                    ?? throw new BacktestRefusedException($"There is no method {method}. There are: {string.Join(", ", Methods)}."),
            };
        }
        catch (BacktestRefusedException refused)
        {
            throw new CommandException(ExitCode.Usage, refused.Message) { ProblemCode = "INVALID_STRATEGY_PARAMS" };
        }
    }

    /// <summary>Values to try as they are typed: <c>name:v1,v2</c>.</summary>
    /// <exception cref="CommandException">They cannot be read.</exception>
    public static KeyValuePair<string, IReadOnlyList<decimal>> Values(string typed)
    {
        if (typed.Split(':') is [{ Length: > 0 } name, var list])
        {
            var numbers = list.Split(',')
                .Select(it =>
                    decimal.TryParse(it, NumberStyles.Number, CultureInfo.InvariantCulture, out var value) ? value : (decimal?)null
                )
                .ToList();
            if (!numbers.Contains(null))
            {
                return new(name.Trim(), [.. numbers.OfType<decimal>()]);
            }
        }

        throw new CommandException(ExitCode.Usage, $"'{typed}' is not a name and its values, such as trailing_pct:1,2,5.");
    }

    /// <summary>Runs an optimization beside the caller, who goes on listening for Ctrl+C and other calls.</summary>
    /// <exception cref="CommandException">It cannot be run.</exception>
    public static async Task<OptimizationResult> RunAsync(
        string id,
        OptimizationSettings settings,
        string? journals,
        IProgress<OptimizationProgress>? progress,
        CancellationToken cancellationToken
    )
    {
        try
        {
            var data = new BacktestData(settings.Backtest.Market, new(progress as IProgress<FileProgress>, cancellationToken));
            return await Task.Run(
                () => Optimizer.RunAsync(id, settings, journals, progress, data, cancellationToken),
                CancellationToken.None
            );
        }
        catch (BacktestRefusedException refused)
        {
            throw Refused(refused);
        }
    }

    /// <summary>What is told of an optimization that cannot be run.</summary>
    public static CommandException Refused(BacktestRefusedException refused) =>
        new(ExitCode.Failed, refused.Message) { ProblemCode = "OPTIMIZATION_FAILED" };
}
