using AutoTrader.Core.Orders;
using AutoTrader.Core.Portfolio;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Risk;
using AutoTrader.Core.Strategies;
using AutoTrader.Storage.Tables;
using AutoTrader.Storage.Tests.Kit;
using AutoTrader.Testing;
using CsCheck;
using static AutoTrader.Storage.Tests.Kit.Records;

namespace AutoTrader.Storage.Tests.Contracts;

public sealed class MemoryTradingStoreTests() : TradingStoreContract(new MemoryKit(), samples: 200);

public sealed class TableTradingStoreTests(AzuriteFixture azurite) : TradingStoreContract(new AzuriteKit(azurite), samples: 12);

public abstract class TradingStoreContract(StorageKit kit, int samples)
{
    private readonly ITradingStore _store = kit.Trading;
    private readonly IEntityTable _table = kit.Tables.Table(TableNames.Trading);

    private static CancellationToken None => CancellationToken.None;

    [Fact]
    public async Task An_account_without_rows_is_empty()
    {
        var snapshot = await _store.LoadAsync(Account, None);
        snapshot.Account.ShouldBeNull();
        snapshot.Strategies.ShouldBeEmpty();
        (await _store.ReadAsync<Strategy>(Account, TradingKey.Strategy("s1"), None)).ShouldBeNull();
        (await _store.ListAsync<Fill>(Account, TradingKey.FillPrefix, 10, null, None)).ShouldSatisfyAllConditions(
            page => page.Items.ShouldBeEmpty(),
            page => page.Continuation.ShouldBeNull()
        );
        (await _store.DeleteAsync(Account, TradingKey.Strategy("s1"), null, None)).ShouldBeFalse();
    }

    [Fact]
    public async Task A_load_gives_the_working_set_and_leaves_history_and_other_accounts_out()
    {
        var done = Order("s1", 2, OrderStatus.Filled);
        await _store.MustCommitAsync(
            new(TradingKey.Account, new AccountState { EntriesCommitted = 7 }, null),
            Insert(Strategy("s1")),
            Insert(Strategy("s2")),
            Insert(Order("s1")),
            new(TradingKey.Done(done), done, null),
            Insert(Fill("x1")),
            Insert(Command("w1")),
            new(TradingKey.Holding("MSFT"), new UnmanagedHolding("MSFT", Holding.Empty), null)
        );
        await _store.CommitAsync("alpaca-paper-1", [Insert(Strategy("other"))], None);

        var snapshot = await _store.LoadAsync(Account, None);
        snapshot.Account!.Value.EntriesCommitted.ShouldBe(7);
        snapshot.Strategies.Select(row => row.Value).ShouldBe([Strategy("s1"), Strategy("s2")]);
        snapshot.Orders.Select(row => row.Value).ShouldBe([Order("s1")]);
        snapshot.Commands.Select(row => row.Value).ShouldBe([Command("w1")]);
        snapshot.Unmanaged.Select(row => row.Value.Symbol).ShouldBe(["MSFT"]);
        snapshot.Unreadable.ShouldBeEmpty();

        (await _store.ReadAsync<Order>(Account, TradingKey.Done(done), None))!.Value.ShouldBe(done);
        (await _store.ReadAsync<Fill>(Account, TradingKey.Fill("x1"), None))!.Value.ShouldBe(Fill("x1"));
    }

    [Fact]
    public async Task A_row_that_exists_is_not_inserted_again_and_nothing_of_its_group_is_written()
    {
        await _store.MustCommitAsync(Insert(Fill("x1")));
        var result = await _store.CommitAsync(Account, [Insert(Strategy("s1")), Insert(Fill("x1") with { Quantity = 99 })], None);
        result.ShouldBe(new CommitResult.Conflict(TradingKey.Fill("x1")));
        (await _store.LoadAsync(Account, None)).Strategies.ShouldBeEmpty();
        (await _store.ReadAsync<Fill>(Account, TradingKey.Fill("x1"), None))!.Value.Quantity.ShouldBe(10);
    }

    [Fact]
    public async Task Of_two_writers_that_read_the_same_version_one_commits()
    {
        await _store.MustCommitAsync(Insert(Strategy("s1")));
        var read = (await _store.ReadAsync<Strategy>(Account, TradingKey.Strategy("s1"), None))!;
        var results = await Task.WhenAll(
            Enumerable
                .Range(1, 6)
                .Select(quantity =>
                    _store.CommitAsync(
                        Account,
                        [new(TradingKey.Strategy("s1"), read.Value with { Quantity = quantity }, read.Version)],
                        None
                    )
                )
        );
        results.OfType<CommitResult.Committed>().Count().ShouldBe(1);
        results.OfType<CommitResult.Conflict>().Count().ShouldBe(5);
    }

    [Fact]
    public async Task The_version_that_a_commit_returns_is_the_one_to_write_with_next()
    {
        var versions = await _store.MustCommitAsync(Insert(Strategy("s1")), Insert(Order("s1")));
        versions = await _store.MustCommitAsync(
            new(TradingKey.Strategy("s1"), Strategy("s1") with { Quantity = 11 }, versions[0]),
            new(TradingKey.Order(Order("s1")), null, versions[1])
        );
        versions[1].ShouldBeNull();
        await _store.MustCommitAsync(new TradingWrite(TradingKey.Strategy("s1"), Strategy("s1") with { Quantity = 12 }, versions[0]));
        var snapshot = await _store.LoadAsync(Account, None);
        snapshot.Strategies.Single().Value.Quantity.ShouldBe(12);
        snapshot.Orders.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_load_shows_what_anyone_changed_since_the_load_before()
    {
        await _store.MustCommitAsync(Insert(Strategy("s1")), Insert(Strategy("s2")), Insert(Strategy("s3")));
        await _store.LoadAsync(Account, None);
        await _table.PutAsync(Account, TradingKey.Strategy("s1"), ("quantity", 77));
        await _table.PutAsync(Account, TradingKey.Strategy("s2"), ("quantity", "many"));
        await _store.DeleteAsync(Account, TradingKey.Strategy("s3"), null, None);
        await _store.MustCommitAsync(Insert(Strategy("s3") with { Quantity = 33 }));
        var snapshot = await _store.LoadAsync(Account, None);
        snapshot.Strategies.Select(row => row.Value.Quantity).ShouldBe([77, 33]);
        snapshot.Unreadable.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_row_that_is_gone_can_be_neither_replaced_nor_deleted()
    {
        var version = (await _store.MustCommitAsync(Insert(Strategy("s1"))))[0];
        (await _store.DeleteAsync(Account, TradingKey.Strategy("s1"), null, None)).ShouldBeTrue();
        var conflict = new CommitResult.Conflict(TradingKey.Strategy("s1"));
        (
            await _store.CommitAsync(Account, [Insert(Command("w1")), new(TradingKey.Strategy("s1"), Strategy("s1"), version)], None)
        ).ShouldBe(conflict);
        (await _store.CommitAsync(Account, [new(TradingKey.Strategy("s1"), null, version)], None)).ShouldBe(conflict);
    }

    [Fact]
    public async Task Columns_of_a_newer_version_survive_writes()
    {
        await _store.MustCommitAsync(Insert(Strategy("s1")));
        await _table.PutAsync(
            Account,
            TradingKey.Strategy("s1"),
            ("mood", "calm"),
            ("mood__1", "er"),
            ("rank", 3),
            ("big", 5_000_000_000L),
            ("seen_at", Noon)
        );
        var row = (await _store.LoadAsync(Account, None)).Strategies.Single();
        var version = (
            await _store.MustCommitAsync(new TradingWrite(TradingKey.Strategy("s1"), row.Value with { Quantity = 11 }, row.Version))
        )[0];
        await _store.MustCommitAsync(new TradingWrite(TradingKey.Strategy("s1"), row.Value with { Quantity = 12 }, version));

        var entity = (await _table.ReadAsync(Account, TradingKey.Strategy("s1"), None))!;
        entity["quantity"].ShouldBe(12);
        (entity["mood"], entity["mood__1"], entity["rank"], entity["big"], entity["seen_at"]).ShouldBe(
            ("calm", "er", 3, 5_000_000_000L, Noon)
        );
    }

    [Fact]
    public async Task Profits_under_the_names_of_an_earlier_version_are_read()
    {
        var traded = Strategy("s1") with { Holding = Holding.Empty with { Realized = 12.5m, Today = new(new(2026, 2, 3), 12.5m, 1, 2) } };
        await _store.MustCommitAsync(Insert(traded), new(TradingKey.Account, new AccountState { Today = new(new(2026, 2, 3), 7) }, null));
        foreach (var key in new[] { TradingKey.Strategy("s1"), TradingKey.Account })
        {
            var entity = (await _table.ReadAsync(Account, key, None))!;
            foreach (
                var (name, text) in entity
                    .Where(column => column.Value is string)
                    .Select(column => (column.Key, (string)column.Value))
                    .ToList()
            )
            {
                entity.Remove(name);
                entity[name.Replace("realized", "realised", StringComparison.Ordinal)] = text.Replace(
                    "realized",
                    "realised",
                    StringComparison.Ordinal
                );
            }

            (
                await _table.WriteAsync(new EntityGroup(Account, [EntityWrite.Replace(key, entity, entity.ETag.ToString())]), None)
            ).ETags.ShouldNotBeNull();
        }

        var snapshot = await _store.LoadAsync(Account, None);
        snapshot.Unreadable.ShouldBeEmpty();
        snapshot.Strategies.Single().Value.Holding.ShouldBe(traded.Holding);
        snapshot.Account!.Value.Today!.UnrealizedAtPriorClose.ShouldBe(7);
    }

    [Fact]
    public async Task A_value_that_became_null_or_shorter_leaves_no_column_behind()
    {
        var long_ = Strategy("s1") with { PauseReason = "paused", EntryPrice = 12.50m, Notes = new string('n', 40_000) };
        var version = (await _store.MustCommitAsync(Insert(long_)))[0];
        (await _table.ReadAsync(Account, TradingKey.Strategy("s1"), None))!.Keys.ShouldContain("notes__1");
        await _store.MustCommitAsync(new TradingWrite(TradingKey.Strategy("s1"), Strategy("s1") with { Notes = "n" }, version));
        var row = (await _store.ReadAsync<Strategy>(Account, TradingKey.Strategy("s1"), None))!;
        row.Value.ShouldBe(Strategy("s1") with { Notes = "n" });
        row.Version.Unknown.ShouldBeNull();
        (await _table.ReadAsync(Account, TradingKey.Strategy("s1"), None))!.Keys.ShouldNotContain("notes__1");
    }

    [Fact]
    public async Task A_copy_of_a_row_under_another_key_does_not_pass_for_it()
    {
        TradingWrite[] good =
        [
            Insert(Strategy("s1")),
            Insert(Order("s1")),
            Insert(Fill("f1")),
            Insert(Command("w1")),
            new(TradingKey.Done(Order("s1", 2)), Order("s1", 2, OrderStatus.Filled), null),
            new(TradingKey.Holding("AAPL"), new UnmanagedHolding("AAPL", Holding.Empty), null),
        ];
        await _store.MustCommitAsync(good);
        string[] copies = [.. good.Select(write => write.RowKey + "x")];
        foreach (var copy in copies)
        {
            var columns = (await _table.ReadAsync(Account, copy[..^1], None))!;
            (await _table.WriteAsync(new EntityGroup(Account, [EntityWrite.Insert(copy, columns)]), None)).ETags.ShouldNotBeNull();
        }

        var snapshot = await _store.LoadAsync(Account, None);
        (snapshot.Strategies.Count, snapshot.Orders.Count, snapshot.Commands.Count, snapshot.Unmanaged.Count).ShouldBe((1, 1, 1, 1));
        var (done, fills) = (
            await _store.ListAsync<Order>(Account, TradingKey.DonePrefix, 10, null, None),
            await _store.ListAsync<Fill>(Account, TradingKey.FillPrefix, 10, null, None)
        );
        (done.Items.Count, fills.Items.Count).ShouldBe((1, 1));
        snapshot.Unreadable.Concat(done.Unreadable).Concat(fills.Unreadable).Select(row => row.RowKey).ShouldBe(copies, ignoreOrder: true);
        (await Should.ThrowAsync<UnreadableRowException>(() => _store.ReadAsync<Strategy>(Account, copies[0], None))).Message.ShouldContain(
            "another key"
        );
    }

    [Theory]
    [InlineData("phase", "daydreaming")]
    [InlineData("quantity", "ten")]
    [InlineData("entry_price", "1,2.3.4")]
    [InlineData("created_at", "yesterday")]
    [InlineData("enabled", "perhaps")]
    [InlineData("last_split", "2026-13-01")]
    [InlineData("scale_targets", "[{\"pct\":")]
    [InlineData("closing", "{\"reason\":\"r\",\"since\":\"2026-03-04T17:00:00+00:00\",\"gently\":true}")]
    public async Task A_row_that_cannot_be_read_is_set_aside_and_never_stops_the_others(string column, string value)
    {
        await _store.MustCommitAsync(Insert(Strategy("s1")), Insert(Strategy("s2")), Insert(Strategy("s3")));
        await _table.PutAsync(Account, TradingKey.Strategy("s2"), (column, value));

        var snapshot = await _store.LoadAsync(Account, None);
        snapshot.Strategies.Select(row => row.Value.Id).ShouldBe(["s1", "s3"]);
        var unreadable = snapshot.Unreadable.Single();
        unreadable.RowKey.ShouldBe(TradingKey.Strategy("s2"));
        unreadable.Problem.ShouldContain(column);

        (await _store.ListAsync<Strategy>(Account, TradingKey.StrategyPrefix, 10, null, None))
            .Items.Select(row => row.Value.Id)
            .ShouldBe(["s1", "s3"]);
        (
            await Should.ThrowAsync<StorageUnavailableException>(() => _store.ReadAsync<Strategy>(Account, TradingKey.Strategy("s2"), None))
        ).Message.ShouldContain(column);
        (await _store.DeleteAsync(Account, TradingKey.Strategy("s2"), null, None)).ShouldBeTrue();
        (await _store.LoadAsync(Account, None)).Unreadable.ShouldBeEmpty();
    }

    [Fact]
    public async Task Rows_without_a_needed_column_or_of_an_unknown_kind_are_set_aside()
    {
        await _table.PutAsync(Account, "strategy|bare", ("id", "bare"));
        await _table.PutAsync(Account, "portfolio|p1", ("id", "p1"));
        await _table.PutAsync(Account, TradingKey.Account, ("max_order_value", "much"));
        var snapshot = await _store.LoadAsync(Account, None);
        snapshot.Account.ShouldBeNull();
        snapshot
            .Unreadable.Select(row => row.RowKey)
            .Order(StringComparer.Ordinal)
            .ShouldBe([TradingKey.Account, "portfolio|p1", "strategy|bare"]);
    }

    [Fact]
    public async Task Numbers_typed_in_by_hand_are_read_whatever_their_type()
    {
        await _store.MustCommitAsync(Insert(Strategy("s1")));
        await _table.PutAsync(
            Account,
            TradingKey.Strategy("s1"),
            ("quantity", "20"),
            ("cooldown_minutes", 5L),
            ("trailing_stop_pct", 2.5),
            ("entry_price", 7),
            ("schedule_at", "2026-03-04T12:00:00-05:00")
        );
        var strategy = (await _store.LoadAsync(Account, None)).Strategies.Single().Value;
        strategy.ShouldBe(
            Strategy("s1") with
            {
                Quantity = 20,
                CooldownMinutes = 5,
                TrailingStopPct = 2.5m,
                EntryPrice = 7,
                ScheduleAt = Noon,
            }
        );
    }

    [Fact]
    public async Task The_columns_are_those_that_a_person_looks_for()
    {
        await _store.MustCommitAsync(
            Insert(
                Strategy("s1") with
                {
                    Phase = StrategyPhase.PositionOpen,
                    Holding = new() { Lots = [new(10, 100.50m, Noon)] },
                }
            ),
            Insert(Order("s1", 1, OrderStatus.PartiallyFilled))
        );
        var strategy = (await _table.ReadAsync(Account, TradingKey.Strategy("s1"), None))!;
        (
            strategy["symbol"],
            strategy["phase"],
            strategy["strategy_type"],
            strategy["quantity"],
            strategy["held_quantity"],
            strategy["trailing_stop_pct"]
        ).ShouldBe(("AAPL", "position_open", "trailing_stop", 10, "10", "5"));
        strategy["lots"].ShouldBe("""[{"quantity":"10","price":"100.50","at":"2026-03-04T17:00:00+00:00"}]""");
        var order = (await _table.ReadAsync(Account, TradingKey.Order(Order("s1")), None))!;
        (order["status"], order["side"], order["order_type"], order["time_in_force"], order["quantity"]).ShouldBe(
            ("partially_filled", "buy", "market", "day", "10")
        );
    }

    [Fact]
    public async Task Groups_that_Azure_would_refuse_are_refused()
    {
        var strategies = Enumerable.Range(0, 101).Select(n => Insert(Strategy("s" + n))).ToArray();
        await RefusedAsync(strategies);
        await RefusedAsync();
        await RefusedAsync(Insert(Strategy("s1")), Insert(Strategy("s1") with { Quantity = 3 }));
        await RefusedAsync(Insert(Strategy("s1/2")));
        await RefusedAsync(Insert(Strategy("s1") with { CreatedAt = new(1600, 12, 31, 0, 0, 0, TimeSpan.Zero) }));
        await RefusedAsync(Insert(Strategy("s1") with { Notes = new string('n', 600_000) }));
        await RefusedAsync([
            .. strategies[..20].Select(write => write with { Record = (Strategy)write.Record! with { Notes = new string('n', 250_000) } }),
        ]);
        await RefusedAsync(new TradingWrite(TradingKey.Strategy("s1"), null, null));
        await RefusedAsync(new TradingWrite(TradingKey.Strategy("s1"), Fill("x1"), null));
        await RefusedAsync(new TradingWrite("portfolio|p1", Fill("x1"), null));
        await Should.ThrowAsync<ArgumentException>(() => _store.ReadAsync<Fill>(Account, TradingKey.Strategy("s1"), None));
        (await _store.LoadAsync(Account, None)).Strategies.ShouldBeEmpty();
        await _store.MustCommitAsync(strategies[..100]);

        async Task RefusedAsync(params TradingWrite[] group) =>
            await Should.ThrowAsync<ArgumentException>(() => _store.CommitAsync(Account, group, None));
    }

    [Fact]
    public async Task Listings_page_in_key_order_without_loss()
    {
        string[] ids = [.. Enumerable.Range(0, 25).Select(n => $"x{n:D3}")];
        await _store.MustCommitAsync([.. ids.Reverse().Select(id => Insert(Fill(id))), Insert(Strategy("s1"))]);
        var seen = new List<string>();
        string? continuation = null;
        do
        {
            var page = await _store.ListAsync<Fill>(Account, TradingKey.FillPrefix, 10, continuation, None);
            page.Items.Count.ShouldBeLessThanOrEqualTo(10);
            seen.AddRange(page.Items.Select(row => row.Value.ExecutionId));
            continuation = page.Continuation;
        } while (continuation is not null);

        seen.ShouldBe(ids);
        await Should.ThrowAsync<ArgumentException>(() => _store.ListAsync<Fill>(Account, TradingKey.FillPrefix, 10, "made-up", None));
    }

    [Fact]
    public async Task A_large_account_loads_whole_the_first_time_and_again_after_it_changed()
    {
        string[] ids =
        [
            .. Enumerable.Range(0, 1250).Select(n => Convert.ToHexStringLower(BitConverter.GetBytes(n * 2_654_435_761L)[..4]) + "-" + n),
        ];
        foreach (var chunk in ids.Chunk(50))
        {
            await _store.MustCommitAsync([.. chunk.Select(id => Insert(Strategy(id))), .. chunk.Select(id => Insert(Order(id)))]);
        }

        await _store.MustCommitAsync(Insert(Command("w1")), new TradingWrite(TradingKey.Account, new AccountState(), null));
        await CheckAsync(ids);
        await CheckAsync(ids);

        string[] more = [.. ids, "A", "zzzz", "-first", "_x"];
        await _store.MustCommitAsync([
            .. more[ids.Length..].Select(id => Insert(Strategy(id))),
            .. more[ids.Length..].Select(id => Insert(Order(id))),
        ]);
        await CheckAsync(more);

        async Task CheckAsync(string[] expected)
        {
            var snapshot = await _store.LoadAsync(Account, None);
            snapshot.Strategies.Select(row => row.Value.Id).ShouldBe(expected.Order(StringComparer.Ordinal));
            snapshot.Orders.Select(row => row.Value.StrategyId).ShouldBe(expected.Order(StringComparer.Ordinal));
            snapshot.Account.ShouldNotBeNull();
            snapshot.Commands.Count.ShouldBe(1);
        }
    }

    [Fact]
    public Task Any_strategy_survives_a_round_trip() =>
        RoundTripAsync(
            AnyStrategy,
            (strategy, number) => strategy with { Id = $"s{number}" },
            strategy => TradingKey.Strategy(strategy.Id)
        );

    [Fact]
    public Task Any_order_survives_a_round_trip() =>
        RoundTripAsync(AnyOrder, (order, number) => order with { StrategyId = $"s{number}", Arm = "abcdefgh" }, TradingKey.Order);

    [Fact]
    public Task Any_fill_survives_a_round_trip() =>
        RoundTripAsync(AnyFill, (fill, number) => fill with { ExecutionId = $"x{number}" }, fill => TradingKey.Fill(fill.ExecutionId));

    [Fact]
    public Task Any_cash_activity_survives_a_round_trip() =>
        RoundTripAsync(AnyActivity, (activity, number) => activity with { Id = $"c{number}" }, activity => TradingKey.Cash(activity.Id));

    [Fact]
    public Task Any_command_survives_a_round_trip() =>
        RoundTripAsync(AnyCommand, (command, number) => command with { Id = $"w{number}" }, command => TradingKey.Command(command.Id));

    [Fact]
    public Task Any_unmanaged_holding_survives_a_round_trip() =>
        RoundTripAsync(
            AnyUnmanaged,
            (unmanaged, number) => unmanaged with { Symbol = $"S{number}" },
            unmanaged => TradingKey.Holding(unmanaged.Symbol)
        );

    [Fact]
    public Task Any_account_survives_a_round_trip() => RoundTripAsync(AnyAccount, (account, _) => account, _ => TradingKey.Account);

    // The account of each is its own, since an account has one row of one key.
    private Task RoundTripAsync<T>(Gen<T> gen, Func<T, int, T> named, Func<T, string> key)
        where T : class
    {
        var count = 0;
        return gen.SampleAsync(
            async any =>
            {
                var number = Interlocked.Increment(ref count);
                var (account, record) = ($"a{number}", named(any, number));
                (await _store.CommitAsync(account, [new(key(record), record, null)], None)).ShouldBeOfType<CommitResult.Committed>();
                var row = (await _store.ReadAsync<T>(account, key(record), None))!;
                row.Value.ShouldBe(record);
                row.Version.Unknown.ShouldBeNull();
            },
            iter: samples,
            threads: 1
        );
    }
}
