using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

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

    /// <summary>Each schedule is late by a constant of its own, up to so many seconds, so that many of one instant do not come at once.</summary>
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

/// <summary>Which end of a session.</summary>
public enum MarketEdge
{
    /// <summary>Its open.</summary>
    Open,

    /// <summary>Its close, the early one on a short day.</summary>
    Close,
}

/// <summary>An instant of every session.</summary>
/// <param name="Edge">From where.</param>
/// <param name="Offset">How far after it; negative for before.</param>
public sealed partial record MarketTime(MarketEdge Edge, TimeSpan Offset)
{
    /// <summary>The furthest distance: with it the instants of two sessions never cross.</summary>
    public static readonly TimeSpan Furthest = TimeSpan.FromHours(6);

    /// <summary>Reads <c>open</c>, <c>open+5m</c>, <c>close-10m</c>, <c>close+1h30m</c>, <c>open-30s</c>; spaces and case do not matter.</summary>
    public static bool TryParse(string? text, out MarketTime? time)
    {
        time = null;
        var match = Form().Match(string.Concat((text ?? "").Where(character => !char.IsWhiteSpace(character))));
        if (!match.Success)
        {
            return false;
        }

        var offset = TimeSpan.Zero;
        foreach (var (unit, length) in new[] { ("h", TimeSpan.FromHours(1)), ("m", TimeSpan.FromMinutes(1)), ("s", TimeSpan.FromSeconds(1)) })
        {
            offset += match.Groups[unit] is { Success: true } group ? int.Parse(group.ValueSpan, CultureInfo.InvariantCulture) * length : TimeSpan.Zero;
        }

        time = new(
            match.Groups["edge"].ValueSpan.Equals("open", StringComparison.OrdinalIgnoreCase) ? MarketEdge.Open : MarketEdge.Close,
            match.Groups["sign"].ValueSpan is "-" ? -offset : offset);
        return true;
    }

    /// <summary>As <see cref="TryParse"/> reads it.</summary>
    public override string ToString()
    {
        var text = new StringBuilder(Edge == MarketEdge.Open ? "open" : "close");
        if (Offset != TimeSpan.Zero)
        {
            var distance = Offset.Duration();
            text.Append(Offset < TimeSpan.Zero ? '-' : '+');
            foreach (var (count, unit) in new[] { ((int)distance.TotalHours, 'h'), (distance.Minutes, 'm'), (distance.Seconds, 's') })
            {
                _ = count == 0 ? text : text.Append(CultureInfo.InvariantCulture, $"{count}{unit}");
            }
        }

        return text.ToString();
    }

    [GeneratedRegex("^(?<edge>open|close)((?<sign>[+-])(?=[0-9])((?<h>[0-9]{1,4})h)?((?<m>[0-9]{1,4})m)?((?<s>[0-9]{1,4})s)?)?$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Form();
}
