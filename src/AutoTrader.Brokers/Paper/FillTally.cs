namespace AutoTrader.Brokers.Paper;

/// <summary>Bars that touched both legs of an OCO: which came first is unknown. Not thread-safe.</summary>
/// <param name="targetFirst">Whether the target is taken to have come first; the rule is the stop.</param>
public sealed class AmbiguousBars(bool targetFirst = false)
{
    /// <summary>Whether the target is taken to have come first.</summary>
    public bool TargetFirst => targetFirst;

    /// <summary>How many there were, counted once for each OCO that they touched.</summary>
    public long Count { get; internal set; }
}
