using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Brokerage;
using AutoTrader.Core.Schedules;
using AutoTrader.Core.Strategies;
using AutoTrader.Core.Tests.Engine;

namespace AutoTrader.Core.Tests.Application.Scheduling;

/// <summary>docs/trading-rules.md, "What pausing stops": what each command and each action of a schedule does to a strategy in each of its
/// phases.</summary>
public class CommandByPhaseTests
{
    private const string Nothing = "nothing";
    private const string ForcedDelete = "forced_delete";
    private const decimal Shares = 10;

    // Whether the strategy has a buy at the broker a quarter of an hour later, when what it held was sold meanwhile: + yes, - no, r only
    // when it repeats. In the order of the phases: pending, entry_active, position_open, exiting, completed, failed.
    private const string AsBefore = "++rrr-";
    private const string Never = "------";
    private const string Always = "++++++";

    private static readonly Dictionary<string, string> Table = new(StringComparer.Ordinal)
    {
        [Nothing] = AsBefore,
        [Of(CommandKind.PauseStrategy)] = Never,
        [Of(CommandKind.ResumeStrategy)] = AsBefore,
        [Of(CommandKind.DisableStrategy)] = Never,
        [Of(CommandKind.EnableStrategy)] = "++rr++",
        [Of(CommandKind.CloseStrategy)] = Never,
        [Of(CommandKind.Flatten)] = "+-----",
        [Of(CommandKind.DeleteStrategy)] = "--rr--",
        [ForcedDelete] = Never,
        [Of(CommandKind.CancelOrder)] = "+-rrr-",
        [Of(CommandKind.PlaceOrder)] = AsBefore,
        [Of(CommandKind.ReleaseHold)] = AsBefore,
        [Of(CommandKind.AcceptCash)] = AsBefore,
        [Of(CommandKind.SetKillSwitch)] = AsBefore, // it is served where it is asked for
        [Of(ScheduleAction.StrategyPause)] = Never,
        [Of(ScheduleAction.StrategyResume)] = AsBefore,
        [Of(ScheduleAction.StrategyStop)] = Never,
        [Of(ScheduleAction.StrategyStart)] = "++rr++",
        [Of(ScheduleAction.StrategyClose)] = Never,
        [Of(ScheduleAction.OrdersCancel)] = "+-rrr-",
        [Of(ScheduleAction.OrderPlace)] = AsBefore,
        [Of(ScheduleAction.KillSwitchOn)] = Never,
        [Of(ScheduleAction.KillSwitchOff)] = AsBefore,
        [Of(ScheduleAction.Notify)] = AsBefore,
    };

    // What stops entries is lifted by its own opposite alone.
    private static readonly Dictionary<(string Stop, string Lift), string> Lifted = new()
    {
        [(Of(CommandKind.PauseStrategy), Of(CommandKind.ResumeStrategy))] = AsBefore,
        [(Of(CommandKind.PauseStrategy), Of(ScheduleAction.StrategyResume))] = AsBefore,
        [(Of(CommandKind.PauseStrategy), Of(CommandKind.EnableStrategy))] = Never,
        [(Of(CommandKind.PauseStrategy), Of(ScheduleAction.StrategyStart))] = Never,
        [(Of(CommandKind.DisableStrategy), Of(CommandKind.EnableStrategy))] = Always,
        [(Of(CommandKind.DisableStrategy), Of(ScheduleAction.StrategyStart))] = Always,
        [(Of(CommandKind.DisableStrategy), Of(CommandKind.ResumeStrategy))] = Never,
        [(Of(CommandKind.DisableStrategy), Of(ScheduleAction.StrategyResume))] = Never,
        [(Of(CommandKind.CloseStrategy), Of(CommandKind.EnableStrategy))] = Always,
        [(Of(CommandKind.CloseStrategy), Of(ScheduleAction.StrategyStart))] = Always,
        [(Of(CommandKind.CloseStrategy), Of(CommandKind.ResumeStrategy))] = Never,
        [(Of(CommandKind.CloseStrategy), Of(ScheduleAction.StrategyResume))] = Never,
    };

    public static TheoryData<string, StrategyPhase, bool> Cells =>
        [
            .. from row in Table.Keys
            from phase in Enum.GetValues<StrategyPhase>()
            from repeats in new[] { false, true }
            select (row, phase, repeats),
        ];

    public static TheoryData<string, string, StrategyPhase, bool> Lifts =>
        [
            .. from row in Lifted.Keys
            from phase in Enum.GetValues<StrategyPhase>()
            from repeats in new[] { false, true }
            select (row.Stop, row.Lift, phase, repeats),
        ];

    private static string Of(CommandKind kind) => "command " + WireNames.Of(kind);

    private static string Of(ScheduleAction action) => "schedule " + WireNames.Of(action);

    private static bool Expected(string row, StrategyPhase phase, bool repeats) =>
        row[(int)phase] == '+' || (row[(int)phase] == 'r' && repeats);

    [Fact]
    public void The_table_has_a_row_for_every_command_and_every_action() =>
        Table.Keys.ShouldBe(
            [Nothing, ForcedDelete, .. Enum.GetValues<CommandKind>().Select(Of), .. Enum.GetValues<ScheduleAction>().Select(Of)],
            ignoreOrder: true
        );

    [Theory]
    [MemberData(nameof(Cells))]
    public async Task Every_command_does_in_every_phase_what_the_table_says(string what, StrategyPhase phase, bool repeats)
    {
        var schedules = await InPhaseAsync(phase, repeats);
        await AskAsync(schedules, what);
        await schedules.Engine.TicksAsync(1);
        if (Table[what] != Never && what != Of(CommandKind.Flatten))
        {
            schedules.Engine.Covered.ShouldBe(
                schedules.Engine.Broker.Positions.GetValueOrDefault("AAPL"),
                "no command but one that sells takes protection away"
            );
        }

        await RunOutAsync(schedules);
        Buys(schedules).ShouldBe(Expected(Table[what], phase, repeats));
    }

    [Theory]
    [MemberData(nameof(Lifts))]
    public async Task What_stops_entries_is_lifted_by_its_opposite_alone(string stop, string lift, StrategyPhase phase, bool repeats)
    {
        var schedules = await InPhaseAsync(phase, repeats);
        await AskAsync(schedules, stop);
        await RunOutAsync(schedules);
        Buys(schedules).ShouldBeFalse();
        await AskAsync(schedules, lift);
        await RunOutAsync(schedules);
        Buys(schedules).ShouldBe(Expected(Lifted[(stop, lift)], phase, repeats));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_close_holds_when_the_engine_was_selling_already_or_its_sale_was_refused(bool isRefused)
    {
        var schedules = await InPhaseAsync(StrategyPhase.PositionOpen, repeats: true);
        var engine = schedules.Engine;
        if (isRefused)
        {
            engine.Broker.BeforeSubmit = (_, terms) =>
            {
                if (terms.Type == OrderType.Market)
                {
                    throw new BrokerRefusedException(RefusalKind.Other, "no");
                }
            };
        }
        else
        {
            var row = (await engine.Store.ReadAsync<Strategy>("paper", TradingKey.Strategy("s1"), CancellationToken.None))!;
            var selling = row.Value with { Closing = new("the price is at or below the stop", engine.Clock.GetUtcNow()) };
            await engine.Store.CommitAsync("paper", [new(TradingKey.Strategy("s1"), selling, row.Version)], CancellationToken.None);
        }

        await AskAsync(schedules, Of(CommandKind.CloseStrategy));
        await engine.TicksAsync(1);
        engine.Broker.BeforeSubmit = null;
        await RunOutAsync(schedules);
        engine.Broker.Positions["AAPL"].ShouldBe(0);
        Buys(schedules).ShouldBeFalse("someone wanted it out");
    }

    private static bool Buys(ScheduleHarness schedules) =>
        schedules.Engine.Broker.Open.Any(order => order.Terms is { Symbol: "AAPL", Side: OrderSide.Buy });

    private static async Task<ScheduleHarness> InPhaseAsync(StrategyPhase phase, bool repeats)
    {
        var schedules = new ScheduleHarness();
        var engine = schedules.Engine;
        await engine.AddAsync(
            TestStrategies.Trailing() with
            {
                EntryType = EntryType.Limit,
                EntryPrice = 95,
                Repeat = repeats,
                CooldownMinutes = 5,
            }
        );
        if (phase == StrategyPhase.Pending)
        {
            engine.NoPrice("AAPL");
        }

        if (phase == StrategyPhase.Failed)
        {
            engine.Broker.BeforeSubmit = (_, _) => throw new BrokerRefusedException(RefusalKind.Other, "not this one");
        }

        await engine.TicksAsync(1);
        engine.Broker.BeforeSubmit = null;
        if (phase is StrategyPhase.PositionOpen or StrategyPhase.Exiting or StrategyPhase.Completed)
        {
            await TradeAsync(Shares);
        }

        if (phase is StrategyPhase.Exiting or StrategyPhase.Completed)
        {
            await TradeAsync(phase == StrategyPhase.Exiting ? 4 : Shares);
        }

        (await engine.StrategyAsync("s1")).Phase.ShouldBe(phase);
        return schedules;

        async Task TradeAsync(decimal quantity)
        {
            engine.Broker.Fill(engine.Broker.Open.Single().ClientOrderId, quantity, 95);
            await engine.TicksAsync(1);
        }
    }

    private static async Task AskAsync(ScheduleHarness schedules, string what)
    {
        var engine = schedules.Engine;
        if (
            Enum.GetValues<ScheduleAction>()
                .Where(action => Of(action) == what)
                .Select(action => (ScheduleAction?)action)
                .FirstOrDefault() is
            { } action
        )
        {
            var id = "sched-" + WireNames.Of(action);
            await schedules.Service.CreateAsync(
                new()
                {
                    Id = id,
                    Spec = new() { At = schedules.Now.AddSeconds(1) },
                    Task = ScheduleHarness.TaskOf(action),
                },
                "test",
                CancellationToken.None
            );
            schedules.Advance(TimeSpan.FromSeconds(1));
            await schedules.WakeAsync(id);
        }
        else if (what != Nothing)
        {
            await engine.CommandAsync(CommandOf(engine, what));
            await engine.TicksAsync(1);
        }
    }

    private static CommandEnvelope CommandOf(EngineHarness engine, string what)
    {
        var kind = what == ForcedDelete ? CommandKind.DeleteStrategy : Enum.GetValues<CommandKind>().Single(kind => Of(kind) == what);
        return engine.NewCommand(
            kind switch
            {
                CommandKind.PauseStrategy => new PauseStrategy("s1"),
                CommandKind.ResumeStrategy => new ResumeStrategy("s1"),
                CommandKind.DisableStrategy => new DisableStrategy("s1"),
                CommandKind.EnableStrategy => new EnableStrategy("s1"),
                CommandKind.CloseStrategy => new CloseStrategy("s1"),
                CommandKind.DeleteStrategy => new DeleteStrategy("s1", Force: what == ForcedDelete),
                CommandKind.CancelOrder => new CancelOrder(engine.Broker.Open.FirstOrDefault()?.ClientOrderId ?? "none"),
                CommandKind.ReleaseHold => new ReleaseHold("AAPL"),
                CommandKind.AcceptCash => new AcceptCash(1),
                CommandKind.Flatten => new Flatten(),
                CommandKind.SetKillSwitch => new SetKillSwitch(On: true),
                CommandKind.PlaceOrder => new PlaceOrder(OfAnother, "at-m-abc"),
                _ => throw new InvalidOperationException(what),
            }
        );
    }

    private static OrderTerms OfAnother =>
        new()
        {
            Symbol = "IBM",
            Side = OrderSide.Buy,
            Quantity = 1,
            Type = OrderType.Limit,
            LimitPrice = 10,
        };

    // Sells what is held, and lets the cooldown pass.
    private static async Task RunOutAsync(ScheduleHarness schedules)
    {
        var engine = schedules.Engine;
        engine.Price("AAPL", 100);
        for (var minute = 0; minute < 15; minute++)
        {
            foreach (var sale in engine.Broker.Open.Where(order => order.Terms.Side == OrderSide.Sell).ToList())
            {
                engine.Broker.Fill(sale.ClientOrderId, sale.Terms.Quantity - sale.FilledQuantity, 95);
            }

            await engine.TicksAsync(1);
        }
    }
}
