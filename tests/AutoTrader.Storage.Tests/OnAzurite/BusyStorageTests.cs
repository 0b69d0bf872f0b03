using AutoTrader.Core.Ports;
using AutoTrader.Storage.Tests.Kit;
using AutoTrader.Testing;
using Azure.Core;
using static AutoTrader.Storage.Tests.Kit.Records;

namespace AutoTrader.Storage.Tests.OnAzurite;

/// <summary>Storage that is busy, full, switched off, or away: what can pass is waited for, what cannot is said, and it is taken up again
/// by itself.</summary>
public sealed class BusyStorageTests(AzuriteFixture azurite)
{
    private const int Retries = 4;

    private readonly AzuriteKit _calm = new(azurite);

    private static CancellationToken None => CancellationToken.None;

    [Theory]
    [InlineData(Fault.Busy)]
    [InlineData(Fault.BusyWithRetryAfter)]
    [InlineData(Fault.TooMany)]
    [InlineData(Fault.NotSent)]
    [InlineData(Fault.DoneThenServerError)]
    public async Task What_passes_within_the_retries_is_not_noticed(Fault fault)
    {
        var before = (await _calm.Trading.MustCommitAsync(Insert(Strategy("s1"))))!;
        var met = 0;
        var kit = Meeting(_ => Interlocked.Increment(ref met) is 1 or 2 or 4 or 5 ? fault : Fault.None);
        (await kit.Trading.LoadAsync(Account, None)).Strategies.Count.ShouldBe(1);
        var result = await kit.Trading.CommitAsync(
            Account,
            [new(TradingKey.Strategy("s1"), Strategy("s1") with { Quantity = 11 }, before[0])],
            None
        );
        result.ShouldBeOfType<CommitResult.Committed>();
        (await _calm.Trading.LoadAsync(Account, None)).Strategies.Single().Value.Quantity.ShouldBe(11);
        met.ShouldBeGreaterThan(5);
    }

    [Theory]
    [InlineData(Fault.Busy)]
    [InlineData(Fault.BusyWithRetryAfter)]
    [InlineData(Fault.TooMany)]
    [InlineData(Fault.Refused)]
    [InlineData(Fault.NotSent)]
    public async Task What_does_not_pass_is_said_by_every_call_changes_nothing_and_is_over_when_it_is_over(Fault fault)
    {
        await _calm.Trading.MustCommitAsync(Insert(Strategy("s1")));
        var isAway = true;
        var kit = Meeting(_ => isAway ? fault : Fault.None);
        var entry = new Core.Notifications.OutboxEntry { Notification = Core.Notifications.NotificationComposer.Message("n1", Noon, "x") };
        Func<Task>[] calls =
        [
            () => kit.Trading.LoadAsync(Account, None),
            () => kit.Trading.CommitAsync(Account, [Insert(Strategy("s2"))], None),
            () => kit.Trading.ReadAsync<Core.Strategies.Strategy>(Account, TradingKey.Strategy("s1"), None),
            () => kit.Trading.ListAsync<Core.Strategies.Strategy>(Account, TradingKey.StrategyPrefix, 10, null, None),
            () => kit.Trading.DeleteAsync(Account, TradingKey.Strategy("s1"), null, None),
            () => kit.Engine.LoadAsync(Account, None),
            () => kit.Engine.SaveAsync(Account, new(), null, Cycle(Noon), None),
            () => kit.Engine.ListCyclesAsync(Account, 5, None),
            () => kit.Audit.AppendAsync(Account, new(Noon, "a1", "tests", "x", null), None),
            () => kit.Paper.LoadAsync(Account, "a", null, None),
            () => kit.Paper.CommitAsync(Account, [new("a", "{}", null)], None),
            () => kit.Outbox.FindAsync(Account, entry.Notification, None),
            () => kit.Outbox.SaveAsync(Account, entry, null, None),
            () => kit.Lease.TryAcquireAsync(Account, "host", None),
        ];
        foreach (var call in calls)
        {
            var gone = await Should.ThrowAsync<StorageUnavailableException>(call);
            gone.Message.ShouldContain("AzureWebJobsStorage");
        }

        isAway = false;
        (await kit.Trading.LoadAsync(Account, None)).Strategies.Select(row => row.Value.Id).ShouldBe(["s1"]);
        foreach (var call in calls)
        {
            await call();
        }
    }

    [Fact]
    public async Task A_conflict_met_after_a_busy_answer_is_a_conflict_and_overwrites_nothing()
    {
        var before = (await _calm.Trading.MustCommitAsync(Insert(Strategy("s1"))))!;
        await _calm.Trading.MustCommitAsync(new TradingWrite(TradingKey.Strategy("s1"), Strategy("s1") with { Quantity = 12 }, before[0]));
        var kit = Meeting(FaultyTransport.Once(FaultyTransport.IsBatch, Fault.Busy));
        (
            await kit.Trading.CommitAsync(Account, [new(TradingKey.Strategy("s1"), Strategy("s1") with { Quantity = 11 }, before[0])], None)
        ).ShouldBeOfType<CommitResult.Conflict>();
        (await _calm.Trading.LoadAsync(Account, None)).Strategies.Single().Value.Quantity.ShouldBe(12);
    }

    private AzuriteKit Meeting(Func<Request, Fault> fault) =>
        new(azurite, new FaultyTransport(fault).WithRetries(Retries), prefix: _calm.Prefix);
}
