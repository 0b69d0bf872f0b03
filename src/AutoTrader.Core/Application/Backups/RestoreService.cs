using System.Globalization;
using AutoTrader.Core.Engine;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Portfolio;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Brokerage;
using AutoTrader.Core.Ports.Scheduling;
using AutoTrader.Core.Risk;
using AutoTrader.Core.Schedules;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Core.Application.Backups;

/// <summary>
/// Restores a backup into an empty account. It marks the account row first and removes the mark last: no cycle runs while the mark is
/// there, so nothing trades on an incomplete restore. Running it again starts over under the same mark.
/// </summary>
public sealed class RestoreService(
    IAccountRows rows,
    ITradingStore trading,
    IEngineStore engine,
    IBroker broker,
    IEngineLease lease,
    EngineOptions options,
    CommandTimeouts patience,
    ChangeLog log,
    TimeProvider clock
)
{
    /// <summary>The most differences that a dry run names.</summary>
    public const int MostDifferences = 200;

    private const int RowsAtOnce = 500;

    /// <summary>Restores a file, or reports what a restore would change.</summary>
    /// <param name="file">The file, read.</param>
    /// <param name="dryRun">Whether nothing may change.</param>
    /// <param name="caller">Who asks.</param>
    /// <param name="cancellationToken">Cancels it; a restore that has begun must be done again.</param>
    /// <exception cref="RefusedException">It is the file of another account, the account is not empty, or a cycle runs.</exception>
    public async Task<RestoreReport> RestoreAsync(BackupFile file, bool dryRun, string caller, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(file);
        var account = broker.AccountKey;
        if (file.Account == account && file.Rows.FirstOrDefault(row => !rows.IsOf(account, row)) is { } strange)
        {
            throw BackupFile.Damaged(
                $"it has a row that does not belong to {account}: {strange.Table} {strange.Partition} {strange.RowKey}"
            );
        }

        if (file.Account == account)
        {
            RequireLimits(file.Rows);
        }

        var records = file.Rows.Select(row => (Row: row, Record: rows.RecordOf(row))).ToList();
        await CheckAccountAsync(file, records.Select(it => it.Record).OfType<AccountState>().FirstOrDefault(), cancellationToken);
        var report = Describe(file, records.Select(it => it.Record));
        if (dryRun)
        {
            return await CompareAsync(file, report, cancellationToken);
        }

        await using var held = await EngineLeases.WaitAsync(lease, account, options.Holder, patience, cancellationToken);
        var mark = (await trading.ReadAsync<AccountState>(account, TradingKey.Account, cancellationToken))?.Value.Restoring;
        if (mark is null && await WhyNotEmptyAsync(file, cancellationToken) is { } full)
        {
            throw new RefusedException(Refusal.Conflict, "ACCOUNT_NOT_EMPTY", full);
        }

        // Who hangs up ends his waiting, and not the restore in the midst of its work.
        try
        {
            await WriteAsync(file, records, caller, held.Lost);
        }
        catch (OperationCanceledException)
        {
            throw new RefusedException(
                Refusal.Unavailable,
                "ENGINE_ERROR",
                "The engine lease was lost during the restore. Nothing is traded until it is complete: run the restore again."
            );
        }

        return report with
        {
            Resumed = mark is not null,
            Positions = await AgainstBrokerAsync(file, cancellationToken),
        };
    }

    private async Task WriteAsync(
        BackupFile file,
        IReadOnlyList<(StoredRow Row, object? Record)> records,
        string caller,
        CancellationToken cancellationToken
    )
    {
        var now = clock.GetUtcNow();
        var known = records.Select(it => it.Record).ToList();
        var sentSince = await SentSinceAsync(file, cancellationToken);
        List<StoredRow> restored = [.. Restored(records, sentSince, now)];
        RequireLimits(restored.Concat(Anew(file, records, now)));
        await AccountRow.ChangeAsync(
            trading,
            broker.AccountKey,
            present => present with { Restoring = new(file.Checksum, now, caller) },
            entry: null,
            cancellationToken
        );
        await rows.ClearAsync(broker.AccountKey, HasPaper(file), cancellationToken);
        foreach (var chunk in restored.Chunk(RowsAtOnce))
        {
            cancellationToken.ThrowIfCancellationRequested();
            await rows.WriteAsync(chunk, cancellationToken);
        }

        var state = known.OfType<EngineState>().SingleOrDefault();
        await EngineStateRow.ChangeAsync(
            engine,
            broker.AccountKey,
            options.Holder,
            now,
            string.Create(CultureInfo.InvariantCulture, $"Restored from the backup of {file.TakenAt:O}."),
            present => RestoreRules.Of(state, present, known.Select(SymbolOf).OfType<string>(), file.TakenAt),
            cancellationToken
        );
        var theirs = known.OfType<AccountState>().SingleOrDefault() ?? new AccountState();
        var entry = log.Trading(
            caller,
            "restore",
            broker.AccountKey,
            new Dictionary<string, string?>(StringComparer.Ordinal)
            {
                ["file"] = file.Checksum,
                ["taken_at"] = file.TakenAt.ToString("O", CultureInfo.InvariantCulture),
            }
        );
        await AccountRow.ChangeAsync(trading, broker.AccountKey, _ => RestoreRules.Of(theirs, file.TakenAt, now), entry, cancellationToken);
    }

    private async Task CheckAccountAsync(BackupFile file, AccountState? theirs, CancellationToken cancellationToken)
    {
        if (file.Account != broker.AccountKey)
        {
            throw new RefusedException(
                Refusal.Conflict,
                "BACKUP_FOREIGN",
                $"The backup is of {file.Account}, but this app trades {broker.AccountKey}: positions never move between "
                    + "accounts. Set AutoTrader__Broker as it was. Nothing was changed."
            );
        }

        var number = (await broker.GetAccountAsync(cancellationToken)).Number;
        if (theirs?.AccountNumber is { } known && known != number)
        {
            throw new RefusedException(
                Refusal.Conflict,
                "BACKUP_FOREIGN",
                $"The backup is of the broker's account {known}, but the keys here are for {number}. Nothing was changed."
            );
        }
    }

    // Holdings, fills and cash are no obstacle: a first cycle takes them from the broker, and they are in the backup or read again.
    private async Task<string?> WhyNotEmptyAsync(BackupFile file, CancellationToken cancellationToken)
    {
        var snapshot = await trading.LoadAsync(broker.AccountKey, cancellationToken);
        var schedules = 0;
        var paper = 0;
        await foreach (var row in rows.ListStateAsync(broker.AccountKey, cancellationToken))
        {
            schedules += row.RowKey.StartsWith(ScheduleKey.SchedulePrefix, StringComparison.Ordinal) ? 1 : 0;
            paper += HasPaper(file) && IsOfPaper(row) ? 1 : 0;
        }

        var (strategies, orders) = (snapshot.Strategies.Count, snapshot.Orders.Count);
        return strategies + orders + schedules + paper == 0
            ? null
            : FormattableString.Invariant(
                $"The account is not empty: {strategies} strategies, {orders} orders, {schedules} schedules, {paper} orders and positions "
            )
                + "of the paper broker. A restore needs an empty account: use new storage (with "
                + "AutoTrader__ImportOnFirstStart empty), or delete the existing records first. Nothing was changed.";
    }

    private static bool IsOfPaper(StoredRow row) =>
        row.Table == StoredRow.Paper && row.RowKey.StartsWith("account|", StringComparison.Ordinal);

    // The paper broker keeps its account here; a real broker's account exists without us.
    private static bool HasPaper(BackupFile file) => file.Rows.Any(row => row.Table == StoredRow.Paper);

    /// <summary>Strategies with orders at the broker that the backup does not have: their outcome is unknown here.</summary>
    private async Task<HashSet<string>> SentSinceAsync(BackupFile file, CancellationToken cancellationToken)
    {
        if (HasPaper(file))
        {
            return [];
        }

        var known = file.Rows.Select(rows.RecordOf).OfType<Order>().Select(order => order.ClientOrderId).ToHashSet(StringComparer.Ordinal);
        return
        [
            .. (await broker.GetOrdersAsync(file.TakenAt - options.ReadOverlap, cancellationToken))
                .Where(shown => !known.Contains(shown.ClientOrderId) && shown.SubmittedAt >= file.TakenAt - options.ReadOverlap)
                .Select(shown => ClientOrderIds.OfStrategy(shown.ClientOrderId)?.StrategyId)
                .OfType<string>(),
        ];
    }

    private IEnumerable<StoredRow> Restored(
        IReadOnlyList<(StoredRow Row, object? Record)> records,
        HashSet<string> sentSince,
        DateTimeOffset now
    )
    {
        // Schedules last: nothing is due before everything is restored.
        foreach (var (row, record) in records.OrderBy(it => it.Record is Schedule))
        {
            switch (record)
            {
                case AccountState or EngineState:
                    break;
                case Schedule schedule:
                    var (next, passed) = RestoreRules.Of(schedule, now);
                    if (passed is not null)
                    {
                        yield return rows.RowOf(passed);
                    }

                    yield return rows.With(row, next);
                    break;
                case Strategy strategy when sentSince.Contains(strategy.Id):
                    yield return rows.With(row, RestoreRules.Paused(strategy));
                    break;
                case { } known when RestoreRules.Of(known, now) is var restored && !ReferenceEquals(restored, known):
                    yield return rows.With(row, restored);
                    break;
                // The account and the engine's state are created again; pending notifications were sent or are obsolete.
                case null when IsKeptOut(row):
                    break;
                default:
                    yield return row;
                    break;
            }
        }
    }

    // The rows derived from the file's rows, in their new form.
    private IEnumerable<StoredRow> Anew(BackupFile file, IReadOnlyList<(StoredRow Row, object? Record)> records, DateTimeOffset now) =>
        from it in records
        let made = it.Record switch
        {
            AccountState theirs => RestoreRules.Of(theirs, file.TakenAt, now),
            EngineState state => (object)
                RestoreRules.Of(state, new EngineState(), records.Select(other => SymbolOf(other.Record)).OfType<string>(), file.TakenAt),
            _ => null,
        }
        where made is not null
        select rows.With(it.Row, made);

    // Before anything is cleared: what cannot be written would leave half a state, and a file that cannot end it.
    private void RequireLimits(IEnumerable<StoredRow> planned)
    {
        if (planned.Select(rows.BrokenLimit).FirstOrDefault(problem => problem is not null) is { } limit)
        {
            throw BackupFile.Damaged($"storage cannot hold a row of it: {limit}");
        }
    }

    private static bool IsKeptOut(StoredRow row) =>
        row.Table switch
        {
            StoredRow.Trading => row.RowKey == TradingKey.Account
                || row.RowKey.StartsWith(TradingKey.NotificationPrefix, StringComparison.Ordinal),
            StoredRow.Engine => row.RowKey.StartsWith("heartbeat", StringComparison.Ordinal),
            _ => false,
        };

    private async Task<RestoreReport> CompareAsync(BackupFile file, RestoreReport report, CancellationToken cancellationToken)
    {
        var inFile = file.Rows.ToDictionary(row => row.Key);
        var differences = new List<RowDifference>();
        await foreach (var here in Here(cancellationToken))
        {
            if (!inFile.Remove(here.Key, out var there))
            {
                differences.Add(new(here.Table, here.RowKey, DifferenceKind.OnlyHere, []));
            }
            else if (Differing(here.Columns, there.Columns) is { Count: > 0 } columns)
            {
                differences.Add(new(here.Table, here.RowKey, DifferenceKind.Changed, columns));
            }
        }

        differences.AddRange(inFile.Values.Select(row => new RowDifference(row.Table, row.RowKey, DifferenceKind.OnlyInFile, [])));
        var mark = (await trading.ReadAsync<AccountState>(broker.AccountKey, TradingKey.Account, cancellationToken))?.Value.Restoring;
        return report with
        {
            DryRun = true,
            Refused = mark is null ? await WhyNotEmptyAsync(file, cancellationToken) : null,
            Differences = [.. differences.Take(MostDifferences)],
            DifferenceCount = differences.Count,
            Positions = await AgainstBrokerAsync(file, cancellationToken),
        };
    }

    private async IAsyncEnumerable<StoredRow> Here(
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        await foreach (var row in rows.ListStateAsync(broker.AccountKey, cancellationToken))
        {
            yield return row;
        }

        await foreach (var row in rows.ListHistoryAsync(broker.AccountKey, cancellationToken))
        {
            yield return row;
        }
    }

    private static List<string> Differing(IReadOnlyDictionary<string, object> here, IReadOnlyDictionary<string, object> there) =>
        [
            .. here
                .Keys.Union(there.Keys, StringComparer.Ordinal)
                .Where(name =>
                    !here.TryGetValue(name, out var ours)
                    || !there.TryGetValue(name, out var theirs)
                    || !(ours is byte[] left && theirs is byte[] right ? left.AsSpan().SequenceEqual(right) : ours.Equals(theirs))
                )
                .Order(StringComparer.Ordinal),
        ];

    // The paper broker's account is part of the file, and as old as all else in it.
    private async Task<IReadOnlyList<PositionDifference>> AgainstBrokerAsync(BackupFile file, CancellationToken cancellationToken)
    {
        if (HasPaper(file))
        {
            return [];
        }

        var recorded = file
            .Rows.Select(rows.RecordOf)
            .Select(record =>
                record switch
                {
                    Strategy strategy => (Symbol: strategy.Symbol, strategy.Holding.Quantity),
                    UnmanagedHolding unmanaged => (unmanaged.Symbol, unmanaged.Holding.Quantity),
                    _ => (Symbol: string.Empty, Quantity: 0m),
                }
            )
            .Where(it => it.Symbol.Length > 0)
            .GroupBy(it => it.Symbol, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.Sum(it => it.Quantity), StringComparer.Ordinal);
        var positions = (await broker.GetPositionsAsync(cancellationToken)).ToDictionary(
            position => position.Symbol,
            position => position.Quantity,
            StringComparer.Ordinal
        );
        return
        [
            .. recorded
                .Keys.Union(positions.Keys, StringComparer.Ordinal)
                .Order(StringComparer.Ordinal)
                .Select(symbol => new PositionDifference(symbol, recorded.GetValueOrDefault(symbol), positions.GetValueOrDefault(symbol)))
                .Where(position => position.Recorded != position.Broker),
        ];
    }

    private static string? SymbolOf(object? record) =>
        record switch
        {
            Strategy strategy => strategy.Symbol,
            UnmanagedHolding unmanaged => unmanaged.Symbol,
            _ => null,
        };

    private static RestoreReport Describe(BackupFile file, IEnumerable<object?> records)
    {
        var known = records.ToList();
        return new()
        {
            Account = file.Account,
            TakenAt = file.TakenAt,
            AppVersion = file.AppVersion,
            Checksum = file.Checksum,
            Rows = new Dictionary<string, int>(StringComparer.Ordinal)
            {
                ["strategies"] = known.OfType<Strategy>().Count(),
                ["orders"] = known.OfType<Order>().Count(),
                ["fills"] = file.Rows.Count(row => row.RowKey.StartsWith(TradingKey.FillPrefix, StringComparison.Ordinal)),
                ["schedules"] = known.OfType<Schedule>().Count(),
                ["all"] = file.Rows.Count,
            },
            Notes =
            [
                "The kill switch is on after a restore: nothing is bought until you turn it off.",
                .. known.OfType<CommandEnvelope>().Count(command => command.Status == CommandStatus.Pending) is > 0 and var pending
                    ? [string.Create(CultureInfo.InvariantCulture, $"{pending} pending commands are refused; send them again.")]
                    : Array.Empty<string>(),
                .. known.OfType<Order>().Count(order => order.Status is OrderStatus.Intended or OrderStatus.Unknown) is > 0 and var sent
                    ?
                    [
                        string.Create(
                            CultureInfo.InvariantCulture,
                            $"{sent} orders were being sent: they are looked up at the broker and not sent again."
                        ),
                    ]
                    : Array.Empty<string>(),
            ],
        };
    }
}
