using AutoTrader.Core.Engine;
using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;
using AutoTrader.Storage.Stores;

namespace AutoTrader.Functions.Tests.Maintenance;

/// <summary>What is old is archived or deleted at night, and nothing that is still needed.</summary>
public class HousekeepingTests
{
    // After the close: in a session it waits.
    private static readonly DateTimeOffset Evening = TestApp.Start.AddHours(7);
    private static readonly DateTimeOffset Old = TestApp.Start.AddDays(-400);

    [Fact]
    public async Task Old_orders_and_fills_move_to_the_archive_and_trades_still_count_them()
    {
        await using var app = await TestApp.StartAsync(new(), Evening, _ => { });
        await PutAsync(
            app,
            Fill("x-old-1", OrderSide.Buy, 10, Old),
            Fill("x-old-2", OrderSide.Sell, 12, Old.AddDays(1)),
            Done("s1"),
            Done(Order.ManualOwner)
        );
        var before = (await app.GetAsync("trades?days=3650")).Text;
        await app.MinutesAsync(5);

        app.Failures.ShouldBeEmpty();
        (await ReadAsync<Fill>(app, TradingKey.Fill("x-old-1"))).ShouldBeNull();
        (await ReadAsync<Order>(app, TradingKey.Done(Done("s1")))).ShouldBeNull();
        (await app.Get<FillsProjection>().ListOrdersAsync("paper", "s1", 10, null, CancellationToken.None)).Items.ShouldHaveSingleItem();
        (await app.GetAsync("trades?days=3650")).Text.ShouldBe(before);
        before.ShouldContain("\"total\":1");

        // The key of an order of people is served once for ever.
        (await ReadAsync<Order>(app, TradingKey.Done(Done(Order.ManualOwner)))).ShouldNotBeNull();
    }

    [Fact]
    public async Task Fills_stay_while_an_order_from_before_them_may_still_be_read_again()
    {
        await using var app = await TestApp.StartAsync(new(), Evening, _ => { });
        await PutAsync(
            app,
            Fill("x-old-1", OrderSide.Buy, 10, Old),
            Done(Order.ManualOwner) with
            {
                Status = OrderStatus.Accepted,
                EndedAt = null,
                DecidedAt = Old.AddDays(-1),
                BrokerOrderId = "b1",
            }
        );
        await app.MinutesAsync(5);
        (await ReadAsync<Fill>(app, TradingKey.Fill("x-old-1"))).ShouldNotBeNull();
    }

    [Fact]
    public async Task Old_audit_entries_and_cycle_records_are_deleted_and_young_ones_stay()
    {
        await using var app = await TestApp.StartAsync(new(), Evening, _ => { });
        await app.Get<IAuditLog>().AppendAsync("paper", new(Old, "a-old", "me", "test", null), CancellationToken.None);
        await app.Get<IAuditLog>()
            .AppendAsync("paper", new(TestApp.Start.AddDays(-300), "a-young", "me", "test", null), CancellationToken.None);
        await app.Get<IEngineStore>()
            .SaveAsync(
                "paper",
                new(),
                null,
                new()
                {
                    Planned = Old,
                    StartedAt = Old,
                    Cause = "timer",
                    Holder = "dead",
                },
                CancellationToken.None
            );
        await app.MinutesAsync(5);

        var entries = (await app.Get<IAuditLog>().ListAsync("paper", 100, null, CancellationToken.None)).Items;
        entries.ShouldNotContain(entry => entry.Id == "a-old");
        entries.ShouldContain(entry => entry.Id == "a-young");
        var cycles = (await app.Get<IEngineStore>().ListCyclesAsync("paper", 100, CancellationToken.None)).Cycles;
        cycles.ShouldNotContain(cycle => cycle.Holder == "dead");
        cycles.Count.ShouldBeGreaterThan(3);
    }

    [Fact]
    public async Task Nothing_is_moved_in_a_session_and_everything_after_it()
    {
        await using var app = await TestApp.StartAsync(
            new(),
            new DateTimeOffset(2026, 2, 2, 20, 56, 30, TimeSpan.Zero),
            _ => { },
            ("CycleSchedule", "0 0 * * * *")
        );
        await PutAsync(app, Fill("x-old-1", OrderSide.Buy, 10, Old));
        await app.MinutesAsync(3);
        (await ReadAsync<Fill>(app, TradingKey.Fill("x-old-1"))).ShouldNotBeNull();
        await app.MinutesAsync(3);
        (await ReadAsync<Fill>(app, TradingKey.Fill("x-old-1"))).ShouldBeNull();
    }

    [Fact]
    public async Task It_runs_once_a_day_whatever_is_restarted()
    {
        var storage = new TestStorage();
        await using (var first = await TestApp.StartAsync(storage, Evening, _ => { }))
        {
            await first.MinutesAsync(2);
        }

        await using var second = await TestApp.StartAsync(storage, Evening.AddMinutes(5), _ => { });
        await PutAsync(second, Fill("x-old-1", OrderSide.Buy, 10, Old));
        await second.MinutesAsync(3);
        (await ReadAsync<Fill>(second, TradingKey.Fill("x-old-1"))).ShouldNotBeNull();
    }

    [Fact]
    public async Task Nothing_is_moved_while_another_holds_the_engine_lease()
    {
        await using var app = await TestApp.StartAsync(new(), Evening, _ => { });
        await PutAsync(app, Fill("x-old-1", OrderSide.Buy, 10, Old));
        await using (await app.HoldLeaseAsync())
        {
            (await app.Get<Retention>().RunAsync(CancellationToken.None)).ShouldBeFalse();
            (await ReadAsync<Fill>(app, TradingKey.Fill("x-old-1"))).ShouldNotBeNull();
        }

        (await app.Get<Retention>().RunAsync(CancellationToken.None)).ShouldBeTrue();
        (await ReadAsync<Fill>(app, TradingKey.Fill("x-old-1"))).ShouldBeNull();
    }

    [Fact]
    public async Task A_retention_that_is_no_number_of_days_is_refused_at_the_start() =>
        (
            await Should.ThrowAsync<InvalidOperationException>(() => TestApp.StartAsync(("AutoTrader:Retention:AuditDays", "0")))
        ).Message.ShouldContain("AutoTrader__Retention__AuditDays");

    private static Task<Row<T>?> ReadAsync<T>(TestApp app, string key)
        where T : class => app.Get<ITradingStore>().ReadAsync<T>("paper", key, CancellationToken.None);

    private static async Task PutAsync(TestApp app, params object[] records) =>
        (
            await app.Get<ITradingStore>()
                .CommitAsync(
                    "paper",
                    [
                        .. records.Select(record => new TradingWrite(
                            record switch
                            {
                                Fill fill => TradingKey.Fill(fill.ExecutionId),
                                Order { IsWorking: true } order => TradingKey.Order(order),
                                var order => TradingKey.Done((Order)order),
                            },
                            record,
                            null
                        )),
                    ],
                    CancellationToken.None
                )
        ).ShouldBeOfType<CommitResult.Committed>();

    private static Fill Fill(string id, OrderSide side, decimal price, DateTimeOffset at) =>
        new()
        {
            ExecutionId = id,
            StrategyId = "s1",
            Symbol = "AAPL",
            Side = side,
            Quantity = 3,
            Price = price,
            At = at,
            TradingDay = TradingCalendar.Nyse.TradingDay(at),
        };

    private static Order Done(string owner) =>
        new()
        {
            ClientOrderId = "at-" + owner + "-abcdefgh-1",
            StrategyId = owner,
            Arm = "abcdefgh",
            Sequence = 1,
            Role = owner == Order.ManualOwner ? OrderRole.Manual : OrderRole.Entry,
            Terms = new()
            {
                Symbol = "AAPL",
                Side = OrderSide.Buy,
                Quantity = 3,
                Type = OrderType.Limit,
                LimitPrice = 10,
            },
            Status = OrderStatus.Canceled,
            DecidedAt = Old,
            EndedAt = Old,
        };
}
