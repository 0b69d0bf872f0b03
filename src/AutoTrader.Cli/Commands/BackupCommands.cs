using System.CommandLine;
using System.Net.Http.Headers;
using AutoTrader.Cli.Calls;
using AutoTrader.Cli.Rendering;
using AutoTrader.Core.Application;
using AutoTrader.Core.Application.Backups;

namespace AutoTrader.Cli.Commands;

/// <summary>Everything of the account as one file, out and in.</summary>
internal static class BackupCommands
{
    public static IEnumerable<Command> Of(TraderCli cli) => [Backup(cli), Restore(cli)];

    private static CliCommand Backup(TraderCli cli)
    {
        var file = new Argument<string?>("file")
        {
            Description = "The file to write; by default its name says account and time.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        return cli.Command(
            "backup",
            "Saves everything of the account as one file. It holds no keys, and all that you trade.",
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

                // An earlier backup is not lost to one that cannot be written.
                var part = path + ".part";
                await File.WriteAllBytesAsync(part, bytes, session.Cancellation);
                File.Move(part, path, overwrite: true);
                session.Answer(
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
                            ("taken at", Cells.Time(backup.TakenAt)),
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
        var dryRun = new Option<bool>("--dry-run") { Description = "Only tell what differs." };
        return cli.Command(
            "restore",
            "Puts a backup into an empty account. Nothing is bought afterwards until: trader start",
            async session =>
            {
                var bytes = await File.ReadAllBytesAsync(session.Get(file)!, session.Cancellation);
                Read(bytes);
                var isDryRun = session.Get(dryRun);
                var engine = await session.ActAsync();
                if (!isDryRun)
                {
                    session.Confirm($"This replaces the state of {engine.Account}. The installation of the backup must be stopped. Go on?");
                }

                using var content = new ByteArrayContent(bytes);
                content.Headers.ContentType = new MediaTypeHeaderValue(BackupFile.Media);
                var report = await session.WaitAsync(
                    session.Api.RestoreBackupAsync(content, isDryRun ? "true" : null, session.Cancellation)
                );
                session.Answer(() => BackupViews.Restored(report));
            },
            [file, dryRun, cli.Yes],
            "trader restore autotrader-paper-20261130T160000Z.jsonl.gz --dry-run"
        );
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
