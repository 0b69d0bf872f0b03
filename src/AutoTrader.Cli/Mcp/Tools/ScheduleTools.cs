using System.ComponentModel;
using AutoTrader.Cli.Client;
using AutoTrader.Contracts;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Schedules;

namespace AutoTrader.Cli.Mcp.Tools;

/// <summary>Schedules of every kind.</summary>
internal static class ScheduleTools
{
    private const int ShownRuns = 20;
    private const int MostDays = 366;

    // What an assistant may not do at once it may not do by the clock either.
    private static readonly HashSet<ScheduleAction> OfTraders =
    [
        ScheduleAction.OrderPlace,
        ScheduleAction.OrdersCancel,
        ScheduleAction.StrategyClose,
        ScheduleAction.KillSwitchOff,
    ];

    public static IEnumerable<TraderTool> Of(ToolHost host) =>
        [
            TraderTool.Of<CreateScheduleArguments, ScheduleResource>(
                host,
                "create_schedule",
                Access.Manage,
                Hints.Adds,
                "Creates a schedule: once (schedule_at), by cron (schedule_cron), or on every session (market). order_place, "
                    + "orders_cancel, strategy_close and kill_switch_off need the access trade.",
                async (call, it) =>
                {
                    RequireTrader(call, it.TaskType);
                    await call.ActAsync();
                    return await call.WaitAsync(
                        call.Api.CreateScheduleAsync(ScheduleDraft.Of(it.Patch(), it.Id, it.TaskType, it.Enabled), call.Cancellation)
                    );
                }
            ),
            TraderTool.Of<ListArguments, ScheduleList>(host, "list_schedules", Access.Read, Hints.Looks, "All schedules.", ListAsync),
            TraderTool.Of<OneArguments, ScheduleResource>(host, "get_schedule", Access.Read, Hints.Looks, "One schedule.", (call, it) =>
                call.WaitAsync(call.Api.GetScheduleAsync(it.ScheduleId, call.Cancellation))
            ),
            TraderTool.Of<UpdateScheduleArguments, ScheduleResource>(
                host,
                "update_schedule",
                Access.Manage,
                Hints.Ends,
                "Changes what is given of a schedule, and takes away what clear names; the rest stays. It holds at once; what was due "
                    + "before is fired first.",
                async (call, it) =>
                {
                    await OwnAsync(call, it.ScheduleId);
                    return await ScheduleChange.SendAsync(call, it.ScheduleId, it.Patch(), it.Clear ?? []);
                }
            ),
            TraderTool.Of<SwitchArguments, Switched>(
                host,
                "pause_schedule",
                Access.Manage,
                Hints.Sets,
                "Stops a schedule until it is resumed.",
                async (call, it) =>
                {
                    await call.ActAsync();
                    return Switched.Of(
                        await call.WaitAsync(
                            call.Api.PauseScheduleAsync(it.ScheduleId, new(it.Reason), cancellationToken: call.Cancellation)
                        )
                    );
                }
            ),
            TraderTool.Of<SwitchArguments, Switched>(
                host,
                "resume_schedule",
                Access.Manage,
                Hints.Sets,
                "Lets a paused schedule go on with its next occurrence; those of the pause are not made up for.",
                async (call, it) =>
                {
                    await OwnAsync(call, it.ScheduleId);
                    return Switched.Of(
                        await call.WaitAsync(
                            call.Api.ResumeScheduleAsync(it.ScheduleId, new(it.Reason), cancellationToken: call.Cancellation)
                        )
                    );
                }
            ),
            TraderTool.Of<TriggerArguments, RunView>(
                host,
                "trigger_schedule",
                Access.Manage,
                Hints.Trades,
                "Fires a schedule now, also a paused one; what it is planned for stays. The answer is the run as it is stored.",
                async (call, it) =>
                {
                    await OwnAsync(call, it.ScheduleId);
                    return await call.WaitAsync(
                        call.Api.TriggerScheduleAsync(it.ScheduleId, ToolCall.Key(it.IdempotencyKey), cancellationToken: call.Cancellation)
                    );
                }
            ),
            TraderTool.Of<OneArguments, Deleted>(
                host,
                "delete_schedule",
                Access.Manage,
                Hints.Ends,
                "Deletes a schedule; its runs can be read until they are old.",
                async (call, it) =>
                {
                    await call.ActAsync();
                    await call.WaitAsync(call.Api.DeleteScheduleAsync(it.ScheduleId, cancellationToken: call.Cancellation));
                    return new("deleted", it.ScheduleId);
                }
            ),
            TraderTool.Of<PreviewArguments, PreviewView>(
                host,
                "preview_schedule",
                Access.Read,
                Hints.Looks,
                "The next occurrences of a rule; nothing is saved.",
                (call, it) =>
                    call.WaitAsync(
                        call.Api.PreviewScheduleAsync(ScheduleDraft.Preview(it.Patch(), it.TaskType, it.Count ?? 10), call.Cancellation)
                    )
            ),
            TraderTool.Of<RunsArguments, RunList>(
                host,
                "schedule_runs",
                Access.Read,
                Hints.Looks,
                "What became of each occurrence of a schedule, newest first, with its lateness.",
                async (call, it) =>
                {
                    var page = await call.WaitAsync(
                        call.Api.ListScheduleRunsAsync(
                            it.ScheduleId,
                            it.Status is { } status ? WireNames.Of(status) : null,
                            it.Limit,
                            it.Cursor,
                            call.Cancellation
                        )
                    );
                    return new(page.Items, page.Count, page.NextCursor);
                }
            ),
            TraderTool.Of<NextArguments, AgendaView>(
                host,
                "next_occurrences",
                Access.Read,
                Hints.Looks,
                "One agenda of what is coming over all schedules, with the exchange's sessions.",
                async (call, it) =>
                    it.Days is >= 1 and <= MostDays
                        ? (await Agenda.AskAsync(call, it.Days)).View
                        : throw new ToolException(ToolException.Validation, FormattableString.Invariant($"days is 1 to {MostDays}."))
            ),
        ];

    private static async Task<ScheduleList> ListAsync(ToolCall call, ListArguments it)
    {
        var schedules = await call.AllAsync(
            (limit, cursor) =>
                call.Api.ListSchedulesAsync(
                    it.TaskType is { } task ? WireNames.Of(task) : null,
                    it.StrategyId,
                    it.Enabled is { } enabled ? (enabled ? "true" : "false") : null,
                    limit,
                    cursor,
                    call.Cancellation
                )
        );
        return new(schedules, schedules.Count);
    }

    // What is about to be made due again must be of a kind that the assistant may do.
    private static async Task OwnAsync(ToolCall call, string scheduleId)
    {
        await call.ActAsync();
        var schedule = await call.WaitAsync(call.Api.GetScheduleAsync(scheduleId, call.Cancellation));
        RequireTrader(call, schedule.TaskType);
    }

    private static void RequireTrader(ToolCall call, ScheduleAction task)
    {
        if (OfTraders.Contains(task))
        {
            call.Require(Access.Trade, $"A schedule of {WireNames.Of(task)}");
        }
    }

    private sealed record OneArguments([Description(Texts.ScheduleId)] string ScheduleId);

    private sealed record ListArguments(
        [Description("Only those that do this.")] ScheduleAction? TaskType = null,
        [Description("Only on this strategy.")] string? StrategyId = null,
        [Description("Only those that are due, or only paused ones.")] bool? Enabled = null
    );

    private sealed record SwitchArguments(
        [Description(Texts.ScheduleId)] string ScheduleId,
        [Description(Texts.Reason)] string? Reason = null
    );

    private sealed record TriggerArguments(
        [Description(Texts.ScheduleId)] string ScheduleId,
        [Description("A text of your own, new for each firing: the same call with the same key fires once.")] string IdempotencyKey
    );

    private sealed record RunsArguments(
        [Description(Texts.ScheduleId)] string ScheduleId,
        [Description("Only of this status.")] RunStatus? Status = null,
        [Description("How many at most, the newest.")] int Limit = ShownRuns,
        [Description("Where the page begins: next_cursor of the one before.")] string? Cursor = null
    );

    private sealed record NextArguments([Description("How many days ahead, 1 to 366.")] int Days = 7);

    private sealed record ScheduleList(IReadOnlyList<ScheduleResource> Schedules, int Count);

    private sealed record RunList(IReadOnlyList<RunView> Runs, int Count, string? NextCursor);

    private sealed record Switched(string Status, string ScheduleId, ScheduleResource Schedule)
    {
        public static Switched Of(ScheduleResource stored) => new(stored.Enabled ? "enabled" : "paused", stored.Id, stored);
    }

    private sealed record Deleted(string Status, string ScheduleId);
}
