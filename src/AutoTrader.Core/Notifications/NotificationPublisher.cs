using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Brokerage;

namespace AutoTrader.Core.Notifications;

/// <summary>
/// Where notifications are published that do not belong to a commit of the engine. A notification that was published is delivered at least
/// once, and the same notification (id and instant) published again after a crash is the same notification.
/// </summary>
public sealed class NotificationPublisher(ITradingStore store, IBroker broker)
{
    /// <summary>Publishes a notification; it is sent within about a minute. To lose none, publish it before its cause is
    /// completed.</summary>
    /// <exception cref="StorageUnavailableException">It could not be written down; publish it again.</exception>
    public Task PublishAsync(Notification notification, CancellationToken cancellationToken) =>
        PublishAsync(notification, [], cancellationToken);

    /// <summary>The same, with other writes of the same commit.</summary>
    /// <exception cref="StorageUnavailableException">It could not be written down; publish it again.</exception>
    internal async Task PublishAsync(Notification notification, IEnumerable<TradingWrite> with, CancellationToken cancellationToken) =>
        await store.CommitAsync(broker.AccountKey, [Write(notification), .. with], cancellationToken);

    /// <summary>The write that publishes <paramref name="notification"/> in the entity group of its cause.</summary>
    public static TradingWrite Write(Notification notification)
    {
        var tidy = notification.Tidy();
        return new(NotificationKey.Of(tidy), tidy, null);
    }
}
