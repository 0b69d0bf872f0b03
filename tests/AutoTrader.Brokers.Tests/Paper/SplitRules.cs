using AutoTrader.Brokers.Paper;
using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using static AutoTrader.Brokers.Tests.World;

namespace AutoTrader.Brokers.Tests.Paper;

/// <summary>Both split behaviors, at the open of the ex-date.</summary>
public sealed class SplitRules
{
    private static readonly Session ExDate = TradingCalendar.Nyse.NextSession(Today.Open);

    [Fact]
    public async Task A_forward_split_scales_the_position_at_the_open_and_only_then()
    {
        using var world = await HeldAsync(SplitBehavior.Alpaca, 7, 1);
        world.At(ExDate.Open.AddTicks(-1));
        (await world.SharesAsync()).ShouldBe(20);
        world.At(ExDate.Open);
        var position = (await world.Broker.GetPositionsAsync(default)).ShouldHaveSingleItem();
        (position.Quantity, position.AverageEntryPrice).ShouldBe((140, 700m / 7));
        position.CurrentPrice.ShouldBe(100);
        world.Restart();
        world.At(ExDate.Close);
        (await world.SharesAsync()).ShouldBe(140);
    }

    [Fact]
    public async Task A_forward_split_adjusts_good_till_canceled_buy_limits_and_sell_stops_only()
    {
        using var world = await HeldAsync(SplitBehavior.Alpaca, 7, 1);
        await world.SendAsync("limit buy", Buy(10, 500, TimeInForce.Gtc));
        await world.SendAsync("oco", Oco(4, 800, 600));
        await world.SendAsync("trailing", Trailing(4, 5));
        await world.SendAsync("limit sell", Sell(4, 800, TimeInForce.Gtc));
        world.At(ExDate.Open);
        (await world.OrderAsync("limit buy")).Terms.ShouldBe(Buy(70, 71.42m, TimeInForce.Gtc));
        (await world.OrderAsync("oco")).Terms.ShouldBe(Oco(4, 800, 600));
        (await world.OrderAsync("trailing")).StopPrice.ShouldBe(665);
        (await world.OrderAsync("limit sell")).Terms.ShouldBe(Sell(4, 800, TimeInForce.Gtc));
    }

    [Fact]
    public async Task A_forward_split_adjusts_a_stop_and_it_protects_at_the_new_price()
    {
        using var world = await HeldAsync(SplitBehavior.Alpaca, 7, 1);
        await world.SendAsync("stop", Stop(20, 665));
        world.Add("AAA", ExDate.Open, 100, 101, 95.5m, 96);
        world.Add("AAA", ExDate.Open.AddMinutes(1), 96, 96, 94, 94);
        world.At(ExDate.Open.AddMinutes(1));
        var order = await world.OrderAsync("stop");
        (order.Terms.Quantity, order.StopPrice, order.FilledQuantity).ShouldBe((140, 95, 0));
        world.At(ExDate.Open.AddMinutes(2));
        (await world.OrderAsync("stop")).AverageFillPrice.ShouldBe(95);
        (await world.SharesAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task A_reverse_split_cancels_all_good_till_canceled_orders()
    {
        using var world = await HeldAsync(SplitBehavior.Alpaca, 1, 10);
        await world.SendAsync("oco", Oco(10, 800, 600));
        await world.SendAsync("stop", Stop(10, 600));
        world.At(ExDate.Open);
        foreach (var id in new[] { "oco", "stop" })
        {
            var order = await world.OrderAsync(id);
            (order.Status, order.EndedAt).ShouldBe(("canceled", ExDate.Open));
        }

        (await world.SharesAsync()).ShouldBe(2);
    }

    [Fact]
    public async Task A_day_sell_over_shares_that_a_reverse_split_took_never_goes_short()
    {
        using var world = await HeldAsync(SplitBehavior.Alpaca, 1, 8);
        world.At(Today.Close.AddHours(1));
        await world.SendAsync("a", Sell(20));
        world.Add("AAA", ExDate.Open, 5600, 5600, 5600, 5600);
        world.At(ExDate.Open.AddMinutes(1));
        var order = await world.OrderAsync("a");
        (order.Status, order.FilledQuantity).ShouldBe(("canceled", 2));
        (await world.SharesAsync()).ShouldBe(0.5m);
    }

    [Fact]
    public async Task Where_splits_are_ignored_positions_and_orders_stay_as_they_are()
    {
        using var world = await HeldAsync(SplitBehavior.Ignored, 7, 1);
        await world.SendAsync("stop", Stop(20, 665));
        world.At(ExDate.Open);
        (await world.SharesAsync()).ShouldBe(20);
        (await world.OrderAsync("stop")).StopPrice.ShouldBe(665);
    }

    [Fact]
    public async Task A_trailing_stop_sent_before_the_first_bar_of_the_ex_date_starts_at_the_adjusted_close()
    {
        using var world = await HeldAsync(SplitBehavior.Alpaca, 7, 1);
        world.At(ExDate.Open);
        (await world.SendAsync("a", Trailing(140, 5))).HighWatermark.ShouldBe(100);
    }

    [Fact]
    public async Task A_split_is_applied_once_when_the_process_dies_around_it()
    {
        for (var call = 0; call < 12; call++)
        {
            using var world = await HeldAsync(SplitBehavior.Alpaca, 2, 1);
            await world.SendAsync("stop", Stop(20, 600));
            var store = (TestPaperStore)world.Store;
            (store.DiesAt, store.DiesAfter) = (store.Calls + (call / 2), call % 2 == 1);
            world.At(ExDate.Open.AddMinutes(5));
            try
            {
                await world.SharesAsync();
            }
            catch (ProcessDiedException)
            {
                world.Restart();
            }

            store.DiesAt = null;
            (await world.SharesAsync()).ShouldBe(40);
            (await world.OrderAsync("stop")).Terms.ShouldBe(Stop(40, 300));
        }
    }

    private static async Task<World> HeldAsync(SplitBehavior behavior, int numerator, int denominator)
    {
        var world = new World(new() { SplitBehavior = behavior });
        world.Splits.Add(new("AAA", ExDate.Day, numerator, denominator));
        await world.HoldAsync(20, 700);
        return world;
    }
}
