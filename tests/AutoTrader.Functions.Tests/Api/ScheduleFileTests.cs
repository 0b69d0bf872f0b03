using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using AutoTrader.Storage.Tables;

namespace AutoTrader.Functions.Tests.Api;

/// <summary>A crowd in schedules.yaml: what is bad stops no other, and each record costs a few requests.</summary>
public sealed class ScheduleFileTests
{
    private const int Records = 400;
    private const int EveryBad = 8;

    // One of each takes its turn.
    private static readonly string[] Bad =
    [
        "task_type: dance\n  market: open",
        "task_type: notify\n  schedule_cron: 'every day'",
        "task_type: notify\n  schedule_at: '2001-01-01 09:30'",
        "task_type: notify\n  market: noon",
        "task_type: notify",
        "task_type: notify\n  market: open\n  zone: Mars/Olympus",
        "task_type: notify\n  market: open\n  max_runs: many",
        "task_type: strategy_start\n  market: open\n  task_data:\n    strategy_id: missing",
        "task_type: order_place\n  market: open\n  task_data:\n    symbol: ACME",
        "task_type: notify\n  market: open\n  schedule_cron: '0 9 * * *'",
    ];

    [Fact]
    public async Task One_bad_record_stops_no_other_and_each_costs_a_few_requests()
    {
        var asked = 0;
        var tables = new MemoryTables().Through(table => new CountedTable(table, () => Interlocked.Increment(ref asked)));
        await using var app = await TestApp.StartAsync(new TestStorage { Tables = tables }, TestApp.Start, _ => { });
        await app.CreateAsync(Requests.Quiet);
        // One that is there already, and cannot be read.
        await app.PutAsync("Schedules", "shard-6", "schedule|a", new() { ["nonsense"] = "42" });
        var file = new StringBuilder("schedules:\n- id: a\n  task_type: notify\n  market: open\n");
        foreach (var n in Enumerable.Range(0, Records))
        {
            var good = $"task_type: strategy_pause\n  market: open+{n % 60}m\n  task_data:\n    strategy_id: quiet";
            file.Append(CultureInfo.InvariantCulture, $"- id: s{n}\n  {(IsBad(n) ? Bad[n / EveryBad % Bad.Length] : good)}\n");
        }

        asked = 0;
        var report = (await ImportAsync(app, file.ToString())).Json;
        Volatile.Read(ref asked).ShouldBeLessThan(6 * Records);
        var wanted = Enumerable.Range(0, Records).Where(n => !IsBad(n)).Select(n => $"s{n}").ToList();
        report["created"]!.GetValue<int>().ShouldBe(wanted.Count);

        // Each that was not taken is named, with what is wrong.
        var named = report["problems"]!
            .AsArray()
            .Select(it => it!["id"]!.GetValue<string>())
            .Concat(
                report["schedules"]!
                    .AsArray()
                    .Where(it => it!["action"]!.GetValue<string>() == "refused")
                    .Select(it => it!["id"]!.GetValue<string>())
            );
        named
            .Distinct(StringComparer.Ordinal)
            .ShouldBe(Enumerable.Range(0, Records).Where(IsBad).Select(n => $"s{n}").Append("a"), ignoreOrder: true);
        (await app.GetAsync("schedules?limit=1000")).Json["items"]!
            .AsArray()
            .Select(it => it!["id"]!.GetValue<string>())
            .ShouldBe(wanted, ignoreOrder: true);

        // The same again changes nothing.
        asked = 0;
        report = (await ImportAsync(app, file.ToString())).Json;
        Volatile.Read(ref asked).ShouldBeLessThan(3 * Records);
        (report["created"]!.GetValue<int>(), report["unchanged"]!.GetValue<int>()).ShouldBe((0, wanted.Count));
    }

    private static bool IsBad(int n) => n % EveryBad == 3;

    private static async Task<Reply> ImportAsync(TestApp app, string file) =>
        (await app.PostAsync("schedules.yaml", new JsonObject { ["yaml"] = file }.ToJsonString())).ShouldBe(HttpStatusCode.OK);
}
