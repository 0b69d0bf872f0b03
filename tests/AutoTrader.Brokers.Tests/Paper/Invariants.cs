using System.Text.Json;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports.Brokerage;
using CsCheck;
using static AutoTrader.Brokers.Tests.World;

namespace AutoTrader.Brokers.Tests.Paper;

/// <summary>What holds after every call, for any calls on any bars, whatever is killed in between.</summary>
public sealed class Invariants
{
    private static readonly string[] Symbols = ["AAA", "BBB"];

    private static readonly Gen<Step> Steps = Gen.OneOf(
        Gen.Select(Gen.Int[1, 30], Gen.Int[92, 108], Gen.Int[0, 1], (quantity, price, symbol) =>
            new Step("limit buy", quantity, price, symbol)
        ),
        Gen.Select(Gen.Int[1, 30], Gen.Int[0, 1], (quantity, symbol) => new Step("buy", quantity, 0, symbol)),
        Gen.Select(Gen.Int[1, 30], Gen.Int[0, 1], (quantity, symbol) => new Step("sell", quantity, 0, symbol)),
        Gen.Select(Gen.Int[1, 30], Gen.Int[92, 108], Gen.Int[0, 1], (quantity, price, symbol) =>
            new Step("limit sell", quantity, price, symbol)
        ),
        Gen.Select(Gen.Int[1, 30], Gen.Int[88, 100], Gen.Int[0, 1], (quantity, price, symbol) => new Step("stop", quantity, price, symbol)),
        Gen.Select(Gen.Int[1, 30], Gen.Int[1, 8], Gen.Int[0, 1], (quantity, percent, symbol) =>
            new Step("trailing", quantity, percent, symbol)
        ),
        Gen.Select(Gen.Int[1, 30], Gen.Int[1, 8], Gen.Int[0, 1], (quantity, width, symbol) => new Step("oco", quantity, width, symbol)),
        Gen.Int[0, 5].Select(back => new Step("cancel", back, 0, 0)),
        Gen.Int[0, 5].Select(back => new Step("replace", back, 0, 0)),
        Gen.Int[1, 9].Select(minutes => new Step("wait", minutes, 0, 0))
    );

    private static readonly Gen<(int[] Moves, Step[] Steps, int Model)> Runs = Gen.Select(
        Gen.Int[-300, 300].Array[80],
        Steps.Array[1, 25],
        Gen.Int[0, 2]
    );

    [Fact]
    public async Task Fills_explain_cash_and_positions_and_neither_falls_below_zero() =>
        await Runs.SampleAsync(
            async run =>
            {
                using var world = NewWorld(run.Moves, run.Model);
                for (var i = 0; i < run.Steps.Length; i++)
                {
                    await DoAsync(world, run.Steps, i);
                    await CheckAsync(world);
                }

                world.At(Today.Close.AddDays(1));
                await CheckAsync(world);
                world.Restart();
                await CheckAsync(world);
            },
            iter: 100
        );

    [Fact]
    public async Task The_same_calls_give_the_same_fills_whenever_the_process_is_killed() =>
        await Gen.Select(Runs, Gen.Int[0, 400], Gen.Bool)
            .SampleAsync(
                async input =>
                {
                    var (run, call, after) = input;
                    using var undisturbed = NewWorld(run.Moves, run.Model);
                    var expected = await RunAsync(undisturbed, run.Steps);
                    using var killed = NewWorld(run.Moves, run.Model);
                    var store = (TestPaperStore)killed.Store;
                    (store.DiesAt, store.DiesAfter) = (call % Math.Max(1, ((TestPaperStore)undisturbed.Store).Calls), after);
                    (await RunAsync(killed, run.Steps)).ShouldBe(expected);
                },
                iter: 100
            );

    [Fact]
    public async Task A_whole_scenario_is_the_same_for_every_call_before_or_after_which_the_process_is_killed()
    {
        int[] moves = [.. Enumerable.Range(0, 80).Select(i => (i * 7919 % 601) - 300)];
        Step[] steps =
        [
            new("buy", 20, 0, 0),
            new("buy", 10, 0, 1),
            new("wait", 2, 0, 0),
            new("trailing", 10, 2, 0),
            new("oco", 10, 2, 0),
            new("stop", 10, 96, 1),
            new("limit buy", 5, 97, 0),
            new("wait", 5, 0, 0),
            new("replace", 1, 0, 0),
            new("cancel", 0, 0, 0),
            new("wait", 9, 0, 0),
            new("sell", 5, 0, 1),
            new("wait", 9, 0, 0),
        ];
        using var undisturbed = NewWorld(moves, 1);
        var expected = await RunAsync(undisturbed, steps);
        var calls = ((TestPaperStore)undisturbed.Store).Calls;
        calls.ShouldBeGreaterThan(20);
        for (var call = 0; call < calls; call++)
        {
            foreach (var after in new[] { false, true })
            {
                using var killed = NewWorld(moves, 1);
                var store = (TestPaperStore)killed.Store;
                (store.DiesAt, store.DiesAfter) = (call, after);
                (await RunAsync(killed, steps)).ShouldBe(expected, $"killed {(after ? "after" : "before")} call {call}");
                store.DiesAt.ShouldBeNull();
            }
        }
    }

    private static World NewWorld(int[] moves, int model)
    {
        var world = new World(
            new()
            {
                InitialCash = 5_000,
                CancelDelay = model == 2 ? TimeSpan.FromMinutes(2) : TimeSpan.Zero,
                Fill =
                    model == 0
                        ? new()
                        : new()
                        {
                            VolumeSharePct = 50,
                            SlippagePct = 0.1m,
                            CommissionPerShare = 0.005m,
                            SpreadPct = 0.1m,
                        },
            }
        );
        foreach (var (symbol, offset) in Symbols.Select((symbol, offset) => (symbol, offset)))
        {
            var price = 100m;
            world.Close(symbol, price);
            for (var minute = 0; minute < moves.Length; minute++)
            {
                var move = moves[(minute + (offset * 31)) % moves.Length] / 100m;
                var close = Math.Clamp(price + move, 80, 120);
                // Prices of a market, in cents: sums of thirds depend on their order in the last of 28 digits.
                world.Bar(
                    minute,
                    price,
                    Math.Max(price, close) + Math.Round(Math.Abs(move) / 4, 2),
                    Math.Min(price, close) - Math.Round(Math.Abs(move) / 3, 2),
                    close,
                    10 + minute,
                    symbol
                );
                price = close;
            }
        }

        return world;
    }

    private static async Task<string> RunAsync(World world, Step[] steps)
    {
        for (var i = 0; i < steps.Length; i++)
        {
            while (true)
            {
                try
                {
                    await DoAsync(world, steps, i);
                    break;
                }
                catch (ProcessDiedException)
                {
                    world.Restart();
                }
            }
        }

        world.At(Today.Close.AddDays(1));
        while (true)
        {
            try
            {
                var orders = await world.Broker.GetOrdersAsync(default, default);
                var account = await world.Broker.GetAccountAsync(default);
                var executions = (await world.ExecutionsAsync())
                    .OrderBy(execution => execution.At)
                    .ThenBy(execution => execution.Id, StringComparer.Ordinal);
                return JsonSerializer.Serialize(
                    new
                    {
                        Orders = orders.OrderBy(order => order.Id, StringComparer.Ordinal),
                        account,
                        executions,
                    }
                );
            }
            catch (ProcessDiedException)
            {
                world.Restart();
            }
        }
    }

    // What the engine does: a request is made again only after its id was looked up.
    private static async Task DoAsync(World world, Step[] steps, int index)
    {
        var step = steps[index];
        var id = "at-s-" + index;
        var symbol = Symbols[step.Symbol];
        var terms = step.Kind switch
        {
            "limit buy" => Buy(step.Quantity, step.Price, TimeInForce.Gtc, symbol),
            "buy" => Buy(step.Quantity, symbol: symbol),
            "sell" => Sell(step.Quantity, symbol: symbol),
            "limit sell" => Sell(step.Quantity, step.Price, TimeInForce.Gtc, symbol),
            "stop" => Stop(step.Quantity, step.Price, symbol: symbol),
            "trailing" => Trailing(step.Quantity, step.Price, symbol),
            "oco" => Oco(step.Quantity, 100 + step.Price, 100 - step.Price, symbol),
            _ => null,
        };
        try
        {
            if (terms is not null)
            {
                _ = await world.Broker.FindAsync(id, default) ?? await world.SendAsync(id, terms);
            }
            else if (step.Kind == "wait")
            {
                // The target follows from the step: doing it again does not wait twice.
                world.At(
                    Math.Max(Now(world), steps.Take(index + 1).Where(earlier => earlier.Kind == "wait").Sum(earlier => earlier.Quantity))
                );
                await world.Broker.GetOrdersAsync(default, default);
            }
            else if (await world.Broker.FindAsync("at-s-" + (index - 1 - step.Quantity), default) is { EndedAt: null } order)
            {
                if (step.Kind == "cancel")
                {
                    await world.Broker.CancelAsync(order.Id, default);
                }
                else if (await world.Broker.FindAsync(id, default) is null)
                {
                    await world.Broker.ReplaceAsync(
                        order.Id,
                        id,
                        order.Terms with
                        {
                            StopPrice = order.Terms.StopPrice + 0.5m,
                            LimitPrice = order.Terms.LimitPrice - 0.5m,
                        },
                        default
                    );
                }
            }
        }
        catch (BrokerRefusedException)
        {
            // A no is an answer.
        }
    }

    private static int Now(World world) => (int)(world.Clock.GetUtcNow() - Today.Open).TotalMinutes;

    private static async Task CheckAsync(World world)
    {
        var account = await world.Broker.GetAccountAsync(default);
        var positions = await world.Broker.GetPositionsAsync(default);
        var executions = await world.ExecutionsAsync();
        account.Cash.ShouldBe(
            world.Options.InitialCash - executions.Sum(execution => (Signed(execution) * execution.Price) + execution.Fee)
        );
        account.Cash.ShouldBeGreaterThanOrEqualTo(0);
        executions.Select(execution => execution.Id).Distinct(StringComparer.Ordinal).Count().ShouldBe(executions.Count);
        foreach (var symbol in Symbols)
        {
            var position = positions.SingleOrDefault(position => position.Symbol == symbol);
            var held = position?.Quantity ?? 0;
            held.ShouldBe(executions.Where(execution => execution.Symbol == symbol).Sum(Signed));
            held.ShouldBeGreaterThanOrEqualTo(0);
            (position?.AvailableQuantity ?? 0).ShouldBeInRange(0, held);
        }

        foreach (var order in await world.Broker.GetOrdersAsync(default, default))
        {
            var filled = executions
                .Where(execution => execution.BrokerOrderId == order.Id || execution.BrokerOrderId == order.StopLeg?.Id)
                .Sum(execution => execution.Quantity);
            (order.FilledQuantity + (order.StopLeg?.FilledQuantity ?? 0)).ShouldBe(filled);
            filled.ShouldBeLessThanOrEqualTo(order.Terms.Quantity);
        }
    }

    private static decimal Signed(Execution execution) => execution.Side == OrderSide.Buy ? execution.Quantity : -execution.Quantity;

    public sealed record Step(string Kind, int Quantity, int Price, int Symbol);
}
