using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Scheduling;
using AutoTrader.Core.Schedules;
using AutoTrader.Storage.Records;
using AutoTrader.Storage.Tables;
using AutoTrader.Storage.Tests.Kit;
using AutoTrader.Testing;
using CsCheck;
using static AutoTrader.Storage.Tests.Kit.Records;
using static AutoTrader.Storage.Tests.Kit.ScheduleRecords;

namespace AutoTrader.Storage.Tests.Contracts;

public sealed class MemoryScheduleStoreTests() : ScheduleStoreContract(new MemoryKit(), samples: 200);

public sealed class TableScheduleStoreTests(AzuriteFixture azurite) : ScheduleStoreContract(new AzuriteKit(azurite), samples: 12);

public abstract class ScheduleStoreContract(StorageKit kit, int samples)
{
    private readonly IScheduleStore _store = kit.Schedules;
    private readonly IEntityTable _table = kit.Tables.Table(TableNames.Schedules);

    private static CancellationToken None => CancellationToken.None;

    [Fact]
    public async Task Nothing_is_there_at_first()
    {
        (await _store.ReadAsync("a", None)).ShouldBeNull();
        (await _store.ReadRunAsync("a", Noon, ScheduleRun.Scheduled, None)).ShouldBeNull();
        (await SchedulesAsync()).ShouldBeEmpty();
        (await RunsAsync("a")).ShouldBeEmpty();
        (await OpenAsync()).ShouldBeEmpty();
        (await _store.ListUnreadableAsync(None)).ShouldBeEmpty();
        (await _store.DeleteUnreadableAsync(ScheduleKey.Schedule("a"), None)).ShouldBeNull();
        (await _store.DeleteUnreadableAsync("a/b#c?\u0001" + new string('k', 600), None)).ShouldBeNull();
        await _store.PruneRunsAsync(Noon, None);
    }

    [Fact]
    public void A_schedule_s_partition_is_the_same_in_every_version() =>
        new[] { "a", "a-b", "a_", "strategy-s1", "open" }
            .Select(ScheduleRows.ShardOf)
            .ShouldBe(["shard-6", "shard-0", "shard-7", "shard-4", "shard-5"]);

    [Fact]
    public async Task Schedules_are_spread_over_all_partitions_and_listed_once_each_page_by_page()
    {
        string[] ids = [.. Enumerable.Range(0, 60).Select(n => $"s{n}")];
        ids.Select(ScheduleRows.ShardOf).Distinct(StringComparer.Ordinal).Count().ShouldBe(ScheduleRows.ShardCount);
        foreach (var id in ids)
        {
            await _store.MustCommitAsync(id, Insert(Schedule(id)), Insert(Run(id, Noon, RunStatus.Fired)));
        }

        (await SchedulesAsync(7))
            .Select(schedule => schedule.Id)
            .ShouldBe(ids.OrderBy(ScheduleRows.ShardOf, StringComparer.Ordinal).ThenBy(id => id, StringComparer.Ordinal));
        await Should.ThrowAsync<ArgumentException>(() => _store.ListAsync(7, "made-up", None));
    }

    [Fact]
    public Task Any_schedule_survives_a_round_trip()
    {
        var count = 0;
        return AnySchedule.SampleAsync(
            async any =>
            {
                var schedule = any with { Id = $"s{Interlocked.Increment(ref count)}" };
                await _store.MustCommitAsync(schedule.Id, Insert(schedule));
                var row = (await _store.ReadAsync(schedule.Id, None))!;
                row.Value.ShouldBe(schedule);
                row.Version.Unknown.ShouldBeNull();
            },
            iter: samples,
            threads: 1
        );
    }

    [Fact]
    public Task Any_run_survives_a_round_trip()
    {
        var count = 0;
        return AnyRun.SampleAsync(
            async any =>
            {
                var run = any with { Cause = $"c{Interlocked.Increment(ref count)}" };
                await _store.MustCommitAsync("s", Insert(run));
                var row = (await _store.ReadRunAsync("s", run.Planned, run.Cause, None))!;
                row.Value.ShouldBe(run);
                row.Version.Unknown.ShouldBeNull();
            },
            iter: samples,
            threads: 1
        );
    }

    [Fact]
    public async Task The_columns_are_those_that_a_person_looks_for()
    {
        await _store.MustCommitAsync("a", Insert(Full("a")), Insert(Run("a", Noon, RunStatus.Skipped) with { Code = "too_late" }));
        var schedule = (await EntityAsync("a", ScheduleKey.Schedule("a")))!;
        (
            schedule["task_type"],
            schedule["market"],
            schedule["zone"],
            schedule["misfire"],
            schedule["misfire_window"],
            schedule["next_run"]
        ).ShouldBe(("order_place", "close-11m", "Europe/Berlin", "catch_up", "none", Noon));
        schedule["order"]
            .ShouldBe(
                """{"symbol":"AAPL","side":"buy","quantity":"10","type":"stop_limit","time_in_force":"gtc","class":"simple","""
                    + "\"limit_price\":\"100.10\",\"stop_price\":\"100.05\"}"
            );
        var run = (await EntityAsync("a", ScheduleKey.Run("a", Noon, ScheduleRun.Scheduled)))!;
        (run["status"], run["planned"], run["cause"], run["code"], run["task_type"]).ShouldBe(
            ("skipped", Noon, "scheduled", "too_late", "strategy_start")
        );
    }

    [Fact]
    public async Task A_value_that_became_null_leaves_no_column_behind()
    {
        var version = (await _store.MustCommitAsync("a", Insert(Full("a"))))[0];
        await _store.MustCommitAsync("a", ScheduleWrite.Of(Schedule("a"), version));
        var row = (await _store.ReadAsync("a", None))!;
        row.Value.ShouldBe(Schedule("a"));
        row.Version.Unknown.ShouldBeNull();
        (await EntityAsync("a", ScheduleKey.Schedule("a")))!.Keys.ShouldNotContain("market");
    }

    [Fact]
    public async Task Columns_of_a_newer_version_survive_writes()
    {
        await _store.MustCommitAsync("a", Insert(Schedule("a")), Insert(Run("a")));
        await PutAsync("a", ScheduleKey.Schedule("a"), ("mood", "calm"), ("rank", 3));
        await PutAsync("a", ScheduleKey.Run("a", Noon, ScheduleRun.Scheduled), ("weight", 5_000_000_000L));
        var schedule = (await _store.ReadAsync("a", None))!;
        var run = (await _store.ListOpenRunsAsync(10, null, None)).Items.Single();
        var versions = await _store.MustCommitAsync(
            "a",
            ScheduleWrite.Of(schedule.Value with { RunCount = 1 }, schedule.Version),
            ScheduleWrite.Of(run.Value, run.Version)
        );
        await _store.MustCommitAsync(
            "a",
            ScheduleWrite.Of(schedule.Value with { RunCount = 2 }, versions[0]),
            ScheduleWrite.Of(Run("a", Noon, RunStatus.Fired), versions[1])
        );

        var entity = (await EntityAsync("a", ScheduleKey.Schedule("a")))!;
        (entity["run_count"], entity["mood"], entity["rank"]).ShouldBe((2, "calm", 3));
        (await EntityAsync("a", ScheduleKey.Run("a", Noon, ScheduleRun.Scheduled)))!["weight"].ShouldBe(5_000_000_000L);
    }

    [Fact]
    public async Task An_occurrence_and_what_it_changes_are_written_together_or_not_at_all()
    {
        var version = (await _store.MustCommitAsync("a", Insert(Schedule("a"))))[0]!;
        var fired = Schedule("a") with { RunCount = 1, LastRun = Noon };
        version = (await _store.MustCommitAsync("a", ScheduleWrite.Of(fired, version), Insert(Run("a"))))[0]!;

        (
            await _store.CommitAsync(
                "a",
                [ScheduleWrite.Of(fired with { RunCount = 2 }, version), Insert(Run("a") with { Outcome = "again" })],
                None
            )
        ).ShouldBe(new CommitResult.Conflict(ScheduleKey.Run("a", Noon, ScheduleRun.Scheduled)));
        (await _store.ReadAsync("a", None))!.Value.ShouldBe(fired);
        (await _store.ReadRunAsync("a", Noon, ScheduleRun.Scheduled, None))!.Value.Outcome.ShouldBeNull();

        var stale = version with { ETag = "W/\"datetime'2020-01-01T00%3A00%3A00.0000000Z'\"" };
        (await _store.CommitAsync("a", [Insert(Run("a", Noon.AddDays(1))), ScheduleWrite.Of(fired, stale)], None)).ShouldBe(
            new CommitResult.Conflict(ScheduleKey.Schedule("a"))
        );
        (await RunsAsync("a")).Count.ShouldBe(1);
        await MarksShouldBeAsync(1);
    }

    [Fact]
    public async Task Of_several_that_fire_the_same_occurrence_one_commits()
    {
        var version = (await _store.MustCommitAsync("a", Insert(Schedule("a"))))[0];
        var results = await Task.WhenAll(
            Enumerable
                .Range(1, 6)
                .Select(n =>
                    _store.CommitAsync("a", [ScheduleWrite.Of(Schedule("a") with { RunCount = n }, version), Insert(Run("a"))], None)
                )
        );
        results.OfType<CommitResult.Committed>().Count().ShouldBe(1);
        results.OfType<CommitResult.Conflict>().Count().ShouldBe(5);
    }

    [Fact]
    public async Task A_schedule_that_exists_is_not_inserted_again_and_one_that_is_gone_not_changed()
    {
        var version = (await _store.MustCommitAsync("a", Insert(Schedule("a"))))[0]!;
        var conflict = new CommitResult.Conflict(ScheduleKey.Schedule("a"));
        (await _store.CommitAsync("a", [Insert(Schedule("a"))], None)).ShouldBe(conflict);
        var next = (await _store.MustCommitAsync("a", ScheduleWrite.Of(Schedule("a") with { Revision = 2 }, version)))[0]!;
        (await _store.CommitAsync("a", [ScheduleWrite.Delete("a", version)], None)).ShouldBe(conflict);
        (await _store.MustCommitAsync("a", ScheduleWrite.Delete("a", next))).ShouldBe([null]);
        (await _store.ReadAsync("a", None)).ShouldBeNull();
        (await _store.CommitAsync("a", [ScheduleWrite.Of(Schedule("a"), next)], None)).ShouldBe(conflict);
        (await _store.CommitAsync("a", [ScheduleWrite.Delete("a", next)], None)).ShouldBe(conflict);
    }

    [Fact]
    public async Task A_schedule_s_runs_outlive_it_and_do_not_hinder_another_of_its_id()
    {
        var versions = await _store.MustCommitAsync("a", Insert(Schedule("a")), Insert(Run("a")));
        await _store.MustCommitAsync("a", ScheduleWrite.Delete("a", versions[0]!));
        (await RunsAsync("a")).ShouldBe([Run("a")]);
        (await OpenAsync()).ShouldBe([Run("a")]);

        await _store.MustCommitAsync("a", Insert(Schedule("a") with { Note = "anew" }), Insert(Run("a", Noon.AddDays(1), RunStatus.Fired)));
        (await _store.CommitAsync("a", [Insert(Run("a"))], None)).ShouldBeOfType<CommitResult.Conflict>();
        (await RunsAsync("a")).Select(run => run.Planned).ShouldBe([Noon.AddDays(1), Noon]);
    }

    [Fact]
    public async Task A_run_is_open_from_its_start_to_its_end()
    {
        var a = (
            await _store.MustCommitAsync(
                "a",
                Insert(Schedule("a")),
                Insert(Run("a")),
                Insert(Run("a", Noon.AddDays(-1), RunStatus.Skipped))
            )
        )[1];
        var b = (await _store.MustCommitAsync("b", Insert(Run("b", cause: "trigger-1"))))[0];
        (await OpenAsync()).ShouldBe([Run("a"), Run("b", cause: "trigger-1")], ignoreOrder: true);

        a = (await _store.MustCommitAsync("a", ScheduleWrite.Of(Run("a") with { Outcome = "tried once" }, a)))[0];
        (await OpenAsync()).Count.ShouldBe(2);
        await _store.MustCommitAsync("a", ScheduleWrite.Of(Run("a", Noon, RunStatus.Fired), a));
        (await OpenAsync()).ShouldBe([Run("b", cause: "trigger-1")]);
        await _store.MustCommitAsync("b", ScheduleWrite.Of(Run("b", Noon, RunStatus.Failed, "trigger-1"), b));
        (await OpenAsync()).ShouldBeEmpty();
        (await _store.ReadRunAsync("b", Noon, "trigger-1", None))!.Value.Status.ShouldBe(RunStatus.Failed);
        await MarksShouldBeAsync(0);
    }

    [Fact]
    public async Task An_end_that_conflicts_leaves_the_run_open()
    {
        var version = (await _store.MustCommitAsync("a", Insert(Run("a"))))[0];
        await _store.MustCommitAsync("a", ScheduleWrite.Of(Run("a") with { Outcome = "tried once" }, version));
        (
            await _store.CommitAsync("a", [ScheduleWrite.Of(Run("a", Noon, RunStatus.Fired), version)], None)
        ).ShouldBeOfType<CommitResult.Conflict>();
        (await OpenAsync()).Single().Outcome.ShouldBe("tried once");
    }

    [Fact]
    public async Task A_run_whose_mark_was_lost_ends_all_the_same_and_so_do_those_beside_it()
    {
        DateTimeOffset[] planned = [.. Enumerable.Range(0, 3).Select(day => Noon.AddDays(day))];
        var versions = await _store.MustCommitAsync("a", [.. planned.Select(at => Insert(Run("a", at)))]);
        foreach (var at in planned[..2])
        {
            await DropAsync("a", ScheduleRows.MarkPrefix + ScheduleKey.Run("a", at, ScheduleRun.Scheduled)[ScheduleKey.RunPrefix.Length..]);
        }

        (await OpenAsync()).Single().Planned.ShouldBe(planned[2]);
        versions = await _store.MustCommitAsync(
            "a",
            [.. planned.Select((at, i) => ScheduleWrite.Of(Run("a", at, RunStatus.Fired), versions[i]))]
        );
        (await RunsAsync("a")).ShouldAllBe(run => run.Status == RunStatus.Fired);
        await MarksShouldBeAsync(0);
        await _store.MustCommitAsync("a", ScheduleWrite.Of(Run("a", planned[0], RunStatus.Fired) with { Outcome = "seen" }, versions[0]));
    }

    [Fact]
    public async Task Open_runs_are_listed_page_by_page_and_a_mark_without_a_run_is_passed_over()
    {
        string[] ids = [.. Enumerable.Range(0, 25).Select(n => $"s{n}")];
        foreach (var id in ids)
        {
            await _store.MustCommitAsync(id, Insert(Run(id)), Insert(Run(id, Noon.AddDays(-1), RunStatus.Fired)));
        }

        await DropAsync("s3", ScheduleKey.Run("s3", Noon, ScheduleRun.Scheduled));
        (await OpenAsync(4)).Select(run => run.ScheduleId).ShouldBe(ids.Except(["s3"], StringComparer.Ordinal), ignoreOrder: true);
        await Should.ThrowAsync<ArgumentException>(() => _store.ListOpenRunsAsync(4, "made-up", None));
    }

    [Fact]
    public async Task Ids_that_begin_alike_never_mix()
    {
        string[] ids = ["a", "a-b", "a_", "A", "ab", "a-", "schedule", "run", "open"];
        foreach (var id in ids)
        {
            await _store.MustCommitAsync(id, Insert(Schedule(id)), Insert(Run(id)), Insert(Run(id, Noon.AddDays(-1), RunStatus.Fired)));
        }

        foreach (var id in ids)
        {
            (await _store.ReadAsync(id, None))!.Value.Id.ShouldBe(id);
            (await RunsAsync(id, 1)).ShouldBe([Run(id), Run(id, Noon.AddDays(-1), RunStatus.Fired)]);
        }

        (await OpenAsync()).Select(run => run.ScheduleId).ShouldBe(ids, ignoreOrder: true);
    }

    [Fact]
    public async Task Runs_are_listed_latest_occurrence_first_page_by_page()
    {
        DateTimeOffset[] planned = [.. Enumerable.Range(0, 45).Select(n => Noon.AddTicks(n * 7_919L).AddHours(n))];
        await _store.MustCommitAsync(
            "a",
            [Insert(Schedule("a")), .. planned.Select((at, n) => Insert(Run("a", at, n == 44 ? RunStatus.Started : RunStatus.Skipped)))]
        );
        (await RunsAsync("a", 8)).Select(run => run.Planned).ShouldBe(planned.OrderDescending());
        await Should.ThrowAsync<ArgumentException>(() => _store.ListRunsAsync("a", 8, "made-up", None));
    }

    [Fact]
    public async Task Old_runs_that_ended_are_pruned_and_open_ones_stay()
    {
        string[] ids = ["a", "a-b", "a_", "gone", .. Enumerable.Range(0, 12).Select(n => $"s{n}")];
        foreach (var id in ids)
        {
            await _store.MustCommitAsync(
                id,
                Insert(Schedule(id)),
                Insert(Run(id, Noon.AddTicks(-1), RunStatus.Fired)),
                Insert(Run(id, Noon.AddDays(-2))),
                Insert(Run(id, Noon.AddDays(-3), RunStatus.Skipped)),
                Insert(Run(id, Noon, RunStatus.Failed)),
                Insert(Run(id, Noon.AddDays(1), RunStatus.Fired))
            );
        }

        await DropAsync("gone", ScheduleKey.Schedule("gone"));
        await PutAsync("a", ScheduleKey.Run("a", Noon.AddDays(-3), ScheduleRun.Scheduled), ("latest", "some day"));
        await _store.PruneRunsAsync(Noon, None);
        foreach (var id in ids)
        {
            (await RunsAsync(id)).Select(run => run.Planned).ShouldBe([Noon.AddDays(1), Noon, Noon.AddDays(-2)]);
        }

        (await EntityAsync("a", ScheduleKey.Run("a", Noon.AddDays(-3), ScheduleRun.Scheduled))).ShouldBeNull();
        (await SchedulesAsync()).Count.ShouldBe(ids.Length - 1);
        (await OpenAsync()).Count.ShouldBe(ids.Length);
    }

    [Fact]
    public async Task A_triggered_run_is_found_by_its_trigger_until_it_is_old_and_a_planned_one_is_not()
    {
        var (old, recent) = (
            Run("a", Noon.AddDays(-1), RunStatus.Fired) with
            {
                Cause = "trigger-1",
            },
            Run("a", Noon, RunStatus.Fired) with
            {
                Cause = "trigger-2",
            }
        );
        await _store.MustCommitAsync("a", Insert(Schedule("a")), Insert(old), Insert(recent), Insert(Run("a", Noon, RunStatus.Fired)));
        (await _store.FindTriggeredAsync("a", "trigger-1", None)).ShouldNotBeNull().Value.Planned.ShouldBe(old.Planned);
        (await _store.FindTriggeredAsync("b", "trigger-1", None)).ShouldBeNull();
        (await _store.FindTriggeredAsync("a", ScheduleRun.Scheduled, None)).ShouldBeNull();

        await _store.PruneRunsAsync(Noon, None);
        (await _store.FindTriggeredAsync("a", "trigger-1", None)).ShouldBeNull();
        (await _store.FindTriggeredAsync("a", "trigger-2", None)).ShouldNotBeNull().Value.Planned.ShouldBe(recent.Planned);
        (await EntityAsync("a", ScheduleRows.Trigger("a", "trigger-1"))).ShouldBeNull();
    }

    [Fact]
    public async Task More_old_runs_than_a_group_holds_are_pruned()
    {
        foreach (var chunk in Enumerable.Range(0, 250).Chunk(45))
        {
            await _store.MustCommitAsync("a", [.. chunk.Select(n => Insert(Run("a", Noon.AddMinutes(-n), RunStatus.Fired)))]);
        }

        await _store.PruneRunsAsync(Noon, None);
        (await RunsAsync("a")).Single().Planned.ShouldBe(Noon);
    }

    [Theory]
    [InlineData("task_type", "dance")]
    [InlineData("misfire", "sometimes")]
    [InlineData("misfire_window", "long")]
    [InlineData("market", "noon+5m")]
    [InlineData("next_run", "tomorrow")]
    [InlineData("prior_enabled", "perhaps")]
    [InlineData("max_runs", "many")]
    [InlineData("order", "{\"symbol\":\"AAPL\",\"side\":\"hold\"}")]
    public async Task A_schedule_that_cannot_be_read_is_set_aside_and_can_be_deleted(string column, string value)
    {
        foreach (var id in new[] { "a", "b", "c" })
        {
            await _store.MustCommitAsync(id, Insert(Schedule(id)));
        }

        await PutAsync("b", ScheduleKey.Schedule("b"), (column, value));
        (await SchedulesAsync()).Select(schedule => schedule.Id).ShouldBe(["a", "c"], ignoreOrder: true);
        var unreadable = (await _store.ListUnreadableAsync(None)).Single();
        unreadable.RowKey.ShouldBe(ScheduleKey.Schedule("b"));
        unreadable.Problem.ShouldContain(column);
        (await Should.ThrowAsync<UnreadableRowException>(() => _store.ReadAsync("b", None))).Message.ShouldContain(column);

        (await _store.DeleteUnreadableAsync(ScheduleKey.Schedule("a"), None)).ShouldBeNull();
        (await kit.Audit.ListAsync(Account, 10, null, None)).Items.ShouldBeEmpty();
        (await _store.DeleteUnreadableAsync(unreadable.RowKey, None)).ShouldBe(unreadable);
        (await kit.Audit.ListAsync(Account, 10, null, None)).Items.ShouldHaveSingleItem().Target.ShouldBe(unreadable.RowKey);
        (await _store.ListUnreadableAsync(None)).ShouldBeEmpty();
        (await _store.ReadAsync("b", None)).ShouldBeNull();
    }

    [Theory]
    [InlineData("status", "unsure")]
    [InlineData("planned", "one day")]
    [InlineData("task_type", "dance")]
    public async Task An_open_run_that_cannot_be_read_is_set_aside_and_can_be_deleted_with_its_mark(string column, string value)
    {
        await _store.MustCommitAsync("a", Insert(Run("a")), Insert(Run("a", Noon.AddDays(1))));
        await PutAsync("a", ScheduleKey.Run("a", Noon, ScheduleRun.Scheduled), (column, value));
        (await _store.ListRunsAsync("a", 10, null, None))
            .Unreadable.Single()
            .RowKey.ShouldBe(ScheduleKey.Run("a", Noon, ScheduleRun.Scheduled));
        (await RunsAsync("a")).Single().Planned.ShouldBe(Noon.AddDays(1));
        (await OpenAsync()).Single().Planned.ShouldBe(Noon.AddDays(1));
        (
            await Should.ThrowAsync<UnreadableRowException>(() => _store.ReadRunAsync("a", Noon, ScheduleRun.Scheduled, None))
        ).Message.ShouldContain(column);
        await _store.PruneRunsAsync(Noon.AddDays(1), None);
        var unreadable = (await _store.ListUnreadableAsync(None)).Single();
        unreadable.RowKey.ShouldBe(ScheduleKey.Run("a", Noon, ScheduleRun.Scheduled));
        unreadable.Problem.ShouldContain(column);

        (await _store.DeleteUnreadableAsync(unreadable.RowKey, None)).ShouldBe(unreadable);
        (await _store.ListUnreadableAsync(None)).ShouldBeEmpty();
        await MarksShouldBeAsync(1);
    }

    [Fact]
    public async Task A_run_without_its_planned_instant_is_unreadable()
    {
        await _store.MustCommitAsync("a", Insert(Run("a")));
        var key = ScheduleKey.Run("a", Noon, ScheduleRun.Scheduled);
        var entity = (await EntityAsync("a", key))!;
        entity.Remove("planned");
        await _table.WriteAsync(new EntityGroup(ScheduleRows.ShardOf("a"), [EntityWrite.Upsert(key, entity)]), None);
        (await _store.ListUnreadableAsync(None)).ShouldBe([new(key, "Column 'planned' is missing.")]);
    }

    [Fact]
    public async Task A_run_that_ended_and_cannot_be_read_is_named_too()
    {
        await _store.MustCommitAsync("a", Insert(Run("a", Noon, RunStatus.Fired)), Insert(Run("a", Noon.AddDays(1), RunStatus.Fired)));
        var key = ScheduleKey.Run("a", Noon, ScheduleRun.Scheduled);
        await PutAsync("a", key, ("status", "unsure"));
        (await _store.ListUnreadableAsync(None)).Single().RowKey.ShouldBe(key);
        (await _store.DeleteUnreadableAsync(key, None)).ShouldNotBeNull();
        (await _store.ListUnreadableAsync(None)).ShouldBeEmpty();
        (await RunsAsync("a")).Single().Planned.ShouldBe(Noon.AddDays(1));
    }

    [Theory]
    [InlineData("shard-0", "schedule|x'y|z é")]
    [InlineData("shard-0", "run|x")]
    [InlineData("shard-6", "run|")]
    [InlineData("shard-6", "run||")]
    [InlineData("shard-3", "zzz|")]
    [InlineData("shard-9", "schedule|a")]
    [InlineData("elsewhere", "anything")]
    [InlineData("", "run|a|0|b")]
    public async Task A_row_with_any_key_in_any_partition_is_named_stops_nothing_and_can_be_deleted(string partition, string rowKey)
    {
        ScheduleRows.ShardOf("a").ShouldBe("shard-6");
        await _store.MustCommitAsync("a", Insert(Schedule("a")), Insert(Run("a")), Insert(Run("a", Noon.AddDays(-1), RunStatus.Fired)));
        await _table.PutAsync(partition, rowKey, ("nonsense", 42));
        (await SchedulesAsync()).Count.ShouldBe(1);
        (await OpenAsync()).Count.ShouldBe(1);
        await _store.PruneRunsAsync(Noon, None);
        (await RunsAsync("a")).ShouldBe([Run("a")]);
        var unreadable = (await _store.ListUnreadableAsync(None)).ShouldHaveSingleItem();
        unreadable.RowKey.ShouldBe(rowKey);
        unreadable.Problem.ShouldNotBeNullOrEmpty();

        (await _store.DeleteUnreadableAsync(rowKey, None)).ShouldBe(unreadable);
        (await _store.ListUnreadableAsync(None)).ShouldBeEmpty();
        (await SchedulesAsync()).Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_copy_of_a_row_under_another_key_or_in_another_partition_does_not_pass_for_it()
    {
        await _store.MustCommitAsync("a", Insert(Schedule("a")), Insert(Run("a", Noon, RunStatus.Fired)));
        var (schedule, run) = (
            (await EntityAsync("a", ScheduleKey.Schedule("a")))!,
            (await EntityAsync("a", ScheduleKey.Run("a", Noon, ScheduleRun.Scheduled)))!
        );
        await WriteAsync(ScheduleRows.ShardOf("a"), "schedule|b", schedule);
        await WriteAsync(ScheduleRows.Shard(1), "schedule|a", schedule);
        await WriteAsync(ScheduleRows.ShardOf("a"), ScheduleKey.Run("a", Noon, "copy"), run);
        (await SchedulesAsync()).ShouldBe([Schedule("a")]);
        (await RunsAsync("a")).Count.ShouldBe(1);
        string[] copies = ["schedule|a", "schedule|b", ScheduleKey.Run("a", Noon, "copy")];
        (await _store.ListUnreadableAsync(None)).Select(row => row.RowKey).ShouldBe(copies, ignoreOrder: true);
        foreach (var copy in copies)
        {
            (await _store.DeleteUnreadableAsync(copy, None)).ShouldNotBeNull().Problem.ShouldContain("another key");
        }

        (await SchedulesAsync()).ShouldBe([Schedule("a")]);
        (await _store.ListUnreadableAsync(None)).ShouldBeEmpty();

        async Task WriteAsync(string partition, string rowKey, Azure.Data.Tables.TableEntity columns) =>
            (await _table.WriteAsync(new EntityGroup(partition, [EntityWrite.Insert(rowKey, columns)]), None)).ETags.ShouldNotBeNull();
    }

    [Fact]
    public async Task Groups_that_Azure_would_refuse_or_that_mix_schedules_are_refused()
    {
        await RefusedAsync("a");
        await RefusedAsync("a", Insert(Run("a")), Insert(Run("a")));
        await RefusedAsync("a", [.. Enumerable.Range(0, 101).Select(n => Insert(Run("a", Noon.AddDays(n), RunStatus.Skipped)))]);
        await RefusedAsync("a", Insert(Run("a", cause: "a/b")));
        await RefusedAsync("a", Insert(Schedule("a") with { Note = new string('n', 600_000) }));
        await RefusedAsync("a", Insert(Schedule("a")), Insert(Run("b")));
        await RefusedAsync("a", Insert(Run("a-b")));
        await RefusedAsync("a", new ScheduleWrite(ScheduleKey.Schedule("a"), Run("a"), null));
        await RefusedAsync("a", new ScheduleWrite(ScheduleKey.Schedule("a"), "text", null));
        await RefusedAsync("a", new ScheduleWrite(ScheduleKey.Schedule("a"), null, null));
        (await SchedulesAsync()).ShouldBeEmpty();
        (await RunsAsync("a")).ShouldBeEmpty();

        async Task RefusedAsync(string id, params ScheduleWrite[] group) =>
            await Should.ThrowAsync<ArgumentException>(() => _store.CommitAsync(id, group, None));
    }

    private static Schedule Full(string id) =>
        Schedule(id) with
        {
            Name = "Closing order",
            Task = new(ScheduleAction.OrderPlace)
            {
                Order = new()
                {
                    Symbol = "AAPL",
                    Side = OrderSide.Buy,
                    Quantity = 10,
                    Type = OrderType.StopLimit,
                    TimeInForce = TimeInForce.Gtc,
                    LimitPrice = 100.10m,
                    StopPrice = 100.05m,
                },
                Reason = "Because.",
            },
            Spec = new()
            {
                Market = new(MarketEdge.Close, TimeSpan.FromMinutes(-11)),
                Zone = "Europe/Berlin",
                StartAt = Noon,
                MaxRuns = 3,
            },
            Misfire = Misfire.CatchUp,
            MisfireWindow = Timeout.InfiniteTimeSpan,
            NextRun = Noon,
            PriorEnabled = false,
        };

    private Task<List<Schedule>> SchedulesAsync(int pageSize = 1000) =>
        AllAsync(pageSize, (size, continuation) => _store.ListAsync(size, continuation, None));

    private Task<List<ScheduleRun>> RunsAsync(string id, int pageSize = 1000) =>
        AllAsync(pageSize, (size, continuation) => _store.ListRunsAsync(id, size, continuation, None));

    private Task<List<ScheduleRun>> OpenAsync(int pageSize = 1000) =>
        AllAsync(pageSize, (size, continuation) => _store.ListOpenRunsAsync(size, continuation, None));

    private static async Task<List<T>> AllAsync<T>(int pageSize, Func<int, string?, Task<Page<Row<T>>>> list)
    {
        var all = new List<T>();
        string? continuation = null;
        do
        {
            var page = await list(pageSize, continuation);
            page.Items.Count.ShouldBeLessThanOrEqualTo(pageSize);
            all.AddRange(page.Items.Select(row => row.Value));
            continuation = page.Continuation;
        } while (continuation is not null);

        return all;
    }

    private Task<Azure.Data.Tables.TableEntity?> EntityAsync(string id, string rowKey) =>
        _table.ReadAsync(ScheduleRows.ShardOf(id), rowKey, None);

    private Task PutAsync(string id, string rowKey, params (string Name, object Value)[] columns) =>
        _table.PutAsync(ScheduleRows.ShardOf(id), rowKey, columns);

    private async Task DropAsync(string id, string rowKey) =>
        (
            await _table.WriteAsync(new EntityGroup(ScheduleRows.ShardOf(id), [EntityWrite.Delete(rowKey, "*")]), None)
        ).ETags.ShouldNotBeNull();

    private async Task MarksShouldBeAsync(int count) =>
        (await _table.AllAsync(new(ScheduleRows.Shards, KeyRange.Prefix(ScheduleRows.MarkPrefix)), None)).Count.ShouldBe(count);
}
