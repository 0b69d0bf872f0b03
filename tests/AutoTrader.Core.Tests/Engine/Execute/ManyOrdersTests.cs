using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Risk;

namespace AutoTrader.Core.Tests.Engine.Execute;

/// <summary>More orders of people and schedules in one symbol, at one instant, than one entity group takes: none is lost, and none stops
/// the cycle.</summary>
public sealed class ManyOrdersTests
{
    private const int Many = 150;

    private static async Task<(EngineHarness Engine, List<CommandEnvelope> Commands)> AskAsync(
        Func<AccountState, AccountState>? change = null,
        decimal? limit = 90
    )
    {
        var engine = new EngineHarness();
        engine.Price("AAPL", 100);
        await engine.SetAccountAsync(account =>
            (change ?? (it => it))(
                account with
                {
                    Limits = new()
                    {
                        MaxDailyTrades = 1000,
                        MaxPositionSize = 1000,
                        MaxPositionValue = 1_000_000,
                    },
                }
            )
        );
        var commands = new List<CommandEnvelope>();
        for (var i = 0; i < Many; i++)
        {
            commands.Add(
                engine.NewCommand(
                    new PlaceOrder(
                        new()
                        {
                            Symbol = "AAPL",
                            Side = OrderSide.Buy,
                            Quantity = 1,
                            Type = limit is null ? OrderType.Market : OrderType.Limit,
                            LimitPrice = limit,
                        },
                        ClientOrderIds.ForManual("test", $"{i}")
                    )
                ) with
                {
                    ExpiresAt = engine.Clock.GetUtcNow().AddMinutes(1),
                }
            );
            await engine.CommandAsync(commands[^1]);
        }

        return (engine, commands);
    }

    private static async Task<List<string>> AnswersAsync(EngineHarness engine, List<CommandEnvelope> commands)
    {
        var answers = new List<string>();
        foreach (var command in commands)
        {
            var answered = await engine.CommandOf(command.Id);
            answers.Add($"{answered.Status} {answered.Code}");
        }

        return [.. answers.Distinct()];
    }

    [Fact]
    public async Task All_are_placed_once_in_one_cycle()
    {
        var (engine, commands) = await AskAsync();
        await engine.TicksAsync(3);
        engine
            .Broker.Submissions.Select(sent => sent.ClientOrderId)
            .ShouldBe(commands.Select(command => ((PlaceOrder)command.Command).ClientOrderId), ignoreOrder: true);
        (await engine.OrdersAsync()).Count(order => order.Status == OrderStatus.Accepted).ShouldBe(Many);
        (await AnswersAsync(engine, commands)).ShouldBe(["Done "]);
    }

    [Fact]
    public async Task All_fills_are_taken_in()
    {
        var (engine, _) = await AskAsync();
        await engine.TicksAsync(1);
        foreach (var order in engine.Broker.Open.ToList())
        {
            engine.Broker.Fill(order.ClientOrderId, 1, 90);
        }

        await engine.TicksAsync(2);
        (await engine.FillsAsync()).Sum(fill => fill.Quantity).ShouldBe(Many);
        (await engine.OrdersAsync()).Count.ShouldBe(0);
    }

    [Fact]
    public async Task All_that_a_limit_refuses_are_told_so()
    {
        var (engine, commands) = await AskAsync(account => account with { KillSwitch = new("stop", EngineHarness.At(9, 30), "me") });
        await engine.TicksAsync(1);
        (await AnswersAsync(engine, commands)).ShouldBe(["Refused KILL_SWITCH"]);
        engine.Broker.Submissions.Count.ShouldBe(0);
    }

    [Fact]
    public async Task All_that_came_too_late_are_told_so()
    {
        var (engine, commands) = await AskAsync();
        engine.Clock.Advance(TimeSpan.FromMinutes(5));
        await engine.TicksAsync(1);
        (await AnswersAsync(engine, commands)).ShouldBe(["Refused COMMAND_EXPIRED"]);
    }

    [Fact]
    public async Task All_whose_answer_was_lost_are_found()
    {
        var (engine, commands) = await AskAsync();
        await engine.TickWithoutAnswersAsync();
        await engine.TicksAsync(2);
        engine.Broker.All.Count.ShouldBe(Many);
        (await engine.OrdersAsync()).Count(order => order.Status == OrderStatus.Accepted).ShouldBe(Many);
        (await AnswersAsync(engine, commands)).ShouldBe(["Done "]);
    }

    [Fact]
    public async Task All_that_did_not_arrive_are_settled()
    {
        var (engine, _) = await AskAsync();
        engine.Broker.BeforeSubmit = (_, _) => throw new TimeoutException("no answer");
        await engine.TicksAsync(1);
        engine.Broker.BeforeSubmit = null;
        await engine.TicksAsync(3);
        engine.Broker.All.Count.ShouldBe((await engine.OrdersAsync()).Count(order => order.Status == OrderStatus.Accepted));
        (await engine.OrdersAsync()).Concat(await engine.DoneAsync()).Count().ShouldBe(Many);
        (await engine.OrdersAsync()).Count(order => order.Status is not (OrderStatus.Accepted or OrderStatus.Abandoned)).ShouldBe(0);
    }

    [Fact]
    public async Task Those_that_a_kill_switch_takes_back_are_all_canceled()
    {
        var (engine, _) = await AskAsync();
        await engine.TicksAsync(1);
        await engine.SetAccountAsync(account => account with { KillSwitch = new("stop", engine.Clock.GetUtcNow(), "me") });
        await engine.TicksAsync(6);
        engine.Broker.Open.Count().ShouldBe(0);
        (await engine.OrdersAsync()).Count.ShouldBe(0);
    }

    [Fact]
    public async Task A_kill_switch_in_the_midst_of_them_stops_the_rest()
    {
        var (engine, _) = await AskAsync();
        var sent = 0;
        engine.Broker.AfterSubmit = (_, _) =>
        {
            if (++sent == 30)
            {
                engine
                    .SetAccountAsync(account => account with { KillSwitch = new("now", engine.Clock.GetUtcNow(), "me") })
                    .GetAwaiter()
                    .GetResult();
            }
        };
        await engine.TicksAsync(7);
        engine.Broker.Submissions.Count.ShouldBe(30);
        engine.Broker.Open.Count().ShouldBe(0);
    }

    [Fact]
    public async Task A_split_takes_all_back()
    {
        var (engine, _) = await AskAsync();
        await engine.TicksAsync(1);
        engine.Splits.Add(new("AAPL", EngineHarness.Day.AddDays(1), 2, 1));
        engine.GoTo(EngineHarness.At(17, 0));
        await engine.TicksAsync(6);
        engine.Broker.Open.Count().ShouldBe(0);
        (await engine.OrdersAsync()).Count.ShouldBe(0);
    }
}
