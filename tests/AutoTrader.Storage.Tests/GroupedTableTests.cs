using System.Threading.Channels;
using AutoTrader.Core.Engine.Ports;
using AutoTrader.Storage.Tables;
using Azure.Data.Tables;

namespace AutoTrader.Storage.Tests;

/// <summary>Writes of one instant travel together, and each is still written whole or not at all and told what became of it.</summary>
public sealed class GroupedTableTests
{
    private readonly HeldTable _held = new();
    private readonly GroupedTable _table;

    public GroupedTableTests() => _table = new(_held);

    [Fact]
    public async Task What_comes_while_writes_are_under_way_goes_together()
    {
        var first = new[] { WriteAsync("first-1"), WriteAsync("first-2") };
        var others = Enumerable.Range(0, 250).Select(i => WriteAsync($"other-{i:D3}")).ToList();
        await _held.LetAllAsync(first.Concat(others));
        _held.Sizes.ShouldBe([1, 1, 100, 100, 50]);
        foreach (var (write, i) in others.Select((write, i) => (write, i)))
        {
            (await write).ETags!.ShouldBe([(await _held.Inner.ReadAsync("p", $"other-{i:D3}", CancellationToken.None))!.ETag.ToString()]);
        }
    }

    [Fact]
    public async Task One_that_conflicts_does_not_stop_those_it_went_with()
    {
        await _held.Inner.WriteAsync(new("p", [EntityWrite.Insert("taken", new() { ["n"] = 1 })]), CancellationToken.None);
        var all = new[] { WriteAsync("a"), WriteAsync("b"), WriteAsync("c", "d"), WriteAsync("e", "taken"), WriteAsync("f") };
        await _held.LetAllAsync(all);
        (await all[3]).ShouldBe(new GroupResult(null, 1));
        foreach (var key in new[] { "c", "d", "f" })
        {
            (await _held.Inner.ReadAsync("p", key, CancellationToken.None)).ShouldNotBeNull();
        }

        (await _held.Inner.ReadAsync("p", "e", CancellationToken.None)).ShouldBeNull();
    }

    [Fact]
    public async Task Two_writes_of_one_row_do_not_go_together()
    {
        var all = new[] { WriteAsync("a"), WriteAsync("b"), WriteAsync("same", "c"), WriteAsync("same") };
        await _held.LetAllAsync(all);
        (await all[2]).ETags.ShouldNotBeNull();
        (await all[3]).ShouldBe(new GroupResult(null, 0));
    }

    [Fact]
    public async Task One_whose_caller_gave_up_while_it_waited_is_not_written()
    {
        using var patience = new CancellationTokenSource();
        var under = new[] { WriteAsync("a"), WriteAsync("b") };
        var gone = _table.WriteAsync(new("p", [EntityWrite.Insert("gone", new() { ["n"] = 1 })]), patience.Token);
        var last = WriteAsync("last");
        await patience.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => gone);
        await _held.LetAllAsync([.. under, last]);
        (await _held.Inner.ReadAsync("p", "gone", CancellationToken.None)).ShouldBeNull();
        (await _held.Inner.ReadAsync("p", "last", CancellationToken.None)).ShouldNotBeNull();
    }

    [Fact]
    public async Task A_failure_that_may_have_written_is_told_to_all_and_nothing_is_sent_again()
    {
        var under = new[] { WriteAsync("a"), WriteAsync("b") };
        var together = new[] { WriteAsync("c"), WriteAsync("d") };
        _held.FailsFrom = 3;
        await _held.LetAllAsync([.. under, .. together]);
        foreach (var one in together)
        {
            await Should.ThrowAsync<StorageUnavailableException>(() => one);
        }

        _held.Sizes.ShouldBe([1, 1, 2]);
        _held.FailsFrom = int.MaxValue;
        var after = WriteAsync("after");
        await _held.LetAllAsync([after]);
        (await after).ETags.ShouldNotBeNull();
    }

    [Fact]
    public async Task Groups_that_are_too_large_together_are_written_each_alone()
    {
        var text = new string('x', EntityGroup.MaxStringLength);
        var all = Enumerable.Range(0, 20).Select(i => _table.WriteAsync(
            new("p", [EntityWrite.Insert($"r{i:D2}", Enumerable.Range(0, 10).Aggregate(new TableEntity(), (columns, n) => { columns[$"c{n}"] = text; return columns; }))]), CancellationToken.None)).ToList();
        await _held.LetAllAsync(all);
        foreach (var one in all)
        {
            (await one).ETags.ShouldNotBeNull();
        }
    }

    private Task<GroupResult> WriteAsync(params string[] keys) =>
        _table.WriteAsync(new("p", [.. keys.Select(key => EntityWrite.Insert(key, new() { ["n"] = 1 }))]), CancellationToken.None);

    /// <summary>A table whose writes wait until the test lets them go.</summary>
    private sealed class HeldTable : IEntityTable
    {
        private readonly Channel<TaskCompletionSource> _held = Channel.CreateUnbounded<TaskCompletionSource>();

        private Task<TaskCompletionSource>? _next;

        public IEntityTable Inner { get; } = new MemoryTables().Table("Things");

        public List<int> Sizes { get; } = [];

        /// <summary>The number of the first write that fails, counted from one.</summary>
        public int FailsFrom { get; set; } = int.MaxValue;

        public async Task LetAllAsync(IEnumerable<Task<GroupResult>> writes)
        {
            var all = Task.WhenAll(writes);
            while (!all.IsCompleted)
            {
                _next ??= _held.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask();
                if (await Task.WhenAny(all, _next) == _next)
                {
                    (await _next).SetResult();
                    _next = null;
                }
            }
        }

        public Task<EntityPage> PageAsync(EntityQuery query, int pageSize, string? continuation, CancellationToken cancellationToken) => Inner.PageAsync(query, pageSize, continuation, cancellationToken);

        public Task<TableEntity?> ReadAsync(string partitionKey, string rowKey, CancellationToken cancellationToken) => Inner.ReadAsync(partitionKey, rowKey, cancellationToken);

        public async Task<GroupResult> WriteAsync(EntityGroup group, CancellationToken cancellationToken)
        {
            int number;
            lock (Sizes)
            {
                Sizes.Add(group.Writes.Count);
                number = Sizes.Count;
            }

            var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _held.Writer.TryWrite(go);
            await go.Task;
            return number >= FailsFrom ? throw new StorageUnavailableException("no answer") : await Inner.WriteAsync(group, cancellationToken);
        }
    }
}
