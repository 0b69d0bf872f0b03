using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Schedules;

namespace AutoTrader.Functions.Api;

/// <summary>What a schedule's task needs.</summary>
internal sealed record TaskDataView(
    string? StrategyId,
    string? Symbol,
    OrderSide? Side,
    decimal? Qty,
    OrderType? OrderType,
    TimeInForce? TimeInForce,
    decimal? LimitPrice,
    decimal? StopPrice,
    decimal? TrailPercent,
    string? Message,
    string? Reason
)
{
    public static TaskDataView Of(ScheduleTask it) =>
        new(
            it.Target,
            it.Order?.Symbol ?? it.Symbol,
            it.Order?.Side,
            it.Order?.Quantity,
            it.Order?.Type,
            it.Order?.TimeInForce,
            it.Order?.LimitPrice,
            it.Order?.StopPrice,
            it.Order?.TrailPercent,
            it.Message,
            it.Reason
        );
}

/// <summary>A schedule.</summary>
internal sealed record ScheduleResource
{
    public required string Id { get; init; }

    public required string? Name { get; init; }

    public required ScheduleAction TaskType { get; init; }

    public required TaskDataView TaskData { get; init; }

    public required DateTimeOffset? ScheduleAt { get; init; }

    public required string? ScheduleCron { get; init; }

    public required string? Market { get; init; }

    public required string Zone { get; init; }

    public required bool TradingDaysOnly { get; init; }

    public required DateTimeOffset? StartAt { get; init; }

    public required DateTimeOffset? EndAt { get; init; }

    public required int? MaxRuns { get; init; }

    public required int JitterSeconds { get; init; }

    public required Misfire Misfire { get; init; }

    public required string? MisfireWindow { get; init; }

    public required bool Enabled { get; init; }

    public required DateTimeOffset? LastRun { get; init; }

    public required DateTimeOffset? NextRun { get; init; }

    public required int RunCount { get; init; }

    public required long Revision { get; init; }

    public required string? Note { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset UpdatedAt { get; init; }

    public required string Etag { get; init; }

    public static ScheduleResource Of(Row<Schedule> row)
    {
        var it = row.Value;
        return new()
        {
            Id = it.Id,
            Name = it.Name,
            TaskType = it.Task.Action,
            TaskData = TaskDataView.Of(it.Task),
            ScheduleAt = it.Spec.At,
            ScheduleCron = it.Spec.Cron,
            Market = it.Spec.Market?.ToString(),
            Zone = it.Spec.Zone,
            TradingDaysOnly = it.Spec.TradingDaysOnly,
            StartAt = it.Spec.StartAt,
            EndAt = it.Spec.EndAt,
            MaxRuns = it.Spec.MaxRuns,
            JitterSeconds = it.Spec.JitterSeconds,
            Misfire = MisfireRules.PolicyOf(it),
            MisfireWindow = it.MisfireWindow is { } window ? Core.Schedules.MisfireWindow.Format(window) : null,
            Enabled = it.Enabled,
            LastRun = it.LastRun,
            NextRun = it.NextRun,
            RunCount = it.RunCount,
            Revision = it.Revision,
            Note = it.Note,
            CreatedAt = it.CreatedAt,
            UpdatedAt = it.UpdatedAt,
            Etag = Core.Application.VersionTag.Of(row.Version),
        };
    }
}

/// <summary>What became of one occurrence.</summary>
internal sealed record RunView(
    string ScheduleId,
    DateTimeOffset Planned,
    string Cause,
    RunStatus Status,
    DateTimeOffset StartedAt,
    DateTimeOffset? EndedAt,
    decimal LatenessSeconds,
    string? Code,
    string? Outcome,
    string Occurrence
)
{
    public static RunView Of(ScheduleRun it) =>
        new(
            it.ScheduleId,
            it.Planned,
            it.Cause,
            it.Status,
            it.StartedAt,
            it.EndedAt,
            Math.Round((decimal)it.Lateness.Ticks / TimeSpan.TicksPerSecond, 3),
            it.Code,
            it.Outcome,
            it.Occurrence
        );
}

/// <summary>An occurrence to come.</summary>
internal sealed record OccurrenceView(DateTimeOffset At, string Local, string? Remark)
{
    public static OccurrenceView Of(UpcomingOccurrence it) =>
        new(it.At, it.Local.ToString("ddd yyyy-MM-dd HH:mm:ss zzz", System.Globalization.CultureInfo.InvariantCulture), it.Remark);
}

/// <summary>What a schedule would do: when, why never where there is nothing, and to what.</summary>
internal sealed record PreviewView(
    IReadOnlyList<OccurrenceView> Occurrences,
    IReadOnlyList<DayLeftOut> LeftOut,
    bool Ends,
    string? Reason,
    string? Effect
)
{
    public static PreviewView Of(SchedulePreview it, string? effect) =>
        new([.. it.Occurrences.Select(OccurrenceView.Of)], it.LeftOut, it.Ends, it.Reason, effect);
}
