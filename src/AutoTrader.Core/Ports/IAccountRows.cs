namespace AutoTrader.Core.Ports;

/// <summary>A stored row of any kind and version, even an unreadable one.</summary>
/// <param name="Table">The table (docs/architecture.md, "Storage").</param>
/// <param name="Partition">Its partition key.</param>
/// <param name="RowKey">Its row key.</param>
/// <param name="Columns">Its columns by name: texts, flags, whole and floating numbers, instants, ids and bytes.</param>
public sealed record StoredRow(string Table, string Partition, string RowKey, IReadOnlyDictionary<string, object> Columns)
{
    /// <summary>
    /// The version of the records' schema that this app writes, and the latest that it reads. It rises only when an older app would misread
    /// a record; a new column that it can ignore does not raise it.
    /// </summary>
    public const int Schema = 1;

    /// <summary>The column with the version of the schema that a row was written by; rows from before there was one have none.</summary>
    public const string SchemaColumn = "schema";

    /// <summary>The table of the trading state.</summary>
    public const string Trading = "Trading";

    /// <summary>The table of the engine's state and cycles.</summary>
    public const string Engine = "Engine";

    /// <summary>The table of the paper broker's account.</summary>
    public const string Paper = "Paper";

    /// <summary>Table, partition and row key: no other row has the same.</summary>
    public (string Table, string Partition, string RowKey) Key => (Table, Partition, RowKey);
}

/// <summary>
/// Everything that is stored of an account, as rows: for backups, which must keep what this version cannot read. What heartbeats and marks
/// say of a running installation is not part of it.
/// </summary>
public interface IAccountRows
{
    /// <summary>What trading depends on: the rows of the trading partition, of the paper broker's account, of the engine, and of all
    /// schedules with their runs.</summary>
    IAsyncEnumerable<StoredRow> ListStateAsync(string account, CancellationToken cancellationToken);

    /// <summary>What only grows: audit, archives, sent notifications.</summary>
    IAsyncEnumerable<StoredRow> ListHistoryAsync(string account, CancellationToken cancellationToken);

    /// <summary>Whether a row can belong to an account: a file may name any row.</summary>
    bool IsOf(string account, StoredRow row);

    /// <summary>Which limit of Azure Table Storage a row breaks, in a sentence; null when it can be written.</summary>
    string? BrokenLimit(StoredRow row);

    /// <summary>The record in a row that something depends on: of the account, a strategy, an order, unmanaged shares, a command, the
    /// engine state, a schedule or a run; null for rows of other kinds, and for those that cannot be read.</summary>
    object? RecordOf(StoredRow row);

    /// <summary>The row with another record of the same kind; columns that this version does not know stay.</summary>
    StoredRow With(StoredRow row, object record);

    /// <summary>The row of a new run of a schedule.</summary>
    StoredRow RowOf(Schedules.ScheduleRun run);

    /// <summary>Writes rows unconditionally. It may stop anywhere; running it again completes it.</summary>
    /// <param name="rows">At most some hundred.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <exception cref="ArgumentException">A row breaks a limit of Azure Table Storage.</exception>
    Task WriteAsync(IReadOnlyList<StoredRow> rows, CancellationToken cancellationToken);

    /// <summary>Deletes the trading state of an account but its account row, and all schedules with their runs; audit, archives, cycle
    /// records and the engine state stay. May end anywhere; done again it does the rest.</summary>
    /// <param name="account">The account key.</param>
    /// <param name="withPaper">Whether the paper broker's account goes, too.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    Task ClearAsync(string account, bool withPaper, CancellationToken cancellationToken);
}
