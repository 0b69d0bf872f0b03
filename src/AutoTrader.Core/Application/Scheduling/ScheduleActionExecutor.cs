using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Schedules;

namespace AutoTrader.Core.Application.Scheduling;

/// <summary>What came of carrying out an occurrence.</summary>
/// <param name="Status">How its run ends; <see cref="RunStatus.Started"/> while that is not known.</param>
/// <param name="Outcome">In a sentence.</param>
/// <param name="Code">The error code, or the reason for which there was nothing to do.</param>
public sealed record WorkResult(RunStatus Status, string Outcome, string? Code = null);

/// <summary>Where the messages of schedules go.</summary>
public interface IScheduleNotifications
{
    /// <summary>Takes a message; the same key again is the same message.</summary>
    /// <param name="key">The occurrence.</param>
    /// <param name="at">The occurrence's instant (UTC).</param>
    /// <param name="message">The message; null for the daily summary.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    Task SendAsync(string key, DateTimeOffset at, string? message, CancellationToken cancellationToken);

    /// <summary>Publishes a run's outcome before it is committed; publishing it again gives the same notification.</summary>
    /// <param name="ended">The run as it ended.</param>
    /// <param name="missed">How many occurrences were skipped, including this one; 0 when it ran.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    Task PublishAsync(ScheduleRun ended, int missed, CancellationToken cancellationToken);
}

/// <summary>
/// Carries out the actions of schedules through the services that people use, with the occurrence as the idempotency key: however often one
/// is carried out, its effect happens once.
/// </summary>
public sealed class ScheduleActionExecutor(
    OrderService orders,
    KillSwitchService killSwitch,
    CommandQueue commands,
    IScheduleNotifications notifications,
    TimeProvider clock
)
{
    private const int CancelsAtOnce = 50;

    private static readonly HashSet<string> EndedMeanwhile = new(StringComparer.Ordinal) { "CANCEL_FAILED", "ORDER_NOT_FOUND" };

    /// <summary>Carries out an occurrence, or looks what came of it when it was carried out before.</summary>
    /// <param name="run">The run, which is committed as started.</param>
    /// <param name="latest">After this instant (UTC) it must not start; null for no limit.</param>
    /// <param name="cancellationToken">Cancels the wait; the request stays.</param>
    /// <exception cref="StorageUnavailableException">Storage cannot be reached; the run stays started.</exception>
    public async Task<WorkResult> CarryOutAsync(ScheduleRun run, DateTimeOffset? latest, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(run);
        try
        {
            return run.Task.Action switch
            {
                ScheduleAction.StrategyStart => await AskAsync(new EnableStrategy(TargetOf(run)), run, latest, cancellationToken),
                ScheduleAction.StrategyStop => await AskAsync(new DisableStrategy(TargetOf(run)), run, latest, cancellationToken),
                ScheduleAction.StrategyPause => await AskAsync(new PauseStrategy(TargetOf(run)), run, latest, cancellationToken),
                ScheduleAction.StrategyResume => await AskAsync(new ResumeStrategy(TargetOf(run)), run, latest, cancellationToken),
                ScheduleAction.StrategyClose => await AskAsync(new CloseStrategy(TargetOf(run)), run, latest, cancellationToken),
                ScheduleAction.OrderPlace => await PlaceAsync(run, latest, cancellationToken),
                ScheduleAction.OrdersCancel => await CancelAsync(run, cancellationToken),
                ScheduleAction.KillSwitchOn => await SwitchAsync(true, run, latest, cancellationToken),
                ScheduleAction.KillSwitchOff => await SwitchAsync(false, run, latest, cancellationToken),
                ScheduleAction.Notify => await NotifyAsync(run, cancellationToken),
                _ => new(RunStatus.Failed, "This version does not support the action.", "UNEXPECTED"),
            };
        }
        catch (RefusedException refused) when (refused.Kind is Refusal.Unavailable or Refusal.TooMany)
        {
            return new(RunStatus.Started, refused.Message, refused.Code);
        }
        catch (RefusedException refused)
        {
            return Refused(refused.Rule ?? refused.Code, refused.Message);
        }
    }

    private static string CallerOf(ScheduleRun run) => ScheduleRun.CallerPrefix + run.ScheduleId;

    private static WorkResult Refused(string code, string message) =>
        code switch
        {
            "STRATEGY_NOT_PAUSED" => new(RunStatus.Skipped, message, ScheduleRun.NoOp),
            "COMMAND_EXPIRED" => new(RunStatus.Skipped, message, code),
            _ => new(RunStatus.Failed, message, code),
        };

    private static string TargetOf(ScheduleRun run) => run.Task.Target ?? "";

    private async Task<WorkResult> AskAsync(
        StrategyCommand command,
        ScheduleRun run,
        DateTimeOffset? latest,
        CancellationToken cancellationToken
    )
    {
        var result = await commands.CarryAsync(
            new()
            {
                Id = CommandIdOf(run),
                Command = command,
                Reason = run.Task.Reason ?? "schedule " + run.ScheduleId,
                RequestHash = VersionTag.Of($"{command.Kind} {command.StrategyId}"),
                Caller = CallerOf(run),
                Occurrence = run.Occurrence,
                RequestedAt = clock.GetUtcNow(),
                ExpiresAt = latest,
            },
            cancellationToken
        );
        if (result.Status == CommandStatus.Pending)
        {
            return new(RunStatus.Started, "The engine has not run it yet.");
        }

        return result.Status == CommandStatus.Done
            ? new(RunStatus.Fired, result.Outcome ?? "Done.")
            : Refused(result.Code ?? "UNEXPECTED", result.Outcome ?? "It was refused.");
    }

    // Commands run in the order of their ids: by instant, and at one instant risk-reducing ones first.
    private static string CommandIdOf(ScheduleRun run)
    {
        var parts = run.Occurrence.Split('.', 2);
        return FormattableString.Invariant($"{parts[0]}.{run.Task.Action.Urgency():D2}.{parts[1]}");
    }

    private async Task<WorkResult> PlaceAsync(ScheduleRun run, DateTimeOffset? latest, CancellationToken cancellationToken)
    {
        var terms = run.Task.Order
            ?? throw new RefusedException(Refusal.Unprocessable, "INVALID_ORDER", "The schedule's order cannot be read.");
        var result = await orders.PlaceAsync(terms, Request(run) with { Latest = latest }, cancellationToken);
        return result switch
        {
            { Order.Status: OrderStatus.Abandoned } => new(
                RunStatus.Skipped,
                $"{WireNames.Of(terms)} could not be sent in time and was abandoned.",
                "ORDER_ABANDONED"
            ),
            // Committed, but it is unknown whether the broker has it: the engine's repair finds out.
            { Order.Status: OrderStatus.Intended or OrderStatus.Unknown } => new(
                RunStatus.Started,
                $"{result.Order.ClientOrderId} is {WireNames.Of(result.Order.Status)}."
            ),
            { Order: { } order } => new(RunStatus.Fired, $"{WireNames.Of(terms)}: {order.ClientOrderId} is {WireNames.Of(order.Status)}."),
            { Command.Status: CommandStatus.Pending } => new(RunStatus.Started, "The engine has not run it yet."),
            _ => new(RunStatus.Fired, result.Command.Outcome ?? "Placed."),
        };
    }

    // Orders that were decided after the run began were not meant: so it may be tried again at any time.
    private async Task<WorkResult> CancelAsync(ScheduleRun run, CancellationToken cancellationToken)
    {
        var filter = new OrderFilter(OrderScope.Open, run.Task.Symbol, run.Task.Target);
        var meant = (await Paging.AllAsync(from => orders.ListAsync(filter, 1000, from, cancellationToken)))
            .Where(order => OrderCancels.IsMeant(order) && order.DecidedAt <= run.StartedAt)
            .ToList();
        var results = new List<(Order Order, WorkResult Result)>();
        foreach (var group in meant.Chunk(CancelsAtOnce))
        {
            results.AddRange(
                await Task.WhenAll(group.Select(async order => (order, await CancelOneAsync(order.ClientOrderId, run, cancellationToken))))
            );
        }

        // Orders that an earlier attempt canceled are no longer open, and not counted.
        return results.Find(it => it.Result.Status == RunStatus.Started).Result
            ?? results.Find(it => it.Result.Status == RunStatus.Failed).Result
            ?? new(RunStatus.Fired, OrderCancels.Describe([.. results.Where(it => it.Result.Code is null).Select(it => it.Order)]));
    }

    private async Task<WorkResult> CancelOneAsync(string id, ScheduleRun run, CancellationToken cancellationToken)
    {
        try
        {
            var command = await orders.CancelAsync(id, Request(run), null, cancellationToken);
            return command.Status == CommandStatus.Pending
                ? new(RunStatus.Started, "The engine has not run it yet.")
                : new(RunStatus.Fired, command.Outcome ?? "");
        }
        catch (RefusedException refused) when (EndedMeanwhile.Contains(refused.Code))
        {
            return new(RunStatus.Fired, refused.Message, refused.Code);
        }
    }

    private async Task<WorkResult> SwitchAsync(bool on, ScheduleRun run, DateTimeOffset? latest, CancellationToken cancellationToken)
    {
        var reason = run.Task.Reason ?? "schedule " + run.ScheduleId;
        var (changed, isNoOp, outcome) = await killSwitch.SetByScheduleAsync(
            on,
            reason,
            run.ScheduleId,
            run.Occurrence,
            latest,
            cancellationToken
        );
        return new(changed ? RunStatus.Fired : RunStatus.Skipped, outcome, isNoOp ? ScheduleRun.NoOp : null);
    }

    private async Task<WorkResult> NotifyAsync(ScheduleRun run, CancellationToken cancellationToken)
    {
        await notifications.SendAsync(run.Occurrence, run.Planned, run.Task.Message, cancellationToken);
        return new(RunStatus.Fired, "The message is on its way.");
    }

    private static CommandRequest Request(ScheduleRun run) =>
        new(CallerOf(run), run.Occurrence, run.Task.Reason ?? "schedule " + run.ScheduleId) { KeySince = run.Planned, InTurn = true };
}
