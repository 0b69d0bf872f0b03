using System.CommandLine;
using AutoTrader.Cli.Client;
using AutoTrader.Cli.Rendering;
using AutoTrader.Contracts;
using AutoTrader.Core.Engine;

namespace AutoTrader.Cli.Commands;

/// <summary>The engine. It runs in the app by a timer: start and stop lift and set the kill switch.</summary>
internal static class EngineCommands
{
    public const string RunsInTheApp = "The engine runs in the app on its own timer; start turns the kill switch off, stop turns it on.";

    public static IEnumerable<Command> Of(TraderCli cli) => [Status(cli), Start(cli), Stop(cli), RunOnce(cli), Watch(cli)];

    /// <summary>A cycle now, or what it would do.</summary>
    public static async Task RunAsync(Session session, bool dryRun)
    {
        session.FindsOut = "trader status";
        var cycle = await session.WaitAsync(session.Api.RunEngineAsync(dryRun ? "true" : null, session.Cancellation));
        session.Print(() => EngineViews.Cycle(cycle));
        RequireRan(cycle);
    }

    /// <exception cref="CommandException">It stopped before its end.</exception>
    public static void RequireRan(CycleView cycle)
    {
        if (cycle.Outcome == CycleOutcome.Stopped)
        {
            throw new CommandException(ExitCode.Failed, $"The cycle stopped before its end: {cycle.Cycle?.Error ?? "see trader status."}");
        }
    }

    private static CliCommand Status(TraderCli cli) =>
        cli.Command(
            "status",
            "The engine's status, and everything that needs attention.",
            async session =>
            {
                var engine = await session.EngineAsync();
                session.Print(() => EngineViews.Status(engine, session.Profile.Url, session.Terminal.Width));
            },
            [],
            "trader status",
            "trader status --json | jq .market_open"
        );

    private static CliCommand Start(TraderCli cli)
    {
        var dryRun = new Option<bool>("--dry-run") { Description = "Report what a cycle would do now." };
        var interval = WholeNumber.Of(
            "--interval",
            "Has no effect: the app's setting CycleSchedule says how often cycles run.",
            "seconds",
            otherwise: 60,
            least: 1,
            most: 86_400
        );
        var once = new Option<bool>("--once") { Description = "Run one cycle now, like run-once." };
        var force = new Option<bool>("--force")
        {
            Description = "Has no effect: there is no lock file, and the lease of a dead host expires by itself.",
        };
        return cli.Command(
            "start",
            "Turns the kill switch off; strategies may buy from the next cycle.",
            async session =>
            {
                session.Note(RunsInTheApp);
                foreach (var option in new Option[] { interval, force }.Where(session.IsGiven))
                {
                    session.Note($"{option.Name}: {option.Description}");
                }

                await session.ActAsync(mayBuy: !session.Get(dryRun));
                if (session.Get(dryRun) || session.Get(once))
                {
                    await RunAsync(session, session.Get(dryRun));
                    return;
                }

                var state = await session.WaitAsync(
                    session.Api.PutKillSwitchAsync(new(false), session.Key(), cancellationToken: session.Cancellation)
                );
                session.Print(() => SafetyViews.KillSwitch(state));
            },
            [dryRun, interval, once, force, cli.Yes, cli.Key],
            "trader start",
            "trader start --dry-run"
        );
    }

    private static CliCommand Stop(TraderCli cli)
    {
        var force = new Option<bool>("--force", "-f") { Description = "Has no effect: there is no process to kill." };
        return cli.Command(
            "stop",
            "Turns the kill switch on: buying stops, working entries are canceled, protection stays.",
            async session =>
            {
                session.Note(RunsInTheApp);
                await session.ActAsync();
                var state = await session.WaitAsync(
                    session.Api.PutKillSwitchAsync(
                        new(true, session.Get(cli.Reason) ?? "stopped with trader stop"),
                        session.Key(),
                        cancellationToken: session.Cancellation
                    )
                );
                session.Print(() => SafetyViews.KillSwitch(state));
            },
            [force, cli.Reason, cli.Key],
            "trader stop --reason 'earnings tonight'"
        );
    }

    private static CliCommand RunOnce(TraderCli cli)
    {
        var dryRun = new Option<bool>("--dry-run") { Description = "Report what it would do." };
        var force = new Option<bool>("--force") { Description = "Has no effect: there is no lock file." };
        return cli.Command(
            "run-once",
            "Runs one cycle now, in addition to the timer's.",
            async session =>
            {
                await session.ActAsync();
                await RunAsync(session, session.Get(dryRun));
            },
            [dryRun, force],
            "trader run-once --dry-run"
        );
    }

    private static CliCommand Watch(TraderCli cli) =>
        cli.Command(
            "watch",
            "Bid and ask of every strategy's symbol, once.",
            async session =>
            {
                var strategies = await session.AllAsync(
                    (limit, cursor) =>
                        session.Api.ListStrategiesAsync(limit: limit, cursor: cursor, cancellationToken: session.Cancellation)
                );
                await PortfolioCommands.QuotesAsync(session, strategies.Select(strategy => strategy.Symbol), strategies, withSpread: false);
            },
            [],
            "trader watch"
        );
}
