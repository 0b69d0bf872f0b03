using AutoTrader.Core.Ports.Brokerage;

namespace AutoTrader.Core.Notifications;

/// <summary>Deletes sent notifications, once a day, after their retention.</summary>
public sealed class OutboxRetention(IOutbox outbox, IBroker broker, DeliveryOptions options, TimeProvider clock)
{
    private DateOnly _pruned;

    /// <summary>Deletes expired notifications, if this host has not done so today.</summary>
    public async Task PruneAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var day = DateOnly.FromDateTime(now.UtcDateTime);
        if (_pruned != day)
        {
            await outbox.PruneAsync(broker.AccountKey, now - options.Retention, cancellationToken);
            _pruned = day;
        }
    }
}
