namespace AutoTrader.Core.Market;

/// <summary>What a market data source can say of a symbol's data beside its prices.</summary>
/// <param name="Problem">Why there are no prices to trade on, with what to mend; null when there are.</param>
/// <param name="LeftOut">What of the data was left out, and why; null when nothing was.</param>
/// <param name="Ended">Where the data ends, once it has; null while it may go on.</param>
/// <param name="Interval">How far apart its quotes are at best; zero where they come as they change.</param>
public sealed record SymbolFeed(string? Problem = null, string? LeftOut = null, string? Ended = null, TimeSpan Interval = default)
{
    /// <summary>Rows of the data, where it has any.</summary>
    public int Rows { get; init; }

    /// <summary>Those that cannot be used.</summary>
    public int LeftOutRows { get; init; }

    /// <summary>Those in which nothing traded.</summary>
    public int FillerRows { get; init; }
}
