using System.ComponentModel;
using AutoTrader.Cli.Client;
using AutoTrader.Contracts;

namespace AutoTrader.Cli.Mcp.Tools;

/// <summary>What happened, why, and what today was.</summary>
internal static class EventTools
{
    private const int ShownEvents = 200;

    public static IEnumerable<TraderTool> Of(ToolHost host) =>
        [
            TraderTool.Of<WhyArguments, Why>(
                host,
                "why",
                Access.Read,
                Hints.LooksOutside,
                "Why a strategy did or did not trade in the last cycle: from decision, orders, risk, schedule, market hours and data.",
                (call, it) => Why.AskAsync(call, it.StrategyId)
            ),
            TraderTool.Of<NoArguments, Today>(
                host,
                "today",
                Access.Read,
                Hints.LooksOutside,
                "What was made today, what is held and how much of it a working sell covers, what comes next, what needs the user's eye.",
                async (call, _) => (await Today.AskAsync(call)).Today
            ),
            TraderTool.Of<EventArguments, EventList>(
                host,
                "events",
                Access.Read,
                Hints.Looks,
                "Everything that happened, oldest first: decisions, orders, fills, runs of schedules with their lateness, changes and who "
                    + "made them. Read on with next_cursor while there is one; resume_cursor gets what happens later, each event once.",
                async (call, it) =>
                {
                    var page = await call.WaitAsync(
                        call.Api.ListEventsAsync(it.Since, it.StrategyId, it.Limit, it.Cursor, call.Cancellation)
                    );
                    return new(page.Items, page.Count, page.NextCursor, page.ResumeCursor, page.HeldBack);
                }
            ),
        ];

    private sealed record WhyArguments([Description(Texts.StrategyId)] string StrategyId);

    private sealed record EventArguments(
        [Description("From when on: a time, a day, today, or so long ago as 15m, 2h or 3d; at most 31 days.")] string Since = "1d",
        [Description("Only what is about this strategy.")] string? StrategyId = null,
        [Description("How many at most on this page, up to 1000.")] int Limit = ShownEvents,
        [Description("Where the page begins: next_cursor of the one before, or its resume_cursor; since does not matter then.")]
            string? Cursor = null
    );

    private sealed record EventList(IReadOnlyList<EventView> Events, int Count, string? NextCursor, string ResumeCursor, int HeldBack);
}
