using AutoTrader.Cli.Client;
using AutoTrader.Core.Market;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace AutoTrader.Cli.Rendering;

/// <summary>The agenda as text: a heading for each day with its session, and the occurrences below it.</summary>
internal static class AgendaViews
{
    public static IRenderable Agenda(Agenda agenda, TimeZoneInfo zone)
    {
        var lines = new List<IRenderable>();
        var last = DayOf(agenda.Until, zone);
        for (var day = DayOf(agenda.From, zone); day <= last; day = day.AddDays(1))
        {
            lines.Add(new Text($"{Cells.Day(day)}  {Session(day, zone)}", new Style(decoration: Decoration.Bold)));
            lines.AddRange(
                agenda
                    .Items.Where(item => DayOf(item.At, zone) == day)
                    .Select(item => new Text($"  {TimeOf(item.At, zone)}  {Cells.Clean(Line(item))}"))
            );
        }

        if (agenda.CutShort.Count > 0)
        {
            lines.Add(new Text($"And so on: {string.Join(", ", agenda.CutShort)}."));
        }

        lines.Add(new Text($"Times are those of {zone.Id}."));
        return new Rows(lines);
    }

    public static string Line(AgendaItem item)
    {
        var (task, data) = (item.Schedule.TaskType, item.Schedule.TaskData);
        var order = data.Side is { } side ? $" {Cells.Word(side)} {Cells.Number(data.Qty)}" : "";
        var about = data.StrategyId ?? data.Symbol ?? data.Message;
        return $"{Cells.Word(task)}{order}{(about is null ? "" : " " + about)} ({item.Schedule.Name ?? item.Schedule.Id})";
    }

    // The session of the same date in New York, at the times of the zone.
    private static string Session(DateOnly day, TimeZoneInfo zone)
    {
        var calendar = TradingCalendar.Nyse;
        return day.Year is < TradingCalendar.FirstYear or > TradingCalendar.LastYear ? ""
            : calendar.SessionOn(day) is { } session
                ? $"session {TimeOf(session.Open, zone)} to {TimeOf(session.Close, zone)}{(session.EarlyClose ? " (closes early)" : "")}"
            : $"closed: {calendar.ClosureReason(day)}";
    }

    private static DateOnly DayOf(DateTimeOffset at, TimeZoneInfo zone) =>
        DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(at, zone).DateTime);

    private static string TimeOf(DateTimeOffset at, TimeZoneInfo zone)
    {
        var local = TimeZoneInfo.ConvertTime(at, zone);
        return local.ToString(local.Second == 0 ? "HH:mm" : "HH:mm:ss", System.Globalization.CultureInfo.InvariantCulture);
    }
}
