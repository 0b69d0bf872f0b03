using System.CommandLine;

namespace AutoTrader.Cli.Tests;

/// <summary>Users of the Python AutoTrader find every command again, with its arguments and defaults.</summary>
public sealed class SeedTableTests
{
    // Command; its arguments; its options with their defaults, as the reference table lists them.
    public static TheoryData<string, string, string> Commands =>
        new()
        {
            { "", "", "--prod --json --version --help" },
            { "status", "", "" },
            { "start", "", "--dry-run --interval=60 --once --force" },
            { "run-once", "", "--dry-run --force" },
            { "stop", "", "--force,-f" },
            { "watch", "", "" },
            { "schedule enable", "", "--every=5" },
            { "schedule disable", "", "" },
            { "schedule status", "", "" },
            { "strategy schedule add", "id when", "" },
            { "strategy schedule list", "", "" },
            { "strategy schedule cancel", "id", "" },
            { "balance", "", "" },
            { "positions", "", "" },
            { "portfolio", "", "" },
            { "orders", "", "--all" },
            { "quote", "symbol", "" },
            { "scan", "symbols", "" },
            { "buy", "symbol price", "--qty=1" },
            { "sell", "symbol price", "--qty=1" },
            { "cancel", "order_id", "" },
            { "reconcile-orders", "", "--orders-dir" },
            { "strategy list", "", "" },
            { "strategy show", "id", "" },
            { "strategy remove", "id", "" },
            { "strategy enable", "id", "" },
            { "strategy disable", "id", "" },
            { "strategy pause", "id", "" },
            { "strategy resume", "id", "" },
            { "strategy add", "type symbol", "--qty=1 --trailing-pct --pullback-pct=5 --take-profit --stop-loss --limit,-L --levels" },
            { "strategy explain", "type", "" },
            { "history", "", "--symbol --limit=20" },
            { "analyze", "", "--symbol --days=30 --limit=1000" },
            { "export", "output", "--days=30" },
            { "safety", "", "" },
            { "kill", "", "" },
            { "config list", "", "--show-secrets" },
            { "config get", "key", "--show-secret" },
            { "config set", "key value", "" },
            { "config keys", "", "" },
            { "indicator list", "", "" },
            { "indicator describe", "name", "" },
            {
                "backtest run",
                "type symbol",
                "--start --end --qty=10 --trailing-pct --take-profit --stop-loss --data-source=csv --data-dir "
                    + "--initial-capital=100000 --save=true --no-save --chart --show --theme=dark"
            },
            { "backtest list", "", "--data-dir" },
            { "backtest compare", "ids", "--data-dir" },
            { "backtest show", "id", "--data-dir --historical-dir --data-source --chart --show --theme" },
            { "visualize", "backtest", "--output --show --data-source --data-dir --historical-dir --theme" },
            {
                "optimize",
                "type",
                "--symbol --start --end --params --objective=total_return_pct --method=grid --num-samples --data-source --data-dir "
                    + "--results-dir --initial-capital=100000 --save --no-save --show-results"
            },
            { "notify test", "", "--channel=all" },
            { "notify send", "message", "--channel=all" },
            {
                "mcp serve",
                "",
                "--transport=stdio --host=127.0.0.1 --port=8000 --mount-path --ssl-certfile --ssl-keyfile --access=read --live"
            },
        };

    // Commands that came later.
    public static TheoryData<string> Added =>
        [
            "backtest delete",
            "backtest files",
            "backtest verify",
            "backtest publish",
            "backtest published",
            "backtest unpublish",
            "equity",
            "rehearse",
            "indicator compute",
            "data fetch",
            "data list",
            "optimization list",
            "optimization show",
            "data delete",
            "strategy schedule",
            "strategy close",
            "strategy import",
            "strategy export",
            "schedule create",
            "schedule list",
            "schedule show",
            "schedule update",
            "schedule pause",
            "schedule resume",
            "schedule trigger",
            "schedule delete",
            "schedule runs",
            "schedule preview",
            "schedule next",
            "schedule import",
            "schedule export",
            "log",
            "why",
            "today",
            "login",
            "logout",
            "profiles",
            "local",
            "completion",
            "notify list",
            "backup",
            "restore",
            "rebuild",
            "checklist",
            "mcp reference",
            "reference",
        ];

    [Theory]
    [MemberData(nameof(Commands))]
    public void A_command_of_the_original_is_there_with_its_arguments_and_defaults(string path, string arguments, string options)
    {
        var command = Find(path);
        command.Arguments.Select(argument => argument.Name).ShouldBe(arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        foreach (var wanted in options.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var (names, otherwise) = wanted.Split('=') is [var several, var value]
                ? (several.Split(','), value)
                : (wanted.Split(','), null);
            var option = command.Options.FirstOrDefault(it => it.Name == names[0]).ShouldNotBeNull($"{path} {names[0]}");
            names[1..].ShouldBeSubsetOf(option.Aliases);
            if (otherwise is not null)
            {
                Convert
                    .ToString(option.GetDefaultValue(), System.Globalization.CultureInfo.InvariantCulture)!
                    .ToLowerInvariant()
                    .ShouldBe(otherwise, $"{path} {names[0]}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Added))]
    public void A_command_of_this_system_is_there(string path) => Find(path).Description.ShouldNotBeNullOrWhiteSpace();

    [Fact]
    public void Every_command_is_in_one_of_the_two_tables()
    {
        var listed = Commands.Select(row => row.Data.Item1).Concat(Added.Select(row => row.Data)).ToHashSet(StringComparer.Ordinal);
        Leaves(TraderCli.Described(), "").Where(path => !listed.Contains(path)).ShouldBeEmpty();
    }

    [Fact]
    public void Every_command_that_does_something_shows_an_example() =>
        Leaves(TraderCli.Described(), "").Where(path => Find(path) is CliCommand { Examples.Count: 0 }).ShouldBeEmpty();

    [Fact]
    public void Every_example_is_a_command_line_that_is_understood()
    {
        var root = TraderCli.Described();
        foreach (var example in Leaves(root, "").SelectMany(path => ((CliCommand)Find(path)).Examples))
        {
            var typed = example.Split(['|', '>', '<'], 2)[0].Trim();
            typed.ShouldStartWith("trader ");
            root.Parse(Words(typed["trader ".Length..])).Errors.ShouldBeEmpty(example);
        }
    }

    private static string[] Words(string line) =>
        [.. line.Split('\'').SelectMany((part, index) => index % 2 == 1 ? [part] : part.Split(' ', StringSplitOptions.RemoveEmptyEntries))];

    private static Command Find(string path) =>
        path.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Aggregate((Command)TraderCli.Described(), (command, name) =>
                command.Subcommands.FirstOrDefault(it => it.Name == name).ShouldNotBeNull($"trader {path}")
            );

    private static IEnumerable<string> Leaves(Command command, string path) =>
        command.Subcommands.SelectMany(it =>
        {
            var below = path.Length == 0 ? it.Name : $"{path} {it.Name}";
            return it.Action is null ? Leaves(it, below) : Leaves(it, below).Prepend(below);
        });
}
