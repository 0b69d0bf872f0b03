using System.CommandLine;
using AutoTrader.Cli.Client;
using AutoTrader.Contracts;
using AutoTrader.Core.Application;

namespace AutoTrader.Cli.Commands;

/// <summary>What imports and exports of files share.</summary>
internal static class FileCommands
{
    public static (Argument<string> File, Option<bool> DryRun) ImportSymbols() =>
        (
            new("file") { Description = "The file; - for the standard input." },
            new("--dry-run") { Description = "Report changes without making them." }
        );

    public static async Task<string> ReadAsync(Session session, string file) =>
        file == "-"
            ? await session.Terminal.In.ReadToEndAsync(session.Cancellation)
            : await File.ReadAllTextAsync(file, session.Cancellation);

    /// <summary>Files are printed unchanged, with and without --json.</summary>
    public static void Print(Session session, string text) => session.Print(text);

    /// <exception cref="CommandException">Something in the file was not imported, or (in a dry run) would not be.</exception>
    /// <param name="problems">The file's problems.</param>
    /// <param name="steps">What became of each record.</param>
    public static void RequireAllTaken(
        IReadOnlyList<ImportProblemView> problems,
        IEnumerable<(string Id, ImportAction Action, string? Message)> steps
    )
    {
        var refused = steps.Where(step => step.Action == ImportAction.Refused).Select(step => $" {step.Id}: {step.Message}").ToList();
        if (refused.Count > 0 || problems.Any(problem => problem.Severity == ImportSeverity.Error))
        {
            throw new CommandException(
                ExitCode.Failed,
                "Some records could not be imported; the others were."
                    + (refused.Count > 0 ? $" Refused:{string.Concat(refused)}" : " The problems say what to fix.")
            );
        }
    }
}
