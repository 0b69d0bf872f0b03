using AutoTrader.Contracts;
using AutoTrader.Core.Market;
using AutoTrader.Core.Schedules;

namespace AutoTrader.Cli.Client;

/// <summary>Something that a schedule will do.</summary>
internal sealed record AgendaItem(DateTimeOffset At, ScheduleResource Schedule);

/// <summary>The coming occurrences of all schedules until a day, in order.</summary>
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

    /// <summary>The coming occurrences, by the server's clock.</summary>
    public static async Task<Agenda> AskAsync(Caller caller, int days)
    {
        var engine = await caller.EngineAsync();
        var schedules = await caller.AllAsync(
            (limit, cursor) =>
                caller.Api.ListSchedulesAsync(enabled: "true", limit: limit, cursor: cursor, cancellationToken: caller.Cancellation)
        );
        return Of(schedules, engine.Now, days);
    }

    /// <summary>The same for programs, with the sessions of those days.</summary>
    public AgendaView View =>
        new(
            From,
            Until,
            [
                .. Items.Select(item => new AgendaEntry(
                    item.At,
                    item.Schedule.Id,
                    item.Schedule.Name,
                    item.Schedule.TaskType,
                    item.Schedule.TaskData.StrategyId
                )),
            ],
            [
                .. TradingCalendar
                    .Nyse.Sessions(TradingCalendar.Nyse.TradingDay(From), TradingCalendar.Nyse.TradingDay(Until))
                    .Select(session => new SessionView(session.Day, session.Open, session.Close, session.EarlyClose)),
            ],
            CutShort
        );

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

/// <summary>An agenda for programs.</summary>
/// <param name="From">From when on (UTC).</param>
/// <param name="Until">Until when (UTC).</param>
/// <param name="Items">In order.</param>
/// <param name="Sessions">The exchange's sessions of those days.</param>
/// <param name="CutShort">Schedules that are due more often than is listed.</param>
internal sealed record AgendaView(
    DateTimeOffset From,
    DateTimeOffset Until,
    IReadOnlyList<AgendaEntry> Items,
    IReadOnlyList<SessionView> Sessions,
    IReadOnlyList<string> CutShort
);

/// <summary>Something that a schedule will do.</summary>
/// <param name="At">When (UTC).</param>
/// <param name="ScheduleId">Which.</param>
/// <param name="Name">Its name for people.</param>
/// <param name="TaskType">The action.</param>
/// <param name="StrategyId">The strategy.</param>
internal sealed record AgendaEntry(DateTimeOffset At, string ScheduleId, string? Name, ScheduleAction TaskType, string? StrategyId);
