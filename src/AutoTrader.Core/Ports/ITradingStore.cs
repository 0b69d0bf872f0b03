using AutoTrader.Core.Orders;
using AutoTrader.Core.Portfolio;
using AutoTrader.Core.Risk;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Core.Ports;

/// <summary>The version of a stored row.</summary>
/// <param name="ETag">The store's tag; changes with every write. Empty for a row that is yet to be inserted.</param>
/// <param name="Unknown">Columns that this version of the system does not know, as read; they survive a write.</param>
public sealed record RowVersion(string ETag, IReadOnlyDictionary<string, object>? Unknown = null);

/// <summary>A record with the version that it was read at.</summary>
/// <typeparam name="T">The record type.</typeparam>
/// <param name="Value">The record.</param>
/// <param name="Version">The version; needed to change or delete it.</param>
public sealed record Row<T>(T Value, RowVersion Version);

/// <summary>A row that could not be read: set aside, shown in the attention list, and never stops the others.</summary>
/// <param name="RowKey">Its key.</param>
/// <param name="Problem">The problem, in a sentence.</param>
public sealed record UnreadableRow(string RowKey, string Problem);

/// <summary>Everything of an account that a cycle needs. Finished orders and fills are not in it.</summary>
public sealed record TradingSnapshot
{
    /// <summary>The account row; null before the first cycle.</summary>
    public Row<AccountState>? Account { get; init; }

    /// <summary>All strategies.</summary>
    public IReadOnlyList<Row<Strategy>> Strategies { get; init; } = [];

    /// <summary>Working orders, and ended ones whose executions are not all known yet.</summary>
    public IReadOnlyList<Row<Order>> Orders { get; init; } = [];

    /// <summary>Unmanaged shares.</summary>
    public IReadOnlyList<Row<UnmanagedHolding>> Unmanaged { get; init; } = [];

    /// <summary>Commands, including those that ran in the last hour.</summary>
    public IReadOnlyList<Row<CommandEnvelope>> Commands { get; init; } = [];

    /// <summary>Rows that could not be read.</summary>
    public IReadOnlyList<UnreadableRow> Unreadable { get; init; } = [];
}

/// <summary>One write of an entity group: insert (no version), replace (record and version) or delete (no record).</summary>
/// <param name="RowKey">The row's key; see <see cref="TradingKey"/>.</param>
/// <param name="Record">The record: AccountState, Strategy, Order, Fill, CashActivity, CommandEnvelope, UnmanagedHolding, Notification,
/// DeadLetter, PublishedBacktest or AuditEntry; null deletes the row.</param>
/// <param name="Expected">The version that the row must still have; null inserts a row that must not exist.</param>
public sealed record TradingWrite(string RowKey, object? Record, RowVersion? Expected)
{
    /// <summary>Inserts the audit entry of a change into the group of that change.</summary>
    public static TradingWrite Of(AuditEntry entry) => new(TradingKey.Audit(entry), entry, null);
}

/// <summary>What came of an entity group.</summary>
public abstract record CommitResult
{
    /// <summary>All of it was written.</summary>
    /// <param name="Versions">The new version of each row, in the order of the writes; null for deleted ones.</param>
    public sealed record Committed(IReadOnlyList<RowVersion?> Versions) : CommitResult;

    /// <summary>Nothing was written: a row had changed, existed already, or was gone.</summary>
    /// <param name="RowKey">The first such row.</param>
    public sealed record Conflict(string RowKey) : CommitResult;
}

/// <summary>A page of a listing.</summary>
/// <typeparam name="T">The record type.</typeparam>
/// <param name="Items">The records; may be empty although there are more pages.</param>
/// <param name="Continuation">Opaque; null when this was the last page.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, string? Continuation)
{
    /// <summary>Rows of the page that could not be read.</summary>
    public IReadOnlyList<UnreadableRow> Unreadable { get; init; } = [];
}

/// <summary>
/// The trading state of accounts. One account is one partition, so that any decision is one entity group.
/// Implementations enforce the limits of Azure Table Storage (docs/architecture.md, "Storage") and resolve ambiguous writes by reading
/// back. A storage failure that could not be resolved surfaces as <see cref="StorageUnavailableException"/>.
/// </summary>
public interface ITradingStore
{
    /// <summary>Reads what a cycle needs.</summary>
    Task<TradingSnapshot> LoadAsync(string account, CancellationToken cancellationToken);

    /// <summary>Reads what others write for the engine: the account row and the commands. What costs nothing may come along.</summary>
    Task<TradingSnapshot> PeekAsync(string account, CancellationToken cancellationToken);

    /// <summary>Writes all of <paramref name="group"/> or nothing.</summary>
    /// <exception cref="ArgumentException">The group breaks a limit of Azure Table Storage: more than 100 rows, a row twice, too
    /// large.</exception>
    Task<CommitResult> CommitAsync(string account, IReadOnlyList<TradingWrite> group, CancellationToken cancellationToken);

    /// <summary>Reads one row by its key: a strategy, an order (working or done), a command, the account, a fill or a holding.</summary>
    /// <typeparam name="T">The record type that the key belongs to.</typeparam>
    /// <returns>The row; null when there is none.</returns>
    /// <exception cref="UnreadableRowException">It exists but cannot be read.</exception>
    Task<Row<T>?> ReadAsync<T>(string account, string rowKey, CancellationToken cancellationToken)
        where T : class;

    /// <summary>Lists rows of one kind by key prefix (<see cref="TradingKey"/>), in key order; unreadable rows are set aside.</summary>
    /// <typeparam name="T">The record type that the prefix belongs to.</typeparam>
    /// <param name="account">The account key.</param>
    /// <param name="prefix">For example <c>done|</c> or <c>fill|</c>.</param>
    /// <param name="pageSize">At most 1,000.</param>
    /// <param name="continuation">From the page before; null for the first.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    Task<Page<Row<T>>> ListAsync<T>(string account, string prefix, int pageSize, string? continuation, CancellationToken cancellationToken)
        where T : class;

    /// <summary>Deletes a row unconditionally, even an unreadable one, in one group with its audit entry.</summary>
    /// <returns>Whether it existed; else nothing is written.</returns>
    Task<bool> DeleteAsync(string account, string rowKey, TradingWrite? audit, CancellationToken cancellationToken);
}

/// <summary>Reads and writes of storage fail and retries did not help: no decision may be taken.</summary>
/// <param name="message">The failed operation, and what to check.</param>
/// <param name="inner">The cause.</param>
public class StorageUnavailableException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>A required row exists but cannot be read: nothing is decided without it, and a retry does not help.</summary>
/// <param name="message">The row and its problem.</param>
/// <param name="inner">The cause.</param>
public sealed class UnreadableRowException(string message, Exception? inner = null) : StorageUnavailableException(message, inner);
