using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using AutoTrader.LocalHost.Azurite;
using AutoTrader.LocalHost.Hosting;
using AutoTrader.LocalHost.Tests.Http;
using Azure.Data.Tables;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using static AutoTrader.LocalHost.Tests.Hosting.HostTestSupport;

namespace AutoTrader.LocalHost.Tests;

/// <summary>The host looks after the storage that it started: a full disk, a dead Azurite, damaged files, and storage that is
/// another's.</summary>
public sealed class AzuriteCareTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("azurite-").FullName;
    private readonly StorageSafety _safety = new();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_full_disk_is_told_until_there_is_room_again()
    {
        long free = 1024 * 1024;
        await using var watch = Watch(new FakeStorage(new(_folder, _ => free)));
        await watch.LookAsync(CancellationToken.None);
        _safety.Problem.ShouldNotBeNull().ShouldContain($"The disk of {_folder} is full: 1 MB are free");
        free = long.MaxValue;
        await watch.LookAsync(CancellationToken.None);
        _safety.Problem.ShouldBeNull();
    }

    [Fact]
    public async Task What_is_acknowledged_and_not_saved_is_told_until_it_is()
    {
        var tables = Path.Combine(_folder, "__azurite_db_table__.json");
        await File.WriteAllTextAsync(tables, "{}");
        File.SetLastWriteTimeUtc(tables, DateTime.UtcNow.AddMinutes(-1));
        await using var watch = new AzuriteWatch(
            new FakeStorage(new(_folder, _ => long.MaxValue)),
            _ => Task.CompletedTask,
            _safety,
            NullLogger.Instance,
            _ => { }
        )
        {
            LongestUnsaved = TimeSpan.Zero,
            ProbeInterval = TimeSpan.FromDays(1),
        };
        await watch.LookAsync(CancellationToken.None);
        await watch.LookAsync(CancellationToken.None);
        _safety.Problem.ShouldNotBeNull().ShouldContain("Azurite has saved nothing since");
        File.SetLastWriteTimeUtc(tables, DateTime.UtcNow);
        await watch.LookAsync(CancellationToken.None);
        _safety.Problem.ShouldBeNull();
    }

    [Fact]
    public async Task A_folder_that_was_deleted_is_told()
    {
        await using var watch = Watch(new FakeStorage(new(Path.Combine(_folder, "gone"))));
        await watch.LookAsync(CancellationToken.None);
        _safety.Problem.ShouldNotBeNull().ShouldContain("was deleted");
    }

    [Fact]
    public async Task While_storage_is_not_safe_changes_are_refused_in_a_sentence_and_reads_are_served()
    {
        await using var running = await StartAsync(typeof(CallerTests.Levels));
        using var client = Client(running);
        running.Services.GetRequiredService<StorageSafety>().Problem = "The disk is full.";
        using var refused = await client.PostAsync("api/Function", null);
        refused.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        refused.Headers.RetryAfter.ShouldNotBeNull();
        var problem = JsonNode.Parse(await refused.Content.ReadAsStringAsync())!;
        problem["code"]!.GetValue<string>().ShouldBe("STORAGE_NOT_SAFE");
        problem["detail"]!.GetValue<string>().ShouldContain("The disk is full.");
        (await client.GetAsync("api/Function")).StatusCode.ShouldBe(HttpStatusCode.OK);
        running.Services.GetRequiredService<StorageSafety>().Problem = null;
        (await client.PostAsync("api/Function", null)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task An_Azurite_that_was_killed_is_started_again_with_its_data()
    {
        await using var azurite = await AzuriteServer.StartAttachedAsync(_folder);
        var table = new TableClient(azurite.ConnectionString, "kept");
        await table.CreateAsync();
        await table.AddEntityAsync(new TableEntity("p", "r"));
        await SavedAsync();
        using (var process = Process.GetProcessById(azurite.ProcessId))
        {
            process.Kill();
            await process.WaitForExitAsync();
        }

        await using var watch = Watch(azurite);
        await watch.LookAsync(CancellationToken.None);
        azurite.HasEnded.ShouldBeFalse();
        (await table.GetEntityAsync<TableEntity>("p", "r")).Value.RowKey.ShouldBe("r");
    }

    [Fact]
    public async Task An_Azurite_that_cannot_be_started_again_ends_the_host_with_one_sentence()
    {
        var ended = new TaskCompletionSource<string>();
        await using var watch = new AzuriteWatch(
            new FakeStorage(new(_folder)) { HasEnded = true },
            _ => Task.CompletedTask,
            _safety,
            NullLogger.Instance,
            ended.SetResult
        );
        watch.Start();
        (await ended.Task.WaitAsync(TimeSpan.FromSeconds(30))).ShouldBe("The app stops: Azurite ended and cannot be started again. No.");
    }

    [Theory]
    [InlineData("")]
    [InlineData("{\"filename\":\"__azurite_db_table__.json\",\"collections\":[{\"na")]
    public async Task Damaged_files_stop_the_start_with_a_sentence_that_names_the_folder(string content)
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "__azurite_db_table__.json"), content);
        var failure = await Should.ThrowAsync<AzuriteException>(() => AzuriteServer.StartAttachedAsync(_folder));
        failure.Message.ShouldContain(_folder);
        StartFailures.Sentence(failure).ShouldNotBeNull().ShouldNotContain("\n");
    }

    [Fact]
    public void Storage_that_listens_already_is_named_with_its_process_folder_and_start()
    {
        var path = Path.Combine(_folder, "record.json");
        var mine = new AzuriteRecord(Environment.ProcessId, _folder, new(2126, 2, 2, 14, 30, 0, TimeSpan.Zero));
        mine.Leave(path);
        AzuriteRecord.Find(path).ShouldBe(mine);
        var (text, isWarning) = AzuriteRecord.Describe(mine, _folder);
        (text, isWarning).ShouldBe(
            (
                $"Azurite is already listening: process {Environment.ProcessId}, since 2126-02-02 14:30 UTC, with its data in {_folder}",
                false
            )
        );
        AzuriteRecord.Describe(mine, "/another/clone/.azurite").IsWarning.ShouldBeTrue();
        AzuriteRecord.Describe(null, _folder).Text.ShouldContain("did not start it");
        Should
            .Throw<AzuriteException>(() => AzuriteRecord.Describe(mine with { Folder = Path.Combine(_folder, "gone") }, _folder))
            .Message.ShouldContain("was deleted");
    }

    [Fact]
    public void The_record_of_a_process_that_ended_is_no_record()
    {
        using var process = Process.Start(
            new ProcessStartInfo("dotnet", "--version") { RedirectStandardOutput = true, UseShellExecute = false }
        )!;
        process.WaitForExit();
        var path = Path.Combine(_folder, "record.json");
        new AzuriteRecord(process.Id, _folder, DateTimeOffset.UnixEpoch).Leave(path);
        AzuriteRecord.Find(path).ShouldBeNull();
        AzuriteRecord.Find(Path.Combine(_folder, "none")).ShouldBeNull();
    }

    [Fact]
    public void The_record_of_a_process_whose_number_another_one_has_now_is_no_record()
    {
        using var process = Process.GetCurrentProcess();
        var path = Path.Combine(_folder, "record.json");
        new AzuriteRecord(process.Id, _folder, new(process.StartTime.ToUniversalTime().AddHours(-1))).Leave(path);
        AzuriteRecord.Find(path).ShouldBeNull();
    }

    [Fact]
    public async Task A_server_that_nobody_waits_for_any_more_is_stopped()
    {
        await using var azurite = await AzuriteServer.StartAttachedAsync(_folder);
        var first = azurite.ProcessId;
        using (var process = Process.GetProcessById(first))
        {
            process.Kill();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        using var patience = new CancellationTokenSource();
        var restarting = azurite.RestartAsync(patience.Token);
        while (azurite.ProcessId == first && !restarting.IsCompleted)
        {
            await Task.Yield();
        }

        await patience.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(restarting);
        azurite.ProcessId.ShouldNotBe(first);
        azurite.HasEnded.ShouldBeTrue();
    }

    private AzuriteWatch Watch(IWatchedStorage storage) => new(storage, _ => Task.CompletedTask, _safety, NullLogger.Instance, _ => { });

    // Azurite saves every five seconds.
    private async Task SavedAsync()
    {
        var tables = Path.Combine(_folder, "__azurite_db_table__.json");
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var looks = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (
            !File.Exists(tables)
            || !(await File.ReadAllTextAsync(tables, patience.Token)).Contains("\"RowKey\":\"r\"", StringComparison.Ordinal)
        )
        {
            await looks.WaitForNextTickAsync(patience.Token);
        }
    }

    private sealed class FakeStorage(AzuriteFiles files) : IWatchedStorage
    {
        public AzuriteFiles Files { get; } = files;

        public bool HasEnded { get; init; }

        public Task RestartAsync(CancellationToken cancellationToken) => throw new AzuriteException("No.");
    }
}
