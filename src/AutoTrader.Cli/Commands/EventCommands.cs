using System.CommandLine;
using AutoTrader.Cli.Calls;
using AutoTrader.Cli.Rendering;
using AutoTrader.Contracts;

namespace AutoTrader.Cli.Commands;

/// <summary>What happened, why, and what today was.</summary>
internal static class EventCommands
{
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Overlap = TimeSpan.FromMinutes(10);

    public static IEnumerable<Command> Of(TraderCli cli) => [Log(cli), Why(cli), Today(cli)];

    private static CliCommand Log(TraderCli cli)
    {
        var follow = new Option<bool>("--follow", "-f") { Description = "Go on with what happens, until Ctrl+C." };
        var strategy = new Option<string?>("--strategy") { Description = "Only what is about this strategy.", HelpName = "id" };
        var since = new Option<string>("--since")
        {
            Description = "From when on: a time, a day, today, or so long ago as 15m, 2h or 3d; at most 31 days.",
            HelpName = "when",
            DefaultValueFactory = _ => "1d",
        };
        return cli.Command(
            "log",
            "Everything that happened in one stream, in order: decisions, orders, fills, runs of schedules with their lateness, "
                + "attention, changes and who made them.",
            async session =>
            {
                var zone = Cells.Zone(session.Get(cli.Zone));
                var events = await session.AllAsync(
                    (limit, cursor) =>
                        session.Api.ListEventsAsync(session.Get(since), session.Get(strategy), limit, cursor, session.Cancellation)
                );
                if (!session.Get(follow))
                {
                    session.Answer(() => EventViews.Lines(events, zone));
                    return;
                }

                await FollowAsync(session, events, session.Get(strategy), zone);
            },
            [follow, strategy, since, cli.Zone],
            "trader log --since today",
            "trader log --follow --strategy acme-trail",
            "trader log --since 3d --json"
        );
    }

    // With --json a line each: a stream has no end to close a list with.
    private static async Task FollowAsync(Session session, IReadOnlyList<EventView> events, string? strategy, TimeZoneInfo zone)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var latest = DateTimeOffset.MinValue;
        while (true)
        {
            foreach (var it in events.Where(it => seen.Add(FormattableString.Invariant($"{it.At.UtcTicks} {it.Id}"))))
            {
                session.Print(
                    (session.Json ? Session.AsJson(it).ToJsonString(ContractJson.Answers) : EventViews.Line(it, zone)) + Environment.NewLine
                );
                latest = it.At > latest ? it.At : latest;
            }

            try
            {
                await Task.Delay(Poll, session.Cancellation);
                // Some things are known late, and stand before others that were known earlier.
                var from =
                    latest == DateTimeOffset.MinValue
                        ? "1h"
                        : (latest - Overlap).UtcDateTime.ToString(
                            "yyyy-MM-dd'T'HH:mm:ss'Z'",
                            System.Globalization.CultureInfo.InvariantCulture
                        );
                events = await session.AllAsync(
                    (limit, cursor) => session.Api.ListEventsAsync(from, strategy, limit, cursor, session.Cancellation)
                );
            }
            catch (OperationCanceledException) when (session.Cancellation.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private static CliCommand Why(TraderCli cli)
    {
        var id = new Argument<string>("strategy") { Description = "The strategy's id." };
        return cli.Command(
            "why",
            "Why a strategy did or did not trade in the last cycle.",
            async session =>
            {
                var why = await Calls.Why.AskAsync(session, session.Get(id)!);
                session.Answer(Session.AsJson(why), () => EventViews.Why(why.Strategy, why.Reasons));
            },
            [id],
            "trader why acme-trail"
        );
    }

    private static CliCommand Today(TraderCli cli) =>
        cli.Command(
            "today",
            "What was made today, what is held and covered, and what comes next.",
            async session =>
            {
                var zone = Cells.Zone(session.Get(cli.Zone));
                var engine = await session.EngineAsync();
                var (today, agenda) = await Calls.Today.AskAsync(session);
                session.Answer(Session.AsJson(today), () => EventViews.Today(engine, today, agenda, zone, session.Terminal.Width));
            },
            [cli.Zone],
            "trader today",
            "trader today --zone Europe/Berlin"
        );
}
