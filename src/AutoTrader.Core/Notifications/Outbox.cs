using AutoTrader.Core.Ports;

namespace AutoTrader.Core.Notifications;

/// <summary>The progress of a notification's delivery to one channel.</summary>
public enum DeliveryStatus
{
    /// <summary>It is still to be sent, or to be tried again.</summary>
    Pending,

    /// <summary>The channel took it.</summary>
    Delivered,

    /// <summary>Given up: all attempts failed, or the channel no longer exists.</summary>
    Dead,
}

/// <summary>The delivery of a notification to one channel.</summary>
/// <param name="Channel">The channel's name.</param>
/// <param name="Status">The progress.</param>
/// <param name="Attempts">How often it was tried.</param>
/// <param name="NextAt">Not tried again before (UTC, wall clock); null for at once.</param>
/// <param name="DeliveredAt">When the channel took it (UTC, wall clock).</param>
/// <param name="Error">What went wrong last, without the channel's address.</param>
public sealed record Delivery(
    string Channel,
    DeliveryStatus Status = DeliveryStatus.Pending,
    int Attempts = 0,
    DateTimeOffset? NextAt = null,
    DateTimeOffset? DeliveredAt = null,
    string? Error = null
);

/// <summary>A notification and what became of it.</summary>
public sealed record OutboxEntry
{
    /// <summary>The notification.</summary>
    public required Notification Notification { get; init; }

    /// <summary>Its delivery to each channel that wanted it when it was first seen.</summary>
    public ValueList<Delivery> Deliveries { get; init; }

    /// <summary>Until when (UTC, wall clock) the sending host has reserved it; null when no host is sending it.</summary>
    public DateTimeOffset? ClaimedUntil { get; init; }

    /// <summary>Whether nothing is left to be sent.</summary>
    public bool IsFinished => Deliveries.All(delivery => delivery.Status != DeliveryStatus.Pending);
}

/// <summary>A notification that some channel did not take: it needs the user's eye until it is deleted.</summary>
/// <param name="Notification">The notification.</param>
/// <param name="Channels">The channels that did not take it.</param>
/// <param name="Error">What went wrong last, without the channel's address.</param>
/// <param name="At">When it was given up (UTC, wall clock).</param>
public sealed record DeadLetter(Notification Notification, ValueList<string> Channels, string? Error, DateTimeOffset At);

/// <summary>What became of every notification; kept for some time after it was sent, so that none is sent again.</summary>
public interface IOutbox
{
    /// <summary>The entry of a notification; null when it has not been seen yet.</summary>
    /// <exception cref="FormatException">It exists but cannot be read.</exception>
    Task<Row<OutboxEntry>?> FindAsync(string account, Notification notification, CancellationToken cancellationToken);

    /// <summary>Inserts an entry (no version), or replaces it if it still has the version.</summary>
    /// <returns>Its new version; null when another host wrote it first.</returns>
    Task<RowVersion?> SaveAsync(string account, OutboxEntry entry, RowVersion? expected, CancellationToken cancellationToken);

    /// <summary>Entries, those of the latest notifications first.</summary>
    Task<Page<OutboxEntry>> ListAsync(string account, int pageSize, string? continuation, CancellationToken cancellationToken);

    /// <summary>Deletes the entries of notifications older than <paramref name="before"/> (UTC).</summary>
    Task PruneAsync(string account, DateTimeOffset before, CancellationToken cancellationToken);
}
