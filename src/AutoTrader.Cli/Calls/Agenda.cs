using System.Text.Json.Nodes;
using AutoTrader.Contracts;
using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Schedules;

namespace AutoTrader.Cli.Calls;

/// <summary>Something that a schedule will do.</summary>
internal sealed record AgendaItem(DateTimeOffset At, ScheduleResource Schedule);

/// <summary>What is coming over all schedules until a day, in order.</summary>
internal sealed record Agenda(DateTimeOffset From, DateTimeOffset Until, IReadOnlyList<AgendaItem> Items, IReadOnlyList<string> CutShort)
{
    private const int MostOfOne = 200;

    /// <summary>Looks ahead by the rules of the exchange's calendar, like a preview.</summary>
    public static Agenda Of(IEnumerable<ScheduleResource> schedules, DateTimeOffset now, int days)
    {
        var until = now.AddDays(days);
        var (items, cutShort) = (new List<AgendaItem>(), new List<string>());
        foreach (var it in schedules)
        {
            var rule = Rule(it);
            var (count, next) = (0, it.NextRun > now ? it.NextRun : Occurrences.Next(rule, now));
            for (; next is { } at && at <= until && count < MostOfOne; next = Occurrences.Next(rule, at))
            {
                items.Add(new(at, it));
                rule = rule with { RunCount = rule.RunCount + 1 };
                count++;
            }

            if (next <= until && count == MostOfOne)
            {
                cutShort.Add(it.Id);
            }
        }

        return new(now, until, [.. items.OrderBy(item => item.At).ThenBy(item => item.Schedule.Id, StringComparer.Ordinal)], cutShort);
    }

    public JsonNode AsJson() =>
        new JsonObject
        {
            ["from"] = Instant(From),
            ["until"] = Instant(Until),
            ["items"] = new JsonArray([
                .. Items.Select(item => new JsonObject
                {
                    ["at"] = Instant(item.At),
                    ["schedule_id"] = item.Schedule.Id,
                    ["name"] = item.Schedule.Name,
                    ["task_type"] = WireNames.Of(item.Schedule.TaskType),
                    ["strategy_id"] = item.Schedule.TaskData.StrategyId,
                }),
            ]),
            ["sessions"] = new JsonArray([
                .. TradingCalendar
                    .Nyse.Sessions(TradingCalendar.Nyse.TradingDay(From), TradingCalendar.Nyse.TradingDay(Until))
                    .Select(session => new JsonObject
                    {
                        ["day"] = session.Day.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture),
                        ["open"] = Instant(session.Open),
                        ["close"] = Instant(session.Close),
                        ["early_close"] = session.EarlyClose,
                    }),
            ]),
            ["cut_short"] = new JsonArray([.. CutShort.Select(id => JsonValue.Create(id))]),
        };

    private static string Instant(DateTimeOffset at) =>
        at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", System.Globalization.CultureInfo.InvariantCulture);

    private static Schedule Rule(ScheduleResource it) =>
        new()
        {
            Id = it.Id,
            Task = new(it.TaskType),
            RunCount = it.RunCount,
            Spec = new()
            {
                At = it.ScheduleAt,
                Cron = it.ScheduleCron,
                Market = it.Market is { } market && MarketTime.TryParse(market, out var time) ? time : null,
                Zone = it.Zone,
                TradingDaysOnly = it.TradingDaysOnly,
                StartAt = it.StartAt,
                EndAt = it.EndAt,
                MaxRuns = it.MaxRuns,
                JitterSeconds = it.JitterSeconds,
            },
        };
}
