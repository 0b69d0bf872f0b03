using AutoTrader.Core.Engine.Cycle;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Risk;
using AutoTrader.Testing;

namespace AutoTrader.Core.Tests.Engine.Observe;

/// <summary>docs/trading-rules.md, "Daily loss": the day's loss, also when prices are missing or the first cycle of a day does not
/// end.</summary>
public class DailyLossTests
{
    [Fact]
    public async Task While_a_held_symbol_has_no_known_price_the_loss_is_not_known_and_nothing_is_bought()
    {
        var engine = new EngineHarness();
        engine.Broker.Positions["OLD"] = 5;
        engine.Price("AAPL", 100);
        engine.Broker.MarketPrice = _ => 100;
        await engine.AddAsync(TestStrategies.Trailing());
        await engine.TicksAsync(2);
        engine.Broker.Submissions.ShouldBeEmpty();
        (await engine.AttentionAsync()).ShouldContain(item => item.Code == "LOSS_UNKNOWN" && item.Key == "OLD");

        var command = engine.NewCommand(
            new PlaceOrder(
                new()
                {
                    Symbol = "AAPL",
                    Side = OrderSide.Buy,
                    Quantity = 1,
                    Type = OrderType.Market,
                },
                "at-m-abc"
            )
        );
        await engine.CommandAsync(command);
        await engine.TicksAsync(1);
        (await engine.CommandOf(command.Id)).Code.ShouldBe("LOSS_UNKNOWN");

        engine.Price("OLD", 20);
        await engine.TicksAsync(2);
        engine.Broker.Positions["AAPL"].ShouldBe(10);
        (await engine.AttentionAsync()).ShouldNotContain(item => item.Code == "LOSS_UNKNOWN");
    }

    [Fact]
    public async Task A_symbol_without_a_close_begins_the_day_at_its_last_known_price()
    {
        var engine = await HeldOvernightAsync(lastPrice: 97);
        await engine.TicksAsync(1);
        (await TodayAsync(engine)).UnrealizedAtPriorClose.ShouldBe(-30);
    }

    [Fact]
    public async Task A_crash_in_the_first_cycle_of_a_day_does_not_put_that_days_lots_into_the_prior_close()
    {
        for (var dieAt = 1; ; dieAt++)
        {
            var engine = await HeldOvernightAsync(lastPrice: 100);
            engine.Broker.Fill(engine.Broker.Open.Single().ClientOrderId, 5, 90);
            var crash = new CrashPoint { DieAt = dieAt };
            var cycle = new EvaluationCycle(
                new(
                    new GatedTradingStore(engine.Store, crash),
                    new GatedEngineStore(engine.EngineStore, crash),
                    engine.Broker,
                    engine,
                    engine.Lease,
                    engine,
                    engine.Clock
                ),
                engine.Options
            );
            var died = false;
            engine.Closes["AAPL"] = 95;
            try
            {
                await cycle.RunAsync(new(engine.Clock.GetUtcNow(), "timer"), CancellationToken.None);
            }
            catch (ProcessDiedException)
            {
                died = true;
            }

            await engine.TicksAsync(1);
            (await TodayAsync(engine)).UnrealizedAtPriorClose.ShouldBe(-50, $"died at call {dieAt}");
            if (!died)
            {
                return;
            }
        }
    }

    [Fact]
    public async Task A_day_that_begins_late_leaves_out_what_was_bought_in_the_meantime()
    {
        var engine = await HeldOvernightAsync(lastPrice: 100);
        engine.Closes["AAPL"] = 100;
        engine.Closes["IBM"] = 50;
        engine.Price("IBM", 60);
        engine.ClosesFail = true;
        var order = engine.Broker.Put(
            "at-m-day",
            new()
            {
                Symbol = "IBM",
                Side = OrderSide.Buy,
                Quantity = 5,
                Type = OrderType.Market,
            }
        );
        engine.Broker.Fill(order.ClientOrderId, 5, 60);
        await engine.TicksAsync(1);
        engine.ClosesFail = false;
        await engine.TicksAsync(1);
        (await TodayAsync(engine)).UnrealizedAtPriorClose.ShouldBe(0);
    }

    // Ten AAPL at 100 with their protection, on the morning of the next session.
    private static async Task<EngineHarness> HeldOvernightAsync(decimal lastPrice)
    {
        var engine = new EngineHarness();
        engine.Price("AAPL", 100);
        engine.Broker.MarketPrice = _ => 100;
        await engine.AddAsync(TestStrategies.Trailing());
        await engine.TicksAsync(2);
        engine.Price("AAPL", lastPrice);
        await engine.TicksAsync(2);
        engine.GoTo(EngineHarness.At(9, 31).AddDays(1));
        return engine;
    }

    private static async Task<TradingDay> TodayAsync(EngineHarness engine)
    {
        var row = await engine.Store.ReadAsync<AccountState>("paper", TradingKey.Account, CancellationToken.None);
        row!.Value.Today!.Day.ShouldBe(EngineHarness.Day.AddDays(1));
        return row.Value.Today;
    }
}
