using AutoTrader.Core.Application;
using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Schedules;
using AutoTrader.Core.Strategies;
using AutoTrader.Functions.Http;

namespace AutoTrader.Functions.Api.Schedules;

/// <summary>The definition of a schedule in a request.</summary>
internal static class ScheduleBody
{
    private const int MaxTime = 64;
    private const int MaxZone = 64;

    private static readonly Field TaskType = Field.Choice<ScheduleAction>("task_type", "What it does.");

    private static readonly Field TaskData = Field.Part(
        "task_data",
        "What the task needs: strategy_id for strategy_..., an order for order_place, symbol or strategy_id to narrow orders_cancel, "
            + "message for notify (default: the daily summary).",
        Field.Text("strategy_id", "The strategy.", StrategyValidation.MaxId) with
        {
            Nullable = true,
        },
        Field.Text("symbol", "The symbol.", Symbol.MaxLength) with
        {
            Nullable = true,
        },
        Field.Choice<OrderSide>("side", "The side of an order.") with
        {
            Nullable = true,
        },
        Field.Whole("qty", "Shares of an order.", 1, OrderValidation.MaxQuantity) with
        {
            Nullable = true,
        },
        Field.Choice<OrderType>("order_type", "The order type. Default: limit with limit_price, else market.") with
        {
            Nullable = true,
        },
        Field.Choice<TimeInForce>("time_in_force", "How long the order is valid. Default: gtc for a trailing stop, else day.") with
        {
            Nullable = true,
        },
        Field.Number("limit_price", "The limit price in dollars.") with
        {
            Nullable = true,
        },
        Field.Number("stop_price", "The stop price in dollars.") with
        {
            Nullable = true,
        },
        Field.Number("trail_percent", "The distance of a trailing stop in percent.") with
        {
            Nullable = true,
        },
        Field.Text("message", "The message.", ScheduleValidation.MaxNote) with
        {
            Nullable = true,
            Multiline = true,
        },
        Field.Text("reason", "Why.", ScheduleValidation.MaxName) with
        {
            Nullable = true,
        }
    ) with
    {
        Nullable = true,
    };

    private static readonly Field[] Definition =
    [
        TaskData,
        Field.Text("name", "For people.", ScheduleValidation.MaxName) with
        {
            Nullable = true,
        },
        Field.Choice<Misfire>("misfire", "What to do with missed occurrences. The default depends on task_type.") with
        {
            Nullable = true,
        },
        Field.Text(
            "misfire_window",
            "How late an occurrence may be: 90s, 5m, 1h, 2d, or none for no limit. The default depends on task_type.",
            MaxTime
        ) with
        {
            Nullable = true,
        },
        Field.Text("note", "Free text.", ScheduleValidation.MaxNote) with
        {
            Nullable = true,
            Multiline = true,
        },
    ];

    /// <summary>The fields that say when.</summary>
    public static IReadOnlyList<Field> When { get; } =
    [
        Field.Text(
            "schedule_at",
            "Once, at a time: 2026-02-13 09:30, with offset or Z, tomorrow 09:30, monday 09:30, +2h, open+5m, next open. Clears "
                + "schedule_cron and market.",
            MaxTime
        ) with
        {
            Nullable = true,
        },
        Field.Text(
            "schedule_cron",
            "A cron expression of five fields, or six with seconds first, in the zone. Clears schedule_at and market.",
            100
        ) with
        {
            Nullable = true,
        },
        Field.Text("market", "In every session: open, close, open+5m, close-10m. Clears schedule_at and schedule_cron.", MaxTime) with
        {
            Nullable = true,
        },
        Field.Text("zone", "The IANA zone of times without offset and of schedule_cron.", MaxZone) with
        {
            Default = Core.Schedules.ScheduleSpec.NewYork,
        },
        Field.Flag("trading_days_only", "Skip days without a session.") with
        {
            Default = "false",
        },
        Field.Text("start_at", "No occurrence before this time; a date means its start. It may be in the past.", MaxTime) with
        {
            Nullable = true,
        },
        Field.Text("end_at", "No occurrence after this time; a date is included.", MaxTime) with
        {
            Nullable = true,
        },
        Field.Whole(
            "max_runs",
            "The schedule ends after this many planned runs; triggers do not count.",
            1,
            ScheduleValidation.MaxRuns
        ) with
        {
            Nullable = true,
        },
        Field.Whole("jitter_seconds", "Fixed delay per schedule, at most this long.", 0, ScheduleValidation.MaxJitterSeconds) with
        {
            Default = "0",
        },
    ];

    /// <summary>The fields of a new schedule.</summary>
    public static IReadOnlyList<Field> ForCreate { get; } =
    [
        TaskType with
        {
            Required = true,
        },
        Field.Text("id", "Its id: 1 to 50 of A-Z a-z 0-9 _ -. Default: a new one.", 50),
        Field.Flag("enabled", "Whether the schedule fires.") with
        {
            Default = "true",
        },
        .. When,
        .. Definition,
    ];

    /// <summary>The fields of a change.</summary>
    public static IReadOnlyList<Field> ForPatch { get; } = [TaskType, .. When, .. Definition];

    /// <summary>The fields of a preview: the rule, and the task to show its effect.</summary>
    public static IReadOnlyList<Field> ForPreview { get; } = [TaskType, TaskData, .. When];

    /// <summary>A new definition.</summary>
    /// <exception cref="RefusedException">A time, a market time or a window cannot be read.</exception>
    public static Schedule Draft(Fields body, DateTimeOffset now) =>
        Apply(
            new()
            {
                Id = body.Text("id") ?? "",
                Task = new(body.Choice<ScheduleAction>("task_type") ?? ScheduleAction.Notify),
                Spec = new(),
                Enabled = body.Flag("enabled") ?? true,
            },
            body,
            now
        );

    /// <summary>A definition with the request's fields.</summary>
    /// <exception cref="RefusedException">A time, a market time or a window cannot be read.</exception>
    public static Schedule Apply(Schedule schedule, Fields body, DateTimeOffset now) =>
        schedule with
        {
            Task = Task(schedule.Task, body),
            Spec = WhenOf(schedule.Spec, body, now),
            Name = body.Has("name") ? body.Text("name") : schedule.Name,
            Misfire = body.Has("misfire") ? body.Choice<Misfire>("misfire") : schedule.Misfire,
            MisfireWindow = body.Has("misfire_window") ? Window(body.Text("misfire_window")) : schedule.MisfireWindow,
            Note = body.Has("note") ? body.Text("note") : schedule.Note,
        };

    /// <summary>The rule with the request's fields: a time, an expression or a market time replaces another.</summary>
    /// <exception cref="RefusedException">A time or a market time cannot be read.</exception>
    public static ScheduleSpec WhenOf(ScheduleSpec when, Fields body, DateTimeOffset now)
    {
        var zone = body.Text("zone") ?? when.Zone;
        var given = ScheduleFields.Rules.Where(name => body.Text(name) is not null).ToList();
        if (given.Count > 1)
        {
            throw Wrong(given[1], $"Give one of schedule_at, schedule_cron and market, not {string.Join(" and ", given)}.");
        }

        if (given.Count == 1)
        {
            when = when with { At = null, Cron = null, Market = null };
        }

        return when with
        {
            At = body.Has("schedule_at") ? Time("schedule_at", body, zone, (text, clock) => TypedTime.Read(text, clock, now)) : when.At,
            Cron = body.Has("schedule_cron") ? body.Text("schedule_cron") : when.Cron,
            Market = body.Has("market") ? Market(body.Text("market")) : when.Market,
            Zone = zone,
            TradingDaysOnly = body.Flag("trading_days_only") ?? when.TradingDaysOnly,
            StartAt = body.Has("start_at")
                ? Time("start_at", body, zone, (text, clock) => TypedTime.ReadBound(text, isEnd: false, clock, now))
                : when.StartAt,
            EndAt = body.Has("end_at")
                ? Time("end_at", body, zone, (text, clock) => TypedTime.ReadBound(text, isEnd: true, clock, now))
                : when.EndAt,
            MaxRuns = body.Has("max_runs") ? body.Whole("max_runs") : when.MaxRuns,
            JitterSeconds = body.Whole("jitter_seconds") ?? when.JitterSeconds,
        };
    }

    private static ScheduleTask Task(ScheduleTask task, Fields body)
    {
        var action = body.Choice<ScheduleAction>("task_type") ?? task.Action;
        if (!body.Has("task_data"))
        {
            return task with { Action = action };
        }

        var data = body.Part("task_data") ?? new();
        var isOrder = action == ScheduleAction.OrderPlace;
        if (!isOrder && ScheduleFields.Order.FirstOrDefault(data.IsGiven) is { } unused)
        {
            throw Wrong("task_data." + unused, $"task_data.{unused} is for task_type order_place. Leave it out.");
        }

        if (data.Text("message") is "" || data.Text("reason") is "")
        {
            throw Wrong("task_data", "task_data.message and task_data.reason must not be empty. Omit unused fields.");
        }

        return new(action)
        {
            Target = data.Text("strategy_id"),
            Symbol = isOrder || data.Text("symbol") is null ? null : Symbol.Normalize(data.Text("symbol")!),
            Order = isOrder ? Order(data) : null,
            Message = data.Text("message"),
            Reason = data.Text("reason"),
        };
    }

    private static OrderTerms Order(Fields data)
    {
        var limit = data.Number("limit_price");
        var type = data.Choice<OrderType>("order_type") ?? (limit is null ? OrderType.Market : OrderType.Limit);
        return new()
        {
            Symbol = Symbol.Normalize(data.Text("symbol") ?? throw Missing("symbol")),
            Side = data.Choice<OrderSide>("side") ?? throw Missing("side"),
            Quantity = data.Whole("qty") ?? throw Missing("qty"),
            Type = type,
            TimeInForce = data.Choice<TimeInForce>("time_in_force") ?? (type == OrderType.TrailingStop ? TimeInForce.Gtc : TimeInForce.Day),
            LimitPrice = limit,
            StopPrice = data.Number("stop_price"),
            TrailPercent = data.Number("trail_percent"),
        };
    }

    private static DateTimeOffset? Time(string field, Fields body, string zone, Func<string, TimeZoneInfo, TypedTimeResult> readIn)
    {
        if (body.Text(field) is not { } text)
        {
            return null;
        }

        // An unknown zone is reported with the definition's other problems.
        var read = readIn(text, LocalTimes.FindZone(zone) ?? TimeZoneInfo.Utc);
        return read.At
            ?? throw new RefusedException(Refusal.Invalid, read.Code!, read.Message)
            {
                Fields = [new(field, FieldProblem.Malformed, read.Message)],
            };
    }

    private static MarketTime? Market(string? text) =>
        text is null ? null
        : MarketTime.TryParse(text, out var time) ? time
        : throw Wrong("market", "market must be open or close with a distance, for example open, open+5m or close-10m.");

    private static TimeSpan? Window(string? text) =>
        text is null ? null
        : MisfireWindow.TryParse(text, out var window) ? window
        : throw Wrong("misfire_window", "misfire_window cannot be read. " + MisfireWindow.Forms);

    private static RefusedException Missing(string field) => Wrong("task_data." + field, $"task_type order_place needs task_data.{field}.");

    private static RefusedException Wrong(string field, string message) =>
        new(Refusal.Invalid, "INVALID_SCHEDULE", message) { Fields = [new(field, FieldProblem.Malformed, message)] };
}
