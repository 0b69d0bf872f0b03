using System.CommandLine;
using System.Text.Json.Nodes;
using AutoTrader.Cli.Client;
using AutoTrader.Cli.Rendering;
using AutoTrader.Contracts;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Schedules;
using Spectre.Console;

namespace AutoTrader.Cli.Commands;

/// <summary>Commands for schedules of every kind and the agenda over all of them.</summary>
internal static class ScheduleCommands
{
    private const int ShownRuns = 20;

    private static readonly string[] Tasks = [.. WireNames.All<ScheduleAction>()];

    public static Command Of(TraderCli cli) =>
        TraderCli.Group(
            "schedule",
            "Schedules: actions at a time, by cron, or relative to the market session.",
            Create(cli),
            List(cli),
            Show(cli),
            Update(cli),
            Switch(cli, "pause", "Pauses schedules until they are resumed.", (api, id, body, cancellation) =>
                api.PauseScheduleAsync(id, body, cancellationToken: cancellation)
            ),
            Switch(
                cli,
                "resume",
                "Resumes paused schedules at their next occurrence; those missed during the pause do not fire.",
                (api, id, body, cancellation) => api.ResumeScheduleAsync(id, body, cancellationToken: cancellation)
            ),
            Trigger(cli),
            Delete(cli),
            Runs(cli),
            Preview(cli),
            Next(cli),
            Import(cli),
            Export(cli),
            TimerCommands.Enable(cli),
            TimerCommands.Disable(cli),
            TimerCommands.Status(cli)
        );

    private static Argument<string> Id() => new("id") { Description = "The schedule's id." };

    private static CliCommand Create(TraderCli cli)
    {
        var task = new Argument<string>("task") { Description = $"What it does: {string.Join(", ", Tasks)}.", HelpName = "task" };
        task.AcceptOnlyFromAmong(Tasks);
        var fields = new ScheduleOptions(cli);
        var id = new Option<string?>("--id") { Description = "Its id. Default: a new one.", HelpName = "id" };
        var paused = new Option<bool>("--paused") { Description = "Create it paused." };
        return cli.Command(
            "create",
            "Creates a schedule.",
            async session =>
            {
                await session.ActAsync(
                    mayBuy: !session.Get(paused)
                        && session.Get(task) is "strategy_start" or "strategy_resume" or "order_place" or "kill_switch_off"
                );
                // An id of our own makes a repetition the same schedule.
                var name = session.Get(id) ?? "s-" + Guid.NewGuid().ToString("N")[..8];
                session.Repeats(id, name);
                var request = fields.Patch(session);
                var schedule = await session.WaitAsync(
                    session.Api.CreateScheduleAsync(
                        ScheduleDraft.Of(
                            request,
                            name,
                            WireNames.Parse<ScheduleAction>(session.Get(task))!.Value,
                            session.Get(paused) ? false : null
                        ),
                        session.Cancellation
                    )
                );
                session.Print(() => ScheduleViews.One(schedule, Cells.Zone(session.Get(cli.Zone))));
            },
            [task, id, paused, .. fields.All, cli.Yes],
            "trader schedule create strategy_start --strategy acme-trail --market open+5m",
            "trader schedule create order_place --at '+30m' --symbol AAPL --side buy --qty 5 --limit 180",
            "trader schedule create notify --cron '0 9 * * 1-5' --zone Europe/Berlin --message 'Look at the market'"
        );
    }

    private static CliCommand List(TraderCli cli)
    {
        var task = new Option<string?>("--task") { Description = "Only those that do this.", HelpName = "task" };
        task.AcceptOnlyFromAmong(Tasks);
        var strategy = new Option<string?>("--strategy") { Description = "Only on this strategy.", HelpName = "id" };
        return cli.Command(
            "list",
            "All schedules.",
            async session =>
            {
                var zone = Cells.Zone(session.Get(cli.Zone));
                var schedules = await session.AllAsync(
                    (limit, cursor) =>
                        session.Api.ListSchedulesAsync(session.Get(task), session.Get(strategy), null, limit, cursor, session.Cancellation)
                );
                session.Print(() => ScheduleViews.List(schedules, zone, session.Terminal.Width));
            },
            [task, strategy, cli.Zone],
            "trader schedule list --zone Europe/Berlin"
        );
    }

    private static CliCommand Show(TraderCli cli)
    {
        var id = Id();
        return cli.Command(
            "show",
            "One schedule.",
            async session =>
            {
                var zone = Cells.Zone(session.Get(cli.Zone));
                var schedule = await session.WaitAsync(session.Api.GetScheduleAsync(session.Get(id)!, session.Cancellation));
                session.Print(() => ScheduleViews.One(schedule, zone));
            },
            [id, cli.Zone],
            "trader schedule show daily-summary"
        );
    }

    private static CliCommand Update(TraderCli cli)
    {
        var id = Id();
        var fields = new ScheduleOptions(cli);
        var names = ScheduleChange.Clearable.ToDictionary(ScheduleOptions.NameOf, StringComparer.Ordinal);
        var clear = new Option<string[]>("--clear")
        {
            Description = $"Clears a field: {string.Join(", ", names.Keys)}. May be repeated.",
            HelpName = "field",
            AllowMultipleArgumentsPerToken = true,
        };
        clear.AcceptOnlyFromAmong([.. names.Keys]);
        return cli.Command(
            "update",
            "Changes the given and cleared fields of a schedule, effective at once. An occurrence that was due before fires first.",
            async session =>
            {
                var cleared = session.Get(clear) ?? [];
                if (
                    fields
                        .All.OfType<Option>()
                        .FirstOrDefault(it => session.IsGiven(it) && cleared.Contains(it.Name[2..], StringComparer.Ordinal)) is
                    { } both
                )
                {
                    throw new CommandException(ExitCode.Usage, $"{both.Name} is both set and cleared. Remove one of them.");
                }

                await session.ActAsync(mayBuy: true);
                var schedule = await ScheduleChange.SendAsync(
                    session,
                    session.Get(id)!,
                    fields.Patch(session),
                    [.. cleared.Select(name => names[name])]
                );
                session.Print(() => ScheduleViews.One(schedule, Cells.Zone(session.Get(cli.Zone))));
            },
            [id, .. fields.All, clear, cli.Yes],
            "trader schedule update daily-summary --cron '0 18 * * 1-5'",
            "trader schedule update daily-summary --clear message --clear end-at"
        );
    }

    private static CliCommand Switch(
        TraderCli cli,
        string name,
        string description,
        Func<IAutoTraderApi, string, ReasonRequest, CancellationToken, Task<ScheduleResource>> act
    )
    {
        var ids = new Argument<string[]>("ids") { Description = "The schedules' ids.", Arity = ArgumentArity.ZeroOrMore };
        var all = new Option<bool>("--all") { Description = $"All that can be {name}d." };
        var isPause = name == "pause";
        return cli.Command(
            name,
            description,
            async session =>
            {
                var chosen = session.Get(ids)!;
                if ((chosen.Length == 0) != session.Get(all))
                {
                    throw new CommandException(ExitCode.Usage, $"Give the ids of the schedules to {name}, or --all.");
                }

                await session.ActAsync(mayBuy: !isPause);
                if (session.Get(all))
                {
                    var found = await session.AllAsync(
                        (limit, cursor) =>
                            session.Api.ListSchedulesAsync(
                                enabled: isPause ? "true" : "false",
                                limit: limit,
                                cursor: cursor,
                                cancellationToken: session.Cancellation
                            )
                    );
                    chosen = [.. found.Select(schedule => schedule.Id)];
                    if (!isPause && chosen.Length > 0)
                    {
                        session.Confirm(
                            FormattableString.Invariant($"Resume all {chosen.Length} paused schedules, including any paused earlier?")
                        );
                    }
                }

                var (done, bodies) = (new List<ScheduleResource>(), new JsonArray());
                foreach (var id in chosen)
                {
                    try
                    {
                        var reason = new ReasonRequest(Optional.Of(session.Get(cli.Reason)));
                        done.Add(await session.WaitAsync(act(session.Api, id, reason, session.Cancellation)));
                        bodies.Add(session.LastBody());
                    }
                    catch (Exception failure) when (done.Count > 0 && Outcomes.Find(failure) is { } problem)
                    {
                        var before = string.Join(", ", done.Select(schedule => schedule.Id));
                        throw problem.After($"{(isPause ? "Paused" : "Resumed")} before it: {before}.");
                    }
                }

                session.Print(
                    new JsonObject
                    {
                        ["items"] = bodies,
                        ["count"] = done.Count,
                        ["next_cursor"] = null,
                    },
                    () =>
                        new Rows(
                            ScheduleViews.List(done, Cells.NewYork, session.Terminal.Width),
                            new Text(
                                isPause && done.Count > 0
                                    ? $"Undo: trader schedule resume {string.Join(' ', done.Select(schedule => schedule.Id))}"
                                    : ""
                            )
                        )
                );
            },
            isPause ? [ids, all, cli.Reason] : [ids, all, cli.Reason, cli.Yes],
            isPause
                ? ["trader schedule pause daily-summary", "trader schedule pause --all --reason 'on holiday'"]
                : ["trader schedule resume daily-summary"]
        );
    }

    private static CliCommand Trigger(TraderCli cli)
    {
        var id = Id();
        return cli.Command(
            "trigger",
            "Fires a schedule now, even a paused one; its next run stays planned.",
            async session =>
            {
                await session.ActAsync(mayBuy: true);
                var run = await session.WaitAsync(
                    session.Api.TriggerScheduleAsync(session.Get(id)!, session.Key(), cancellationToken: session.Cancellation)
                );
                session.Print(() => ScheduleViews.Runs([run], Cells.NewYork, session.Terminal.Width));
                if (run.Status is RunStatus.Failed || (run.Status is RunStatus.Skipped && run.Code != ScheduleRun.NoOp))
                {
                    throw Outcomes.Undone(run.Code, $"It was {Cells.Word(run.Status)}: {run.Outcome}");
                }
            },
            [id, cli.Yes, cli.Key],
            "trader schedule trigger daily-summary"
        );
    }

    private static CliCommand Delete(TraderCli cli)
    {
        var id = Id();
        return cli.Command(
            "delete",
            "Deletes a schedule; its runs stay readable until they expire.",
            async session =>
            {
                await session.ActAsync();
                session.Confirm($"Delete schedule {session.Get(id)}?");
                session.FindsOut = $"trader schedule show {session.Get(id)}";
                await session.WaitAsync(session.Api.DeleteScheduleAsync(session.Get(id)!, cancellationToken: session.Cancellation));
                session.Print(new JsonObject { ["status"] = "deleted", ["schedule_id"] = session.Get(id) }, () =>
                    new Text($"Schedule {session.Get(id)} was deleted.")
                );
            },
            [id, cli.Yes],
            "trader schedule delete daily-summary --yes"
        );
    }

    private static CliCommand Runs(TraderCli cli)
    {
        var id = Id();
        var status = new Option<string?>("--status") { Description = "Only with this status." };
        status.AcceptOnlyFromAmong([.. WireNames.All<RunStatus>()]);
        var limit = WholeNumber.Of("--limit", "The most rows to show, newest first.", "number", ShownRuns, least: 1, most: 1000);
        return cli.Command(
            "runs",
            "The runs of a schedule, newest first, with status and lateness.",
            async session =>
            {
                var zone = Cells.Zone(session.Get(cli.Zone));
                var runs = await session.WaitAsync(
                    session.Api.ListScheduleRunsAsync(
                        session.Get(id)!,
                        session.Get(status),
                        session.Get(limit),
                        cancellationToken: session.Cancellation
                    )
                );
                session.Print(() => ScheduleViews.Runs(runs.Items, zone, session.Terminal.Width));
            },
            [id, status, limit, cli.Zone],
            "trader schedule runs echo-open",
            "trader schedule runs echo-open --status failed"
        );
    }

    private static CliCommand Preview(TraderCli cli)
    {
        var when = new ScheduleOptions(cli);
        var count = WholeNumber.Of("--count", "How many occurrences.", "number", otherwise: 10, least: 1, most: 500);
        var task = new Option<string?>("--task") { Description = "With orders_cancel: show what it would cancel now.", HelpName = "task" };
        task.AcceptOnlyFromAmong(Tasks);
        return cli.Command(
            "preview",
            "The next occurrences of a rule; nothing is saved.",
            async session =>
            {
                var it = when.Patch(session);
                var preview = await session.WaitAsync(
                    session.Api.PreviewScheduleAsync(
                        ScheduleDraft.Preview(it, WireNames.Parse<ScheduleAction>(session.Get(task)), session.Get(count)),
                        session.Cancellation
                    )
                );
                session.Print(() => ScheduleViews.Preview(preview, session.Terminal.Width));
            },
            [.. when.When, .. when.Targets, task, count],
            "trader schedule preview --market close-10m",
            "trader schedule preview --cron '0 9 * * 1-5' --trading-days-only --count 20"
        );
    }

    private static CliCommand Next(TraderCli cli)
    {
        var days = WholeNumber.Of("--days", "How many days ahead.", "days", otherwise: 7, least: 1, most: 366);
        return cli.Command(
            "next",
            "The agenda of all schedules, with sessions and holidays.",
            async session =>
            {
                var zone = Cells.Zone(session.Get(cli.Zone));
                var agenda = await Agenda.AskAsync(session, session.Get(days));
                session.Print(Session.AsJson(agenda.View), () => AgendaViews.Agenda(agenda, zone));
            },
            [days, cli.Zone],
            "trader schedule next",
            "trader schedule next --days 30 --zone Europe/Berlin"
        );
    }

    private static CliCommand Import(TraderCli cli)
    {
        var (file, dryRun) = FileCommands.ImportSymbols();
        return cli.Command(
            "import",
            "Imports a schedules.yaml. Nothing is deleted, paused or resumed.",
            async session =>
            {
                await session.ActAsync(mayBuy: !session.Get(dryRun));
                var report = await session.WaitAsync(
                    session.Api.ImportSchedulesAsync(
                        new(await FileCommands.ReadAsync(session, session.Get(file)!)),
                        session.Get(dryRun) ? "true" : null,
                        session.Cancellation
                    )
                );
                session.Print(() => ScheduleViews.Import(report, session.Terminal.Width));
                FileCommands.RequireAllTaken(report.Problems, report.Schedules.Select(step => (step.Id, step.Action, step.Message)));
            },
            [file, dryRun, cli.Yes],
            "trader schedule import schedules.yaml --dry-run"
        );
    }

    private static CliCommand Export(TraderCli cli) =>
        cli.Command(
            "export",
            "Prints all schedules as schedules.yaml.",
            async session => FileCommands.Print(session, await session.WaitAsync(session.Api.ExportSchedulesAsync(session.Cancellation))),
            [],
            "trader schedule export > schedules.yaml"
        );
}
