using AutoTrader.Cli.Client;
using AutoTrader.Cli.Rendering;

namespace AutoTrader.Cli.Commands;

/// <summary>Commands that switched the scheduler of the Python AutoTrader: here a timer of the app runs cycles, and they say so.</summary>
internal static class TimerCommands
{
    public static CliCommand Enable(TraderCli cli)
    {
        var every = WholeNumber.Of(
            "--every",
            "Has no effect: the app's setting CycleSchedule says how often cycles run.",
            "minutes",
            otherwise: 5,
            least: 1,
            most: 60
        );
        return cli.Command(
            "enable",
            "Not needed: the app runs cycles on its own timer. Reports whether it does.",
            async session =>
            {
                session.Note("There is no crontab line to install: the app runs cycles on its own timer (setting CycleSchedule).");
                await TimerAsync(session);
            },
            [every],
            "trader schedule enable"
        );
    }

    public static CliCommand Disable(TraderCli cli) =>
        cli.Command(
            "disable",
            "Not possible here: the app runs cycles on its own timer, which protects positions.",
            _ =>
                throw new CommandException(
                    ExitCode.Failed,
                    "The app runs cycles on its own timer, which protects positions. To stop buying: trader stop. To pause "
                        + "schedules: trader schedule pause --all."
                ),
            [],
            "trader schedule disable"
        );

    public static CliCommand Status(TraderCli cli) =>
        cli.Command("status", "Whether the app's timer runs cycles.", TimerAsync, [], "trader schedule status");

    private static async Task TimerAsync(Session session)
    {
        var engine = await session.EngineAsync();
        session.Print(() =>
            Facts.Of(
                ("cycles", engine.Running ? "running" : "NOT RUNNING: no cycle finished within the last three intervals"),
                ("last tick", engine.LastTick is { } tick ? Cells.Time(tick) + " New York" : "none yet"),
                ("last cycle", engine.LastCycleAt is { } at ? $"{Cells.Length(engine.Now - at)} ago" : "none yet")
            )
        );
    }
}
