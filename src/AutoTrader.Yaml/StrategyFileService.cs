using AutoTrader.Core.Application;
using AutoTrader.Core.Notifications;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Brokerage;
using AutoTrader.Core.Risk;
using AutoTrader.Core.Strategies;
using AutoTrader.Yaml.Strategies;
using AutoTrader.Yaml.Syntax;

namespace AutoTrader.Yaml;

/// <summary>What an import does with one record.</summary>
/// <param name="Id">The id of the strategy.</param>
/// <param name="OriginalId">Its id in the file, where that had to be mapped.</param>
/// <param name="Line">The line of the file on which it begins.</param>
/// <param name="Action">The action.</param>
/// <param name="Changes">The fields that change.</param>
/// <param name="Message">Why it is refused.</param>
public sealed record ImportStep(
    string Id,
    string? OriginalId,
    int Line,
    ImportAction Action,
    IReadOnlyList<FieldChange> Changes,
    string? Message = null
);

/// <summary>What an import does, or (in a dry run) would do.</summary>
/// <param name="DryRun">Whether nothing was changed.</param>
/// <param name="Steps">One per good record, in the order of the file.</param>
/// <param name="Problems">What to know about the file; an error means that a record was left out.</param>
public sealed record ImportReport(bool DryRun, IReadOnlyList<ImportStep> Steps, IReadOnlyList<ImportProblem> Problems)
{
    /// <summary>How many records end in <paramref name="action"/>.</summary>
    public int Count(ImportAction action) => Steps.Count(step => step.Action == action);
}

/// <summary>Strategies to and from <c>strategies.yaml</c>. An import never deletes: strategies that the file does not name stay
/// unchanged.</summary>
public sealed class StrategyFileService(
    ITradingStore store,
    IBroker broker,
    IMarketData market,
    ChangeLog log,
    TimeProvider clock,
    RecordQueue records
)
{
    private string Account => broker.AccountKey;

    /// <summary>All strategies as a file.</summary>
    public async Task<string> ExportAsync(CancellationToken cancellationToken) =>
        StrategiesYaml.Write((await store.LoadAsync(Account, cancellationToken)).Strategies.Select(row => row.Value));

    /// <summary>Imports a file: the good records, and a report of all.</summary>
    /// <param name="utf8">The bytes of the file.</param>
    /// <param name="dryRun">Whether to change nothing and only report.</param>
    /// <param name="caller">Who.</param>
    /// <param name="cancellationToken">Cancels it; completed writes stay.</param>
    /// <exception cref="RefusedException">Nothing in the file could be read.</exception>
    public Task<ImportReport> ImportAsync(ReadOnlyMemory<byte> utf8, bool dryRun, string caller, CancellationToken cancellationToken) =>
        ImportAsync(utf8, dryRun, mustBeTradable: true, caller, cancellationToken);

    private async Task<ImportReport> ImportAsync(
        ReadOnlyMemory<byte> utf8,
        bool dryRun,
        bool mustBeTradable,
        string caller,
        CancellationToken cancellationToken
    )
    {
        var file = StrategiesYaml.Read(utf8.Span, clock.GetUtcNow());
        if (file is { Strategies.Count: 0, HasErrors: true })
        {
            throw ImportRefusal.Of(file.Problems);
        }

        var untradable = mustBeTradable
            ? await TradableSymbols.ProblemsAsync(
                broker,
                market,
                [.. file.Strategies.Select(record => record.Strategy.Symbol).Distinct(StringComparer.Ordinal)],
                cancellationToken
            )
            : new Dictionary<string, string>(StringComparer.Ordinal);

        // Records written in an earlier round are unchanged in the successful round, and are reported as in the earlier one.
        var written = new Dictionary<string, ImportStep>(StringComparer.Ordinal);
        using var turn = await records.EnterAsync("strategies.yaml", cancellationToken);
        while (true)
        {
            var snapshot = await store.LoadAsync(Account, cancellationToken);
            var plan = Plan(file, snapshot, untradable);
            var report = new ImportReport(
                dryRun,
                [.. plan.Select(it => it.Step.Action == ImportAction.Unchanged ? written.GetValueOrDefault(it.Step.Id, it.Step) : it.Step)],
                file.Problems
            );
            if (dryRun || await WriteAsync(snapshot, plan, written, caller, cancellationToken))
            {
                return report;
            }

            await turn.OvertakenAsync(cancellationToken);
        }
    }

    /// <summary>Imports a file if the account has never been used: has no account row and no strategy. It happens once, so what cannot be
    /// bought yet is imported too, and waits.</summary>
    /// <returns>The report; null when the account was used before.</returns>
    public async Task<ImportReport?> ImportFirstAsync(ReadOnlyMemory<byte> utf8, string caller, CancellationToken cancellationToken) =>
        await store.LoadAsync(Account, cancellationToken) is { Account: null, Strategies.Count: 0 }
            ? await ImportAsync(utf8, dryRun: false, mustBeTradable: false, caller, cancellationToken)
            : null;

    private List<(ImportStep Step, TradingWrite? Write)> Plan(
        StrategiesImport file,
        TradingSnapshot snapshot,
        IReadOnlyDictionary<string, string> untradable
    )
    {
        var present = snapshot.Strategies.ToDictionary(row => row.Value.Id, StringComparer.Ordinal);
        return
        [
            .. file.Strategies.Select(record =>
                present.TryGetValue(record.Strategy.Id, out var row) ? Change(record, row, untradable) : Create(record, untradable)
            ),
        ];
    }

    private static (ImportStep Step, TradingWrite? Write) Create(ImportedStrategy record, IReadOnlyDictionary<string, string> untradable)
    {
        var changes = StrategyRules
            .Definition(record.Strategy)
            .Where(pair => pair.Value is not null)
            .Select(pair => new FieldChange(pair.Field, null, pair.Value));
        return untradable.TryGetValue(record.Strategy.Symbol, out var problem)
            ? (Step(record, ImportAction.Refused, [.. changes]) with { Message = problem }, null)
            : (Step(record, ImportAction.Create, [.. changes]), new(TradingKey.Strategy(record.Strategy.Id), record.Strategy, null));
    }

    private (ImportStep Step, TradingWrite? Write) Change(
        ImportedStrategy record,
        Row<Strategy> row,
        IReadOnlyDictionary<string, string> untradable
    )
    {
        var (current, read) = (row.Value, record.Strategy);
        var next = StrategyRules.Normalize(
            current,
            StrategyFields.WithoutUnused(
                current with
                {
                    Symbol = read.Symbol,
                    StrategyType = read.StrategyType,
                    Quantity = read.Quantity,
                    // The file does not decide whether it runs now: enable and disable do that, with their side effects.
                    EntryType = read.EntryType,
                    EntryPrice = read.EntryPrice,
                    EntryCondition = read.EntryCondition,
                    TrailingStopPct = read.TrailingStopPct,
                    PullbackPct = read.PullbackPct,
                    TakeProfitPct = read.TakeProfitPct,
                    StopLossPct = read.StopLossPct,
                    ScaleTargets = read.ScaleTargets,
                    GridConfig = read.GridConfig ?? current.GridConfig,
                    Repeat = read.Repeat,
                    CooldownMinutes = read.CooldownMinutes,
                    AllowSharedSymbol = read.AllowSharedSymbol,
                    OnUnprotected = read.OnUnprotected,
                    Notes = read.Notes,
                }
            )
        );
        var changes = StrategyRules.Differences(current, next);
        if (changes.Count == 0)
        {
            return (Step(record, ImportAction.Unchanged, []), null);
        }

        var why = StrategyRules.Contradiction(current, next, allowLowerStop: false)?.Message
            ?? (next.Symbol == current.Symbol ? null : untradable.GetValueOrDefault(next.Symbol));
        return why is not null
            ? (Step(record, ImportAction.Refused, changes) with { Message = why }, null)
            : (
                Step(record, ImportAction.Update, changes),
                new(TradingKey.Strategy(current.Id), next with { UpdatedAt = clock.GetUtcNow() }, row.Version)
            );
    }

    private static ImportStep Step(ImportedStrategy record, ImportAction action, IReadOnlyList<FieldChange> changes) =>
        new(record.Strategy.Id, record.OriginalId == record.Strategy.Id ? null : record.OriginalId, record.Line, action, changes);

    // The account row goes first: an import that is killed halfway is not taken for a first start again.
    private async Task<bool> WriteAsync(
        TradingSnapshot snapshot,
        List<(ImportStep Step, TradingWrite? Write)> plan,
        Dictionary<string, ImportStep> written,
        string caller,
        CancellationToken cancellationToken
    )
    {
        var steps = plan.Where(it => it.Write is not null).ToDictionary(it => it.Write!.RowKey, it => it.Step, StringComparer.Ordinal);
        var writes = plan.Select(it => it.Write).OfType<TradingWrite>();
        var now = clock.GetUtcNow();
        IEnumerable<TradingWrite> account = snapshot.Account is null
            ? [new TradingWrite(TradingKey.Account, new AccountState(), null)]
            : [];
        // Each strategy may bring the notification that it started along.
        foreach (var group in account.Concat(writes).Chunk(GroupLimits.Pairs))
        {
            var started = group
                .Where(write => write.Expected is null)
                .Select(write => NotificationComposer.OfStrategy(null, write.Record as Strategy))
                .OfType<Notification>();
            List<ImportStep> done = [.. group.Select(write => steps.GetValueOrDefault(write.RowKey)).OfType<ImportStep>()];
            if (
                await store.CommitAsync(
                    Account,
                    [
                        .. group,
                        .. started.Select(notification => NotificationPublisher.Write(notification with { At = now })),
                        .. done.Count == 0 ? [] : (TradingWrite[])[Entry(done, caller)],
                    ],
                    cancellationToken
                )
                is not CommitResult.Committed
            )
            {
                return false;
            }

            foreach (var step in done)
            {
                written[step.Id] = step;
            }
        }

        return true;
    }

    private TradingWrite Entry(IReadOnlyList<ImportStep> steps, string caller) =>
        log.Trading(
            caller,
            "import_strategies",
            "strategies.yaml",
            new Dictionary<string, string?>(StringComparer.Ordinal)
            {
                ["created"] = Ids(steps, ImportAction.Create),
                ["updated"] = Ids(steps, ImportAction.Update),
            }
        );

    private static string Ids(IEnumerable<ImportStep> steps, ImportAction action) =>
        string.Join(", ", steps.Where(step => step.Action == action).Select(step => step.Id));
}
