using System.Threading.Channels;
using AutoTrader.Core.Ports;
using AutoTrader.Storage.Lease;
using AutoTrader.Storage.Tests.Kit;
using AutoTrader.Testing;
using Microsoft.Extensions.Time.Testing;
using static AutoTrader.Storage.Tests.Kit.Records;

namespace AutoTrader.Storage.Tests.OnAzurite;

/// <summary>The lease over time: its clock is moved by the tests, the blob is real.</summary>
public sealed class LeaseClockTests(AzuriteFixture azurite)
{
    private readonly TimersSeen _clock = new();

    private static CancellationToken None => CancellationToken.None;

    [Fact]
    public async Task A_lease_is_renewed_for_as_long_as_it_is_held()
    {
        var kit = new AzuriteKit(azurite, clock: _clock);
        await using var held = (await kit.Lease.TryAcquireAsync(Account, "host-1", None)).ShouldNotBeNull();
        for (var renewal = 0; renewal < 6; renewal++)
        {
            await _clock.UntilAsync(BlobEngineLease.RenewEvery);
            _clock.Advance(BlobEngineLease.RenewEvery);
        }

        await _clock.UntilAsync(BlobEngineLease.RenewEvery);
        held.IsHeld.ShouldBeTrue();
        held.Lost.IsCancellationRequested.ShouldBeFalse();
    }

    [Fact]
    public async Task A_lease_taken_away_is_lost_at_the_next_renewal()
    {
        var kit = new AzuriteKit(azurite, clock: _clock);
        await using var held = (await kit.Lease.TryAcquireAsync(Account, "host-1", None)).ShouldNotBeNull();
        await kit.BreakLeaseAsync(Account);
        await using var other = (await kit.Lease.TryAcquireAsync(Account, "host-2", None)).ShouldNotBeNull();

        await _clock.UntilAsync(BlobEngineLease.RenewEvery);
        _clock.Advance(BlobEngineLease.RenewEvery);
        await LostAsync(held);
        held.IsHeld.ShouldBeFalse();
        other.IsHeld.ShouldBeTrue();
    }

    [Fact]
    public async Task A_lease_that_cannot_be_renewed_is_lost_a_minute_after_the_last_good_renewal_was_sent()
    {
        var reachable = true;
        var transport = new FaultyTransport(_ => reachable ? Fault.None : Fault.NotSent);
        var kit = new AzuriteKit(azurite, transport.WithRetries(0), _clock);
        var held = (await kit.Lease.TryAcquireAsync(Account, "host-1", None)).ShouldNotBeNull();
        await _clock.UntilAsync(BlobEngineLease.RenewEvery);
        _clock.Advance(BlobEngineLease.RenewEvery);
        await _clock.UntilAsync(BlobEngineLease.RenewEvery);

        reachable = false;
        _clock.Advance(BlobEngineLease.RenewEvery);
        for (var second = 25; second < 60; second += 5)
        {
            await _clock.UntilAsync(BlobEngineLease.RetryEvery);
            held.IsHeld.ShouldBeTrue();
            _clock.Advance(BlobEngineLease.RetryEvery);
        }

        _clock.Advance(BlobEngineLease.RetryEvery - TimeSpan.FromMilliseconds(1));
        held.IsHeld.ShouldBeTrue();
        _clock.Advance(TimeSpan.FromMilliseconds(2));
        held.IsHeld.ShouldBeFalse();
        await LostAsync(held);
        await held.DisposeAsync();
    }

    [Fact]
    public async Task A_holder_that_slept_past_the_end_never_renews_what_another_may_have_held()
    {
        var kit = new AzuriteKit(azurite, clock: _clock);
        await using var held = (await kit.Lease.TryAcquireAsync(Account, "host-1", None)).ShouldNotBeNull();
        await _clock.UntilAsync(BlobEngineLease.RenewEvery);
        _clock.Advance(TimeSpan.FromMinutes(5));
        await LostAsync(held);
        held.IsHeld.ShouldBeFalse();
    }

    [Fact]
    public async Task The_first_renewal_tells_people_when_this_hold_began()
    {
        var kit = new AzuriteKit(azurite, clock: _clock);
        await (await kit.Lease.TryAcquireAsync(Account, "host-1", None)).ShouldNotBeNull().DisposeAsync();
        _clock.Advance(TimeSpan.FromHours(1));
        var began = _clock.GetUtcNow();
        await using var held = (await kit.Lease.TryAcquireAsync(Account, "host-1", None)).ShouldNotBeNull();
        await _clock.UntilAsync(BlobEngineLease.RenewEvery);
        await _clock.UntilAsync(BlobEngineLease.RenewEvery);
        _clock.Advance(BlobEngineLease.RenewEvery);
        await _clock.UntilAsync(BlobEngineLease.RenewEvery);
        (await kit.Lease.PeekAsync(Account, None)).ShouldBe(new LeaseHolder("host-1", began));
    }

    private static async Task LostAsync(IHeldLease held)
    {
        var lost = new TaskCompletionSource();
        await using var registration = held.Lost.Register(lost.SetResult);
        await lost.Task;
    }

    /// <summary>A clock that tells which timers were set, so that a test moves it only when all is waiting.</summary>
    private sealed class TimersSeen : FakeTimeProvider
    {
        private readonly Channel<TimeSpan> _timers = Channel.CreateUnbounded<TimeSpan>();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = base.CreateTimer(callback, state, dueTime, period);
            _timers.Writer.TryWrite(dueTime);
            return timer;
        }

        public async Task UntilAsync(TimeSpan dueTime)
        {
            while (await _timers.Reader.ReadAsync(TestContext.Current.CancellationToken) != dueTime) { }
        }
    }
}
