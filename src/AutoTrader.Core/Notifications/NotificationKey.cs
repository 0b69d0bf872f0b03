using AutoTrader.Core.Ports;

namespace AutoTrader.Core.Notifications;

/// <summary>The row keys of notifications in the trading partition, where they commit with their cause.</summary>
public static class NotificationKey
{
    /// <summary>The key of a notification: the oldest come first.</summary>
    public static string Of(Notification notification) => TradingKey.NotificationPrefix + Name(notification);

    /// <summary>The key of a notification that could not be delivered.</summary>
    public static string Dead(Notification notification) => TradingKey.DeadPrefix + Name(notification);

    private static string Name(Notification notification) =>
        FormattableString.Invariant($"{notification.At.UtcTicks:D19}|{TradingKey.Name(notification.Event + "|" + notification.Id)}");
}
