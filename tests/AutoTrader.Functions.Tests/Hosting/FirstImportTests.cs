using AutoTrader.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AutoTrader.Functions.Tests.Hosting;

/// <summary>What a first start takes from the files that its settings name.</summary>
public sealed class FirstImportTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("autotrader-first-").FullName;
    private readonly KeptLog _log = new();

    [Fact]
    public async Task Schedules_of_strategies_that_come_with_the_same_start_are_imported()
    {
        await using var app = await StartAsync(
            """
            schedules:
            - id: again
              task_type: strategy_start
              market: open+5m
              task_data: {strategy_id: acme-trail}
            """
        );
        (await app.GetAsync("schedules/again")).Json["next_run"]!.GetValue<DateTimeOffset>().ShouldBeGreaterThan(TestApp.Start);
        (await app.GetAsync("strategies/acme-trail")).Json["id"]!.GetValue<string>().ShouldBe("acme-trail");
    }

    [Fact]
    public async Task A_record_that_is_refused_is_named_in_the_log_with_the_reason_and_stops_no_other()
    {
        await using var app = await StartAsync(
            """
            schedules:
            - id: over
              task_type: notify
              schedule_at: '2020-01-02T10:00:00-05:00'
              task_data: {message: too late}
            - id: daily
              task_type: notify
              market: close+5m
            """
        );
        (await app.GetAsync("schedules")).Json["items"]!.AsArray().ShouldHaveSingleItem()!["id"]!.GetValue<string>().ShouldBe("daily");
        _log.Lines.ShouldContain(line => line.Contains("over was not imported: ", StringComparison.Ordinal));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private async Task<TestApp> StartAsync(string schedules)
    {
        var file = Path.Combine(_folder, "schedules.yaml");
        await File.WriteAllTextAsync(file, schedules);
        return await TestApp.StartAsync(
            services => services.AddSingleton<ILoggerProvider>(_log),
            ("AutoTrader:ImportOnFirstStart", Path.Combine(AutoTrader.Testing.Repository.Top, "samples", "strategies.yaml")),
            ("AutoTrader:ImportSchedulesOnFirstStart", file)
        );
    }
}
