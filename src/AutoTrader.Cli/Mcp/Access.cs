namespace AutoTrader.Cli.Mcp;

/// <summary>What an assistant may do. Each level includes those before it.</summary>
internal enum Access
{
    /// <summary>Look.</summary>
    Read,

    /// <summary>Change strategies and schedules, which trade by their rules and within the limits; stop buying.</summary>
    Manage,

    /// <summary>Place and cancel orders of its own, also by a schedule; sell a strategy's shares; lift the kill switch.</summary>
    Trade,
}

/// <summary>What a tool does, for clients that ask before they call it.</summary>
/// <param name="IsReadOnly">It changes nothing.</param>
/// <param name="IsDestructive">It may end or delete what was there.</param>
/// <param name="IsIdempotent">The same call again changes nothing more.</param>
/// <param name="IsOpenWorld">It reaches beyond the app: a broker, a market, people.</param>
internal sealed record Hints(bool IsReadOnly, bool IsDestructive, bool IsIdempotent, bool IsOpenWorld)
{
    /// <summary>It looks at what the app stores.</summary>
    public static Hints Looks { get; } = new(true, false, true, false);

    /// <summary>It looks at what the market or the broker says.</summary>
    public static Hints LooksOutside { get; } = new(true, false, true, true);

    /// <summary>It adds something; again it adds another.</summary>
    public static Hints Adds { get; } = new(false, false, false, false);

    /// <summary>It sets something.</summary>
    public static Hints Sets { get; } = new(false, false, true, false);

    /// <summary>It ends, deletes or replaces something.</summary>
    public static Hints Ends { get; } = new(false, true, true, false);

    /// <summary>It makes orders, once for each key.</summary>
    public static Hints Trades { get; } = new(false, true, true, true);
}
