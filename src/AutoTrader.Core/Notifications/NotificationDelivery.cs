using System.Collections.Concurrent;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Brokerage;

namespace AutoTrader.Core.Notifications;

/// <summary>
/// Delivers the notifications that were published, the oldest first, each to every channel that wants it, at least once. The outbox entry
/// is claimed before anything is sent and closed before the notification is taken away, so that two hosts do not both send, and a host that
/// dies has its notifications sent again when its claim is over. A channel that is down delays nothing but its own notifications.
/// </summary>
public sealed class NotificationDelivery(
    ITradingStore store,
    IOutbox outbox,
    IBroker broker,
    NotificationChannels channels,
    DeliveryOptions options,
    TimeProvider wallClock
)
{
    private const int PageSize = 100;

    // Notifications to skip for now, in this host's memory, so that a dead channel does not cost a read per notification and run.
    private readonly ConcurrentDictionary<string, DateTimeOffset> _notBefore = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, DateTimeOffset> _resting = new(StringComparer.Ordinal);

    private string Account => broker.AccountKey;

    /// <summary>Sends due notifications.</summary>
    /// <returns>How many notifications were delivered to a channel.</returns>
    /// <exception cref="StorageUnavailableException">Storage cannot be reached; nothing is lost.</exception>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var until = wallClock.GetUtcNow() + options.RunFor;
        foreach (var over in _notBefore.Where(pair => pair.Value <= until - options.RunFor).ToList())
        {
            _notBefore.TryRemove(over);
        }

        var unreachable = new HashSet<string>(StringComparer.Ordinal);
        var sent = 0;
        string? continuation = null;
        do
        {
            var page = await store.ListAsync<Notification>(
                Account,
                TradingKey.NotificationPrefix,
                PageSize,
                continuation,
                cancellationToken
            );
            foreach (var row in page.Items)
            {
                if (wallClock.GetUtcNow() >= until)
                {
                    return sent;
                }

                if (_notBefore.GetValueOrDefault(NotificationKey.Of(row.Value)) <= wallClock.GetUtcNow())
                {
                    sent += await DeliverAsync(row, unreachable, cancellationToken);
                }
            }

            continuation = page.Continuation;
        } while (continuation is not null);

        return sent;
    }

    private async Task<int> DeliverAsync(Row<Notification> row, HashSet<string> unreachable, CancellationToken cancellationToken)
    {
        Row<OutboxEntry>? known;
        try
        {
            known = await outbox.FindAsync(Account, row.Value, cancellationToken);
        }
        catch (FormatException wrong)
        {
            await TakeAwayAsync(row, ["outbox"], "Its row in the outbox cannot be read: " + wrong.Message, cancellationToken);
            return 0;
        }

        var entry = known?.Value
            ?? new OutboxEntry
            {
                Notification = row.Value,
                Deliveries = channels.For(row.Value).Select(channel => new Delivery(channel.Name)).ToValueList(),
            };
        var now = wallClock.GetUtcNow();
        if (entry.ClaimedUntil > now)
        {
            Wait(row, entry.ClaimedUntil.Value);
            return 0;
        }

        entry = entry with { ClaimedUntil = null, Deliveries = entry.Deliveries.Select(WithoutHopeless).ToValueList() };
        var due = entry
            .Deliveries.Where(delivery =>
                delivery.Status == DeliveryStatus.Pending && !(delivery.NextAt > now) && !IsResting(delivery.Channel, unreachable, now)
            )
            .Select(delivery => delivery.Channel)
            .ToHashSet(StringComparer.Ordinal);
        if (due.Count == 0 && !entry.IsFinished)
        {
            WaitForNext(row, entry);
            return 0;
        }

        // Counted before it is sent, so that a notification that kills its host is eventually given up.
        var version = known?.Version;
        if (due.Count > 0)
        {
            entry = entry with
            {
                ClaimedUntil = now + options.Claim,
                Deliveries = entry
                    .Deliveries.Select(delivery =>
                        due.Contains(delivery.Channel) ? delivery with { Attempts = delivery.Attempts + 1 } : delivery
                    )
                    .ToValueList(),
            };
            version = await outbox.SaveAsync(Account, entry, version, cancellationToken);
            if (version is null)
            {
                return 0;
            }

            entry = entry with
            {
                ClaimedUntil = null,
                Deliveries = (
                    await Task.WhenAll(
                        entry.Deliveries.Select(delivery =>
                            due.Contains(delivery.Channel)
                                ? SendAsync(row.Value, delivery, unreachable, cancellationToken)
                                : Task.FromResult(delivery)
                        )
                    )
                ).ToValueList(),
            };
        }

        if (entry != known?.Value && await outbox.SaveAsync(Account, entry, version, cancellationToken) is null)
        {
            return 0;
        }

        var sent = entry.Deliveries.Count(delivery => due.Contains(delivery.Channel) && delivery.Status == DeliveryStatus.Delivered);
        if (!entry.IsFinished)
        {
            WaitForNext(row, entry);
            return sent;
        }

        var dead = entry.Deliveries.Where(delivery => delivery.Status == DeliveryStatus.Dead).ToList();
        await TakeAwayAsync(
            row,
            [.. dead.Select(delivery => delivery.Channel)],
            dead.Select(delivery => delivery.Error).FirstOrDefault(),
            cancellationToken
        );
        return sent;
    }

    private async Task<Delivery> SendAsync(
        Notification notification,
        Delivery delivery,
        HashSet<string> unreachable,
        CancellationToken cancellationToken
    )
    {
        var result = await channels.All.First(channel => channel.Name == delivery.Channel).SendAsync(notification, cancellationToken);
        var now = wallClock.GetUtcNow();
        if (result.IsDelivered)
        {
            return delivery with { Status = DeliveryStatus.Delivered, DeliveredAt = now, NextAt = null, Error = null };
        }

        if (result.IsUnreachable)
        {
            lock (unreachable)
            {
                unreachable.Add(delivery.Channel);
            }
        }

        var asked = result.RetryAfter is { } rest ? TimeSpan.FromTicks(Math.Min(rest.Ticks, options.LongestRetry.Ticks)) : TimeSpan.Zero;
        if (asked > TimeSpan.Zero)
        {
            _resting[delivery.Channel] = now + asked;
        }

        var pause = Backoff(delivery.Attempts);
        return delivery.Attempts >= options.MaxAttempts
            ? delivery with
            {
                Status = DeliveryStatus.Dead,
                NextAt = null,
                Error = result.Error,
            }
            : delivery with
            {
                NextAt = now + (asked > pause ? asked : pause),
                Error = result.Error,
            };
    }

    private TimeSpan Backoff(int attempts)
    {
        const int Doublings = 20;
        var pause = options.FirstRetry * (1 << Math.Clamp(attempts - 1, 0, Doublings));
        return pause < options.LongestRetry ? pause : options.LongestRetry;
    }

    private Delivery WithoutHopeless(Delivery delivery)
    {
        var problem =
            delivery.Status != DeliveryStatus.Pending ? null
            : channels.All.All(channel => channel.Name != delivery.Channel) ? "This channel is no longer in the settings."
            : delivery.Attempts >= options.MaxAttempts ? delivery.Error ?? "The host ended while it was sending; it may have arrived."
            : null;
        return problem is null ? delivery : delivery with { Status = DeliveryStatus.Dead, NextAt = null, Error = problem };
    }

    private bool IsResting(string channel, HashSet<string> unreachable, DateTimeOffset now) =>
        unreachable.Contains(channel) || _resting.GetValueOrDefault(channel) > now;

    private void WaitForNext(Row<Notification> row, OutboxEntry entry)
    {
        if (
            entry.Deliveries.Where(delivery => delivery.Status == DeliveryStatus.Pending).Min(delivery => delivery.NextAt ?? default)
                is { } next
            && next != default
        )
        {
            Wait(row, next);
        }
    }

    private void Wait(Row<Notification> row, DateTimeOffset until) => _notBefore[NotificationKey.Of(row.Value)] = until;

    // A conflict means that another host took it away: nothing is left to do.
    private async Task TakeAwayAsync(Row<Notification> row, IReadOnlyList<string> dead, string? error, CancellationToken cancellationToken)
    {
        List<TradingWrite> writes = [new(NotificationKey.Of(row.Value), null, row.Version)];
        if (dead.Count > 0)
        {
            writes.Add(
                new(NotificationKey.Dead(row.Value), new DeadLetter(row.Value, dead.ToValueList(), error, wallClock.GetUtcNow()), null)
            );
        }

        await store.CommitAsync(Account, writes, cancellationToken);
        _notBefore.TryRemove(NotificationKey.Of(row.Value), out _);
    }
}
