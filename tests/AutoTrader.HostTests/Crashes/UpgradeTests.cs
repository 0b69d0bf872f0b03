using AutoTrader.HostTests.Hosting;
using AutoTrader.HostTests.Schedules;
using Azure.Data.Tables;

namespace AutoTrader.HostTests.Crashes;

/// <summary>A deployment replaces the app while orchestrations sleep and activities run, and a rollback puts the former one back: the hosts
/// of both are killed, as a deployment on Flex Consumption does.</summary>
[Collection(CrashCollection.Name)]
public sealed class UpgradeTests(CrashApp app, OtherVersion other) : HostTest(app), IClassFixture<OtherVersion>
{
    private const int Count = 20;
    private const string Account = "paper";
    private const string Unknown = "of_another_version";

    private static readonly TimeSpan Every = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task An_upgrade_and_a_rollback_lose_no_occurrence_and_no_column()
    {
        var former = await VersionAsync();
        former.ShouldNotBe(OtherVersion.Version);
        var due = await Occurrences.CreateAsync(app, Count, () => new() { ["schedule_cron"] = "*/10 * * * * *" });
        // Asleep over both: it is due when the former version is back, or while nothing runs at all.
        var asleep = await Crowd.CreateAsync(app, "asleep", Count, id => Rules.Notify(Rules.At(Rules.In(Every * 9)), id));
        var table = new TableClient(app.Azurite.ConnectionString, "Trading");
        var rows = await AgeAsync(table);

        await RedeployAsync(other.Folder);
        (await VersionAsync()).ShouldStartWith(OtherVersion.Version);
        await RedeployAsync(null);
        (await VersionAsync()).ShouldBe(former);

        await due.PauseAsync();
        PrintLateness("with an upgrade and a rollback", await due.HappenedOnceAsync(Every));
        await asleep.HaveRunAsync();
        foreach (var (id, runs) in await asleep.RunsAsync())
        {
            runs.ShouldHaveSingleItem(id).Status.ShouldBe("fired");
        }

        foreach (var row in rows)
        {
            var now = (await table.GetEntityIfExistsAsync<TableEntity>(Account, row)).Value.ShouldNotBeNull(row);
            now.GetString(Unknown).ShouldBe("kept", row);
        }

        (await Client.ListAsync("attention")).Select(item => item["code"]!.GetValue<string>()).ShouldNotContain("UNREADABLE");
    }

    private protected override bool IsProvoked(LogLine line) => CrashApp.IsProvoked(line);

    // Strategies as an earlier version wrote them, which had no column for the schema, with one that a later version may have added.
    private static async Task<IReadOnlyList<string>> AgeAsync(TableClient table)
    {
        var rows = new List<string>();
        await foreach (
            var row in table.QueryAsync<TableEntity>(row =>
                row.PartitionKey == Account && row.RowKey.CompareTo("strategy|") > 0 && row.RowKey.CompareTo("strategy}") < 0
            )
        )
        {
            var aged = new TableEntity(row) { [Unknown] = "kept" };
            aged.Remove("schema");
            await table.UpdateEntityAsync(aged, Azure.ETag.All, TableUpdateMode.Replace);
            rows.Add(row.RowKey);
        }

        rows.ShouldNotBeEmpty();
        return rows;
    }

    // In the midst of what is due.
    private async Task RedeployAsync(string? folder)
    {
        var now = DateTimeOffset.UtcNow;
        await Eventually.IsPastAsync(now.AddTicks(Every.Ticks - (now.Ticks % Every.Ticks)).AddSeconds(0.1));
        await app.KillAsync(app.Host);
        await app.StartHostAsync(folder);
        var started = DateTimeOffset.UtcNow;
        await Eventually.IsTrueAsync("a cycle by timer", async () =>
            (await Client.CyclesByTimerAsync()).Any(cycle => cycle.StartedAt > started)
        );
    }

    private async Task<string> VersionAsync() => (await Client.GetAsync("health")).Json["version"]!.GetValue<string>();
}
