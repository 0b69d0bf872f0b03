using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace AutoTrader.Cli.Commands;

/// <summary>Options that take a whole number: its unit for help, and the range that it must be in.</summary>
internal static class WholeNumber
{
    /// <summary>An option with a default.</summary>
    public static Option<int> Of(string name, string description, string unit, int otherwise, int least, int most)
    {
        var option = new Option<int>(name)
        {
            Description = description,
            HelpName = unit,
            DefaultValueFactory = _ => otherwise,
        };
        option.Validators.Add(result => Check(result, least, most));
        return option;
    }

    /// <summary>An optional option.</summary>
    public static Option<int?> Optional(string name, string description, string unit, int least, int most)
    {
        var option = new Option<int?>(name) { Description = description, HelpName = unit };
        option.Validators.Add(result => Check(result, least, most));
        return option;
    }

    private static void Check(OptionResult result, int least, int most)
    {
        if (
            result.Tokens is [{ Value: var typed }]
            && (
                !int.TryParse(typed, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
                || value < least
                || value > most
            )
        )
        {
            result.AddError(FormattableString.Invariant($"{result.Option.Name} is a whole number from {least} to {most}."));
        }
    }
}
