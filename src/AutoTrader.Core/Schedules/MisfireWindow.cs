using System.Globalization;
using System.Text.RegularExpressions;

namespace AutoTrader.Core.Schedules;

/// <summary>The text of a misfire window in files and requests: <c>90s</c>, <c>5m</c>, <c>1h</c>, <c>2d</c>, or <c>none</c> for however
/// late.</summary>
public static partial class MisfireWindow
{
    /// <summary>How to write one.</summary>
    public const string Forms = "Write a number and s, m, h or d, for example 90s, 5m, 1h or 2d, or none for no limit.";

    private const string None = "none";

    private static readonly (char Unit, TimeSpan Length)[] Units =
    [
        ('d', TimeSpan.FromDays(1)),
        ('h', TimeSpan.FromHours(1)),
        ('m', TimeSpan.FromMinutes(1)),
        ('s', TimeSpan.FromSeconds(1)),
    ];

    /// <summary>Reads a window; spaces around it and case do not matter. How long it may be is for <see cref="ScheduleValidation"/> to
    /// say.</summary>
    /// <param name="text">The text.</param>
    /// <param name="window">The window; <see cref="Timeout.InfiniteTimeSpan"/> for <c>none</c>.</param>
    public static bool TryParse(string? text, out TimeSpan window)
    {
        var written = (text ?? "").Trim().ToLowerInvariant();
        var match = Form().Match(written);
        window =
            match.Success
                ? int.Parse(match.Groups["count"].ValueSpan, CultureInfo.InvariantCulture) * LengthOf(match.Groups["unit"].Value[0])
            : written == None ? Timeout.InfiniteTimeSpan
            : TimeSpan.Zero;
        return match.Success || written == None;
    }

    /// <summary>As <see cref="TryParse"/> reads it, in the largest unit that measures it; parts of a second, which no text can say, are
    /// rounded up.</summary>
    public static string Format(TimeSpan window)
    {
        if (window == Timeout.InfiniteTimeSpan)
        {
            return None;
        }

        var seconds = TimeSpan.FromSeconds((long)Math.Ceiling((decimal)window.Ticks / TimeSpan.TicksPerSecond));
        var (unit, length) = Array.Find(Units, it => seconds != TimeSpan.Zero && seconds.Ticks % it.Length.Ticks == 0)
            is { Unit: not '\0' } found
            ? found
            : Units[^1];
        return FormattableString.Invariant($"{seconds.Ticks / length.Ticks}{unit}");
    }

    private static TimeSpan LengthOf(char unit) => Array.Find(Units, it => it.Unit == unit).Length;

    [GeneratedRegex(
        "^(?<count>[0-9]{1,7}) ?(?<unit>[dhms])\\z",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex Form();
}
