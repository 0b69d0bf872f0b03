using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Scheduling;
using AutoTrader.Core.Schedules;
using AutoTrader.Storage.Records;
using AutoTrader.Storage.Tables;
using AutoTrader.Storage.Tests.Kit;
using AutoTrader.Testing;
using static AutoTrader.Storage.Tests.Kit.Records;
using static AutoTrader.Storage.Tests.Kit.ScheduleRecords;

namespace AutoTrader.Storage.Tests.OnAzurite;

/// <summary>Schedules and runs over a storage service that answers badly.</summary>
public sealed class ScheduleStoreFaultTests(AzuriteFixture azurite)
{
    private readonly AzuriteKit _calm = new(azurite);

    private static CancellationToken None => CancellationToken.None;

    [Theory]
    [InlineData(Fault.DoneThenBroken, 3)]
    [InlineData(Fault.DoneThenServerError, 3)]
    [InlineData(Fault.DoneThenTimedOut, 3)]
    [InlineData(Fault.DoneThenBroken, 0)]
    [InlineData(Fault.DoneThenServerError, 0)]
    [InlineData(Fault.DoneThenTimedOut, 0)]
    public async Task A_start_and_an_end_whose_answers_got_lost_are_committed_with_versions_to_go_on_with(Fault fault, int retries)
    {
        var schedule = (await _calm.Schedules.MustCommitAsync("a", Insert(Schedule("a"))))[0];
        var versions = await Meeting(fault, retries)
            .MustCommitAsync("a", ScheduleWrite.Of(Schedule("a") with { RunCount = 1 }, schedule), Insert(Run("a")));
        (await _calm.Schedules.ListOpenRunsAsync(10, null, None)).Items.Count.ShouldBe(1);

        var end = await Meeting(fault, retries).MustCommitAsync("a", ScheduleWrite.Of(Run("a", Noon, RunStatus.Fired), versions[1]));
        (await _calm.Schedules.ListOpenRunsAsync(10, null, None)).Items.ShouldBeEmpty();
        await _calm.Schedules.MustCommitAsync(
            "a",
            ScheduleWrite.Of(Schedule("a"), versions[0]),
            ScheduleWrite.Of(Run("a", Noon, RunStatus.Fired) with { Outcome = "seen" }, end[0])
        );
    }

    [Theory]
    [InlineData(3)]
    [InlineData(0)]
    public async Task A_deletion_of_an_unreadable_run_whose_answer_got_lost_is_done(int retries)
    {
        await _calm.Schedules.MustCommitAsync("a", Insert(Run("a")));
        var key = ScheduleKey.Run("a", Noon, ScheduleRun.Scheduled);
        await _calm.Tables.Table(TableNames.Schedules).PutAsync(ScheduleRows.ShardOf("a"), key, ("status", "unsure"));
        (await Meeting(Fault.DoneThenBroken, retries).DeleteUnreadableAsync(key, None)).ShouldNotBeNull();
        (await _calm.Schedules.ListUnreadableAsync(None)).ShouldBeEmpty();
        (await _calm.Schedules.ListOpenRunsAsync(10, null, None)).Items.ShouldBeEmpty();
    }

    [Fact]
    public async Task Empty_pages_do_not_end_a_listing_or_a_pruning()
    {
        await _calm.Schedules.MustCommitAsync(
            "a",
            Insert(Schedule("a")),
            Insert(Run("a", Noon.AddDays(-1), RunStatus.Fired)),
            Insert(Run("a"))
        );
        await ThenFullAsync((store, continuation) => store.ListAsync(10, continuation, None));
        await ThenFullAsync((store, continuation) => store.ListOpenRunsAsync(10, continuation, None));

        // In the partition of the schedule the first look, for whose runs there are, meets it.
        var pruned = Meeting(
            request =>
                FaultyTransport.IsQuery(request) && request.Uri.ToString().Contains(ScheduleRows.ShardOf("a"), StringComparison.Ordinal),
            Fault.EmptyPage,
            0
        );
        await pruned.PruneRunsAsync(Noon, None);
        (await _calm.Schedules.ListRunsAsync("a", 10, null, None)).Items.Select(row => row.Value.Planned).ShouldBe([Noon]);

        async Task ThenFullAsync<T>(Func<IScheduleStore, string?, Task<Page<Row<T>>>> list)
        {
            var listed = Meeting(FaultyTransport.IsQuery, Fault.EmptyPage, 0);
            var first = await list(listed, null);
            first.Items.ShouldBeEmpty();
            var second = await list(listed, first.Continuation.ShouldNotBeNull());
            second.Items.Count.ShouldBe(1);
        }
    }

    [Fact]
    public async Task Open_runs_cost_a_query_and_a_read_each_however_many_have_ended()
    {
        foreach (var chunk in Enumerable.Range(1, 180).Chunk(45))
        {
            await _calm.Schedules.MustCommitAsync("a", [.. chunk.Select(n => Insert(Run("a", Noon.AddDays(-n), RunStatus.Fired)))]);
        }

        await _calm.Schedules.MustCommitAsync("a", Insert(Run("a")));
        var before = _calm.Transactions.Count;
        (await _calm.Schedules.ListOpenRunsAsync(1000, null, None)).Items.Count.ShouldBe(1);
        (_calm.Transactions.Count - before).ShouldBe(2);
    }

    private IScheduleStore Meeting(Fault fault, int retries) => Meeting(FaultyTransport.IsBatch, fault, retries);

    private IScheduleStore Meeting(Func<Azure.Core.Request, bool> which, Fault fault, int retries) =>
        new AzuriteKit(
            azurite,
            new FaultyTransport(FaultyTransport.Once(which, fault)).WithRetries(retries),
            prefix: _calm.Prefix
        ).Schedules;
}
