using AutoTrader.Core.Ports;
using AutoTrader.Storage.Tests.Kit;
using AutoTrader.Testing;
using static AutoTrader.Storage.Tests.Kit.Records;

namespace AutoTrader.Storage.Tests.Contracts;

public sealed class MemoryEngineLeaseTests() : EngineLeaseContract(new MemoryKit());

public sealed class BlobEngineLeaseTests(AzuriteFixture azurite) : EngineLeaseContract(new AzuriteKit(azurite));

public abstract class EngineLeaseContract(StorageKit kit)
{
    private readonly IEngineLease _lease = kit.Lease;

    private static CancellationToken None => CancellationToken.None;

    [Fact]
    public async Task One_holder_at_a_time()
    {
        (await _lease.PeekAsync(Account, None)).ShouldBeNull();
        await using (var first = (await _lease.TryAcquireAsync(Account, "host-1 (é)", None)).ShouldNotBeNull())
        {
            first.IsHeld.ShouldBeTrue();
            first.Lost.IsCancellationRequested.ShouldBeFalse();
            (await _lease.TryAcquireAsync(Account, "host-2", None)).ShouldBeNull();
            (await _lease.PeekAsync(Account, None))!.Holder.ShouldBe("host-1 (é)");
        }

        (await _lease.PeekAsync(Account, None)).ShouldBeNull();
        await using var second = (await _lease.TryAcquireAsync(Account, "host-2", None)).ShouldNotBeNull();
        second.IsHeld.ShouldBeTrue();
        (await _lease.PeekAsync(Account, None))!.Holder.ShouldBe("host-2");
    }

    [Fact]
    public async Task Of_many_that_try_together_one_gets_it()
    {
        var tries = await Task.WhenAll(Enumerable.Range(0, 8).Select(n => _lease.TryAcquireAsync(Account, $"host-{n}", None)));
        tries.Count(held => held is not null).ShouldBe(1);
    }

    [Fact]
    public async Task Accounts_have_leases_of_their_own()
    {
        await using var paper = (await _lease.TryAcquireAsync("paper", "host-1", None)).ShouldNotBeNull();
        await using var live = (await _lease.TryAcquireAsync("alpaca-live-1", "host-2", None)).ShouldNotBeNull();
        (await _lease.PeekAsync("alpaca-live-1", None))!.Holder.ShouldBe("host-2");
    }

    [Fact]
    public async Task A_disposed_lease_is_not_held_and_may_be_disposed_again()
    {
        var held = (await _lease.TryAcquireAsync(Account, "host-1", None)).ShouldNotBeNull();
        await held.DisposeAsync();
        held.IsHeld.ShouldBeFalse();
        await using var next = (await _lease.TryAcquireAsync(Account, "host-2", None)).ShouldNotBeNull();
        await held.DisposeAsync();
        (await _lease.TryAcquireAsync(Account, "host-3", None)).ShouldBeNull();
    }

    [Fact]
    public async Task A_lease_taken_away_can_be_taken_by_another_whom_the_first_does_not_disturb()
    {
        var first = (await _lease.TryAcquireAsync(Account, "host-1", None)).ShouldNotBeNull();
        await kit.BreakLeaseAsync(Account);
        await using var second = (await _lease.TryAcquireAsync(Account, "host-2", None)).ShouldNotBeNull();
        await first.DisposeAsync();
        second.IsHeld.ShouldBeTrue();
        (await _lease.PeekAsync(Account, None))!.Holder.ShouldBe("host-2");
        (await _lease.TryAcquireAsync(Account, "host-3", None)).ShouldBeNull();
    }
}
