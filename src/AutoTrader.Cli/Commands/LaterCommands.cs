using System.CommandLine;
using AutoTrader.Cli.Calls;

namespace AutoTrader.Cli.Commands;

/// <summary>Commands of the original whose feature does not exist yet: they say so, and take what they will take.</summary>
internal static class LaterCommands
{
    private static readonly string[] Themes = ["dark", "light"];
    private static readonly string[] Tested = ["trailing-stop", "bracket"];

    public static IEnumerable<Command> Of(TraderCli cli) => [Indicator(cli), Optimize(cli), Visualize(cli)];

    private static CliCommand Indicator(TraderCli cli) =>
        TraderCli.Group(
            "indicator",
            "Indicators. They do not exist yet.",
            Later(cli, "list", "Lists indicators."),
            Later(cli, "describe", "Describes an indicator.", new Argument<string>("name") { Description = "Its name." })
        );

    private static CliCommand Optimize(TraderCli cli) =>
        Later(
            cli,
            "optimize",
            "Looks for the best parameters over past prices.",
            Among(new Argument<string>("type") { Description = "The kind of strategy." }, Tested),
            new Option<string?>("--symbol") { Description = "The symbol." },
            new Option<string?>("--start") { Description = "The first day.", HelpName = "date" },
            new Option<string?>("--end") { Description = "The last day.", HelpName = "date" },
            new Option<string[]>("--params")
            {
                Description = "Values to try, name:v1,v2; may be given again.",
                HelpName = "values",
                Required = true,
            },
            new Option<string>("--objective") { Description = "What is to be best.", DefaultValueFactory = _ => "total_return_pct" },
            Among(
                new Option<string>("--method") { Description = "Which combinations are tried.", DefaultValueFactory = _ => "grid" },
                "grid",
                "random"
            ),
            WholeNumber.Optional("--num-samples", "How many random combinations.", "number", least: 1, most: 1_000_000),
            Source(),
            Folder("--data-dir"),
            Folder("--results-dir"),
            Capital(),
            Save(),
            NoSave(),
            Flag("--show-results", "Show every combination.")
        );

    private static CliCommand Visualize(TraderCli cli) =>
        Later(
            cli,
            "visualize",
            "Draws a backtest.",
            new Argument<string>("backtest") { Description = "Its id, or a JSON file." },
            new Option<string?>("--output") { Description = "The file to write.", HelpName = "file" },
            Flag("--show", "Show the chart."),
            Source(),
            Folder("--data-dir"),
            Folder("--historical-dir"),
            Theme()
        );

    private static CliCommand Later(TraderCli cli, string name, string description, params Symbol[] symbols) =>
        cli.Command(
            name,
            description + " It does not exist yet.",
            _ =>
                throw new CommandException(
                    ExitCode.Failed,
                    $"{name} does not exist yet in this version. The Python AutoTrader still has it."
                ),
            symbols
        );

    private static Option<string> Source() =>
        Among(
            new Option<string>("--data-source") { Description = "Where prices come from.", DefaultValueFactory = _ => "csv" },
            "csv",
            "alpaca",
            "cached"
        );

    private static Option<string?> Folder(string name) => new(name) { Description = "A folder.", HelpName = "path" };

    private static Option<decimal> Capital() =>
        new("--initial-capital") { Description = "The cash to begin with, in dollars.", DefaultValueFactory = _ => 100_000 };

    private static Option<bool> Save() => new("--save") { Description = "Keep the result.", DefaultValueFactory = _ => true };

    private static Option<bool> NoSave() => Flag("--no-save", "Do not keep the result.");

    private static Option<string> Theme() =>
        Among(new Option<string>("--theme") { Description = "The look of the chart.", DefaultValueFactory = _ => "dark" }, Themes);

    private static Option<bool> Flag(string name, string description) => new(name) { Description = description };

    private static Argument<string> Among(Argument<string> argument, params string[] values)
    {
        argument.AcceptOnlyFromAmong(values);
        return argument;
    }

    private static Option<string> Among(Option<string> option, params string[] values)
    {
        option.AcceptOnlyFromAmong(values);
        return option;
    }
}
