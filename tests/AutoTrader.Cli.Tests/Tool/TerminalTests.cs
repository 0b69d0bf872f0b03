using System.Text.RegularExpressions;
using AutoTrader.Testing;

namespace AutoTrader.Cli.Tests.Tool;

/// <summary>What fits the terminal, what help and shells get, and that the page of the command line is what it says.</summary>
public sealed class TerminalTests(RunningApp running) : IClassFixture<RunningApp>
{
    [Theory]
    [InlineData(40)]
    [InlineData(60)]
    [InlineData(80)]
    [InlineData(200)]
    public async Task Tables_fit_the_terminal(int width)
    {
        var trader = running.Trader;
        trader.Width = width;
        foreach (
            var command in new[]
            {
                "status",
                "orders --all",
                "strategy list",
                "positions",
                "schedule list",
                "history",
                "today",
                "why acme",
                "strategy explain grid",
                "log",
            }
        )
        {
            var outcome = (await trader.RunAsync(command)).ShouldExit(0);
            outcome.Out.Split('\n').ShouldAllBe(line => line.TrimEnd().Length <= width, command);
        }
    }

    [Fact]
    public async Task A_narrow_terminal_says_which_columns_it_leaves_out_and_a_wide_one_has_them()
    {
        var trader = running.Trader;
        trader.Width = 60;
        (await trader.RunAsync("orders --all")).Out.ShouldContain("Hidden for lack of space: ");
        trader.Width = 250;
        (await trader.RunAsync("orders --all")).Out.ShouldNotContain("Left out");
    }

    [Fact]
    public async Task Colors_are_for_people_and_NO_COLOR_turns_them_off()
    {
        var trader = running.Trader;
        (await trader.RunAsync(["strategy", "list"], isTerminal: true)).Out.ShouldContain("\u001b[");
        trader.Variables["NO_COLOR"] = "1";
        (await trader.RunAsync(["strategy", "list"], isTerminal: true)).Out.ShouldNotContain("\u001b[");
    }

    [Fact]
    public async Task Help_has_examples()
    {
        var help = (await new Trader().RunAsync("strategy schedule --help")).ShouldExit(0).Out;
        help.ShouldContain("Examples:");
        help.ShouldContain("trader strategy schedule acme-trail --market open+5m");
        (await new Trader().RunAsync("--version")).ShouldExit(0).Out.ShouldMatch(@"^\d+\.\d+");
    }

    [Fact]
    public void Every_command_has_examples_and_each_is_understood()
    {
        foreach (var command in Commands(TraderCli.Described()).OfType<CliCommand>())
        {
            var path = TraderCli.Path(command);
            // What only holds others is explained by them.
            (command.Examples.Count > 0 || command.Action is null).ShouldBeTrue(path);
            foreach (var example in command.Examples)
            {
                example.ShouldStartWith(path);
                // What a shell does with the rest of the line; in quotes it is a word's.
                var typed = Regex.Match(example, "^(?:[^|<>']|'[^']*')*", RegexOptions.NonBacktracking).Value["trader ".Length..];
                var parsed = TraderCli.Described().Parse(typed.Replace('\'', '"'));
                parsed.Errors.ShouldBeEmpty(example);
                TraderCli.Path(parsed.CommandResult.Command).ShouldBe(path, example);
            }
        }

        static IEnumerable<System.CommandLine.Command> Commands(System.CommandLine.Command command) =>
            command.Subcommands.SelectMany(Commands).Prepend(command);
    }

    [Theory]
    [InlineData("bash")]
    [InlineData("zsh")]
    [InlineData("fish")]
    [InlineData("powershell")]
    public async Task A_shell_completes_commands_through_its_script(string shell) =>
        (await new Trader().RunAsync(["completion", shell])).ShouldExit(0).Out.ShouldContain("[suggest:");

    [Fact]
    public async Task Completions_are_those_of_the_place()
    {
        (await new Trader().ProcessAsync("[suggest:19]", "trader schedule tri")).Out.ShouldContain("trigger");
        (await new Trader().ProcessAsync("[suggest:20]", "trader strategy add ")).Out.ShouldContain("trailing-stop");
    }

    [Fact]
    public async Task The_page_of_the_command_line_is_what_its_commands_say()
    {
        var page = (await new Trader().RunAsync("reference")).ShouldExit(0).Out;
        (await File.ReadAllTextAsync(Path.Combine(Repository.Top, "docs", "trader.md"), TestContext.Current.CancellationToken)).ShouldBe(
            page,
            "write it anew: trader reference > docs/trader.md"
        );
    }
}
