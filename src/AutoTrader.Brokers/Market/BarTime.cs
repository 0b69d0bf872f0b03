using System.Globalization;
using AutoTrader.Core.Market;

namespace AutoTrader.Brokers.Market;

/// <summary>The time of a row: a day, or an instant.</summary>
/// <param name="Day">The New York date of a daily bar; null for an instant.</param>
/// <param name="At">The instant (UTC); of a day the midnight that was written.</param>
/// <param name="IsLocal">Whether it was written without an offset, so that the configured time zone says which instant it is.</param>
/// <param name="IsMidnight">Whether a day was written as its midnight. Among bars of minutes that is an instant like any other.</param>
internal readonly record struct BarTime(DateOnly? Day, DateTimeOffset At, bool IsLocal, bool IsMidnight)
{
    /// <summary>What a time that cannot be read is told to be like.</summary>
    private const string Example = "write it as 2026-02-03, 2026-02-03 09:30:00 or 2026-02-03T14:30:00Z";

    private static readonly TimeSpan Midnight = TimeSpan.Zero;

    /// <summary>Reads the exact forms that exports use; nothing is guessed.</summary>
    /// <param name="text">The text: ISO 8601, with a space or <c>T</c>, with or without dashes, seconds and an offset; the name of UTC or
    /// of New York's zone in place of an offset; or seconds or milliseconds since 1970.</param>
    /// <param name="zone">The zone of times without an offset.</param>
    /// <exception cref="FormatException">It is none of them, or no time of that zone; says what to write.</exception>
    public static BarTime Parse(string text, TimeZoneInfo zone)
    {
        if (text.Length is 10 or 13 && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var epoch))
        {
            return Of(text.Length == 10 ? DateTimeOffset.FromUnixTimeSeconds(epoch) : DateTimeOffset.FromUnixTimeMilliseconds(epoch));
        }

        if (!TimeForm.TryRead(text, out var form))
        {
            throw new FormatException($"'{text}' is not a date or time in a known form; {Example}");
        }

        if (!form.HasClock)
        {
            return new(DateOnly.FromDateTime(form.Written), new(form.Written, TimeSpan.Zero), IsLocal: true, IsMidnight: false);
        }

        return ZoneOf(form, zone) is { } named
            ? OfLocal(text, form.Written, named, isLocal: form.Zone.Length == 0)
            : Of(new DateTimeOffset(form.Written, Offset(text, form.Zone)).ToUniversalTime());
    }

    private static BarTime OfLocal(string text, DateTime written, TimeZoneInfo zone, bool isLocal)
    {
        if (zone.IsInvalidTime(written))
        {
            throw new FormatException($"'{text}' does not exist: clocks in {zone.Id} were put forward then");
        }

        var time = Of(new(TimeZoneInfo.ConvertTimeToUtc(written, zone), TimeSpan.Zero)) with { IsLocal = isLocal };
        return written.TimeOfDay == Midnight ? time with { Day = DateOnly.FromDateTime(written), IsMidnight = true } : time;
    }

    private static BarTime Of(DateTimeOffset at)
    {
        // Midnights are on the hour in all zones that count here.
        if (at.UtcTicks % TimeSpan.TicksPerHour != 0)
        {
            return new(null, at, IsLocal: false, IsMidnight: false);
        }

        var local = TimeZoneInfo.ConvertTime(at, TradingCalendar.Nyse.NewYork);
        DateOnly? day =
            local.TimeOfDay == Midnight ? DateOnly.FromDateTime(local.DateTime)
            : at.TimeOfDay == Midnight ? DateOnly.FromDateTime(at.DateTime)
            : null;
        return new(day, at, IsLocal: false, IsMidnight: day is not null);
    }

    // Interactive Brokers writes UTC with a dash between date and time.
    private static TimeZoneInfo? ZoneOf(in TimeForm form, TimeZoneInfo zone) =>
        form.Zone switch
        {
            "" => form.HasDash ? TimeZoneInfo.Utc : zone,
            "Z" or "UTC" or "GMT" or "Etc/UTC" => TimeZoneInfo.Utc,
            "US/Eastern" or "America/New_York" => TradingCalendar.Nyse.NewYork,
            _ => null,
        };

    private static TimeSpan Offset(string text, ReadOnlySpan<char> zone)
    {
        var (hours, minutes) = (
            int.Parse(zone[1..3], NumberStyles.None, CultureInfo.InvariantCulture),
            int.Parse(zone[^2..], NumberStyles.None, CultureInfo.InvariantCulture)
        );
        return hours <= 14 && minutes < 60
            ? new TimeSpan(hours, minutes, 0) * (zone[0] == '-' ? -1 : 1)
            : throw new FormatException($"'{text}' has no offset that exists; {Example}");
    }
}
