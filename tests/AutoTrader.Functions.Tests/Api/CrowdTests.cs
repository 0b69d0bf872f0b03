using System.Globalization;
using System.Net;
using AutoTrader.Storage.Tables;
using Azure.Data.Tables;

namespace AutoTrader.Functions.Tests.Api;

/// <summary>Many requests of one moment that change one record: each succeeds, or meets the precondition that it came with, and none is
/// told that storage is away.</summary>
public sealed class CrowdTests : IAsyncLifetime
{
    private const int Crowd = 20;
    private const int Turns = 1000;
    private const string Stop = """{"id":"crowd","symbol":"BOLT","strategy_type":"trailing_stop","enabled":false,"notes":"0"}""";

    private TestApp _app = null!;

    public async ValueTask InitializeAsync() =>
        _app = await TestApp.StartAsync(
            new TestStorage { Tables = new MemoryTables().Through(table => new PoliteTable(table)) },
            TestApp.Start,
            _ => { }
        );

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    [Fact]
    public async Task Changes_of_one_strategy_all_succeed()
    {
        await _app.CreateAsync(Stop);
        await AllAsync(HttpStatusCode.OK, i =>
            _app.SendAsync("PATCH", "strategies/crowd", $$"""{"notes":"n{{i}}","repeat":true,"cooldown_minutes":{{i + 1}}}""")
        );
        var strategy = (await _app.GetAsync("strategies/crowd")).Json;
        // Whole, whoever came last.
        strategy["notes"]!
            .GetValue<string>()
            .ShouldBe("n" + (strategy["cooldown_minutes"]!.GetValue<int>() - 1).ToString(CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task Of_changes_with_one_precondition_the_first_succeeds_and_the_others_meet_it()
    {
        await _app.CreateAsync(Stop);
        var tag = (await _app.GetAsync("strategies/crowd")).ETag!;
        var replies = await Task.WhenAll(
            Enumerable
                .Range(0, Crowd)
                .Select(i => _app.SendAsync("PATCH", "strategies/crowd", $$"""{"notes":"n{{i}}"}""", ("If-Match", tag)))
        );
        replies.Count(reply => reply.Status == HttpStatusCode.OK).ShouldBe(1);
        replies.Count(reply => reply.Status == HttpStatusCode.PreconditionFailed).ShouldBe(Crowd - 1);
    }

    [Fact]
    public async Task Changes_and_triggers_of_one_schedule_all_succeed()
    {
        (await _app.PostAsync("schedules", Requests.QuietSchedule)).ShouldBe(HttpStatusCode.Created);
        await AllAsync(HttpStatusCode.OK, i => _app.SendAsync("PATCH", "schedules/quiet", $$"""{"note":"n{{i}}"}"""));
        await AllAsync(null, i => _app.PostAsync("schedules/quiet/trigger", null, ("Idempotency-Key", $"key-{i}")));
        (await _app.GetAsync("schedules/quiet/runs")).Json["items"]!.AsArray().Count.ShouldBe(Crowd);
    }

    [Fact]
    public async Task A_strategys_own_schedule_set_by_many_is_one_schedule()
    {
        await _app.CreateAsync(Stop);
        await AllAsync(null, i => _app.SendAsync("PUT", "strategies/crowd/schedule", $$"""{"schedule_cron":"{{i}} 11 * * *"}"""));
        (await _app.GetAsync("schedules")).Json["items"]!.AsArray().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Changes_of_the_limits_and_the_kill_switch_all_succeed()
    {
        await AllAsync(HttpStatusCode.OK, i =>
            i % 2 == 0
                ? _app.SendAsync("PUT", "risk", $$"""{"max_daily_trades":{{i + 60}}}""")
                : _app.SendAsync("PUT", "engine/kill-switch", $$"""{"on":{{(i % 4 == 1 ? "true" : "false")}},"reason":"r{{i}}"}""")
        );
    }

    [Fact]
    public async Task Imports_beside_changes_of_the_same_strategy_all_succeed()
    {
        await _app.CreateAsync(Stop);
        await AllAsync(HttpStatusCode.OK, i =>
            i % 2 == 0
                ? _app.SendAsync("PATCH", "strategies/crowd", $$"""{"notes":"n{{i}}"}""")
                : _app.PostAsync(
                    "strategies.yaml",
                    $$"""{"yaml":"strategies:\n- id: crowd\n  symbol: BOLT\n  strategy_type: trailing_stop\n"""
                        + $$"""  quantity: {{i}}\n  enabled: false\n  trailing_stop_pct: '2'\n"}"""
                )
        );
    }

    private static async Task AllAsync(HttpStatusCode? expected, Func<int, Task<Reply>> send)
    {
        foreach (var reply in await Task.WhenAll(Enumerable.Range(0, Crowd).Select(send)))
        {
            (expected is null ? (int)reply.Status is 200 or 201 : reply.Status == expected).ShouldBeTrue($"{reply.Status}: {reply.Text}");
        }
    }

    /// <summary>Storage whose writes give way to whoever is ready, so that those who came together read the same version.</summary>
    private sealed class PoliteTable(IEntityTable table) : IEntityTable
    {
        public Task<EntityPage> PageAsync(EntityQuery query, int pageSize, string? continuation, CancellationToken cancellationToken) =>
            table.PageAsync(query, pageSize, continuation, cancellationToken);

        public Task<TableEntity?> ReadAsync(string partitionKey, string rowKey, CancellationToken cancellationToken) =>
            table.ReadAsync(partitionKey, rowKey, cancellationToken);

        public async Task<GroupResult> WriteAsync(EntityGroup group, CancellationToken cancellationToken)
        {
            for (var turn = 0; turn < Turns; turn++)
            {
                await Task.Yield();
            }

            return await table.WriteAsync(group, cancellationToken);
        }
    }
}
