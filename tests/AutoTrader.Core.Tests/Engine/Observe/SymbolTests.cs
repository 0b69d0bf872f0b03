using AutoTrader.Core.Application;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Strategies;
using AutoTrader.Storage.Stores;

namespace AutoTrader.Core.Tests.Engine.Observe;

/// <summary>What the broker does not trade is refused before it is committed, at every service and in the engine; exits are never in its
/// way.</summary>
public class SymbolTests
{
    private const string NotTradable = "SYMBOL_NOT_TRADABLE";

    private static readonly OrderTerms Buy = new()
    {
        Symbol = "AAPL",
        Side = OrderSide.Buy,
        Quantity = 5,
        Type = OrderType.Market,
    };

    private static EngineHarness Start()
    {
        var engine = new EngineHarness();
        engine.Price("AAPL", 100);
        engine.Broker.MarketPrice = _ => 100;
        engine.Broker.NotTradable["AAPL"] = "it is inactive";
        return engine;
    }

    private static CommandQueue Commands(EngineHarness engine) =>
        new(engine.Store, engine.Broker, engine.Engine(), new() { AtMost = TimeSpan.Zero });

    private static ChangeLog Log(EngineHarness engine) => new(new MemoryAuditLog(), engine.Broker, engine.Clock);

    private static StrategyService Strategies(EngineHarness engine) =>
        new(engine.Store, engine.Broker, engine, Commands(engine), Log(engine), engine.Clock, new());

    private static OrderService Orders(EngineHarness engine) =>
        new(engine.Store, engine.Broker, Commands(engine), engine.Options, engine.Clock);

    [Fact]
    public async Task A_strategy_whose_symbol_cannot_be_bought_waits_with_the_reason_until_the_broker_takes_it()
    {
        var engine = Start();
        await engine.AddAsync(TestStrategies.Trailing());
        await engine.TicksAsync(2);
        engine.Broker.Submissions.ShouldBeEmpty();
        (await engine.OrdersAsync()).ShouldBeEmpty();
        var strategy = await engine.StrategyAsync("s1");
        strategy.Phase.ShouldBe(StrategyPhase.Pending);
        strategy.WaitingFor.ShouldNotBeNull().ShouldContain("it is inactive");
        var item = (await engine.AttentionAsync()).ShouldHaveSingleItem();
        (item.Code, item.Key).ShouldBe((NotTradable, "AAPL"));
        item.Message.ShouldContain("s1");

        engine.Broker.NotTradable.Clear();
        engine.GoTo(EngineHarness.At(9, 31).AddDays(1));
        await engine.TicksAsync(1);
        engine.Broker.Positions["AAPL"].ShouldBe(10);
        (await engine.AttentionAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Each_symbol_is_asked_about_once_a_day_and_at_most_twenty_in_a_cycle()
    {
        var engine = Start();
        for (var i = 0; i < 25; i++)
        {
            await engine.AddAsync(TestStrategies.Trailing($"s{i}") with { Symbol = "S" + i });
        }

        await engine.TicksAsync(1);
        engine.Broker.SymbolReads.Count.ShouldBe(20);
        await engine.TicksAsync(4);
        engine.Broker.SymbolReads.Count.ShouldBe(25);
        engine.Broker.SymbolReads.Distinct().Count().ShouldBe(25);
        engine.GoTo(EngineHarness.At(9, 31).AddDays(1));
        await engine.TicksAsync(1);
        engine.Broker.SymbolReads.Count.ShouldBe(45);
    }

    [Fact]
    public async Task A_broker_that_does_not_answer_bars_nothing_and_is_not_asked_about_the_others()
    {
        var engine = Start();
        engine.Price("IBM", 100);
        engine.Broker.ExchangeFails = true;
        await engine.AddAsync(TestStrategies.Trailing());
        await engine.AddAsync(TestStrategies.Trailing("s2") with { Symbol = "IBM" });
        await engine.TicksAsync(1);
        engine.Broker.Positions["AAPL"].ShouldBe(10);
        engine.Broker.Positions["IBM"].ShouldBe(10);
        engine.Broker.SymbolReads.ShouldBe(["AAPL"]);
        (await engine.AttentionAsync()).ShouldHaveSingleItem().Code.ShouldBe("NO_ANSWER");
    }

    [Fact]
    public async Task Protection_and_exits_of_a_symbol_that_cannot_be_bought_any_more_go_on()
    {
        var engine = await EngineHarness.HoldingAsync(TestStrategies.Trailing());
        engine.Broker.NotTradable["AAPL"] = "it is inactive";
        engine.GoTo(EngineHarness.At(9, 31).AddDays(1));
        engine.Broker.End(engine.Broker.Open.Single().ClientOrderId, "expired");
        await engine.TicksAsync(2);
        engine.Covered.ShouldBe(10);
        await engine.CommandAsync(engine.NewCommand(new CloseStrategy("s1")));
        await engine.TicksAsync(2);
        engine.Broker.Positions["AAPL"].ShouldBe(0);
    }

    [Fact]
    public async Task An_order_of_a_person_is_refused_and_a_sale_is_not()
    {
        var engine = Start();
        engine.Broker.Positions["AAPL"] = 5;
        await engine.TicksAsync(2);
        var refusal = await Should.ThrowAsync<RefusedException>(() =>
            Orders(engine).PlaceAsync(Buy, new("me", "k1"), CancellationToken.None)
        );
        (refusal.Kind, refusal.Code, refusal.Rule).ShouldBe((Refusal.Unprocessable, "ORDER_BLOCKED", NotTradable));
        (
            await Orders(engine).PlaceAsync(Buy with { Side = OrderSide.Sell }, new("me", "k2"), CancellationToken.None)
        ).Command.Status.ShouldBe(CommandStatus.Done);
        engine.Broker.Positions["AAPL"].ShouldBe(0);
    }

    [Fact]
    public async Task Enabling_a_strategy_on_it_is_refused_and_disabling_is_not()
    {
        var engine = Start();
        await engine.AddAsync(TestStrategies.Trailing() with { Enabled = false });
        await engine.TicksAsync(1);
        var refusal = await Should.ThrowAsync<RefusedException>(() =>
            Strategies(engine).AskAsync(new EnableStrategy("s1"), new("me"), null, CancellationToken.None)
        );
        (refusal.Kind, refusal.Code).ShouldBe((Refusal.Unprocessable, NotTradable));
        (await engine.StrategyAsync("s1")).Enabled.ShouldBeFalse();
        await Strategies(engine).AskAsync(new DisableStrategy("s1"), new("me"), null, CancellationToken.None);
    }

    [Fact]
    public async Task Creating_a_strategy_on_it_and_changing_one_to_it_are_refused()
    {
        var engine = Start();
        var service = Strategies(engine);
        var refusal = await Should.ThrowAsync<RefusedException>(() =>
            service.CreateAsync(TestStrategies.Trailing(), null, "me", CancellationToken.None)
        );
        (refusal.Kind, refusal.Code, refusal.Fields[0].Field).ShouldBe((Refusal.Unprocessable, NotTradable, "symbol"));
        await service.CreateAsync(TestStrategies.Trailing() with { Symbol = "IBM" }, null, "me", CancellationToken.None);
        (
            await Should.ThrowAsync<RefusedException>(() =>
                service.ChangeAsync("s1", strategy => strategy with { Symbol = "AAPL" }, null, "me", CancellationToken.None)
            )
        ).Code.ShouldBe(NotTradable);
        (
            await service.ChangeAsync("s1", strategy => strategy with { Notes = "mine" }, null, "me", CancellationToken.None)
        ).Value.Symbol.ShouldBe("IBM");
    }

    [Fact]
    public async Task A_strategy_is_created_while_the_broker_does_not_answer()
    {
        var engine = Start();
        engine.Broker.ExchangeFails = true;
        (await Strategies(engine).CreateAsync(TestStrategies.Trailing(), null, "me", CancellationToken.None)).Value.Id.ShouldBe("s1");
    }
}
