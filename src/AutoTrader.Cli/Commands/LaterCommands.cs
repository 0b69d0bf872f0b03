using System.CommandLine;
using AutoTrader.Cli.Calls;

namespace AutoTrader.Cli.Commands;

/// <summary>Commands of the original whose feature does not exist yet: they say so, and take what they will take.</summary>
internal static class LaterCommands
{
    private static readonly string[] Themes = ["dark", "light"];

    public static IEnumerable<Command> Of(TraderCli cli) => [Visualize(cli)];

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

    private static Option<string> Theme() =>
        Among(new Option<string>("--theme") { Description = "The look of the chart.", DefaultValueFactory = _ => "dark" }, Themes);

    private static Option<bool> Flag(string name, string description) => new(name) { Description = description };

    private static Option<string> Among(Option<string> option, params string[] values)
    {
        option.AcceptOnlyFromAmong(values);
        return option;
    }
}
