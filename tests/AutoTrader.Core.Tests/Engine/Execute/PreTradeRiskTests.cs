using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Brokerage;
using AutoTrader.Core.Risk;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Core.Tests.Engine.Execute;

/// <summary>docs/trading-rules.md, "The pre-trade check": the figures that the one check is given, from all owners and services
/// together.</summary>
public class PreTradeRiskTests
{
    private static async Task<EngineHarness> WithAsync(Func<RiskLimits, RiskLimits> limits)
    {
        var engine = new EngineHarness();
        engine.Price("AAPL", 100);
        engine.Price("IBM", 100);
        await engine.SetAccountAsync(account => account with { Limits = limits(account.Limits) });
        return engine;
    }

    // Rests: nothing trades at 99 while the price is 100.
    private static Strategy Resting(string id, int quantity = 10, string symbol = "AAPL") =>
        TestStrategies.Trailing(id) with
        {
            Symbol = symbol,
            Quantity = quantity,
            EntryType = EntryType.Limit,
            EntryPrice = 99,
            AllowSharedSymbol = true,
        };

    private static OrderTerms Sell(decimal quantity, decimal? limit = null) =>
        new()
        {
            Symbol = "AAPL",
            Side = OrderSide.Sell,
            Quantity = quantity,
            Type = limit is null ? OrderType.Market : OrderType.Limit,
            LimitPrice = limit,
        };

    private static async Task<CommandEnvelope> PlaceAsync(EngineHarness engine, string id, OrderTerms terms)
    {
        var command = engine.NewCommand(new PlaceOrder(terms, id));
        await engine.CommandAsync(command);
        await engine.TicksAsync(1);
        return await engine.CommandOf(command.Id);
    }

    private static async Task<string?> WaitingForAsync(EngineHarness engine, string id) => (await engine.StrategyAsync(id)).WaitingFor;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Open_buys_of_all_owners_count_to_a_symbols_position_size(bool together)
    {
        var engine = await WithAsync(limits => limits with { MaxPositionSize = 19 });
        await engine.AddAsync(Resting("s1"));
        await engine.TicksAsync(together ? 0 : 1);
        await engine.AddAsync(Resting("s2"));
        await engine.TicksAsync(1);
        engine.Broker.Submissions.ShouldHaveSingleItem();
        (await WaitingForAsync(engine, "s2")).ShouldNotBeNull().ShouldContain("max_position_size");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Cash_that_a_resting_buy_reserves_is_not_spent_twice(bool together)
    {
        var engine = await WithAsync(limits => limits);
        (engine.Broker.Cash, engine.Broker.BuyingPower) = (1_500, 100_000);
        await engine.AddAsync(Resting("s1"));
        await engine.TicksAsync(together ? 0 : 1);
        await engine.AddAsync(Resting("s2", quantity: 6, symbol: "IBM"));
        await engine.TicksAsync(1);
        engine.Broker.Submissions.ShouldHaveSingleItem().Terms.Symbol.ShouldBe("AAPL");
        (await WaitingForAsync(engine, "s2")).ShouldNotBeNull().ShouldContain("buying power");
    }

    [Fact]
    public async Task The_brokers_buying_power_is_net_of_the_orders_that_it_has_seen()
    {
        var engine = await WithAsync(limits => limits with { AllowMargin = true });
        await engine.AddAsync(Resting("s1"));
        await engine.TicksAsync(1);
        engine.Broker.BuyingPower = 500;
        await engine.AddAsync(Resting("s2", quantity: 5, symbol: "IBM"));
        await engine.TicksAsync(1);
        engine.Broker.Submissions.Select(sent => sent.Terms.Symbol).ShouldBe(["AAPL", "IBM"]);
    }

    [Fact]
    public async Task An_intent_that_the_broker_has_not_seen_is_subtracted_from_its_buying_power()
    {
        var engine = await WithAsync(limits => limits with { AllowMargin = true });
        (engine.Broker.BuyingPower, engine.Broker.InFlight) = (1_500, TimeSpan.FromSeconds(10));
        await engine.AddAsync(Resting("s1"));
        engine.Broker.BeforeSubmit = (_, _) => throw new TimeoutException("no answer");
        await engine.TicksAsync(1);
        engine.Broker.BeforeSubmit = null;
        await engine.AddAsync(Resting("s2", quantity: 6, symbol: "IBM"));
        await engine.TicksAsync(1);
        engine.Broker.Submissions.ShouldBeEmpty();
        (await WaitingForAsync(engine, "s2")).ShouldNotBeNull().ShouldContain("buying power");
    }

    [Fact]
    public async Task What_was_committed_a_moment_ago_is_subtracted_from_the_brokers_buying_power()
    {
        var engine = await WithAsync(limits => limits with { AllowMargin = true });
        engine.Broker.BuyingPower = 1_500;
        await engine.AddAsync(Resting("s1"));
        await engine.AddAsync(Resting("s2", quantity: 6, symbol: "IBM"));
        await engine.TicksAsync(1);
        engine.Broker.Submissions.ShouldHaveSingleItem().Terms.Symbol.ShouldBe("AAPL");
    }

    [Fact]
    public async Task A_market_buy_is_valued_at_the_ask()
    {
        var engine = await WithAsync(limits => limits with { MaxOrderValue = 1_000 });
        await engine.AddAsync(TestStrategies.Trailing());
        await engine.TicksAsync(1);
        engine.Broker.Submissions.ShouldBeEmpty();
        (await WaitingForAsync(engine, "s1")).ShouldNotBeNull().ShouldContain("1000.10");
    }

    [Fact]
    public async Task Trades_are_buy_orders_with_their_first_fill_today_and_working_ones_that_have_none_yet()
    {
        var engine = await WithAsync(limits => limits with { MaxDailyTrades = 2 });
        engine.Broker.MarketPrice = _ => 100;
        (await PlaceAsync(engine, "at-m-a", Sell(1) with { Side = OrderSide.Buy })).Status.ShouldBe(CommandStatus.Done);
        await engine.TicksAsync(1);
        (await PlaceAsync(engine, "at-m-b", Sell(1))).Status.ShouldBe(CommandStatus.Done);
        await engine.AddAsync(Resting("s1"));
        await engine.TicksAsync(1);
        engine.Broker.Open.ShouldHaveSingleItem("the sale was no trade");
        await engine.AddAsync(Resting("s2", symbol: "IBM"));
        await engine.TicksAsync(1);
        (await WaitingForAsync(engine, "s2")).ShouldNotBeNull().ShouldContain("max_daily_trades");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_sell_passes_up_to_what_is_held_less_open_and_unknown_sells_and_more_is_refused(bool answerIsLost)
    {
        var engine = await WithAsync(limits => limits);
        (engine.Broker.Positions["AAPL"], engine.Broker.InFlight) = (10, TimeSpan.FromSeconds(10));
        await engine.TicksAsync(1);
        engine.Broker.BeforeSubmit = answerIsLost ? (_, _) => throw new TimeoutException("no answer") : null;
        await PlaceAsync(engine, "at-m-a", Sell(6, 120));
        engine.Broker.BeforeSubmit = null;
        (await PlaceAsync(engine, "at-m-b", Sell(5, 120))).Code.ShouldBe("INSUFFICIENT_SHARES");
        (await PlaceAsync(engine, "at-m-c", Sell(4, 120))).Status.ShouldBe(CommandStatus.Done);
    }

    [Fact]
    public async Task Shares_of_a_strategy_are_not_sold_by_hand_even_when_no_order_covers_them()
    {
        var engine = await WithAsync(limits => limits);
        engine.Broker.MarketPrice = _ => 100;
        engine.Broker.BeforeSubmit = (_, terms) =>
        {
            if (terms.Type == OrderType.TrailingStop)
            {
                throw new BrokerRefusedException(RefusalKind.WashTrade, "not now");
            }
        };
        await engine.AddAsync(TestStrategies.Trailing());
        await engine.TicksAsync(2);
        engine.Broker.Open.ShouldBeEmpty();
        (await PlaceAsync(engine, "at-m-a", Sell(1))).Code.ShouldBe("INSUFFICIENT_SHARES");
        engine.Broker.Positions["AAPL"].ShouldBe(10);
    }

    [Fact]
    public async Task A_negative_position_raises_attention_and_is_bought_to_cover_at_once_also_under_the_kill_switch()
    {
        var engine = await WithAsync(limits => limits);
        engine.Broker.MarketPrice = _ => 100;
        await engine.TicksAsync(1);
        await engine.SetAccountAsync(account => account with { KillSwitch = new("test", engine.Clock.GetUtcNow(), "me") });
        engine.Broker.Positions["AAPL"] = -3;
        await engine.TicksAsync(1);
        (await engine.AttentionAsync()).ShouldContain(item => item.Code == "NEGATIVE_POSITION" && item.Key == "AAPL");
        engine.Broker.Submissions.ShouldHaveSingleItem().Terms.ShouldBe(Sell(3) with { Side = OrderSide.Buy });
        engine.Broker.Positions["AAPL"].ShouldBe(0);
    }
}
