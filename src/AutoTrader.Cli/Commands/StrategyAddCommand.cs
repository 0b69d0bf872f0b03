using System.CommandLine;
using System.CommandLine.Parsing;
using AutoTrader.Cli.Client;
using AutoTrader.Cli.Rendering;
using AutoTrader.Contracts;
using AutoTrader.Core.Application;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Cli.Commands;

/// <summary>Adds a strategy from options, or the strategies of a file.</summary>
internal static class StrategyAddCommand
{
    public static CliCommand Of(TraderCli cli)
    {
        var type = new Argument<string?>("type")
        {
            Description = $"Its kind: {string.Join(", ", StrategyDraft.Types)}. See trader strategy explain.",
            HelpName = "type",
            Arity = ArgumentArity.ZeroOrOne,
        };
        type.AcceptOnlyFromAmong([
            .. StrategyDraft.Types,
            .. StrategyDraft.Types.Select(name => name.Replace('-', '_')).Where(name => name != "bracket" && name != "grid"),
        ]);
        var symbol = new Argument<string?>("symbol") { Description = "The symbol.", Arity = ArgumentArity.ZeroOrOne };
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
        var condition = ConditionOption();
        var levels = WholeNumber.Optional(
            "--levels",
            "Levels of a grid around the current price.",
            "number",
            least: 2,
            StrategyValidation.MaxLevels
        );
        var id = new Option<string?>("--id") { Description = "Its id. Default: a new one.", HelpName = "id" };
        var disabled = new Option<bool>("--disabled") { Description = "Add it disabled." };
        var from = new Option<string?>("--from")
        {
            Description = "Add the strategies of this file instead, unchanged: all or none. - for the standard input.",
            HelpName = "file",
        };
        Option[] typed = [qty, trailing, pullback, profit, loss, limit, condition, levels, id, disabled];
        var command = cli.Command(
            "add",
            "Adds a strategy, or those of a file, such as the best one that trader optimize found.",
            async session =>
            {
                if (session.Get(from) is { } file)
                {
                    await AddAllAsync(session, file);
                    return;
                }

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
                    !session.Get(disabled),
                    session.Get(condition)
                );
                session.Repeats(id, request.Id.Value!);
                var created = await session.WaitAsync(session.Api.CreateStrategyAsync(request, session.Cancellation));
                session.Print(() => StrategyViews.Created(created));
            },
            [type, symbol, .. typed, from, cli.Yes],
            "trader strategy add trailing-stop AAPL --qty 10 --trailing-pct 5",
            "trader strategy add bracket MSFT --limit 400 --take-profit 10 --stop-loss 5",
            "trader strategy add trailing-stop AAPL --trailing-pct 5 --entry-condition 'sma:20 > sma:50 @1Hour'",
            "trader strategy add --from best.yaml"
        );
        command.Validators.Add(result => OneOrTheOther(result, from, type, symbol, typed));
        return command;

        static Option<decimal?> Percent(string name, string description) => new(name) { Description = description, HelpName = "percent" };
    }

    /// <summary>Under which condition a strategy enters.</summary>
    public static Option<string?> ConditionOption() =>
        new("--entry-condition")
        {
            Description = "Enter at market under a condition: below:PRICE, above:PRICE, or indicators such as 'rsi:14 < 30 @15Min'.",
            HelpName = "condition",
        };

    private static void OneOrTheOther(
        CommandResult result,
        Option<string?> from,
        Argument<string?> type,
        Argument<string?> symbol,
        IEnumerable<Option> typed
    )
    {
        if (result.GetResult(from) is null)
        {
            if (result.GetResult(symbol) is not { Tokens.Count: > 0 })
            {
                result.AddError("Give type and symbol of the strategy, or a file of strategies with --from.");
            }
        }
        else if (result.GetResult(type) is { Tokens.Count: > 0 })
        {
            result.AddError("--from adds the file's strategies unchanged: remove type and symbol.");
        }
        else if (typed.FirstOrDefault(option => result.GetResult(option) is { Implicit: false }) is { } other)
        {
            result.AddError($"--from adds the file's strategies unchanged: remove {other.Name}.");
        }
    }

    // An import also changes existing strategies and skips invalid ones; this only adds new, valid ones. Running it again finds the same
    // strategies and does nothing.
    private static async Task AddAllAsync(Session session, string file)
    {
        await session.ActAsync(mayBuy: true);
        var request = new YamlRequest(await FileCommands.ReadAsync(session, file));
        var plan = await session.WaitAsync(session.Api.ImportStrategiesAsync(request, "true", session.Cancellation));
        var others = plan.Strategies.Where(step => step.Action == ImportAction.Update).Select(step => step.Id).ToList();
        if (others.Count > 0)
        {
            throw new CommandException(
                ExitCode.Conflict,
                $"A different strategy already has the id {string.Join(", ", others)}. Nothing was done. Use another id in the "
                    + $"file, or change the existing strategy with: trader strategy import {Session.Quoted(file)}"
            )
            {
                ProblemCode = "STRATEGY_EXISTS",
            };
        }

        if (plan.Strategies.Count == 0 || plan.Refused > 0 || plan.Problems.Any(problem => problem.Severity == ImportSeverity.Error))
        {
            session.Print(() => StrategyViews.Import(plan, session.Terminal.Width));
            var reasons = plan.Strategies.Where(step => step.Message is not null).Select(step => $" {step.Id}: {step.Message}");
            throw new CommandException(ExitCode.Failed, "Nothing was added. Fix these problems:" + string.Concat(reasons));
        }

        var report = await session.WaitAsync(session.Api.ImportStrategiesAsync(request, null, session.Cancellation));
        session.Print(() => StrategyViews.Import(report, session.Terminal.Width));
        FileCommands.RequireAllTaken(report.Problems, report.Strategies.Select(step => (step.Id, step.Action, step.Message)));
    }
}
