using AutoTrader.Core.Ports.Brokerage;
using static AutoTrader.Brokers.Tests.World;

namespace AutoTrader.Brokers.Tests.Paper;

/// <summary>What is written when, and who may write.</summary>
public sealed class WriteRules : WorldTest
{
    private TestPaperStore Store => (TestPaperStore)_world.Store;

    [Fact]
    public async Task A_bar_on_which_nothing_happens_costs_no_write_and_a_session_at_most_one()
    {
        await _world.HoldAsync(10);
        await _world.SendAsync("a", Trailing(10, 5));
        for (var minute = 1; minute < 389; minute++)
        {
            _world.Bar(minute, 100 + (minute * 0.01m), 100 + (minute * 0.01m), 100, 100 + (minute * 0.01m));
        }

        var before = Store.Commits;
        for (var minute = 2; minute < 390; minute++)
        {
            _world.At(minute);
            await _world.Broker.GetOrdersAsync(Minute(0), default);
            await _world.Broker.GetPositionsAsync(default);
        }

        Store.Commits.ShouldBe(before);
        _world.At(Today.Close.AddHours(5));
        await _world.Broker.GetAccountAsync(default);
        Store.Commits.ShouldBe(before + 1);
    }

    [Fact]
    public async Task A_watermark_that_was_not_written_is_found_again_from_the_bars()
    {
        await _world.HoldAsync(10);
        await _world.SendAsync("a", Trailing(10, 5));
        await _world.SendAsync("b", Buy(1, 50));
        _world.Bar(1, 100, 120, 100, 119);
        _world.At(2);
        (await _world.OrderAsync("a")).HighWatermark.ShouldBe(120);
        // Another order's event moves the account past the bar.
        await _world.Broker.CancelAsync((await _world.OrderAsync("b")).Id, default);
        _world.Restart();
        var order = await _world.OrderAsync("a");
        (order.HighWatermark, order.StopPrice).ShouldBe((120, 114));
    }

    [Fact]
    public async Task A_process_that_did_not_see_the_last_write_cannot_send_an_order()
    {
        using var other = _world.NewBroker();
        await other.GetAccountAsync(default);
        await _world.SendAsync("a", Buy(1, 90));
        await Should.ThrowAsync<IOException>(() => other.SubmitAsync("b", Buy(1, 90), default));
        (await _world.Broker.FindAsync("b", default)).ShouldBeNull();
    }

    [Fact]
    public async Task A_lookup_that_finds_nothing_fences_off_a_request_that_is_on_its_way()
    {
        using var zombie = _world.NewBroker();
        await zombie.GetAccountAsync(default);
        // The zombie has read the account and is about to write when the other looks its order up.
        BrokerOrder? found = null;
        Store.Meanwhile = () => found = _world.Broker.FindAsync("a", default).GetAwaiter().GetResult();
        await Should.ThrowAsync<IOException>(() => zombie.SubmitAsync("a", Buy(1, 90), default));
        found.ShouldBeNull();
        (await _world.Broker.FindAsync("a", default)).ShouldBeNull();
        _world.Broker.InFlight.ShouldBe(TimeSpan.Zero);
    }

    [Fact]
    public async Task A_read_sees_what_another_process_wrote()
    {
        _world.Flat(0, 100);
        using var other = _world.NewBroker();
        await other.GetPositionsAsync(default);
        await _world.SendAsync("a", Buy(1));
        _world.At(1);
        (await _world.SharesAsync()).ShouldBe(1);
        (await other.GetPositionsAsync(default)).ShouldHaveSingleItem().Quantity.ShouldBe(1);
        (await other.GetExecutionsAsync(Minute(0), default)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Two_processes_that_play_the_same_bar_fill_once()
    {
        _world.Flat(0, 100);
        await _world.SendAsync("a", Buy(1));
        using var other = _world.NewBroker();
        await other.GetAccountAsync(default);
        _world.At(1);
        Store.Meanwhile = () => other.GetAccountAsync(default).GetAwaiter().GetResult();
        (await _world.SharesAsync()).ShouldBe(1);
        (await _world.ExecutionsAsync()).Count.ShouldBe(1);
    }

    [Fact]
    public async Task An_order_whose_answer_was_lost_is_there_and_its_id_is_taken()
    {
        await _world.Broker.GetAccountAsync(default);
        (Store.DiesAt, Store.DiesAfter) = (Store.Calls, true);
        await Should.ThrowAsync<ProcessDiedException>(() => _world.SendAsync("a", Buy(1, 90)));
        (await Should.ThrowAsync<BrokerRefusedException>(() => _world.SendAsync("a", Buy(1, 90)))).Kind.ShouldBe(
            RefusalKind.DuplicateClientOrderId
        );
        (await _world.OrderAsync("a")).Status.ShouldBe("new");
    }

    [Fact]
    public async Task Many_fills_in_one_bar_are_written_in_groups_that_an_entity_group_can_hold()
    {
        for (var i = 0; i < 150; i++)
        {
            await _world.SendAsync("a" + i, Buy(1));
        }

        _world.Flat(0, 100);
        _world.At(1);
        (await _world.SharesAsync()).ShouldBe(150);
        (await _world.ExecutionsAsync()).Count.ShouldBe(150);
        _world.Restart();
        (await _world.ExecutionsAsync()).Count.ShouldBe(150);
    }

    [Fact]
    public async Task A_bar_that_was_committed_in_part_when_the_process_died_fills_nothing_twice()
    {
        for (var commit = 0; commit < 4; commit++)
        {
            var store = new TestPaperStore();
            using var world = new World(new() { Fill = new() { VolumeSharePct = 1 } }, store);
            for (var i = 0; i < 60; i++)
            {
                await world.SendAsync("a" + i, Buy(5));
            }

            world.Bar(0, 100, 100, 100, 100, volume: 200);
            await world.Broker.GetAccountAsync(default);
            world.At(1);
            // One load to see whether the account is current, then the commits.
            (store.DiesAt, store.DiesAfter) = (store.Calls + 1 + commit, true);
            await Should.ThrowAsync<ProcessDiedException>(() => world.ExecutionsAsync());
            world.Restart();
            (await world.ExecutionsAsync()).Count.ShouldBe(60);
            (await world.SharesAsync()).ShouldBe(120);
        }
    }
}
