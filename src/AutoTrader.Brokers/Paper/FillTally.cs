namespace AutoTrader.Brokers.Paper;

/// <summary>What is counted while orders fill. Not thread-safe.</summary>
/// <param name="targetFirst">Whether the target is taken to have come first in ambiguous bars; the rule is the stop.</param>
public sealed class FillTally(bool targetFirst = false)
{
    /// <summary>Whether the target is taken to have come first.</summary>
    public bool TargetFirst => targetFirst;

    /// <summary>Bars that touched both legs of an OCO, so that which came first is unknown; counted once for each OCO that they
    /// touched.</summary>
    public long AmbiguousBars { get; internal set; }

    /// <summary>What <see cref="FillModel.SpreadPct"/> and <see cref="FillModel.SlippagePct"/> cost, in dollars: the sum over executions of
    /// quantity*|price - price without the two|.</summary>
    public decimal Slippage { get; internal set; }
}
