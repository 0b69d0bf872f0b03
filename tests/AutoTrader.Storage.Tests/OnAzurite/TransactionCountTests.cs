using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Risk;
using AutoTrader.Storage.Tests.Kit;
using AutoTrader.Testing;
using static AutoTrader.Storage.Tests.Kit.Records;

namespace AutoTrader.Storage.Tests.OnAzurite;

/// <summary>What storage is asked, since every request costs time and money.</summary>
public sealed class TransactionCountTests(AzuriteFixture azurite)
{
    private readonly AzuriteKit _kit = new(azurite);

    private static CancellationToken None => CancellationToken.None;

    [Fact]
    public async Task A_cycle_in_a_closed_market_takes_five_requests()
    {
        await _kit.Trading.MustCommitAsync(Insert(Strategy("s1")), new(TradingKey.Account, new AccountState(), null));
        await CycleAsync();
        await CycleAsync();
        (await CycleAsync()).ShouldBe(5);

        async Task<long> CycleAsync()
        {
            var before = _kit.Transactions.Count;
            await using (await _kit.Lease.TryAcquireAsync(Account, "host-1", None))
            {
                var state = await _kit.Engine.LoadAsync(Account, None);
                (await _kit.Trading.LoadAsync(Account, None)).Strategies.Count.ShouldBe(1);
                (await _kit.Engine.SaveAsync(Account, state?.Value ?? new(), state?.Version, Cycle(Noon), None)).ShouldNotBeNull();
            }

            return _kit.Transactions.Count - before;
        }
    }

    [Fact]
    public async Task Requests_and_bytes_are_counted()
    {
        await _kit.Trading.MustCommitAsync(Insert(Strategy("s1") with { Notes = new string('n', 5000) }));
        var (count, bytes) = (_kit.Transactions.Count, _kit.Transactions.Bytes);
        await _kit.Trading.LoadAsync(Account, None);
        (_kit.Transactions.Count - count).ShouldBe(1);
        (_kit.Transactions.Bytes - bytes).ShouldBeInRange(5000, 20_000);
    }

    [Fact]
    public async Task A_large_account_is_read_in_ranges_that_fit_a_page()
    {
        foreach (var chunk in Enumerable.Range(0, 2500).Chunk(100))
        {
            await _kit.Trading.MustCommitAsync([.. chunk.Select(n => Insert(Strategy($"s{n:D4}")))]);
        }

        (await _kit.Trading.LoadAsync(Account, None)).Strategies.Count.ShouldBe(2500);
        var before = _kit.Transactions.Count;
        (await _kit.Trading.LoadAsync(Account, None)).Strategies.Count.ShouldBe(2500);
        (_kit.Transactions.Count - before).ShouldBe(4);
    }

    [Fact]
    public async Task Empty_pages_do_not_end_a_reading()
    {
        await _kit.Trading.MustCommitAsync(Insert(Strategy("s1")), Insert(Strategy("s2")), Insert(Fill("x1")));
        ITradingStore Meeting() =>
            new AzuriteKit(
                azurite,
                new FaultyTransport(FaultyTransport.Once(FaultyTransport.IsQuery, Fault.EmptyPage)).WithRetries(0),
                prefix: _kit.Prefix
            ).Trading;
        (await Meeting().LoadAsync(Account, None)).Strategies.Count.ShouldBe(2);

        var store = Meeting();
        var first = await store.ListAsync<Fill>(Account, TradingKey.FillPrefix, 10, null, None);
        first.Items.ShouldBeEmpty();
        var second = await store.ListAsync<Fill>(Account, TradingKey.FillPrefix, 10, first.Continuation.ShouldNotBeNull(), None);
        second.Items.Count.ShouldBe(1);
        second.Continuation.ShouldBeNull();
    }

    [Fact]
    public async Task Two_stores_that_find_no_table_both_write()
    {
        var other = new AzuriteKit(azurite, prefix: _kit.Prefix);
        await Task.WhenAll(_kit.Trading.MustCommitAsync(Insert(Strategy("s1"))), other.Trading.MustCommitAsync(Insert(Strategy("s2"))));
        (await _kit.Trading.LoadAsync(Account, None)).Strategies.Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_conflict_names_the_row_and_costs_one_look_at_it()
    {
        await _kit.Trading.MustCommitAsync(Insert(Fill("x1")));
        var before = _kit.Transactions.Count;
        (
            await _kit.Trading.CommitAsync(
                Account,
                [Insert(Strategy("s1")), Insert(Order("s1", 1, OrderStatus.Filled)), Insert(Fill("x1"))],
                None
            )
        ).ShouldBe(new CommitResult.Conflict(TradingKey.Fill("x1")));
        (_kit.Transactions.Count - before).ShouldBe(2);
    }
}
