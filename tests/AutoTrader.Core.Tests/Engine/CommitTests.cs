using AutoTrader.Core.Engine;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Core.Tests.Engine;

/// <summary>docs/trading-rules.md, "Commit, submit, record" and "The evaluation cycle": what is written together, and what is looked at
/// between a commit and its sending.</summary>
public class CommitTests
{
    private static (EngineHarness Engine, WatchedStore Store) Watched()
    {
        var engine = new EngineHarness();
        var store = new WatchedStore(engine.Store);
        engine.Trading = store;
        engine.Price("AAPL", 100);
        return (engine, store);
    }

    [Fact]
    public async Task An_intent_is_committed_in_one_group_with_the_new_state_of_its_strategy()
    {
        var (engine, store) = Watched();
        await engine.AddAsync(TestStrategies.Trailing() with { EntryType = EntryType.Limit, EntryPrice = 95 });
        await engine.TicksAsync(1);

        var group = store.Groups.First(writes => writes.Any(write => write.Record is Order));
        var order = group.Select(write => write.Record).OfType<Order>().ShouldHaveSingleItem();
        var strategy = group.Select(write => write.Record).OfType<Strategy>().ShouldHaveSingleItem();
        (strategy.Phase, strategy.NextSequence).ShouldBe((StrategyPhase.EntryActive, 2));
        group.ShouldAllBe(write =>
            write.Record is Order
            || write.Record is Core.Notifications.Notification
            || write.Expected != null
            || write.RowKey == TradingKey.Account
        );
        (order.Status, order.Terms.Symbol, order.Terms.Side, order.Terms.Quantity, order.Terms.Type, order.Terms.LimitPrice).ShouldBe(
            (OrderStatus.Intended, "AAPL", OrderSide.Buy, 10m, OrderType.Limit, 95m)
        );
        (order.DecidedAt, order.SubmitBy).ShouldBe((EngineHarness.At(9, 31), EngineHarness.At(9, 31).AddSeconds(90)));
    }

    [Fact]
    public async Task An_intent_whose_strategy_was_changed_meanwhile_is_not_committed_and_not_sent()
    {
        var (engine, store) = Watched();
        await engine.AddAsync(TestStrategies.Trailing());
        var once = true;
        store.BeforeCommit = group =>
        {
            if (once && group.Any(write => write.Record is Order))
            {
                once = false;
                var row = engine
                    .Store.ReadAsync<Strategy>("paper", TradingKey.Strategy("s1"), CancellationToken.None)
                    .GetAwaiter()
                    .GetResult()!;
                engine
                    .Store.CommitAsync(
                        "paper",
                        [new(TradingKey.Strategy("s1"), row.Value with { Quantity = 3 }, row.Version)],
                        CancellationToken.None
                    )
                    .GetAwaiter()
                    .GetResult();
            }
        };
        await engine.TicksAsync(1);
        engine.Broker.Submissions.ShouldBeEmpty();
        (await engine.OrdersAsync()).ShouldBeEmpty();
        await engine.TicksAsync(1);
        engine.Broker.Submissions.ShouldHaveSingleItem().Terms.Quantity.ShouldBe(3);
    }

    [Fact]
    public async Task A_fill_is_inserted_in_one_group_with_the_new_state_of_its_order_and_strategy()
    {
        var (engine, store) = Watched();
        await engine.AddAsync(TestStrategies.Trailing());
        await engine.TicksAsync(1);
        engine.Broker.Fill("at-s1-abcdefgh-1", 10, 100);
        store.Groups.Clear();
        await engine.TicksAsync(1);

        var group = store.Groups.Single(writes => writes.Any(write => write.Record is Fill));
        group.Single(write => write.Record is Fill).Expected.ShouldBeNull("inserted, never overwritten");
        group
            .Select(write => write.Record)
            .OfType<Order>()
            .ShouldContain(order => order.ClientOrderId == "at-s1-abcdefgh-1" && order.ExecutedQuantity == 10);
        group.Select(write => write.Record).OfType<Strategy>().ShouldHaveSingleItem().Holding.Quantity.ShouldBe(10);
    }

    [Fact]
    public async Task An_entry_whose_time_to_be_sent_has_passed_since_its_commit_is_abandoned()
    {
        var (engine, _) = Watched();
        engine.Price("IBM", 50);
        await engine.AddAsync(TestStrategies.Trailing("s1"));
        await engine.AddAsync(TestStrategies.Trailing("s2") with { Symbol = "IBM" });
        engine.Broker.AfterSubmit = (_, _) => engine.Clock.Advance(TimeSpan.FromSeconds(91));
        await engine.TicksAsync(1);
        engine.Broker.Submissions.ShouldHaveSingleItem();
        (await engine.OrdersAsync()).ShouldContain(order => order.Status == OrderStatus.Abandoned);
    }

    [Theory]
    [InlineData("positions", false)]
    [InlineData("quotes", false)]
    [InlineData("read", true)]
    public async Task A_lost_lease_ends_the_cycle_before_its_next_commit_or_submission(string lostAt, bool isCommitted)
    {
        var (engine, store) = Watched();
        var lease = new FadingLease();
        engine.Lease = lease;
        await engine.AddAsync(TestStrategies.Trailing());
        await engine.SetAccountAsync(account => account with { AccountNumber = "PA1", Today = null });
        var before = 0;
        // The account is read once more between the commit of an entry and its sending.
        engine.Gate = new Watching(call =>
        {
            if (call.Name == lostAt)
            {
                before = store.Groups.Count;
                lease.IsHeld = false;
            }
        });
        (await engine.TickAsync()).Outcome.ShouldBe(CycleOutcome.Stopped);
        engine.Broker.Submissions.ShouldBeEmpty();
        store.Groups.Count.ShouldBe(before);
        (await engine.OrdersAsync()).Any(order => order.Status == OrderStatus.Intended).ShouldBe(isCommitted);
    }

    [Fact]
    public async Task A_group_that_meets_a_conflict_falls_back_to_one_strategy_per_group()
    {
        var (engine, store) = Watched();
        engine.Broker.MarketPrice = _ => 100;
        engine.Price("IBM", 100);
        await engine.AddAsync(TestStrategies.Trailing("s1"));
        await engine.AddAsync(TestStrategies.Trailing("s2") with { Symbol = "IBM" });
        await engine.TicksAsync(2);
        engine.Price("AAPL", 105);
        engine.Price("IBM", 105);
        await engine.TicksAsync(1);
        var once = true;
        store.BeforeCommit = group =>
        {
            if (once && group.Count(write => write.Record is Strategy) == 2)
            {
                once = false;
                var row = engine
                    .Store.ReadAsync<Strategy>("paper", TradingKey.Strategy("s1"), CancellationToken.None)
                    .GetAwaiter()
                    .GetResult()!;
                engine
                    .Store.CommitAsync(
                        "paper",
                        [new(TradingKey.Strategy("s1"), row.Value with { Notes = "noted" }, row.Version)],
                        CancellationToken.None
                    )
                    .GetAwaiter()
                    .GetResult();
            }
        };
        (await engine.TickAsync()).Record!.Skipped.ShouldBe(1);
        once.ShouldBeFalse();
        (await engine.StrategyAsync("s2")).HighWatermark.ShouldBe(105);
        (await engine.StrategyAsync("s1")).ShouldSatisfyAllConditions(
            it => it.HighWatermark.ShouldBe(100),
            it => it.Notes.ShouldBe("noted")
        );
        await engine.TicksAsync(1);
        (await engine.StrategyAsync("s1")).HighWatermark.ShouldBe(105);
    }

    [Fact]
    public async Task At_most_twenty_entries_are_committed_ahead_of_their_submission()
    {
        var (engine, _) = Watched();
        for (var i = 0; i < 25; i++)
        {
            var symbol = "S" + (char)('A' + i);
            engine.Price(symbol, 10);
            await engine.AddAsync(TestStrategies.Trailing($"s{i:00}") with { Symbol = symbol });
        }

        var ahead = 0;
        engine.Broker.BeforeSubmit = (_, _) =>
            ahead = Math.Max(ahead, engine.OrdersAsync().GetAwaiter().GetResult().Count(order => order.LastAttemptAt is null));
        await engine.TicksAsync(1);
        engine.Broker.Submissions.Count.ShouldBe(25);
        ahead.ShouldBe(20);
    }

    /// <summary>A lease that from some instant on nobody can prove to be held, and that says so only when it is asked.</summary>
    private sealed class FadingLease : IEngineLease, IHeldLease
    {
        public bool IsHeld { get; set; } = true;

        public CancellationToken Lost => CancellationToken.None;

        public Task<IHeldLease?> TryAcquireAsync(string account, string holder, CancellationToken cancellationToken) =>
            Task.FromResult<IHeldLease?>(this);

        public Task<LeaseHolder?> PeekAsync(string account, CancellationToken cancellationToken) => Task.FromResult<LeaseHolder?>(null);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
