using System.CommandLine;
using AutoTrader.Cli.Client;
using AutoTrader.Cli.Rendering;
using AutoTrader.Contracts;

namespace AutoTrader.Cli.Commands;

/// <summary>When a strategy starts: the short form of a schedule.</summary>
internal static class StrategyScheduleCommands
{
    private const string WhenForms =
        "When: 2026-02-13 09:30, 2026-02-13 (09:30), tomorrow [09:30], monday [09:30], +2h, +15m, +1d, open+5m, close-10m, next "
        + "open, or with an offset or Z. Times without one are in the zone.";

    public static Command Of(TraderCli cli)
    {
        var id = new Argument<string?>("id") { Description = "The strategy's id.", Arity = ArgumentArity.ZeroOrOne };
        var at = new Option<string?>("--at") { Description = WhenForms, HelpName = "when" };
        var cron = new Option<string?>("--cron")
        {
            Description = "By a cron expression of five fields, or six with seconds first, in the zone.",
            HelpName = "expression",
        };
        var market = new Option<string?>("--market")
        {
            Description = "In every session: open, close, open+5m, close-10m.",
            HelpName = "time",
        };
        var days = new Option<bool>("--trading-days-only") { Description = "Skip days without a session." };
        var schedule = cli.Command(
            "schedule",
            "Schedules a strategy's start, replacing its previous schedule. Until then it is disabled; protection stays.",
            async session =>
            {
                var request = new StrategyScheduleRequest
                {
                    ScheduleAt = Optional.OfClearable(session.Get(at)),
                    ScheduleCron = Optional.OfClearable(session.Get(cron)),
                    Market = Optional.OfClearable(session.Get(market)),
                    Zone = Optional.Of(session.Get(cli.Zone)),
                    TradingDaysOnly = session.Get(days) ? true : default(Optional<bool>),
                };
                if (session.Get(id) is null || (session.Get(at) ?? session.Get(cron) ?? session.Get(market)) is null)
                {
                    throw new CommandException(
                        ExitCode.Usage,
                        "Give a strategy's id and one of --at, --cron and --market, or one of the commands add, list, cancel. See: "
                            + "trader strategy schedule --help"
                    );
                }

                await PutAsync(session, cli, session.Get(id)!, request);
            },
            [id, at, cron, market, days, cli.Zone, cli.Yes],
            "trader strategy schedule acme-trail --at '2026-02-13 09:30'",
            "trader strategy schedule acme-trail --cron '30 9 * * 1' --zone Europe/Berlin",
            "trader strategy schedule acme-trail --market open+5m"
        );
        schedule.Add(Add(cli));
        schedule.Add(List(cli));
        schedule.Add(Cancel(cli));
        return schedule;
    }

    private static CliCommand Add(TraderCli cli)
    {
        var id = StrategyCommands.Id();
        var when = new Argument<string>("when") { Description = WhenForms };
        return cli.Command(
            "add",
            "Schedules a strategy's start, once.",
            session =>
                PutAsync(
                    session,
                    cli,
                    session.Get(id)!,
                    new() { ScheduleAt = session.Get(when), Zone = Optional.Of(session.Get(cli.Zone)) }
                ),
            [id, when, cli.Zone, cli.Yes],
            "trader strategy schedule add acme-trail 'tomorrow 09:30'",
            "trader strategy schedule add acme-trail +2h"
        );
    }

    private static CliCommand List(TraderCli cli) =>
        cli.Command(
            "list",
            "Scheduled strategies.",
            async session =>
            {
                var zone = Cells.Zone(session.Get(cli.Zone));
                var schedules = await session.AllAsync(
                    (limit, cursor) =>
                        session.Api.ListSchedulesAsync(
                            "strategy_start",
                            limit: limit,
                            cursor: cursor,
                            cancellationToken: session.Cancellation
                        )
                );
                session.Print(() => ScheduleViews.List(schedules, zone, session.Terminal.Width));
            },
            [cli.Zone],
            "trader strategy schedule list"
        );

    private static CliCommand Cancel(TraderCli cli)
    {
        var id = StrategyCommands.Id();
        return cli.Command(
            "cancel",
            "Cancels a strategy's schedule and restores whether it was enabled.",
            async session =>
            {
                await session.ActAsync();
                var strategy = await session.WaitAsync(
                    session.Api.DeleteStrategyScheduleAsync(session.Get(id)!, cancellationToken: session.Cancellation)
                );
                session.Print(() => StrategyViews.One(strategy));
            },
            [id],
            "trader strategy schedule cancel acme-trail"
        );
    }

    private static async Task PutAsync(Session session, TraderCli cli, string id, StrategyScheduleRequest request)
    {
        var zone = Cells.Zone(session.Get(cli.Zone));
        await session.ActAsync(mayBuy: true);
        var schedule = await session.WaitAsync(session.Api.PutStrategyScheduleAsync(id, request, cancellationToken: session.Cancellation));
        session.Print(() => ScheduleViews.One(schedule, zone));
    }
}
