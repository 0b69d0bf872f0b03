using System.Text.Json.Nodes;
using AutoTrader.Functions.Testing;

namespace AutoTrader.Cli.Tests;

/// <summary>Backup, restore, rebuild and checklist by command.</summary>
public sealed class BackupCommandTests(RunningApp app) : IClassFixture<RunningApp>, IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("trader-backup-");

    public void Dispose() => _folder.Delete(recursive: true);

    private string File(string name) => Path.Combine(_folder.FullName, name);

    [Fact]
    public async Task A_backup_is_saved_whole_and_restored_into_another_server()
    {
        using var trader = app.Trader;
        var saved = await trader.JsonAsync("backup", File("all.jsonl.gz"));
        saved["account"]!.GetValue<string>().ShouldBe("paper");
        saved["rows"]!.GetValue<int>().ShouldBeGreaterThan(5);
        _folder.GetFiles().ShouldHaveSingleItem().Name.ShouldBe("all.jsonl.gz");
        if (!OperatingSystem.IsWindows())
        {
            System.IO.File.GetUnixFileMode(File("all.jsonl.gz")).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        await using var other = await TestApp.StartAsync(new(), app.App.Now, _ => { });
        using var there = new Trader(other.Address);
        (await there.RunAsync(["restore", File("all.jsonl.gz")])).ShouldExit(2).Error.ShouldContain("--yes");
        (await there.JsonAsync("restore", File("all.jsonl.gz"), "--dry-run"))["refused"].ShouldBeNull();
        var restored = (await there.RunAsync(["restore", File("all.jsonl.gz"), "--yes"])).ShouldExit(0);
        restored.Error.ShouldContain("Account paper (PAPER)");
        restored.Out.ShouldContain("restored");
        restored.Out.ShouldContain("kill switch");
        // An instant without its zone is half an instant.
        restored.Out.ShouldContain("New York, by AutoTrader");
        (await trader.RunAsync(["backup", File("again.jsonl.gz")])).ShouldExit(0).Out.ShouldContain(" New York");
        (await there.RunAsync("strategy list")).ShouldExit(0).Out.ShouldContain("acme");
        // Once more: it is not empty now.
        (await there.RunAsync(["restore", File("all.jsonl.gz"), "--dry-run"])).ShouldExit(1).Error.ShouldContain("would fail now");
        (await there.RunAsync(["restore", File("all.jsonl.gz"), "--yes"])).ShouldExit(5).Error.ShouldContain("ACCOUNT_NOT_EMPTY");
    }

    [Fact]
    public async Task A_file_that_is_no_backup_is_not_even_sent()
    {
        await System.IO.File.WriteAllTextAsync(File("notes.txt"), "buy low", TestContext.Current.CancellationToken);
        using var trader = new Trader(new Uri("http://127.0.0.1:9"));
        (await trader.RunAsync(["restore", File("notes.txt"), "--yes"])).ShouldExit(1).Error.ShouldContain("BACKUP_INVALID");
        (await trader.RunAsync(["restore", File("missing.gz"), "--yes"])).ShouldExit(1).Error.ShouldContain("missing.gz");
        await using (var huge = System.IO.File.Create(File("huge.gz")))
        {
            huge.SetLength(64L * 1024 * 1024);
        }

        (await trader.RunAsync(["restore", File("huge.gz"), "--yes"])).ShouldExit(1).Error.ShouldContain("64 MiB");
    }

    [Fact]
    public async Task A_rebuild_over_records_that_are_here_is_refused()
    {
        using var trader = app.Trader;
        (await trader.RunAsync(["rebuild", "--yes"])).ShouldExit(5).Error.ShouldContain("NOT_LOST");
    }

    [Fact]
    public async Task A_dry_run_of_a_rebuild_says_first_that_it_changed_nothing()
    {
        await using var idle = await TestApp.StartAsync();
        using var trader = new Trader(idle.Address);
        (await trader.RunAsync("rebuild --dry-run")).ShouldExit(0).Out.ShouldStartWith("Nothing was changed.");
        (await trader.RunAsync("rebuild --yes")).ShouldExit(0).Out.ShouldStartWith("Rebuilt:");
    }

    [Fact]
    public async Task The_checklist_shows_each_item_and_its_exit_code_says_whether_one_fails()
    {
        using var trader = app.Trader;
        var shown = (await trader.RunAsync("checklist")).ShouldExit(0);
        shown.Out.ShouldContain("paper: ready");
        shown.Out.ShouldContain("Kill switch");
        (await trader.JsonAsync("checklist"))["items"]!.AsArray().ShouldAllBe(it => it!["status"] is JsonValue);

        await using var idle = await TestApp.StartAsync();
        using var other = new Trader(idle.Address);
        (await other.RunAsync("checklist")).ShouldExit(1).Out.ShouldContain("not ready");
    }
}
