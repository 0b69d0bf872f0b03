namespace AutoTrader.Core.Market;

/// <summary>What a market data source reports about a symbol's data, besides prices.</summary>
/// <param name="Problem">Why there are no prices to trade on, and what to fix; null when there are.</param>
/// <param name="LeftOut">What of the data was left out, and why; null when nothing was.</param>
/// <param name="Ended">Where the data ends; null while it may continue.</param>
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
