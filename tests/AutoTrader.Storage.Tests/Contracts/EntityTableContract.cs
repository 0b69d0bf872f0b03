using AutoTrader.Storage.Tables;
using AutoTrader.Storage.Tests.Kit;
using AutoTrader.Testing;
using Azure.Data.Tables;

namespace AutoTrader.Storage.Tests.Contracts;

public sealed class MemoryTableTests() : EntityTableContract(new MemoryKit());

public sealed class AzureTableTests(AzuriteFixture azurite) : EntityTableContract(new AzuriteKit(azurite));

public abstract class EntityTableContract(StorageKit kit)
{
    private readonly IEntityTable _table = kit.Tables.Table("Things");

    private static CancellationToken None => CancellationToken.None;

    [Fact]
    public async Task Ranges_select_partitions_and_rows_in_order()
    {
        foreach (var partition in new[] { "a", "a|1", "a|2", "a}", "b" })
        {
            await InsertAsync(partition, "k", "k'quoted", "k|1", "l", "m");
        }

        (await KeysAsync(EntityQuery.Of("a|1", KeyRange.Only("k'quoted"), KeyRange.AtOrAfter("l")))).ShouldBe([
            "a|1/k'quoted",
            "a|1/l",
            "a|1/m",
        ]);
        (await KeysAsync(EntityQuery.Of("b", KeyRange.Prefix("k")))).ShouldBe(["b/k", "b/k'quoted", "b/k|1"]);
        (await KeysAsync(EntityQuery.Of("b", new KeyRange("k|", "m")))).ShouldBe(["b/k|1", "b/l"]);
        (await KeysAsync(new(KeyRange.Prefix("a|"), KeyRange.Only("k")))).ShouldBe(["a|1/k", "a|2/k"]);
        (await KeysAsync(new(KeyRange.AtOrAfter("a}"), KeyRange.All))).Count.ShouldBe(10);
        (await KeysAsync(EntityQuery.Of("c", KeyRange.All))).ShouldBeEmpty();
    }

    [Fact]
    public async Task Every_type_of_column_comes_back_as_it_was()
    {
        var instant = new DateTimeOffset(2026, 3, 4, 17, 0, 0, TimeSpan.Zero).AddTicks(1234567);
        var guid = Guid.NewGuid();
        await WriteAsync(
            "p",
            EntityWrite.Insert(
                "r",
                new()
                {
                    ["text"] = "é \u0001 \"<>&' 📈",
                    ["none"] = "",
                    ["int"] = int.MinValue,
                    ["long"] = long.MaxValue,
                    ["double"] = 0.1,
                    ["flag"] = false,
                    ["instant"] = instant,
                    ["guid"] = guid,
                    ["binary"] = new byte[] { 1, 2, 3 },
                    ["null"] = null,
                }
            )
        );
        var read = (await _table.ReadAsync("p", "r", None))!;
        (read["text"], read["none"], read["int"], read["long"], read["double"], read["flag"], read["instant"], read["guid"]).ShouldBe(
            ("é \u0001 \"<>&' 📈", "", int.MinValue, long.MaxValue, 0.1, false, instant, guid)
        );
        read.GetBinary("binary").ShouldBe([1, 2, 3]);
        read.ContainsKey("null").ShouldBeFalse();
        read.ETag.ToString().ShouldNotBeEmpty();
    }

    [Fact]
    public async Task Upserts_write_whatever_is_there_and_replace_all_columns()
    {
        await WriteAsync("p", EntityWrite.Upsert("r", new() { ["a"] = 1, ["b"] = 2 }));
        await WriteAsync("p", EntityWrite.Upsert("r", new() { ["a"] = 3 }));
        var read = (await _table.ReadAsync("p", "r", None))!;
        read["a"].ShouldBe(3);
        read.ContainsKey("b").ShouldBeFalse();
    }

    [Fact]
    public async Task Every_write_leaves_its_id()
    {
        var group = new EntityGroup("p", [EntityWrite.Upsert("r", new() { [EntityGroup.WriteIdColumn] = "forged" })]);
        await _table.WriteAsync(group, None);
        (await _table.ReadAsync("p", "r", None))![EntityGroup.WriteIdColumn].ShouldBe(group.Writes[0].Columns![EntityGroup.WriteIdColumn]);
    }

    [Fact]
    public async Task What_was_read_is_the_reader_s_own()
    {
        await InsertAsync("p", "r");
        var read = (await _table.ReadAsync("p", "r", None))!;
        read["value"] = "changed";
        (await _table.ReadAsync("p", "r", None))!["value"].ShouldBe("r");
    }

    [Fact]
    public async Task A_deletion_of_many_leaves_alone_what_changed_meanwhile_or_is_gone()
    {
        await InsertAsync("p", [.. Enumerable.Range(0, 100).Select(n => $"r{n:D3}")]);
        await InsertAsync("p", [.. Enumerable.Range(100, 50).Select(n => $"r{n:D3}")]);
        var read = await _table.AllAsync(EntityQuery.Of("p", KeyRange.All), None);
        await WriteAsync("p", EntityWrite.Upsert("r010", new() { ["value"] = "newer" }), EntityWrite.Delete("r120", "*"));
        await _table.DeleteAsync("p", read, None);
        (await KeysAsync(EntityQuery.Of("p", KeyRange.All))).ShouldBe(["p/r010"]);
    }

    [Fact]
    public async Task Pages_continue_where_the_last_one_ended()
    {
        await InsertAsync("p", [.. Enumerable.Range(0, 7).Select(n => $"r{n}")]);
        var query = EntityQuery.Of("p", KeyRange.Only("r0"), KeyRange.AtOrAfter("r2"));
        var first = await _table.PageAsync(query, 4, null, None);
        var second = await _table.PageAsync(query, 4, first.Continuation.ShouldNotBeNull(), None);
        first.Entities.Concat(second.Entities).Select(entity => entity.RowKey).ShouldBe(["r0", "r2", "r3", "r4", "r5", "r6"]);
        second.Continuation.ShouldBeNull();
    }

    private async Task InsertAsync(string partition, params string[] rows) =>
        await WriteAsync(partition, [.. rows.Select(row => EntityWrite.Insert(row, new() { ["value"] = row }))]);

    private async Task WriteAsync(string partition, params EntityWrite[] writes) =>
        (await _table.WriteAsync(new EntityGroup(partition, writes), None)).ETags.ShouldNotBeNull();

    private async Task<List<string>> KeysAsync(EntityQuery query) =>
        [.. (await _table.AllAsync(query, None)).Select(entity => entity.PartitionKey + "/" + entity.RowKey)];
}

/// <summary>The limits of Azure Table Storage, checked before any table sees a group.</summary>
public sealed class EntityGroupTests
{
    [Fact]
    public void Up_to_the_limits_a_group_is_accepted()
    {
        var full = new TableEntity();
        for (var column = 0; column < EntityGroup.MaxProperties - 1; column++)
        {
            full["c" + column] = column;
        }

        _ = new EntityGroup("p", [EntityWrite.Upsert("r", full)]);
        _ = new EntityGroup(
            "p",
            [
                EntityWrite.Upsert(
                    new string('k', 512),
                    new() { ["text"] = new string('x', 32_768), ["at"] = new DateTimeOffset(1601, 1, 1, 0, 0, 0, TimeSpan.Zero) }
                ),
            ]
        );
        _ = new EntityGroup(
            "p",
            [.. Enumerable.Range(0, 100).Select(n => EntityWrite.Upsert("r" + n, new() { ["text"] = new string('x', 32_768) }))]
        );
    }

    public static TheoryData<string, object> Refused =>
        new()
        {
            { "text", new string('x', 32_769) },
            { "binary", new byte[65_537] },
            { "at", new DateTimeOffset(1600, 12, 31, 23, 59, 59, TimeSpan.Zero) },
            { "price", 1.5m },
            { "two words", 1 },
            { "1st", 1 },
            { new string('n', 256), 1 },
        };

    [Theory]
    [MemberData(nameof(Refused), DisableDiscoveryEnumeration = true)]
    public void A_column_beyond_a_limit_is_refused(string name, object value) =>
        Should.Throw<TableLimitException>(() => new EntityGroup("p", [EntityWrite.Upsert("r", new() { [name] = value })]));

    [Theory]
    [InlineData("a/b")]
    [InlineData("a\\b")]
    [InlineData("a#b")]
    [InlineData("a?b")]
    [InlineData("a\tb")]
    [InlineData("a\u0085b")]
    public void A_key_with_a_forbidden_character_is_refused(string key)
    {
        Should.Throw<TableLimitException>(() => new EntityGroup("p", [EntityWrite.Delete(key, "*")]));
        Should.Throw<TableLimitException>(() => new EntityGroup(key, [EntityWrite.Delete("r", "*")]));
    }

    [Fact]
    public void Too_many_columns_bytes_or_too_long_a_key_are_refused()
    {
        var wide = new TableEntity();
        for (var column = 0; column < EntityGroup.MaxProperties; column++)
        {
            wide["c" + column] = column;
        }

        var heavy = new TableEntity();
        for (var column = 0; column < 17; column++)
        {
            heavy["c" + column] = new string('x', 32_000);
        }

        Should.Throw<TableLimitException>(() => new EntityGroup("p", [EntityWrite.Upsert("r", wide)]));
        Should.Throw<TableLimitException>(() => new EntityGroup("p", [EntityWrite.Upsert("r", heavy)]));
        Should.Throw<TableLimitException>(() => new EntityGroup("p", [EntityWrite.Delete(new string('k', 513), "*")]));
        Should.Throw<TableLimitException>(() =>
            new EntityGroup(
                "p",
                [.. Enumerable.Range(0, 100).Select(n => EntityWrite.Upsert("r" + n, new() { ["text"] = new string('é', 8_000) }))]
            )
        );
    }

    [Fact]
    public void Writes_that_make_no_sense_are_refused()
    {
        Should.Throw<TableLimitException>(() => new EntityGroup("p", []));
        Should.Throw<TableLimitException>(() => new EntityGroup("p", [EntityWrite.Delete("r", "*"), EntityWrite.Upsert("r", [])]));
        Should.Throw<TableLimitException>(() => new EntityGroup("p", [EntityWrite.Replace("r", [], "")]));
        Should.Throw<TableLimitException>(() => new EntityGroup("p", [new(EntityWriteKind.Upsert, "r", null, null)]));
    }
}
