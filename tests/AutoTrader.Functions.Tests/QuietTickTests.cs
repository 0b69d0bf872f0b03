using System.Net;
using AutoTrader.Core.Engine;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Brokerage;
using AutoTrader.Core.Strategies;
using AutoTrader.Functions.Tests.Api;
using AutoTrader.Storage.Tables;
using Azure.Data.Tables;

namespace AutoTrader.Functions.Tests;

/// <summary>Outside sessions a tick that can do nothing costs next to nothing, and what can be done is done by the next one.</summary>
public sealed class QuietTickTests
{
    // To take and to give back the lease; it is kept elsewhere here.
    private const int Lease = 2;
    private const int MostRequests = 6;
    private const int Crowd = 10_000;

    // Monday, an hour after the close.
    private static readonly DateTimeOffset Evening = new(2026, 2, 2, 22, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task A_tick_takes_at_most_six_requests_however_many_strategies_there_are()
    {
        var requests = new Requested();
        var storage = new TestStorage { Tables = new MemoryTables().Through(requests.Before) };
        await using var app = await TestApp.StartAsync(storage, Evening, _ => { });
        await app.CreateAsync(Requests.Quiet);
        var store = app.Get<ITradingStore>();
        var strategy = (await store.ReadAsync<Strategy>("paper", TradingKey.Strategy("quiet"), CancellationToken.None))!.Value with
        {
            Enabled = false,
        };
        foreach (var chunk in Enumerable.Range(0, Crowd).Chunk(100))
        {
            await store.CommitAsync(
                "paper",
                [.. chunk.Select(n => new TradingWrite(TradingKey.Strategy($"s{n:D5}"), strategy with { Id = $"s{n:D5}" }, null))],
                CancellationToken.None
            );
        }

        await app.MinutesAsync(3);
        var whole = await CostAsync(Evening.AddMinutes(20));
        var quiet = await CostAsync(Evening.AddMinutes(21));

        whole.Count.ShouldBeGreaterThan(MostRequests);
        (quiet.Count + Lease).ShouldBeLessThanOrEqualTo(MostRequests, string.Join('\n', quiet));

        async Task<IReadOnlyList<string>> CostAsync(DateTimeOffset planned)
        {
            var from = requests.All.Count;
            (await app.Get<IEvaluationCycle>().RunAsync(new(planned, CycleRequest.Timer), CancellationToken.None)).Outcome.ShouldBe(
                CycleOutcome.Ran
            );
            return requests.All[from..];
        }
    }

    [Fact]
    public async Task A_command_that_nobody_ran_a_cycle_for_is_served_by_the_next_tick()
    {
        await using var app = await HeldAsync();
        var command = new CommandEnvelope
        {
            Id = "waits",
            Command = new PauseStrategy("acme"),
            Caller = "test",
            RequestedAt = app.Now,
        };
        await app.Get<ITradingStore>().CommitAsync("paper", [new(TradingKey.Command("waits"), command, null)], CancellationToken.None);
        await app.MinutesAsync(1);
        (await app.GetAsync("commands/waits")).Json["status"]!.GetValue<string>().ShouldBe("done");
    }

    [Fact]
    public async Task A_kill_switch_that_was_set_while_another_held_the_lease_is_obeyed_by_the_next_tick()
    {
        await using var app = await HeldAsync();
        await app.CreateAsync(
            """{"id":"rests","symbol":"BOLT","strategy_type":"bracket","entry_type":"limit","entry_price":"10","quantity":5}"""
        );
        await app.UntilAsync(TestApp.Start.AddDays(1));
        (await Working(app)).ShouldContain(id => id.StartsWith("at-rests-", StringComparison.Ordinal));
        await app.UntilAsync(Evening.AddDays(1));
        await using (await app.HoldLeaseAsync())
        {
            (await app.SendAsync("PUT", "engine/kill-switch", """{"on":true,"reason":"a test"}""")).ShouldBe(HttpStatusCode.OK);
        }

        await app.MinutesAsync(2);
        (await Working(app)).ShouldNotContain(id => id.StartsWith("at-rests-", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Protection_that_is_ended_at_the_broker_over_night_is_seen_by_the_next_tick()
    {
        await using var app = await HeldAsync();
        var broker = app.Get<IBroker>();
        var protection = (await broker.GetOrdersAsync(app.Now.AddDays(1), CancellationToken.None)).ShouldHaveSingleItem();
        await broker.CancelAsync(protection.Id, CancellationToken.None);
        await app.MinutesAsync(2);
        var anew = await Working(app);
        anew.ShouldHaveSingleItem().ShouldNotBe(protection.ClientOrderId);
    }

    [Fact]
    public async Task The_first_tick_of_a_session_evaluates_and_health_is_good_all_night()
    {
        await using var app = await HeldAsync();
        await app.UntilAsync(Evening.AddHours(9));
        (await app.GetAsync("health")).ShouldBe(HttpStatusCode.OK);
        (await app.GetAsync("engine")).Json["running"]!.GetValue<bool>().ShouldBeTrue();
        await app.UntilAsync(TestApp.Start.AddDays(1).AddMinutes(-2));
        var cycles = (await app.GetAsync("engine")).Json["cycles"]!.AsArray();
        cycles[0]!["planned"]!.GetValue<DateTimeOffset>().ShouldBe(app.Now);
        cycles[0]!["market_open"]!.GetValue<bool>().ShouldBeTrue();
        (cycles[0]!["evaluated"]!.GetValue<int>() + cycles[0]!["without_quote"]!.GetValue<int>()).ShouldBe(1);
    }

    // A protected position, an hour after the close.
    private static async Task<TestApp> HeldAsync()
    {
        var app = await TestApp.StartAsync();
        await app.CreateAsync("""{"id":"acme","symbol":"ACME","strategy_type":"trailing_stop","trailing_stop_pct":"20","quantity":5}""");
        await app.UntilAsync(Evening);
        (await app.GetAsync("strategies/acme")).Json["phase"]!.GetValue<string>().ShouldBe("position_open");
        return app;
    }

    private static async Task<List<string>> Working(TestApp app) =>
        [
            .. (await app.Get<IBroker>().GetOrdersAsync(app.Now.AddDays(1), CancellationToken.None))
                .Where(it => it.EndedAt is null)
                .Select(it => it.ClientOrderId),
        ];

    private sealed class Requested
    {
        public List<string> All { get; } = [];

        public IEntityTable Before(IEntityTable table) => new CountedTable(table, this);

        private sealed class CountedTable(IEntityTable table, Requested requests) : IEntityTable
        {
            public Task<EntityPage> PageAsync(EntityQuery query, int pageSize, string? continuation, CancellationToken cancellationToken)
            {
                Note($"query {query.Partitions.From} {string.Join(", ", query.Rows.Select(row => row.From))}");
                return table.PageAsync(query, pageSize, continuation, cancellationToken);
            }

            public Task<TableEntity?> ReadAsync(string partitionKey, string rowKey, CancellationToken cancellationToken)
            {
                Note($"read {partitionKey} {rowKey}");
                return table.ReadAsync(partitionKey, rowKey, cancellationToken);
            }

            public Task<GroupResult> WriteAsync(EntityGroup group, CancellationToken cancellationToken)
            {
                Note($"write {group.PartitionKey} {group.Writes[0].RowKey}");
                return table.WriteAsync(group, cancellationToken);
            }

            private void Note(string what)
            {
                lock (requests.All)
                {
                    requests.All.Add(what);
                }
            }
        }
    }
}
