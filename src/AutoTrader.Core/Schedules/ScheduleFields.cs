namespace AutoTrader.Core.Schedules;

/// <summary>Fields of a schedule that go together, by the names that files and requests have for them.</summary>
public static class ScheduleFields
{
    /// <summary>When it is due: exactly one of them.</summary>
    public static IReadOnlyList<string> Rules { get; } = ["schedule_at", "schedule_cron", "market"];

    /// <summary>Fields of the task that only an order has.</summary>
    public static IReadOnlyList<string> Order { get; } =
    ["side", "qty", "order_type", "time_in_force", "limit_price", "stop_price", "trail_percent"];
}
