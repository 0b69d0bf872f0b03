using System.CommandLine;
using AutoTrader.Cli.Calls;

namespace AutoTrader.Cli.Commands;

/// <summary>What imports and exports of files share.</summary>
internal static class FileCommands
{
    public static (Argument<string> File, Option<bool> DryRun) ImportSymbols() =>
        (
            new("file") { Description = "The file; - for the standard input." },
            new("--dry-run") { Description = "Only tell what would change." }
        );

    public static async Task<string> ReadAsync(Session session, Argument<string> file) =>
        session.Get(file) is "-"
            ? await session.Terminal.In.ReadToEndAsync(session.Cancellation)
            : await File.ReadAllTextAsync(session.Get(file)!, session.Cancellation);

    /// <summary>Files are what they are, with and without --json.</summary>
    public static void Print(Session session, string text) => session.Print(text);

    /// <exception cref="CommandException">Some records were refused.</exception>
    public static void RequireNoneRefused(int refused)
    {
        if (refused > 0)
        {
            throw new CommandException(
                ExitCode.Failed,
                FormattableString.Invariant(
                    $"{refused} of the records were refused; the others were imported. The problems say what to mend."
                )
            );
        }
    }
}
