using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports.Brokerage;
using static AutoTrader.Brokers.Tests.World;

namespace AutoTrader.Brokers.Tests.Paper;

/// <summary>docs/trading-rules.md, "Fills in bars": how orders fill in bars.</summary>
public sealed class BarRules : WorldTest
{
    [Fact]
    public async Task A_bar_is_known_at_its_end_and_not_before()
    {
        _world.Flat(0, 100);
        await _world.SendAsync("a", Buy(1));
        _world.At(0, 59);
        (await _world.OrderAsync("a")).Status.ShouldBe("new");
        _world.At(1);
        (await _world.OrderAsync("a")).Status.ShouldBe("filled");
    }

    [Fact]
    public async Task An_order_fills_only_in_bars_that_began_when_it_was_there()
    {
        _world.Flat(0, 100);
        _world.Flat(1, 101);
        _world.At(0, 1);
        await _world.SendAsync("a", Buy(1));
        _world.At(1);
        (await _world.OrderAsync("a")).Status.ShouldBe("new");
        _world.At(2);
        var order = await _world.OrderAsync("a");
        (order.Status, order.AverageFillPrice).ShouldBe(("filled", 101));
    }

    [Fact]
    public async Task An_execution_is_stamped_with_the_end_of_its_bar()
    {
        _world.Flat(0, 100);
        await _world.SendAsync("a", Buy(1));
        _world.At(30);
        (await _world.ExecutionsAsync()).ShouldHaveSingleItem().At.ShouldBe(Minute(1));
        (await _world.OrderAsync("a")).EndedAt.ShouldBe(Minute(1));
    }

    [Theory]
    [InlineData(94.0, 95.0, 93.0, 94.0)] // gapped below: at the open
    [InlineData(95.0, 96.0, 95.0, 95.0)] // at the stop: at the open
    [InlineData(98.0, 99.0, 95.0, 95.0)] // touched inside
    [InlineData(98.0, 99.0, 94.5, 95.0)] // traded through inside
    public async Task A_stop_fills_at_the_open_when_that_is_beyond_it_else_at_its_price_when_touched(
        double open,
        double high,
        double low,
        double fill
    )
    {
        await _world.HoldAsync(10);
        await _world.SendAsync("a", Stop(10, 95));
        _world.Bar(1, (decimal)open, (decimal)high, (decimal)low, (decimal)low);
        _world.At(2);
        (await _world.OrderAsync("a")).AverageFillPrice.ShouldBe((decimal)fill);
        (await _world.SharesAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task A_stop_that_is_not_touched_rests()
    {
        await _world.HoldAsync(10);
        await _world.SendAsync("a", Stop(10, 95));
        _world.Bar(1, 98, 99, 95.01m, 96);
        _world.At(2);
        (await _world.OrderAsync("a")).Status.ShouldBe("new");
    }

    [Theory]
    [InlineData(112.0, 113.0, 111.0, 112.0)] // gapped above: at the open
    [InlineData(110.0, 110.0, 109.0, 110.0)] // opened at it
    [InlineData(108.0, 110.01, 107.0, 110.0)] // traded through
    public async Task A_sell_limit_fills_at_a_better_open_else_at_its_price_when_traded_through(
        double open,
        double high,
        double low,
        double fill
    )
    {
        await _world.HoldAsync(10);
        await _world.SendAsync("a", Sell(10, 110));
        _world.Bar(1, (decimal)open, (decimal)high, (decimal)low, (decimal)open);
        _world.At(2);
        (await _world.OrderAsync("a")).AverageFillPrice.ShouldBe((decimal)fill);
    }

    [Fact]
    public async Task A_limit_that_is_only_touched_rests()
    {
        await _world.HoldAsync(10);
        await _world.SendAsync("sell", Sell(10, 110));
        await _world.SendAsync("buy", Buy(10, 90));
        _world.Bar(1, 100, 110, 90, 100);
        _world.At(2);
        (await _world.OrderAsync("sell")).FilledQuantity.ShouldBe(0);
        (await _world.OrderAsync("buy")).FilledQuantity.ShouldBe(0);
    }

    [Theory]
    [InlineData(89.0, 89.0)]
    [InlineData(95.0, 90.0)]
    public async Task A_buy_limit_fills_at_a_better_open_else_at_its_price_when_traded_through(double open, double fill)
    {
        await _world.SendAsync("a", Buy(10, 90));
        _world.Bar(0, (decimal)open, 96, 88, 90);
        _world.At(1);
        (await _world.OrderAsync("a")).AverageFillPrice.ShouldBe((decimal)fill);
    }

    [Fact]
    public async Task Of_an_OCO_with_both_legs_touched_the_stop_fills()
    {
        await _world.HoldAsync(10);
        await _world.SendAsync("a", Oco(10, 110, 95));
        _world.Bar(1, 100, 111, 94, 105);
        _world.At(2);
        var order = await _world.OrderAsync("a");
        (order.FilledQuantity, order.StopLeg!.FilledQuantity, order.StopLeg.AverageFillPrice).ShouldBe((0, 10, 95));
    }

    [Theory]
    [InlineData(112.0, "filled", "canceled", 112.0)]
    [InlineData(94.0, "canceled", "filled", 94.0)]
    public async Task An_OCO_that_opens_beyond_a_leg_fills_it_at_the_open(double open, string limit, string stop, double fill)
    {
        await _world.HoldAsync(10);
        await _world.SendAsync("a", Oco(10, 110, 95));
        _world.Bar(1, (decimal)open, 120, 90, 100);
        _world.At(2);
        var order = await _world.OrderAsync("a");
        (order.Status, order.StopLeg!.Status).ShouldBe((limit, stop));
        (order.AverageFillPrice ?? order.StopLeg.AverageFillPrice).ShouldBe((decimal)fill);
    }

    [Fact]
    public async Task An_OCO_whose_target_is_traded_through_fills_it_and_cancels_the_stop()
    {
        await _world.HoldAsync(10);
        await _world.SendAsync("a", Oco(10, 110, 95));
        (await _world.OrderAsync("a")).StopLeg!.Status.ShouldBe("held");
        _world.Bar(1, 105, 111, 104, 106);
        _world.At(2);
        var order = await _world.OrderAsync("a");
        (order.Status, order.AverageFillPrice, order.StopLeg!.Status).ShouldBe(("filled", 110, "canceled"));
        (await _world.SharesAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task A_trailing_stop_tests_the_low_against_the_previous_stop_before_the_high_raises_it()
    {
        await _world.HoldAsync(10);
        await _world.SendAsync("a", Trailing(10, 5));
        // The new stop of 104.50 lies above the low, but the low came against the stop of 95.
        _world.Bar(1, 100, 110, 95.5m, 108);
        _world.At(2);
        var order = await _world.OrderAsync("a");
        (order.Status, order.HighWatermark, order.StopPrice).ShouldBe(("new", 110, 104.5m));
        _world.Bar(2, 108, 109, 104.5m, 105);
        _world.At(3);
        (await _world.OrderAsync("a")).AverageFillPrice.ShouldBe(104.5m);
    }

    [Theory]
    [InlineData(104)]
    [InlineData(104.5)]
    public async Task A_trailing_stop_whose_bar_closes_at_or_below_the_raised_stop_fills_there(double close)
    {
        await _world.HoldAsync(10);
        await _world.SendAsync("a", Trailing(10, 5));
        _world.Bar(1, 100, 110, 96, (decimal)close);
        _world.At(2);
        (await _world.OrderAsync("a")).AverageFillPrice.ShouldBe(104.5m);
    }

    [Theory]
    [InlineData(94.0, 94.0)]
    [InlineData(98.0, 95.0)]
    public async Task A_trailing_stop_fills_at_an_open_beyond_it_else_at_the_previous_stop(double open, double fill)
    {
        await _world.HoldAsync(10);
        await _world.SendAsync("a", Trailing(10, 5));
        _world.Bar(1, (decimal)open, 120, 90, 119);
        _world.At(2);
        (await _world.OrderAsync("a")).AverageFillPrice.ShouldBe((decimal)fill);
    }

    [Fact]
    public async Task A_stop_that_trails_never_falls()
    {
        await _world.HoldAsync(10);
        await _world.SendAsync("a", Trailing(10, 5));
        _world.Bar(1, 100, 104, 100, 103);
        _world.Bar(2, 103, 103, 99, 99);
        _world.At(3);
        (await _world.OrderAsync("a")).StopPrice.ShouldBe(98.8m);
    }

    [Fact]
    public async Task A_market_order_fills_at_the_next_open_plus_half_a_spread()
    {
        using var world = new World(new() { Fill = new() { SpreadPct = 1 } });
        world.Bar(0, 100, 102, 98, 101);
        world.Bar(1, 100, 102, 98, 101);
        await world.SendAsync("buy", Buy(10));
        world.At(1);
        await world.SendAsync("sell", Sell(10));
        world.At(2);
        (await world.OrderAsync("buy")).AverageFillPrice.ShouldBe(100.5m);
        (await world.OrderAsync("sell")).AverageFillPrice.ShouldBe(99.5m);
    }

    [Fact]
    public async Task A_market_order_never_fills_outside_the_range_of_its_bar()
    {
        using var world = new World(new() { Fill = new() { SpreadPct = 10 } });
        world.Bar(0, 100, 100.2m, 98, 99);
        world.Bar(1, 100, 101, 99.9m, 100);
        await world.SendAsync("buy", Buy(10));
        world.At(1);
        await world.SendAsync("sell", Sell(10));
        world.At(2);
        (await world.OrderAsync("buy")).AverageFillPrice.ShouldBe(100.2m);
        (await world.OrderAsync("sell")).AverageFillPrice.ShouldBe(99.9m);
    }

    [Fact]
    public async Task A_stop_limit_that_gapped_past_its_limit_rests_at_the_limit()
    {
        await _world.HoldAsync(10);
        await _world.SendAsync("a", Stop(10, 95) with { Type = OrderType.StopLimit, LimitPrice = 94 });
        _world.Bar(1, 92, 93, 91, 92);
        _world.At(2);
        (await _world.OrderAsync("a")).FilledQuantity.ShouldBe(0);
        _world.Restart();
        _world.Bar(2, 92, 94.5m, 92, 94.5m);
        _world.At(3);
        (await _world.OrderAsync("a")).AverageFillPrice.ShouldBe(94);
    }

    [Fact]
    public async Task After_downtime_the_bars_since_the_last_look_are_played_in_order()
    {
        await _world.HoldAsync(10);
        await _world.SendAsync("a", Oco(10, 110, 95));
        _world.Bar(1, 100, 101, 99, 100);
        _world.Bar(2, 105, 111, 104, 110); // the target comes first
        _world.Bar(3, 96, 96, 90, 90); // then the stop would have
        _world.Restart();
        _world.At(World.Today.Close.AddDays(3));
        var order = await _world.OrderAsync("a");
        (order.Status, order.AverageFillPrice, order.EndedAt).ShouldBe(("filled", 110, Minute(3)));
    }

    [Fact]
    public async Task Bars_of_several_symbols_are_played_by_time_and_an_earlier_buy_takes_the_cash()
    {
        using var world = new World(new() { InitialCash = 1000 });
        world.Close("BBB", 50);
        world.Flat(5, 100, "AAA");
        world.Flat(2, 50, "BBB");
        await world.SendAsync("late", Buy(5));
        await world.SendAsync("early", Buy(10, symbol: "BBB"));
        world.At(10);
        (await world.ExecutionsAsync()).Select(execution => execution.Symbol).ShouldBe(["BBB", "AAA"]);
    }

    [Fact]
    public async Task A_daily_bar_is_played_when_its_session_has_ended()
    {
        _world.Add("DAY", Today.Open, 50, 55, 45, 52, length: Today.Close - Today.Open);
        await _world.SendAsync("a", Buy(1, symbol: "DAY"));
        _world.At(200);
        (await _world.OrderAsync("a")).Status.ShouldBe("new");
        _world.At(Today.Close);
        var order = await _world.OrderAsync("a");
        (order.Status, order.AverageFillPrice).ShouldBe(("filled", 50));
    }

    [Fact]
    public async Task With_live_data_a_bar_that_is_not_there_yet_is_waited_for()
    {
        using var world = new World(new() { BarDelay = TimeSpan.FromSeconds(20) });
        await world.SendAsync("a", Buy(1));
        world.At(1, 10);
        (await world.OrderAsync("a")).Status.ShouldBe("new");
        world.Flat(0, 100);
        world.At(1, 20);
        (await world.OrderAsync("a")).Status.ShouldBe("filled");
    }

    [Fact]
    public async Task A_position_shows_the_average_cost_and_selling_does_not_change_it()
    {
        _world.Flat(0, 100);
        _world.Flat(1, 110);
        _world.Flat(2, 120);
        await _world.SendAsync("a", Buy(10));
        _world.At(1);
        await _world.SendAsync("b", Buy(10));
        _world.At(2);
        await _world.SendAsync("c", Sell(5));
        _world.At(3);
        var position = (await _world.Broker.GetPositionsAsync(default)).ShouldHaveSingleItem();
        position.ShouldBe(new BrokerPosition("AAA", 15, 15, 105, 120));
    }
}
