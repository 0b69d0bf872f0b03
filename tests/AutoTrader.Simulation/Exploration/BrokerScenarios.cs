using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Portfolio;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Brokerage;
using AutoTrader.Core.Strategies;
using static AutoTrader.Simulation.Exploration.Scenarios;

namespace AutoTrader.Simulation.Exploration;

/// <summary>What a real broker does that nobody asked for, on the model of one.</summary>
internal static class BrokerScenarios
{
    private static readonly Session Wednesday = TradingCalendar.Nyse.NextSession(World.Session.Close);
    private static readonly Session Thursday = TradingCalendar.Nyse.NextSession(Wednesday.Close);

    public static IReadOnlyList<Scenario> All { get; } =
    [
        new("fills-at-once", async world =>
        {
            await world.AddAsync(Trailing());
            await world.MinutesAsync("AAA", 100, 101, 102, 102, 99);
        }) { Exchange = exchange => exchange.FillsAtOnce = true, Ends = Traded("trail") },
        new("fills-later", async world =>
        {
            await world.AddAsync(Bracket());
            await world.MinutesAsync("AAA", 100, 100, 101, 102, 104);
        }) { Exchange = _ => { }, Ends = Traded("bracket") },
        new("partial-fills", async world =>
        {
            await world.AddAsync(Trailing() with { EntryType = EntryType.Limit, EntryPrice = 100 }, ScaleOut() with { Symbol = "BBB" });
            await world.MinuteAsync(("AAA", 100), ("BBB", 50));
            for (var i = 0; i < 4; i++)
            {
                await world.MinuteAsync(("AAA", 100 - (i / 10m)), ("BBB", 50 + (i / 10m)));
            }

            await world.MinuteAsync(("AAA", 97), ("BBB", 51));
            await world.MinuteAsync(("AAA", 97), ("BBB", 48));
            await world.MinuteAsync(("AAA", 97), ("BBB", 48));
        })
        {
            Exchange = exchange =>
            {
                exchange.MostPerMinute = 4;
                exchange.ExecutionDelay = TimeSpan.FromMinutes(1);
            },
            Ends = Traded("trail", "scale"),
        },
        new("rejects", async world =>
        {
            var refused = 0;
            world.Exchange.Refusal = terms =>
            {
                if (terms.Side == OrderSide.Sell && ++refused <= 2)
                {
                    throw new BrokerRefusedException(RefusalKind.Other, "not now");
                }

                if (terms.Symbol == "BBB")
                {
                    throw new BrokerRefusedException(RefusalKind.Other, "not tradable");
                }
            };
            world.RefusesProtection = true;
            await world.AddAsync(Trailing(), Bracket() with { Symbol = "BBB" });
            await world.MinuteAsync(("AAA", 100), ("BBB", 50));
            await world.MinutesAsync("AAA", 100, 101);
            world.RefusesProtection = false;
            world.Exchange.Refusal = null;
            await world.MinutesAsync("AAA", 102, 102, 99);
        })
        {
            Exchange = exchange => exchange.FillsAtOnce = true,
            Ends = world =>
            {
                Traded("trail")(world);
                world.Invariants.Strategies["bracket"].Phase.ShouldBe(StrategyPhase.Failed);
            },
        },
        new("refused-until-sold", async world =>
        {
            world.RefusesProtection = true;
            world.Exchange.Refusal = terms =>
            {
                if (terms is { Side: OrderSide.Sell, Type: OrderType.TrailingStop or OrderType.Stop })
                {
                    throw new BrokerRefusedException(RefusalKind.Other, "no stops on this symbol");
                }
            };
            await world.AddAsync(Trailing());
            await world.MinutesAsync("AAA", 100, 100, 100, 100, 100);
        }) { Exchange = exchange => exchange.FillsAtOnce = true, Ends = Traded("trail") },
        new("stop-beyond-the-market", async world =>
        {
            await world.AddAsync(Bracket());
            await world.MinutesAsync("AAA", 100, 100, 100);
            world.Exchange.EndExternally(order => order.IsSell, "canceled");
            await world.MinutesAsync("AAA", 97, 97, 97);
        }) { Exchange = exchange => exchange.FillsAtOnce = true, Ends = Traded("bracket") },
        new("expirations", async world =>
        {
            await world.AddAsync(Bracket() with { EntryType = EntryType.Limit, EntryPrice = 99 });
            await world.MinutesAsync("AAA", 100, 100);
            world.Exchange.EndExternally(order => !order.IsSell, "expired");
            await world.MinutesAsync("AAA", 100, 99, 100);
            world.Exchange.EndExternally(order => order.IsSell, "expired");
            await world.MinutesAsync("AAA", 100, 101, 103);
        }) { Exchange = _ => { }, Ends = Traded("bracket") },
        new("external-cancels", async world =>
        {
            await world.AddAsync(Trailing(), Grid() with { Symbol = "BBB", GridConfig = new(48, 52, 5, 4) });
            await world.MinuteAsync(("AAA", 100), ("BBB", 50.5m));
            await world.MinuteAsync(("AAA", 101), ("BBB", 49.5m));
            world.Exchange.EndExternally(order => order.Terms.Symbol == "AAA", "canceled");
            world.Exchange.EndExternally(order => order.Terms.Symbol == "BBB", "canceled");
            await world.MinutesAsync("AAA", 101, 102);
            await world.CommandAsync(new ResumeStrategy("trail"), "resume-trail");
            await world.CommandAsync(new ResumeStrategy("grid"), "resume-grid");
            await world.MinuteAsync(("AAA", 103), ("BBB", 50.5m));
            await world.MinuteAsync(("AAA", 98), ("BBB", 51.5m));
        })
        {
            Exchange = exchange => exchange.FillsAtOnce = true,
            Ends = world =>
            {
                Traded("trail")(world);
                Saw("EXTERNAL_CHANGE")(world);
            },
        },
        new("oco-legs-race", async world =>
        {
            await world.AddAsync(Bracket(), ScaleOut() with { Symbol = "BBB" });
            await world.MinuteAsync(("AAA", 100), ("BBB", 50));
            await world.MinuteAsync(("AAA", 101), ("BBB", 50.2m));
            await world.MinuteAsync(("AAA", 104), ("BBB", 50.7m));
            await world.MinuteAsync(("AAA", 104), ("BBB", 52));
        })
        {
            Exchange = exchange =>
            {
                exchange.FillsAtOnce = true;
                exchange.OcoLegsRace = true;
                exchange.ExecutionDelay = TimeSpan.FromMinutes(1);
            },
            Ends = Traded("bracket", "scale"),
        },
        new("cancels-take-time", async world =>
        {
            await world.AddAsync(Bracket());
            await world.MinutesAsync("AAA", 100, 101, 101);
            await world.CommandAsync(new CloseStrategy("bracket"), "close");
            await world.MinutesAsync("AAA", 101, 101, 101, 101);
        })
        {
            Exchange = exchange =>
            {
                exchange.FillsAtOnce = true;
                exchange.CancelDelay = TimeSpan.FromMinutes(2);
            },
            Ends = Traded("bracket"),
        },
        new("cancel-races-the-fill", async world =>
        {
            await world.AddAsync(Trailing() with { EntryType = EntryType.Limit, EntryPrice = 99 });
            await world.MinutesAsync("AAA", 100, 100);
            await world.CommandAsync(new PauseStrategy("trail"), "pause");
            await world.MinutesAsync("AAA", 99, 99, 100, 101, 101, 98);
        }) { Exchange = exchange => exchange.CancelDelay = TimeSpan.FromMinutes(2), Ends = Traded("trail") },
        new("replaced-by-the-broker", async world =>
        {
            await world.AddAsync(Bracket());
            await world.MinutesAsync("AAA", 100, 100, 101);
            world.Exchange.ReplaceExternally(
                order => order.IsSell,
                terms => terms with { LimitPrice = terms.LimitPrice - 0.5m, StopPrice = terms.StopPrice - 0.5m }
            );
            await world.MinutesAsync("AAA", 101, 101, 103);
        }) { Exchange = exchange => exchange.FillsAtOnce = true, Ends = Traded("bracket") },
        new("stop-raised-by-replacing", async world =>
        {
            await world.AddAsync(Trailing());
            await world.MinutesAsync("AAA", 100, 102, 103);
            world.Exchange.EndExternally(order => order.IsSell, "expired");
            await world.MinutesAsync("AAA", 101.5m, 101.5m, 104, 105, 106, 106, 100);
        }) { Exchange = exchange => exchange.FillsAtOnce = true, Ends = Traded("trail") },
        new("exits-replaced-for-their-owner", async world =>
        {
            await world.AddAsync(Bracket(), ScaleOut() with { Symbol = "BBB", StopLossPct = null });
            await world.MinuteAsync(("AAA", 100), ("BBB", 50));
            await world.MinuteAsync(("AAA", 100), ("BBB", 50));
            await world.ChangeAsync("bracket", strategy => strategy with { StopLossPct = 1, TakeProfitPct = 6 });
            await world.ChangeAsync("scale", strategy => strategy with { ScaleTargets = [new(33, 2), new(33, 3), new(34, 4)] });
            await world.MinuteAsync(("AAA", 103.5m), ("BBB", 50.7m));
            await world.MinuteAsync(("AAA", 103.5m), ("BBB", 52.5m));
            await world.MinuteAsync(("AAA", 98.8m), ("BBB", 52.5m));
            await world.MinuteAsync(("AAA", 98.8m), ("BBB", 52.5m));
        })
        {
            Exchange = exchange =>
            {
                exchange.FillsAtOnce = true;
                exchange.SupportsOco = false;
                exchange.ExecutionDelay = TimeSpan.FromMinutes(1);
            },
            Ends = world =>
            {
                Traded("bracket", "scale")(world);
                world.Invariants.Fills.Values.ShouldContain(fill => fill.StrategyId == "bracket" && fill.Price == 98.8m);
            },
        },
        new("cash-moves-without-a-trade", async world =>
        {
            await world.AddAsync(Trailing());
            await world.MinutesAsync("AAA", 100, 100, 101);
            world.Exchange.MoveCash(CashActivityKind.Fee, "FEE", -0.03m);
            world.Exchange.MoveCash(CashActivityKind.Dividend, "DIV", 4.10m);
            await world.MinutesAsync("AAA", 102, 102);
            world.Exchange.MoveCash(CashActivityKind.Transfer, "CSW", -250);
            await world.MinutesAsync("AAA", 102, 102, 99, 99);
        })
        {
            Exchange = exchange => exchange.FillsAtOnce = true,
            Ends = world =>
            {
                Traded("trail")(world);
                world.Invariants.Activities.Count.ShouldBe(3);
                world.Invariants.Account.Cash!.Total.ShouldBe(
                    new()
                    {
                        Fees = -0.03m,
                        Dividends = 4.10m,
                        Transfers = -250,
                    }
                );
                world.AttentionSeen.ShouldNotContain("CASH_MISMATCH");
            },
        },
        new("exchange-halts-and-closes-for-a-day", async world =>
        {
            await world.AddAsync(Trailing());
            await world.MinutesAsync("AAA", 100, 101, 102);
            world.Exchange.IsHalted = true;
            await world.MinutesAsync("AAA", 102, 102, 102);
            world.Exchange.IsHalted = false;
            await world.MinutesAsync("AAA", 102);
            await world.AddAsync(Bracket() with { Symbol = "BBB" });
            await world.MomentAsync(Wednesday.Open.AddHours(1), gaps: false, ("AAA", 97), ("BBB", 50));
            await world.MinuteAsync(("AAA", 97), ("BBB", 50));
            await world.MomentAsync(Thursday.Open.AddMinutes(1), gaps: true, ("AAA", 99), ("BBB", 50));
            await world.MinuteAsync(("AAA", 99), ("BBB", 50));
            await world.MinuteAsync(("AAA", 99), ("BBB", 52));
        })
        {
            Exchange = exchange =>
            {
                exchange.FillsAtOnce = true;
                exchange.Calendar = TradingCalendar.Nyse.With(new Dictionary<DateOnly, Session?> { [Wednesday.Day] = null });
            },
            Ends = world =>
            {
                Traded("trail", "bracket")(world);
                Saw("EXCHANGE_CLOSED")(world);
                Saw("CALENDAR_MISMATCH")(world);
                world.Exchange.Orders.ShouldAllBe(order => TradingCalendar.Nyse.TradingDay(order.SubmittedAt) != Wednesday.Day);
                world.Exchange.AllExecutions.ShouldAllBe(execution => TradingCalendar.Nyse.TradingDay(execution.At) != Wednesday.Day);
            },
        },
        new("without-oco", async world =>
        {
            await world.AddAsync(Bracket());
            await world.MinutesAsync("AAA", 100, 100, 102, 103.5m, 103.5m, 103.5m);
        })
        {
            Exchange = exchange =>
            {
                exchange.FillsAtOnce = true;
                exchange.SupportsOco = false;
            },
            Ends = Traded("bracket"),
        },
        new("pullback-on-the-model", async world =>
        {
            await world.AddAsync(Pullback());
            await world.MinutesAsync("AAA", 100, 102, 102, 100.5m, 100.5m, 100.5m, 102, 103, 103, 100.5m);
        }) { Exchange = exchange => exchange.MostPerMinute = 6, Ends = Traded("dip") },
        new("grid-on-the-model", async world =>
        {
            await world.AddAsync(Grid());
            await world.MinutesAsync("AAA", 100.5m, 99.5m, 98.5m, 99.5m, 100.5m, 101.5m, 99.5m);
        })
        {
            Exchange = exchange =>
            {
                exchange.MostPerMinute = 3;
                exchange.CancelDelay = TimeSpan.FromMinutes(1);
            },
            Ends = Traded("grid"),
        },
    ];
}
