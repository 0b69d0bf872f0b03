using System.CommandLine;
using System.Net.Http.Headers;
using AutoTrader.Cli.Client;
using AutoTrader.Cli.Rendering;
using AutoTrader.Contracts;
using AutoTrader.Core.Application;
using AutoTrader.Core.Application.Backups;

namespace AutoTrader.Cli.Commands;

/// <summary>Everything of the account as one file, out and in.</summary>
internal static class BackupCommands
{
    public static IEnumerable<Command> Of(TraderCli cli) => [Backup(cli), Restore(cli), Rebuild(cli), Checklist(cli)];

    private static CliCommand Backup(TraderCli cli)
    {
        var file = new Argument<string?>("file")
        {
            Description = "The file to write; its default name has the account and the time.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        return cli.Command(
            "backup",
            "Saves the whole account as one file. It has no keys, but everything you trade.",
            async session =>
            {
                using var content = await session.WaitAsync(session.Api.GetBackupAsync(session.Cancellation));
                var bytes = await content.ReadAsByteArrayAsync(session.Cancellation);
                // What does not arrive whole is worth nothing, and must not pass for a backup.
                var backup = Read(bytes);
                var path = session.Get(file) ?? content.Headers.ContentDisposition?.FileName?.Trim('"') ?? "autotrader-backup.jsonl.gz";
                if (session.Get(file) is null && path != Path.GetFileName(path))
                {
                    throw new CommandException(ExitCode.Failed, $"The server names the file '{path}'. Name one yourself.");
                }

                // A failed write must not lose an earlier backup.
                var part = path + ".part";
                await WriteAsync(part, bytes, session.Cancellation);
                File.Move(part, path, overwrite: true);
                if (bytes.Length > BackupFile.MaxLength)
                {
                    session.Note($"It has {Mebibytes(bytes.Length)}; a restore accepts at most {Mebibytes(BackupFile.MaxLength)}.");
                }

                session.Print(
                    new System.Text.Json.Nodes.JsonObject
                    {
                        ["file"] = path,
                        ["account"] = backup.Account,
                        ["taken_at"] = backup.TakenAt,
                        ["rows"] = backup.Rows.Count,
                        ["checksum"] = backup.Checksum,
                    },
                    () =>
                        Facts.Of(
                            ("file", path),
                            ("account", backup.Account),
                            ("taken at", Cells.Time(backup.TakenAt) + " New York"),
                            ("rows", FormattableString.Invariant($"{backup.Rows.Count}")),
                            ("checksum", backup.Checksum)
                        )
                );
            },
            [file],
            "trader backup",
            "trader backup nightly.jsonl.gz --json"
        );
    }

    private static CliCommand Restore(TraderCli cli)
    {
        var file = new Argument<string>("file") { Description = "The file that trader backup wrote." };
        var dryRun = new Option<bool>("--dry-run") { Description = "Report differences without changing anything." };
        return cli.Command(
            "restore",
            "Restores a backup into an empty account. Afterwards nothing is bought until: trader start",
            async session =>
            {
                var path = session.Get(file)!;
                if (new FileInfo(path) is { Exists: true, Length: > BackupFile.MaxLength and var length })
                {
                    throw new CommandException(
                        ExitCode.Failed,
                        $"{path} has {Mebibytes(length)}; a restore accepts at most {Mebibytes(BackupFile.MaxLength)}."
                    );
                }

                var bytes = await File.ReadAllBytesAsync(path, session.Cancellation);
                Read(bytes);
                var isDryRun = session.Get(dryRun);
                var engine = await session.ActAsync();
                if (!isDryRun)
                {
                    session.Confirm(
                        $"This replaces the state of {engine.Account}. Stop the installation that the backup is from first. Continue?"
                    );
                }

                using var content = new ByteArrayContent(bytes);
                content.Headers.ContentType = new MediaTypeHeaderValue(BackupFile.Media);
                var report = await session.WaitAsync(
                    session.Api.RestoreBackupAsync(content, isDryRun ? "true" : null, session.Cancellation)
                );
                session.Print(() => BackupViews.Restored(report));
                if (report.Refused is { } why)
                {
                    throw new CommandException(ExitCode.Failed, $"A restore would fail now: {why}");
                }
            },
            [file, dryRun, cli.Yes],
            "trader restore autotrader-paper-20261130T160000Z.jsonl.gz --dry-run"
        );
    }

    private static CliCommand Rebuild(TraderCli cli)
    {
        var trail = new Option<decimal?>("--trailing-stop-pct")
        {
            Description = "The trailing stop in percent for shares whose strategy has no order at the broker. Default: 5.",
            HelpName = "percent",
        };
        var dryRun = new Option<bool>("--dry-run") { Description = "Report the result without changing anything." };
        return cli.Command(
            "rebuild",
            "Rebuilds the state from the broker when storage is lost and there is no backup. Afterwards nothing is bought until: trader "
                + "start",
            async session =>
            {
                var isDryRun = session.Get(dryRun);
                var engine = await session.ActAsync();
                if (!isDryRun)
                {
                    session.Confirm($"This rebuilds the state of {engine.Account} and places missing stops. Continue?");
                }

                var report = await session.WaitAsync(
                    session.Api.RebuildFromBrokerAsync(new(Optional.Of(session.Get(trail))), isDryRun ? "true" : null, session.Cancellation)
                );
                session.Print(() => BackupViews.Rebuilt(report, session.Terminal.Width));
            },
            [trail, dryRun, cli.Yes],
            "trader rebuild --dry-run"
        );
    }

    private static CliCommand Checklist(TraderCli cli) =>
        cli.Command(
            "checklist",
            "The go-live checklist, checked by the app; exit code 1 while a check fails.",
            async session =>
            {
                var list = await session.WaitAsync(session.Api.GetChecklistAsync(session.Cancellation));
                session.Print(() => BackupViews.Checklist(list, session.Terminal.Width));
                if (!list.Ready)
                {
                    throw new CommandException(ExitCode.Failed, "Not ready: fix the failed checks first.");
                }
            },
            [],
            "trader checklist"
        );

    private static string Mebibytes(long bytes) => FormattableString.Invariant($"{bytes / (1024 * 1024.0):0.#} MiB");

    // The file shows all trades, so only its owner may read it.
    private static async Task WriteAsync(string path, byte[] bytes, CancellationToken cancellationToken)
    {
        File.Delete(path);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        await using var file = new FileStream(path, options);
        await file.WriteAsync(bytes, cancellationToken);
    }

    private static BackupFile Read(byte[] bytes)
    {
        try
        {
            return BackupFile.Read(bytes);
        }
        catch (RefusedException refused)
        {
            throw new CommandException(ExitCode.Failed, refused.Message) { ProblemCode = refused.Code };
        }
    }
}
