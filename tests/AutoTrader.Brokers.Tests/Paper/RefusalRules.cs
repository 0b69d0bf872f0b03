using AutoTrader.Brokers.Paper;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports.Brokerage;
using static AutoTrader.Brokers.Tests.World;

namespace AutoTrader.Brokers.Tests.Paper;

/// <summary>What the profile <c>alpaca</c> refuses, and the profile <c>simple</c> takes.</summary>
public sealed class RefusalRules : WorldTest
{
    public static TheoryData<string, string, RefusalKind?> WashTrades =>
        new()
        {
            { "stop sell 95", "market buy", RefusalKind.WashTrade },
            { "stop sell 95", "limit buy 90", RefusalKind.WashTrade },
            { "limit sell 110", "market buy", RefusalKind.WashTrade },
            { "limit sell 110", "limit buy 110", RefusalKind.WashTrade },
            { "limit sell 110", "limit buy 109", null },
            { "limit buy 90", "market sell", RefusalKind.WashTrade },
            { "limit buy 90", "stop sell 95", RefusalKind.WashTrade },
            { "limit buy 90", "limit sell 90", RefusalKind.WashTrade },
            { "limit buy 90", "limit sell 91", null },
            { "limit buy 90", "oco 110 95", null },
            { "limit buy 90", "trailing sell", null },
            { "oco 110 95", "market buy", null },
            { "trailing sell", "market buy", null },
        };

    [Theory]
    [MemberData(nameof(WashTrades))]
    public async Task The_wash_trade_table(string existing, string sent, RefusalKind? refused)
    {
        await _world.HoldAsync(20);
        await _world.SendAsync("existing", Terms(existing));
        if (refused is null)
        {
            await _world.SendAsync("new", Terms(sent));
        }
        else
        {
            (await RefusalAsync(_world, "new", Terms(sent))).ShouldBe(refused.Value);
        }
    }

    [Theory]
    [InlineData(109.99, false)]
    [InlineData(110.0, true)]
    public async Task The_stop_of_an_OCO_lies_at_least_a_cent_below_its_target(double target, bool refused)
    {
        await _world.HoldAsync(10, 120);
        var terms = Oco(10, (decimal)target + 0.01m, refused ? (decimal)target + 0.01m : (decimal)target);
        (await RefusalOrNoneAsync(_world, terms)).ShouldBe(refused ? RefusalKind.StopPriceTooClose : null);
    }

    [Theory]
    [InlineData(99.99, null)]
    [InlineData(100.0, RefusalKind.StopPriceBeyondMarket)]
    public async Task The_stop_of_an_OCO_lies_at_least_a_cent_below_the_market(double stop, RefusalKind? refused)
    {
        await _world.HoldAsync(10);
        (await RefusalOrNoneAsync(_world, Oco(10, 110, (decimal)stop))).ShouldBe(refused);
    }

    [Theory]
    [InlineData(0.49, null)]
    [InlineData(0.495, RefusalKind.StopPriceTooClose)]
    [InlineData(0.5, RefusalKind.StopPriceBeyondMarket)]
    public async Task The_cent_between_the_stop_of_an_OCO_and_the_market_is_a_cent_below_a_dollar_too(double stop, RefusalKind? refused)
    {
        await _world.HoldAsync(10, 0.5m);
        (await RefusalOrNoneAsync(_world, Oco(10, 0.6m, (decimal)stop))).ShouldBe(refused);
    }

    [Theory]
    [InlineData(OrderSide.Sell, 99.99, null)]
    [InlineData(OrderSide.Sell, 100.0, RefusalKind.StopPriceBeyondMarket)]
    [InlineData(OrderSide.Buy, 100.0, RefusalKind.StopPriceBeyondMarket)]
    [InlineData(OrderSide.Buy, 100.01, null)]
    public async Task A_stop_lies_on_its_side_of_the_market(OrderSide side, double stop, RefusalKind? refused)
    {
        await _world.HoldAsync(10);
        (await RefusalOrNoneAsync(_world, Stop(10, (decimal)stop) with { Side = side })).ShouldBe(refused);
    }

    [Theory]
    [InlineData(99.991, RefusalKind.Other)]
    [InlineData(99.99, null)]
    [InlineData(0.1234, null)]
    [InlineData(0.12345, RefusalKind.Other)]
    public async Task A_price_lies_on_its_tick(double price, RefusalKind? refused) =>
        (await RefusalOrNoneAsync(_world, Buy(1, (decimal)price))).ShouldBe(refused);

    [Fact]
    public async Task Shares_of_a_canceled_sell_can_be_sold_again()
    {
        await _world.HoldAsync(10);
        var stop = await _world.SendAsync("stop", Stop(10, 95));
        (await RefusalAsync(_world, "exit", Sell(10))).ShouldBe(RefusalKind.InsufficientShares);
        await _world.Broker.CancelAsync(stop.Id, default);
        await _world.SendAsync("exit", Sell(10));
    }

    [Fact]
    public async Task Open_buys_reserve_buying_power_until_they_end()
    {
        var order = await _world.SendAsync("a", Buy(900, 100, TimeInForce.Gtc));
        (await RefusalAsync(_world, "b", Buy(101))).ShouldBe(RefusalKind.InsufficientBuyingPower);
        await _world.Broker.CancelAsync(order.Id, default);
        (await _world.Broker.GetAccountAsync(default)).BuyingPower.ShouldBe(100_000);
        await _world.SendAsync("c", Buy(1000));
    }

    [Fact]
    public async Task Orders_that_make_no_sense_are_refused()
    {
        await _world.HoldAsync(10);
        OrderTerms[] senseless =
        [
            Buy(0),
            Buy(1.5m),
            Buy(1, symbol: "../x"),
            Buy(1) with
            {
                Type = OrderType.Limit,
            },
            Buy(1, 100) with
            {
                Type = OrderType.Market,
            },
            Buy(1, -1),
            Sell(1) with
            {
                Type = OrderType.Stop,
            },
            Trailing(1, 0),
            Trailing(1, 100),
            Trailing(1, 5) with
            {
                Side = OrderSide.Buy,
            },
            Oco(1, 110, 95) with
            {
                Side = OrderSide.Buy,
            },
            Oco(1, 110, 95) with
            {
                TimeInForce = TimeInForce.Ioc,
            },
            Oco(1, 110, 95) with
            {
                StopPrice = null,
            },
            Stop(1, 95) with
            {
                TimeInForce = TimeInForce.Opg,
            },
        ];
        foreach (var terms in senseless)
        {
            (await RefusalOrNoneAsync(_world, terms)).ShouldBe(RefusalKind.Other, terms.ToString());
        }

        (await RefusalAsync(_world, new string('x', 129), Buy(1))).ShouldBe(RefusalKind.Other);
        (await _world.Broker.GetOrdersAsync(default, default)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_duplicate_is_told_as_one_also_when_another_rule_would_refuse_it()
    {
        await _world.HoldAsync(10);
        await _world.SendAsync("a", Sell(10, 110));
        (await RefusalAsync(_world, "a", Sell(10, 110))).ShouldBe(RefusalKind.DuplicateClientOrderId);
        _world.Restart();
        (await RefusalAsync(_world, "holding", Sell(10, 110))).ShouldBe(RefusalKind.DuplicateClientOrderId);
        (await RefusalAsync(_world, "holding", Buy(1, 80))).ShouldBe(RefusalKind.DuplicateClientOrderId);
    }

    [Fact]
    public async Task A_refused_order_leaves_nothing_behind()
    {
        await RefusalAsync(_world, "a", Sell(1));
        (await _world.Broker.FindAsync("a", default)).ShouldBeNull();
        await _world.SendAsync("a", Buy(1));
    }

    [Fact]
    public async Task The_simple_profile_takes_what_the_strict_one_refuses()
    {
        using var world = new World(new() { Profile = PaperProfile.Simple });
        await world.HoldAsync(10);
        await world.SendAsync("a", Stop(10, 95));
        await world.SendAsync("b", Sell(10, 110));
        await world.SendAsync("c", Buy(1));
        await world.SendAsync("d", Stop(10, 100.005m));
        await world.SendAsync("e", Buy(1, tif: TimeInForce.Opg));
        (await RefusalAsync(world, "a", Buy(1))).ShouldBe(RefusalKind.DuplicateClientOrderId);
        (await RefusalAsync(world, "f", Buy(10_000))).ShouldBe(RefusalKind.InsufficientBuyingPower);
        world.Bar(1, 94, 111, 94, 100);
        world.At(2);
        (await world.SharesAsync()).ShouldBe(-19);
    }

    private static OrderTerms Terms(string text)
    {
        var words = text.Split(' ');
        decimal Number(int index) => decimal.Parse(words[index], System.Globalization.CultureInfo.InvariantCulture);
        return words switch
        {
            ["market", "buy"] => Buy(5),
            ["market", "sell"] => Sell(5),
            ["limit", "buy", _] => Buy(5, Number(2)),
            ["limit", "sell", _] => Sell(5, Number(2)),
            ["stop", "sell", _] => Stop(5, Number(2)),
            ["oco", _, _] => Oco(5, Number(1), Number(2)),
            _ => Trailing(5, 5),
        };
    }

    private static async Task<RefusalKind> RefusalAsync(World world, string id, OrderTerms terms) =>
        (await Should.ThrowAsync<BrokerRefusedException>(() => world.SendAsync(id, terms))).Kind;

    private static async Task<RefusalKind?> RefusalOrNoneAsync(World world, OrderTerms terms)
    {
        try
        {
            await world.SendAsync("sent", terms);
            return null;
        }
        catch (BrokerRefusedException refusal)
        {
            return refusal.Kind;
        }
    }
}
