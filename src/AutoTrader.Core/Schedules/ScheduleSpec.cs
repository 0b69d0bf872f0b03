using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using AutoTrader.Core.Market;

namespace AutoTrader.Core.Schedules;

/// <summary>When a schedule is due: exactly one of <see cref="At"/>, <see cref="Cron"/> and <see cref="Market"/>, within bounds.</summary>
public sealed record ScheduleSpec
{
    /// <summary>The zone that counts where none is given.</summary>
    public const string NewYork = "America/New_York";

    /// <summary>Once, at this instant (UTC).</summary>
    public DateTimeOffset? At { get; init; }

    /// <summary>A cron expression of five fields, or six with seconds first (Cronos), in <see cref="Zone"/>.</summary>
    public string? Cron { get; init; }

    /// <summary>On every session, at a distance from its open or close.</summary>
    public MarketTime? Market { get; init; }

    /// <summary>The IANA zone in which <see cref="Cron"/> is read and times are shown.</summary>
    public string Zone { get; init; } = NewYork;

    /// <summary>Whether occurrences on New York days without a session are left out.</summary>
    public bool TradingDaysOnly { get; init; }

    /// <summary>No occurrence before this instant (UTC).</summary>
    public DateTimeOffset? StartAt { get; init; }

    /// <summary>No occurrence after this instant (UTC).</summary>
    public DateTimeOffset? EndAt { get; init; }

    /// <summary>It ends when so many occurrences were carried out.</summary>
    public int? MaxRuns { get; init; }

    /// <summary>A fixed delay per schedule, at most this many seconds, so that many schedules of one instant spread out.</summary>
    public int JitterSeconds { get; init; }

    /// <summary>The delay of the schedule with an id: the same every time, so that occurrences keep their order and distance.</summary>
    public TimeSpan Jitter(string scheduleId)
    {
        if (JitterSeconds <= 0)
        {
            return TimeSpan.Zero;
        }

        var hash = BinaryPrimitives.ReadUInt32LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(scheduleId)));
        return TimeSpan.FromSeconds(hash % ((uint)JitterSeconds + 1));
    }
}
