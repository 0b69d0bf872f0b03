namespace AutoTrader.Core.Market;

/// <summary>
/// Closures and special hours that the New York Stock Exchange announced outside any rule since 1998.
/// Unforeseeable halts and moments of silence of a few minutes are not listed: they are not exchange hours.
/// </summary>
internal static class ExchangeExceptions
{
    private static readonly TimeOnly OnePm = new(13, 0);

    /// <summary>Days without a session, with the reason.</summary>
    public static IReadOnlyDictionary<DateOnly, string> Closures { get; } =
        new Dictionary<DateOnly, string>
        {
            [new(2001, 9, 11)] = "attacks of September 11",
            [new(2001, 9, 12)] = "attacks of September 11",
            [new(2001, 9, 13)] = "attacks of September 11",
            [new(2001, 9, 14)] = "attacks of September 11",
            [new(2004, 6, 11)] = "mourning for President Reagan",
            [new(2007, 1, 2)] = "mourning for President Ford",
            [new(2012, 10, 29)] = "hurricane Sandy",
            [new(2012, 10, 30)] = "hurricane Sandy",
            [new(2018, 12, 5)] = "mourning for President George H. W. Bush",
            [new(2025, 1, 9)] = "mourning for President Carter",
        };

    /// <summary>Sessions with other hours (New York time), with the reason.</summary>
    public static IReadOnlyDictionary<DateOnly, (TimeOnly? Open, TimeOnly? Close, string Reason)> Hours { get; } =
        new Dictionary<DateOnly, (TimeOnly?, TimeOnly?, string)>
        {
            [new(1999, 12, 31)] = (null, OnePm, "change to the year 2000"),
            [new(2002, 9, 11)] = (new(12, 0), null, "anniversary of September 11"),
            [new(2003, 12, 26)] = (null, OnePm, "Friday after Christmas"),
        };
}
