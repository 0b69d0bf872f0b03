using System.Globalization;
using System.Text.RegularExpressions;
using AutoTrader.Core.Market;

namespace AutoTrader.Core.Schedules;

/// <summary>A time that a person typed.</summary>
/// <param name="At">The instant (UTC); null when it was refused.</param>
/// <param name="Code">Of a refusal: <see cref="TypedTime.Malformed"/> or <see cref="TypedTime.Unusable"/>.</param>
/// <param name="Message">The time as understood, or the problem and what to enter instead.</param>
public sealed record TypedTimeResult(DateTimeOffset? At, string? Code, string Message)
{
    /// <summary>The instant (UTC) of a time that was refused because it is in the past.</summary>
    public DateTimeOffset? Past { get; init; }
}

/// <summary>
/// Reads times as people type them: <c>2026-02-13 09:30[:00]</c>, with <c>T</c>, with an offset or <c>Z</c>; <c>2026-02-13</c> (09:30);
/// <c>today 15:00</c>, <c>tomorrow [09:30]</c>, <c>monday [09:30]</c>; <c>+2h</c>, <c>+15m</c>, <c>+1d</c> (the same time of day);
/// <c>open+5m</c>, <c>close-10m</c>, <c>next open</c>: the next such instant. Times without offset are read in the zone.
/// </summary>
public static partial class TypedTime
{
    /// <summary>The text is not a time.</summary>
    public const string Malformed = "INVALID_DATETIME_FORMAT";

    /// <summary>A valid time that is in the past, or that clock changes skip or repeat.</summary>
    public const string Unusable = "INVALID_SCHEDULE_TIME";

    private const string Forms = "Write for example 2026-02-13 09:30, tomorrow 09:30, monday 09:30, +2h, open+5m, close-10m or next open.";
    private const int MaxLength = 64;

    // Years beyond these are typing errors, and date arithmetic fails near the ends of the calendar.
    private const int FirstYear = 1970;
    private const int LastYear = 2200;
    private static readonly TimeOnly MarketMorning = new(9, 30);
    private static readonly string[] Weekdays = Enum.GetNames<DayOfWeek>();
    private static readonly string[] LocalForms = ["yyyy-MM-dd HH:mm:ss", "yyyy-MM-dd HH:mm"];
    private static readonly string[] OffsetForms =
    [
        "yyyy-MM-dd HH:mm:sszzz",
        "yyyy-MM-dd HH:mmzzz",
        "yyyy-MM-dd HH:mm:ss zzz",
        "yyyy-MM-dd HH:mm zzz",
        "yyyy-MM-dd HH:mm:ss.FFFFFFFzzz",
    ];

    /// <summary>Reads the bound of a period: a day alone is its beginning or its end, and an instant may be past.</summary>
    /// <param name="text">The input.</param>
    /// <param name="isEnd">Whether the period ends with it: a day is then included.</param>
    /// <param name="zone">The zone of days and of times without an offset.</param>
    /// <param name="now">Business time (UTC).</param>
    public static TypedTimeResult ReadBound(string text, bool isEnd, TimeZoneInfo zone, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (DayOf(text.Trim(), zone, now) is not { } day || day.Year is < FirstYear or > LastYear)
        {
            return Read(text, zone, now) is { Code: Unusable, Past: { } past }
                ? new(past, null, $"Understood as {Format(past, zone)}.")
                : Read(text, zone, now);
        }

        var at = isEnd ? EndOf(day, zone) : BeginOf(day, zone);
        return new(at, null, $"Understood as {Format(at, zone)}.");
    }

    /// <summary>The first instant (UTC) of a day in a zone.</summary>
    public static DateTimeOffset BeginOf(DateOnly day, TimeZoneInfo zone) => LocalTimes.Resolve(day.ToDateTime(TimeOnly.MinValue), zone);

    /// <summary>The last second (UTC) of a day in a zone.</summary>
    public static DateTimeOffset EndOf(DateOnly day, TimeZoneInfo zone) => BeginOf(day.AddDays(1), zone).AddSeconds(-1);

    private static DateOnly? DayOf(string text, TimeZoneInfo zone, DateTimeOffset now) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day
        : Named(text.ToLowerInvariant(), zone, now) is { } named ? named.Day
        : null;

    // today, tomorrow, or the next day of such a name, which may be today.
    private static (DateOnly Day, bool IsWeekday)? Named(string name, TimeZoneInfo zone, DateTimeOffset now)
    {
        var today = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(now, zone).DateTime);
        var weekday = Array.FindIndex(Weekdays, it => it.Equals(name, StringComparison.OrdinalIgnoreCase));
        return name switch
        {
            "today" => (today, false),
            "tomorrow" => (today.AddDays(1), false),
            _ when weekday >= 0 => (today.AddDays((weekday - (int)today.DayOfWeek + 7) % 7), true),
            _ => null,
        };
    }

    /// <summary>Reads <paramref name="text"/>.</summary>
    /// <param name="text">The input.</param>
    /// <param name="zone">The zone of times without an offset.</param>
    /// <param name="now">Business time (UTC).</param>
    public static TypedTimeResult Read(string text, TimeZoneInfo zone, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(zone);
        var typed = Spaces().Replace(text.Trim(), " ");
        if (typed.Length is 0 or > MaxLength)
        {
            return new(null, Malformed, "The time is missing. " + Forms);
        }

        var lower = typed.ToLowerInvariant();
        return Relative(lower, zone, now)
            ?? OfMarket(lower, zone, now)
            ?? OfDay(lower, zone, now)
            ?? Absolute(typed, zone, now)
            ?? new(null, Malformed, $"'{typed}' is not a time. {Forms}");
    }

    private static TypedTimeResult? Relative(string text, TimeZoneInfo zone, DateTimeOffset now)
    {
        var match = Distance().Match(text);
        if (!match.Success)
        {
            return null;
        }

        var count = int.Parse(match.Groups["count"].ValueSpan, CultureInfo.InvariantCulture);
        return match.Groups["unit"].Value switch
        {
            "d" => Local(TimeZoneInfo.ConvertTime(now, zone).DateTime.AddDays(count), zone, now),
            "h" => Instant(now.AddHours(count), zone, now),
            "m" => Instant(now.AddMinutes(count), zone, now),
            _ => Instant(now.AddSeconds(count), zone, now),
        };
    }

    private static TypedTimeResult? OfMarket(string text, TimeZoneInfo zone, DateTimeOffset now)
    {
        if (!MarketTime.TryParse(text.StartsWith("next ", StringComparison.Ordinal) ? text[5..] : text, out var market))
        {
            return null;
        }

        if (market!.Offset.Duration() > MarketTime.Furthest)
        {
            return new(
                null,
                Unusable,
                $"'{text}' is more than {MarketTime.Furthest.TotalHours:0} hours from the "
                    + $"{(market.Edge == MarketEdge.Open ? "open" : "close")}. Enter a time of day instead."
            );
        }

        var next = Occurrences.Next(
            new()
            {
                Id = "typed",
                Task = new(ScheduleAction.Notify),
                Spec = new() { Market = market },
            },
            now
        );
        return next is { } at ? Instant(at, zone, now) : new(null, Unusable, "The trading calendar ends before that.");
    }

    private static TypedTimeResult? OfDay(string text, TimeZoneInfo zone, DateTimeOffset now)
    {
        var parts = text.Split(' ', 2);
        var time = MarketMorning;
        if (
            parts.Length == 2
            && !TimeOnly.TryParseExact(parts[1], ["H:mm", "HH:mm", "HH:mm:ss"], CultureInfo.InvariantCulture, DateTimeStyles.None, out time)
        )
        {
            return null;
        }

        if (Named(parts[0], zone, now) is not var (day, isWeekday))
        {
            return null;
        }

        var isPast = isWeekday && LocalTimes.Resolve(day.ToDateTime(time), zone) <= now;
        return Local((isPast ? day.AddDays(7) : day).ToDateTime(time), zone, now);
    }

    private static TypedTimeResult? Absolute(string text, TimeZoneInfo zone, DateTimeOffset now)
    {
        if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
        {
            return Local(day.ToDateTime(MarketMorning), zone, now);
        }

        var spaced = text.Length > 10 && text[10] is 'T' or 't' ? string.Concat(text.AsSpan(0, 10), " ", text.AsSpan(11)) : text;
        if (DateTime.TryParseExact(spaced, LocalForms, CultureInfo.InvariantCulture, DateTimeStyles.None, out var local))
        {
            return Local(local, zone, now);
        }

        var offset = spaced[^1] is 'Z' or 'z' ? spaced[..^1].TrimEnd() + "+00:00" : spaced;
        return DateTimeOffset.TryParseExact(offset, OffsetForms, CultureInfo.InvariantCulture, DateTimeStyles.None, out var instant)
            ? Instant(instant.ToUniversalTime(), zone, now)
            : null;
    }

    private static TypedTimeResult Local(DateTime local, TimeZoneInfo zone, DateTimeOffset now)
    {
        if (local.Year is < FirstYear or > LastYear)
        {
            return OutOfRange(local.Year);
        }

        var shown = string.Create(CultureInfo.InvariantCulture, $"{local:ddd yyyy-MM-dd HH:mm:ss} {zone.Id}");
        switch (LocalTimes.KindOf(local, zone))
        {
            case LocalTimeKind.InGap:
                return new(
                    null,
                    Unusable,
                    $"There is no {shown}: clocks go forward past it. The next valid time is "
                        + $"{Format(LocalTimes.Resolve(local, zone), zone)}."
                );
            case LocalTimeKind.InOverlap:
                var offsets = zone.GetAmbiguousTimeOffsets(DateTime.SpecifyKind(local, DateTimeKind.Unspecified))
                    .OrderDescending()
                    .Select(offset => new DateTimeOffset(local, offset).ToString("yyyy-MM-ddTHH:mm:sszzz", CultureInfo.InvariantCulture));
                return new(
                    null,
                    Unusable,
                    $"{shown} occurs twice because clocks go back. Enter one of them: {string.Join(" or ", offsets)}."
                );
            default:
                return Instant(LocalTimes.Resolve(local, zone), zone, now);
        }
    }

    private static TypedTimeResult Instant(DateTimeOffset at, TimeZoneInfo zone, DateTimeOffset now) =>
        at.Year is < FirstYear or > LastYear ? OutOfRange(at.Year)
        : at > now ? new(at, null, $"Understood as {Format(at, zone)}.")
        : new(null, Unusable, $"That is {Format(at, zone)}, which is in the past: it is {Format(now, zone)} now. Enter a future time.")
        {
            Past = at,
        };

    private static TypedTimeResult OutOfRange(int year) =>
        new(null, Unusable, FormattableString.Invariant($"That is in the year {year}. Enter a future time up to the year {LastYear}."));

    private static string Format(DateTimeOffset at, TimeZoneInfo zone) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{TimeZoneInfo.ConvertTime(at, zone):ddd yyyy-MM-dd HH:mm:ss zzz} ({zone.Id}), {at.UtcDateTime:yyyy-MM-ddTHH:mm:ss}Z"
        );

    [GeneratedRegex(@"\s+", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Spaces();

    [GeneratedRegex(
        "^\\+ ?(?<count>[0-9]{1,5}) ?(?<unit>[dhms])$",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex Distance();
}
