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
    public async Task A_forward_split_scales_the_position_with_the_first_bar_that_shows_it_and_only_then()
    {
        using var world = await HeldAsync(SplitBehavior.Alpaca, 7, 1);
        world.At(First.AddTicks(-1));
        (await world.SharesAsync()).ShouldBe(20);
        (await EquityAsync(world)).ShouldBe(100_000, "shares and price belong together");
        world.At(First);
        var position = (await world.Broker.GetPositionsAsync(default)).ShouldHaveSingleItem();
        (position.Quantity, position.AverageEntryPrice).ShouldBe((140, 700m / 7));
        position.CurrentPrice.ShouldBe(100);
        (await EquityAsync(world)).ShouldBe(100_000);
        world.Restart();
        world.At(ExDate.Close);
        (await world.SharesAsync()).ShouldBe(140);
    }

    [Theory]
    [InlineData(7, 1)]
    [InlineData(3, 2)]
    [InlineData(1, 10)]
    public async Task A_split_that_the_price_does_not_show_changes_nothing(int numerator, int denominator)
    {
        using var world = await HeldAsync(SplitBehavior.Alpaca, numerator, denominator, shows: false);
        await world.SendAsync("stop", Stop(10, 600));
        await world.SendAsync("limit sell", Sell(10, 800, TimeInForce.Gtc));
        foreach (var at in new[] { ExDate.Open, First, ExDate.Close, ExDate.Close.AddDays(3) })
        {
            world.At(at);
            world.Restart();
            (await world.SharesAsync()).ShouldBe(20);
            (await EquityAsync(world)).ShouldBe(100_000);
        }

        (await world.OrderAsync("stop")).Terms.ShouldBe(Stop(10, 600));
        (await world.OrderAsync("stop")).Status.ShouldBe("new");
        (await world.OrderAsync("limit sell")).Status.ShouldBe("new");
    }

    [Theory]
    [InlineData(21, 20, 700, 21)]
    [InlineData(21, 20, 690, 21)]
    [InlineData(11, 10, 700, 22)]
    [InlineData(20, 21, 700, 19)] // 19.05: the rest is paid in cash
    [InlineData(21, 20, 820, 20)]
    [InlineData(21, 20, 500, 20)]
    public async Task A_stock_dividend_that_the_night_hides_is_paid_and_only_a_price_far_off_denies_it(
        int numerator,
        int denominator,
        int price,
        int shares
    )
    {
        using var world = await HeldAsync(SplitBehavior.Alpaca, numerator, denominator, shows: null);
        world.Add("AAA", ExDate.Open, price, price, price, price);
        await world.SendAsync("stop", Stop(20, 400));
        world.At(First);
        (await world.SharesAsync()).ShouldBe(shares);
        (await world.OrderAsync("stop")).Status.ShouldBe(shares < 20 ? "canceled" : "new");
        world.Restart();
        world.At(ExDate.Close);
        (await world.SharesAsync()).ShouldBe(shares);
    }

    [Fact]
    public async Task A_symbol_without_a_bar_on_the_ex_date_splits_with_its_next_one()
    {
        using var world = await HeldAsync(SplitBehavior.Alpaca, 7, 1, shows: null);
        world.At(ExDate.Close);
        (await world.SharesAsync()).ShouldBe(20);
        var next = TradingCalendar.Nyse.NextSession(ExDate.Open).Open;
        world.Add("AAA", next, 100, 100, 100, 100);
        world.At(next.AddMinutes(1));
        (await world.SharesAsync()).ShouldBe(140);
    }

    [Theory]
    [InlineData(3, 10, 1, 2, 1, 10)]
    [InlineData(5, 10, 1, 10, 0, 50)]
    [InlineData(5, 90, 3, 2, 7, 30)]
    [InlineData(9, 10, 1, 3, 3, 0)]
    public async Task A_split_leaves_whole_shares_and_cash_in_lieu_of_the_fraction(
        int shares,
        int price,
        int numerator,
        int denominator,
        int whole,
        int cash
    )
    {
        using var world = await HeldAsync(SplitBehavior.Alpaca, numerator, denominator, shares: shares, price: price);
        var before = (await world.Broker.GetAccountAsync(default)).Cash;
        world.At(First);
        (await world.SharesAsync()).ShouldBe(whole);
        (await world.Broker.GetAccountAsync(default)).Cash.ShouldBe(before + cash);
        (await EquityAsync(world)).ShouldBe(100_000);
        world.Restart();
        var activities = await world.Broker.GetCashActivitiesAsync(Today.Day, default);
        activities.Sum(activity => activity.Amount).ShouldBe(cash);
        activities.ShouldAllBe(activity => activity.Day == ExDate.Day && activity.Symbol == "AAA");
        (await world.Broker.GetCashActivitiesAsync(ExDate.Day.AddDays(1), default)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_forward_split_adjusts_good_till_canceled_buy_limits_and_sell_stops_only()
    {
        using var world = await HeldAsync(SplitBehavior.Alpaca, 7, 1);
        await world.SendAsync("limit buy", Buy(10, 500, TimeInForce.Gtc));
        await world.SendAsync("oco", Oco(4, 800, 600));
        await world.SendAsync("trailing", Trailing(4, 5));
        await world.SendAsync("limit sell", Sell(4, 800, TimeInForce.Gtc));
        world.At(First);
        (await world.OrderAsync("limit buy")).Terms.ShouldBe(Buy(70, 71.42m, TimeInForce.Gtc));
        (await world.OrderAsync("oco")).Terms.ShouldBe(Oco(4, 800, 600));
        (await world.OrderAsync("trailing")).StopPrice.ShouldBe(665, "and it has sold");
        (await world.OrderAsync("limit sell")).Terms.ShouldBe(Sell(4, 800, TimeInForce.Gtc));
    }

    [Fact]
    public async Task A_forward_split_adjusts_a_stop_and_it_protects_at_the_new_price()
    {
        using var world = await HeldAsync(SplitBehavior.Alpaca, 7, 1, shows: null);
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
        world.At(First);
        foreach (var id in new[] { "oco", "stop" })
        {
            var order = await world.OrderAsync(id);
            (order.Status, order.EndedAt).ShouldBe(("canceled", First.AddTicks(-1)));
        }

        (await world.SharesAsync()).ShouldBe(2);
    }

    [Fact]
    public async Task A_day_sell_over_shares_that_a_reverse_split_took_never_goes_short()
    {
        using var world = await HeldAsync(SplitBehavior.Alpaca, 1, 8);
        world.At(Today.Close.AddHours(1));
        await world.SendAsync("a", Sell(20));
        world.At(ExDate.Open.AddMinutes(1));
        var order = await world.OrderAsync("a");
        (order.Status, order.FilledQuantity).ShouldBe(("canceled", 2));
        (await world.SharesAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task Where_splits_are_ignored_positions_and_orders_stay_as_they_are()
    {
        using var world = await HeldAsync(SplitBehavior.Ignored, 7, 1);
        await world.SendAsync("limit buy", Buy(10, 50, TimeInForce.Gtc));
        world.At(First);
        (await world.SharesAsync()).ShouldBe(20);
        (await world.OrderAsync("limit buy")).Terms.ShouldBe(Buy(10, 50, TimeInForce.Gtc));
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

    private static DateTimeOffset First => ExDate.Open.AddMinutes(1);

    private static async Task<decimal> EquityAsync(World world) => (await world.Broker.GetAccountAsync(default)).Equity;

    // Shares, and on the ex-date a first bar that shows the split, one that does not, or none.
    private static async Task<World> HeldAsync(
        SplitBehavior behavior,
        int numerator,
        int denominator,
        bool? shows = true,
        int shares = 20,
        decimal price = 700
    )
    {
        var world = new World(new() { SplitBehavior = behavior });
        world.Splits.Add(new("AAA", ExDate.Day, numerator, denominator));
        await world.HoldAsync(shares, price);
        if (shows is { } shown)
        {
            var after = shown ? price * denominator / numerator : price;
            world.Add("AAA", ExDate.Open, after, after, after, after);
        }

        return world;
    }
}
