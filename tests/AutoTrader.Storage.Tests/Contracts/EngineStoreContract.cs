using AutoTrader.Core.Market;
using AutoTrader.Core.Ports;
using AutoTrader.Storage.Tables;
using AutoTrader.Storage.Tests.Kit;
using AutoTrader.Testing;
using static AutoTrader.Storage.Tests.Kit.Records;

namespace AutoTrader.Storage.Tests.Contracts;

public sealed class MemoryEngineStoreTests() : EngineStoreContract(new MemoryKit());

public sealed class TableEngineStoreTests(AzuriteFixture azurite) : EngineStoreContract(new AzuriteKit(azurite));

public abstract class EngineStoreContract(StorageKit kit)
{
    private readonly IEngineStore _store = kit.Engine;

    private static CancellationToken None => CancellationToken.None;

    [Fact]
    public async Task There_is_no_memory_before_the_first_cycle()
    {
        (await _store.LoadAsync(Account, None)).ShouldBeNull();
        (await _store.ListCyclesAsync(Account, 10, None)).Cycles.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_memory_of_five_hundred_symbols_comes_back_as_it_was()
    {
        var symbols = Enumerable.Range(0, 500).Select(n => $"SYM{n}").ToArray();
        var state = new EngineState
        {
            LastTick = Noon,
            LastCycleAt = Noon.AddSeconds(2),
            LastHolder = "host-1",
            ReadTo = Noon.AddTicks(1),
            Quotes = symbols.ToDictionary(symbol => symbol, symbol => new QuoteState(123.4567m, Noon, 123.40m, 3, true)),
            Mismatches = symbols[..3].ToDictionary(symbol => symbol, symbol => 2),
            Holds = new Dictionary<string, SymbolHold>
            {
                ["AAPL"] = new("a split", Noon, new Split("AAPL", new(2026, 3, 5), 4, 1), 0.5m),
                ["IBM"] = new("why?", Noon),
            },
            Attention = [new("UNREADABLE_ROW", "strategy|s1", "Look “here”: <it> is wrong & old", Noon)],
            Applied = symbols.ToDictionary(symbol => "execution-" + symbol, symbol => Noon),
            StuckCancels = new Dictionary<string, int> { ["at-s1-abcdefgh-1"] = 1 },
            Exchange = new()
            {
                CalendarOn = new(2026, 3, 4),
                Days =
                [
                    new(new(2026, 3, 5)),
                    new(new(2026, 3, 6), TradingCalendar.Nyse.SessionOf(new(2026, 3, 6), new(9, 30), new(13, 0))),
                ],
                SymbolsOn = new(2026, 3, 3),
                Tradable = symbols,
                NotTradable = new Dictionary<string, string> { ["GONE"] = "it is “inactive”" },
            },
        };
        (await _store.SaveAsync(Account, state, null, Cycle(Noon), None)).ShouldNotBeNull();

        var read = (await _store.LoadAsync(Account, None))!.Value;
        read.Quotes.OrderBy(pair => pair.Key).ShouldBe(state.Quotes.OrderBy(pair => pair.Key));
        read.Applied.OrderBy(pair => pair.Key).ShouldBe(state.Applied.OrderBy(pair => pair.Key));
        read.Mismatches.OrderBy(pair => pair.Key).ShouldBe(state.Mismatches.OrderBy(pair => pair.Key));
        read.Holds.OrderBy(pair => pair.Key).ShouldBe(state.Holds.OrderBy(pair => pair.Key));
        read.StuckCancels.ShouldBe(state.StuckCancels);
        read.Attention.ShouldBe(state.Attention);
        (read.Exchange.CalendarOn, read.Exchange.SymbolsOn).ShouldBe((state.Exchange.CalendarOn, state.Exchange.SymbolsOn));
        read.Exchange.Days.ShouldBe(state.Exchange.Days);
        read.Exchange.Tradable.ShouldBe(symbols);
        read.Exchange.NotTradable.ShouldBe(state.Exchange.NotTradable);
        (read.LastTick, read.LastCycleAt, read.LastHolder, read.ReadTo).ShouldBe(
            (state.LastTick, state.LastCycleAt, state.LastHolder, state.ReadTo)
        );
    }

    [Fact]
    public async Task Memory_and_cycle_record_are_written_together_or_not_at_all()
    {
        var first = await _store.SaveAsync(Account, new() { LastTick = Noon }, null, Cycle(Noon, 1), None);
        var second = await _store.SaveAsync(Account, new() { LastTick = Noon.AddMinutes(1) }, first, Cycle(Noon.AddMinutes(1), 2), None);
        second.ShouldNotBeNull();
        (await _store.SaveAsync(Account, new(), first, Cycle(Noon.AddMinutes(2), 3), None)).ShouldBeNull();
        (await _store.SaveAsync(Account, new(), null, Cycle(Noon.AddMinutes(2), 4), None)).ShouldBeNull();
        (await _store.LoadAsync(Account, None))!.Value.LastTick.ShouldBe(Noon.AddMinutes(1));
        (await _store.ListCyclesAsync(Account, 10, None)).Cycles.Select(cycle => cycle.Evaluated).ShouldBe([2, 1]);
    }

    [Fact]
    public async Task Columns_of_a_newer_version_survive_a_cycle()
    {
        var version = await _store.SaveAsync(Account, new(), null, Cycle(Noon), None);
        await kit.Tables.Table(TableNames.Engine).PutAsync(Account, "heartbeat", ("replay_position", "kept"));
        (await _store.SaveAsync(Account, new(), version, Cycle(Noon), None)).ShouldBeNull();
        var row = (await _store.LoadAsync(Account, None))!;
        (await _store.SaveAsync(Account, row.Value, row.Version, Cycle(Noon), None)).ShouldNotBeNull();
        (await kit.Tables.Table(TableNames.Engine).ReadAsync(Account, "heartbeat", None))!["replay_position"].ShouldBe("kept");
    }

    [Fact]
    public async Task What_another_version_remembered_of_a_quote_does_not_stop_the_engine()
    {
        await _store.SaveAsync(Account, new(), null, Cycle(Noon), None);
        await kit
            .Tables.Table(TableNames.Engine)
            .PutAsync(Account, "heartbeat", ("quotes", """{"AAPL":{"mid":"10.5","at":"2026-03-04T17:00:00+00:00","mood":"calm"}}"""));
        (await _store.LoadAsync(Account, None))!.Value.Quotes["AAPL"].Mid.ShouldBe(10.5m);
    }

    [Fact]
    public async Task Of_memory_that_cannot_be_read_the_rest_stands_in_beside_it_until_it_is_deleted()
    {
        var table = kit.Tables.Table(TableNames.Engine);
        await _store.SaveAsync(Account, new() { LastTick = Noon, ReadTo = Noon }, null, Cycle(Noon), None);
        await table.PutAsync(Account, "heartbeat", ("holds", "{"));
        var damaged = (await table.ReadAsync(Account, "heartbeat", None))!;

        var row = (await _store.LoadAsync(Account, None))!;
        row.Value.Unreadable.ShouldNotBeNull()
            .ShouldSatisfyAllConditions(it => it.RowKey.ShouldBe("heartbeat"), it => it.Problem.ShouldContain("holds"));
        (row.Value.LastTick, row.Value.ReadTo, row.Value.Holds.Count).ShouldBe((Noon, Noon, 0));
        var version = await _store.SaveAsync(
            Account,
            row.Value with
            {
                LastTick = Noon.AddMinutes(1),
            },
            row.Version,
            Cycle(Noon.AddMinutes(1)),
            None
        );
        version.ShouldNotBeNull();
        (await _store.SaveAsync(Account, row.Value, row.Version, Cycle(Noon.AddMinutes(1)), None)).ShouldBeNull();
        row = (await _store.LoadAsync(Account, None))!;
        (row.Value.LastTick, row.Version.ETag, row.Value.Unreadable?.RowKey).ShouldBe((Noon.AddMinutes(1), version.ETag, "heartbeat"));
        (await table.ReadAsync(Account, "heartbeat", None))!.ETag.ShouldBe(damaged.ETag);

        (await _store.DeleteUnreadableAsync(Account, "heartbeat", None)).ShouldNotBeNull();
        row = (await _store.LoadAsync(Account, None))!;
        (row.Value.LastTick, row.Value.Unreadable).ShouldBe((Noon.AddMinutes(1), null));
        (await _store.SaveAsync(Account, row.Value, row.Version, Cycle(Noon.AddMinutes(2)), None)).ShouldNotBeNull();
        (await table.ReadAsync(Account, "heartbeat|stand_in", None)).ShouldBeNull();
        (await _store.DeleteUnreadableAsync(Account, "heartbeat", None)).ShouldBeNull();
    }

    [Fact]
    public async Task What_stood_in_for_a_memory_that_was_mended_is_not_taken_for_another_damage()
    {
        var table = kit.Tables.Table(TableNames.Engine);
        await _store.SaveAsync(Account, new() { LastTick = Noon }, null, Cycle(Noon), None);
        await table.PutAsync(Account, "heartbeat", ("holds", "{"));
        var row = (await _store.LoadAsync(Account, None))!;
        await _store.SaveAsync(Account, row.Value with { LastTick = Noon.AddMinutes(1) }, row.Version, Cycle(Noon), None);
        await table.PutAsync(Account, "heartbeat", ("holds", "{}"));
        (await _store.LoadAsync(Account, None))!.Value.LastTick.ShouldBe(Noon);

        await table.PutAsync(Account, "heartbeat", ("holds", "["));
        row = (await _store.LoadAsync(Account, None))!;
        row.Value.LastTick.ShouldBe(Noon);
        (
            await _store.SaveAsync(Account, row.Value with { LastTick = Noon.AddMinutes(2) }, row.Version, Cycle(Noon), None)
        ).ShouldNotBeNull();
        (await _store.LoadAsync(Account, None))!.Value.LastTick.ShouldBe(Noon.AddMinutes(2));
    }

    [Fact]
    public async Task A_memory_that_is_deleted_before_anything_stands_in_for_it_is_gone()
    {
        await _store.SaveAsync(Account, new(), null, Cycle(Noon), None);
        await kit.Tables.Table(TableNames.Engine).PutAsync(Account, "heartbeat", ("holds", "{"));
        (await _store.DeleteUnreadableAsync(Account, "heartbeat", None)).ShouldNotBeNull();
        (await _store.LoadAsync(Account, None)).ShouldBeNull();
    }

    [Fact]
    public async Task Cycles_are_listed_newest_first_and_pruned_by_age()
    {
        RowVersion? version = null;
        for (var minute = 0; minute < 6; minute++)
        {
            version = await _store.SaveAsync(Account, new(), version, Cycle(Noon.AddMinutes(minute / 2), minute), None);
        }

        (await _store.ListCyclesAsync(Account, 4, None)).Cycles.Select(cycle => cycle.Evaluated).ShouldBe([5, 4, 3, 2]);
        (await _store.ListCyclesAsync(Account, 1, None))
            .Cycles[0]
            .ShouldSatisfyAllConditions(
                cycle => cycle.Events.ShouldBe(["one", "two"]),
                cycle => cycle.StartedAt.ShouldBe(Noon.AddMinutes(2))
            );

        await _store.PruneAsync(Account, Noon.AddMinutes(1), None);
        (await _store.ListCyclesAsync(Account, 10, None)).Cycles.Select(cycle => cycle.Evaluated).ShouldBe([5, 4, 3, 2]);
        (await _store.LoadAsync(Account, None)).ShouldNotBeNull();
    }

    [Fact]
    public async Task A_cycle_of_two_hundred_long_events_is_kept_whole()
    {
        var events = Enumerable.Range(0, 200).Select(n => $"{n} " + new string('e', 300)).ToArray();
        await _store.SaveAsync(Account, new(), null, Cycle(Noon) with { Events = events, Error = "late" }, None);
        var cycle = (await _store.ListCyclesAsync(Account, 1, None)).Cycles.Single();
        cycle.Events.ShouldBe(events);
        cycle.Error.ShouldBe("late");
    }
}
