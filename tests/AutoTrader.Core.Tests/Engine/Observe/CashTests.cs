using AutoTrader.Core.Engine.Cycle;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Portfolio;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Risk;
using AutoTrader.Storage.Lease;
using AutoTrader.Testing;

namespace AutoTrader.Core.Tests.Engine.Observe;

/// <summary>docs/trading-rules.md, "Ledger and cash": fills and cash activities explain the broker's cash; what they do not explain needs
/// attention, and nothing more.</summary>
public class CashTests
{
    private const string Mismatch = "CASH_MISMATCH";

    [Fact]
    public async Task Fills_explain_cash()
    {
        var engine = await FollowedAsync();
        await engine.AddAsync(TestStrategies.Trailing());
        await engine.TicksAsync(4);
        engine.Broker.Fill(engine.Broker.Open.Single().ClientOrderId, 10, 95);
        await engine.TicksAsync(4);
        engine.Broker.Cash.ShouldBe(100_000 - 50);
        (await MismatchesAsync(engine)).ShouldBeEmpty();
        engine.Broker.ActivityReads.ShouldBe(1);
    }

    [Fact]
    public async Task What_was_before_the_first_look_does_not_count()
    {
        var engine = new EngineHarness();
        engine.Broker.MoveCash(CashActivityKind.Fee, "FEE", -7);
        engine.Broker.Positions["IBM"] = 7;
        engine.Price("IBM", 50);
        await engine.TicksAsync(4);
        var book = await BookAsync(engine);
        (book.Cash, book.Total).ShouldBe((99_993, CashTotals.None));
        (await MismatchesAsync(engine)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Cash_activities_are_taken_in_once_each_under_its_kind()
    {
        var engine = await FollowedAsync();
        engine.Broker.MoveCash(CashActivityKind.Fee, "FEE", -0.03m);
        engine.Broker.MoveCash(CashActivityKind.Fee, "FEE", -0.02m, daysAgo: 1);
        engine.Broker.MoveCash(CashActivityKind.Dividend, "DIV", 5, daysAgo: 3);
        engine.Broker.MoveCash(CashActivityKind.Interest, "INT", 0.5m);
        engine.Broker.MoveCash(CashActivityKind.Transfer, "CSD", 1000);
        engine.Broker.MoveCash(CashActivityKind.Journal, "JNLC", -10);
        engine.Broker.MoveCash(CashActivityKind.Other, "XYZZY", 1, "of/a#strange?id\n");
        engine.Broker.Activities.Add(engine.Broker.Activities[0]);
        await engine.TicksAsync(3);
        var book = await BookAsync(engine);
        book.Total.ShouldBe(
            new()
            {
                Fees = -0.05m,
                Dividends = 5,
                Interest = 0.5m,
                Transfers = 1000,
                Journals = -10,
                Other = 1,
            }
        );
        book.On(EngineHarness.Day)
            .ShouldBe(
                new()
                {
                    Fees = -0.03m,
                    Interest = 0.5m,
                    Transfers = 1000,
                    Journals = -10,
                    Other = 1,
                }
            );
        (await MismatchesAsync(engine)).ShouldBeEmpty();
        (await StoredAsync(engine)).Single(activity => activity.Type == "XYZZY").Id.ShouldBe("of/a#strange?id\n");
        engine.Broker.ActivityReads.ShouldBe(2);
    }

    [Fact]
    public async Task Cash_that_nothing_explains_for_two_cycles_needs_attention_until_it_is_explained_and_trading_goes_on()
    {
        var engine = await FollowedAsync();
        engine.Broker.Cash -= 12.34m;
        await engine.TicksAsync(1);
        (await MismatchesAsync(engine)).ShouldBeEmpty();
        await engine.TicksAsync(1);
        var message = (await MismatchesAsync(engine)).ShouldHaveSingleItem().Message;
        message.ShouldContain("99987.66");
        message.ShouldContain("100000.00");

        await engine.AddAsync(TestStrategies.Trailing());
        await engine.TicksAsync(3);
        engine.Broker.Positions["AAPL"].ShouldBe(10);
        engine.Broker.Open.ShouldHaveSingleItem();
        (await MismatchesAsync(engine)).ShouldHaveSingleItem();

        engine.Broker.MoveCash(CashActivityKind.Fee, "FEE", -12.34m);
        engine.Broker.Cash += 12.34m;
        await engine.TicksAsync(6);
        (await MismatchesAsync(engine)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_cent_for_each_fill_is_rounding_and_two_are_not()
    {
        var engine = await FollowedAsync();
        await engine.AddAsync(TestStrategies.Trailing());
        await engine.TicksAsync(2);
        engine.Broker.Cash -= 0.01m;
        await engine.TicksAsync(3);
        (await MismatchesAsync(engine)).ShouldBeEmpty();
        engine.Broker.Cash -= 0.01m;
        await engine.TicksAsync(3);
        (await MismatchesAsync(engine)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task The_broker_is_asked_again_only_while_cash_is_not_as_expected_and_once_a_day()
    {
        var engine = await FollowedAsync();
        await engine.TicksAsync(30);
        engine.Broker.ActivityReads.ShouldBe(1);
        engine.Broker.Cash -= 1;
        await engine.TicksAsync(22);
        engine.Broker.ActivityReads.ShouldBe(1 + 2 + 4);
        engine.Broker.Cash += 1;
        await engine.TicksAsync(30);
        engine.Broker.ActivityReads.ShouldBe(7);
        engine.Clock.Advance(TimeSpan.FromDays(1));
        await engine.TicksAsync(30);
        engine.Broker.ActivityReads.ShouldBe(8);
    }

    [Fact]
    public async Task While_the_broker_does_not_answer_about_activities_everything_else_goes_on()
    {
        var engine = await FollowedAsync();
        engine.Broker.ActivitiesFail = true;
        engine.Broker.Cash -= 1;
        await engine.AddAsync(TestStrategies.Trailing());
        await engine.TicksAsync(4);
        engine.Broker.Positions["AAPL"].ShouldBe(10);
        engine.Broker.Open.ShouldHaveSingleItem();
        (await engine.AttentionAsync()).ShouldContain(item => item.Code == Mismatch);
    }

    [Fact]
    public async Task An_execution_that_is_not_listed_yet_is_no_mismatch()
    {
        var engine = await FollowedAsync();
        await engine.AddAsync(TestStrategies.Trailing());
        await engine.TicksAsync(2);
        var stop = engine.Broker.Open.Single();
        engine.Broker.Fill(stop.ClientOrderId, 10, 95, withExecution: false);
        await engine.TicksAsync(4);
        (await MismatchesAsync(engine)).ShouldBeEmpty();
        engine.Broker.Execute(stop.Id, "AAPL", OrderSide.Sell, 10, 95);
        await engine.TicksAsync(3);
        (await MismatchesAsync(engine)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_deleted_strategy_leaves_what_its_fills_moved()
    {
        var engine = await FollowedAsync();
        await engine.AddAsync(TestStrategies.Trailing());
        await engine.TicksAsync(2);
        engine.Broker.Fill(engine.Broker.Open.Single().ClientOrderId, 10, 95);
        await engine.TicksAsync(2);
        await engine.CommandAsync(engine.NewCommand(new DeleteStrategy("s1")));
        await engine.TicksAsync(4);
        (await engine.Store.LoadAsync("paper", CancellationToken.None)).Strategies.ShouldBeEmpty();
        (await MismatchesAsync(engine)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Fees_of_the_day_count_in_its_loss_and_deposits_do_not()
    {
        var engine = await FollowedAsync();
        await engine.SetAccountAsync(account => account with { Limits = account.Limits with { MaxDailyLoss = 50 } });
        engine.Broker.MoveCash(CashActivityKind.Transfer, "CSW", -5000);
        engine.Broker.MoveCash(CashActivityKind.Dividend, "DIVNRA", -60);
        engine.Broker.MoveCash(CashActivityKind.Fee, "FEE", -49.99m);
        engine.Broker.MoveCash(CashActivityKind.Fee, "FEE", -30, daysAgo: 1);
        await engine.TicksAsync(2);
        (await AccountAsync(engine)).LossLatchedOn.ShouldBeNull();
        engine.Broker.MoveCash(CashActivityKind.Fee, "FEE", -0.01m);
        await engine.TicksAsync(1);
        (await AccountAsync(engine)).LossLatchedOn.ShouldBe(EngineHarness.Day);
        await engine.AddAsync(TestStrategies.Trailing());
        await engine.TicksAsync(3);
        engine.Broker.Submissions.ShouldBeEmpty();
    }

    [Fact]
    public async Task More_activities_than_one_group_holds_are_all_taken_in()
    {
        var engine = await FollowedAsync();
        for (var i = 0; i < 250; i++)
        {
            engine.Broker.MoveCash(CashActivityKind.Fee, "FEE", -0.01m);
        }

        await engine.TicksAsync(2);
        (await BookAsync(engine)).Total.Fees.ShouldBe(-2.50m);
        (await StoredAsync(engine)).Count.ShouldBe(250);
        (await MismatchesAsync(engine)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_crash_anywhere_takes_each_activity_in_once()
    {
        for (var dieAt = 1; ; dieAt++)
        {
            var engine = await FollowedAsync();
            engine.Broker.MoveCash(CashActivityKind.Fee, "FEE", -0.03m);
            engine.Broker.MoveCash(CashActivityKind.Dividend, "DIV", 5);
            var crash = new CrashPoint { DieAt = dieAt };
            var died = false;
            try
            {
                await new EvaluationCycle(
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
                ).RunAsync(new(engine.Clock.GetUtcNow(), "timer"), CancellationToken.None);
            }
            catch (ProcessDiedException)
            {
                died = true;
            }

            // One of the next cycles looks at cash again, also when nothing is left to explain.
            engine.Clock.Advance(TimeSpan.FromMinutes(1));
            engine.Broker.MoveCash(CashActivityKind.Interest, "INT", 1);
            await engine.TicksAsync(2);
            (await BookAsync(engine)).Total.ShouldBe(
                new()
                {
                    Fees = -0.03m,
                    Dividends = 5,
                    Interest = 1,
                },
                $"died at call {dieAt}"
            );
            (await StoredAsync(engine)).Count.ShouldBe(3);
            (await MismatchesAsync(engine)).ShouldBeEmpty();
            if (!died)
            {
                return;
            }
        }
    }

    [Fact]
    public async Task An_engine_that_has_lost_its_memory_counts_no_activity_again()
    {
        var engine = await FollowedAsync();
        engine.Broker.MoveCash(CashActivityKind.Fee, "FEE", -0.03m);
        await engine.TicksAsync(1);
        var memory = (await engine.EngineStore.LoadAsync("paper", CancellationToken.None))!;
        await engine.EngineStore.SaveAsync(
            "paper",
            memory.Value with
            {
                Cash = new(),
            },
            memory.Version,
            new()
            {
                Planned = engine.Clock.GetUtcNow(),
                StartedAt = engine.Clock.GetUtcNow(),
                Cause = "test",
                Holder = "test",
            },
            CancellationToken.None
        );
        engine.Broker.MoveCash(CashActivityKind.Fee, "FEE", -0.02m);
        await engine.TicksAsync(2);
        (await BookAsync(engine)).Total.Fees.ShouldBe(-0.05m);
        (await StoredAsync(engine)).Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_difference_that_a_person_accepts_is_booked_once_with_who_why_and_when_and_clears_the_attention()
    {
        var engine = await FollowedAsync();
        engine.Broker.Cash -= 12.34m;
        await engine.TicksAsync(2);
        (await MismatchesAsync(engine)).ShouldHaveSingleItem();
        var command = engine.NewCommand(new AcceptCash(-12.34m)) with { Reason = "withdrawn by hand" };
        await engine.CommandAsync(command);
        var at = engine.Clock.GetUtcNow();
        await engine.TicksAsync(1);

        (await engine.CommandOf(command.Id)).Status.ShouldBe(CommandStatus.Done);
        (await MismatchesAsync(engine)).ShouldBeEmpty();
        (await StoredAsync(engine))
            .ShouldHaveSingleItem()
            .ShouldSatisfyAllConditions(it =>
                (it.Kind, it.Amount, it.AcceptedBy, it.AcceptedAt, it.Note).ShouldBe(
                    (CashActivityKind.Adjustment, -12.34m, "test", at, "withdrawn by hand")
                )
            );
        (await BookAsync(engine)).Total.ShouldBe(new() { Adjustments = -12.34m });
        await engine.TicksAsync(10);
        (await MismatchesAsync(engine)).ShouldBeEmpty();

        var again = engine.NewCommand(new AcceptCash(-12.34m));
        await engine.CommandAsync(again);
        await engine.TicksAsync(1);
        (await engine.CommandOf(again.Id)).Code.ShouldBe("NO_CASH_DIFFERENCE");
        (await StoredAsync(engine)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task An_amount_that_is_not_the_difference_is_refused_and_books_nothing()
    {
        var engine = await FollowedAsync();
        engine.Broker.Cash -= 12.34m;
        await engine.TicksAsync(2);
        var command = engine.NewCommand(new AcceptCash(12.34m));
        await engine.CommandAsync(command);
        await engine.TicksAsync(1);
        (await engine.CommandOf(command.Id)).Code.ShouldBe("CASH_DIFFERENCE_CHANGED");
        (await StoredAsync(engine)).ShouldBeEmpty();
        (await MismatchesAsync(engine)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task An_acceptance_that_dies_at_any_call_is_one_entry()
    {
        for (var at = 1; ; at++)
        {
            var engine = await FollowedAsync();
            engine.Broker.Cash -= 12.34m;
            await engine.TicksAsync(2);
            var command = engine.NewCommand(new AcceptCash(-12.34m));
            await engine.CommandAsync(command);
            var crash = new CrashPoint { DieAt = at };
            engine.Gate = crash;
            try
            {
                await engine.TickAsync();
            }
            catch (ProcessDiedException)
            {
                // As it was meant to.
            }

            engine.Gate = null;
            engine.Lease = new MemoryEngineLease();
            await engine.TicksAsync(3);
            (await engine.CommandOf(command.Id)).Status.ShouldBe(CommandStatus.Done);
            (await StoredAsync(engine)).ShouldHaveSingleItem();
            (await BookAsync(engine)).Total.Adjustments.ShouldBe(-12.34m);
            (await MismatchesAsync(engine)).ShouldBeEmpty();
            if (!crash.IsDead)
            {
                at.ShouldBeGreaterThan(10);
                return;
            }
        }
    }

    // An account that is followed: its second cycle took the first look.
    private static async Task<EngineHarness> FollowedAsync()
    {
        var engine = new EngineHarness();
        engine.Price("AAPL", 100);
        engine.Broker.MarketPrice = _ => 100;
        await engine.TicksAsync(2);
        (await BookAsync(engine)).Cash.ShouldBe(100_000);
        return engine;
    }

    private static async Task<AccountState> AccountAsync(EngineHarness engine) =>
        (await engine.Store.ReadAsync<AccountState>("paper", TradingKey.Account, CancellationToken.None))!.Value;

    private static async Task<CashBook> BookAsync(EngineHarness engine) => (await AccountAsync(engine)).Cash.ShouldNotBeNull();

    private static async Task<IReadOnlyList<CashActivity>> StoredAsync(EngineHarness engine) =>
        [
            .. (
                await engine.Store.ListAsync<CashActivity>("paper", TradingKey.CashPrefix, 1000, null, CancellationToken.None)
            ).Items.Select(row => row.Value),
        ];

    private static async Task<IEnumerable<Attention>> MismatchesAsync(EngineHarness engine) =>
        (await engine.AttentionAsync()).Where(item => item.Code == Mismatch);
}
