namespace AutoTrader.Core.Market;

/// <summary>The closures and early closes of the New York Stock Exchange since 1998 that follow no rule, with their reasons.</summary>
public static class ExceptionalDays
{
    /// <summary>Whole days closed.</summary>
    public static IReadOnlyDictionary<DateOnly, string> Closures { get; } = new Dictionary<DateOnly, string>
    {
        [new(2001, 9, 11)] = "attacks of September 11",
        [new(2001, 9, 12)] = "attacks of September 11",
        [new(2001, 9, 13)] = "attacks of September 11",
        [new(2001, 9, 14)] = "attacks of September 11",
        [new(2004, 6, 11)] = "mourning for President Reagan",
        [new(2007, 1, 2)] = "mourning for President Ford",
        [new(2012, 10, 29)] = "Hurricane Sandy",
        [new(2012, 10, 30)] = "Hurricane Sandy",
        [new(2018, 12, 5)] = "mourning for President George H. W. Bush",
        [new(2025, 1, 9)] = "mourning for President Carter",
    };

    /// <summary>Days that closed at 13:00.</summary>
    public static IReadOnlyDictionary<DateOnly, string> EarlyCloses { get; } = new Dictionary<DateOnly, string>
    {
        [new(1999, 12, 31)] = "eve of the year 2000",
        [new(2003, 12, 26)] = "day after Christmas",
    };
}
