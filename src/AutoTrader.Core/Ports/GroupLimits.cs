namespace AutoTrader.Core.Ports;

/// <summary>
/// How much fits an entity group (docs/architecture.md, "Storage"). The limit is that of Azure Table Storage (source: "Performing entity
/// group transactions" of the Azure Storage REST reference), and every store holds to it. Who writes much asks here.
/// </summary>
public static class GroupLimits
{
    /// <summary>The most rows of one group.</summary>
    public const int Rows = 100;

    /// <summary>Rows from which on a unit of work commits what it has before it goes on: the next change, with all that belongs to it, still
    /// fits.</summary>
    public const int Large = 60;

    // The row of what they belong to, its audit entry, and what else may go along.
    private const int Besides = 10;

    /// <summary>How many records fit one group that each bring a second row along: a notification, or a copy under another key.</summary>
    public const int Pairs = (Rows - Besides) / 2;
}
