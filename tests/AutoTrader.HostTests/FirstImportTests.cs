using System.Text.Json.Nodes;
using AutoTrader.HostTests.Hosting;

namespace AutoTrader.HostTests;

/// <summary>What an account holds that was never used before.</summary>
[Collection(BriskCollection.Name)]
public sealed class FirstImportTests(BriskApp app) : HostTest(app)
{
    [Fact]
    public async Task The_first_start_imports_the_files_that_the_settings_name()
    {
        var strategies = Ids(await Client.ListAsync("strategies"));
        strategies.ShouldBe(["acme-trail", "bolt-bracket", "crux-scale", "dune-grid", "echo-pullback"], ignoreOrder: true);

        var schedules = Ids(await Client.ListAsync("schedules"));
        foreach (var id in new[] { "echo-open", "echo-close", "crux-monday", "daily-summary" })
        {
            schedules.ShouldContain(id);
        }
    }

    [Fact]
    public async Task An_imported_schedule_has_a_next_occurrence()
    {
        var schedule = (await Client.GetAsync("schedules/echo-open")).Json;
        schedule["next_run"]!.GetValue<DateTimeOffset>().ShouldBeGreaterThan(DateTimeOffset.UtcNow);
    }

    private static List<string> Ids(IEnumerable<JsonNode> items) => [.. items.Select(item => item["id"]!.GetValue<string>())];
}
