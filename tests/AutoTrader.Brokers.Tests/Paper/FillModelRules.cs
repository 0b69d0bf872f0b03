using AutoTrader.Core.Orders;
using static AutoTrader.Brokers.Tests.World;

namespace AutoTrader.Brokers.Tests.Paper;

/// <summary>The fill model's settings, each off by default.</summary>
public sealed class FillModelRules
{
    [Fact]
    public async Task A_volume_share_fills_an_order_in_parts_each_with_its_own_execution()
    {
        using var world = new World(new() { Fill = new() { VolumeSharePct = 10 } });
        world.Bar(0, 100, 100, 100, 100, volume: 49);
        world.Bar(1, 101, 101, 101, 101, volume: 9);
        world.Bar(2, 102, 102, 102, 102, volume: 1000);
        await world.SendAsync("a", Buy(10));
        world.At(1);
        var order = await world.OrderAsync("a");
        (order.Status, order.FilledQuantity).ShouldBe(("partially_filled", 4));
        world.Restart();
        world.At(3);
        order = await world.OrderAsync("a");
        (order.Status, order.FilledQuantity, order.AverageFillPrice).ShouldBe(("filled", 10, ((4 * 100m) + (6 * 102)) / 10));
        var executions = await world.ExecutionsAsync();
        executions.Select(execution => (execution.Quantity, execution.Price)).ShouldBe([(4, 100), (6, 102)]);
        executions.Select(execution => execution.Id).ShouldBe([$"{order.Id}-1", $"{order.Id}-2"]);
    }

    [Fact]
    public async Task A_partial_take_profit_shrinks_the_stop()
    {
        using var world = new World(new() { Fill = new() { VolumeSharePct = 1 } });
        world.Bar(0, 100, 100, 100, 100, volume: 10_000);
        await world.SendAsync("hold", Buy(10));
        world.At(1);
        await world.SendAsync("a", Oco(10, 110, 95));
        world.Bar(1, 111, 111, 111, 111, volume: 300);
        world.At(2);
        var order = await world.OrderAsync("a");
        (order.Status, order.FilledQuantity, order.StopLeg!.Terms.Quantity).ShouldBe(("partially_filled", 3, 7));
        world.Bar(2, 94, 94, 94, 94, volume: 500);
        world.At(3);
        order = await world.OrderAsync("a");
        (order.Status, order.StopLeg!.Status, order.StopLeg.FilledQuantity, order.EndedAt).ShouldBe(
            ("canceled", "partially_filled", 5, null)
        );
        world.Bar(3, 99, 99, 99, 99, volume: 500);
        world.At(4);
        order = await world.OrderAsync("a");
        (order.StopLeg!.Status, order.FilledQuantity + order.StopLeg.FilledQuantity).ShouldBe(("filled", 10));
        (await world.SharesAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task A_stop_that_triggered_in_a_bar_without_volume_sells_in_the_next()
    {
        using var world = new World(new() { Fill = new() { VolumeSharePct = 100 } });
        await world.HoldAsync(10);
        await world.SendAsync("a", Stop(10, 95));
        world.Bar(1, 94, 94, 94, 94, volume: 0);
        world.Bar(2, 99, 99, 99, 99, volume: 1000);
        world.At(2);
        (await world.OrderAsync("a")).Status.ShouldBe("new");
        world.Restart();
        world.At(3);
        (await world.OrderAsync("a")).AverageFillPrice.ShouldBe(99);
    }

    [Fact]
    public async Task Slippage_makes_market_and_stop_fills_worse_within_the_bar_and_leaves_limits_alone()
    {
        using var world = new World(new() { Fill = new() { SlippagePct = 1 } });
        world.Bar(0, 100, 102, 99, 100);
        await world.SendAsync("buy", Buy(20));
        world.At(1);
        (await world.OrderAsync("buy")).AverageFillPrice.ShouldBe(101);
        await world.SendAsync("limit", Sell(10, 105));
        await world.SendAsync("stop", Stop(10, 95));
        world.Bar(1, 100, 106, 94.5m, 100);
        world.At(2);
        (await world.OrderAsync("limit")).AverageFillPrice.ShouldBe(105);
        (await world.OrderAsync("stop")).AverageFillPrice.ShouldBe(94.5m);
    }

    [Fact]
    public async Task Commission_is_in_the_execution_to_the_cent_and_explains_the_cash()
    {
        using var world = new World(new() { Fill = new() { CommissionPerShare = 0.005m } });
        world.Flat(0, 100);
        await world.SendAsync("a", Buy(7));
        world.At(1);
        var execution = (await world.ExecutionsAsync()).ShouldHaveSingleItem();
        execution.Fee.ShouldBe(0.04m);
        (await world.Broker.GetAccountAsync(default)).Cash.ShouldBe(100_000 - 700 - 0.04m);
    }

    [Fact]
    public async Task Regulators_take_of_sales_only_each_rounded_up_to_the_cent()
    {
        using var world = new World(
            new()
            {
                Fill = new() { SecFeePerMillion = 27.80m, TafPerShare = 0.000166m },
            }
        );
        world.Flat(0, 100);
        await world.SendAsync("a", Buy(70));
        world.At(1);
        (await world.ExecutionsAsync()).ShouldHaveSingleItem().Fee.ShouldBe(0);
        world.Flat(1, 100);
        await world.SendAsync("b", Sell(70));
        world.At(2);
        // 7,000 dollars: 0.1946; 70 shares: 0.01162.
        (await world.ExecutionsAsync()).Single(it => it.Side == OrderSide.Sell).Fee.ShouldBe(0.22m);
        (await world.Broker.GetAccountAsync(default)).Cash.ShouldBe(100_000 - 0.22m);
    }

    [Fact]
    public async Task A_buy_that_opened_above_the_cash_buys_what_the_cash_buys()
    {
        using var world = new World(new() { InitialCash = 1000 }, start: Today.Open.AddHours(-1));
        await world.SendAsync("a", Buy(10));
        world.Flat(0, 120);
        world.At(1);
        var order = await world.OrderAsync("a");
        (order.Status, order.FilledQuantity).ShouldBe(("canceled", 8));
        (await world.Broker.GetAccountAsync(default)).Cash.ShouldBe(40);
    }

    [Fact]
    public async Task Fill_or_kill_fills_wholly_or_not_at_all_and_immediate_or_cancel_what_it_can()
    {
        using var world = new World(new() { Fill = new() { VolumeSharePct = 1 } });
        world.Bar(0, 100, 100, 100, 100, volume: 500);
        await world.SendAsync("fok", Buy(10, 100, TimeInForce.Fok));
        await world.SendAsync("ioc", Buy(10, 100, TimeInForce.Ioc));
        await world.SendAsync("away", Buy(1, 99, TimeInForce.Ioc));
        world.At(1);
        (await world.OrderAsync("fok")).ShouldSatisfyAllConditions(
            order => order.Status.ShouldBe("canceled"),
            order => order.FilledQuantity.ShouldBe(0)
        );
        (await world.OrderAsync("ioc")).ShouldSatisfyAllConditions(
            order => order.Status.ShouldBe("canceled"),
            order => order.FilledQuantity.ShouldBe(5)
        );
        (await world.OrderAsync("away")).Status.ShouldBe("canceled");
    }
}
