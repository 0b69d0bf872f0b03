using System.CommandLine;
using AutoTrader.Cli.Calls;
using AutoTrader.Contracts;
using AutoTrader.Core.Application;

namespace AutoTrader.Cli.Commands;

/// <summary>What imports and exports of files share.</summary>
internal static class FileCommands
{
    public static (Argument<string> File, Option<bool> DryRun) ImportSymbols() =>
        (
            new("file") { Description = "The file; - for the standard input." },
            new("--dry-run") { Description = "Only tell what would change." }
        );

    public static async Task<string> ReadAsync(Session session, string file) =>
        file == "-"
            ? await session.Terminal.In.ReadToEndAsync(session.Cancellation)
            : await File.ReadAllTextAsync(file, session.Cancellation);

    /// <summary>Files are what they are, with and without --json.</summary>
    public static void Print(Session session, string text) => session.Print(text);

    /// <exception cref="CommandException">Something in the file was not imported.</exception>
    public static void RequireAllTaken(IReadOnlyList<ImportProblemView> problems)
    {
        if (problems.Any(problem => problem.Severity == ImportSeverity.Error))
        {
            throw new CommandException(
                ExitCode.Failed,
                "Not everything in the file could be taken; what could, counts. The problems say what to mend."
            );
        }
    }
}
