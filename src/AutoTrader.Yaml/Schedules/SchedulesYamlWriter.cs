using AutoTrader.Core.Orders;
using AutoTrader.Core.Schedules;
using AutoTrader.Yaml.Syntax;

namespace AutoTrader.Yaml.Schedules;

/// <summary>Writes schedules without unset fields and defaults.</summary>
internal sealed class SchedulesYamlWriter(RecordWriter to)
{
    /// <summary>The fields of one schedule.</summary>
    public void Record(Schedule schedule)
    {
        to.Field("id", schedule.Id);
        Text("name", schedule.Name);
        to.Field("task_type", WireNames.Of(schedule.Task.Action));
        When(schedule.Spec);
        Text("misfire", schedule.Misfire is { } misfire ? WireNames.Of(misfire) : null);
        Text("misfire_window", schedule.MisfireWindow is { } window ? MisfireWindow.Format(window) : null);
        to.Field("enabled", schedule.Enabled);
        Instant("last_run", schedule.LastRun);
        Instant("next_run", schedule.NextRun);
        to.Field("run_count", schedule.RunCount);
        Text("note", schedule.Note);
        if (schedule.Task != new ScheduleTask(schedule.Task.Action))
        {
            to.Map("task_data", () => Task(schedule.Task));
        }
    }

    private void When(ScheduleSpec when)
    {
        Text("schedule_cron", when.Cron);
        Instant("schedule_at", when.At);
        Text("market", when.Market?.ToString());
        to.Field("zone", when.Zone);
        if (when.TradingDaysOnly)
        {
            to.Field("trading_days_only", true);
        }

        Instant("start_at", when.StartAt);
        Instant("end_at", when.EndAt);
        if (when.MaxRuns is not null)
        {
            to.Field("max_runs", when.MaxRuns);
        }

        if (when.JitterSeconds != 0)
        {
            to.Field("jitter_seconds", when.JitterSeconds);
        }
    }

    private void Task(ScheduleTask task)
    {
        Text("strategy_id", task.Target);
        Text("symbol", task.Symbol);
        if (task.Order is { } order)
        {
            Order(order);
        }

        Text("message", task.Message);
        Text("reason", task.Reason);
    }

    private void Order(OrderTerms order)
    {
        to.Field("symbol", order.Symbol);
        to.Field("side", WireNames.Of(order.Side));
        to.Field("qty", order.Quantity);
        to.Field("order_type", WireNames.Of(order.Type));
        to.Field("time_in_force", WireNames.Of(order.TimeInForce));
        Number("limit_price", order.LimitPrice);
        Number("stop_price", order.StopPrice);
        Number("trail_percent", order.TrailPercent);
    }

    private void Text(string name, string? text)
    {
        if (text is not null)
        {
            to.Field(name, text);
        }
    }

    private void Number(string name, decimal? number)
    {
        if (number is not null)
        {
            to.Field(name, number);
        }
    }

    private void Instant(string name, DateTimeOffset? at)
    {
        if (at is not null)
        {
            to.Field(name, at);
        }
    }
}
