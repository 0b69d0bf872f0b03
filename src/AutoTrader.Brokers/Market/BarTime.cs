using System.Globalization;
using System.Text.RegularExpressions;
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

        var match = BarTimeForms.Form().Match(text);
        if (
            !match.Success
            || !DateTime.TryParseExact(
                match.Groups["y"].Value + match.Groups["m"].Value + match.Groups["d"].Value + Clock(match),
                "yyyyMMddHHmmss",
                CultureInfo.InvariantCulture,
                DateTimeStyles.None,
                out var written
            )
        )
        {
            throw new FormatException($"'{text}' is not a date or time in a known form; {Example}");
        }

        written += Fraction(match.Groups["fraction"].ValueSpan);
        if (!match.Groups["hour"].Success)
        {
            return new(DateOnly.FromDateTime(written), new(written, TimeSpan.Zero), IsLocal: true, IsMidnight: false);
        }

        return ZoneOf(match, zone) is { } named ? OfLocal(text, written, named, isLocal: !match.Groups["zone"].Success)
            : Of(new DateTimeOffset(written, Offset(text, match.Groups["zone"].Value)).ToUniversalTime());
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
        var local = TimeZoneInfo.ConvertTime(at, TradingCalendar.Nyse.NewYork);
        DateOnly? day =
            local.TimeOfDay == Midnight ? DateOnly.FromDateTime(local.DateTime)
            : at.TimeOfDay == Midnight ? DateOnly.FromDateTime(at.DateTime)
            : null;
        return new(day, at, IsLocal: false, IsMidnight: day is not null);
    }

    // Interactive Brokers writes UTC with a dash between date and time.
    private static TimeZoneInfo? ZoneOf(Match match, TimeZoneInfo zone) =>
        match.Groups["zone"].ValueSpan switch
        {
            "" => match.Groups["dash"].Success ? TimeZoneInfo.Utc : zone,
            "Z" or "UTC" or "GMT" or "Etc/UTC" => TimeZoneInfo.Utc,
            "US/Eastern" or "America/New_York" => TradingCalendar.Nyse.NewYork,
            _ => null,
        };

    private static TimeSpan Offset(string text, string zone)
    {
        var digits = zone[1..].Replace(":", "", StringComparison.Ordinal);
        var (hours, minutes) = (int.Parse(digits[..2], CultureInfo.InvariantCulture), int.Parse(digits[2..], CultureInfo.InvariantCulture));
        return hours <= 14 && minutes < 60
            ? new TimeSpan(hours, minutes, 0) * (zone[0] == '-' ? -1 : 1)
            : throw new FormatException($"'{text}' has no offset that exists; {Example}");
    }

    private static string Clock(Match match) =>
        match.Groups["hour"].Success
            ? $"{match.Groups["hour"].Value}{match.Groups["minute"].Value}{match.Groups["second"].Value}".PadRight(6, '0')
            : "000000";

    private static TimeSpan Fraction(ReadOnlySpan<char> digits)
    {
        long ticks = 0;
        for (var i = 0; i < 7; i++)
        {
            ticks = (ticks * 10) + (i < digits.Length ? digits[i] - '0' : 0);
        }

        return TimeSpan.FromTicks(ticks);
    }
}

/// <summary>The forms of a time.</summary>
internal static partial class BarTimeForms
{
    [GeneratedRegex(
        "^(?<y>[0-9]{4})(?<sep>-?)(?<m>[0-9]{2})\\k<sep>(?<d>[0-9]{2})"
            + "(([T ]| {2}|(?<dash>-))(?<hour>[0-9]{2})(?<colon>:?)(?<minute>[0-9]{2})"
            + "(\\k<colon>(?<second>[0-9]{2})([.](?<fraction>[0-9]{1,9}))?)?"
            + " ?(?<zone>Z|UTC|GMT|Etc/UTC|US/Eastern|America/New_York|[+-][0-9]{2}:?[0-9]{2})?)?$",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000
    )]
    public static partial Regex Form();
}
