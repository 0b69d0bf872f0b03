using System.Globalization;
using AutoTrader.Core.Application;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Schedules;

namespace AutoTrader.Functions.Views;

/// <summary>Schedules and their runs as the API returns them.</summary>
internal static class ScheduleViews
{
    private const string PeoplesTime = "ddd yyyy-MM-dd HH:mm:ss zzz";

    extension(ScheduleResource)
    {
        public static ScheduleResource Of(Row<Schedule> row)
        {
            var it = row.Value;
            return new(
                it.Id,
                it.Name,
                it.Task.Action,
                Of(it.Task),
                it.Spec.At,
                it.Spec.Cron,
                it.Spec.Market?.ToString(),
                it.Spec.Zone,
                it.Spec.TradingDaysOnly,
                it.Spec.StartAt,
                it.Spec.EndAt,
                it.Spec.MaxRuns,
                it.Spec.JitterSeconds,
                MisfireRules.PolicyOf(it),
                it.MisfireWindow is { } window ? MisfireWindow.Format(window) : null,
                it.Enabled,
                it.LastRun,
                it.NextRun,
                it.RunCount,
                it.Revision,
                it.Note,
                it.CreatedAt,
                it.UpdatedAt,
                VersionTag.Of(row.Version)
            );
        }
    }

    extension(OccurrenceView)
    {
        public static OccurrenceView Of(UpcomingOccurrence it) =>
            new(it.At, it.Local.ToString(PeoplesTime, CultureInfo.InvariantCulture), it.Remark);
    }

    extension(PreviewView)
    {
        public static PreviewView Of(SchedulePreview it, string? effect) =>
            new(
                [.. it.Occurrences.Select(OccurrenceView.Of)],
                [.. it.LeftOut.Select(day => new DayLeftOutView(day.Day, day.Reason))],
                it.Ends,
                it.Reason,
                effect
            );
    }

    private static TaskDataView Of(ScheduleTask it) =>
        new()
        {
            StrategyId = it.Target,
            Symbol = it.Order?.Symbol ?? it.Symbol,
            Side = it.Order?.Side,
            Qty = it.Order?.Quantity,
            OrderType = it.Order?.Type,
            TimeInForce = it.Order?.TimeInForce,
            LimitPrice = it.Order?.LimitPrice,
            StopPrice = it.Order?.StopPrice,
            TrailPercent = it.Order?.TrailPercent,
            Message = it.Message,
            Reason = it.Reason,
        };
}
