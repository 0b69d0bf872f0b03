using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Strategies;
using AutoTrader.SampleMarket;
using AutoTrader.Testing;
using static AutoTrader.Simulation.Exploration.Scenarios;

namespace AutoTrader.Simulation.Exploration;

/// <summary>
/// A virtual year of trading on the paper broker, with a fault every few hundred calls: a tick every hour, or every minute in the long
/// form. <c>AUTOTRADER_SOAK_SEED</c> chooses another year, <c>AUTOTRADER_SOAK_MINUTES</c> the time between two ticks.
/// </summary>
public class SoakTests(ITestOutputHelper output)
{
    private const int Sessions = 252;
    private const int MostCalls = 10_000_000;
    private const int CallsPerFault = 300;

    private static readonly FaultKind[] Kinds =
    [
        FaultKind.CrashBefore,
        FaultKind.CrashAfter,
        FaultKind.Transient,
        FaultKind.LostAnswer,
        FaultKind.LateByCalls,
        FaultKind.LateByTick,
        FaultKind.Duplicate,
        FaultKind.Stale,
        FaultKind.Overlap,
        FaultKind.Outage,
    ];

    private static readonly (string Symbol, decimal Price)[] Symbols = [("AAA", 100), ("BBB", 50), ("CCC", 20), ("DDD", 30), ("EEE", 60)];

    private static readonly Strategy[] Strategies =
    [
        Trailing() with
        {
            Repeat = true,
        },
        Bracket(symbol: "BBB") with
        {
            EntryType = EntryType.Limit,
            EntryPrice = 50,
            Repeat = true,
        },
        ScaleOut(symbol: "CCC") with
        {
            Quantity = 30,
            Repeat = true,
            CooldownMinutes = 60,
        },
        Grid(symbol: "DDD") with
        {
            GridConfig = new(27, 33, 7, 5),
        },
        Pullback(symbol: "EEE") with
        {
            Repeat = true,
        },
    ];

    [Fact]
    public async Task After_a_year_of_faults_the_ledger_equals_the_broker_to_the_cent()
    {
        var seed = LongForm.Setting("AUTOTRADER_SOAK_SEED", 1);
        using var world = new World(new("soak", _ => Task.CompletedTask), [.. Faults(new(seed))]) { ChecksEveryCycle = false };
        await world.LimitAsync(new() { MaxDailyLoss = 5_000 });
        await world.AddAsync(Strategies);

        await TradeAsync(world, new(seed), LongForm.Setting("AUTOTRADER_SOAK_MINUTES", LongForm.Of(60, 1)));

        world.Invariants.Violations.ShouldBeEmpty($"seed {seed}");
        var fills = world.Invariants.Fills.Values;
        foreach (var strategy in Strategies)
        {
            fills.Count(fill => fill.StrategyId == strategy.Id && fill.Side == OrderSide.Sell).ShouldBeGreaterThan(5, strategy.Id);
        }

        output.WriteLine(
            $"{Sessions} sessions, {world.Calls} calls, {world.Fired} faults, {world.Invariants.Orders.Count} orders, {fills.Count()} "
                + "fills"
        );
    }

    private static async Task TradeAsync(World world, Noise noise, int minutes)
    {
        var prices = Symbols.ToArray();
        var session = World.Session;
        for (var day = 0; day < Sessions; day++)
        {
            var isFirst = true;
            for (var instant = session.Open.AddMinutes(5); instant <= session.Close; instant = instant.AddMinutes(minutes))
            {
                for (var i = 0; i < prices.Length; i++)
                {
                    prices[i].Price = Walk(noise, prices[i].Price, Symbols[i].Price, minutes);
                }

                await world.MomentAsync(instant, isFirst, prices);
                isFirst = false;
            }

            await world.MomentAsync(session.Close.AddMinutes(1), gaps: false);
            await world.CalmAsync();
            session = TradingCalendar.Nyse.NextSession(session.Close);
        }
    }

    // A walk that is drawn back to where it began, so that grids stay in their band.
    private static decimal Walk(Noise noise, decimal price, decimal home, int minutes)
    {
        var most = minutes >= 10 ? 70 : 20;
        var next = price * (1 + (noise.Next(-most, most) / 10_000m)) + ((home - price) * 0.01m);
        return Math.Round(next, 2);
    }

    private static IEnumerable<Fault> Faults(Random random)
    {
        for (var call = random.Next(1, CallsPerFault); call < MostCalls; call += random.Next(1, 2 * CallsPerFault))
        {
            yield return new(call, Kinds[random.Next(Kinds.Length)]);
        }
    }
}
