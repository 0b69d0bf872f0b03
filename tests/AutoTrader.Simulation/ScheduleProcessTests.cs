using System.Globalization;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Scheduling;
using AutoTrader.Core.Schedules;
using AutoTrader.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace AutoTrader.Simulation;

/// <summary>The app itself as a process on Azurite with the sample schedules and some that are due together, killed with SIGKILL around
/// their firings and started again: four times with every push, ten in the long form (<see cref="LongForm"/>).</summary>
public class ScheduleProcessTests
{
    // Many of one instant: whatever line of theirs a process is killed after, others are under way.
    private static readonly (string Id, string When, string[] Due)[] Ours =
    [
        .. Enumerable.Range(1, 6).Select(number => ($"buy-{number}", "schedule_at: '2026-02-02 09:40'", new[] { "14:40" })),
        ("buy-hourly", "schedule_cron: 0 10-14 * * *", ["15:00", "16:00", "17:00", "18:00", "19:00"]),
        ("buy-at-noon", "market: open+2h30m", ["17:00"]),
    ];

    // What samples/schedules.yaml asks for on its first day.
    private static readonly (string Id, string[] Due)[] Samples =
    [
        ("acme-again", []),
        ("echo-open", ["14:35"]),
        ("echo-close", ["20:50"]),
        ("crux-monday", ["16:00"]),
        ("daily-summary", ["21:10"]),
    ];

    [Fact]
    public async Task Killed_with_SIGKILL_around_firings_every_occurrence_has_one_run_and_every_order_exists_once()
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory("autotrader-schedules-").FullName, "schedules.yaml");
        try
        {
            var sample = await File.ReadAllTextAsync(
                Path.Combine(AppProcess.Root(), "samples", "schedules.yaml"),
                TestContext.Current.CancellationToken
            );
            await File.WriteAllTextAsync(file, sample + string.Concat(Ours.Select(Yaml)), TestContext.Current.CancellationToken);
            var (runs, orders) = await AppProcess.ReplayAsync(
                new Kills(Seed: 11, Count: LongForm.Of(4, 10), MaxLines: LongForm.Of(25, 10)),
                ReadAsync,
                ("LocalHost__Replay__End", "2026-02-02T16:30:00-05:00"),
                ("AutoTrader__ImportSchedulesOnFirstStart", file)
            );

            var expected = Ours.Select(it => (it.Id, it.Due))
                .Concat(Samples)
                .SelectMany(it => it.Due.Select(at => $"{it.Id} {at} {ScheduleRun.Scheduled}"))
                .Order(StringComparer.Ordinal);
            runs.Select(run => string.Create(CultureInfo.InvariantCulture, $"{run.ScheduleId} {run.Planned:HH:mm} {run.Cause}"))
                .Order(StringComparer.Ordinal)
                .ShouldBe(expected);
            runs.ShouldAllBe(run => run.Status == RunStatus.Fired);
            orders
                .Order(StringComparer.Ordinal)
                .ShouldBe(
                    runs.Where(run => run.Task.Action == ScheduleAction.OrderPlace)
                        .Select(run => ClientOrderIds.ForManual("schedule:" + run.ScheduleId, run.Occurrence))
                        .Order(StringComparer.Ordinal)
                );
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
        }
    }

    private static string Yaml((string Id, string When, string[] Due) schedule) =>
        $"""

            - id: {schedule.Id}
              task_type: order_place
              {schedule.When}
              task_data:
                symbol: ACME
                side: buy
                qty: 1
                limit_price: '90'

            """;

    private static async Task<(IReadOnlyList<ScheduleRun> Runs, IReadOnlyList<string> Orders)> ReadAsync(IServiceProvider services)
    {
        var (schedules, trading) = (services.GetRequiredService<IScheduleStore>(), services.GetRequiredService<ITradingStore>());
        var runs = new List<ScheduleRun>();
        foreach (var id in Ours.Select(it => it.Id).Concat(Samples.Select(it => it.Id)))
        {
            runs.AddRange((await schedules.ListRunsAsync(id, 1000, null, CancellationToken.None)).Items.Select(row => row.Value));
        }

        var orders = new List<Order>();
        foreach (var prefix in new[] { TradingKey.OrderPrefix, TradingKey.DonePrefix })
        {
            orders.AddRange(
                (await trading.ListAsync<Order>("paper", prefix, 1000, null, CancellationToken.None)).Items.Select(row => row.Value)
            );
        }

        return (runs, [.. orders.Where(order => order.Role == OrderRole.Manual).Select(order => order.ClientOrderId)]);
    }
}
