using AutoTrader.Core.Market;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Brokerage;
using AutoTrader.Core.Risk;
using AutoTrader.Core.Schedules;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Core.Application;

/// <summary>The kill switch as a service shows it.</summary>
/// <param name="Switch">The switch; null when it is off.</param>
/// <param name="Tag">The version of the switch.</param>
public sealed record KillSwitchState(KillSwitch? Switch, string Tag)
{
    /// <summary>While it is on, the strategies that wait for it; when it was turned off just now, those that may buy from the next cycle
    /// on.</summary>
    public IReadOnlyList<string> Due { get; init; } = [];
}

/// <summary>Sets and lifts the kill switch (docs/trading-rules.md, "Kill switch"), for people and for schedules.</summary>
public sealed class KillSwitchService(
    ITradingStore store,
    IBroker broker,
    CommandQueue commands,
    ChangeLog log,
    TimeProvider clock,
    RecordQueue records
)
{
    private const string KillSwitchLane = "kill_switch";

    private string Account => broker.AccountKey;

    /// <summary>The kill switch.</summary>
    public async Task<KillSwitchState> KillSwitchAsync(CancellationToken cancellationToken)
    {
        var state = State((await ReadAsync(cancellationToken))?.Value.KillSwitch);
        return state.Switch is null ? state : state with { Due = await DueAsync(cancellationToken) };
    }

    /// <summary>
    /// Turns the kill switch on. It is effective on return: no host commits another entry. It requests a cycle at once, which cancels the
    /// working entries and, with <paramref name="flatten"/>, sells.
    /// </summary>
    /// <param name="reason">Why.</param>
    /// <param name="flatten">Also sell all strategies' shares.</param>
    /// <param name="wholeAccount">Whether to sell unmanaged shares too.</param>
    /// <param name="request">Who asks.</param>
    /// <param name="precondition">The expected versions of the switch; null for any.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <returns>The switch, and the command to flatten when there is one.</returns>
    /// <exception cref="RefusedException">The switch has another version, or the key was used for another request; or the switch is on
    /// now and flattening was refused, which the message says.</exception>
    public async Task<(KillSwitchState State, CommandEnvelope? Flatten)> TurnOnAsync(
        string reason,
        bool flatten,
        bool wholeAccount,
        CommandRequest request,
        Precondition? precondition,
        CancellationToken cancellationToken
    )
    {
        var state = await SetAsync(
            new(reason, clock.GetUtcNow(), request.Caller),
            request,
            FormattableString.Invariant($"on\n{flatten}\n{wholeAccount}\n{reason}"),
            precondition,
            cancellationToken
        );
        if (!flatten)
        {
            // The cycle reads the switch itself; if another host is running a cycle now, its next one obeys.
            await commands.RunCycleAsync(cancellationToken);
            return (state with { Due = await DueAsync(cancellationToken) }, null);
        }

        try
        {
            var command = await commands.AskAsync(
                new()
                {
                    Id = request.IdFor(CommandKind.Flatten, null),
                    Command = new Flatten(wholeAccount),
                    Reason = reason,
                    RequestHash = VersionTag.Of(FormattableString.Invariant($"{wholeAccount}\n{reason}")),
                    Caller = request.Caller,
                    RequestedAt = clock.GetUtcNow(),
                },
                cancellationToken
            );
            return CommandQueue.Refused(command) is { } refusal ? throw refusal : (state, command);
        }
        catch (RefusedException refused)
        {
            // Half of what was asked for is done, and the caller must not believe that nothing was.
            throw new RefusedException(refused.Kind, refused.Code, $"The kill switch is on, and nothing is sold: {refused.Message}");
        }
    }

    /// <summary>Turns the kill switch off; entries resume with the next cycle.</summary>
    public async Task<KillSwitchState> TurnOffAsync(CommandRequest request, Precondition? precondition, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        var state = await SetAsync(null, request, "off", precondition, cancellationToken);
        try
        {
            return state with { Due = await DueAsync(cancellationToken) };
        }
        catch (StorageUnavailableException)
        {
            // It is off; a failure to list the due schedules must not look as if it were still on.
            return state;
        }
    }

    // Not while the daily loss limit bars them as well.
    private async Task<IReadOnlyList<string>> DueAsync(CancellationToken cancellationToken)
    {
        var snapshot = await store.LoadAsync(Account, cancellationToken);
        return snapshot.Account?.Value.LossLatchedOn == TradingCalendar.Nyse.TradingDay(clock.GetUtcNow())
            ? []
            : [.. snapshot.Strategies.Where(row => row.Value.WantsToEnter).Select(row => row.Value.Id).Order(StringComparer.Ordinal)];
    }

    /// <summary>
    /// Sets or lifts the kill switch for a schedule. The account remembers the occurrence in the same commit, so that one which is tried
    /// again never undoes what a person did since. A schedule lifts only a switch that a schedule set.
    /// </summary>
    /// <param name="on">Whether to set it.</param>
    /// <param name="reason">Why, in a sentence.</param>
    /// <param name="scheduleId">The schedule.</param>
    /// <param name="occurrence">The occurrence (<see cref="HandledOccurrences"/>).</param>
    /// <param name="latest">After this instant (UTC) nothing is changed; null for no limit.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <returns>Whether anything was to be done, and what came of it in a sentence.</returns>
    public async Task<(bool Changed, bool IsNoOp, string Outcome)> SetByScheduleAsync(
        bool on,
        string reason,
        string scheduleId,
        string occurrence,
        DateTimeOffset? latest,
        CancellationToken cancellationToken
    )
    {
        var result = await ApplyAsync(on, reason, ScheduleRun.CallerPrefix + scheduleId, occurrence, latest, cancellationToken);
        // Even if it was applied earlier: the process may have died before the cycle it requested.
        await commands.RunCycleAsync(cancellationToken);
        return result;
    }

    private async Task<(bool Changed, bool IsNoOp, string Outcome)> ApplyAsync(
        bool on,
        string reason,
        string caller,
        string occurrence,
        DateTimeOffset? latest,
        CancellationToken cancellationToken
    )
    {
        using var turn = await records.EnterAsync(RecordQueue.Account, cancellationToken);
        while (true)
        {
            var row = await ReadAsync(cancellationToken);
            var account = row?.Value ?? new AccountState();
            if (HandledOccurrences.Covers(account.LastOccurrence, KillSwitchLane, occurrence))
            {
                return (true, false, "This occurrence, or a later one, was already handled.");
            }

            var (changed, isNoOp, outcome) = (on, account.KillSwitch) switch
            {
                _ when clock.GetUtcNow() > latest => (false, false, "It was too late."),
                (true, { } already) => (
                    false,
                    true,
                    FormattableString.Invariant($"The kill switch is already on: {already.Reason} (by {already.By})")
                ),
                (true, null) => (true, false, "The kill switch is on."),
                (false, null) => (false, true, "The kill switch is already off."),
                (false, { } set) when !set.By.StartsWith(ScheduleRun.CallerPrefix, StringComparison.Ordinal) => (
                    false,
                    false,
                    $"The kill switch was set by {set.By}, not by a schedule: a person must turn it off."
                ),
                _ => (true, false, "The kill switch is off."),
            };
            var next = account with
            {
                KillSwitch =
                    !changed ? account.KillSwitch
                    : on ? new(reason, clock.GetUtcNow(), caller)
                    : null,
                LastOccurrence = HandledOccurrences.Add(account.LastOccurrence, KillSwitchLane, occurrence),
            };
            var change = log.Trading(
                caller,
                on ? "kill_switch_on" : "kill_switch_off",
                KillSwitchLane,
                new Dictionary<string, string?>(StringComparer.Ordinal) { ["reason"] = reason, ["outcome"] = outcome }
            );
            if (
                await store.CommitAsync(Account, [new(TradingKey.Account, next, row?.Version), change], cancellationToken)
                is CommitResult.Committed
            )
            {
                return (changed, isNoOp, outcome);
            }

            await turn.OvertakenAsync(cancellationToken);
        }
    }

    private static KillSwitchState State(KillSwitch? now) =>
        new(now, VersionTag.Of(FormattableString.Invariant($"kill switch {now?.Since:O} {now?.By} {now?.Reason}")));

    private Task<Row<AccountState>?> ReadAsync(CancellationToken cancellationToken) =>
        store.ReadAsync<AccountState>(Account, TradingKey.Account, cancellationToken);

    // A keyed request is stored with the switch in one commit: repeating it changes nothing, whatever happened since.
    private async Task<KillSwitchState> SetAsync(
        KillSwitch? wanted,
        CommandRequest request,
        string asked,
        Precondition? precondition,
        CancellationToken cancellationToken
    )
    {
        var hash = VersionTag.Of(asked);
        var id = request.Key is null ? null : request.IdFor(CommandKind.SetKillSwitch, null);
        using var turn = await records.EnterAsync(RecordQueue.Account, cancellationToken);
        while (true)
        {
            var row = await ReadAsync(cancellationToken);
            var account = row?.Value ?? new AccountState();
            if (id is not null && await commands.FindAsync(id, cancellationToken) is { } earlier)
            {
                return earlier.RequestHash == hash ? State(account.KillSwitch) : throw CommandQueue.KeyReused();
            }

            Precondition.Check(precondition, State(account.KillSwitch).Tag);
            // When it is already on, the first author and reason stay.
            var next = account with { KillSwitch = wanted is null ? null : account.KillSwitch ?? wanted };
            var served = Served(id ?? Guid.NewGuid().ToString("N"), hash, wanted, request);
            List<TradingWrite> group = [.. id is null ? [TradingWrite.Of(AuditEntry.Of(served))] : served.Served(null)];
            if (next != account)
            {
                group.Add(new(TradingKey.Account, next, row?.Version));
            }

            if (await store.CommitAsync(Account, group, cancellationToken) is CommitResult.Committed)
            {
                return State(next.KillSwitch);
            }

            await turn.OvertakenAsync(cancellationToken);
        }
    }

    private CommandEnvelope Served(string id, string hash, KillSwitch? wanted, CommandRequest request) =>
        new()
        {
            Id = id,
            Command = new SetKillSwitch(wanted is not null),
            Reason = wanted?.Reason ?? request.Reason,
            RequestHash = hash,
            Caller = request.Caller,
            RequestedAt = clock.GetUtcNow(),
            Status = CommandStatus.Done,
            Outcome = wanted is null ? "The kill switch is off." : "The kill switch is on.",
            HandledAt = clock.GetUtcNow(),
        };
}
