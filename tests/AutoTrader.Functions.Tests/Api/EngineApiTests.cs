using System.Net;
using AutoTrader.Core.Application;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Brokerage;
using Microsoft.Extensions.DependencyInjection;

namespace AutoTrader.Functions.Tests.Api;

/// <summary>The engine through the API: its state, the kill switch, limits, and what happens when another host has the lease.</summary>
public sealed class EngineApiTests : IAsyncLifetime
{
    private TestApp _app = null!;

    public async ValueTask InitializeAsync() => _app = await TestApp.StartAsync();

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    [Fact]
    public async Task Health_tells_the_heartbeat()
    {
        var before = await _app.GetAsync("health");
        before.Status.ShouldBe(HttpStatusCode.ServiceUnavailable);
        before.Json["status"]!.GetValue<string>().ShouldBe("stale");
        before.Json["problems"]!.AsArray().Select(problem => problem!.GetValue<string>()).ShouldContain("No cycle has run yet.");
        await _app.MinutesAsync(2);
        var health = (await _app.GetAsync("health")).Json;
        health["status"]!.GetValue<string>().ShouldBe("ok");
        health["storage"]!.GetValue<string>().ShouldBe("reachable");
        health["heartbeat_age_seconds"]!.GetValue<long>().ShouldBe(0);
    }

    [Fact]
    public async Task The_engine_shows_its_cycles_session_and_strategies()
    {
        await _app.CreateAsync(Requests.Quiet);
        await _app.MinutesAsync(3);
        var engine = (await _app.GetAsync("engine")).ShouldBe(HttpStatusCode.OK).Json;
        engine["running"]!.GetValue<bool>().ShouldBeTrue();
        engine["market_open"]!.GetValue<bool>().ShouldBeTrue();
        engine["active_strategies"]!.GetValue<int>().ShouldBe(1);
        engine["open_orders"]!.GetValue<int>().ShouldBe(1);
        var planned = engine["cycles"]!.AsArray().Select(cycle => cycle!["planned"]!.GetValue<string>()).ToList();
        planned.ShouldBe(["2026-02-02T14:35:00Z", "2026-02-02T14:34:00Z", "2026-02-02T14:33:00Z"]);
        engine["last_tick"]!.GetValue<string>().ShouldBe(planned[0]);
    }

    [Fact]
    public async Task A_dry_run_tells_and_changes_nothing()
    {
        await _app.CreateAsync("""{"id":"runs","symbol":"ACME","strategy_type":"trailing_stop","quantity":10}""");
        var before = await _app.DumpAsync();
        var reply = (await _app.PostAsync("engine/run?dry_run=true")).ShouldBe(HttpStatusCode.OK).Json;
        reply["decisions"]!
            .AsArray()
            .Select(decision => decision!["kind"]!.GetValue<string>())
            .ShouldContain("entry", reply.ToJsonString());
        (await _app.DumpAsync()).ShouldBe(before);
        (await _app.PostAsync("engine/run")).ShouldBe(HttpStatusCode.OK).Json["outcome"]!.GetValue<string>().ShouldBe("ran");
        (await _app.GetAsync("orders")).Json["count"]!.GetValue<int>().ShouldBe(1);
    }

    [Fact]
    public async Task The_kill_switch_cancels_entries_bars_new_ones_and_stays_until_it_is_turned_off()
    {
        await _app.CreateAsync(Requests.Quiet);
        await _app.MinutesAsync(2);
        (await _app.GetAsync("orders")).Json["count"]!.GetValue<int>().ShouldBe(1);
        (await _app.GetAsync("engine/kill-switch")).Json["on"]!.GetValue<bool>().ShouldBeFalse();
        var on = (await _app.SendAsync("PUT", "engine/kill-switch", """{"on":true,"reason":"storm"}""", ("X-Caller", "alice"))).ShouldBe(
            HttpStatusCode.OK
        );
        (on.Json["reason"]!.GetValue<string>(), on.Json["by"]!.GetValue<string>()).ShouldBe(("storm", "local/alice"));
        await _app.MinutesAsync(2);
        (await _app.GetAsync("orders")).Json["count"]!.GetValue<int>().ShouldBe(0);
        (await _app.PostAsync("orders", """{"symbol":"BOLT","side":"buy","qty":1}""", ("Idempotency-Key", "k")))
            .ShouldBe(HttpStatusCode.UnprocessableEntity, "ORDER_BLOCKED")
            .Json["rule"]!
            .GetValue<string>()
            .ShouldBe("KILL_SWITCH");
        (await _app.GetAsync("risk")).Json["status"]!["can_trade"]!.GetValue<bool>().ShouldBeFalse();
        (await _app.GetAsync("strategies/quiet")).Json["waiting_for"]!.GetValue<string>().ShouldBe("the kill switch is on: storm");
        (await _app.GetAsync("strategies")).Json["items"]![0]!["waiting_for"]!.GetValue<string>().ShouldBe("the kill switch is on: storm");
        (await _app.GetAsync("engine/kill-switch")).Json["due"]!.ToJsonString().ShouldBe("""["quiet"]""");
        (await _app.SendAsync("PATCH", "strategies/quiet", (await _app.GetAsync("strategies/quiet")).Text)).ShouldBe(HttpStatusCode.OK);

        (await _app.SendAsync("PUT", "engine/kill-switch", """{"on":false}""", ("If-Match", "\"stale\""))).ShouldBe(
            HttpStatusCode.PreconditionFailed,
            "PRECONDITION_FAILED"
        );
        var off = (await _app.SendAsync("PUT", "engine/kill-switch", """{"on":false}""", ("If-Match", on.ETag!)))
            .ShouldBe(HttpStatusCode.OK)
            .Json;
        (off["on"]!.GetValue<bool>(), off["due"]!.ToJsonString()).ShouldBe((false, """["quiet"]"""));
        (await _app.GetAsync("strategies/quiet")).Json["waiting_for"].ShouldBeNull();
        await _app.MinutesAsync(2);
        (await _app.GetAsync("orders")).Json["count"]!.GetValue<int>().ShouldBe(1);
    }

    [Theory]
    [InlineData("""{"on":true}""")]
    [InlineData("""{"on":true,"reason":""}""")]
    [InlineData("""{"on":true,"reason":"x","scope":"account"}""")]
    [InlineData("""{"on":false,"flatten":true}""")]
    [InlineData("""{"on":false,"scope":"account"}""")]
    public async Task A_kill_switch_that_contradicts_itself_is_400(string body) =>
        (await _app.SendAsync("PUT", "engine/kill-switch", body)).ShouldBe(HttpStatusCode.BadRequest, "VALIDATION_ERROR");

    [Fact]
    public async Task Flatten_sells_strategies_shares_and_unmanaged_ones_only_when_the_account_is_meant()
    {
        await _app.CreateAsync("""{"id":"runs","symbol":"ACME","strategy_type":"trailing_stop","quantity":10}""");
        (await _app.PostAsync("orders", """{"symbol":"BOLT","side":"buy","qty":10}""", ("Idempotency-Key", "k"))).Status.ShouldBe(
            HttpStatusCode.Created
        );
        await _app.MinutesAsync(3);
        (await _app.GetAsync("positions")).Json["count"]!.GetValue<int>().ShouldBe(2);
        (await _app.SendAsync("PUT", "engine/kill-switch", """{"on":true,"reason":"storm","flatten":true}"""))
            .ShouldBe(HttpStatusCode.OK)
            .Json["flatten"]!["status"]!
            .GetValue<string>()
            .ShouldBe("done");
        await _app.MinutesAsync(4);
        (await _app.GetAsync("positions")).Json["items"]!.AsArray().ShouldHaveSingleItem()!["symbol"]!.GetValue<string>().ShouldBe("BOLT");
        (await _app.SendAsync("PUT", "engine/kill-switch", """{"on":true,"reason":"storm","flatten":true,"scope":"account"}""")).ShouldBe(
            HttpStatusCode.OK
        );
        await _app.MinutesAsync(4);
        (await _app.GetAsync("positions")).Json["count"]!.GetValue<int>().ShouldBe(0);
    }

    [Fact]
    public async Task A_flatten_that_is_refused_says_that_the_switch_is_on()
    {
        await using var app = await TestApp.StartAsync(services => services.AddSingleton(new CommandTimeouts { Waiting = 0 }));
        (await app.SendAsync("PUT", "engine/kill-switch", """{"on":true,"reason":"storm","flatten":true}"""))
            .ShouldBe(HttpStatusCode.TooManyRequests, "RATE_LIMIT_EXCEEDED")
            .Json["detail"]!
            .GetValue<string>()
            .ShouldStartWith("The kill switch is on, and nothing is sold: Too many commands");
        (await app.GetAsync("engine/kill-switch")).Json["on"]!.GetValue<bool>().ShouldBeTrue();
    }

    [Fact]
    public async Task Limits_are_changed_under_their_version_and_hold_at_once()
    {
        var first = await _app.GetAsync("risk");
        first.Json["limits"]!["max_order_value"]!.GetValue<string>().ShouldBe("5000");
        await _app.MinutesAsync(2);
        var changed = (
            await _app.SendAsync("PUT", "risk", """{"max_order_value":50,"max_daily_trades":3}""", ("If-Match", first.ETag!))
        ).ShouldBe(HttpStatusCode.OK);
        changed.Json["limits"]!["max_order_value"]!.GetValue<string>().ShouldBe("50");
        changed.Json["status"]!["trade_limit"]!.GetValue<int>().ShouldBe(3);
        (await _app.SendAsync("PUT", "risk", """{"max_order_value":60}""", ("If-Match", first.ETag!))).ShouldBe(
            HttpStatusCode.PreconditionFailed,
            "PRECONDITION_FAILED"
        );
        (
            await _app.PostAsync("orders", """{"symbol":"BOLT","side":"buy","qty":6,"limit_price":"10"}""", ("Idempotency-Key", "k"))
        ).ShouldBe(HttpStatusCode.UnprocessableEntity, "ORDER_BLOCKED");
    }

    [Fact]
    public async Task A_request_while_another_host_runs_a_cycle_is_202_and_is_served_by_the_next_cycle()
    {
        await _app.CreateAsync(Requests.Quiet);
        await _app.CreateAsync("""{"id":"goes","symbol":"BOLT","strategy_type":"bracket","enabled":false}""");
        var held = await _app.HoldLeaseAsync();
        var accepted = (await _app.PostAsync("strategies/quiet/pause")).ShouldBe(HttpStatusCode.Accepted);
        accepted.Location.ShouldStartWith("/api/commands/");
        accepted.Json["status"]!.GetValue<string>().ShouldBe("pending");
        (await _app.PostAsync("engine/run")).ShouldBe(HttpStatusCode.Conflict, "ENGINE_LOCK_ERROR");
        var order = (
            await _app.PostAsync("orders", """{"symbol":"BOLT","side":"buy","qty":1,"limit_price":"10"}""", ("Idempotency-Key", "k"))
        ).ShouldBe(HttpStatusCode.Accepted);
        (await _app.SendAsync("DELETE", "strategies/goes", null)).ShouldBe(HttpStatusCode.Accepted);
        (await _app.SendAsync("PUT", "engine/kill-switch", """{"on":true,"reason":"holds at once"}""")).ShouldBe(HttpStatusCode.OK);

        await held!.DisposeAsync();
        await _app.MinutesAsync(1);
        var command = (await _app.GetAsync(accepted.Location!["/api/".Length..])).ShouldBe(HttpStatusCode.OK).Json;
        command["status"]!.GetValue<string>().ShouldBe("done");
        (await _app.GetAsync(order.Location!["/api/".Length..])).Json["code"]!.GetValue<string>().ShouldBe("KILL_SWITCH");
        (await _app.GetAsync("strategies/goes")).ShouldBe(HttpStatusCode.NotFound, "STRATEGY_NOT_FOUND");
        (await _app.GetAsync("commands/nothing")).ShouldBe(HttpStatusCode.NotFound, "COMMAND_NOT_FOUND");
    }

    [Fact]
    public async Task Too_many_waiting_requests_are_429()
    {
        await using var app = await TestApp.StartAsync(services => services.AddSingleton(new CommandTimeouts { Waiting = 0 }));
        await app.CreateAsync(Requests.Quiet);
        (await app.PostAsync("strategies/quiet/pause")).ShouldBe(HttpStatusCode.TooManyRequests, "RATE_LIMIT_EXCEEDED");
    }

    [Fact]
    public async Task A_row_that_cannot_be_read_is_shown_and_can_be_deleted_and_nothing_else_can()
    {
        await _app.CreateAsync(Requests.Quiet);
        await _app.SpoilAsync("strategy|spoiled");
        await _app.MinutesAsync(2);
        var items = (await _app.GetAsync("attention")).Json["items"]!.AsArray();
        var item = items.ShouldHaveSingleItem()!;
        item["key"]!.GetValue<string>().ShouldBe("strategy|spoiled");
        (item["severity"]!.GetValue<string>(), item["todo"]!.GetValue<string>()).ShouldBe(
            ("high", "Fix the row, or delete it with DELETE /attention/{key}; its content is lost.")
        );
        (await _app.GetAsync("engine")).Json["attention"]!.AsArray().Count.ShouldBe(1);
        (await _app.GetAsync("strategies")).Json["count"]!.GetValue<int>().ShouldBe(1);
        (await _app.SendAsync("DELETE", "attention/strategy%7Cquiet", null)).ShouldBe(HttpStatusCode.NotFound, "NOT_FOUND");
        (await _app.SendAsync("DELETE", "attention/strategy%7Cspoiled", null)).ShouldBe(HttpStatusCode.NoContent);
        (await _app.GetAsync("attention")).Json["count"]!.GetValue<int>().ShouldBe(0);
    }

    [Fact]
    public async Task A_symbol_that_is_not_held_cannot_be_released() =>
        (await _app.PostAsync("engine/holds/ACME/release")).ShouldBe(HttpStatusCode.NotFound, "NOT_FOUND");

    [Fact]
    public async Task Quotes_are_answered_while_the_market_is_open()
    {
        var quote = (await _app.GetAsync("quotes/acme")).ShouldBe(HttpStatusCode.OK).Json;
        quote["symbol"]!.GetValue<string>().ShouldBe("ACME");
        (await _app.GetAsync("quotes?symbols=acme,BOLT,NONE")).Json["count"]!.GetValue<int>().ShouldBe(2);
        var movers = (await _app.GetAsync("movers?limit=50")).ShouldBe(HttpStatusCode.OK).Json;
        movers["market_type"]!.GetValue<string>().ShouldBe("stocks");
        // It is the first day that the samples have: there is no close before.
        (movers["gainers"]!.AsArray().Count, movers["losers"]!.AsArray().Count).ShouldBe((0, 0));
        (await _app.GetAsync("movers?market_type=crypto")).ShouldBe(HttpStatusCode.BadRequest, "VALIDATION_ERROR");
        (await _app.GetAsync("movers?limit=51")).ShouldBe(HttpStatusCode.BadRequest, "VALIDATION_ERROR");
        (await _app.GetAsync("quotes/NONE")).ShouldBe(HttpStatusCode.NotFound, "QUOTE_NOT_FOUND");
        (await _app.GetAsync("quotes/a%20b")).ShouldBe(HttpStatusCode.BadRequest, "VALIDATION_ERROR");
    }

    [Fact]
    public async Task Storage_that_cannot_be_reached_is_503_everywhere()
    {
        await using var app = await TestApp.StartAsync(services =>
            services.AddSingleton<ITradingStore, NoStore>().AddSingleton<IEngineStore, NoEngineStore>()
        );
        (await app.GetAsync("health")).Status.ShouldBe(HttpStatusCode.ServiceUnavailable);
        foreach (
            var path in new[]
            {
                "engine",
                "strategies",
                "orders",
                "risk",
                "positions",
                "portfolio",
                "trades",
                "commands/a",
                "strategies/a",
                "attention",
                "strategies.yaml",
                "engine/kill-switch",
            }
        )
        {
            (await app.GetAsync(path)).ShouldBe(HttpStatusCode.ServiceUnavailable, "STORAGE_UNAVAILABLE");
        }
    }

    [Fact]
    public async Task A_fault_of_ours_is_500_without_a_word_about_itself()
    {
        await using var app = await TestApp.StartAsync(services => services.AddSingleton<IMarketData, FaultyMarket>());
        var reply = (await app.GetAsync("quotes/ACME")).ShouldBe(HttpStatusCode.InternalServerError, "UNEXPECTED");
        reply.Text.ShouldNotContain("secret");
        reply.Text.ShouldNotContain(" at ");
    }

    [Fact]
    public async Task Every_change_is_audited_with_its_caller_and_no_key_is_written_down()
    {
        await using var app = await TestApp.StartAsync(("LocalHost:Keys:default", "very-secret-key"));
        (string, string)[] headers = [("x-functions-key", "very-secret-key"), ("X-Caller", "alice")];
        (await app.PostAsync("strategies", Requests.Quiet, headers)).Status.ShouldBe(HttpStatusCode.Created);
        (await app.SendAsync("PATCH", "strategies/quiet", """{"quantity":2}""", headers)).Status.ShouldBe(HttpStatusCode.OK);
        (await app.PostAsync("strategies/quiet/pause", null, headers)).Status.ShouldBe(HttpStatusCode.OK);
        (await app.SendAsync("PUT", "risk", """{"max_order_value":50}""", headers)).Status.ShouldBe(HttpStatusCode.OK);
        (await app.SendAsync("PUT", "engine/kill-switch", """{"on":true,"reason":"x"}""", headers)).Status.ShouldBe(HttpStatusCode.OK);
        (await app.SendAsync("DELETE", "strategies/quiet", null, headers)).Status.ShouldBe(HttpStatusCode.NoContent);
        var entries = (await app.GetAsync("audit?limit=50&code=very-secret-key")).Json["items"]!.AsArray();
        entries
            .Select(entry => entry!["action"]!.GetValue<string>())
            .Order(StringComparer.Ordinal)
            .ShouldBe(["create_strategy", "delete_strategy", "kill_switch_on", "pause_strategy", "set_risk_limits", "update_strategy"]);
        entries
            .Select(entry => entry!["caller"]!.GetValue<string>())
            .Distinct(StringComparer.Ordinal)
            .ShouldHaveSingleItem()
            .ShouldMatch("^key-[0-9a-f]{8}/alice$");
        (await app.DumpAsync()).ShouldNotContain("very-secret-key");
        (await app.GetAsync("strategies", ("x-functions-key", "wrong"))).Status.ShouldBe(HttpStatusCode.Unauthorized);
        (await app.GetAsync("health")).Json["storage"]!.GetValue<string>().ShouldBe("reachable");
    }

    private sealed class FaultyMarket : IMarketData
    {
        public Task<IReadOnlyDictionary<string, Core.Market.Quote>> GetQuotesAsync(
            IReadOnlyCollection<string> symbols,
            CancellationToken cancellationToken
        ) => throw new InvalidOperationException("a secret");

        public Task<IReadOnlyList<Core.Market.Bar>> GetBarsAsync(
            string symbol,
            DateTimeOffset from,
            DateTimeOffset to,
            CancellationToken cancellationToken
        ) => throw new NotSupportedException();

        public Task<IReadOnlyDictionary<string, decimal>> GetClosesAsync(
            IReadOnlyCollection<string> symbols,
            DateOnly session,
            CancellationToken cancellationToken
        ) => throw new NotSupportedException();

        public Task<IReadOnlyList<Core.Market.Split>> GetSplitsAsync(DateOnly from, DateOnly to, CancellationToken cancellationToken) =>
            throw new NotSupportedException();
    }

    private sealed class NoStore : ITradingStore
    {
        private static StorageUnavailableException Gone => new("no storage");

        public Task<TradingSnapshot> LoadAsync(string account, CancellationToken cancellationToken) => throw Gone;

        public Task<TradingSnapshot> PeekAsync(string account, CancellationToken cancellationToken) => throw Gone;

        public Task<CommitResult> CommitAsync(string account, IReadOnlyList<TradingWrite> group, CancellationToken cancellationToken) =>
            throw Gone;

        public Task<Row<T>?> ReadAsync<T>(string account, string rowKey, CancellationToken cancellationToken)
            where T : class => throw Gone;

        public Task<Page<Row<T>>> ListAsync<T>(
            string account,
            string prefix,
            int pageSize,
            string? continuation,
            CancellationToken cancellationToken
        )
            where T : class => throw Gone;

        public Task<bool> DeleteAsync(string account, string rowKey, TradingWrite? audit, CancellationToken cancellationToken) =>
            throw Gone;
    }

    private sealed class NoEngineStore : IEngineStore
    {
        private static StorageUnavailableException Gone => new("no storage");

        public Task<Row<EngineState>?> LoadAsync(string account, CancellationToken cancellationToken) => throw Gone;

        public Task<RowVersion?> SaveAsync(
            string account,
            EngineState state,
            RowVersion? expected,
            CycleRecord cycle,
            CancellationToken cancellationToken
        ) => throw Gone;

        public Task<CycleListing> ListCyclesAsync(string account, int count, CancellationToken cancellationToken) => throw Gone;

        public Task<UnreadableRow?> FindUnreadableAsync(string account, string rowKey, CancellationToken cancellationToken) => throw Gone;

        public Task<UnreadableRow?> DeleteUnreadableAsync(string account, string rowKey, CancellationToken cancellationToken) => throw Gone;

        public Task PruneAsync(string account, DateTimeOffset before, CancellationToken cancellationToken) => throw Gone;
    }
}
