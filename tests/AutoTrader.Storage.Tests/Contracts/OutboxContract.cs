using AutoTrader.Core.Notifications;
using AutoTrader.Core.Ports;
using AutoTrader.Storage.Tables;
using AutoTrader.Storage.Tests.Kit;
using AutoTrader.Testing;
using Azure.Data.Tables;
using static AutoTrader.Storage.Tests.Kit.Records;

namespace AutoTrader.Storage.Tests.Contracts;

public sealed class MemoryOutboxTests() : OutboxContract(new MemoryKit());

public sealed class TableOutboxTests(AzuriteFixture azurite) : OutboxContract(new AzuriteKit(azurite));

public abstract class OutboxContract(StorageKit kit)
{
    private readonly IOutbox _outbox = kit.Outbox;

    private static CancellationToken None => CancellationToken.None;

    [Fact]
    public async Task An_entry_comes_back_as_it_was_saved()
    {
        var entry = Entry("n1", Noon) with
        {
            ClaimedUntil = Noon.AddMinutes(2),
            Deliveries =
            [
                new("discord", DeliveryStatus.Delivered, 2, null, Noon.AddSeconds(3)),
                new("slack", DeliveryStatus.Dead, 10, null, null, "It answered 404."),
                new("hook", DeliveryStatus.Pending, 1, Noon.AddMinutes(1)),
            ],
        };
        (await _outbox.FindAsync(Account, entry.Notification, None)).ShouldBeNull();
        (await _outbox.SaveAsync(Account, entry, null, None)).ShouldNotBeNull();
        (await _outbox.FindAsync(Account, entry.Notification, None)).ShouldNotBeNull().Value.ShouldBe(entry);
    }

    [Fact]
    public async Task The_first_of_two_hosts_that_insert_or_replace_an_entry_wins()
    {
        var entry = Entry("n1", Noon);
        var version = (await _outbox.SaveAsync(Account, entry, null, None)).ShouldNotBeNull();
        (await _outbox.SaveAsync(Account, entry, null, None)).ShouldBeNull();
        (await _outbox.SaveAsync(Account, entry with { ClaimedUntil = Noon }, version, None)).ShouldNotBeNull();
        (await _outbox.SaveAsync(Account, entry, version, None)).ShouldBeNull();
        (await _outbox.FindAsync(Account, entry.Notification, None))!.Value.ClaimedUntil.ShouldBe(Noon);
    }

    [Fact]
    public async Task The_same_id_at_another_instant_or_of_another_event_is_another_notification()
    {
        await _outbox.SaveAsync(Account, Entry("n1", Noon), null, None);
        (await _outbox.SaveAsync(Account, Entry("n1", Noon.AddTicks(1)), null, None)).ShouldNotBeNull();
        (
            await _outbox.SaveAsync(Account, Entry("n1", Noon) with { Notification = New("n1", Noon) with { Event = "other" } }, null, None)
        ).ShouldNotBeNull();
    }

    [Fact]
    public async Task Entries_come_latest_first_over_all_days_page_by_page_and_unreadable_ones_are_set_aside()
    {
        for (var n = 0; n < 12; n++)
        {
            await _outbox.SaveAsync(Account, Entry($"n{n}", Noon.AddHours(9 * n)), null, None);
        }

        await _outbox.SaveAsync("paper2", Entry("other", Noon), null, None);
        await kit
            .Tables.Table("Outbox")
            .WriteAsync(new(Account + "|0000001", [EntityWrite.Insert("spoiled", new TableEntity { ["id"] = 5 })]), None);
        var (seen, spoiled) = (new List<string>(), new List<string>());
        string? continuation = null;
        do
        {
            var page = await _outbox.ListAsync(Account, 5, continuation, None);
            seen.AddRange(page.Items.Select(entry => entry.Notification.Id));
            spoiled.AddRange(page.Unreadable.Select(row => row.RowKey));
            continuation = page.Continuation;
        } while (continuation is not null);

        seen.ShouldBe(Enumerable.Range(0, 12).Reverse().Select(n => $"n{n}"));
        spoiled.ShouldBe(["spoiled"]);
    }

    [Fact]
    public async Task Pruning_deletes_what_is_older_and_nothing_else()
    {
        await _outbox.SaveAsync(Account, Entry("ancient", Noon.AddDays(-40)), null, None);
        await _outbox.SaveAsync(Account, Entry("older", Noon.AddMinutes(-1)), null, None);
        await _outbox.SaveAsync(Account, Entry("exact", Noon), null, None);
        await _outbox.SaveAsync("paper2", Entry("other", Noon.AddDays(-40)), null, None);
        await _outbox.PruneAsync(Account, Noon, None);
        (await _outbox.ListAsync(Account, 10, null, None)).Items.Select(entry => entry.Notification.Id).ShouldBe(["exact"]);
        (await _outbox.ListAsync("paper2", 10, null, None)).Items.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Waiting_notifications_and_dead_letters_are_rows_of_the_trading_partition_and_no_part_of_a_cycles_load()
    {
        var notification = New("n1", Noon);
        var dead = new DeadLetter(notification, ["discord", "slack"], "It answered 404.", Noon);
        await kit.Trading.MustCommitAsync(
            Insert(Strategy("s1")),
            NotificationPublisher.Write(notification),
            new(NotificationKey.Dead(notification), dead, null)
        );
        (await kit.Trading.ListAsync<Notification>(Account, TradingKey.NotificationPrefix, 10, null, None))
            .Items.ShouldHaveSingleItem()
            .Value.ShouldBe(notification);
        (await kit.Trading.ListAsync<DeadLetter>(Account, TradingKey.DeadPrefix, 10, null, None))
            .Items.ShouldHaveSingleItem()
            .Value.ShouldBe(dead);
        var snapshot = await kit.Trading.LoadAsync(Account, None);
        (snapshot.Strategies.Count, snapshot.Unreadable.Count).ShouldBe((1, 0));
        (await kit.Trading.CommitAsync(Account, [NotificationPublisher.Write(notification)], None)).ShouldBeOfType<CommitResult.Conflict>();
    }

    private static OutboxEntry Entry(string id, DateTimeOffset at) => new() { Notification = New(id, at), Deliveries = [new("discord")] };

    private static Notification New(string id, DateTimeOffset at) =>
        new()
        {
            Id = id,
            Event = NotificationEvent.TradeOpened,
            At = at,
            Mark = NotificationMark.Green,
            Title = "Opened",
            Subject = "ACME",
            Text = "“Öl” & <b>\nx",
            Facts = [new("Side", "BUY"), new("Price", "$10.00")],
            Channel = "discord",
        };
}
