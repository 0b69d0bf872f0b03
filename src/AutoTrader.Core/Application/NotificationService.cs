using AutoTrader.Core.Notifications;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Brokerage;

namespace AutoTrader.Core.Application;

/// <summary>How the notifications are doing.</summary>
/// <param name="Channels">The channels of the settings.</param>
/// <param name="Recent">The latest notifications and what became of them.</param>
/// <param name="DeadLetters">Notifications that some channel did not take, the oldest first, at most a hundred.</param>
/// <param name="Continuation">Continues after <paramref name="Recent"/>; null after the last page.</param>
public sealed record NotificationStatus(
    IReadOnlyList<INotificationChannel> Channels,
    IReadOnlyList<OutboxEntry> Recent,
    IReadOnlyList<DeadLetter> DeadLetters,
    string? Continuation
);

/// <summary>Operations on notifications for the API, schedules and imports: list them, and send one by hand.</summary>
public sealed class NotificationService(
    ITradingStore store,
    IOutbox outbox,
    IBroker broker,
    NotificationChannels channels,
    NotificationPublisher publisher,
    ChangeLog log,
    TimeProvider clock
)
{
    /// <summary>The name that means every channel.</summary>
    public const string AllChannels = "all";

    /// <summary>The code of the attention items that are notifications which could not be delivered.</summary>
    public const string DeadCode = "NOTIFICATION_FAILED";

    private const int Most = 100;

    /// <summary>Channels, recent deliveries and dead letters.</summary>
    public async Task<NotificationStatus> StatusAsync(int pageSize, string? continuation, CancellationToken cancellationToken)
    {
        var page = await outbox.ListAsync(broker.AccountKey, pageSize, continuation, cancellationToken);
        var dead = await store.ListAsync<DeadLetter>(broker.AccountKey, TradingKey.DeadPrefix, Most, null, cancellationToken);
        return new(channels.All, page.Items, [.. dead.Items.Select(row => row.Value)], page.Continuation);
    }

    /// <summary>Attention items about notifications: undeliverable ones, and unreadable rows.</summary>
    public static async Task<IReadOnlyList<Attention>> AttentionAsync(
        ITradingStore store,
        string account,
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        var dead = await store.ListAsync<DeadLetter>(account, TradingKey.DeadPrefix, Most, null, cancellationToken);
        var waiting = await store.ListAsync<Notification>(account, TradingKey.NotificationPrefix, Most, null, cancellationToken);
        return
        [
            .. dead.Items.Select(row => new Attention(
                DeadCode,
                NotificationKey.Dead(row.Value.Notification),
                $"{row.Value.Notification.Event} \"{row.Value.Notification.Title} {row.Value.Notification.Subject}\" did not reach "
                    + $"{string.Join(", ", row.Value.Channels)}: {row.Value.Error} Test the channel with POST "
                    + "/api/notifications/test, then delete this item.",
                row.Value.At
            )),
            .. dead
                .Unreadable.Concat(waiting.Unreadable)
                .Select(row => new Attention(EngineService.UnreadableCode, row.RowKey, row.Problem, now)),
        ];
    }

    /// <summary>Sends the test message to a channel, or to all, at once and past the outbox.</summary>
    /// <returns>What came of it, by channel.</returns>
    /// <exception cref="RefusedException">There is no such channel.</exception>
    public async Task<IReadOnlyDictionary<string, SendResult>> TestAsync(string channel, string caller, CancellationToken cancellationToken)
    {
        var chosen = Choose(channel);
        var notification = NotificationComposer.Test(Guid.NewGuid().ToString("N"), clock.GetUtcNow());
        var results = await Task.WhenAll(chosen.Select(async it => (it.Name, Result: await it.SendAsync(notification, cancellationToken))));
        await log.RecordAsync(
            caller,
            "notify_test",
            channel,
            null,
            Array.Find(results, it => !it.Result.IsDelivered).Result is null ? null : "NOTIFICATION_FAILED",
            cancellationToken
        );
        return results.ToDictionary(it => it.Name, it => it.Result, StringComparer.Ordinal);
    }

    /// <summary>Publishes a message; it is delivered like any other notification.</summary>
    /// <param name="message">What to say.</param>
    /// <param name="channel">The channel; <see cref="AllChannels"/> for every one that does not mute <c>manual</c>.</param>
    /// <param name="caller">Who.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <exception cref="RefusedException">No channel would get it, or the channel does not exist.</exception>
    public async Task<Notification> SendAsync(string message, string channel, string caller, CancellationToken cancellationToken)
    {
        var notification = NotificationComposer.Message("manual-" + Guid.NewGuid().ToString("N"), clock.GetUtcNow(), message);
        if (channel != AllChannels)
        {
            notification = notification with { Channel = Choose(channel)[0].Name };
        }
        else if (!channels.For(notification).Any())
        {
            throw NoChannel();
        }

        await publisher.PublishAsync(notification, [log.Trading(caller, "notify_send", notification.Id, null)], cancellationToken);
        return notification;
    }

    private static RefusedException NoChannel() =>
        new(
            Refusal.Conflict,
            "NO_CHANNEL",
            "No channel is set up. Set DISCORD_WEBHOOK_URL, SLACK_WEBHOOK_URL, TEAMS_WEBHOOK_URL or CUSTOM_WEBHOOK_URL, and leave "
                + "NOTIFICATIONS_ENABLED on."
        );

    private List<INotificationChannel> Choose(string channel)
    {
        if (channels.All.Count == 0)
        {
            throw NoChannel();
        }

        var chosen = channels.All.Where(it => channel == AllChannels || it.Name == channel).ToList();
        return chosen.Count > 0
            ? chosen
            : throw new RefusedException(
                Refusal.NotFound,
                "NOT_FOUND",
                $"There is no such channel. There are: {string.Join(", ", channels.All.Select(it => it.Name))}."
            );
    }
}
