using AutoTrader.Core.Ports;
using AutoTrader.Storage.Tables;

namespace AutoTrader.Storage.Tests.Contracts;

/// <summary>Many who write to one partition at the same time share entity groups, and none of them notices.</summary>
public class BatchingTableTests
{
    private readonly HeldTable _held = new();

    private static CancellationToken None => CancellationToken.None;

    private static EntityGroup Group(params IReadOnlyList<EntityWrite> writes) => new("p", writes);

    private static EntityWrite Insert(string key) => EntityWrite.Insert(key, new() { ["text"] = key });

    [Fact]
    public async Task Those_who_come_while_a_group_is_under_way_go_together_and_each_gets_its_own_versions()
    {
        var table = new BatchingTable(_held);
        var first = table.WriteAsync(Group(Insert("first")), None);
        var others = Enumerable.Range(0, 99).Select(n => table.WriteAsync(Group(Insert($"a{n:D2}"), Insert($"b{n:D2}")), None)).ToList();
        _held.Release();
        await Task.WhenAll([first, .. others]);

        _held.Groups.Select(group => group.Writes.Count).ShouldBe([1, 100, 98]);
        for (var n = 0; n < others.Count; n++)
        {
            var etags = (await others[n]).ETags!;
            (await _held.ReadAsync("p", $"a{n:D2}", None))!.ETag.ToString().ShouldBe(etags[0]);
            (await _held.ReadAsync("p", $"b{n:D2}", None))!.ETag.ToString().ShouldBe(etags[1]);
        }
    }

    [Fact]
    public async Task One_that_meets_a_conflict_is_told_which_of_its_rows_and_the_others_are_written()
    {
        await _held.Inner.WriteAsync(Group(Insert("taken")), None);
        var table = new BatchingTable(_held);
        var first = table.WriteAsync(Group(Insert("first")), None);
        var before = table.WriteAsync(Group(Insert("a"), Insert("b")), None);
        var conflicting = table.WriteAsync(Group(Insert("c"), Insert("taken")), None);
        var after = table.WriteAsync(Group(Insert("d")), None);
        _held.Release();

        (await conflicting).ShouldBe(new(null, 1));
        (await _held.ReadAsync("p", "c", None)).ShouldBeNull();
        foreach (var written in new[] { first, before, after })
        {
            (await written).ETags.ShouldNotBeNull();
        }
    }

    [Fact]
    public async Task Two_who_write_one_row_go_one_after_the_other()
    {
        var table = new BatchingTable(_held);
        var first = table.WriteAsync(Group(Insert("first")), None);
        var one = table.WriteAsync(Group(Insert("row")), None);
        var other = table.WriteAsync(Group(Insert("row")), None);
        _held.Release();
        await first;
        (await one).ETags.ShouldNotBeNull();
        (await other).ShouldBe(new(null, 0));
        _held.Groups.Count.ShouldBe(3);
    }

    [Fact]
    public async Task What_is_given_up_before_it_is_sent_is_not_written()
    {
        var table = new BatchingTable(_held);
        using var cancel = new CancellationTokenSource();
        var first = table.WriteAsync(Group(Insert("first")), None);
        var gone = table.WriteAsync(Group(Insert("gone")), cancel.Token);
        var stays = table.WriteAsync(Group(Insert("stays")), None);
        await cancel.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => gone);
        _held.Release();
        await Task.WhenAll(first, stays);
        (await _held.ReadAsync("p", "gone", None)).ShouldBeNull();
        (await _held.ReadAsync("p", "stays", None)).ShouldNotBeNull();
    }

    [Fact]
    public async Task A_failure_reaches_all_of_the_group_and_the_next_are_sent_again()
    {
        var table = new BatchingTable(_held);
        var first = table.WriteAsync(Group(Insert("first")), None);
        var together = new[] { table.WriteAsync(Group(Insert("a")), None), table.WriteAsync(Group(Insert("b")), None) };
        _held.Fails = group => group.Writes.Count == 2;
        _held.Release();
        await first;
        foreach (var failed in together)
        {
            await Should.ThrowAsync<StorageUnavailableException>(() => failed);
        }

        (await table.WriteAsync(Group(Insert("a")), None)).ETags.ShouldNotBeNull();
    }

    [Fact]
    public async Task Large_groups_and_other_partitions_wait_for_nobody()
    {
        var table = new BatchingTable(_held);
        var first = table.WriteAsync(Group(Insert("first")), None);
        _held.HoldsNext = false;
        (await table.WriteAsync(Group([.. Enumerable.Range(0, 11).Select(n => Insert("large" + n))]), None)).ETags.ShouldNotBeNull();
        (await table.WriteAsync(new EntityGroup("q", [Insert("row")]), None)).ETags.ShouldNotBeNull();
        first.IsCompleted.ShouldBeFalse();
        _held.Release();
        await first;
    }

    /// <summary>A table in memory that keeps the first group until the test lets it go.</summary>
    private sealed class HeldTable : IEntityTable
    {
        private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public IEntityTable Inner { get; } = new MemoryTables().Table("T");

        public List<EntityGroup> Groups { get; } = [];

        public Func<EntityGroup, bool> Fails { get; set; } = _ => false;

        public bool HoldsNext { get; set; } = true;

        public void Release() => _released.SetResult();

        public Task<EntityPage> PageAsync(EntityQuery query, int pageSize, string? continuation, CancellationToken cancellationToken) =>
            Inner.PageAsync(query, pageSize, continuation, cancellationToken);

        public Task<Azure.Data.Tables.TableEntity?> ReadAsync(string partitionKey, string rowKey, CancellationToken cancellationToken) =>
            Inner.ReadAsync(partitionKey, rowKey, cancellationToken);

        public async Task<GroupResult> WriteAsync(EntityGroup group, CancellationToken cancellationToken)
        {
            Groups.Add(group);
            if (HoldsNext)
            {
                await _released.Task;
            }

            return Fails(group) ? throw new StorageUnavailableException("away") : await Inner.WriteAsync(group, cancellationToken);
        }
    }
}
