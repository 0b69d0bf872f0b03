using System.Net;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Brokerage;
using AutoTrader.Core.Strategies;
using AutoTrader.Storage.Tables;

namespace AutoTrader.Functions.Tests.Maintenance;

/// <summary>Storage is lost in the midst of trading, and the broker alone knows what is held.</summary>
public sealed class RebuildTests : IAsyncLifetime
{
    private readonly TestStorage _before = new();
    private TestApp _app = null!;

    public async ValueTask InitializeAsync() => _app = await TestApp.StartAsync(_before, TestApp.Start, _ => { });

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task Positions_and_working_orders_are_taken_over_and_what_is_uncovered_is_protected()
    {
        await TradeAsync();
        await using var other = await LoseStorageAsync();
        // What a restart on empty storage does before anyone looks.
        await other.MinutesAsync(2);
        var working = await WorkingAsync(other);

        var reply = (await other.PostAsync("rebuild", """{"trailing_stop_pct":"7"}""")).ShouldBe(HttpStatusCode.OK);

        var acme = reply.Json["strategies"]!.AsArray().Single(it => it!["id"]!.GetValue<string>() == "acme")!;
        acme["strategy_type"]!.GetValue<string>().ShouldBe("trailing_stop");
        acme["quantity"]!.GetValue<string>().ShouldBe("5");
        acme["covered"]!.GetValue<string>().ShouldBe("5");
        var bolt = reply.Json["strategies"]!.AsArray().Single(it => it!["id"]!.GetValue<string>() == "bolt")!;
        bolt["strategy_type"]!.GetValue<string>().ShouldBe("bracket");
        var strategy = (await other.GetAsync("strategies/acme")).Json;
        strategy["phase"]!.GetValue<string>().ShouldBe("position_open");
        strategy["trailing_stop_pct"]!.GetValue<string>().ShouldBe("2");
        strategy["enabled"]!.GetValue<bool>().ShouldBeFalse();
        await other.MinutesAsync(4);
        (await WorkingAsync(other)).ShouldBe(working);
        await IsInOrderAsync(other);
        (await other.GetAsync("engine/kill-switch")).Json["on"]!.GetValue<bool>().ShouldBeTrue();

        // It is sold by its own order, and the books follow.
        await other.SendAsync("PUT", "engine/kill-switch", """{"on":false}""");
        (await other.PostAsync("strategies/acme/close", "{}", ("Idempotency-Key", "out"))).Status.ShouldBeOneOf(
            HttpStatusCode.OK,
            HttpStatusCode.Accepted
        );
        await other.MinutesAsync(3);
        (await other.Get<IBroker>().GetPositionsAsync(CancellationToken.None)).ShouldNotContain(it => it.Symbol == "ACME");
        await IsInOrderAsync(other);
    }

    [Fact]
    public async Task Shares_whose_protection_is_gone_are_protected_by_the_trailing_stop_that_was_asked_for()
    {
        await TradeAsync();
        var broker = _app.Get<IBroker>();
        foreach (var order in await WorkingOrdersAsync(_app, "ACME"))
        {
            await broker.CancelAsync(order.Id, CancellationToken.None);
        }

        await using var other = await LoseStorageAsync();
        (await WorkingOrdersAsync(other, "ACME")).ShouldBeEmpty();
        var reply = (await other.PostAsync("rebuild", """{"trailing_stop_pct":"7"}""")).ShouldBe(HttpStatusCode.OK);

        reply.Json["strategies"]!.AsArray().Single(it => it!["id"]!.GetValue<string>() == "acme")!["assumed"]!
            .GetValue<string>()
            .ShouldContain("7 %");
        var protection = (await WorkingOrdersAsync(other, "ACME")).ShouldHaveSingleItem();
        protection.Terms.Quantity.ShouldBe(5);
        protection.Terms.TrailPercent.ShouldBe(7);
        await other.MinutesAsync(2);
        await IsInOrderAsync(other);
    }

    [Fact]
    public async Task A_definition_that_was_imported_before_gets_its_shares_and_does_not_enter_again()
    {
        await TradeAsync();
        await using var other = await LoseStorageAsync();
        await other.CreateAsync(Acme);
        await other.SendAsync("PUT", "engine/kill-switch", """{"on":true,"reason":"not yet"}""");
        (await other.PostAsync("rebuild")).ShouldBe(HttpStatusCode.OK);
        var strategy = (await other.GetAsync("strategies/acme")).Json;
        strategy["phase"]!.GetValue<string>().ShouldBe("position_open");
        strategy["enabled"]!.GetValue<bool>().ShouldBeTrue();

        await other.SendAsync("PUT", "engine/kill-switch", """{"on":false}""");
        await other.MinutesAsync(4);
        (await PositionAsync(other, "ACME")).ShouldBe(5);
        await IsInOrderAsync(other);
    }

    [Fact]
    public async Task A_strategy_on_a_symbol_with_shares_that_may_be_its_own_is_paused()
    {
        await TradeAsync();
        await using var other = await LoseStorageAsync();
        await other.SendAsync("PUT", "engine/kill-switch", """{"on":true,"reason":"not yet"}""");
        await other.CreateAsync(Acme.Replace("\"acme\"", "\"renamed\"", StringComparison.Ordinal));
        // The shares go to the strategy whose orders they came from, so the other one has nothing to wait for.
        (await other.PostAsync("rebuild")).ShouldBe(HttpStatusCode.OK);
        (await other.GetAsync("strategies/renamed")).Json["pause_reason"].ShouldBeNull();

        // Shares that a person bought are nobody's: who trades the symbol must say so.
        await using var third = await ThirdAsync();
        await third.CreateAsync("""{"id":"crux","symbol":"CRUX","strategy_type":"trailing_stop","trailing_stop_pct":"2","quantity":3}""");
        var reply = (await third.PostAsync("rebuild")).ShouldBe(HttpStatusCode.OK);
        reply.Json["unmanaged"]!.AsArray().ShouldHaveSingleItem()!["symbol"]!.GetValue<string>().ShouldBe("CRUX");
        (await third.GetAsync("strategies/crux")).Json["pause_reason"]!.GetValue<string>().ShouldContain("unmanaged CRUX");
        await third.SendAsync("PUT", "engine/kill-switch", """{"on":false}""");
        await third.MinutesAsync(3);
        (await PositionAsync(third, "CRUX")).ShouldBe(2);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_targets_of_a_scale_out_are_those_of_its_working_orders(bool isDefined)
    {
        await _app.CreateAsync(ScaleOut);
        await _app.MinutesAsync(4);
        (await PositionAsync(_app, "ACME")).ShouldBe(9);
        // The lowest target of three was reached, or never placed: two orders rest.
        var first = (await WorkingOrdersAsync(_app, "ACME")).OrderBy(order => order.Terms.LimitPrice).First();
        await using var other = await LoseStorageAsync();
        await other.SendAsync("PUT", "engine/kill-switch", """{"on":true,"reason":"not yet"}""");
        if (isDefined)
        {
            await other.CreateAsync(ScaleOut);
        }

        await other.Get<IBroker>().CancelAsync(first.Id, CancellationToken.None);
        var resting = await WorkingAsync(other);
        resting.Count.ShouldBe(2);
        var reply = (await other.PostAsync("rebuild")).ShouldBe(HttpStatusCode.OK);

        var rebuilt = reply.Json["strategies"]!.AsArray().ShouldHaveSingleItem()!;
        rebuilt["strategy_type"]!.GetValue<string>().ShouldBe("scale_out");
        rebuilt["quantity"]!.GetValue<string>().ShouldBe("9");
        rebuilt["covered"]!.GetValue<string>().ShouldBe($"{9 - first.Terms.Quantity:0}");
        reply.Json["unmanaged"]!.AsArray().ShouldBeEmpty();
        await other.MinutesAsync(3);
        var working = await WorkingOrdersAsync(other, "ACME");
        resting.ShouldBeSubsetOf(await WorkingAsync(other));
        working.Sum(order => order.Terms.Quantity).ShouldBe(9);
        working.ShouldAllBe(order => order.Terms.StopPrice == first.Terms.StopPrice);
        if (isDefined)
        {
            working.ShouldContain(order => order.Terms.LimitPrice == first.Terms.LimitPrice);
        }

        await IsInOrderAsync(other);
    }

    [Fact]
    public async Task The_levels_of_a_grid_that_was_imported_before_are_read_from_its_orders_and_it_buys_each_once()
    {
        var grid = await ClimbAsync();
        var before = await LevelsAsync(_app);
        await using var other = await LoseStorageAsync();
        await other.SendAsync("PUT", "engine/kill-switch", """{"on":true,"reason":"not yet"}""");
        await other.CreateAsync(grid);
        var sells = await SellsAsync(other);

        var reply = (await other.PostAsync("rebuild")).ShouldBe(HttpStatusCode.OK);
        reply.Json["strategies"]!.AsArray().ShouldHaveSingleItem()!["strategy_type"]!.GetValue<string>().ShouldBe("grid");
        (await LevelsAsync(other)).ShouldBe(before);
        reply.Json["unmanaged"]!.AsArray().ShouldBeEmpty();
        await other.SendAsync("PUT", "engine/kill-switch", """{"on":false}""");
        await other.MinutesAsync(4);
        await IsInOrderAsync(other);
        // Per level what is held and what is bid for is one lot, as if nothing had happened.
        var orders = (await WorkingOrdersAsync(other, "DUNE")).ToList();
        orders
            .GroupBy(order => (order.Terms.Side, order.Terms.LimitPrice))
            .ShouldAllBe(level => level.Sum(order => order.Terms.Quantity - order.FilledQuantity) <= 5);
        (await SellsAsync(other)).Intersect(sells, StringComparer.Ordinal).ShouldNotBeEmpty();
    }

    // What a buy leaves that fills while nothing runs: shares at a level without a sell.
    [Fact]
    public async Task A_grid_with_shares_that_no_order_sells_is_paused_and_does_not_buy_them_again()
    {
        var grid = await ClimbAsync();
        await using var other = await LoseStorageAsync();
        await other.SendAsync("PUT", "engine/kill-switch", """{"on":true,"reason":"not yet"}""");
        await other.CreateAsync(grid);
        var broker = other.Get<IBroker>();
        foreach (var sell in (await WorkingOrdersAsync(other, "DUNE")).Where(order => order.Terms.Side == OrderSide.Sell))
        {
            await broker.CancelAsync(sell.Id, CancellationToken.None);
        }

        var held = await PositionAsync(other, "DUNE");
        var reply = (await other.PostAsync("rebuild")).ShouldBe(HttpStatusCode.OK);
        reply.Json["strategies"]!.AsArray().ShouldHaveSingleItem()!["quantity"]!.GetValue<string>().ShouldBe("0");
        reply.Json["unmanaged"]!.AsArray().ShouldHaveSingleItem()!["symbol"]!.GetValue<string>().ShouldBe("DUNE");
        reply.Json["unknown"]!
            .AsArray()
            .ShouldContain(it => it!.GetValue<string>().StartsWith("ladder is paused", StringComparison.Ordinal));

        await other.SendAsync("PUT", "engine/kill-switch", """{"on":false}""");
        await other.MinutesAsync(4);
        (await other.GetAsync("strategies/ladder")).Json["pause_reason"]!.GetValue<string>().ShouldContain("unmanaged DUNE");
        (await WorkingOrdersAsync(other, "DUNE")).ShouldBeEmpty();
        (await PositionAsync(other, "DUNE")).ShouldBe(held);
    }

    [Fact]
    public async Task The_levels_of_a_grid_are_not_guessed_without_its_definition()
    {
        await ClimbAsync();
        await using var other = await LoseStorageAsync();
        var sells = await SellsAsync(other);
        var reply = (await other.PostAsync("rebuild")).ShouldBe(HttpStatusCode.OK);
        reply.Json["strategies"]!.AsArray().ShouldBeEmpty();
        reply.Json["unmanaged"]!.AsArray().ShouldHaveSingleItem()!["symbol"]!.GetValue<string>().ShouldBe("DUNE");
        reply.Json["unknown"]!.AsArray().ShouldContain(it => it!.GetValue<string>().StartsWith("ladder ", StringComparison.Ordinal));
        (await SellsAsync(other)).ShouldBe(sells);
    }

    [Fact]
    public async Task Records_that_are_here_are_not_rebuilt_over_and_a_dry_run_changes_nothing()
    {
        await TradeAsync();
        var before = await _app.DumpAsync();
        (await _app.PostAsync("rebuild")).ShouldBe(HttpStatusCode.Conflict, "NOT_LOST");
        (await _app.DumpAsync()).ShouldBe(before);

        await using var other = await LoseStorageAsync();
        await other.MinutesAsync(1);
        before = await other.DumpAsync();
        var reply = (await other.PostAsync("rebuild?dry_run=true")).ShouldBe(HttpStatusCode.OK);
        reply.Json["strategies"]!.AsArray().Count.ShouldBe(2);
        reply.Json["dry_run"]!.GetValue<bool>().ShouldBeTrue();
        (await other.DumpAsync()).ShouldBe(before);
    }

    [Fact]
    public async Task A_rebuild_that_ends_anywhere_is_not_traded_on_and_is_done_again()
    {
        await TradeAsync();
        var at = _app.Now;
        for (var write = 0; ; write++)
        {
            var faults = new WriteFaults();
            var tables = await PaperAloneAsync();
            var storage = new TestStorage { Tables = tables.Through(faults.Before) };
            await using var other = await TestApp.StartAsync(storage, at, _ => { });
            var working = await WorkingAsync(other);
            faults.Left = write;
            var first = await other.PostAsync("rebuild");
            faults.Left = -1;
            await other.MinutesAsync(2);
            (await WorkingAsync(other)).ShouldBe(working);
            if (first.Status == HttpStatusCode.OK)
            {
                write.ShouldBeGreaterThan(3);
                break;
            }

            first.ShouldBe(HttpStatusCode.ServiceUnavailable, "STORAGE_UNAVAILABLE");
            var again = await other.PostAsync("rebuild");
            again.Status.ShouldBeOneOf(HttpStatusCode.OK, HttpStatusCode.Conflict);
            (await other.GetAsync("audit")).Json["items"]!
                .AsArray()
                .Count(it => it!["action"]!.GetValue<string>() == "rebuild")
                .ShouldBe(1);
            await other.MinutesAsync(2);
            (await WorkingAsync(other)).ShouldBe(working);
            (await other.GetAsync("strategies/acme")).Json["phase"]!.GetValue<string>().ShouldBe("position_open");
            (await other.GetAsync("engine/kill-switch")).Json["on"]!.GetValue<bool>().ShouldBeTrue();
            await IsInOrderAsync(other);
        }
    }

    private const string Acme = """{"id":"acme","symbol":"ACME","strategy_type":"trailing_stop","trailing_stop_pct":"2","quantity":5}""";

    private const string ScaleOut = """{"id":"ladder","symbol":"ACME","strategy_type":"scale_out","quantity":9,"stop_loss_pct":"5"}""";

    // Narrow, so that the price walks over levels within minutes.
    private static string Grid(decimal mid) =>
        string.Create(
            System.Globalization.CultureInfo.InvariantCulture,
            $$"""
            {"id":"ladder","symbol":"DUNE","strategy_type":"grid",
            "grid_config":{"low":"{{Math.Round(mid * 0.96m, 2)}}","high":"{{Math.Round(mid * 1.04m, 2)}}","levels":17,"qty_per_level":5} }
            """
        );

    // A grid around the price, traded until it holds shares.
    private async Task<string> ClimbAsync()
    {
        var mid = (await _app.GetAsync("quotes/DUNE")).Json["mid"]!.GetValue<string>();
        var grid = Grid(decimal.Parse(mid, System.Globalization.CultureInfo.InvariantCulture));
        await _app.CreateAsync(grid);
        for (var minutes = 0; minutes < 300 && await PositionAsync(_app, "DUNE") == 0; minutes += 5)
        {
            await _app.MinutesAsync(5);
        }

        (await PositionAsync(_app, "DUNE")).ShouldBeGreaterThan(
            0,
            (await _app.GetAsync("strategies/ladder")).Text + (await _app.GetAsync("orders")).Text + (await _app.GetAsync("engine")).Text
        );
        return grid;
    }

    private static async Task<string> LevelsAsync(TestApp app) =>
        string.Join(
            ' ',
            (await app.Get<ITradingStore>().ReadAsync<Strategy>("paper", TradingKey.Strategy("ladder"), CancellationToken.None))!
                .Value.Slots.Concat(Enumerable.Repeat(0m, 20))
                .Take(20)
        );

    private static async Task<List<string>> SellsAsync(TestApp app) =>
        [.. (await WorkingAsync(app)).Where(order => order.Contains(" sell ", StringComparison.Ordinal))];

    // One with a trailing stop at the broker, one with an OCO.
    private async Task TradeAsync()
    {
        await _app.CreateAsync(Acme);
        await _app.CreateAsync(
            """{"id":"bolt","symbol":"BOLT","strategy_type":"bracket","take_profit_pct":"20","stop_loss_pct":"10","quantity":4}"""
        );
        await _app.MinutesAsync(4);
        (await PositionAsync(_app, "ACME")).ShouldBe(5);
        (await PositionAsync(_app, "BOLT")).ShouldBe(4);
    }

    private async Task<TestApp> ThirdAsync()
    {
        await using var second = await TestApp.StartAsync();
        (
            await second.PostAsync("orders", """{"symbol":"CRUX","side":"buy","qty":2}""", ("Idempotency-Key", "by-hand"))
        ).Status.ShouldBeOneOf(HttpStatusCode.OK, HttpStatusCode.Created, HttpStatusCode.Accepted);
        await second.MinutesAsync(3);
        (await PositionAsync(second, "CRUX")).ShouldBe(2);
        var tables = new MemoryTables();
        await CopyPaperAsync(second, tables);
        return await TestApp.StartAsync(new() { Tables = tables }, second.Now, _ => { });
    }

    // The broker's account goes on; all else is gone.
    private async Task<TestApp> LoseStorageAsync()
    {
        var at = _app.Now;
        return await TestApp.StartAsync(new() { Tables = await PaperAloneAsync() }, at, _ => { });
    }

    private async Task<MemoryTables> PaperAloneAsync()
    {
        var tables = new MemoryTables();
        await CopyPaperAsync(_app, tables);
        return tables;
    }

    private static async Task CopyPaperAsync(TestApp from, MemoryTables to)
    {
        var all = await from.Get<IEntityTables>().Table("Paper").AllAsync(new(KeyRange.All, KeyRange.All), CancellationToken.None);
        foreach (var row in all)
        {
            await to.Table("Paper").WriteAsync(new(row.PartitionKey, [EntityWrite.Upsert(row.RowKey, row)]), CancellationToken.None);
        }
    }

    private static async Task<decimal> PositionAsync(TestApp app, string symbol) =>
        (await app.Get<IBroker>().GetPositionsAsync(CancellationToken.None)).SingleOrDefault(it => it.Symbol == symbol)?.Quantity ?? 0;

    private static async Task<List<BrokerOrder>> WorkingOrdersAsync(TestApp app, string symbol) =>
        [
            .. (await app.Get<IBroker>().GetOrdersAsync(app.Now.AddDays(1), CancellationToken.None)).Where(it =>
                it.EndedAt is null && it.Terms.Symbol == symbol
            ),
        ];

    private static async Task<List<string>> WorkingAsync(TestApp app) =>
        [
            .. (await app.Get<IBroker>().GetOrdersAsync(app.Now.AddDays(1), CancellationToken.None))
                .Where(it => it.EndedAt is null)
                .Select(it => $"{it.ClientOrderId} {WireNames.Of(it.Terms)}")
                .Order(StringComparer.Ordinal),
        ];

    // Books and broker agree, nothing is uncovered, nothing needs anyone's eye.
    private static async Task IsInOrderAsync(TestApp app)
    {
        var engine = (await app.GetAsync("engine")).Json;
        engine["attention"]!.AsArray().Select(it => it!["message"]!.GetValue<string>()).ShouldBeEmpty();
        (await app.GetAsync("health")).Json["status"]!.GetValue<string>().ShouldBe("ok");
        var snapshot = await app.Get<ITradingStore>().LoadAsync("paper", CancellationToken.None);
        foreach (var strategy in snapshot.Strategies.Select(row => row.Value).Where(it => it.Holding.Quantity > 0))
        {
            Exposure
                .Of(strategy, [.. snapshot.Orders.Select(row => row.Value).Where(order => order.StrategyId == strategy.Id)])
                .Uncovered.ShouldBe(0, strategy.Id);
        }
    }
}
