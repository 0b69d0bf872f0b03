using System.ComponentModel;
using AutoTrader.Cli.Client;
using AutoTrader.Contracts;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Cli.Mcp.Tools;

/// <summary>When a strategy starts: the short form of a schedule, with the original's names.</summary>
internal static class StrategyScheduleTools
{
    public static IEnumerable<TraderTool> Of(ToolHost host) =>
        [
            TraderTool.Of<ScheduleStrategyArguments, Scheduled>(
                host,
                "schedule_strategy",
                Access.Manage,
                Hints.Ends,
                "Schedules a strategy's start, in place of what was scheduled before: one of schedule_at, schedule_cron and market. Until "
                    + "then it is disabled; protection stays.",
                async (call, it) =>
                {
                    await call.ActAsync();
                    var stored = await call.WaitAsync(
                        call.Api.PutStrategyScheduleAsync(
                            it.StrategyId,
                            new()
                            {
                                ScheduleAt = it.ScheduleAt,
                                ScheduleCron = it.ScheduleCron,
                                Market = it.Market,
                                Zone = it.Zone,
                                TradingDaysOnly = it.TradingDaysOnly,
                            },
                            cancellationToken: call.Cancellation
                        )
                    );
                    return new("scheduled", it.StrategyId, stored.ScheduleAt, stored);
                }
            ),
            TraderTool.Of<CancelArguments, Canceled>(
                host,
                "cancel_schedule",
                Access.Manage,
                Hints.Ends,
                "Cancels what is scheduled for a strategy, and puts back whether it was enabled; or deletes the schedule with the id.",
                CancelAsync
            ),
            TraderTool.Of<NoArguments, ScheduledList>(
                host,
                "list_scheduled_strategies",
                Access.Read,
                Hints.Looks,
                "The strategies whose start is scheduled.",
                ListAsync
            ),
        ];

    private static async Task<Canceled> CancelAsync(ToolCall call, CancelArguments it)
    {
        await call.ActAsync();
        if (await FoundAsync(call.Api.GetStrategyAsync(it.StrategyId, call.Cancellation), call) is { } strategy)
        {
            if (!strategy.ScheduleEnabled)
            {
                return new("no_schedule", strategy.Id, null, "Nothing is scheduled for the strategy.", strategy);
            }

            var stored = await call.WaitAsync(call.Api.DeleteStrategyScheduleAsync(strategy.Id, cancellationToken: call.Cancellation));
            return new(stored.ScheduleEnabled ? "scheduled" : "schedule_canceled", stored.Id, null, null, stored);
        }

        if (await FoundAsync(call.Api.GetScheduleAsync(it.StrategyId, call.Cancellation), call) is { } schedule)
        {
            await call.WaitAsync(call.Api.DeleteScheduleAsync(schedule.Id, cancellationToken: call.Cancellation));
            return new("schedule_canceled", null, schedule.Id, null, null);
        }

        return new("no_schedule", it.StrategyId, null, "There is neither a strategy nor a schedule with the id.", null);
    }

    private static async Task<T?> FoundAsync<T>(Task<T> answer, ToolCall call)
        where T : class
    {
        try
        {
            return await call.WaitAsync(answer);
        }
        catch (Exception failure)
            when (failure
                    is CommandException { Code: ExitCode.NotFound }
                        or { InnerException: CommandException { Code: ExitCode.NotFound } }
            )
        {
            return null;
        }
    }

    private static async Task<ScheduledList> ListAsync(ToolCall call, NoArguments _)
    {
        var strategies = await call.AllAsync(
            (limit, cursor) => call.Api.ListStrategiesAsync(limit: limit, cursor: cursor, cancellationToken: call.Cancellation)
        );
        ScheduledStrategy[] scheduled =
        [
            .. strategies
                .Where(it => it.ScheduleEnabled)
                .Select(it => new ScheduledStrategy(
                    it.Id,
                    it.Symbol,
                    it.StrategyType,
                    it.ScheduleAt,
                    it.ScheduleCron,
                    it.ScheduleMarket,
                    it.Enabled
                )),
        ];
        return new(scheduled, scheduled.Length);
    }

    private sealed record CancelArguments([Description("The strategy's id, or the id of a schedule.")] string StrategyId);

    private sealed record Scheduled(string Status, string StrategyId, DateTimeOffset? ScheduleAt, ScheduleResource Schedule);

    private sealed record Canceled(string Status, string? StrategyId, string? ScheduleId, string? Message, StrategyResource? Strategy);

    private sealed record ScheduledStrategy(
        string Id,
        string Symbol,
        StrategyType StrategyType,
        DateTimeOffset? ScheduleAt,
        string? ScheduleCron,
        string? ScheduleMarket,
        bool Enabled
    );

    private sealed record ScheduledList(IReadOnlyList<ScheduledStrategy> Scheduled, int Count);
}
