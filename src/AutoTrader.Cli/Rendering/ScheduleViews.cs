using AutoTrader.Contracts;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace AutoTrader.Cli.Rendering;

/// <summary>Schedules for people.</summary>
internal static class ScheduleViews
{
    public static IRenderable List(IReadOnlyList<ScheduleResource> schedules, TimeZoneInfo zone, int width) =>
        new Listing<ScheduleResource>(width)
            .Column("id", it => it.Id)
            .Column("task", it => Cells.Word(it.TaskType))
            .Column("on", it => it.TaskData.StrategyId ?? it.TaskData.Symbol ?? Cells.None, 2)
            .Column("when", it => Cells.When(it.ScheduleAt, it.ScheduleCron, it.Market, zone), 1)
            .Column("state", it => it.Enabled ? "on" : "paused")
            .Column($"next ({zone.Id})", it => Cells.Time(it.NextRun, zone))
            .Column("last", it => Cells.Time(it.LastRun, zone), 4)
            .Number("runs", it => Cells.Number(it.RunCount), 5)
            .Column("name", it => it.Name ?? Cells.None, 6)
            .Of(schedules, "There are no schedules.");

    public static IRenderable One(ScheduleResource it, TimeZoneInfo zone) =>
        Facts.Of(
            ("id", it.Id),
            ("name", it.Name),
            ("task", Cells.Word(it.TaskType)),
            ("strategy", it.TaskData.StrategyId),
            (
                "order",
                it.TaskData.Side is { } side
                    ? $"{Cells.Word(side)} {Cells.Number(it.TaskData.Qty)} {it.TaskData.Symbol}"
                        + (it.TaskData.LimitPrice is { } limit ? " limit " + Cells.Price(limit) : "")
                    : it.TaskData.Symbol
            ),
            ("message", it.TaskData.Message),
            ("when", Cells.When(it.ScheduleAt, it.ScheduleCron, it.Market, zone)),
            ("in the zone", it.ScheduleCron is null ? null : it.Zone),
            ("trading days only", it.TradingDaysOnly ? "yes" : null),
            ("from", it.StartAt is null ? null : Cells.Time(it.StartAt, zone)),
            ("until", it.EndAt is null ? null : Cells.Time(it.EndAt, zone)),
            ("at most", it.MaxRuns is { } most ? FormattableString.Invariant($"{most} runs") : null),
            ("jitter", it.JitterSeconds > 0 ? FormattableString.Invariant($"{it.JitterSeconds} s") : null),
            ("missed ones", $"{Cells.Word(it.Misfire)}{(it.MisfireWindow is { } window ? $", within {window}" : "")}"),
            ("state", it.Enabled ? "on" : "paused"),
            ("next", it.NextRun is null ? "never" : $"{Cells.Time(it.NextRun, zone)} {zone.Id}"),
            ("last", it.LastRun is null ? null : Cells.Time(it.LastRun, zone)),
            ("runs", Cells.Number(it.RunCount)),
            ("note", it.Note)
        );

    public static IRenderable Runs(IReadOnlyList<RunView> runs, TimeZoneInfo zone, int width, string empty = "It has not run yet.") =>
        new Listing<RunView>(width)
            .Column($"planned ({zone.Id})", it => Cells.Time(it.Planned, zone))
            .Column("schedule", it => it.ScheduleId, 3)
            .Column("status", it => Cells.Word(it.Status))
            .Number("late", it => Cells.Length(TimeSpan.FromSeconds((double)it.LatenessSeconds)), 1)
            .Column("cause", it => it.Cause.StartsWith("trigger", StringComparison.Ordinal) ? "trigger" : it.Cause, 4)
            .Reason("outcome", it => it.Outcome)
            .Of(runs, empty);

    public static IRenderable Preview(PreviewView it, int width)
    {
        var parts = new List<IRenderable>
        {
            new Listing<OccurrenceView>(width)
                .Column("local", occurrence => occurrence.Local)
                .Column("New York", occurrence => Cells.Time(occurrence.At), 1)
                .Column("remark", occurrence => occurrence.Remark ?? "")
                .Of(it.Occurrences, it.Reason ?? "It never occurs."),
        };
        if (it.LeftOut.Count > 0)
        {
            parts.Add(new Text("Left out: " + string.Join(", ", it.LeftOut.Select(day => $"{Cells.Day(day.Day)} ({day.Reason})")) + "."));
        }

        if (it.Ends && it.Occurrences.Count > 0)
        {
            parts.Add(new Text("There are none after these."));
        }

        if (it.Effect is { } effect)
        {
            parts.Add(new Text(Cells.Clean(effect)));
        }

        return new Rows(parts);
    }

    public static IRenderable Import(ScheduleImportView it, int width) =>
        new Rows(
            StrategyViews.Sums(it.DryRun, it.Created, it.Updated, it.Unchanged, it.Refused),
            new Listing<ScheduleImportStepView>(width)
                .Column("id", step => step.Id)
                .Column("action", step => Cells.Word(step.Action))
                .Reason("message", step => step.Message)
                .Of(it.Schedules, "The file holds no schedules."),
            StrategyViews.Problems(it.Problems, width)
        );
}
