using AutoTrader.Core.Application;
using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Strategies;
using AutoTrader.Testing;
using CsCheck;

namespace AutoTrader.Core.Tests.Strategies.Simulation;

/// <summary>
/// docs/trading-rules.md, "Invariants": random prices, partial fills, late cancels, refusals, splits and meddling against the evaluator;
/// the invariants hold after every step, and it always comes to rest and out again.
/// </summary>
public sealed class InvariantTests
{
    private static readonly long Runs = LongForm.Of(125, 500);

    internal enum Happening
    {
        Nothing,
        Pause,
        Resume,
        Disable,
        Enable,
        Close,
        KillSwitchOn,
        KillSwitchOff,
        ExternalCancel,
        Refusal,
        ClosedMarket,
        Split,
        ReverseSplit,
        ArmAnew,
        Tighten,
        Widen,
        Lower,
        MoveTargets,
    }

    internal sealed record Happens(int MovePct, Happening What, bool FillsPartly, bool CancelsLate, bool DelaysExecutions, int Which);

    private static readonly (int Numerator, int Denominator)[] Forward = [(3, 2), (2, 1), (7, 1), (4, 3)];
    private static readonly (int Numerator, int Denominator)[] Reverse = [(1, 2), (2, 3), (1, 3), (1, 10)];

    private static readonly Gen<Happens> AnyStep =
        from move in Gen.Int[-6, 6]
        from what in Gen.Frequency((12, Gen.Const(Happening.Nothing)), (10, Gen.Enum<Happening>()))
        from partly in Gen.Bool
        from late in Gen.Bool
        from delayed in Gen.Bool
        from which in Gen.Int[0, 10]
        select new Happens(move, what, partly, late, delayed, which);

    private static readonly Gen<Strategy> AnyEntry = Gen.OneOf(
        Gen.Const(Given.Trailing),
        Gen.Const(Given.Trailing with { EntryType = EntryType.Limit, EntryPrice = 99 }),
        Gen.Const(Given.Trailing with { EntryType = EntryType.Condition, EntryCondition = "below:98" }),
        Gen.Const(Given.Trailing with { EntryType = EntryType.Condition, EntryCondition = "above:102" })
    );

    private static readonly Gen<Strategy> AnyStrategy =
        from entry in AnyEntry
        from type in Gen.Enum<StrategyType>()
        from quantity in Gen.Int[1, 25]
        from hasStop in Gen.Bool
        from stopsBelow in Gen.Bool
        select entry with
        {
            StrategyType = type,
            Quantity = quantity,
            TrailingStopPct = 5,
            StopLossPct = hasStop || type != StrategyType.ScaleOut ? 4 : null,
            TakeProfitPct = 6,
            PullbackPct = 3,
            ScaleTargets = ScaleOut.DefaultTargets,
            GridConfig = new GridConfig(90, 110, 5, 7) with { StopBelow = stopsBelow ? 86 : null },
        };

    [Fact]
    public void The_invariants_hold_after_every_step_and_it_comes_to_rest() =>
        Gen.Select(AnyStrategy, Gen.Bool, AnyStep.List[1, 40]).Sample((strategy, oco, steps) => Play(strategy, oco, steps), iter: Runs);

    private static void Play(Strategy strategy, bool oco, List<Happens> steps)
    {
        var engine = new ModelEngine(strategy, oco);
        try
        {
            foreach (var step in steps)
            {
                Apply(engine, step);
            }

            ComesToRest(engine);
            ComesOutAgain(engine);
        }
        catch (Exception failure)
        {
            throw new InvalidOperationException(
                $"{strategy.StrategyType} {strategy.EntryType} oco={oco}\n{string.Join('\n', engine.Log)}\n{failure.Message}",
                failure
            );
        }
    }

    private static void Apply(ModelEngine engine, Happens step)
    {
        var broker = engine.Broker;
        (broker.FillsPartly, broker.CancelsLate, engine.DelaysExecutions) = (step.FillsPartly, step.CancelsLate, step.DelaysExecutions);
        var before = engine.Strategy;
        var splits = Happen(engine, step);
        engine.Step(TickSize.RoundDown(Math.Clamp(broker.Price * (1 + (step.MovePct / 100m)), 5, 5_000)));
        broker.Refusals = 0;
        CheckBounds(engine);
        CheckProtection(engine);
        CheckEntries(engine, step.CancelsLate);
        if (!splits && step.What != Happening.Lower && before.Arm == engine.Strategy.Arm && before.EffectiveStop is { } stop)
        {
            engine
                .Strategy.EffectiveStop.ShouldNotBeNull()
                .ShouldBeGreaterThanOrEqualTo(stop, "invariant 4: the effective stop never falls");
        }

        broker.IsOpen = true;
    }

    private static bool Happen(ModelEngine engine, Happens step)
    {
        engine.Log.Add(
            $"{step.What}{(step.FillsPartly ? ", partly" : "")}"
                + $"{(step.CancelsLate ? ", late" : "")}{(step.DelaysExecutions ? ", delayed" : "")}"
        );
        switch (step.What)
        {
            case Happening.Pause:
                engine.Change(strategy => strategy with { PauseReason = "by hand" });
                break;
            case Happening.Resume:
                engine.Change(strategy => strategy with { PauseReason = null });
                break;
            case Happening.Disable:
                engine.Change(strategy => strategy with { Enabled = false });
                break;
            case Happening.Enable:
                engine.Change(strategy => strategy with { Enabled = true });
                break;
            case Happening.Close when !engine.Strategy.IsTerminal:
                engine.Change(strategy => strategy with { Closing = strategy.Closing ?? new("told to", engine.Now) });
                break;
            case Happening.KillSwitchOn or Happening.KillSwitchOff:
                engine.KillSwitch = step.What == Happening.KillSwitchOn;
                break;
            case Happening.ExternalCancel:
                engine.Broker.CancelExternally(step.Which);
                break;
            case Happening.Refusal:
                engine.Broker.Refusals = 1;
                break;
            case Happening.ClosedMarket:
                engine.Broker.IsOpen = false;
                break;
            case Happening.Split or Happening.ReverseSplit:
                var day = engine.Strategy.Holding.LastSplit?.AddDays(1) ?? new(2026, 2, 4);
                var terms = step.What == Happening.Split ? Forward[step.Which % Forward.Length] : Reverse[step.Which % Reverse.Length];
                Split(engine, new("AAPL", day, terms.Numerator, terms.Denominator));
                return true;
            case Happening.Tighten or Happening.Widen or Happening.Lower or Happening.MoveTargets:
                Redefine(engine, step);
                break;
            case Happening.ArmAnew
                when engine.Strategy.IsTerminal
                    && engine.Orders.All(order => !order.IsWorking && order.UnexplainedQuantity == 0)
                    && engine.Strategy.Holding.Quantity < 1:
                engine.Change(strategy => strategy.ArmAnew(ClientOrderIds.NextArm(strategy.Id, strategy.Arm)));
                break;
        }

        return false;
    }

    private static void Split(ModelEngine engine, Split split)
    {
        var before = engine.Strategy;
        engine.Split(split);
        var after = engine.Strategy;
        after.Holding.Quantity.ShouldBe(engine.Broker.Position, "whole shares, as the broker has them");
        (after.Quantity * split.Denominator).ShouldBeLessThanOrEqualTo(
            before.Quantity * (before.StrategyType == StrategyType.Grid ? split.Denominator : split.Numerator),
            "quantities never scale up"
        );
        after.Slots.ShouldAllBe(shares => shares == Math.Floor(shares));
    }

    // As services and imports take a change: refused, or settled.
    private static void Redefine(ModelEngine engine, Happens step)
    {
        var pct = 1 + step.Which;
        var current = engine.Strategy;
        var next = (step.What, current.StrategyType) switch
        {
            (Happening.MoveTargets, StrategyType.Bracket) => current with { TakeProfitPct = pct },
            (Happening.MoveTargets, StrategyType.ScaleOut) => current with
            {
                ScaleTargets = [new(33, pct), new(33, pct + 1), new(34, pct + 2)],
            },
            (Happening.MoveTargets, _) => current,
            (_, StrategyType.Grid) when current.GridConfig is { } grid => current with
            {
                GridConfig = grid with { StopBelow = grid.Low - pct },
            },
            (_, StrategyType.Bracket) => current with { StopLossPct = pct },
            (_, StrategyType.ScaleOut) => current.StopLossPct is null ? current : current with { StopLossPct = pct },
            _ => current with { TrailingStopPct = pct },
        };
        next = StrategyRules.Normalize(current, next);
        if (StrategyRules.Contradiction(current, next, allowLowerStop: step.What == Happening.Lower) is null)
        {
            engine.Change(_ => next);
        }
    }

    private static void CheckBounds(ModelEngine engine)
    {
        var strategy = engine.Strategy;
        if (strategy.StrategyType == StrategyType.Grid)
        {
            var exposure = Exposure.Of(strategy, engine.Orders);
            // Splits round the quantity of a level down, and what is held stays.
            var bound = strategy.Holding.LastSplit is null
                ? (strategy.GridConfig!.Levels - 1) * strategy.GridConfig.QtyPerLevel
                : decimal.MaxValue;
            (exposure.Held + exposure.OpenBuys).ShouldBeLessThanOrEqualTo(bound, "invariant 1: a grid's inventory is bounded");
        }
        else
        {
            // A split scales what was bought exactly, and the quantity to whole shares.
            engine.BoughtAndOpen.ShouldBeLessThanOrEqualTo(
                strategy.Holding.LastSplit is null ? strategy.Quantity : decimal.MaxValue,
                "invariant 1: never more than its quantity"
            );
        }

        engine.Broker.Oversold.ShouldBe(0, "invariant 2: never more on sale than is held");
    }

    private static void CheckProtection(ModelEngine engine)
    {
        if (engine.Strategy.Closing is not null || engine.WasRefused)
        {
            return;
        }

        var onSale = engine
            .Broker.Working.Where(order => order.Terms.Side == OrderSide.Sell)
            .Sum(order => order.Terms.Quantity - order.FilledQuantity);
        (engine.Broker.Position - onSale).ShouldBeLessThan(1, "invariant 3: every whole share is covered");
        onSale.ShouldBeLessThanOrEqualTo(engine.Broker.Position, "invariant 2");
    }

    private static void CheckEntries(ModelEngine engine, bool cancelsLate)
    {
        if (engine.Strategy.MayEnter && !engine.KillSwitch)
        {
            return;
        }

        var buys = engine.Orders.Where(order => order is { IsWorking: true, Terms.Side: OrderSide.Buy }).ToList();
        buys.ShouldAllBe(order => order.IsCancelWanted, "invariant 5: no working entry");
        if (!cancelsLate)
        {
            buys.ShouldBeEmpty("invariant 5: the broker said canceled");
        }
    }

    private static void ComesToRest(ModelEngine engine)
    {
        engine.Log.Add("nothing new happens");
        var broker = engine.Broker;
        (broker.FillsPartly, broker.CancelsLate, engine.DelaysExecutions) = (false, false, false);
        for (var i = 0; i < 5; i++)
        {
            engine.Step(broker.Price);
        }

        var (strategy, orders) = (engine.Strategy, engine.Orders.ToList());
        engine.Step(broker.Price);
        engine.Decisions.ShouldBe(0, "invariant 10: quiescent within five steps");
        engine.Strategy.ShouldBe(strategy);
        engine.Orders.ShouldBe(orders);
        engine.Strategy.Closing.ShouldBeNull("nothing waits for ever");
    }

    private static void ComesOutAgain(ModelEngine engine)
    {
        engine.Log.Add("everything is allowed again; close");
        engine.KillSwitch = false;
        engine.Change(strategy =>
            strategy with
            {
                PauseReason = null,
                Enabled = true,
                Closing = strategy.IsTerminal ? null : new("told to", engine.Now),
            }
        );
        for (var i = 0; i < 3; i++)
        {
            engine.Step(engine.Broker.Price);
        }

        engine.Broker.Position.ShouldBeLessThan(1);
        engine.Strategy.IsTerminal.ShouldBeTrue("invariant 10: no phase is a dead end");
        engine.Orders.ShouldBeEmpty();

        engine.Log.Add("armed anew");
        var price = engine.Broker.Price;
        engine.Change(strategy =>
            strategy.ArmAnew(ClientOrderIds.NextArm(strategy.Id, strategy.Arm)) with
            {
                EntryType = EntryType.Market,
                GridConfig = null,
                Quantity = Math.Max(1, strategy.Quantity),
            }
        );
        engine.Step(price);
        engine.Step(price);
        engine.Step(price * 0.9m);
        engine.Step(price * 0.9m);
        var exposure = Exposure.Of(engine.Strategy, engine.Orders);
        (exposure.Held >= 1 || exposure.OpenBuys >= 1 || engine.Strategy.Phase == StrategyPhase.Completed).ShouldBeTrue(
            "invariant 10: it trades again"
        );
        engine.BoughtAndOpen.ShouldBeGreaterThan(0);
    }
}
