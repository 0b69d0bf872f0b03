using System.CommandLine;
using AutoTrader.Cli.Calls;
using AutoTrader.Cli.Rendering;
using AutoTrader.Contracts;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Cli.Commands;

/// <summary>Strategies.</summary>
internal static class StrategyCommands
{
    private static readonly string[] Types = StrategyDraft.Types;

    public static Command Of(TraderCli cli) =>
        TraderCli.Group(
            "strategy",
            "Strategies: list, add, change, explain, schedule.",
            List(cli),
            Show(cli),
            Add(cli),
            Remove(cli),
            Act(
                cli,
                "enable",
                "Lets a strategy enter; one that completed or failed is armed anew.",
                (api, id, body, key, cancellation) => api.EnableStrategyAsync(id, body, key, cancellationToken: cancellation),
                mayBuy: true
            ),
            Act(cli, "disable", "Stops a strategy's entries until it is enabled; protection runs on.", (api, id, body, key, cancellation) =>
                api.DisableStrategyAsync(id, body, key, cancellationToken: cancellation)
            ),
            Act(cli, "pause", "Stops a strategy's entries until it is resumed; protection runs on.", (api, id, body, key, cancellation) =>
                api.PauseStrategyAsync(id, body, key, cancellationToken: cancellation)
            ),
            Act(
                cli,
                "resume",
                "Lets a paused strategy go on where it was.",
                (api, id, body, key, cancellation) => api.ResumeStrategyAsync(id, body, key, cancellationToken: cancellation),
                mayBuy: true
            ),
            Act(
                cli,
                "close",
                "Cancels a strategy's orders and sells what it holds at market.",
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
        var symbol = new Option<string?>("--symbol") { Description = "Only of this symbol." };
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
                session.Answer(() => StrategyViews.List(strategies, session.Terminal.Width));
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
            "One strategy: its definition and where it stands.",
            async session =>
            {
                var strategy = await session.WaitAsync(session.Api.GetStrategyAsync(session.Get(id)!, session.Cancellation));
                session.Answer(() => StrategyViews.One(strategy));
            },
            [id],
            "trader strategy show acme-trail"
        );
    }

    private static CliCommand Add(TraderCli cli)
    {
        var type = new Argument<string>("type")
        {
            Description = $"Its kind: {string.Join(", ", Types)}. trader strategy explain tells what each does.",
            HelpName = "type",
        };
        type.AcceptOnlyFromAmong([
            .. Types,
            .. Types.Select(name => name.Replace('-', '_')).Where(name => name != "bracket" && name != "grid"),
        ]);
        var symbol = new Argument<string>("symbol") { Description = "The symbol." };
        var qty = WholeNumber.Of("--qty", "Shares to buy.", "shares", otherwise: 1, least: 1, OrderValidation.MaxQuantity);
        var trailing = Percent("--trailing-pct", "Distance of the trailing stop in percent (5 is 5 %).");
        var pullback = Percent("--pullback-pct", "The dip that pullback-trailing buys, in percent.");
        pullback.DefaultValueFactory = _ => StrategyDraft.Pullback;
        var profit = Percent("--take-profit", "Profit at which a bracket sells, in percent.");
        var loss = Percent("--stop-loss", "Loss at which a bracket or scale-out sells, in percent.");
        var limit = new Option<decimal?>("--limit", "-L")
        {
            Description = "Enter with a limit order at this price in dollars.",
            HelpName = "price",
        };
        var levels = WholeNumber.Optional(
            "--levels",
            "Levels of a grid around the present price.",
            "number",
            least: 2,
            StrategyValidation.MaxLevels
        );
        var id = new Option<string?>("--id") { Description = "Its id. Default: a new one.", HelpName = "id" };
        var disabled = new Option<bool>("--disabled") { Description = "Add it disabled." };
        return cli.Command(
            "add",
            "Adds a strategy.",
            async session =>
            {
                await session.ActAsync(mayBuy: !session.Get(disabled));
                var request = StrategyDraft.Of(
                    session.Get(type)!,
                    session.Get(symbol)!,
                    session.Get(id),
                    session.IsGiven(qty) ? session.Get(qty) : null,
                    session.Get(trailing),
                    session.IsGiven(pullback) ? session.Get(pullback) : null,
                    session.Get(profit),
                    session.Get(loss),
                    session.Get(limit),
                    session.Get(levels),
                    !session.Get(disabled)
                );
                session.Repeats(id, request.Id!);
                var created = await session.WaitAsync(session.Api.CreateStrategyAsync(request, session.Cancellation));
                session.Answer(() => StrategyViews.Created(created));
            },
            [type, symbol, qty, trailing, pullback, profit, loss, limit, levels, id, disabled, cli.Yes],
            "trader strategy add trailing-stop AAPL --qty 10 --trailing-pct 5",
            "trader strategy add bracket MSFT --limit 400 --take-profit 10 --stop-loss 5"
        );

        static Option<decimal?> Percent(string name, string description) => new(name) { Description = description, HelpName = "percent" };
    }

    private static CliCommand Remove(TraderCli cli)
    {
        var id = Id();
        var force = new Option<bool>("--force")
        {
            Description = "Also one that holds shares: they become unmanaged and lose their protection.",
        };
        return cli.Command(
            "remove",
            "Removes a strategy; its orders are canceled.",
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
                session.Answer(new System.Text.Json.Nodes.JsonObject { ["status"] = "removed", ["strategy_id"] = name }, () =>
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
                        $"{char.ToUpperInvariant(name[0])}{name[1..]} strategy {session.Get(id)}? What it holds is sold at market."
                    );
                }

                var answer = await session.WaitAsync(
                    act(session.Api, session.Get(id)!, new(session.Get(cli.Reason)), session.Key(), session.Cancellation)
                );
                session.Answer(() => StrategyViews.Action(answer));
            },
            mayBuy || asks ? [id, cli.Reason, cli.Yes, cli.Key] : [id, cli.Reason, cli.Key],
            $"trader strategy {name} acme-trail"
        );
    }

    private static CliCommand Explain(TraderCli cli)
    {
        var type = new Argument<string?>("type")
        {
            Description = "The kind; without one, all.",
            HelpName = "type",
            Arity = ArgumentArity.ZeroOrOne,
        };
        type.CompletionSources.Add(Types);
        return cli.Command(
            "explain",
            "What a kind of strategy does: entry, exit, parameters.",
            async session =>
            {
                if (session.Get(type) is { } name)
                {
                    var one = await session.WaitAsync(session.Api.GetStrategyTypeAsync(name.Replace('-', '_'), session.Cancellation));
                    session.Answer(() => StrategyViews.Type(one, session.Terminal.Width));
                    return;
                }

                var all = await session.WaitAsync(session.Api.ListStrategyTypesAsync(session.Cancellation));
                session.Answer(() => StrategyViews.Types(all.Items, session.Terminal.Width));
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
            "Imports a strategies.yaml, that of the Python AutoTrader too. Nothing is deleted, enabled or disabled.",
            async session =>
            {
                await session.ActAsync(mayBuy: !session.Get(dryRun));
                var report = await session.WaitAsync(
                    session.Api.ImportStrategiesAsync(
                        new(await FileCommands.ReadAsync(session, file)),
                        session.Get(dryRun) ? "true" : null,
                        session.Cancellation
                    )
                );
                session.Answer(() => StrategyViews.Import(report, session.Terminal.Width));
                FileCommands.RequireAllTaken(report.Problems);
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
