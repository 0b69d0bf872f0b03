using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Brokerage;
using AutoTrader.Core.Ports.Scheduling;
using AutoTrader.Core.Schedules;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Core.Application.Scheduling;

/// <summary>The result of maintaining strategies' schedules.</summary>
/// <param name="Made">The ids of the schedules that were made.</param>
/// <param name="Dropped">The strategies that are no longer scheduled, with the reason.</param>
/// <param name="Deleted">The ids of the schedules that were deleted.</param>
public sealed record StrategySchedulesReport(
    IReadOnlyList<string> Made,
    IReadOnlyList<(string StrategyId, string Reason)> Dropped,
    IReadOnlyList<string> Deleted
);

/// <summary>
/// The short form of schedules: a strategy's own <c>schedule_at</c>, <c>schedule_cron</c>, <c>schedule_market</c> and
/// <c>schedule_enabled</c> keep one schedule <c>strategy-{id}</c> that starts it. Until then the strategy is disabled; canceling puts back
/// what <c>enabled</c> was. An open position's protection is never touched.
/// </summary>
public sealed class StrategyScheduleService(
    StrategyService strategies,
    ScheduleService service,
    IScheduleStore store,
    ITradingStore trading,
    IBroker broker,
    RecordQueue records
)
{
    private const string Prefix = "strategy-";

    /// <summary>The id of the schedule that a strategy's short form keeps.</summary>
    public static string IdOf(string strategyId) => Prefix + strategyId;

    /// <summary>Schedules a strategy, replacing its previous schedule.</summary>
    /// <param name="strategyId">Which strategy.</param>
    /// <param name="when">When it starts.</param>
    /// <param name="precondition">The versions of its schedule that the change was made for; null for any, also none.</param>
    /// <param name="caller">Who.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <exception cref="RefusedException">There is no such strategy, its schedule's version is another, or the rule is unsound or
    /// past.</exception>
    public async Task<Row<Schedule>> SetAsync(
        string strategyId,
        ScheduleSpec when,
        Precondition? precondition,
        string caller,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(when);
        using var turn = await records.EnterAsync(RecordQueue.ScheduleOf(strategyId), cancellationToken);
        var strategy = await strategies.GetAsync(strategyId, cancellationToken);
        var schedule = await SaveAsync(strategy.Value, when, precondition, caller, cancellationToken);
        await strategies.ChangeAsync(
            strategyId,
            current =>
                current with
                {
                    Enabled = false,
                    ScheduleEnabled = true,
                    ScheduleAt = when.At,
                    ScheduleCron = when.Cron,
                    ScheduleMarket = when.Market,
                },
            null,
            caller,
            cancellationToken
        );
        return schedule;
    }

    /// <summary>Cancels a strategy's schedule; if it has not fired, enabled gets its earlier value.</summary>
    /// <param name="strategyId">Which strategy.</param>
    /// <param name="precondition">The expected versions of its schedule; null for any.</param>
    /// <param name="caller">Who.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <exception cref="RefusedException">There is no such strategy, its schedule's version is another, or nothing is scheduled for
    /// it.</exception>
    public async Task<Row<Strategy>> CancelAsync(
        string strategyId,
        Precondition? precondition,
        string caller,
        CancellationToken cancellationToken
    )
    {
        using var turn = await records.EnterAsync(RecordQueue.ScheduleOf(strategyId), cancellationToken);
        var before = await strategies.GetAsync(strategyId, cancellationToken);
        var schedule = await store.ReadAsync(IdOf(strategyId), cancellationToken);
        Precondition.Check(precondition, schedule?.Version);
        if (schedule is null && !before.Value.ScheduleEnabled)
        {
            throw new RefusedException(Refusal.NotFound, "SCHEDULE_NOT_FOUND", $"Nothing is scheduled for strategy {strategyId}.");
        }

        // The strategy first: its earlier state is lost with the schedule.
        var wasStarted =
            schedule is not null
            && (await Paging.AllAsync(from => store.ListRunsAsync(schedule.Value.Id, 1000, from, cancellationToken))).Exists(run =>
                run.Value.Status == RunStatus.Fired
            );
        var enabled = !wasStarted && schedule is { Value.PriorEnabled: { } prior } ? prior : before.Value.Enabled;
        var row = await strategies.ChangeAsync(
            strategyId,
            current => Unscheduled(current) with { Enabled = enabled },
            null,
            caller,
            cancellationToken
        );
        if (schedule is not null)
        {
            await service.DeleteAsync(IdOf(strategyId), null, caller, cancellationToken);
        }

        return row;
    }

    /// <summary>Deletes a schedule. A strategy's own schedule is canceled through the strategy, which would otherwise create it
    /// again.</summary>
    /// <exception cref="RefusedException">There is no such schedule, or its version is another.</exception>
    public async Task DeleteAsync(string scheduleId, Precondition? precondition, string caller, CancellationToken cancellationToken)
    {
        var row = await service.GetAsync(scheduleId, cancellationToken);
        if (row.Value is { PriorEnabled: not null, Task.Target: { } strategyId } && scheduleId == IdOf(strategyId))
        {
            Precondition.Check(precondition, VersionTag.Of(row.Version));
            try
            {
                await CancelAsync(strategyId, precondition, caller, cancellationToken);
                return;
            }
            catch (RefusedException refused) when (refused.Kind == Refusal.NotFound)
            {
                // Its strategy is gone, and needs no schedule.
            }
        }

        await service.DeleteAsync(scheduleId, precondition, caller, cancellationToken);
    }

    /// <summary>Deletes a strategy's schedule after the strategy is gone.</summary>
    public async Task ForgetAsync(string strategyId, string caller, CancellationToken cancellationToken)
    {
        if (await store.ReadAsync(IdOf(strategyId), cancellationToken) is { Value.PriorEnabled: not null })
        {
            await service.DeleteAsync(IdOf(strategyId), null, caller, cancellationToken);
        }
    }

    /// <summary>
    /// Creates the missing schedules of strategies, as after an import, and deletes those whose strategy is gone. A strategy whose time has
    /// passed is no longer scheduled.
    /// </summary>
    /// <returns>The created schedules, those that could not be created, and the deleted ones.</returns>
    public async Task<StrategySchedulesReport> ReconcileAsync(string caller, CancellationToken cancellationToken) =>
        await ReconcileAsync(caller, await Paging.AllAsync(from => store.ListAsync(1000, from, cancellationToken)), cancellationToken);

    /// <summary>The same for a caller that has listed all schedules just now.</summary>
    /// <returns>The created schedules, those that could not be created, and the deleted ones.</returns>
    public async Task<StrategySchedulesReport> ReconcileAsync(
        string caller,
        IReadOnlyList<Row<Schedule>> schedules,
        CancellationToken cancellationToken
    )
    {
        var (made, dropped, deleted) = (new List<string>(), new List<(string, string)>(), new List<string>());
        var listed = schedules.Select(row => row.Value.Id).ToHashSet(StringComparer.Ordinal);

        // Read after the schedules, so that a schedule whose strategy was just added is not deleted.
        var snapshot = await trading.LoadAsync(broker.AccountKey, cancellationToken);
        foreach (
            var id in snapshot
                .Strategies.Where(row => row.Value.ScheduleEnabled && !listed.Contains(IdOf(row.Value.Id)))
                .Select(row => row.Value.Id)
        )
        {
            // It may have been canceled since: only the current strategy counts.
            using var turn = await records.EnterAsync(RecordQueue.ScheduleOf(id), cancellationToken);
            if (
                await trading.ReadAsync<Strategy>(broker.AccountKey, TradingKey.Strategy(id), cancellationToken)
                    is not { Value: { ScheduleEnabled: true } strategy }
                || await ExistsAsync(IdOf(id), cancellationToken)
            )
            {
                continue;
            }

            try
            {
                await SaveAsync(
                    strategy,
                    new()
                    {
                        At = strategy.ScheduleAt,
                        Cron = strategy.ScheduleCron,
                        Market = strategy.ScheduleMarket,
                    },
                    null,
                    caller,
                    cancellationToken
                );
                made.Add(IdOf(strategy.Id));
            }
            catch (RefusedException refused)
            {
                // A strategy whose time has passed must not look scheduled.
                dropped.Add((strategy.Id, refused.Message));
                await UnscheduleAsync(strategy.Id, caller, cancellationToken);
            }
        }

        // A strategy that cannot be read is not gone.
        var present = snapshot
            .Strategies.Select(row => TradingKey.Strategy(row.Value.Id))
            .Concat(snapshot.Unreadable.Select(row => row.RowKey))
            .ToHashSet(StringComparer.Ordinal);
        foreach (
            var orphan in schedules.Where(row =>
                row.Value.PriorEnabled is not null
                && row.Value.Id.StartsWith(Prefix, StringComparison.Ordinal)
                && !present.Contains(TradingKey.Strategy(row.Value.Id[Prefix.Length..]))
            )
        )
        {
            await service.DeleteAsync(orphan.Value.Id, null, caller, cancellationToken);
            deleted.Add(orphan.Value.Id);
        }

        return new(made, dropped, deleted);
    }

    // One that was deleted, or that keeps changing, must not stop the rest; the next sweep handles it.
    private async Task UnscheduleAsync(string strategyId, string caller, CancellationToken cancellationToken)
    {
        try
        {
            await strategies.ChangeAsync(strategyId, Unscheduled, null, caller, cancellationToken);
        }
        catch (RefusedException)
        {
            // Reported with the dropped ones.
        }
    }

    private static Strategy Unscheduled(Strategy strategy) =>
        strategy with
        {
            ScheduleEnabled = false,
            ScheduleAt = null,
            ScheduleCron = null,
            ScheduleMarket = null,
        };

    // An unreadable one exists; it must not stop the others.
    private async Task<bool> ExistsAsync(string id, CancellationToken cancellationToken)
    {
        try
        {
            return await store.ReadAsync(id, cancellationToken) is not null;
        }
        catch (UnreadableRowException)
        {
            return true;
        }
    }

    private async Task<Row<Schedule>> SaveAsync(
        Strategy strategy,
        ScheduleSpec when,
        Precondition? precondition,
        string caller,
        CancellationToken cancellationToken
    )
    {
        var id = IdOf(strategy.Id);
        var present = await store.ReadAsync(id, cancellationToken);
        Precondition.Check(precondition, present?.Version);
        return present is null
            ? await service.CreateAsync(
                new()
                {
                    Id = id,
                    Name = "start of " + strategy.Id,
                    Task = new(ScheduleAction.StrategyStart) { Target = strategy.Id },
                    Spec = when,
                    PriorEnabled = strategy.Enabled,
                },
                caller,
                cancellationToken
            )
            : await service.ChangeAsync(
                id,
                current => current with { Spec = when, Enabled = true },
                precondition,
                "schedule_strategy",
                caller,
                cancellationToken
            );
    }
}
