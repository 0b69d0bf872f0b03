using AutoTrader.Core.Notifications;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Tests.Engine;
using AutoTrader.Storage.Stores;
using AutoTrader.Storage.Tables;
using AutoTrader.Testing;
using Azure.Data.Tables;
using Microsoft.Extensions.Time.Testing;

namespace AutoTrader.Core.Tests.Notifications;

/// <summary>What was published is delivered at least once, and once when nothing goes wrong.</summary>
public sealed class DeliveryTests
{
    private static readonly DateTimeOffset Start = new(2026, 2, 2, 15, 0, 0, TimeSpan.Zero);

    private readonly MemoryTables _tables = new();
    private readonly FakeTimeProvider _wall = new(Start);
    private readonly FakeChannel _discord = new("discord");
    private readonly FakeChannel _slack = new("slack");
    private readonly ScriptedBroker _broker = new(new FakeTimeProvider(Start));
    private readonly MemoryTradingStore _store;
    private readonly MemoryOutbox _outbox;

    public DeliveryTests() => (_store, _outbox) = (new(_tables), new(_tables));

    private static CancellationToken None => CancellationToken.None;

    private NotificationPublisher Publisher => new(_store, _broker);

    [Fact]
    public async Task Every_channel_that_wants_an_event_gets_it_once_oldest_first()
    {
        _slack.Mute(NotificationEvent.TradeOpened);
        await Publisher.PublishAsync(New("b", Start.AddMinutes(1), NotificationEvent.TradeOpened), None);
        await Publisher.PublishAsync(New("a", Start, "an_event_nobody_thought_of"), None);
        var delivery = Delivery();
        (await delivery.RunAsync(None)).ShouldBe(3);
        (await delivery.RunAsync(None)).ShouldBe(0);
        _discord.Sent.ShouldBe(["a", "b"]);
        _slack.Sent.ShouldBe(["a"]);
        (await EntriesAsync()).ShouldAllBe(entry => entry.IsFinished);
        (await WaitingAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_was_delivered_and_is_handed_in_again_is_not_sent_again()
    {
        await Publisher.PublishAsync(New("a"), None);
        await Delivery().RunAsync(None);
        await Publisher.PublishAsync(New("a"), None);
        await Delivery().RunAsync(None);
        _discord.Sent.ShouldBe(["a"]);
        (await WaitingAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_channel_that_fails_is_tried_again_later_and_does_not_hold_up_the_others()
    {
        _discord.Respond = _ => new(false, "It answered 500.");
        await Publisher.PublishAsync(New("a"), None);
        var delivery = Delivery();
        await delivery.RunAsync(None);
        _slack.Sent.ShouldBe(["a"]);
        await delivery.RunAsync(None);
        _discord.Attempts.ShouldBe(1);

        _discord.Respond = null;
        _wall.Advance(TimeSpan.FromSeconds(30));
        await delivery.RunAsync(None);
        (_discord.Attempts, _slack.Attempts).ShouldBe((2, 1));
        _discord.Sent.ShouldBe(["a"]);
    }

    [Fact]
    public async Task A_channel_that_is_down_is_asked_once_a_run_whatever_waits()
    {
        _discord.Respond = _ => new(false, "It did not answer within 10 seconds.", IsUnreachable: true);
        for (var n = 0; n < 20; n++)
        {
            await Publisher.PublishAsync(New($"n{n:D2}", Start.AddSeconds(n)), None);
        }

        await Delivery().RunAsync(None);
        _discord.Attempts.ShouldBe(1);
        _slack.Sent.Count.ShouldBe(20);
    }

    [Fact]
    public async Task A_channel_that_asks_for_a_rest_gets_it_over_all_notifications()
    {
        _discord.Respond = _ => new(false, "It answered 429.", TimeSpan.FromMinutes(10));
        await Publisher.PublishAsync(New("a"), None);
        await Publisher.PublishAsync(New("b", Start.AddSeconds(1)), None);
        var delivery = Delivery();
        await delivery.RunAsync(None);
        _wall.Advance(TimeSpan.FromMinutes(9));
        await delivery.RunAsync(None);
        _discord.Attempts.ShouldBe(1);
        _discord.Respond = null;
        _wall.Advance(TimeSpan.FromMinutes(2));
        await delivery.RunAsync(None);
        _discord.Sent.ShouldBe(["a", "b"]);
    }

    [Fact]
    public async Task A_notification_that_no_attempt_brought_through_becomes_a_dead_letter()
    {
        _discord.Respond = _ => new(false, "It answered 404.");
        await Publisher.PublishAsync(New("a"), None);
        var delivery = Delivery(new() { MaxAttempts = 3 });
        for (var n = 0; n < 6; n++)
        {
            await delivery.RunAsync(None);
            _wall.Advance(TimeSpan.FromHours(1));
        }

        _discord.Attempts.ShouldBe(3);
        var dead = (await _store.ListAsync<DeadLetter>("paper", TradingKey.DeadPrefix, 10, null, None)).Items.ShouldHaveSingleItem().Value;
        (dead.Channels, dead.Error).ShouldBe((["discord"], "It answered 404."));
        (await WaitingAsync()).ShouldBeEmpty();
        _slack.Sent.ShouldBe(["a"]);
    }

    [Fact]
    public async Task A_channel_that_is_taken_out_of_the_settings_is_given_up()
    {
        _discord.Respond = _ => new(false, "It answered 500.");
        await Publisher.PublishAsync(New("a"), None);
        await Delivery().RunAsync(None);
        _wall.Advance(TimeSpan.FromHours(1));
        await Delivery(null, _slack).RunAsync(None);
        (await WaitingAsync()).ShouldBeEmpty();
        (await _store.ListAsync<DeadLetter>("paper", TradingKey.DeadPrefix, 10, null, None)).Items.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Without_channels_notifications_are_only_noted()
    {
        await Publisher.PublishAsync(New("a"), None);
        var delivery = new NotificationDelivery(_store, _outbox, _broker, new([]), new(), _wall);
        await delivery.RunAsync(None);
        (await WaitingAsync()).ShouldBeEmpty();
        (await EntriesAsync()).ShouldHaveSingleItem().Deliveries.ShouldBeEmpty();
    }

    [Fact]
    public async Task Two_hosts_do_not_both_send()
    {
        await Publisher.PublishAsync(New("a"), None);
        var other = Delivery();
        _discord.During = async () => (await other.RunAsync(None)).ShouldBe(0);
        await Delivery().RunAsync(None);
        await other.RunAsync(None);
        _discord.Sent.ShouldBe(["a"]);
        _slack.Attempts.ShouldBe(1);
    }

    [Fact]
    public async Task A_crash_before_or_after_any_storage_call_loses_nothing_and_doubles_only_what_was_being_sent()
    {
        var clean = new CrashPoint();
        await DeliverAsync(clean, new Record());
        clean.Calls.ShouldBe(10);
        for (var at = 1; at <= clean.Calls; at++)
        {
            var record = new Record();
            await DeliverAsync(new() { DieAt = at }, record);
            record.Sent.ShouldBe(record.IsDouble ? ["a", "a"] : ["a"], $"crash at step {at}");
            record.WasWaiting.ShouldBeFalse($"crash at step {at}");
            // Only between sending and noting it down can nobody know.
            record.IsDouble.ShouldBe(at == 7, $"crash at step {at}");
        }
    }

    [Fact]
    public async Task A_host_that_dies_in_each_attempt_does_not_go_on_for_ever()
    {
        await Publisher.PublishAsync(New("a"), None);
        _discord.During = () => throw new ProcessDiedException();
        for (var n = 0; n < 12; n++)
        {
            try
            {
                await Delivery(new() { MaxAttempts = 3 }, _discord).RunAsync(None);
            }
            catch (ProcessDiedException)
            {
                // The next host goes on when the claim is over.
            }

            _wall.Advance(TimeSpan.FromMinutes(5));
        }

        _discord.Attempts.ShouldBe(3);
        (await _store.ListAsync<DeadLetter>("paper", TradingKey.DeadPrefix, 10, null, None))
            .Items.ShouldHaveSingleItem()
            .Value.Error!.ShouldContain("may have arrived");
    }

    [Fact]
    public async Task Rows_that_cannot_be_read_do_not_stop_the_others()
    {
        await _tables
            .Table("Trading")
            .WriteAsync(new("paper", [EntityWrite.Insert("event|0|spoiled", new TableEntity { ["nonsense"] = 1 })]), None);
        await Publisher.PublishAsync(New("a"), None);
        await Publisher.PublishAsync(New("b", Start.AddSeconds(1)), None);
        await _outbox.SaveAsync("paper", new() { Notification = New("a") }, null, None);
        var row = (
            await _tables.Table("Outbox").PageAsync(new(KeyRange.All, KeyRange.All), 10, null, None)
        ).Entities.ShouldHaveSingleItem();
        await _tables
            .Table("Outbox")
            .WriteAsync(new(row.PartitionKey, [EntityWrite.Upsert(row.RowKey, new TableEntity { ["deliveries"] = "{" })]), None);

        await Delivery().RunAsync(None);
        _discord.Sent.ShouldBe(["b"]);
        (await _store.ListAsync<DeadLetter>("paper", TradingKey.DeadPrefix, 10, null, None))
            .Items.ShouldHaveSingleItem()
            .Value.Channels.ShouldBe(["outbox"]);
        (await _store.ListAsync<Notification>("paper", TradingKey.NotificationPrefix, 10, null, None))
            .Unreadable.ShouldHaveSingleItem()
            .RowKey.ShouldBe("event|0|spoiled");
    }

    [Fact]
    public async Task Words_of_others_that_no_key_may_hold_and_texts_of_any_length_are_taken()
    {
        var hostile = new Notification
        {
            Id = "../x?y#z\\\u0001" + new string('k', 5000),
            Event = "a/b",
            At = Start,
            Title = new string('t', 70_000),
            Text = "\u0000\u001b[31m\n" + new string('n', 70_000),
            Facts = [new("a\tb", new string('v', 70_000))],
        };
        await Publisher.PublishAsync(hostile, None);
        await Publisher.PublishAsync(hostile, None);
        var taken = (await WaitingAsync()).ShouldHaveSingleItem();
        (taken.Title.Length, taken.Text!.Length, taken.Facts[0].Value.Length).ShouldBe(
            (Notification.MaxWords, Notification.MaxText, Notification.MaxWords)
        );
        taken.Text.ShouldStartWith("  [31m\n");
        await Delivery().RunAsync(None);
        _discord.Attempts.ShouldBe(1);
    }

    private static Notification New(string id, DateTimeOffset? at = null, string eventName = NotificationEvent.Manual) =>
        new()
        {
            Id = id,
            Event = eventName,
            At = at ?? Start,
            Title = "Test",
        };

    private NotificationDelivery Delivery(DeliveryOptions? options = null, params INotificationChannel[] only) =>
        new(_store, _outbox, _broker, new(only.Length > 0 ? only : [_discord, _slack]), options ?? new(), _wall);

    private async Task<IReadOnlyList<Notification>> WaitingAsync() =>
        [.. (await _store.ListAsync<Notification>("paper", TradingKey.NotificationPrefix, 100, null, None)).Items.Select(row => row.Value)];

    private async Task<IReadOnlyList<OutboxEntry>> EntriesAsync() => (await _outbox.ListAsync("paper", 100, null, None)).Items;

    private async Task DeliverAsync(CrashPoint crash, Record record)
    {
        var tables = new MemoryTables();
        var (store, outbox, channel) = (new MemoryTradingStore(tables), new MemoryOutbox(tables), new FakeChannel("discord"));
        await new NotificationPublisher(store, _broker).PublishAsync(New("a"), None);
        for (var run = 0; run < 3; run++)
        {
            try
            {
                await new NotificationDelivery(
                    new GatedTradingStore(store, crash),
                    new CrashingOutbox(outbox, crash),
                    _broker,
                    new([channel]),
                    new(),
                    _wall
                ).RunAsync(None);
            }
            catch (ProcessDiedException)
            {
                crash.Restart();
            }

            // The claim of a host that died is over by then.
            _wall.Advance(TimeSpan.FromMinutes(3));
            record.WasWaiting =
                (await store.ListAsync<Notification>("paper", TradingKey.NotificationPrefix, 100, null, None)).Items.Count > 0;
            if (!record.WasWaiting)
            {
                break;
            }
        }

        record.Sent.AddRange(channel.Sent);
    }

    private sealed class Record
    {
        public List<string> Sent { get; } = [];

        public bool WasWaiting { get; set; }

        public bool IsDouble => Sent.Count > 1;
    }

    private sealed class CrashingOutbox(IOutbox inner, CrashPoint crash) : IOutbox
    {
        public Task<Row<OutboxEntry>?> FindAsync(string account, Notification notification, CancellationToken cancellationToken) =>
            crash.CallAsync(new(Port.Engine, nameof(FindAsync)), () => inner.FindAsync(account, notification, cancellationToken));

        public Task<RowVersion?> SaveAsync(string account, OutboxEntry entry, RowVersion? expected, CancellationToken cancellationToken) =>
            crash.CallAsync(new(Port.Engine, nameof(SaveAsync), IsWrite: true), () =>
                inner.SaveAsync(account, entry, expected, cancellationToken)
            );

        public Task<Page<OutboxEntry>> ListAsync(string account, int pageSize, string? continuation, CancellationToken cancellationToken) =>
            inner.ListAsync(account, pageSize, continuation, cancellationToken);

        public Task PruneAsync(string account, DateTimeOffset before, CancellationToken cancellationToken) =>
            inner.PruneAsync(account, before, cancellationToken);
    }

    private sealed class FakeChannel(string name) : INotificationChannel
    {
        private readonly HashSet<string> _muted = [];

        public string Name => name;

        public string Kind => "fake";

        public string RedactedAddress => "https://example.com/***";

        public IReadOnlySet<string> Muted => _muted;

        public List<string> Sent { get; } = [];

        public int Attempts { get; private set; }

        public Func<Notification, SendResult>? Respond { get; set; }

        public Func<Task>? During { get; set; }

        public void Mute(string eventName) => _muted.Add(eventName);

        public async Task<SendResult> SendAsync(Notification notification, CancellationToken cancellationToken)
        {
            Attempts++;
            await (During?.Invoke() ?? Task.CompletedTask);
            var result = Respond?.Invoke(notification) ?? SendResult.Delivered;
            if (result.IsDelivered)
            {
                Sent.Add(notification.Id);
            }

            return result;
        }
    }
}
