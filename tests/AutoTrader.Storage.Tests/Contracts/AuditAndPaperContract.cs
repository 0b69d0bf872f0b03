using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Scheduling;
using AutoTrader.Storage.Tables;
using AutoTrader.Storage.Tests.Kit;
using AutoTrader.Testing;
using static AutoTrader.Storage.Tests.Kit.Records;

namespace AutoTrader.Storage.Tests.Contracts;

public sealed class MemoryAuditLogTests() : AuditLogContract(new MemoryKit());

public sealed class TableAuditLogTests(AzuriteFixture azurite) : AuditLogContract(new AzuriteKit(azurite));

public abstract class AuditLogContract(StorageKit kit)
{
    private readonly IAuditLog _log = kit.Audit;

    private static CancellationToken None => CancellationToken.None;

    [Fact]
    public async Task Entries_come_newest_first_over_all_days_page_by_page()
    {
        var entries = Enumerable.Range(0, 12).Select(n => Entry(Noon.AddHours(9 * n), $"e{n}")).ToArray();
        foreach (var entry in entries)
        {
            await _log.AppendAsync(Account, entry, None);
        }

        await _log.AppendAsync("paper2", Entry(Noon, "other"), None);
        (await AllAsync(5)).ShouldBe(entries.Reverse());
    }

    [Fact]
    public async Task Entries_are_listed_in_order_wherever_they_committed_before_and_after_they_are_moved()
    {
        var ids = Enumerable.Range(0, 20).Select(n => $"s-{n}").ToArray();
        var entries = ids.Select((id, n) => Entry(Noon.AddHours(5 * n), id) with { Target = id }).ToArray();
        foreach (var (entry, n) in entries.Select((entry, n) => (entry, n)))
        {
            await (
                (n % 3) switch
                {
                    0 => _log.AppendAsync(Account, entry, None),
                    1 => kit.Trading.CommitAsync(Account, [TradingWrite.Of(entry)], None),
                    _ => kit.Schedules.CommitAsync(entry.Target!, [ScheduleWrite.Of(Account, entry)], None),
                }
            );
        }

        var other = Entry(Noon, "other") with { Target = "s-1" };
        await kit.Schedules.CommitAsync("s-1", [ScheduleWrite.Of("paper2", other)], None);
        (await AllAsync(3)).ShouldBe(entries.Reverse());
        // A move that was killed between its two halves.
        await _log.AppendAsync(Account, entries[1], None);
        await _log.AppendAsync(Account, entries[2], None);
        (await AllAsync(7)).ShouldBe(entries.Reverse());

        await _log.ProjectAsync(Account, None);
        (await AllAsync(3)).ShouldBe(entries.Reverse());
        (await kit.Trading.ListAsync<AuditEntry>(Account, TradingKey.AuditPrefix, 10, null, None)).Items.ShouldBeEmpty();
        (await kit.Schedules.ListUnreadableAsync(None)).ShouldBeEmpty();
        (await _log.ListAsync("paper2", 10, null, None)).Items.ShouldBe([other]);
        await _log.ProjectAsync("paper2", None);
        (await _log.ListAsync("paper2", 10, null, None)).Items.ShouldBe([other]);
    }

    [Fact]
    public async Task An_entry_that_cannot_be_read_is_told_with_its_key_and_stops_no_other()
    {
        await kit.Trading.CommitAsync(Account, [TradingWrite.Of(Entry(Noon, "good"))], None);
        await kit
            .Tables.Table("Trading")
            .WriteAsync(new(Account, [EntityWrite.Upsert(TradingKey.Audit(Entry(Noon, "torn")), new() { ["at"] = "never" })]), None);
        (await AllAsync(10)).Select(entry => entry.Action).ShouldBe(["place_order", "unreadable"], ignoreOrder: true);
        await _log.ProjectAsync(Account, None);
        (await AllAsync(10)).Select(entry => entry.Action).ShouldBe(["place_order", "unreadable"], ignoreOrder: true);
    }

    [Fact]
    public async Task An_entry_appended_twice_is_there_once()
    {
        await _log.AppendAsync(Account, Entry(Noon, "e1"), None);
        await _log.AppendAsync(Account, Entry(Noon, "e1"), None);
        (await _log.ListAsync(Account, 10, null, None)).Items.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Pruning_deletes_what_is_older_and_nothing_else()
    {
        await _log.AppendAsync(Account, Entry(Noon.AddDays(-40), "ancient"), None);
        await _log.AppendAsync(Account, Entry(Noon.AddMinutes(-1), "older"), None);
        await _log.AppendAsync(Account, Entry(Noon, "exact"), None);
        await _log.AppendAsync(Account, Entry(Noon.AddDays(3), "newer"), None);
        await _log.AppendAsync("paper2", Entry(Noon.AddDays(-40), "other"), None);
        await _log.PruneAsync(Account, Noon, None);
        (await _log.ListAsync(Account, 10, null, None)).Items.Select(entry => entry.Id).ShouldBe(["newer", "exact"]);
        (await _log.ListAsync("paper2", 10, null, None)).Items.Count.ShouldBe(1);
    }

    private async Task<List<AuditEntry>> AllAsync(int pageSize)
    {
        var seen = new List<AuditEntry>();
        string? continuation = null;
        do
        {
            var page = await _log.ListAsync(Account, pageSize, continuation, None);
            page.Items.Count.ShouldBeLessThanOrEqualTo(pageSize);
            seen.AddRange(page.Items);
            continuation = page.Continuation;
        } while (continuation is not null);

        return seen;
    }

    private static AuditEntry Entry(DateTimeOffset at, string id) =>
        new(at, id, "caller", "place_order", "AAPL", """{"quantity":"10"}""", id == "e1" ? "RISK_LIMIT" : null);
}

public sealed class MemoryPaperStoreTests() : PaperStoreContract(new MemoryKit());

public sealed class TablePaperStoreTests(AzuriteFixture azurite) : PaperStoreContract(new AzuriteKit(azurite));

public abstract class PaperStoreContract(StorageKit kit)
{
    private readonly IPaperStore _store = kit.Paper;

    private static CancellationToken None => CancellationToken.None;

    [Fact]
    public async Task Rows_load_by_range_in_key_order()
    {
        (await _store.LoadAsync(Account, "", null, None)).ShouldBeEmpty();
        await CommitAsync(
            new("order|2", "{\"n\":2}", null),
            new("account", "{}", null),
            new("order|1", "{\"n\":1}", null),
            new("position|A", "[]", null)
        );
        (await _store.LoadAsync(Account, "", null, None))
            .Select(row => row.RowKey)
            .ShouldBe(["account", "order|1", "order|2", "position|A"]);
        (await _store.LoadAsync(Account, "order|", "order}", None)).Select(row => row.Json).ShouldBe(["{\"n\":1}", "{\"n\":2}"]);
        (await _store.LoadAsync("other", "", null, None)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_group_is_written_wholly_or_not_at_all()
    {
        var etags = await CommitAsync(new PaperWrite("account", "1", null), new PaperWrite("order|1", "1", null));
        (await _store.CommitAsync(Account, [new("account", "2", etags[0]), new("order|1", "2", null)], None)).ShouldBeNull();
        (await _store.CommitAsync(Account, [new("account", "2", etags[0]), new("order|2", null, etags[1])], None)).ShouldBeNull();
        var next = await CommitAsync(new PaperWrite("account", "2", etags[0]), new PaperWrite("order|1", null, etags[1]));
        next[1].ShouldBeNull();
        (await _store.CommitAsync(Account, [new("account", "3", etags[0])], None)).ShouldBeNull();
        var row = (await _store.LoadAsync(Account, "", null, None)).Single();
        row.ShouldBe(new("account", "2", next[0]!));
    }

    [Fact]
    public async Task Content_longer_than_a_column_comes_back_whole()
    {
        var json = "[" + string.Join(",", Enumerable.Range(0, 30_000).Select(n => $"\"é{n}\"")) + "]";
        await CommitAsync(new PaperWrite("orders", json, null));
        (await _store.LoadAsync(Account, "", null, None)).Single().Json.ShouldBe(json);
    }

    private async Task<IReadOnlyList<string?>> CommitAsync(params PaperWrite[] group) =>
        (await _store.CommitAsync(Account, group, None)).ShouldNotBeNull();
}
