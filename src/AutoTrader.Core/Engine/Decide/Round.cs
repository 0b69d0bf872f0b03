using AutoTrader.Core.Ports.Brokerage;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Core.Engine.Decide;

/// <summary>What the broker refused of a strategy in this cycle. It is not asked for again in the same breath: what made the broker refuse
/// has until the next cycle to pass.</summary>
[Flags]
internal enum RefusedSteps
{
    None = 0,

    /// <summary>The protection of its shares.</summary>
    Protection = 1,

    /// <summary>The sale of a close, for an obstacle that passes.</summary>
    Exit = 2,

    /// <summary>A resting target.</summary>
    Target = 4,

    /// <summary>The replacement of an order.</summary>
    Replacement = 8,

    /// <summary>An OCO, since its stop is too close to the market: stops rest alone.</summary>
    Oco = 16,
}

/// <summary>What a round decides by beside the frame: what the rounds before it left.</summary>
/// <param name="Touched">The strategies that something happened to, which are decided about.</param>
/// <param name="Closing">Symbols on which a strategy closes.</param>
/// <param name="Positions">What the broker holds, by symbol, where quantities disagree: what was sold must not be sold again.</param>
/// <param name="Refused">What the broker refused in this cycle, by strategy.</param>
/// <param name="Readings">What entry conditions on indicators came to, by strategy; none until they are read.</param>
internal sealed record Round(
    IReadOnlyList<StrategyBook> Touched,
    IReadOnlySet<string> Closing,
    IReadOnlyDictionary<string, BrokerPosition> Positions,
    IReadOnlyDictionary<string, RefusedSteps> Refused,
    IReadOnlyDictionary<string, ConditionReading> Readings
);
