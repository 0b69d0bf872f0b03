using AutoTrader.Core.Portfolio;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Scheduling;
using AutoTrader.Core.Schedules;
using AutoTrader.Storage.Stores;
using AutoTrader.Storage.Tables;
using AutoTrader.Storage.Tests.Kit;
using AutoTrader.Testing;
using static AutoTrader.Storage.Tests.Kit.Records;
using static AutoTrader.Storage.Tests.Kit.ScheduleRecords;

namespace AutoTrader.Storage.Tests.Contracts;

public sealed class MemoryHistoryTests() : HistoryContract(new MemoryKit());

public sealed class TableHistoryTests(AzuriteFixture azurite) : HistoryContract(new AzuriteKit(azurite));

public abstract class HistoryContract(StorageKit kit)
{
    private readonly History _history = new(kit.Tables);

    private static CancellationToken None => CancellationToken.None;

    [Fact]
    public async Task Cycles_are_those_that_began_in_the_span_and_sort_by_their_ids_where_they_began_at_once()
    {
        RowVersion? version = null;
        DateTimeOffset[] begun = [Noon.AddTicks(-1), Noon, Noon, Noon.AddHours(1).AddTicks(-1), Noon.AddHours(1)];
        for (var n = 0; n < begun.Length; n++)
        {
            version = await kit.Engine.SaveAsync(Account, new(), version, Cycle(begun[n], n), None);
        }

        var found = await _history.CyclesAsync(Account, Noon, Noon.AddHours(1), None);
        found
            .OrderBy(it => it.Cycle.StartedAt)
            .ThenBy(it => it.Id, StringComparer.Ordinal)
            .Select(it => it.Cycle.Evaluated)
            .ShouldBe([1, 2, 3]);
        found.Select(it => it.Id).Distinct(StringComparer.Ordinal).Count().ShouldBe(3);
        (await _history.CyclesAsync("paper2", Noon, Noon.AddHours(1), None)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Equity_is_written_with_the_cycle_that_sampled_it_and_read_by_day()
    {
        RowVersion? version = null;
        for (var n = 0; n < 4; n++)
        {
            var day = new EquityDay(
                new DateOnly(2026, 3, 4).AddDays(n),
                [new(Noon.AddDays(n), 100_000.25m + n, 7), new(Noon.AddDays(n).AddMinutes(5), 200_000 + n, 8)]
            );
            version = await kit.Engine.SaveAsync(
                Account,
                new() { Equity = day },
                version,
                Cycle(Noon.AddDays(n)) with
                {
                    Equity = day.Samples[^1].Equity,
                },
                None
            );
            version.ShouldNotBeNull();
        }

        // A cycle that took no sample leaves the day as it was.
        await kit.Engine.SaveAsync(Account, new() { Equity = new(new(2026, 3, 5), []) }, version, Cycle(Noon.AddDays(9)), None);
        var found = await _history.EquityAsync(Account, new(2026, 3, 5), new(2026, 3, 6), None);
        found.Select(day => day.Day).ShouldBe([new(2026, 3, 5), new(2026, 3, 6)]);
        found[0].Samples.ShouldBe([new(Noon.AddDays(1), 100_001.25m, 7), new(Noon.AddDays(1).AddMinutes(5), 200_001, 8)]);
        (await kit.Engine.LoadAsync(Account, None))!.Value.Equity!.Day.ShouldBe(new(2026, 3, 5));
        (await _history.EquityAsync("paper2", new(2026, 3, 1), new(2026, 3, 9), None)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_memory_that_is_lost_in_the_midst_of_a_day_goes_on_with_its_samples()
    {
        EquitySample[] samples = [.. Enumerable.Range(0, 5).Select(n => new EquitySample(Noon.AddMinutes(5 * n), 100_000 + n, n))];
        await SaveAsync(null, samples[..3]);
        await kit.Tables.Table(TableNames.Engine).PutAsync(Account, "heartbeat", ("holds", "{"));
        (await kit.Engine.DeleteUnreadableAsync(Account, "heartbeat", None)).ShouldNotBeNull();
        (await kit.Engine.LoadAsync(Account, None)).ShouldBeNull();

        // The engine knows of no sample of the day, then of what is stored.
        var version = await SaveAsync(null, samples[3]);
        var memory = (await kit.Engine.LoadAsync(Account, None))!.Value;
        memory.Equity!.Samples.ShouldBe(samples[..4]);
        await SaveAsync(version, [.. memory.Equity.Samples, samples[4]]);
        (await _history.EquityAsync(Account, new(2026, 3, 4), new(2026, 3, 4), None)).ShouldHaveSingleItem().Samples.ShouldBe(samples);

        Task<RowVersion?> SaveAsync(RowVersion? expected, params EquitySample[] day) =>
            kit.Engine.SaveAsync(
                Account,
                new() { Equity = new(new(2026, 3, 4), day) },
                expected,
                Cycle(day[^1].At) with
                {
                    Equity = day[^1].Equity,
                },
                None
            );
    }

    [Fact]
    public async Task Changes_are_those_of_the_span_over_the_days_in_it_wherever_they_lie()
    {
        DateTimeOffset[] made = [Noon.AddTicks(-1), Noon, Noon.AddDays(1), Noon.AddDays(2).AddTicks(-1), Noon.AddDays(2)];
        for (var n = 0; n < made.Length; n++)
        {
            AuditEntry entry = new(made[n], $"e{n}", "me", "pause_strategy", "s1");
            await (
                (n % 3) switch
                {
                    0 => kit.Audit.AppendAsync(Account, entry, None),
                    1 => kit.Trading.CommitAsync(Account, [TradingWrite.Of(entry)], None),
                    _ => kit.Schedules.CommitAsync("s1", [ScheduleWrite.Of(Account, entry)], None),
                }
            );
        }

        await kit.Audit.AppendAsync("paper2", new(Noon, "other", "me", "pause_strategy", "s1"), None);
        await FoundAsync();
        // A move that was killed between its two halves.
        await kit.Audit.AppendAsync(Account, new(made[1], "e1", "me", "pause_strategy", "s1"), None);
        await FoundAsync();
        await kit.Audit.ProjectAsync(Account, None);
        await FoundAsync();

        async Task FoundAsync() =>
            (await _history.ChangesAsync(Account, Noon, Noon.AddDays(2), None))
                .Select(it => it.Id)
                .ShouldBe(["e1", "e2", "e3"], ignoreOrder: true);
    }

    [Fact]
    public async Task Runs_are_those_that_ended_in_the_span_whenever_they_were_planned_also_of_schedules_that_are_gone()
    {
        var version = (await kit.Schedules.MustCommitAsync("a", Insert(Run("a", Noon.AddDays(-1)))))[0];
        var late = Run("a", Noon.AddDays(-1), RunStatus.Fired) with { EndedAt = Noon.AddMinutes(1) };
        await kit.Schedules.MustCommitAsync("a", ScheduleWrite.Of(late, version));
        foreach (var id in Enumerable.Range(0, 20).Select(n => $"s{n}"))
        {
            await kit.Schedules.MustCommitAsync(
                id,
                Insert(Run(id, Noon.AddTicks(-1), RunStatus.Fired)),
                Insert(Run(id, Noon, RunStatus.Skipped)),
                Insert(Run(id, Noon.AddMinutes(2))),
                Insert(Run(id, Noon.AddHours(1), RunStatus.Failed))
            );
        }

        var found = await _history.RunsAsync(Noon, Noon.AddHours(1), None);
        found.Count.ShouldBe(21);
        found.ShouldContain(late);
        found.Where(run => run.ScheduleId != "a").ShouldAllBe(run => run.Status == RunStatus.Skipped);

        await kit.Schedules.PruneRunsAsync(Noon.AddHours(1), None);
        (await _history.RunsAsync(Noon.AddDays(-9), Noon.AddDays(9), None)).ShouldAllBe(run => run.Status == RunStatus.Failed);
    }

    [Fact]
    public async Task What_cannot_be_read_is_left_out()
    {
        await kit.Audit.AppendAsync(Account, new(Noon, "good", "me", "pause_strategy", "s1"), None);
        await kit.Schedules.MustCommitAsync("a", Insert(Run("a", Noon, RunStatus.Fired)));
        await PutAsync("Audit", TableNames.DayOf(Account, Noon), TableNames.Inverted(Noon) + "|bad");
        await PutAsync("Engine", Account, EngineStore.CyclePrefix + TableNames.Inverted(Noon) + "|bad");
        await PutAsync("Schedules", "shard-6", "ended|" + TableNames.Inverted(Noon) + "|bad");

        (await _history.ChangesAsync(Account, Noon, Noon.AddHours(1), None)).ShouldHaveSingleItem().Id.ShouldBe("good");
        (await _history.CyclesAsync(Account, Noon, Noon.AddHours(1), None)).ShouldBeEmpty();
        (await _history.RunsAsync(Noon, Noon.AddHours(1), None)).ShouldHaveSingleItem().ScheduleId.ShouldBe("a");
        (await kit.Schedules.ListUnreadableAsync(None)).ShouldBeEmpty();

        Task<GroupResult> PutAsync(string table, string partition, string key) =>
            kit.Tables.Table(table).WriteAsync(new(partition, [EntityWrite.Insert(key, new() { ["nonsense"] = "42" })]), None);
    }
}
