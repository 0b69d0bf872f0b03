using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;
using AutoTrader.Storage.Stores;
using AutoTrader.Storage.Tables;
using AutoTrader.Storage.Tests.Kit;
using AutoTrader.Testing;
using static AutoTrader.Storage.Tests.Kit.Records;

namespace AutoTrader.Storage.Tests.Contracts;

public sealed class MemoryFillsProjectionTests() : FillsProjectionContract(new MemoryKit());

public sealed class TableFillsProjectionTests(AzuriteFixture azurite) : FillsProjectionContract(new AzuriteKit(azurite));

public abstract class FillsProjectionContract(StorageKit kit)
{
    private static readonly DateOnly Today = DateOnly.FromDateTime(Noon.UtcDateTime);

    private static CancellationToken None => CancellationToken.None;

    [Fact]
    public async Task Fills_are_found_by_their_trading_day_however_often_they_are_projected()
    {
        Fill[] fills = [Fill("x1"), Fill("x2"), Fill("y1", Noon.AddDays(1))];
        await kit.Fills.ProjectAsync(Account, fills, None);
        await kit.Fills.ProjectAsync(Account, fills, None);
        await kit.Fills.ProjectAsync("alpaca-paper-1", [Fill("x1") with { Quantity = 3 }], None);
        (await kit.Fills.ListFillsAsync(Account, Today, None)).ShouldBe([Fill("x1"), Fill("x2")]);
        (await kit.Fills.ListFillsAsync(Account, Today.AddDays(1), None)).ShouldBe([Fill("y1", Noon.AddDays(1))]);
        (await kit.Fills.ListFillsAsync("alpaca-paper-1", Today, None)).Single().Quantity.ShouldBe(3);
    }

    [Fact]
    public async Task The_projection_is_made_again_from_the_fills_of_the_trading_partition()
    {
        foreach (var chunk in Enumerable.Range(0, 230).Chunk(100))
        {
            await kit.Trading.MustCommitAsync([.. chunk.Select(n => Insert(Fill($"x{n:D3}", Noon.AddDays(n % 3))))]);
        }

        (await kit.Fills.RebuildAsync(Account, None)).ShouldBe(230);
        (await kit.Fills.RebuildAsync(Account, None)).ShouldBe(230);
        (await kit.Fills.ListFillsAsync(Account, Today.AddDays(2), None)).Count.ShouldBe(76);
    }

    [Fact]
    public async Task Old_orders_and_fills_move_to_the_archive_and_the_rest_stays()
    {
        var old = Order("s1", 1, OrderStatus.Filled) with { EndedAt = Noon.AddDays(-40) };
        var recent = Order("s1", 2, OrderStatus.Filled) with { EndedAt = Noon };
        await kit.Trading.MustCommitAsync(
            Done(old),
            Done(recent),
            Insert(Fill("x1", Noon.AddDays(-40))),
            Insert(Fill("x2")),
            Insert(Strategy("s1")),
            Insert(Order("s1", 3))
        );
        await kit.Tables.Table(TableNames.Trading).PutAsync(Account, TradingKey.Done(old), ("mood", "calm"));
        await kit.Tables.Table(TableNames.Trading).PutAsync(Account, TradingKey.Fill("broken"), ("quantity", "many"));

        (await kit.Fills.ArchiveAsync(Account, Noon.AddDays(-30), Noon.AddDays(-30), None)).ShouldBe((1, 1));
        (await kit.Fills.ArchiveAsync(Account, Noon.AddDays(-30), Noon.AddDays(-30), None)).ShouldBe((0, 0));

        (await kit.Trading.ListAsync<Order>(Account, TradingKey.DonePrefix, 10, null, None))
            .Items.Select(row => row.Value)
            .ShouldBe([recent]);
        (await kit.Trading.ReadAsync<Fill>(Account, TradingKey.Fill("x1"), None)).ShouldBeNull();
        (await kit.Trading.ReadAsync<Fill>(Account, TradingKey.Fill("x2"), None)).ShouldNotBeNull();
        (await kit.Tables.Table(TableNames.Trading).ReadAsync(Account, TradingKey.Fill("broken"), None)).ShouldNotBeNull();
        (await kit.Fills.ListOrdersAsync(Account, "s1", 10, null, None)).Items.ShouldBe([old]);
        (await kit.Fills.ListFillsAsync(Account, Today.AddDays(-40), None)).ShouldBe([Fill("x1", Noon.AddDays(-40))]);
        (await kit.Tables.Table(TableNames.Orders).ReadAsync(Account, TradingKey.Done(old)[TradingKey.DonePrefix.Length..], None))!
            ["mood"]
            .ShouldBe("calm");
        (await kit.Trading.LoadAsync(Account, None)).Orders.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public async Task An_archive_run_that_dies_anywhere_is_finished_by_the_next(int write)
    {
        Order[] orders = [.. Enumerable.Range(1, 150).Select(n => Order("s1", n, OrderStatus.Filled) with { EndedAt = Noon.AddDays(-40) })];
        foreach (var chunk in orders.Chunk(50))
        {
            await kit.Trading.MustCommitAsync([
                .. chunk.Select(Done),
                .. chunk.Select(order => Insert(Fill("x" + order.Sequence, Noon.AddDays(-40)))),
            ]);
        }

        await Should.ThrowAsync<IOException>(() =>
            new FillsProjection(new DyingTables(kit.Tables, write)).ArchiveAsync(Account, Noon, Noon, None)
        );
        await kit.Fills.ArchiveAsync(Account, Noon, Noon, None);
        (await kit.Trading.ListAsync<Order>(Account, TradingKey.DonePrefix, 10, null, None)).Items.ShouldBeEmpty();
        (await kit.Trading.ListAsync<Fill>(Account, TradingKey.FillPrefix, 10, null, None)).Items.ShouldBeEmpty();
        (await kit.Fills.ListOrdersAsync(Account, "s1", 1000, null, None)).Items.ShouldBe(orders);
        (await kit.Fills.ListFillsAsync(Account, Today.AddDays(-40), None)).Count.ShouldBe(150);
    }

    private static Core.Ports.TradingWrite Done(Order order) => new(TradingKey.Done(order), order, null);

    private sealed class DyingTables(IEntityTables inner, int atWrite) : IEntityTables
    {
        private int _writes;

        public IEntityTable Table(string name) => new DyingTable(this, inner.Table(name));

        private sealed class DyingTable(DyingTables tables, IEntityTable table) : IEntityTable
        {
            public Task<EntityPage> PageAsync(EntityQuery query, int pageSize, string? continuation, CancellationToken cancellationToken) =>
                table.PageAsync(query, pageSize, continuation, cancellationToken);

            public Task<Azure.Data.Tables.TableEntity?> ReadAsync(
                string partitionKey,
                string rowKey,
                CancellationToken cancellationToken
            ) => table.ReadAsync(partitionKey, rowKey, cancellationToken);

            public async Task<GroupResult> WriteAsync(EntityGroup group, CancellationToken cancellationToken)
            {
                var result = await table.WriteAsync(group, cancellationToken);
                return Interlocked.Increment(ref tables._writes) == tables.Death ? throw new IOException("killed") : result;
            }
        }

        private int Death => atWrite;
    }
}
