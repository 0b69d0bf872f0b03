using AutoTrader.Core.Engine;
using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Portfolio;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Brokerage;
using AutoTrader.Core.Risk;

namespace AutoTrader.Core.Application;

/// <summary>How the engine is doing.</summary>
public sealed record EngineStatus
{
    /// <summary>The account key.</summary>
    public required string Account { get; init; }

    /// <summary>Business time (UTC).</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>The exchange's calendar with the broker's corrections as last read.</summary>
    public required TradingCalendar Calendar { get; init; }

    /// <summary>Whether the regular session is open.</summary>
    public required bool MarketOpen { get; init; }

    /// <summary>The session that is open, or the next one.</summary>
    public required Session Session { get; init; }

    /// <summary>Whether a cycle ended within the last three intervals.</summary>
    public required bool Running { get; init; }

    /// <summary>When the last cycle ended (UTC); null before the first.</summary>
    public DateTimeOffset? LastCycleAt { get; init; }

    /// <summary>The planned instant (UTC) of the last tick.</summary>
    public DateTimeOffset? LastTick { get; init; }

    /// <summary>Who holds the engine lease now; null when no cycle runs.</summary>
    public LeaseHolder? LeaseHolder { get; init; }

    /// <summary>Who ran the last cycle.</summary>
    public string? LastHolder { get; init; }

    /// <summary>The kill switch; null when it is off.</summary>
    public KillSwitch? KillSwitch { get; init; }

    /// <summary>Strategies that are enabled, not paused and not ended.</summary>
    public required int ActiveStrategies { get; init; }

    /// <summary>All strategies.</summary>
    public required int Strategies { get; init; }

    /// <summary>Working orders.</summary>
    public required int OpenOrders { get; init; }

    /// <summary>Commands that no cycle has run yet.</summary>
    public required int PendingRequests { get; init; }

    /// <summary>Everything that needs the user's eye.</summary>
    public required IReadOnlyList<Attention> Attention { get; init; }

    /// <summary>The latest cycles, newest first.</summary>
    public required IReadOnlyList<CycleRecord> Cycles { get; init; }
}

/// <summary>Whether the engine lives.</summary>
/// <param name="Age">How long ago the last cycle ended; null before the first.</param>
/// <param name="LastTick">The planned instant (UTC) of the last tick; null before the first.</param>
/// <param name="IsTimerSilent">Whether the watchdog runs the cycles because the timer does not.</param>
/// <param name="IsImpaired">Whether that cycle stopped before its end, or the engine state cannot be read: the attention list says
/// why.</param>
/// <param name="WithoutData">Problems with the market data of needed symbols, a sentence each.</param>
public sealed record EnginePulse(
    TimeSpan? Age,
    DateTimeOffset? LastTick,
    bool IsTimerSilent,
    bool IsImpaired,
    IReadOnlyList<string> WithoutData
);

/// <summary>Operations on the engine for the API, schedules and imports: read its state, run it, release holds.</summary>
public sealed class EngineService(
    ITradingStore store,
    IEngineStore engine,
    IEngineLease lease,
    IBroker broker,
    IEvaluationCycle cycles,
    CommandQueue commands,
    ChangeLog log,
    EngineOptions options,
    TimeProvider clock
)
{
    /// <summary>The code of the attention items that are rows which cannot be read.</summary>
    public const string UnreadableCode = "UNREADABLE";

    private const int ShownCycles = 20;
    private const int HistoryPage = 1000;
    private const int MissedBeats = 3;

    private string Account => broker.AccountKey;

    /// <summary>How the engine is doing.</summary>
    public async Task<EngineStatus> StatusAsync(CancellationToken cancellationToken) =>
        await StatusAsync(await store.LoadAsync(Account, cancellationToken), cancellationToken);

    /// <summary>The same, from data already loaded.</summary>
    internal async Task<EngineStatus> StatusAsync(TradingSnapshot snapshot, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var state = (await engine.LoadAsync(Account, cancellationToken))?.Value ?? new EngineState();
        var calendar = ExchangeDays.CalendarOf(state.Exchange.Days);
        var latest = await engine.ListCyclesAsync(Account, ShownCycles, cancellationToken);
        return new()
        {
            Account = Account,
            Now = now,
            Calendar = calendar,
            MarketOpen = calendar.IsOpen(now),
            Session = calendar.CurrentOrNext(now),
            Running = IsRunning(state, now),
            LastCycleAt = state.LastCycleAt,
            LastTick = state.LastTick,
            LeaseHolder = await lease.PeekAsync(Account, cancellationToken),
            LastHolder = state.LastHolder,
            KillSwitch = snapshot.Account?.Value.KillSwitch,
            ActiveStrategies = snapshot.Strategies.Count(row => row.Value.MayEnter),
            Strategies = snapshot.Strategies.Count,
            OpenOrders = snapshot.Orders.Count(row => row.Value.IsWorking),
            PendingRequests = snapshot.Commands.Count(row => row.Value.Status == CommandStatus.Pending),
            Attention = [.. await AttentionsAsync(state, snapshot, now, cancellationToken), .. UnreadableCycles(latest, now)],
            Cycles = latest.Cycles,
        };
    }

    /// <summary>The exchange's calendar with the broker's corrections as last read; null if they cannot be read, which stops the cycles and
    /// raises attention there.</summary>
    public async Task<TradingCalendar?> CalendarAsync(CancellationToken cancellationToken)
    {
        try
        {
            return ExchangeDays.CalendarOf((await engine.LoadAsync(Account, cancellationToken))?.Value.Exchange.Days ?? []);
        }
        catch (StorageUnavailableException)
        {
            return null;
        }
    }

    /// <summary>Everything that needs attention: the items of the last cycle, and every unreadable row, history included.</summary>
    public async Task<IReadOnlyList<Attention>> AttentionAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var items = await AttentionsAsync(
            (await engine.LoadAsync(Account, cancellationToken))?.Value ?? new EngineState(),
            await store.LoadAsync(Account, cancellationToken),
            now,
            cancellationToken
        );
        var history = (await UnreadableAsync<Order>(TradingKey.DonePrefix, cancellationToken))
            .Concat(await UnreadableAsync<Fill>(TradingKey.FillPrefix, cancellationToken))
            .Concat(await UnreadableAsync<CashActivity>(TradingKey.CashPrefix, cancellationToken))
            .Concat(await UnreadableAsync<PublishedBacktest>(TradingKey.BacktestPrefix, cancellationToken))
            .Concat(await broker.ListUnreadableAsync(cancellationToken));
        var past = UnreadableCycles(await engine.ListCyclesAsync(Account, ShownCycles, cancellationToken), now);
        return [.. items, .. history.Select(row => new Attention(UnreadableCode, row.RowKey, row.Problem, now)), .. past];
    }

    /// <summary>Deletes an unreadable row, whose content is lost, or a notification that could not be delivered.</summary>
    /// <returns>Whether there was one: readable rows are changed through their own service.</returns>
    public async Task<bool> DeleteUnreadableAsync(string rowKey, string caller, CancellationToken cancellationToken)
    {
        var snapshot = await store.LoadAsync(Account, cancellationToken);
        var notifications = await NotificationService.AttentionAsync(store, Account, clock.GetUtcNow(), cancellationToken);
        var history =
            rowKey.StartsWith(TradingKey.DonePrefix, StringComparison.Ordinal) ? await UnreadableAsync<Order>(rowKey, cancellationToken)
            : rowKey.StartsWith(TradingKey.FillPrefix, StringComparison.Ordinal) ? await UnreadableAsync<Fill>(rowKey, cancellationToken)
            : rowKey.StartsWith(TradingKey.CashPrefix, StringComparison.Ordinal)
                ? await UnreadableAsync<CashActivity>(rowKey, cancellationToken)
            : rowKey.StartsWith(TradingKey.BacktestPrefix, StringComparison.Ordinal)
                ? await UnreadableAsync<PublishedBacktest>(rowKey, cancellationToken)
            : [];
        var deletable = snapshot.Unreadable.Concat(notifications.Select(item => new UnreadableRow(item.Key, item.Message))).Concat(history);
        if (deletable.FirstOrDefault(row => row.RowKey == rowKey) is { } unreadable)
        {
            return await store.DeleteAsync(Account, rowKey, log.TradingDeleted(caller, unreadable), cancellationToken);
        }

        if (await engine.FindUnreadableAsync(Account, rowKey, cancellationToken) is { } state)
        {
            await log.DeletedAsync(caller, state, cancellationToken);
            return await engine.DeleteUnreadableAsync(Account, rowKey, cancellationToken) is not null;
        }

        if ((await broker.ListUnreadableAsync(cancellationToken)).FirstOrDefault(row => row.RowKey == rowKey) is { } paper)
        {
            await log.DeletedAsync(caller, paper, cancellationToken);
            return await broker.DeleteUnreadableAsync(rowKey, cancellationToken) is not null;
        }

        return false;
    }

    /// <summary>Whether the engine lives. Reads one row.</summary>
    public async Task<EnginePulse> PulseAsync(CancellationToken cancellationToken)
    {
        var state = (await engine.LoadAsync(Account, cancellationToken))?.Value ?? new EngineState();
        return new(
            clock.GetUtcNow() - state.LastCycleAt,
            state.LastTick,
            state.Attention.Any(item => item.Code == Attention.TimerSilent),
            state.Unreadable is not null || state.Attention.Any(item => item.Code == Attention.CycleStopped),
            [.. state.Attention.Where(item => item.Code == Attention.NoMarketData).Select(item => item.Message)]
        );
    }

    /// <summary>Runs a cycle now.</summary>
    /// <param name="dryRun">Whether nothing may change; the decisions are returned.</param>
    /// <param name="caller">Who.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <exception cref="RefusedException">Another host runs one, or it stopped before its end.</exception>
    public async Task<CycleResult> RunAsync(bool dryRun, string caller, CancellationToken cancellationToken)
    {
        // Who hangs up ends his waiting, and not the cycle in the midst of its work.
        var result = await cycles.RunAsync(new(null, "manual", dryRun), CancellationToken.None).WaitAsync(cancellationToken);
        if (!dryRun)
        {
            await log.RecordAsync(
                caller,
                "run_engine",
                "engine",
                new Dictionary<string, string?>(StringComparer.Ordinal) { ["outcome"] = WireNames.Of(result.Outcome) },
                null,
                cancellationToken
            );
        }

        return result.Outcome switch
        {
            CycleOutcome.HeldElsewhere => throw new RefusedException(
                Refusal.Conflict,
                "ENGINE_LOCK_ERROR",
                "Another host is running a cycle. Try again in a few seconds."
            ),
            CycleOutcome.Stopped => throw new RefusedException(
                Refusal.Unavailable,
                "ENGINE_ERROR",
                $"The cycle stopped before its end: {result.Record?.Error}"
            ),
            _ => result,
        };
    }

    /// <summary>Lets a symbol be decided about again that was held for a corporate action.</summary>
    /// <exception cref="RefusedException">The symbol is not held.</exception>
    public async Task<CommandEnvelope> ReleaseHoldAsync(string symbol, CommandRequest request, CancellationToken cancellationToken)
    {
        var command = await commands.AskAsync(
            new()
            {
                Id = request.IdFor(CommandKind.ReleaseHold, symbol),
                Command = new ReleaseHold(
                    Symbol.IsValid(symbol)
                        ? symbol
                        : throw new RefusedException(Refusal.NotFound, "NOT_FOUND", "This symbol is not on hold.")
                ),
                Reason = request.Reason,
                RequestHash = VersionTag.Of(symbol),
                Caller = request.Caller,
                RequestedAt = clock.GetUtcNow(),
            },
            cancellationToken
        );
        return CommandQueue.Refused(command) is { } refusal ? throw refusal : command;
    }

    private async Task<List<Attention>> AttentionsAsync(
        EngineState state,
        TradingSnapshot snapshot,
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        List<UnreadableRow> rows = state.Unreadable is { } lost ? [.. snapshot.Unreadable, lost] : [.. snapshot.Unreadable];
        var unreadable = rows.Select(row => row.RowKey).ToHashSet(StringComparer.Ordinal);
        return
        [
            .. state.Attention.Where(item => item.Code != UnreadableCode || unreadable.Remove(item.Key)),
            .. rows.Where(row => unreadable.Contains(row.RowKey))
                .Select(row => new Attention(UnreadableCode, row.RowKey, row.Problem, now)),
            .. await NotificationService.AttentionAsync(store, Account, now, cancellationToken),
        ];
    }

    private async Task<List<UnreadableRow>> UnreadableAsync<T>(string prefix, CancellationToken cancellationToken)
        where T : class
    {
        var unreadable = new List<UnreadableRow>();
        string? continuation = null;
        do
        {
            var page = await store.ListAsync<T>(Account, prefix, HistoryPage, continuation, cancellationToken);
            unreadable.AddRange(page.Unreadable);
            continuation = page.Continuation;
        } while (continuation is not null);

        return unreadable;
    }

    private static IEnumerable<Attention> UnreadableCycles(CycleListing cycles, DateTimeOffset now) =>
        cycles.Unreadable.Select(row => new Attention(
            UnreadableCode,
            row.RowKey,
            $"The record of a past cycle cannot be read: {row.Problem} Nothing depends on it; it is deleted with the other old ones.",
            now
        ));

    private bool IsRunning(EngineState state, DateTimeOffset now) =>
        state.LastCycleAt is { } at && now - at <= options.CycleInterval * MissedBeats;
}
