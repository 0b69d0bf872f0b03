using AutoTrader.Core.Ports;
using AutoTrader.Core.Strategies;
using AutoTrader.Storage.Tests.Kit;
using AutoTrader.Testing;
using static AutoTrader.Storage.Tests.Kit.Records;

namespace AutoTrader.Storage.Tests.OnAzurite;

/// <summary>Writes whose answer got lost: whether they were done is found out by reading back.</summary>
public sealed class AmbiguousWriteTests(AzuriteFixture azurite)
{
    private static readonly string Key = TradingKey.Strategy("s1");
    private readonly AzuriteKit _calm = new(azurite);

    private static CancellationToken None => CancellationToken.None;

    [Theory]
    [InlineData(Fault.DoneThenBroken, 3)]
    [InlineData(Fault.DoneThenServerError, 3)]
    [InlineData(Fault.DoneThenTimedOut, 3)]
    [InlineData(Fault.DoneThenBroken, 0)]
    [InlineData(Fault.DoneThenServerError, 0)]
    [InlineData(Fault.DoneThenTimedOut, 0)]
    public async Task A_group_that_was_done_is_committed_with_versions_to_go_on_with(Fault fault, int retries)
    {
        var before = (await _calm.Trading.MustCommitAsync(Insert(Strategy("s1")), Insert(Command("w1"))))!;
        var store = Meeting(FaultyTransport.Once(FaultyTransport.IsBatch, fault), retries);
        var versions = await store.MustCommitAsync(
            Insert(Order("s1")),
            new(Key, Strategy("s1") with { Quantity = 11 }, before[0]),
            new(TradingKey.Command("w1"), null, before[1])
        );
        versions[2].ShouldBeNull();

        await _calm.Trading.MustCommitAsync(
            new(Key, Strategy("s1") with { Quantity = 12 }, versions[1]),
            new(TradingKey.Order(Order("s1")), null, versions[0])
        );
    }

    [Theory]
    [InlineData(3)]
    [InlineData(0)]
    public async Task A_deletion_that_was_done_is_committed(int retries)
    {
        var version = (await _calm.Trading.MustCommitAsync(Insert(Strategy("s1"))))[0];
        var store = Meeting(FaultyTransport.Once(FaultyTransport.IsBatch, Fault.DoneThenBroken), retries);
        (await store.MustCommitAsync(new TradingWrite(Key, null, version))).ShouldBe([null]);

        await _calm.Trading.MustCommitAsync(Insert(Strategy("s1")));
        store = Meeting(FaultyTransport.Once(FaultyTransport.IsBatch, Fault.DoneThenBroken), retries);
        (await store.DeleteAsync(Account, Key, null, None)).ShouldBeTrue();
    }

    [Fact]
    public async Task The_memory_of_a_cycle_that_was_saved_is_saved()
    {
        var engine = new AzuriteKit(
            azurite,
            new FaultyTransport(FaultyTransport.Once(FaultyTransport.IsBatch, Fault.DoneThenBroken)).WithRetries(3),
            prefix: _calm.Prefix
        ).Engine;
        var version = (await engine.SaveAsync(Account, new(), null, Cycle(Noon), None)).ShouldNotBeNull();
        (await engine.SaveAsync(Account, new(), version, Cycle(Noon), None)).ShouldNotBeNull();
    }

    [Fact]
    public async Task A_write_that_was_done_and_overwritten_since_is_committed_and_its_version_is_stale()
    {
        await _calm.Trading.MustCommitAsync(Insert(Strategy("s1")), Insert(Strategy("s2")));
        var read = (await _calm.Trading.LoadAsync(Account, None)).Strategies;
        var store = Meeting(FaultyTransport.Once(FaultyTransport.IsBatch, Fault.DoneThenBroken), 3, async () =>
        {
            var row = (await _calm.Trading.ReadAsync<Strategy>(Account, Key, None))!;
            await _calm.Trading.MustCommitAsync(new TradingWrite(Key, row.Value with { Notes = "mine now" }, row.Version));
        });
        var versions = await store.MustCommitAsync(
            new(Key, Strategy("s1") with { Quantity = 11 }, read[0].Version),
            new(TradingKey.Strategy("s2"), Strategy("s2") with { Quantity = 11 }, read[1].Version)
        );

        (await _calm.Trading.CommitAsync(Account, [new(Key, Strategy("s1"), versions[0])], None)).ShouldBe(new CommitResult.Conflict(Key));
        await _calm.Trading.MustCommitAsync(new TradingWrite(TradingKey.Strategy("s2"), Strategy("s2"), versions[1]));
    }

    [Fact]
    public async Task A_write_that_was_not_done_and_meets_another_s_change_when_retried_is_a_conflict()
    {
        var version = (await _calm.Trading.MustCommitAsync(Insert(Strategy("s1"))))[0];
        var store = Meeting(FaultyTransport.Once(FaultyTransport.IsBatch, Fault.NotSent), 3, () =>
            _calm.Trading.MustCommitAsync(new TradingWrite(Key, Strategy("s1") with { Notes = "theirs" }, version))
        );
        (
            await store.CommitAsync(Account, [Insert(Command("w1")), new(Key, Strategy("s1") with { Quantity = 11 }, version)], None)
        ).ShouldBe(new CommitResult.Conflict(Key));
        (await _calm.Trading.LoadAsync(Account, None)).Commands.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_write_that_never_arrives_leaves_storage_unavailable()
    {
        await _calm.Trading.MustCommitAsync(Insert(Strategy("s1")));
        var store = Meeting(request => FaultyTransport.IsBatch(request) ? Fault.NotSent : Fault.None, 2);
        (
            await Should.ThrowAsync<StorageUnavailableException>(() => store.CommitAsync(Account, [Insert(Command("w1"))], None))
        ).Message.ShouldContain("AzureWebJobsStorage");
        (await _calm.Trading.LoadAsync(Account, None)).Commands.ShouldBeEmpty();
    }

    [Fact]
    public async Task Nothing_is_known_while_storage_does_not_answer_at_all()
    {
        var store = Meeting(_ => Fault.NotSent, 1);
        await Should.ThrowAsync<StorageUnavailableException>(() => store.CommitAsync(Account, [Insert(Command("w1"))], None));
        await Should.ThrowAsync<StorageUnavailableException>(() => store.LoadAsync(Account, None));
        await Should.ThrowAsync<StorageUnavailableException>(() => store.ReadAsync<Strategy>(Account, Key, None));
        await Should.ThrowAsync<StorageUnavailableException>(() => store.DeleteAsync(Account, Key, null, None));
        var lease = new AzuriteKit(azurite, new FaultyTransport(_ => Fault.NotSent).WithRetries(1)).Lease;
        await Should.ThrowAsync<StorageUnavailableException>(() => lease.TryAcquireAsync(Account, "host", None));
        await Should.ThrowAsync<StorageUnavailableException>(() => lease.PeekAsync(Account, None));
    }

    [Fact]
    public async Task A_caller_that_gives_up_sees_a_cancellation_and_not_a_failure_of_storage()
    {
        using var gaveUp = new CancellationTokenSource();
        await gaveUp.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() =>
            _calm.Trading.CommitAsync(Account, [Insert(Command("w1"))], gaveUp.Token)
        );
        await Should.ThrowAsync<OperationCanceledException>(() => _calm.Trading.LoadAsync(Account, gaveUp.Token));
    }

    [Theory]
    [InlineData(Fault.DoneThenBroken)]
    [InlineData(Fault.DoneThenServerError)]
    public async Task A_lease_whose_answer_got_lost_is_taken_by_the_retry(Fault fault)
    {
        var lease = new AzuriteKit(
            azurite,
            new FaultyTransport(FaultyTransport.Once(request => request.Headers.Contains("x-ms-lease-action"), fault)).WithRetries(3)
        ).Lease;
        await using var held = (await lease.TryAcquireAsync(Account, "host", None)).ShouldNotBeNull();
        held.IsHeld.ShouldBeTrue();
    }

    private ITradingStore Meeting(Func<Azure.Core.Request, Fault> fault, int retries, Func<Task>? after = null) =>
        new AzuriteKit(azurite, new FaultyTransport(fault, after).WithRetries(retries), prefix: _calm.Prefix).Trading;
}
