using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Scheduling;
using AutoTrader.Core.Risk;
using AutoTrader.Core.Strategies;
using AutoTrader.Storage.Stores;
using AutoTrader.Storage.Tables;
using AutoTrader.Storage.Tests.Kit;
using AutoTrader.Testing;
using Azure.Data.Tables;
using static AutoTrader.Storage.Tests.Kit.Records;

namespace AutoTrader.Storage.Tests.Contracts;

public sealed class MemorySchemaTests() : SchemaContract(new MemoryKit());

public sealed class TableSchemaTests(AzuriteFixture azurite) : SchemaContract(new AzuriteKit(azurite));

/// <summary>Versions of the app over one storage, forth and back; and everything of an account as rows.</summary>
public abstract class SchemaContract(StorageKit kit)
{
    private static CancellationToken None => CancellationToken.None;

    [Fact]
    public async Task Every_record_says_which_schema_wrote_it()
    {
        await FillAsync();
        foreach (var name in new[] { "Trading", "Engine", "Audit", "Schedules" })
        {
            var rows = await kit.Tables.Table(name).AllAsync(new(KeyRange.All, KeyRange.All), None);
            rows.ShouldNotBeEmpty(name);
            // A heartbeat and the mark of an open run are signs, and no records.
            rows.Where(row => row.RowKey.Split('|')[0] is not ("open" or "beat"))
                .ShouldAllBe(row => row.GetInt32(StoredRow.SchemaColumn) == StoredRow.Schema);
        }
    }

    [Fact]
    public async Task A_row_from_before_there_were_schemas_is_read_and_gets_one_when_it_is_written()
    {
        await kit.Trading.MustCommitAsync(Insert(Strategy("old")));
        var table = kit.Tables.Table("Trading");
        var row = (await table.ReadAsync(Account, TradingKey.Strategy("old"), None))!;
        row.Remove(StoredRow.SchemaColumn);
        await table.WriteAsync(new(Account, [EntityWrite.Upsert(row.RowKey, row)]), None);

        var read = (await kit.Trading.ReadAsync<Strategy>(Account, TradingKey.Strategy("old"), None))!;
        read.Version.Unknown.ShouldBeNull();
        await kit.Trading.MustCommitAsync(new TradingWrite(TradingKey.Strategy("old"), read.Value, read.Version));
        (await table.ReadAsync(Account, TradingKey.Strategy("old"), None))!.GetInt32(StoredRow.SchemaColumn).ShouldBe(StoredRow.Schema);
    }

    [Theory]
    [InlineData("the order at-s1-abcdefgh-1 was ended outside AutoTrader; resume when you have looked at it", PauseCause.ExternalChange)]
    [InlineData("I trade it outside AutoTrader", PauseCause.Asked)]
    [InlineData(null, PauseCause.Asked)]
    public async Task A_pause_from_before_there_were_causes_has_that_of_the_sentence_that_the_engine_wrote(string? reason, PauseCause cause)
    {
        await kit.Trading.MustCommitAsync(Insert(Strategy("old") with { PauseReason = reason }));
        await WithoutAsync(TradingKey.Strategy("old"), "pause_cause");
        (await kit.Trading.LoadAsync(Account, None)).Strategies.ShouldHaveSingleItem().Value.PauseCause.ShouldBe(cause);
    }

    [Fact]
    public async Task A_sale_of_a_flatten_from_before_it_named_its_command_is_still_that_of_the_command()
    {
        var sale = Order("m", 1) with { Note = "flatten", RequestHash = "flatten-1" };
        await kit.Trading.MustCommitAsync(Insert(sale));
        await WithoutAsync(TradingKey.Order(sale), "command_id");
        (await kit.Trading.LoadAsync(Account, None)).Orders.ShouldHaveSingleItem().Value.CommandId.ShouldBe("flatten-1");
    }

    [Fact]
    public async Task A_row_of_a_newer_schema_is_refused_by_name_left_alone_and_stops_no_other()
    {
        await FillAsync();
        var table = kit.Tables.Table("Trading");
        var newer = new TableEntity((await table.ReadAsync(Account, TradingKey.Strategy("s1"), None))!) { [StoredRow.SchemaColumn] = 2 };
        await table.WriteAsync(new(Account, [EntityWrite.Upsert(newer.RowKey, newer)]), None);

        var snapshot = await kit.Trading.LoadAsync(Account, None);
        snapshot.Strategies.ShouldHaveSingleItem().Value.Id.ShouldBe("s2");
        var refused = snapshot.Unreadable.ShouldHaveSingleItem();
        refused.RowKey.ShouldBe(TradingKey.Strategy("s1"));
        refused.Problem.ShouldContain("newer AutoTrader");
        refused.Problem.ShouldContain("schema 2");
        (await table.ReadAsync(Account, newer.RowKey, None))!.GetInt32(StoredRow.SchemaColumn).ShouldBe(2);
    }

    [Fact]
    public async Task Everything_of_an_account_is_listed_written_elsewhere_and_cleared()
    {
        await FillAsync();
        await kit.Trading.CommitAsync("another", [new(TradingKey.Account, new AccountState(), null)], None);
        var rows = new AccountRows(kit.Tables);
        var all = await AllAsync(rows);
        all.Select(row => row.RowKey).ShouldContain(TradingKey.Strategy("s1"));
        all.ShouldNotContain(row => row.Partition.StartsWith("another", StringComparison.Ordinal));
        all.ShouldNotContain(row => row.RowKey.StartsWith("beat|", StringComparison.Ordinal));
        rows.RecordOf(all.Single(row => row.RowKey == TradingKey.Strategy("s1"))).ShouldBe(Strategy("s1"));

        var elsewhere = new AccountRows(new MemoryTables());
        foreach (var chunk in all.Chunk(3))
        {
            await elsewhere.WriteAsync(chunk, None);
        }

        (await AllAsync(elsewhere)).Select(Text).ShouldBe(all.Select(Text), ignoreOrder: true);
        await rows.ClearAsync(Account, withPaper: true, None);
        var left = await AllAsync(rows);
        left.Where(row => row.Table == StoredRow.Trading).ShouldHaveSingleItem().RowKey.ShouldBe(TradingKey.Account);
        left.Count(row => row.Table == "Schedules" || row.Table == StoredRow.Paper).ShouldBe(0);
        left.ShouldContain(row => row.Table == "Audit");
    }

    [Fact]
    public async Task What_others_write_for_the_engine_is_read_without_the_rest()
    {
        await FillAsync();
        await kit.Trading.MustCommitAsync(Insert(Command("asked")));
        var peek = await kit.Trading.PeekAsync(Account, None);
        peek.Commands.ShouldHaveSingleItem().Value.Id.ShouldBe("asked");
        peek.Strategies.ShouldBeEmpty();
        peek.Account!.Version.ETag.ShouldBe((await kit.Trading.LoadAsync(Account, None)).Account!.Version.ETag);
    }

    private async Task WithoutAsync(string rowKey, string column)
    {
        var table = kit.Tables.Table("Trading");
        var row = (await table.ReadAsync(Account, rowKey, None))!;
        row.Remove(column);
        await table.WriteAsync(new(Account, [EntityWrite.Upsert(rowKey, row)]), None);
    }

    private async Task FillAsync()
    {
        await kit.Trading.MustCommitAsync(
            new(TradingKey.Account, new AccountState(), null),
            Insert(Strategy("s1")),
            Insert(Strategy("s2")),
            Insert(Fill("x1"))
        );
        await kit.Engine.SaveAsync(Account, new() { LastTick = Noon }, null, Cycle(Noon), None);
        await kit.Audit.AppendAsync(Account, new(Noon, "a1", "test", "did", null), None);
        await kit.Paper.CommitAsync(Account, [new("account", "{}", null)], None);
        await new HeartbeatStore(kit.Tables).BeatAsync(Account, "sweep", Noon, None);
        var schedule = ScheduleRecords.Schedule("often");
        var run = ScheduleRecords.Run("often", Noon);
        await kit.Schedules.CommitAsync("often", [ScheduleWrite.Of(schedule, null), ScheduleWrite.Of(run, null)], None);
    }

    private static string Text(StoredRow row) =>
        $"{row.Table} {row.Partition} {row.RowKey} "
        + string.Join(' ', row.Columns.OrderBy(it => it.Key, StringComparer.Ordinal).Select(it => $"{it.Key}={it.Value}"));

    private static async Task<List<StoredRow>> AllAsync(AccountRows rows)
    {
        var all = new List<StoredRow>();
        await foreach (var row in rows.ListStateAsync(Account, None))
        {
            all.Add(row);
        }

        await foreach (var row in rows.ListHistoryAsync(Account, None))
        {
            all.Add(row);
        }

        return all;
    }
}
