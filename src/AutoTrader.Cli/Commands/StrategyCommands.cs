using System.CommandLine;
using AutoTrader.Cli.Client;
using AutoTrader.Cli.Rendering;
using AutoTrader.Contracts;

namespace AutoTrader.Cli.Commands;

/// <summary>Strategies.</summary>
internal static class StrategyCommands
{
    public static Command Of(TraderCli cli) =>
        TraderCli.Group(
            "strategy",
            "Strategies: list, add, change, explain, schedule.",
            List(cli),
            Show(cli),
            StrategyAddCommand.Of(cli),
            Remove(cli),
            Act(
                cli,
                "enable",
                "Lets a strategy enter; rearms one that completed or failed.",
                (api, id, body, key, cancellation) => api.EnableStrategyAsync(id, body, key, cancellationToken: cancellation),
                mayBuy: true
            ),
            Act(cli, "disable", "Stops a strategy's entries until it is enabled; protection stays.", (api, id, body, key, cancellation) =>
                api.DisableStrategyAsync(id, body, key, cancellationToken: cancellation)
            ),
            Act(cli, "pause", "Stops a strategy's entries until it is resumed; protection stays.", (api, id, body, key, cancellation) =>
                api.PauseStrategyAsync(id, body, key, cancellationToken: cancellation)
            ),
            Act(
                cli,
                "resume",
                "Resumes a paused strategy where it stopped.",
                (api, id, body, key, cancellation) => api.ResumeStrategyAsync(id, body, key, cancellationToken: cancellation),
                mayBuy: true
            ),
            Act(
                cli,
                "close",
                "Cancels a strategy's orders and sells its shares at market.",
                (api, id, body, key, cancellation) => api.CloseStrategyAsync(id, body, key, cancellationToken: cancellation),
                asks: true
            ),
            Explain(cli),
            StrategyScheduleCommands.Of(cli),
            Import(cli),
            Export(cli)
        );

    public static Argument<string> Id() => new("id") { Description = "The strategy's id." };

    private static CliCommand List(TraderCli cli)
    {
        var symbol = new Option<string?>("--symbol") { Description = "Only for this symbol." };
        return cli.Command(
            "list",
            "All strategies.",
            async session =>
            {
                var strategies = await session.AllAsync(
                    (limit, cursor) =>
                        session.Api.ListStrategiesAsync(
                            session.Get(symbol),
                            limit: limit,
                            cursor: cursor,
                            cancellationToken: session.Cancellation
                        )
                );
                session.Print(() => StrategyViews.List(strategies, session.Terminal.Width));
            },
            [symbol],
            "trader strategy list",
            "trader strategy list --json | jq -r '.items[].id'"
        );
    }

    private static CliCommand Show(TraderCli cli)
    {
        var id = Id();
        return cli.Command(
            "show",
            "One strategy: its definition and state.",
            async session =>
            {
                var strategy = await session.WaitAsync(session.Api.GetStrategyAsync(session.Get(id)!, session.Cancellation));
                session.Print(() => StrategyViews.One(strategy));
            },
            [id],
            "trader strategy show acme-trail"
        );
    }

    private static CliCommand Remove(TraderCli cli)
    {
        var id = Id();
        var force = new Option<bool>("--force")
        {
            Description = "Remove it even with shares: they become unmanaged and lose their protection.",
        };
        return cli.Command(
            "remove",
            "Removes a strategy and cancels its orders.",
            async session =>
            {
                await session.ActAsync();
                var name = session.Get(id)!;
                session.Confirm(
                    session.Get(force)
                        ? $"Remove strategy {name}, though its shares would lose their protection?"
                        : $"Remove strategy {name}?"
                );
                await session.WaitAsync(
                    session.Api.DeleteStrategyAsync(
                        name,
                        session.Get(force) ? "true" : null,
                        session.Key(),
                        cancellationToken: session.Cancellation
                    )
                );
                session.Print(new System.Text.Json.Nodes.JsonObject { ["status"] = "removed", ["strategy_id"] = name }, () =>
                    new Spectre.Console.Text($"Strategy {name} was removed.")
                );
            },
            [id, force, cli.Yes, cli.Key],
            "trader strategy remove acme-trail --yes"
        );
    }

    private static CliCommand Act(
        TraderCli cli,
        string name,
        string description,
        Func<IAutoTraderApi, string, ReasonRequest, string, CancellationToken, Task<ActionView>> act,
        bool mayBuy = false,
        bool asks = false
    )
    {
        var id = Id();
        return cli.Command(
            name,
            description,
            async session =>
            {
                await session.ActAsync(mayBuy);
                if (asks)
                {
                    session.Confirm(
                        $"{char.ToUpperInvariant(name[0])}{name[1..]} strategy {session.Get(id)}? Its shares are sold at market."
                    );
                }

                var result = await session.WaitAsync(
                    act(session.Api, session.Get(id)!, new(Optional.Of(session.Get(cli.Reason))), session.Key(), session.Cancellation)
                );
                session.Print(() => StrategyViews.Action(result));
            },
            mayBuy || asks ? [id, cli.Reason, cli.Yes, cli.Key] : [id, cli.Reason, cli.Key],
            $"trader strategy {name} acme-trail"
        );
    }

    private static CliCommand Explain(TraderCli cli)
    {
        var type = new Argument<string?>("type")
        {
            Description = "The type. Default: all.",
            HelpName = "type",
            Arity = ArgumentArity.ZeroOrOne,
        };
        type.CompletionSources.Add(StrategyDraft.Types);
        return cli.Command(
            "explain",
            "Explains a strategy type: entry, exit, parameters.",
            async session =>
            {
                if (session.Get(type) is { } name)
                {
                    var one = await session.WaitAsync(session.Api.GetStrategyTypeAsync(name.Replace('-', '_'), session.Cancellation));
                    session.Print(() => StrategyViews.Type(one, session.Terminal.Width));
                    return;
                }

                var all = await session.WaitAsync(session.Api.ListStrategyTypesAsync(session.Cancellation));
                session.Print(() => StrategyViews.Types(all.Items, session.Terminal.Width));
            },
            [type],
            "trader strategy explain bracket"
        );
    }

    private static CliCommand Import(TraderCli cli)
    {
        var (file, dryRun) = FileCommands.ImportSymbols();
        return cli.Command(
            "import",
            "Imports a strategies.yaml, including the Python AutoTrader's. Nothing is deleted, enabled or disabled.",
            async session =>
            {
                await session.ActAsync(mayBuy: !session.Get(dryRun));
                var report = await session.WaitAsync(
                    session.Api.ImportStrategiesAsync(
                        new(await FileCommands.ReadAsync(session, session.Get(file)!)),
                        session.Get(dryRun) ? "true" : null,
                        session.Cancellation
                    )
                );
                session.Print(() => StrategyViews.Import(report, session.Terminal.Width));
                FileCommands.RequireAllTaken(report.Problems, report.Strategies.Select(step => (step.Id, step.Action, step.Message)));
            },
            [file, dryRun, cli.Yes],
            "trader strategy import strategies.yaml --dry-run"
        );
    }

    private static CliCommand Export(TraderCli cli) =>
        cli.Command(
            "export",
            "Prints all strategies as strategies.yaml.",
            async session => FileCommands.Print(session, await session.WaitAsync(session.Api.ExportStrategiesAsync(session.Cancellation))),
            [],
            "trader strategy export > strategies.yaml"
        );
}
