using System.CommandLine;
using AutoTrader.Cli.Client;
using AutoTrader.Cli.Rendering;
using AutoTrader.Contracts;

namespace AutoTrader.Cli.Commands;

/// <summary>What happened, why, and what today was.</summary>
internal static class EventCommands
{
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(2);

    public static IEnumerable<Command> Of(TraderCli cli) => [Log(cli), Why(cli), Today(cli)];

    private static CliCommand Log(TraderCli cli)
    {
        var follow = new Option<bool>("--follow", "-f") { Description = "Follow new events until Ctrl+C." };
        var strategy = new Option<string?>("--strategy") { Description = "Only events of this strategy.", HelpName = "id" };
        var since = new Option<string>("--since")
        {
            Description = "Where to start: a time, a day, today, or an age such as 15m, 2h or 3d; at most 31 days.",
            HelpName = "when",
            DefaultValueFactory = _ => "1d",
        };
        var cursor = new Option<string?>("--cursor")
        {
            Description =
                "Resume where an earlier run stopped: the resume_cursor of its --json, or with --follow of the last line that "
                + "has one.",
        };
        return cli.Command(
            "log",
            "All events in order: decisions, orders, fills, schedule runs with their lateness, "
                + "attention, and changes with their authors.",
            async session =>
            {
                var zone = Cells.Zone(session.Get(cli.Zone));
                var stream = new EventStream(session, session.Get(since)!, session.Get(strategy), session.Get(cursor));
                if (session.Get(follow))
                {
                    await FollowAsync(session, stream, zone);
                    return;
                }

                var events = await stream.ReadAsync();
                session.Print(() => EventViews.Lines(events, zone));
                if (stream.HeldBack > 0)
                {
                    session.Note($"{stream.HeldBack} events of the last two minutes are not shown yet.");
                }
            },
            [follow, strategy, since, cursor, cli.Zone],
            "trader log --since today",
            "trader log --follow --strategy acme-trail",
            "trader log --since 3d --json",
            "trader log --follow --json | jq -r .message"
        );
    }

    // With --json a line each: a stream has no end to close a list with.
    private static async Task FollowAsync(Session session, EventStream stream, TimeZoneInfo zone)
    {
        // A server that never responded has a wrong address; one that did is restarting.
        var (hasRead, isAway) = (false, false);
        while (true)
        {
            IReadOnlyList<EventView> events = [];
            try
            {
                events = await stream.ReadAsync();
                (hasRead, isAway) = (true, false);
            }
            catch (Exception failure) when (hasRead && Outcomes.Find(failure) is { Code: ExitCode.Unreachable } gone)
            {
                if (!isAway)
                {
                    session.Note($"{gone.Message} Retrying until Ctrl+C; nothing is lost.");
                }

                isAway = true;
            }

            for (var number = 1; number <= events.Count; number++)
            {
                var it = events[number - 1];
                session.Print(
                    (session.Json ? AsLine(it, number == events.Count ? stream.Resume : null) : EventViews.Line(it, zone))
                        + Environment.NewLine
                );
            }

            try
            {
                await Task.Delay(Poll, session.Cancellation);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    // A reader that has the last line of a page has all of them, and continues after it.
    private static string AsLine(EventView it, string? cursor)
    {
        var line = Session.AsJson(it);
        if (cursor is not null)
        {
            line["resume_cursor"] = cursor;
        }

        return line.ToJsonString(ContractJson.Responses);
    }

    private static CliCommand Why(TraderCli cli)
    {
        var id = new Argument<string>("strategy") { Description = "The strategy's id." };
        return cli.Command(
            "why",
            "Why a strategy did or did not trade in the last cycle.",
            async session =>
            {
                var why = await Client.Why.AskAsync(session, session.Get(id)!);
                session.Print(Session.AsJson(why), () => EventViews.Why(why.Strategy, why.Reasons));
            },
            [id],
            "trader why acme-trail"
        );
    }

    private static CliCommand Today(TraderCli cli) =>
        cli.Command(
            "today",
            "Today's profit, positions with their protection, and what comes next.",
            async session =>
            {
                var zone = Cells.Zone(session.Get(cli.Zone));
                var engine = await session.EngineAsync();
                var (today, agenda) = await Client.Today.AskAsync(session);
                session.Print(Session.AsJson(today), () => EventViews.Today(engine, today, agenda, zone, session.Terminal.Width));
            },
            [cli.Zone],
            "trader today",
            "trader today --zone Europe/Berlin"
        );
}
