using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Brokerage;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Core.Tests.Engine.Commands;

/// <summary>docs/trading-rules.md, "Closing a position": to close is to cancel what is opposite or ours, to wait for the broker's word, and
/// to sell what is held.</summary>
public class ClosingTests
{
    [Fact]
    public async Task Resting_buys_on_the_symbol_are_canceled_whoever_placed_them_and_those_of_strategies_come_back_after_the_sale()
    {
        var engine = await EngineHarness.HoldingAsync(TestStrategies.Bracket());
        await engine.AddAsync(
            TestStrategies.Trailing("s2") with
            {
                EntryType = EntryType.Limit,
                EntryPrice = 90,
                AllowSharedSymbol = true,
            }
        );
        await engine.CommandAsync(
            engine.NewCommand(
                new PlaceOrder(
                    new()
                    {
                        Symbol = "AAPL",
                        Side = OrderSide.Buy,
                        Quantity = 1,
                        Type = OrderType.Limit,
                        LimitPrice = 91,
                        TimeInForce = TimeInForce.Gtc,
                    },
                    "at-m-abc"
                )
            )
        );
        await engine.TicksAsync(1);
        engine.Broker.Open.Count(order => order.Terms.Side == OrderSide.Buy).ShouldBe(2);

        var openBuys = -1;
        engine.Broker.BeforeSubmit = (_, terms) =>
            openBuys = terms is { Side: OrderSide.Sell, Type: OrderType.Market }
                ? engine.Broker.Open.Count(order => order.Terms.Side == OrderSide.Buy)
                : openBuys;
        await engine.CommandAsync(engine.NewCommand(new CloseStrategy("s1")));
        await engine.TicksAsync(2);
        openBuys.ShouldBe(0, "a sale against an own resting buy is a wash trade");
        engine.Broker.Positions["AAPL"].ShouldBe(0);
        engine.Broker.ByClientId("at-m-abc").Status.ShouldBe("canceled");
        engine.Broker.Open.ShouldHaveSingleItem().Terms.LimitPrice.ShouldBe(90);
    }

    [Fact]
    public async Task Others_on_the_symbol_are_barred_no_longer_than_until_the_sale_has_filled()
    {
        var engine = await EngineHarness.HoldingAsync(TestStrategies.Bracket());
        engine.Broker.MarketPrice = null;
        await engine.CommandAsync(engine.NewCommand(new CloseStrategy("s1")));
        await engine.AddAsync(TestStrategies.Trailing("s0") with { AllowSharedSymbol = true });
        await engine.AddAsync(TestStrategies.Trailing("s2") with { AllowSharedSymbol = true });
        await engine.TicksAsync(2);
        engine.Broker.Submissions.ShouldNotContain(sent => sent.ClientOrderId.StartsWith("at-s0", StringComparison.Ordinal));
        engine.Broker.Fill(engine.Broker.Open.Single().ClientOrderId, 10, 100);
        await engine.TicksAsync(1);
        engine.Broker.Open.Count(order => order.Terms.Side == OrderSide.Buy).ShouldBe(2);
    }

    [Fact]
    public async Task Others_on_the_symbol_buy_in_the_cycle_in_which_the_sale_fills()
    {
        var engine = await EngineHarness.HoldingAsync(TestStrategies.Bracket());
        await engine.AddAsync(TestStrategies.Trailing("s0") with { AllowSharedSymbol = true });
        await engine.CommandAsync(engine.NewCommand(new CloseStrategy("s1")));
        await engine.TicksAsync(1);
        engine
            .Broker.Submissions.Where(sent => sent.Terms.Type == OrderType.Market)
            .TakeLast(2)
            .Select(sent => (sent.ClientOrderId[..5], sent.Terms.Side))
            .ShouldBe([("at-s1", OrderSide.Sell), ("at-s0", OrderSide.Buy)]);
    }

    [Fact]
    public async Task A_protective_order_of_a_position_that_closes_may_be_canceled_by_hand()
    {
        var engine = await EngineHarness.HoldingAsync(TestStrategies.Bracket());
        engine.Clock.Advance(EngineHarness.At(17, 0) - engine.Clock.GetUtcNow());
        await engine.CommandAsync(engine.NewCommand(new CloseStrategy("s1")));
        await engine.TicksAsync(1);
        var command = engine.NewCommand(new CancelOrder(engine.Broker.Open.Single().ClientOrderId));
        await engine.CommandAsync(command);
        await engine.TicksAsync(1);
        (await engine.CommandOf(command.Id)).Status.ShouldBe(CommandStatus.Done);
    }

    [Fact]
    public async Task A_cancel_that_is_not_confirmed_keeps_its_shares_and_no_second_sell_is_sent()
    {
        var engine = await EngineHarness.HoldingAsync(TestStrategies.Bracket());
        engine.Broker.CancelsAtOnce = false;
        await engine.CommandAsync(engine.NewCommand(new CloseStrategy("s1")));
        await engine.TicksAsync(3);
        engine.Broker.Submissions.Count(sent => sent.Terms.Side == OrderSide.Sell).ShouldBe(1);
        (await engine.AttentionAsync()).ShouldContain(item => item.Code == "CANCEL_STUCK");

        engine.Broker.ConfirmCancels();
        await engine.TicksAsync(2);
        engine.Broker.Positions["AAPL"].ShouldBe(0);
        (await engine.StrategyAsync("s1")).Phase.ShouldBe(StrategyPhase.Completed);
    }

    [Fact]
    public async Task A_close_while_the_market_is_closed_keeps_protection_and_sells_at_the_next_open()
    {
        var engine = await EngineHarness.HoldingAsync(TestStrategies.Bracket());
        engine.Clock.Advance(EngineHarness.At(17, 0) - engine.Clock.GetUtcNow());
        await engine.CommandAsync(engine.NewCommand(new CloseStrategy("s1")));
        await engine.TicksAsync(2);
        engine.Covered.ShouldBe(10);

        engine.Clock.Advance(EngineHarness.At(9, 31).AddDays(1) - engine.Clock.GetUtcNow());
        await engine.TicksAsync(2);
        engine.Broker.Positions["AAPL"].ShouldBe(0);
    }

    [Theory]
    [InlineData(RefusalKind.WashTrade)]
    [InlineData(RefusalKind.InsufficientShares)]
    public async Task A_sale_that_must_wait_for_an_obstacle_is_covered_meanwhile_and_tried_once_a_cycle(RefusalKind kind)
    {
        var engine = await EngineHarness.HoldingAsync(TestStrategies.Bracket());
        var asked = 0;
        engine.Broker.BeforeSubmit = (_, terms) =>
        {
            if (terms is { Side: OrderSide.Sell, Type: OrderType.Market })
            {
                asked++;
                throw new BrokerRefusedException(kind, "not now");
            }
        };
        await engine.CommandAsync(engine.NewCommand(new CloseStrategy("s1")));
        for (var cycle = 1; cycle <= 3; cycle++)
        {
            await engine.TicksAsync(1);
            (asked, engine.Covered).ShouldBe((cycle, 10));
        }

        (await engine.AttentionAsync()).ShouldContain(item => item.Code == "EXIT_REFUSED");
        engine.Broker.BeforeSubmit = null;
        await engine.TicksAsync(2);
        engine.Broker.Positions["AAPL"].ShouldBe(0);
        (await engine.StrategyAsync("s1")).Phase.ShouldBe(StrategyPhase.Completed);
    }

    [Fact]
    public async Task An_exit_that_is_refused_protects_the_shares_again_at_once()
    {
        var engine = await EngineHarness.HoldingAsync(TestStrategies.Bracket());
        engine.Broker.BeforeSubmit = (_, terms) =>
        {
            if (terms is { Side: OrderSide.Sell, Type: OrderType.Market })
            {
                throw new BrokerRefusedException(RefusalKind.Other, "no");
            }
        };
        await engine.CommandAsync(engine.NewCommand(new CloseStrategy("s1")));
        await engine.TicksAsync(1);
        engine.Covered.ShouldBe(10);
        (await engine.AttentionAsync()).ShouldContain(item => item.Code == "EXIT_REFUSED");
    }
}
