using AutoTrader.Core.Engine.Cycle;
using AutoTrader.Core.Notifications;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Strategies;
using AutoTrader.Core.Tests.Engine;
using AutoTrader.Testing;

namespace AutoTrader.Core.Tests.Notifications;

/// <summary>What the engine does is told: no crash parts a notification from the commit that it belongs to, and none is told
/// twice.</summary>
public sealed class EnqueueTests
{
    private static readonly string[] Expected =
    [
        NotificationEvent.StrategyStopped,
        NotificationEvent.TradeClosed,
        NotificationEvent.TradeOpened,
    ];

    [Fact]
    public async Task A_round_trip_is_told_once_each()
    {
        var engine = await RoundTripAsync(new());
        var notifications = await NotificationsAsync(engine);
        Describe(notifications).ShouldBe(Expected);

        var opened = notifications.Single(notification => notification.Event == NotificationEvent.TradeOpened);
        (opened.Title, opened.Subject, opened.Mark).ShouldBe(("Opened", "AAPL", NotificationMark.Green));
        opened.Facts.Select(fact => $"{fact.Label} {fact.Value}").ShouldBe(["Side BUY", "Qty 10 shares", "Price $100.00", "Strategy s1"]);
        var closed = notifications.Single(notification => notification.Event == NotificationEvent.TradeClosed);
        (closed.Title, closed.Mark).ShouldBe(("Closed", NotificationMark.Red));
        closed.Facts.ShouldContain(new NotificationFact("Realized", "-$50.00"));
        notifications.Single(notification => notification.Event == NotificationEvent.StrategyStopped).Text.ShouldBe("It has completed.");
    }

    [Fact]
    public async Task A_crash_before_or_after_any_call_loses_no_notification_and_doubles_none()
    {
        var clean = new CrashPoint();
        await RoundTripAsync(clean);
        clean.Calls.ShouldBeGreaterThan(40);
        for (var at = 1; at <= clean.Calls; at++)
        {
            var crash = new CrashPoint { DieAt = at };
            Describe(await NotificationsAsync(await RoundTripAsync(crash))).ShouldBe(Expected, $"crash at step {at}");
        }
    }

    [Fact]
    public async Task A_quiet_tick_commits_nothing()
    {
        var engine = new EngineHarness(EngineHarness.At(20, 0));
        await engine.AddAsync(TestStrategies.Trailing());
        await engine.TicksAsync(2);
        var crash = new CrashPoint();
        await Cycle(engine, crash).RunAsync(new(engine.Clock.GetUtcNow(), "timer"), CancellationToken.None);

        // Memory, commands, orders, positions; the memory again.
        crash.Calls.ShouldBe(2 * 5);
        (await NotificationsAsync(engine)).ShouldBeEmpty();
    }

    [Fact]
    public async Task An_attention_item_is_told_when_it_comes_and_when_it_goes()
    {
        var engine = new EngineHarness();
        engine.Broker.Number = "PA1";
        await engine.TicksAsync(1);
        engine.Broker.Number = "PA2";
        await engine.TickAsync();
        await engine.TickAsync();
        engine.Broker.Number = "PA1";
        await engine.TicksAsync(2);
        (await NotificationsAsync(engine))
            .Select(notification => notification.Event)
            .ShouldBe([NotificationEvent.Error, NotificationEvent.AttentionCleared]);
    }

    [Fact]
    public async Task An_attention_notification_survives_a_crash_before_the_memory_is_saved()
    {
        for (var at = 1; at <= 20; at++)
        {
            var engine = new EngineHarness();
            await engine.AddAsync(TestStrategies.Trailing().Pause("ended at the broker", PauseCause.ExternalChange));
            engine.Price("AAPL", 100);
            await TryAsync(Cycle(engine, new() { DieAt = at }), engine);
            await engine.TicksAsync(3);
            (await NotificationsAsync(engine))
                .Count(notification => notification.Subject == "EXTERNAL_CHANGE")
                .ShouldBeInRange(1, 2, $"crash at step {at}");
        }
    }

    [Fact]
    public async Task A_strategy_that_starts_and_stops_again_and_again_at_one_instant_is_never_in_its_own_way()
    {
        var engine = new EngineHarness(EngineHarness.At(20, 0));
        await engine.AddAsync(TestStrategies.Trailing());
        for (var i = 0; i < 3; i++)
        {
            foreach (var asked in new EngineCommand[] { new PauseStrategy("s1"), new ResumeStrategy("s1") })
            {
                var command = engine.NewCommand(asked);
                await engine.CommandAsync(command);
                await engine.Engine().RunAsync(new(null, "command"), CancellationToken.None);
                (await engine.CommandOf(command.Id)).Status.ShouldBe(CommandStatus.Done);
            }
        }

        (await NotificationsAsync(engine)).Select(notification => notification.Event).Count().ShouldBe(6);
    }

    [Fact]
    public async Task A_strategy_that_fails_says_why()
    {
        var engine = new EngineHarness();
        engine.Price("AAPL", 100);
        await engine.AddAsync(TestStrategies.Trailing());
        engine.Broker.Put(
            "at-s1-abcdefgh-1",
            new()
            {
                Symbol = "AAPL",
                Side = OrderSide.Buy,
                Quantity = 99,
                Type = OrderType.Market,
            }
        );
        await engine.TicksAsync(1);
        var failed = (await NotificationsAsync(engine)).Single(notification => notification.Event == NotificationEvent.StrategyFailed);
        failed.Text.ShouldNotBeNullOrEmpty();
    }

    private static async Task<EngineHarness> RoundTripAsync(CrashPoint crash)
    {
        var engine = new EngineHarness();
        engine.Price("AAPL", 100);
        engine.Broker.MarketPrice = _ => 100;
        await engine.AddAsync(TestStrategies.Trailing());
        var cycles = Cycle(engine, crash);
        for (var minute = 0; minute < 8; minute++)
        {
            if (minute == 5)
            {
                engine.Broker.Fill(engine.Broker.Open.Single(order => order.Terms.Side == OrderSide.Sell).ClientOrderId, 10, 95);
            }

            await TryAsync(cycles, engine);
            engine.Clock.Advance(TimeSpan.FromMinutes(1));
            if (crash.IsDead)
            {
                crash.Restart();
                cycles = Cycle(engine, crash);
            }
        }

        (await engine.StrategyAsync("s1")).Holding.Quantity.ShouldBe(0);
        return engine;
    }

    private static async Task TryAsync(EvaluationCycle cycles, EngineHarness engine)
    {
        try
        {
            await cycles.RunAsync(new(engine.Clock.GetUtcNow(), "timer"), CancellationToken.None);
        }
        catch (ProcessDiedException)
        {
            // Started again by the caller.
        }
    }

    private static EvaluationCycle Cycle(EngineHarness engine, CrashPoint crash) =>
        new(
            new(
                new GatedTradingStore(engine.Store, crash),
                new GatedEngineStore(engine.EngineStore, crash),
                new GatedBroker(engine.Broker, crash),
                engine,
                engine.Lease,
                engine,
                engine.Clock
            ),
            engine.Options
        );

    private static async Task<IReadOnlyList<Notification>> NotificationsAsync(EngineHarness engine) =>
        [
            .. (
                await engine.Store.ListAsync<Notification>("paper", TradingKey.NotificationPrefix, 1000, null, CancellationToken.None)
            ).Items.Select(row => row.Value),
        ];

    private static IEnumerable<string> Describe(IEnumerable<Notification> notifications) =>
        notifications
            .Select(notification => notification.Event)
            .Where(name => Expected.Contains(name, StringComparer.Ordinal))
            .Order(StringComparer.Ordinal);
}
