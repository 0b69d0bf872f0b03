using AutoTrader.LocalHost.Durable.Engine;
using AutoTrader.LocalHost.Durable.Storage;
using AutoTrader.LocalHost.Tests.Hosting;
using AutoTrader.Testing;
using Azure;
using Azure.Data.Tables;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;

namespace AutoTrader.LocalHost.Tests.Durable;

/// <summary>Stored rows that somebody damaged: their instance fails and says so, can be purged or started anew, and nobody else suffers.</summary>
public sealed class DamageTests(AzuriteFixture azurite)
{
    private const string State = """{"InstanceId":"damaged","Name":"Sleep","Status":"Running","ExecutionId":"e","Created":"2026-01-05T00:00:00+00:00","Updated":"2026-01-05T00:00:00+00:00",""";

    public static TheoryData<string> States =>
    [
        "",
        "null",
        "{}",
        "no JSON",
        State,
        State.Replace("damaged", "sound", StringComparison.Ordinal) + "\"HistoryRows\":0}",
        State.Replace("Running", "Dancing", StringComparison.Ordinal) + "\"HistoryRows\":0}",
        State.Replace("\"Sleep\"", "null", StringComparison.Ordinal) + "\"HistoryRows\":0}",
        State + "\"HistoryRows\":\"many\"}",
        State + "\"Recent\":[null]}",
    ];

    public static TheoryData<string> Histories =>
    [
        State + "\"HistoryRows\":3}",
        State + "\"HistoryRows\":-3}",
        State + "\"Recent\":[{\"Kind\":\"Started\",\"Name\":\"Sleep\"},{\"Kind\":\"PassStarted\"}]}",
        State + "\"Recent\":[{\"Kind\":\"Started\",\"Name\":\"Sleep\"},{\"Kind\":\"PassStarted\",\"At\":\"2026-01-05T00:00:00+00:00\"},{\"Kind\":\"TimerCreated\",\"TaskId\":7}]}",
    ];

    [Theory]
    [MemberData(nameof(States))]
    public async Task A_state_that_cannot_be_read_counts_as_failed_and_can_be_started_anew(string state)
    {
        var store = await SleepingAsync();
        await PutAsync(store, DurableKeys.State("damaged"), state);
        using var log = new LogList();
        using var loggers = LoggerFactory.Create(builder => builder.AddProvider(log));
        await using var host = await EngineHost.StartAsync(store, Tasks(), loggers);

        await ShouldBeSoundAsync(host);
        log.Lines.ShouldContain(line => line.StartsWith("Error: The stored state of the orchestration damaged cannot be read", StringComparison.Ordinal));
        var found = (await host.Client.GetInstanceAsync("damaged", getInputsAndOutputs: true))!;
        found.RuntimeStatus.ShouldBe(OrchestrationRuntimeStatus.Failed);
        found.FailureDetails!.ErrorMessage.ShouldContain("cannot be read");
        await ShouldStartAnewAsync(host);
    }

    [Theory]
    [MemberData(nameof(Histories))]
    public async Task A_history_that_cannot_be_read_fails_its_instance_which_can_be_purged(string state)
    {
        var store = await SleepingAsync();
        await PutAsync(store, DurableKeys.State("damaged"), state);
        await using var host = await EngineHost.StartAsync(store, Tasks());
        await host.Client.RaiseEventAsync("damaged", "wake");
        (await host.Client.EndAsync("damaged")).RuntimeStatus.ShouldBe(OrchestrationRuntimeStatus.Failed);
        await ShouldBeSoundAsync(host);
        (await host.Client.PurgeInstanceAsync("damaged")).PurgedInstanceCount.ShouldBe(1);
        (await host.Client.GetInstanceAsync("damaged")).ShouldBeNull();
        await ShouldStartAnewAsync(host);
    }

    [Theory]
    [InlineData("no JSON")]
    [InlineData("""{"Kind":"Unknown"}""")]
    [InlineData(null)]
    public async Task A_long_history_whose_rows_are_damaged_or_missing_fails_its_instance(string? row)
    {
        var store = await SleepingAsync(input: new string('x', 20_000));
        var key = (await store.ReadRangeAsync(DurableKeys.HistoryOf("damaged"), DurableKeys.After(DurableKeys.HistoryOf("damaged")), CancellationToken.None)).ShouldHaveSingleItem().Key;
        await store.CommitAsync([row is null ? new RowChange(ChangeKind.Delete, key) : new RowChange(ChangeKind.Put, key, row)], CancellationToken.None);
        await using var host = await EngineHost.StartAsync(store, Tasks());
        await host.Client.RaiseEventAsync("damaged", "wake");
        var ended = await host.Client.EndAsync("damaged");
        ended.RuntimeStatus.ShouldBe(OrchestrationRuntimeStatus.Failed);
        ended.FailureDetails!.ErrorMessage.ShouldContain("history");
        await ShouldBeSoundAsync(host);
        await ShouldStartAnewAsync(host);
    }

    [Fact]
    public async Task A_message_that_cannot_be_read_fails_its_instance_and_one_for_nobody_is_reported()
    {
        var store = await SleepingAsync();
        await PutAsync(store, "m|damaged|1", "no JSON");
        await PutAsync(store, "m|~zz|1", "{}");
        using var log = new LogList();
        using var loggers = LoggerFactory.Create(builder => builder.AddProvider(log));
        await using var host = await EngineHost.StartAsync(store, Tasks(), loggers);
        (await host.Client.EndAsync("damaged")).FailureDetails!.ErrorMessage.ShouldContain("m|damaged|1");
        log.Lines.ShouldContain(line => line.Contains("m|~zz|1", StringComparison.Ordinal));
        await ShouldBeSoundAsync(host);
        await ShouldStartAnewAsync(host);
    }

    [Fact]
    public async Task On_tables_a_column_of_another_type_counts_as_damage()
    {
        var hub = $"d{Guid.NewGuid():N}";
        using var store = new TableDurableStore(azurite.ConnectionString, hub);
        await store.PrepareAsync(CancellationToken.None);
        await using var host = await EngineHost.StartAsync(store, Tasks());
        await host.Client.ScheduleNewOrchestrationInstanceAsync("Sleep", input: null, new StartOrchestrationOptions("damaged"));
        await host.Client.WaitForInstanceStartAsync("damaged");
        await new TableClient(azurite.ConnectionString, $"{hub}Durable").UpdateEntityAsync(new TableEntity("hub", DurableKeys.State("damaged")) { ["T00"] = 5 }, ETag.All, TableUpdateMode.Replace);
        (await host.Client.GetInstanceAsync("damaged"))!.RuntimeStatus.ShouldBe(OrchestrationRuntimeStatus.Failed);
        await ShouldStartAnewAsync(host);
    }

    [Fact]
    public async Task An_instance_whose_whole_history_is_in_rows_of_its_own_goes_on()
    {
        var store = new MemoryDurableStore();
        await PutAsync(store, DurableKeys.State("damaged"), State + "\"HistoryRows\":1}");
        await PutAsync(store, DurableKeys.History("damaged", 0, 0), "{\"Kind\":\"Started\",\"Name\":\"Sleep\"}\n{\"Kind\":\"PassStarted\",\"At\":\"2026-01-05T00:00:00+00:00\"}\n");
        await using var host = await EngineHost.StartAsync(store, Tasks());
        await host.Client.RaiseEventAsync("damaged", "wake", "well");
        (await host.Client.EndAsync("damaged")).ReadOutputAs<string>().ShouldBe("well");
    }

    private static DurableTasks Tasks() => new DurableTasks().Orchestrator("Sleep", async context => await context.WaitForExternalEvent<string>("wake"));

    private static async Task<MemoryDurableStore> SleepingAsync(string? input = null)
    {
        var store = new MemoryDurableStore();
        await using var host = await EngineHost.StartAsync(store, Tasks());
        foreach (var id in (string[])["damaged", "sound"])
        {
            await host.Client.ScheduleNewOrchestrationInstanceAsync("Sleep", input is null || id == "sound" ? null : input, new StartOrchestrationOptions(id));
            await host.Client.WaitForInstanceStartAsync(id);
        }

        return store;
    }

    private static Task<IReadOnlyList<string>> PutAsync(MemoryDurableStore store, string key, string text) =>
        store.CommitAsync([new RowChange(ChangeKind.Put, key, text, IsOpen: key.StartsWith("i|", StringComparison.Ordinal))], CancellationToken.None);

    private static async Task ShouldBeSoundAsync(EngineHost host)
    {
        await host.Client.RaiseEventAsync("sound", "wake", "well");
        (await host.Client.EndAsync("sound")).ReadOutputAs<string>().ShouldBe("well");
    }

    private static async Task ShouldStartAnewAsync(EngineHost host)
    {
        await host.Client.ScheduleNewOrchestrationInstanceAsync("Sleep", input: null, new StartOrchestrationOptions("damaged"));
        await host.Client.RaiseEventAsync("damaged", "wake", "anew");
        (await host.Client.EndAsync("damaged")).ReadOutputAs<string>().ShouldBe("anew");
    }
}
