using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;

namespace AutoTrader.Core.Tests.Engine.Execute;

/// <summary>docs/trading-rules.md, "Unmanaged shares" and "Order states": whose shares are sold, and what the engine does about the states
/// of its orders.</summary>
public class OrderStateTests
{
    private const string Entry = "at-s1-abcdefgh-1";

    [Fact]
    public async Task A_strategy_never_sells_unmanaged_shares_of_its_symbol()
    {
        var engine = new EngineHarness();
        engine.Price("AAPL", 100);
        engine.Broker.MarketPrice = _ => 100;
        engine.Broker.Positions["AAPL"] = 7;
        await engine.AddAsync(TestStrategies.Bracket());
        await engine.TicksAsync(2);
        engine.Broker.Positions["AAPL"].ShouldBe(17);
        engine.Broker.Open.ShouldHaveSingleItem().Terms.Quantity.ShouldBe(10);
        await engine.CommandAsync(engine.NewCommand(new CloseStrategy("s1")));
        await engine.TicksAsync(2);
        engine.Broker.Positions["AAPL"].ShouldBe(7);
    }

    [Fact]
    public async Task A_status_that_is_not_listed_raises_attention_and_the_order_is_neither_given_up_nor_sent_again()
    {
        var engine = await EngineHarness.RestingEntryAsync();
        engine.Broker.Change(Entry, order => order with { Status = "pondering" });
        await engine.TicksAsync(2);
        (await engine.OrdersAsync())
            .ShouldHaveSingleItem()
            .ShouldSatisfyAllConditions(it => it.BrokerStatus.ShouldBe("pondering"), it => it.IsWorking.ShouldBeTrue());
        (await engine.AttentionAsync()).ShouldHaveSingleItem().Code.ShouldBe("UNKNOWN_STATUS");
        engine.Broker.Submissions.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task An_order_that_the_broker_replaced_lives_on_in_its_successor()
    {
        var engine = await EngineHarness.RestingEntryAsync();
        var successor = engine.Broker.Put("generated-by-the-broker", engine.Broker.ByClientId(Entry).Terms with { LimitPrice = 94.5m });
        engine.Broker.Change(Entry, order =>
            order with
            {
                Status = "replaced",
                ReplacedBy = successor.Id,
                EndedAt = engine.Clock.GetUtcNow(),
            }
        );
        await engine.TicksAsync(1);
        (await engine.OrdersAsync())
            .ShouldHaveSingleItem()
            .ShouldSatisfyAllConditions(
                it => it.BrokerOrderId.ShouldBe(successor.Id),
                it => it.IsWorking.ShouldBeTrue(),
                it => it.Terms.LimitPrice.ShouldBe(94.5m)
            );

        engine.Broker.Fill("generated-by-the-broker", 10, 94.5m);
        await engine.TicksAsync(1);
        (await engine.StrategyAsync("s1")).Holding.Quantity.ShouldBe(10);
        engine.Broker.Open.ShouldHaveSingleItem().Terms.Side.ShouldBe(OrderSide.Sell);
        (await engine.AttentionAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_cancel_that_is_not_confirmed_for_two_cycles_raises_attention_and_not_before()
    {
        var engine = await EngineHarness.RestingEntryAsync();
        engine.Broker.CancelsAtOnce = false;
        await engine.CommandAsync(engine.NewCommand(new PauseStrategy("s1")));
        await engine.TicksAsync(2);
        (await engine.AttentionAsync()).ShouldBeEmpty();
        await engine.TicksAsync(1);
        (await engine.AttentionAsync()).ShouldHaveSingleItem().Code.ShouldBe("CANCEL_STUCK");
        (await engine.OrdersAsync()).ShouldHaveSingleItem().Status.ShouldBe(OrderStatus.PendingCancel);
    }

    [Fact]
    public async Task A_fill_that_arrives_after_its_order_was_put_away_is_applied_and_protected()
    {
        var engine = await EngineHarness.RestingEntryAsync();
        await engine.CommandAsync(engine.NewCommand(new PauseStrategy("s1")));
        await engine.TicksAsync(2);
        (await engine.DoneAsync()).ShouldHaveSingleItem().Status.ShouldBe(OrderStatus.Canceled);

        engine.Broker.Execute(engine.Broker.ByClientId(Entry).Id, "AAPL", OrderSide.Buy, 4, 95);
        engine.Broker.Positions["AAPL"] = 4;
        await engine.TicksAsync(2);
        (await engine.StrategyAsync("s1")).ShouldSatisfyAllConditions(
            it => it.Holding.Quantity.ShouldBe(4),
            it => it.PauseReason.ShouldNotBeNull()
        );
        (await engine.FillsAsync()).ShouldHaveSingleItem().ClientOrderId.ShouldBe(Entry);
        engine
            .Broker.Open.ShouldHaveSingleItem()
            .Terms.ShouldSatisfyAllConditions(it => it.Side.ShouldBe(OrderSide.Sell), it => it.Quantity.ShouldBe(4));
    }

    [Fact]
    public async Task A_fill_of_an_order_of_an_earlier_arming_belongs_to_its_strategy()
    {
        var engine = await EngineHarness.CompletedAsync();
        engine.Broker.MarketPrice = null;
        await engine.CommandAsync(engine.NewCommand(new EnableStrategy("s1")));
        await engine.TicksAsync(2);
        (await engine.StrategyAsync("s1")).Arm.ShouldNotBe("abcdefgh");

        // The sale of the arming before is taken back in part.
        var sold = engine.Broker.All.Single(order => order.Terms.Class == OrderClass.Oco);
        engine.Broker.Execute(sold.Id, "AAPL", OrderSide.Sell, -4, 110);
        engine.Broker.Positions["AAPL"] = 4;
        await engine.TicksAsync(2);
        (await engine.StrategyAsync("s1")).Holding.Quantity.ShouldBe(4);
        (await engine.AttentionAsync()).ShouldNotContain(item => item.Code == "QUANTITY_MISMATCH");
    }

    [Theory]
    [InlineData("canceled", 9, 40, true)]
    [InlineData("expired", 16, 0, false)]
    [InlineData("canceled", 16, 0, false)]
    public async Task An_entry_that_ended_otherwise_pauses_its_strategy_and_one_that_expired_does_not(
        string status,
        int hour,
        int minute,
        bool pauses
    )
    {
        var engine = new EngineHarness();
        engine.Price("AAPL", 100);
        await engine.AddAsync(TestStrategies.Trailing());
        await engine.TicksAsync(1);
        engine.Clock.SetUtcNow(EngineHarness.At(hour, minute));
        engine.Broker.End(Entry, status);
        await engine.TicksAsync(1);
        (await engine.StrategyAsync("s1")).PauseReason.ShouldSatisfyAllConditions(it => (it is not null).ShouldBe(pauses));
        (await engine.AttentionAsync()).Any(item => item.Code == "EXTERNAL_CHANGE").ShouldBe(pauses);
    }

    [Fact]
    public async Task What_a_user_writes_into_a_pause_raises_nothing()
    {
        var engine = await EngineHarness.RestingEntryAsync();
        await engine.CommandAsync(engine.NewCommand(new PauseStrategy("s1")) with { Reason = "I trade it outside AutoTrader this week" });
        await engine.TicksAsync(2);
        (await engine.StrategyAsync("s1")).PauseReason.ShouldBe("I trade it outside AutoTrader this week");
        (await engine.AttentionAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_pause_of_the_user_takes_the_place_of_one_that_came_from_outside()
    {
        var engine = await EngineHarness.RestingEntryAsync();
        engine.Broker.End(Entry, "canceled");
        await engine.TicksAsync(1);
        (await engine.AttentionAsync()).ShouldHaveSingleItem().Code.ShouldBe("EXTERNAL_CHANGE");
        await engine.CommandAsync(engine.NewCommand(new PauseStrategy("s1")) with { Reason = "seen" });
        await engine.TicksAsync(1);
        (await engine.AttentionAsync()).ShouldBeEmpty();
    }
}
