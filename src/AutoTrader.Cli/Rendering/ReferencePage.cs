using System.CommandLine;
using System.Globalization;
using System.Text;
using AutoTrader.Cli.Client;

namespace AutoTrader.Cli.Rendering;

/// <summary>The page of the command line, written from the commands themselves.</summary>
internal static class ReferencePage
{
    public static string Write(RootCommand root)
    {
        var page = new StringBuilder();
        page.Append("# trader\n\n<!-- Written by `trader reference`; a test compares. -->\n\n")
            .Append("`trader` is a client of the API. `trader login URL` saves a server and its key; without a profile it uses `")
            .Append(Profile.Local)
            .Append("`.\n")
            .Append(
                "`AUTOTRADER_URL` and `AUTOTRADER_KEY` override the default profile, `--profile` overrides both. Tables fit the terminal; "
                    + "colors are off when output is piped or with `NO_COLOR`.\n"
            )
            .Append(
                "`--json` prints the API's body and nothing else; failures print problem details on stderr. Every command that "
                    + "changes something names the account, PAPER or LIVE.\n\n"
            )
            .Append("## Exit codes\n\n| code | meaning |\n|---|---|\n");
        foreach (var (code, meaning) in Outcomes.All)
        {
            page.Append(CultureInfo.InvariantCulture, $"| {(int)code} | {meaning} |\n");
        }

        page.Append(
                "\nAfter 8 run the printed command: it repeats the same key, so that nothing is done twice. Ctrl+C "
                    + "during a change also exits with 8.\n\n"
            )
            .Append("## Options of every command\n\n");
        Options(page, root.Options.Where(option => option.Recursive || option.Name == "--version"));
        page.Append("\n## Commands\n");
        foreach (var command in root.Subcommands)
        {
            Command(page, command, "trader");
        }

        return page.ToString();
    }

    private static void Command(StringBuilder page, Command command, string above)
    {
        var name = $"{above} {command.Name}";
        var arguments = string.Concat(command.Arguments.Select(argument => " " + Placeholder(argument)));
        page.Append(CultureInfo.InvariantCulture, $"\n### {name}{arguments}\n\n{command.Description}\n");
        var isDescribed = command.Arguments.Count > 0 || command.Options.Any(option => !option.Recursive);
        if (isDescribed)
        {
            page.Append("\n| | meaning | default |\n|---|---|---|\n");
            foreach (var argument in command.Arguments)
            {
                page.Append(CultureInfo.InvariantCulture, $"| `{argument.Name}` | {Cell(argument.Description)} | |\n");
            }

            Rows(page, command.Options.Where(option => !option.Recursive));
        }

        if (command is CliCommand { Examples: { Count: > 0 } examples })
        {
            page.Append("\n```\n").AppendJoin('\n', examples).Append("\n```\n");
        }

        foreach (var below in command.Subcommands)
        {
            Command(page, below, name);
        }
    }

    private static void Options(StringBuilder page, IEnumerable<Option> options)
    {
        page.Append("| | meaning | default |\n|---|---|---|\n");
        Rows(page, options);
    }

    private static void Rows(StringBuilder page, IEnumerable<Option> options)
    {
        foreach (var option in options)
        {
            var names = string.Join(
                ", ",
                option
                    .Aliases.Where(alias => alias.StartsWith('-'))
                    .Order(StringComparer.Ordinal)
                    .Prepend(option.Name)
                    .Select(name => $"`{name}`")
            );
            page.Append(
                CultureInfo.InvariantCulture,
                $"| {names} | {Cell(option.Description)}{(option.Required ? " Required." : "")} | {Default(option)} |\n"
            );
        }
    }

    private static string Default(Option option) =>
        option.HasDefaultValue && option.GetDefaultValue() is { } value and not false
            ? Convert.ToString(value, CultureInfo.InvariantCulture)!.ToLowerInvariant()
            : "";

    private static string Placeholder(Argument argument) =>
        argument.Arity switch
        {
            { MinimumNumberOfValues: 0, MaximumNumberOfValues: > 1 } => $"[{argument.Name}...]",
            { MaximumNumberOfValues: > 1 } => $"{argument.Name}...",
            { MinimumNumberOfValues: 0 } => $"[{argument.Name}]",
            _ => argument.Name,
        };

    private static string Cell(string? text) => (text ?? "").Replace("|", "\\|", StringComparison.Ordinal);
}
