namespace AutoTrader.Core.Schedules;

/// <summary>What a local time means when the clocks change.</summary>
public enum LocalTimeKind
{
    /// <summary>It is shown once.</summary>
    Unique,

    /// <summary>The clocks jump over it.</summary>
    InGap,

    /// <summary>The clocks show it twice.</summary>
    InOverlap,
}

/// <summary>Local times as instants.</summary>
public static class LocalTimes
{
    /// <summary>The zone with an IANA name; null when there is none.</summary>
    public static TimeZoneInfo? FindZone(string name) =>
        !IsOfThisMachine(name) && TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone) && (zone.HasIanaId || name == "UTC")
            ? zone
            : null;

    /// <summary>What a local time means in a zone.</summary>
    public static LocalTimeKind KindOf(DateTime local, TimeZoneInfo zone)
    {
        ArgumentNullException.ThrowIfNull(zone);
        local = DateTime.SpecifyKind(local, DateTimeKind.Unspecified);
        return zone.IsInvalidTime(local) ? LocalTimeKind.InGap
            : zone.IsAmbiguousTime(local) ? LocalTimeKind.InOverlap
            : LocalTimeKind.Unique;
    }

    /// <summary>
    /// The instant (UTC) of a local time: a skipped time becomes the first instant after the gap, a repeated time the first of the two.
    /// </summary>
    public static DateTimeOffset Resolve(DateTime local, TimeZoneInfo zone)
    {
        local = DateTime.SpecifyKind(local, DateTimeKind.Unspecified);
        switch (KindOf(local, zone))
        {
            case LocalTimeKind.InOverlap:
                return new DateTimeOffset(local, zone.GetAmbiguousTimeOffsets(local).Max()).ToUniversalTime();
            case LocalTimeKind.InGap:
                // The change is between the instants that the offsets before and after it give the local time.
                var before = zone.GetUtcOffset(local.AddDays(-1));
                var (low, high) = (local.AddDays(-1) - before, local - before);
                while (high.Ticks - low.Ticks > 1)
                {
                    var middle = new DateTime(low.Ticks + ((high.Ticks - low.Ticks) / 2), DateTimeKind.Utc);
                    (low, high) = zone.GetUtcOffset(middle) == before ? (middle, high) : (low, middle);
                }

                return new(high.Ticks, TimeSpan.Zero);
            default:
                return new DateTimeOffset(local, zone.GetUtcOffset(local)).ToUniversalTime();
        }
    }

    // Files that are not zones but exist beside them on some machines: "localtime" differs by machine; "right" counts leap seconds, which
    // our instants do not.
    private static bool IsOfThisMachine(string name) =>
        name is "localtime" or "Factory"
        || name.StartsWith("posix", StringComparison.Ordinal)
        || name.StartsWith("right/", StringComparison.Ordinal);
}
