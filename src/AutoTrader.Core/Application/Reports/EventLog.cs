using System.Globalization;
using AutoTrader.Core.Application.Scheduling;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Brokerage;
using AutoTrader.Core.Schedules;

namespace AutoTrader.Core.Application.Reports;

/// <summary>Where an event comes from.</summary>
public enum EventKind
{
    /// <summary>A cycle decided, sent or saw it.</summary>
    Engine,

    /// <summary>A run of a schedule.</summary>
    Run,

    /// <summary>Somebody changed something, or tried to.</summary>
    Change,
}

/// <summary>Something that happened.</summary>
/// <param name="At">When (UTC, business time).</param>
/// <param name="Id">Unique; sorts events of one instant.</param>
/// <param name="Kind">Where it comes from.</param>
/// <param name="Subject">The strategy, schedule, order or symbol that it is about, where that is known.</param>
/// <param name="Message">In a line.</param>
/// <param name="By">Who made a change.</param>
/// <param name="Lateness">Of a run: how long after its planned instant it started.</param>
/// <param name="Action">Of a change: what was asked, such as <c>enable_strategy</c>.</param>
/// <param name="Error">The error code of a change that was refused.</param>
public sealed record LoggedEvent(
    DateTimeOffset At,
    string Id,
    EventKind Kind,
    string? Subject,
    string Message,
    string? By = null,
    TimeSpan? Lateness = null,
    string? Action = null,
    string? Error = null
);

/// <summary>A page of what happened.</summary>
/// <param name="Items">The events, oldest first.</param>
/// <param name="HasMore">Whether more events exist already; a page may still be short or empty.</param>
/// <param name="Cursor">Where to continue, now or at any later time.</param>
/// <param name="HeldBack">How many events of the last minutes are held back: a cursor names only so many.</param>
public sealed record EventPage(IReadOnlyList<LoggedEvent> Items, bool HasMore, string Cursor, int HeldBack);

/// <summary>
/// All stored events in one order: actions of cycles, ended schedule runs, changes and their authors. A reader that continues from a cursor
/// gets every event stored since, once, including those stored late for a time already delivered.
/// </summary>
public sealed class EventLog(IHistory history, IBroker broker, TimeProvider clock)
{
    // Rows are stored after the instant that they carry: a cycle has 50 s, and storage is tried again for nearly as long.
    private static readonly TimeSpan Settling = TimeSpan.FromMinutes(2);

    // Clocks of two processes differ a little.
    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(1);

    // A page is looked for in spans that grow: a question about nothing costs the same however long it is. What comes after a silence may
    // be one span of four days; the spans after it are no longer than a day.
    private const int Growth = 4;
    private static readonly TimeSpan Shortest = TimeSpan.FromHours(1);
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);
    private static readonly TimeSpan LongestSilence = TimeSpan.FromDays(4);

    // A page that has something is filled from so many spans at most.
    private const int Filling = 4;

    // An empty page ends only after this many rows, about a week of cycles, without an event to deliver.
    private const int MostRows = 10_000;

    /// <summary>The events since an instant, oldest first.</summary>
    /// <param name="since">From when on (UTC), where no cursor says it.</param>
    /// <param name="strategyId">Only events of this strategy or its schedules; null for all.</param>
    /// <param name="cursor">That of the page before, however long ago; null to begin.</param>
    /// <param name="count">The most items to return.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    public async Task<EventPage> ReadAsync(
        DateTimeOffset since,
        string? strategyId,
        string? cursor,
        int count,
        CancellationToken cancellationToken
    )
    {
        var now = clock.GetUtcNow();
        var start = cursor is null ? EventCursor.Before(since) : EventCursor.Parse(cursor);
        var (found, reached) = await FindAsync(start, now + Skew, strategyId, count, cancellationToken);
        return Cut(start, found, reached, now, count);
    }

    // Events that may not have been delivered, from the first spans with enough of them, and the end of the range searched.
    private async Task<(List<Entry> Found, DateTimeOffset Reached)> FindAsync(
        EventCursor start,
        DateTimeOffset end,
        string? strategyId,
        int count,
        CancellationToken cancellationToken
    )
    {
        var (found, from, pending) = (new List<Entry>(), start.Instant, 0);
        var (span, spans, rows) = (Shortest, 0, 0);
        while (from < end && pending < count && rows < MostRows && (pending == 0 || spans < Filling))
        {
            var before = end - from < span ? end : from + span;
            var cycles = CyclesAsync(from, before, strategyId, cancellationToken);
            var changes = ChangesAsync(from, before, strategyId, cancellationToken);
            var runs = RunsAsync(from, before, strategyId, cancellationToken);
            var stored = await Task.WhenAll(cycles, changes, runs);
            var behind = stored
                .SelectMany(it => it.Entries)
                .Where(it => string.CompareOrdinal(it.Position, start.Position) > 0)
                .OrderBy(it => it.Position, StringComparer.Ordinal)
                .ToList();
            pending += behind.Count(it => it.Number >= start.Delivered(it.Row));
            found.AddRange(behind);
            var inSpan = stored.Sum(it => it.Rows);
            var longest = inSpan == 0 ? LongestSilence : Longest;
            (from, spans, rows) = (before, spans + 1, rows + inSpan);
            span = span * Growth < longest ? span * Growth : longest;
        }

        return (found, from);
    }

    private static EventPage Cut(EventCursor start, List<Entry> found, DateTimeOffset reached, DateTimeOffset now, int count)
    {
        var settled = now - Settling;
        var items = new List<LoggedEvent>();
        var rows = new Dictionary<string, int>(StringComparer.Ordinal);
        var unsettled = found
            .Where(it => it.Event.At >= settled && it.Number < start.Delivered(it.Row))
            .Select(it => it.Row)
            .Distinct(StringComparer.Ordinal)
            .Count();
        var taken = 0;
        for (; taken < found.Count; taken++)
        {
            var it = found[taken];
            if (it.Number < start.Delivered(it.Row))
            {
                continue;
            }

            var isNamed = it.Event.At < settled || rows.ContainsKey(it.Row) || start.Delivered(it.Row) > 0;
            if (items.Count == count || (!isNamed && unsettled == EventCursor.MostRows))
            {
                break;
            }

            items.Add(it.Event);
            rows[it.Row] = it.Number + 1;
            unsettled += isNamed ? 0 : 1;
        }

        var left = found.Skip(taken).Where(it => it.Number >= start.Delivered(it.Row)).ToList();
        // Up to here nothing is left, and nothing can be added.
        var cursor =
            left is [{ Event: var first }, ..] && first.At < settled
                ? EventCursor.Behind(EventCursor.PositionOf(items[^1].At, items[^1].Id))
                : EventCursor.Before(settled < reached ? settled : reached);
        cursor = string.CompareOrdinal(cursor.Position, start.Position) > 0 ? cursor : EventCursor.Behind(start.Position);
        foreach (var it in found.Where(it => string.CompareOrdinal(it.Position, cursor.Position) > 0))
        {
            var number = Math.Max(rows.GetValueOrDefault(it.Row), start.Delivered(it.Row));
            if (number > 0)
            {
                cursor.Deliver(it.Row, number);
            }
        }

        var isFull = items.Count == count;
        return new(
            items,
            HasMore: (isFull && left.Count > 0) || reached < now + Skew,
            cursor.ToString(),
            HeldBack: isFull ? 0 : left.Count
        );
    }

    private async Task<Stored> CyclesAsync(
        DateTimeOffset from,
        DateTimeOffset before,
        string? strategyId,
        CancellationToken cancellationToken
    )
    {
        var found = await history.CyclesAsync(broker.AccountKey, from, before, cancellationToken);
        return new(
            found.Count,
            from it in found
            let row = "engine-" + it.Id
            from line in it.Cycle.Events.Select((text, number) => (Text: text, Number: number))
            where strategyId is null || Names(line.Text, strategyId)
            let id = string.Create(CultureInfo.InvariantCulture, $"{row}-{line.Number:D3}")
            select new Entry(row, line.Number, new(it.Cycle.StartedAt, id, EventKind.Engine, strategyId, line.Text))
        );
    }

    private async Task<Stored> ChangesAsync(
        DateTimeOffset from,
        DateTimeOffset before,
        string? strategyId,
        CancellationToken cancellationToken
    )
    {
        var found = await history.ChangesAsync(broker.AccountKey, from, before, cancellationToken);
        return new(
            found.Count,
            from it in found
            where
                strategyId is null
                || it.Target == strategyId
                || it.Target == StrategyScheduleService.IdOf(strategyId)
                || it.Details?.Contains($"\"{strategyId}\"", StringComparison.Ordinal) == true
            let details = it.Details is null ? "" : " " + it.Details
            let refused = it.Error is null ? "" : $": refused, {it.Error}"
            let text = $"{it.Action} {it.Target}{refused}{details}"
            select Entry.Of(new(it.At, "change-" + it.Id, EventKind.Change, it.Target, text, it.Caller, Action: it.Action, Error: it.Error))
        );
    }

    private async Task<Stored> RunsAsync(
        DateTimeOffset from,
        DateTimeOffset before,
        string? strategyId,
        CancellationToken cancellationToken
    )
    {
        var found = await history.RunsAsync(from, before, cancellationToken);
        return new(
            found.Count,
            from run in found
            where strategyId is null || run.Task.Target == strategyId
            select Entry.Of(
                new(
                    run.EndedAt ?? run.StartedAt,
                    string.Create(CultureInfo.InvariantCulture, $"run-{run.Occurrence}"),
                    EventKind.Run,
                    run.ScheduleId,
                    $"schedule {run.ScheduleId}: {WireNames.Of(run.Task.Action)} {WireNames.Of(run.Status)}"
                        + (run.Cause == ScheduleRun.Scheduled ? "" : " (triggered)")
                        + (run.Outcome is null ? "" : ". " + run.Outcome),
                    Lateness: run.Lateness
                )
            )
        );
    }

    // Lines begin with the strategy, with a command and then the strategy, or with "attention", a code and then the strategy.
    private static bool Names(string line, string strategyId) => line.Split(' ', 4).Take(3).Any(word => word.TrimEnd(':') == strategyId);

    /// <summary>The content of a span: its number of rows, and the requested events in them.</summary>
    private sealed record Stored(int Rows, IEnumerable<Entry> Entries);

    /// <summary>An event, and the stored row that it is part of: one of its lines, by number.</summary>
    private sealed record Entry(string Row, int Number, LoggedEvent Event)
    {
        public string Position { get; } = EventCursor.PositionOf(Event.At, Event.Id);

        public static Entry Of(LoggedEvent it) => new(it.Id, 0, it);
    }
}
