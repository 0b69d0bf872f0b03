using AutoTrader.Core.Orders;
using AutoTrader.Core.Risk;
using static AutoTrader.Simulation.Exploration.Scenarios;

namespace AutoTrader.Simulation.Exploration;

/// <summary>The explorer finds bugs: each variant of the app has one safeguard taken out, and breaks the invariant that the safeguard is
/// there for.</summary>
public class BrokenVariantTests(ITestOutputHelper output)
{
    [Fact]
    public Task An_order_that_is_sent_without_a_stored_intent_is_caught() =>
        IsCaughtAsync(8, "trailing-stop", new() { Trading = store => new WithoutIntents(store) });

    [Fact]
    public Task An_order_that_is_sent_before_its_commit_is_caught() =>
        IsCaughtAsync(8, "fills-later", new() { Trading = store => new WriteBehind(store) });

    [Fact]
    public Task Writing_over_what_another_host_wrote_is_caught() =>
        IsCaughtAsync(7, "fills-later", new() { Trading = store => new WithoutVersions(store) });

    [Fact]
    public Task A_zombie_that_goes_on_without_the_lease_is_caught() =>
        IsCaughtAsync(7, "fills-later", new() { Trading = store => new WithoutVersions(store), Lease = lease => new WithoutFence(lease) });

    [Fact]
    public Task Executions_that_are_applied_twice_are_caught() =>
        IsCaughtAsync(
            7,
            "trailing-stop",
            new() { Trading = store => new WithoutKnownFills(store), Engine = state => new WithoutAppliedExecutions(state) }
        );

    [Fact]
    public Task An_order_that_is_sent_again_without_looking_for_it_is_caught() =>
        IsCaughtAsync(
            1,
            // An entry that rests: no execution tells of it.
            new Scenario("rests", async world =>
            {
                await world.AddAsync(Trailing() with { EntryType = Core.Strategies.EntryType.Limit, EntryPrice = 90 });
                await world.MinutesAsync("AAA", 100, 100, 100, 100, 100, 100);
            })
            { Exchange = _ => { } },
            new() { Broker = broker => new WithoutLookUp(broker) }
        );

    [Fact]
    public Task Shares_without_protection_are_caught() =>
        IsCaughtAsync(3, "fills-later", new() { Broker = broker => new WithoutProtection(broker, TimeProvider.System) });

    [Fact]
    public Task A_stop_that_is_lowered_is_caught()
    {
        var writes = 0;
        return IsCaughtAsync(
            4,
            "trailing-stop",
            new()
            {
                Trading = store => new OtherStrategies(store, strategy =>
                    strategy with
                    {
                        EffectiveStop = strategy.EffectiveStop - (0.01m * ++writes),
                    }
                ),
            }
        );
    }

    [Fact]
    public Task Selling_before_the_stop_is_canceled_is_caught() =>
        IsCaughtAsync(
            2,
            Named("cancels-take-time") with
            {
                Exchange = exchange => (exchange.FillsAtOnce, exchange.HoldsShares) = (true, false),
            },
            new() { Broker = broker => new WithoutCancels(broker, OrderSide.Sell, TimeProvider.System) }
        );

    [Fact]
    public Task A_paused_strategy_whose_entry_works_on_is_caught() =>
        IsCaughtAsync(
            5,
            "cancel-races-the-fill",
            new() { Broker = broker => new WithoutCancels(broker, OrderSide.Buy, TimeProvider.System) }
        );

    [Fact]
    public Task A_kill_switch_that_is_ignored_is_caught() =>
        IsCaughtAsync(
            6,
            "kill-switch",
            new()
            {
                Trading = store => new AnotherAccount(
                    store,
                    account => account with { KillSwitch = null },
                    (there, account) => account with { KillSwitch = there.KillSwitch }
                ),
            }
        );

    [Fact]
    public Task Limits_that_are_ignored_are_caught() =>
        IsCaughtAsync(
            6,
            "limits",
            new()
            {
                Trading = store => new AnotherAccount(
                    store,
                    account =>
                        account with
                        {
                            Limits = new RiskLimits
                            {
                                MaxDailyTrades = 1_000,
                                MaxOrderValue = 1_000_000,
                                MaxPositionSize = 1_000_000,
                                MaxPositionValue = 1_000_000,
                            },
                        },
                    (there, account) => account with { Limits = there.Limits }
                ),
            }
        );

    [Fact]
    public Task Limits_and_switch_that_are_looked_at_once_per_cycle_are_caught() =>
        IsCaughtAsync(6, "grid", new() { Trading = store => new AccountOfTheBeginning(store) });

    [Fact]
    public Task A_phase_that_is_a_dead_end_is_caught() =>
        IsCaughtAsync(
            10,
            "cancels-take-time",
            new() { Trading = store => new OtherStrategies(store, strategy => strategy with { Closing = null }) }
        );

    [Theory]
    [InlineData("exits-moved-by-their-owner")]
    [InlineData("pause-and-delete")]
    public Task A_change_that_leaves_no_audit_entry_is_caught(string scenario) =>
        IsCaughtAsync(11, scenario, new() { Trading = store => new WithoutAudit(store) });

    [Fact]
    public Task A_schedule_that_moves_on_before_its_run_is_stored_is_caught() =>
        IsCaughtAsync(9, "schedules-of-orders", new() { Schedules = store => new WithoutGroups(store) });

    private Task IsCaughtAsync(int invariant, string scenario, BrokenVariant broken) => IsCaughtAsync(invariant, Named(scenario), broken);

    private async Task IsCaughtAsync(int invariant, Scenario scenario, BrokenVariant broken)
    {
        var clean = await Explorer.RunAsync(scenario, [], traces: true);
        var (runs, caught) = await Explorer.CatchAsync(scenario, clean, broken, $"invariant {invariant} ");

        caught.ShouldNotBeNull($"none of {runs} runs broke invariant {invariant}");
        output.WriteLine($"caught in run {runs}: {caught}");
    }
}
