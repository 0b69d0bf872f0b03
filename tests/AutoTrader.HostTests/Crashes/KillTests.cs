using System.Globalization;
using System.Net;
using AutoTrader.HostTests.Hosting;
using AutoTrader.HostTests.Schedules;

namespace AutoTrader.HostTests.Crashes;

/// <summary>kill -9 of everything that can be killed, while schedules are due.</summary>
[Collection(CrashCollection.Name)]
public sealed class KillTests(CrashApp app) : HostTest(app)
{
    private const int Count = 20;

    // Of the kinds that there are, each comes once.
    private const int DefaultKills = 3;

    private static readonly TimeSpan Every = TimeSpan.FromSeconds(10);

    private bool _isStorageKilled;

    [Fact]
    public async Task However_often_processes_are_killed_every_occurrence_happens_once()
    {
        var due = await Occurrences.CreateAsync(app, Count, () => new() { ["schedule_cron"] = "*/10 * * * * *" });
        var random = new Random(Setting("AUTOTRADER_HOST_SEED", 1));
        var kills = Kinds(random).Take(Setting("AUTOTRADER_HOST_KILLS", DefaultKills)).ToList();
        foreach (var kill in kills)
        {
            var now = DateTimeOffset.UtcNow;
            await Eventually.IsPastAsync(now.AddTicks(Every.Ticks - (now.Ticks % Every.Ticks)) + (random.NextDouble() * Every));
            await kill();
        }

        await TimersRunAsync();
        await due.PauseAsync();
        PrintLateness($"with {kills.Count} kills", await due.HappenedOnceAsync(Every));
    }

    [Fact]
    public async Task When_storage_is_killed_and_comes_back_every_occurrence_happens_once()
    {
        var at = Rules.In(Every * 3);
        var due = await Occurrences.CreateAsync(app, Count, () => Rules.At(at));
        await app.Azurite.IsOnDiskAsync();
        _isStorageKilled = true;
        await app.Azurite.KillAsync();
        await app.Azurite.StartAsync();

        PrintLateness("after kill -9 of storage", await due.HappenedOnceAsync());
        await TimersRunAsync();
    }

    // On a busy machine storage is away for longer than a cycle tries to reach it.
    private protected override bool IsProvoked(LogLine line) =>
        CrashApp.IsProvoked(line)
        || (_isStorageKilled && line.ToString().Contains("StorageUnavailableException", StringComparison.Ordinal));

    private static int Setting(string name, int otherwise) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;

    // Every kind in every round, in an order of its own.
    private IEnumerable<Func<Task>> Kinds(Random random)
    {
        Func<Task>[] kinds = OperatingSystem.IsLinux() ? [WorkerAsync, HostAsync, OneOfTwoAsync] : [HostAsync, OneOfTwoAsync];
        while (true)
        {
            random.Shuffle(kinds);
            foreach (var kind in kinds)
            {
                yield return kind;
            }
        }
    }

    private async Task WorkerAsync()
    {
        var killed = await app.Host.KillWorkerAsync();
        await Eventually.IsTrueAsync("another worker", () => Task.FromResult(app.Host.Worker() is { } worker && worker != killed));
        await Eventually.IsTrueAsync("the app answers", async () => (await Client.GetAsync("engine")).Status == HttpStatusCode.OK);
    }

    private async Task HostAsync()
    {
        await app.KillAsync(app.Host);
        await app.StartHostAsync();
    }

    private async Task OneOfTwoAsync()
    {
        await app.StartHostAsync();
        await app.KillAsync(app.Host);
    }

    private Task TimersRunAsync()
    {
        var now = DateTimeOffset.UtcNow;
        return Eventually.IsTrueAsync("a cycle by timer", async () =>
            (await Client.CyclesByTimerAsync()).Any(cycle => cycle.StartedAt > now)
        );
    }
}
