using AutoTrader.Contracts;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Cli.Client;

/// <summary>Makes the strategy to create from command-line or tool arguments.</summary>
internal static class StrategyDraft
{
    /// <summary>The names of the strategy types.</summary>
    public static string[] Types { get; } = ["trailing-stop", "bracket", "scale-out", "grid", "pullback-trailing"];

    /// <summary>The dip that is bought unless another is given, in percent.</summary>
    public const decimal Pullback = 5;

    /// <summary>The request. What does not go with the type and was not given is left out.</summary>
    /// <exception cref="CommandException">There is no such type.</exception>
    public static StrategyRequest Of(
        string type,
        string symbol,
        string? id,
        int? qty,
        decimal? trailingPct,
        decimal? pullbackPct,
        decimal? takeProfit,
        decimal? stopLoss,
        decimal? entryPrice,
        int? levels,
        bool enabled,
        string? entryCondition = null
    )
    {
        var kind = WireNames.Parse<StrategyType>(type.ToLowerInvariant().Replace('-', '_'))
            ?? throw new CommandException(ExitCode.Usage, $"There is no strategy type '{type}'. There are: {string.Join(", ", Types)}.")
            {
                ProblemCode = "INVALID_STRATEGY_TYPE",
            };
        return new()
        {
            // An id of our own makes a repetition the same strategy.
            Id = id ?? Guid.NewGuid().ToString("N")[..8],
            Symbol = symbol,
            StrategyType = kind,
            // A grid buys per level.
            Quantity = Optional.Of(qty ?? (kind == StrategyType.Grid ? null : 1)),
            TrailingStopPct = Optional.OfClearable(trailingPct),
            PullbackPct = Optional.OfClearable(pullbackPct ?? (kind == StrategyType.PullbackTrailing ? Pullback : null)),
            TakeProfitPct = Optional.OfClearable(takeProfit),
            StopLossPct = Optional.OfClearable(stopLoss),
            EntryPrice = Optional.OfClearable(entryPrice),
            EntryCondition = Optional.OfClearable(entryCondition),
            Levels = Optional.Of(levels),
            Enabled = enabled,
        };
    }
}
