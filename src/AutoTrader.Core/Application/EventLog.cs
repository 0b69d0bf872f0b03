using System.Globalization;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Schedules;

namespace AutoTrader.Core.Application;

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
public sealed record LoggedEvent(
    DateTimeOffset At,
    string Id,
    EventKind Kind,
    string? Subject,
    string Message,
    string? By = null,
    TimeSpan? Lateness = null
)
{
    /// <summary>The place in the log: events read on behind it.</summary>
    public string Position => string.Create(CultureInfo.InvariantCulture, $"{At.UtcTicks:D19}|{Id}");
}

/// <summary>Everything that is stored of what happened, in one order: what cycles did, runs of schedules, changes and who made
/// them.</summary>
public sealed class EventLog(IEngineStore engine, IScheduleStore schedules, ChangeLog changes, IBroker broker)
{
    private const int PageSize = 500;
    private const int RunsAtOnce = 50;

    /// <summary>The events since an instant, oldest first.</summary>
    /// <param name="since">From when on (UTC).</param>
    /// <param name="strategyId">Only what is about this strategy or one of its schedules; null for all.</param>
    /// <param name="after">The place of the last event that is known; null to begin with the first.</param>
    /// <param name="count">How many at most.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <returns>The events, and the place to go on behind; null when these are the last.</returns>
    public async Task<Page<LoggedEvent>> ReadAsync(
        DateTimeOffset since,
        string? strategyId,
        string? after,
        int count,
        CancellationToken cancellationToken
    )
    {
        var all = new List<LoggedEvent>();
        all.AddRange(await CyclesAsync(since, strategyId, cancellationToken));
        var (made, deleted) = await ChangesAsync(since, strategyId, cancellationToken);
        all.AddRange(made);
        all.AddRange(await RunsAsync(since, strategyId, deleted, cancellationToken));
        var rest = all.Where(it => after is null || string.CompareOrdinal(it.Position, after) > 0)
            .OrderBy(it => it.Position, StringComparer.Ordinal)
            .ToList();
        return rest.Count <= count ? new(rest, null) : new(rest[..count], rest[count - 1].Position);
    }

    private async Task<IEnumerable<LoggedEvent>> CyclesAsync(DateTimeOffset since, string? strategyId, CancellationToken cancellationToken)
    {
        IReadOnlyList<CycleRecord> cycles;
        var wanted = PageSize;
        do
        {
            cycles = (await engine.ListCyclesAsync(broker.AccountKey, wanted, cancellationToken)).Cycles;
            wanted *= 2;
        } while (cycles.Count == wanted / 2 && cycles[^1].StartedAt >= since);

        // The cycles of one instant are told apart by their order.
        return from instant in cycles.Where(cycle => cycle.StartedAt >= since).Reverse().GroupBy(cycle => cycle.StartedAt)
               from line in instant.SelectMany(
                   (cycle, number) =>
                       cycle.Events.Select(
                           (text, index) => (Text: text, Id: string.Create(CultureInfo.InvariantCulture, $"engine-{number:D4}-{index:D3}"))
                       )
               )
               where strategyId is null || Names(line.Text, strategyId)
               select new LoggedEvent(instant.Key, line.Id, EventKind.Engine, strategyId, line.Text);
    }

    private async Task<(List<LoggedEvent> Made, List<string> DeletedSchedules)> ChangesAsync(
        DateTimeOffset since,
        string? strategyId,
        CancellationToken cancellationToken
    )
    {
        var (made, deleted) = (new List<LoggedEvent>(), new List<string>());
        string? continuation = null;
        do
        {
            var page = await changes.ListAsync(PageSize, continuation, cancellationToken);
            foreach (var entry in page.Items.Where(entry => entry.At >= since))
            {
                if (entry is { Action: "delete_schedule", Target: { } schedule })
                {
                    deleted.Add(schedule);
                }

                if (
                    strategyId is null
                    || entry.Target == strategyId
                    || entry.Target == StrategyScheduleService.IdOf(strategyId)
                    || entry.Details?.Contains($"\"{strategyId}\"", StringComparison.Ordinal) == true
                )
                {
                    var details = entry.Details is null ? "" : " " + entry.Details;
                    var refused = entry.Error is null ? "" : $": refused, {entry.Error}";
                    made.Add(
                        new(
                            entry.At,
                            "change-" + entry.Id,
                            EventKind.Change,
                            entry.Target,
                            $"{entry.Action} {entry.Target}{refused}{details}",
                            entry.Caller
                        )
                    );
                }
            }

            continuation = page.Items.Any(entry => entry.At < since) ? null : page.Continuation;
        } while (continuation is not null);

        return (made, deleted);
    }

    private async Task<List<LoggedEvent>> RunsAsync(
        DateTimeOffset since,
        string? strategyId,
        IEnumerable<string> deleted,
        CancellationToken cancellationToken
    )
    {
        var present = await Paging.AllAsync(token => schedules.ListAsync(PageSize, token, cancellationToken));
        var ids = present.Select(row => row.Value.Id).Concat(deleted).Distinct(StringComparer.Ordinal);
        var found = new List<LoggedEvent>();
        foreach (var id in ids)
        {
            string? continuation = null;
            do
            {
                // Newest occurrence first: a page that began before has nothing newer behind it.
                var page = await schedules.ListRunsAsync(id, RunsAtOnce, continuation, cancellationToken);
                var recent = page.Items.Select(row => row.Value).Where(run => run.StartedAt >= since).ToList();
                found.AddRange(recent.Where(run => strategyId is null || run.Task.Target == strategyId).Select(Of));
                continuation = recent.Count == 0 ? null : page.Continuation;
            } while (continuation is not null);
        }

        return found;
    }

    private static LoggedEvent Of(ScheduleRun run) =>
        new(
            run.StartedAt,
            string.Create(CultureInfo.InvariantCulture, $"run-{run.Occurrence}"),
            EventKind.Run,
            run.ScheduleId,
            $"schedule {run.ScheduleId}: {WireNames.Of(run.Task.Action)} {WireNames.Of(run.Status)}"
                + (run.Cause == ScheduleRun.Scheduled ? "" : " (triggered)")
                + (run.Outcome is null ? "" : ". " + run.Outcome),
            Lateness: run.Lateness
        );

    // Lines begin with the strategy, with a command and then the strategy, or with "attention", a code and then the strategy.
    private static bool Names(string line, string strategyId) => line.Split(' ', 4).Take(3).Any(word => word.TrimEnd(':') == strategyId);
}
