using System.Globalization;
using System.Text;
using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Schedules;

namespace AutoTrader.Cli.Rendering;

/// <summary>Values as people read them.</summary>
internal static class Cells
{
    public const string None = "-";

    /// <summary>Text of others without what would steer a terminal.</summary>
    public static string Clean(string? text) => CleanLines(text).ReplaceLineEndings(" ");

    /// <summary>The same, with its line breaks.</summary>
    public static string CleanLines(string? text) =>
        string.Concat((text ?? "").Select(sign => char.IsControl(sign) && sign is not ('\n' or '\r') ? '?' : sign));

    public static string Money(decimal? value) => value is { } amount ? amount.ToString("#,##0.00", CultureInfo.InvariantCulture) : None;

    /// <summary>A price, with as many places as it has.</summary>
    public static string Price(decimal? value) => value is { } price ? price.ToString("#,##0.00##", CultureInfo.InvariantCulture) : None;

    /// <summary>A gain or loss: the sign says what a color would.</summary>
    public static string Change(decimal? value) =>
        value is { } change ? change.ToString("+#,##0.00;-#,##0.00;0.00", CultureInfo.InvariantCulture) : None;

    public static string Percent(decimal? value) =>
        value is { } percent ? percent.ToString("+0.##;-0.##;0", CultureInfo.InvariantCulture) + " %" : None;

    public static string Number(decimal? value) => value is { } number ? number.ToString("#,##0.####", CultureInfo.InvariantCulture) : None;

    public static string Flag(bool value) => value ? "yes" : "no";

    public static string Word<T>(T value)
        where T : struct, Enum => WireNames.Of(value).Replace('_', ' ');

    /// <summary>An instant in a zone.</summary>
    public static string Time(DateTimeOffset? at, TimeZoneInfo? zone = null) =>
        at is { } instant
            ? TimeZoneInfo.ConvertTime(instant, zone ?? NewYork).ToString("ddd yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)
            : None;

    public static string Day(DateOnly day) => day.ToString("ddd yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>A length of time in its largest units.</summary>
    public static string Length(TimeSpan length) =>
        length switch
        {
            { TotalSeconds: < 120 } => string.Create(CultureInfo.InvariantCulture, $"{length.TotalSeconds:0.#} s"),
            { TotalMinutes: < 120 } => string.Create(CultureInfo.InvariantCulture, $"{length.TotalMinutes:0} min"),
            { TotalHours: < 48 } => string.Create(CultureInfo.InvariantCulture, $"{length.TotalHours:0.#} h"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{length.TotalDays:0.#} d"),
        };

    /// <summary>An order's prices in a few words.</summary>
    public static string Terms(OrderType type, OrderClass group, decimal? limit, decimal? stop, decimal? trail) =>
        (type, group) switch
        {
            (_, OrderClass.Oco) => $"limit {Price(limit)} or stop {Price(stop)}",
            (OrderType.Limit, _) => $"limit {Price(limit)}",
            (OrderType.Stop, _) => $"stop {Price(stop)}",
            (OrderType.StopLimit, _) => $"stop {Price(stop)} limit {Price(limit)}",
            (OrderType.TrailingStop, _) => $"trailing {Number(trail)} %",
            _ => "market",
        };

    /// <summary>When a schedule is due, in a few words.</summary>
    public static string When(DateTimeOffset? at, string? cron, string? market, TimeZoneInfo zone)
    {
        var words = new StringBuilder();
        words.Append(
            at is not null ? "once, " + Time(at, zone)
            : cron is not null ? "cron " + cron
            : market is not null ? "every session, " + market
            : None
        );
        return words.ToString();
    }

    public static TimeZoneInfo NewYork => TradingCalendar.Nyse.NewYork;

    /// <summary>The zone with a name; New York without one.</summary>
    /// <exception cref="Client.CommandException">There is no such zone.</exception>
    public static TimeZoneInfo Zone(string? name) =>
        name is null
            ? NewYork
            : LocalTimes.FindZone(name)
                ?? throw new Client.CommandException(
                    Client.ExitCode.Usage,
                    $"There is no time zone '{name}'. Write an IANA name, for example Europe/Berlin."
                );
}
