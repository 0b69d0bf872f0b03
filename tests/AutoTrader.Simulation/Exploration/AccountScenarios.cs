using AutoTrader.Brokers.Paper;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Strategies;
using static AutoTrader.Simulation.Exploration.Scenarios;

namespace AutoTrader.Simulation.Exploration;

/// <summary>What people do, what the account's limits do, and what happens to a symbol.</summary>
internal static class AccountScenarios
{
    public static IReadOnlyList<Scenario> All { get; } =
    [
        new("manual-orders", async world =>
        {
            await world.AddAsync(Trailing() with { Symbol = "BBB" });
            await world.MinuteAsync(("AAA", 100), ("BBB", 50));
            await world.PlaceAsync(Buy(5), "one");
            await world.PlaceAsync(Buy(5), "one");
            await world.MinutesAsync("AAA", 100);
            await world.PlaceAsync(Buy(3, 99), "two");
            await world.MinutesAsync("AAA", 100);
            await world.AskAsync(host =>
                host.Orders.CancelAsync(ClientOrderIds.ForManual("user", "two"), new("user", "three"), null, CancellationToken.None)
            );
            await world.PlaceAsync(Sell(5), "four");
            await world.PlaceAsync(Sell(5), "four");
            await world.MinutesAsync("AAA", 100, 100);
        }) { Ends = Traded(Order.ManualOwner) },
        new("manual-orders-on-the-model", async world =>
        {
            await world.MinuteAsync(("AAA", 100));
            await world.PlaceAsync(Buy(5), "one");
            await world.MinutesAsync("AAA", 100);
            await world.PlaceAsync(Buy(5), "one");
            await world.PlaceAsync(Sell(5), "two");
            await world.PlaceAsync(Sell(5), "two");
            await world.MinutesAsync("AAA", 100, 100, 100, 100);
        }) { Exchange = _ => { }, Ends = Traded(Order.ManualOwner) },
        new("kill-switch", async world =>
        {
            await world.AddAsync(Trailing(), Grid() with { Symbol = "BBB", GridConfig = new(48, 52, 5, 4) });
            await world.MinuteAsync(("AAA", 100), ("BBB", 50.5m));
            await world.MinuteAsync(("AAA", 100), ("BBB", 49.5m));
            await world.AskAsync(host =>
                host.KillSwitch.TurnOnAsync(
                    "told to",
                    flatten: false,
                    wholeAccount: false,
                    new("user", "kill"),
                    null,
                    CancellationToken.None
                )
            );
            await world.MinuteAsync(("AAA", 101), ("BBB", 48.5m));
            await world.AskAsync(host => host.KillSwitch.TurnOffAsync(new("user"), null, CancellationToken.None));
            await world.MinuteAsync(("AAA", 102), ("BBB", 49.5m));
            await world.MinuteAsync(("AAA", 99), ("BBB", 50.5m));
            await world.MinuteAsync(("AAA", 99), ("BBB", 51.5m));
        }) { Ends = Traded("trail", "grid") },
        new("flatten", async world =>
        {
            await world.AddAsync(Trailing(), Bracket() with { Symbol = "BBB" });
            await world.MinuteAsync(("AAA", 100), ("BBB", 50));
            await world.PlaceAsync(Buy(5), "mine");
            await world.MinuteAsync(("AAA", 101), ("BBB", 50.5m));
            await world.AskAsync(host =>
                host.KillSwitch.TurnOnAsync("out", flatten: true, wholeAccount: false, new("user", "flatten"), null, CancellationToken.None)
            );
            await world.MinuteAsync(("AAA", 101), ("BBB", 50.5m));
            await world.MinuteAsync(("AAA", 101), ("BBB", 50.5m));
        }) { Ends = Traded("trail", "bracket") },
        new("flatten-the-account", async world =>
        {
            await world.AddAsync(Trailing(), Grid() with { Symbol = "BBB", GridConfig = new(48, 52, 5, 4) });
            await world.MinuteAsync(("AAA", 100), ("BBB", 50.5m));
            await world.PlaceAsync(Buy(5), "mine");
            await world.MinuteAsync(("AAA", 101), ("BBB", 49.5m));
            await world.AskAsync(host =>
                host.KillSwitch.TurnOnAsync("out", flatten: true, wholeAccount: true, new("user", "flatten"), null, CancellationToken.None)
            );
            await world.MinuteAsync(("AAA", 101), ("BBB", 49.5m));
            await world.MinuteAsync(("AAA", 101), ("BBB", 49.5m));
            await world.MinuteAsync(("AAA", 101), ("BBB", 49.5m));
        })
        {
            Exchange = exchange =>
            {
                exchange.FillsAtOnce = true;
                exchange.CancelDelay = TimeSpan.FromMinutes(1);
            },
            Ends = Traded("trail", Order.ManualOwner),
        },
        new("pause-and-delete", async world =>
        {
            await world.AddAsync(Trailing(), Grid() with { Symbol = "BBB", GridConfig = new(48, 52, 5, 4) });
            await world.MinuteAsync(("AAA", 100), ("BBB", 50.5m));
            await world.MinuteAsync(("AAA", 100), ("BBB", 49.5m));
            await world.CommandAsync(new PauseStrategy("grid"), "pause");
            await world.CommandAsync(new DeleteStrategy("trail", Force: true), "delete");
            await world.MinuteAsync(("AAA", 100), ("BBB", 48.5m));
            await world.CommandAsync(new ResumeStrategy("grid"), "resume");
            await world.MinuteAsync(("AAA", 100), ("BBB", 50.5m));
            await world.CommandAsync(new DisableStrategy("grid"), "disable");
            await world.MinuteAsync(("AAA", 100), ("BBB", 49.5m));
        }) { Ends = world => world.Invariants.Strategies.ContainsKey("trail").ShouldBeFalse() },
        new("limits", async world =>
        {
            await world.LimitAsync(
                new()
                {
                    MaxDailyTrades = 2,
                    MaxPositionSize = 15,
                    MaxOrderValue = 1_500,
                }
            );
            await world.AddAsync(
                Trailing() with
                {
                    AllowSharedSymbol = true,
                },
                Bracket() with
                {
                    AllowSharedSymbol = true,
                },
                Trailing("other", "BBB") with
                {
                    Quantity = 5,
                },
                Trailing("large", "CCC") with
                {
                    Quantity = 20,
                }
            );
            await world.MinuteAsync(("AAA", 100), ("BBB", 50), ("CCC", 90));
            await world.MinuteAsync(("AAA", 101), ("BBB", 50), ("CCC", 90));
            await world.PlaceAsync(Buy(1), "more");
            await world.MinuteAsync(("AAA", 98), ("BBB", 50), ("CCC", 90));
        }) { Ends = Traded("bracket") },
        new("daily-loss", async world =>
        {
            await world.LimitAsync(new() { MaxDailyLoss = 20 });
            await world.AddAsync(
                Trailing() with
                {
                    Repeat = true,
                    TrailingStopPct = 1,
                },
                Bracket() with
                {
                    Symbol = "BBB",
                    EntryType = EntryType.Limit,
                    EntryPrice = 49,
                }
            );
            await world.MinuteAsync(("AAA", 100), ("BBB", 50));
            await world.MinuteAsync(("AAA", 98.9m), ("BBB", 50));
            await world.MinuteAsync(("AAA", 98.5m), ("BBB", 50));
            await world.MinuteAsync(("AAA", 96), ("BBB", 49.5m));
            await world.MinuteAsync(("AAA", 96), ("BBB", 48));
        })
        {
            Ends = world =>
            {
                Traded("trail")(world);
                Saw("DAILY_LOSS_LIMIT")(world);
            },
        },
        new("split-declared", SplitAsync(declared: true)) { Ends = Traded("trail") },
        new("split-declared-ignored", SplitAsync(declared: true, release: true))
        {
            Paper = new() { SplitBehavior = SplitBehavior.Ignored },
        },
        new("split-undeclared", SplitAsync(declared: false)) { Paper = new() { SplitBehavior = SplitBehavior.Ignored } },
        new("upgrade", async world =>
        {
            await world.AddAsync(Trailing(), Bracket() with { Symbol = "BBB" });
            await world.MinuteAsync(("AAA", 100), ("BBB", 50));
            await world.MinuteAsync(("AAA", 101), ("BBB", 50));
            await world.UpgradeAsync();
            await world.MinuteAsync(("AAA", 102), ("BBB", 50));
            await world.MinuteAsync(("AAA", 99), ("BBB", 50));
            await world.MinuteAsync(("AAA", 99), ("BBB", 52));
            await world.UpgradedRowsSurviveAsync();
        })
        {
            Ends = world =>
            {
                Traded("trail", "bracket")(world);
                Saw("UNREADABLE")(world);
            },
        },
    ];

    private static Func<World, Task> SplitAsync(bool declared, bool release = false) =>
        async world =>
        {
            if (declared)
            {
                world.Outside.Market.Splits.Add(new("AAA", new(2026, 2, 4), 2, 1));
            }

            await world.AddAsync(Trailing());
            await world.MinutesAsync("AAA", 100, 100, 101);
            await world.NextSessionAsync(("AAA", 50.5m));
            await world.MinutesAsync("AAA", 50.6m, 50.6m);
            if (release)
            {
                await world.CommandAsync(new ReleaseHold("AAA"), "release");
            }

            await world.MinutesAsync("AAA", 50, 49.2m, 49, 49);
        };
}
