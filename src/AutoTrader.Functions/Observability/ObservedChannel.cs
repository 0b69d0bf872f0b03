using AutoTrader.Core.Notifications;

namespace AutoTrader.Functions.Observability;

/// <summary>A channel whose attempts are counted.</summary>
internal sealed class ObservedChannel(INotificationChannel inner, Telemetry telemetry) : INotificationChannel
{
    public string Name => inner.Name;

    public string Kind => inner.Kind;

    public string RedactedAddress => inner.RedactedAddress;

    public IReadOnlySet<string> Muted => inner.Muted;

    public async Task<SendResult> SendAsync(Notification notification, CancellationToken cancellationToken)
    {
        var result = await inner.SendAsync(notification, cancellationToken);
        telemetry.Notified(inner.Name, result.IsDelivered);
        return result;
    }
}
