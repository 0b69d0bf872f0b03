using AutoTrader.Core.Market;
using AutoTrader.Core.Ports.Scheduling;
using AutoTrader.Core.Schedules;

namespace AutoTrader.Storage.Records;

/// <summary>The columns of schedules.</summary>
internal static class ScheduleRecord
{
    public static RecordMapper<Schedule> Mapper { get; } =
        new(Write, Read, (schedule, row) => ScheduleRows.IsAt(row, schedule.Id, ScheduleKey.Schedule(schedule.Id)));

    private static void Write(Schedule schedule, ColumnWriter to)
    {
        to.Text("id", schedule.Id);
        to.Text("name", schedule.Name);
        ScheduleTaskRecord.Write(schedule.Task, to);
        ScheduleSpecRecord.Write(schedule.Spec, to);
        to.Word("misfire", schedule.Misfire);
        to.Duration("misfire_window", schedule.MisfireWindow);
        to.Flag("enabled", schedule.Enabled);
        to.Instant("last_run", schedule.LastRun);
        to.Instant("next_run", schedule.NextRun);
        to.Integer("run_count", schedule.RunCount);
        to.Long("revision", schedule.Revision);
        to.Flag("prior_enabled", schedule.PriorEnabled);
        to.Instant("created_at", schedule.CreatedAt);
        to.Instant("updated_at", schedule.UpdatedAt);
        to.Text("note", schedule.Note);
    }

    private static Schedule Read(ColumnReader from) =>
        new()
        {
            Id = from.Text("id"),
            Name = from.OptionalText("name"),
            Task = ScheduleTaskRecord.Read(from),
            Spec = ScheduleSpecRecord.Read(from),
            Misfire = from.OptionalWord<Misfire>("misfire"),
            MisfireWindow = from.OptionalDuration("misfire_window"),
            Enabled = from.Flag("enabled", otherwise: true),
            LastRun = from.OptionalInstant("last_run"),
            NextRun = from.OptionalInstant("next_run"),
            RunCount = from.Integer("run_count", 0),
            Revision = from.Long("revision", 0),
            PriorEnabled = from.OptionalFlag("prior_enabled"),
            CreatedAt = from.Instant("created_at"),
            UpdatedAt = from.Instant("updated_at"),
            Note = from.OptionalText("note"),
        };
}

/// <summary>The columns of runs.</summary>
internal static class ScheduleRunRecord
{
    /// <summary>The column of how far along a run is.</summary>
    public const string Status = "status";

    public static RecordMapper<ScheduleRun> Mapper { get; } =
        new(Write, Read, (run, row) => ScheduleRows.IsAt(row, run.ScheduleId, ScheduleKey.Run(run.ScheduleId, run.Planned, run.Cause)));

    /// <summary>That of the copies by the instant of the end.</summary>
    public static RecordMapper<ScheduleRun> EndedMapper { get; } =
        new(Write, Read, (run, row) => ScheduleRows.IsAt(row, run.ScheduleId, ScheduleRows.Ended(run)));

    private static void Write(ScheduleRun run, ColumnWriter to)
    {
        to.Text("schedule_id", run.ScheduleId);
        to.Instant("planned", run.Planned);
        to.Text("cause", run.Cause);
        ScheduleTaskRecord.Write(run.Task, to);
        to.Word(Status, run.Status);
        to.Instant("latest", run.Latest);
        to.Instant("started_at", run.StartedAt);
        to.Instant("ended_at", run.EndedAt);
        to.Text("code", run.Code);
        to.Text("outcome", run.Outcome);
    }

    private static ScheduleRun Read(ColumnReader from) =>
        new()
        {
            ScheduleId = from.Text("schedule_id"),
            Planned = from.OptionalInstant("planned") ?? throw ColumnReader.Missing("planned"),
            Cause = from.Text("cause"),
            Task = ScheduleTaskRecord.Read(from),
            Status = from.Word<RunStatus>(Status),
            Latest = from.OptionalInstant("latest"),
            StartedAt = from.Instant("started_at"),
            EndedAt = from.OptionalInstant("ended_at"),
            Code = from.OptionalText("code"),
            Outcome = from.OptionalText("outcome"),
        };
}

/// <summary>The columns of the task, in a schedule and in each of its runs.</summary>
internal static class ScheduleTaskRecord
{
    public static void Write(ScheduleTask task, ColumnWriter to)
    {
        to.Word("task_type", task.Action);
        to.Text("target", task.Target);
        to.Text("symbol", task.Symbol);
        to.Json("order", task.Order, Nested.Json.OrderTerms);
        to.Text("message", task.Message);
        to.Text("reason", task.Reason);
    }

    public static ScheduleTask Read(ColumnReader from) =>
        new(from.Word<ScheduleAction>("task_type"))
        {
            Target = from.OptionalText("target"),
            Symbol = from.OptionalText("symbol"),
            Order = from.Json("order", Nested.Json.OrderTerms),
            Message = from.OptionalText("message"),
            Reason = from.OptionalText("reason"),
        };
}

/// <summary>The columns of when a schedule is due.</summary>
internal static class ScheduleSpecRecord
{
    public static void Write(ScheduleSpec when, ColumnWriter to)
    {
        to.Instant("schedule_at", when.At);
        to.Text("schedule_cron", when.Cron);
        to.Text("market", when.Market?.ToString());
        to.Text("zone", when.Zone);
        to.Flag("trading_days_only", when.TradingDaysOnly);
        to.Instant("start_at", when.StartAt);
        to.Instant("end_at", when.EndAt);
        to.Integer("max_runs", when.MaxRuns);
        to.Integer("jitter_seconds", when.JitterSeconds);
    }

    public static ScheduleSpec Read(ColumnReader from) =>
        new()
        {
            At = from.OptionalInstant("schedule_at"),
            Cron = from.OptionalText("schedule_cron"),
            Market = from.OptionalText("market") switch
            {
                null => null,
                var text when MarketTime.TryParse(text, out var time) => time,
                var other => throw ColumnReader.Wrong("market", "a time of the session, for example open+5m", other),
            },
            Zone = from.OptionalText("zone") ?? ScheduleSpec.NewYork,
            TradingDaysOnly = from.Flag("trading_days_only"),
            StartAt = from.OptionalInstant("start_at"),
            EndAt = from.OptionalInstant("end_at"),
            MaxRuns = from.OptionalInteger("max_runs"),
            JitterSeconds = from.Integer("jitter_seconds", 0),
        };
}
