namespace AutoTrader.Backtesting.History;

/// <summary>What is kept of the bars of one length of a symbol.</summary>
/// <param name="Symbol">The symbol.</param>
/// <param name="Timeframe">The length of the bars by its name.</param>
/// <param name="Feed">Whose prices.</param>
/// <param name="From">The first session that was asked for (New York); null when no file can be read.</param>
/// <param name="To">The last one.</param>
/// <param name="Bars">How many bars there are.</param>
public sealed record KeptBars(string Symbol, string Timeframe, string Feed, DateOnly? From, DateOnly? To, int Bars)
{
    /// <summary>Sessions that were asked for and have no bar: known gaps.</summary>
    public IReadOnlyList<DateOnly> WithoutBar { get; init; } = [];

    /// <summary>Sessions between the first and the last that were never asked for.</summary>
    public IReadOnlyList<DateOnly> NeverAsked { get; init; } = [];

    /// <summary>What the files take on disk, in bytes.</summary>
    public long Bytes { get; init; }

    /// <summary>When something was fetched last (UTC).</summary>
    public DateTimeOffset? FetchedAt { get; init; }

    /// <summary>Files that cannot be read, a sentence each.</summary>
    public IReadOnlyList<string> Damaged { get; init; } = [];
}
