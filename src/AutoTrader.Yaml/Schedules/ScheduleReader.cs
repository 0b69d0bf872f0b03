using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Schedules;
using AutoTrader.Yaml.Syntax;

namespace AutoTrader.Yaml.Schedules;

/// <summary>Makes a schedule of one record of a file.</summary>
internal sealed class ScheduleReader(RecordFields fields, string? shownId, ImportLog log)
{
    /// <summary>Every field of a record.</summary>
    public static readonly HashSet<string> Known =
    [
        "id",
        "name",
        "task_type",
        "schedule_cron",
        "schedule_at",
        "market",
        "zone",
        "trading_days_only",
        "start_at",
        "end_at",
        "max_runs",
        "jitter_seconds",
        "misfire",
        "misfire_window",
        "enabled",
        "last_run",
        "next_run",
        "run_count",
        "note",
        TaskData,
    ];

    private const string TaskData = "task_data";

    // Longer text is not read: the longest allowed text is a note.
    private const int FarTooLong = 4 * ScheduleValidation.MaxNote;

    private static readonly HashSet<string> TaskFields = ["strategy_id", "symbol", .. ScheduleFields.Order, "message", "reason"];
    private static readonly TimeOnly MarketMorning = new(9, 30);

    private RecordFields? _data;
    private bool _isBroken;

    /// <summary>The schedule; null when something about it was reported as an error.</summary>
    public Schedule? Read(DateTimeOffset now)
    {
        var action = fields.Needed("task_type", fields.Word<ScheduleAction>);
        var schedule = new Schedule
        {
            Id = Id(),
            Name = Prose(fields, "name"),
            Task = Task(action),
            Spec = When(),
            Misfire = fields.Word<Misfire>("misfire"),
            MisfireWindow = Window(),
            Enabled = fields.Flag("enabled", true),
            LastRun = fields.Instant("last_run")?.Instant,
            NextRun = fields.Instant("next_run")?.Instant,
            RunCount = RunCount(),
            CreatedAt = now,
            UpdatedAt = now,
            Note = Prose(fields, "note"),
        };
        Check(schedule, isTaskKnown: !fields.IsReported("task_type"));
        return _isBroken || fields.IsBroken ? null : schedule;
    }

    private string Id()
    {
        if (fields.Text("id") is { } id)
        {
            return id;
        }

        if (!fields.IsReported("id"))
        {
            fields.Error("id", FieldProblem.Required, "id is missing.", "Add id: 1 to 50 of A-Z a-z 0-9 _ -, unique for each schedule.");
        }

        return "";
    }

    private ScheduleSpec When()
    {
        var zone = fields.Text("zone") ?? ScheduleSpec.NewYork;
        var clock = LocalTimes.FindZone(zone) ?? TradingCalendar.Nyse.NewYork;
        return new()
        {
            At = Time("schedule_at", clock, MarketMorning),
            Cron = fields.Text("schedule_cron"),
            Market = fields.Market("market"),
            Zone = zone,
            TradingDaysOnly = fields.Flag("trading_days_only", false),
            StartAt = Time("start_at", clock, TimeOnly.MinValue),
            EndAt = LastInstant(clock),
            MaxRuns = fields.Whole("max_runs"),
            JitterSeconds = fields.Whole("jitter_seconds") ?? 0,
        };
    }

    // A day that something ends with is included, to its last second.
    private DateTimeOffset? LastInstant(TimeZoneInfo zone)
    {
        var at = Time("end_at", zone, TimeOnly.MinValue);
        return at is { } begin && fields.Text("end_at")?.Trim().Length == "yyyy-MM-dd".Length
            ? TypedTime.EndOf(DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(begin, zone).DateTime), zone)
            : at;
    }

    private DateTimeOffset? Time(string field, TimeZoneInfo zone, TimeOnly ofDay)
    {
        if (fields.Instant(field, zone, ofDay) is not { } time)
        {
            return null;
        }

        if (!time.HasOffset && IsAtClockChange(time.Instant, zone))
        {
            fields.Warn(
                field,
                "clock_change",
                $"The clocks of {zone.Id} change at that time; it was read as {time.Instant:yyyy-MM-dd HH:mm} UTC, the first instant "
                    + "it can mean.",
                "Write it with an offset."
            );
        }

        return time.Instant;
    }

    // The first instant after a gap and the first showing of a time that comes twice: the only ones that a local time can turn out as
    // there.
    private static bool IsAtClockChange(DateTimeOffset at, TimeZoneInfo zone) =>
        zone.IsAmbiguousTime(at) || zone.GetUtcOffset(at) > zone.GetUtcOffset(at.AddTicks(-1));

    private TimeSpan? Window()
    {
        if (fields.Text("misfire_window") is not { } text)
        {
            return null;
        }

        if (MisfireWindow.TryParse(text, out var window))
        {
            return window;
        }

        fields.Error(
            "misfire_window",
            FieldProblem.Malformed,
            $"\"{ImportLog.Display(text)}\" is not a misfire window.",
            MisfireWindow.Forms
        );
        return null;
    }

    private int RunCount()
    {
        var count = fields.Whole("run_count") ?? 0;
        if (count < 0)
        {
            fields.Error("run_count", FieldProblem.OutOfRange, "run_count is below 0.", "Remove it, or enter the number of runs.");
        }

        return count;
    }

    private ScheduleTask Task(ScheduleAction action)
    {
        _data = Data();
        if (_data is not { } data)
        {
            return new(action);
        }

        var symbol = data.Text("symbol") is { } text ? Core.Market.Symbol.Normalize(text) : null;
        var isOrder = action == ScheduleAction.OrderPlace;
        var task = new ScheduleTask(action)
        {
            Target = data.Text("strategy_id"),
            Symbol = isOrder ? null : symbol,
            Order = isOrder ? Order(data, symbol) : null,
            Message = Prose(data, "message"),
            Reason = Prose(data, "reason"),
        };
        foreach (
            var field in isOrder || fields.IsReported("task_type") ? [] : ScheduleFields.Order.Where(field => data.Node(field) is not null)
        )
        {
            data.Error(
                field,
                FieldProblem.Contradiction,
                $"task_data.{field} is for task_type order_place.",
                "Remove it, or correct task_type."
            );
        }

        fields.Close(data, TaskData);
        return task;
    }

    /// <summary>The parameters of the task: a mapping, or the same as a JSON text.</summary>
    private RecordFields? Data()
    {
        var node = fields.Node(TaskData);
        if (node is YamlScalar { Text: var text })
        {
            if (string.IsNullOrWhiteSpace(text))
            {
                return null;
            }

            node = JsonTree.Load(text, node.Line);
            if (node is null)
            {
                fields.Error(
                    TaskData,
                    "not_json",
                    "task_data is a text, but not JSON.",
                    "Write its fields below it, or a JSON object in single quotes."
                );
                return null;
            }
        }

        return node is null or YamlScalar { IsNull: true } ? null : fields.Part(node, TaskData, TaskData, TaskFields);
    }

    private static OrderTerms Order(RecordFields data, string? symbol)
    {
        if (symbol is null && !data.IsReported("symbol"))
        {
            data.Error("symbol", FieldProblem.Required, "symbol is missing.", "Add symbol.");
        }

        var limit = data.Number("limit_price");
        return new()
        {
            Symbol = symbol ?? "",
            Side = data.Needed("side", data.Word<OrderSide>),
            Quantity = data.Needed("qty", data.Number),
            Type = data.Word<OrderType>("order_type") ?? (limit is null ? OrderType.Market : OrderType.Limit),
            TimeInForce = data.Word<TimeInForce>("time_in_force") ?? TimeInForce.Day,
            LimitPrice = limit,
            StopPrice = data.Number("stop_price"),
            TrailPercent = data.Number("trail_percent"),
        };
    }

    private static string? Prose(RecordFields record, string field)
    {
        if (record.Text(field) is not { } text)
        {
            return null;
        }

        if (text.Length <= FarTooLong)
        {
            return record.Clean(field, text);
        }

        record.Error(field, FieldProblem.TooLong, $"{field} is far too long.", $"Shorten {field}.");
        return null;
    }

    private void Check(Schedule schedule, bool isTaskKnown)
    {
        foreach (var problem in ScheduleValidation.Validate(schedule))
        {
            var isOfTask = problem.Field.StartsWith(TaskData, StringComparison.Ordinal);
            _isBroken |= isTaskKnown || !isOfTask;
            var isPart = isOfTask && problem.Field.Length > TaskData.Length;
            var field = isPart ? problem.Field[(TaskData.Length + 1)..] : problem.Field;
            var record = isPart && _data is not null ? _data : fields;

            // An unreadable field counts as absent above; it was reported already.
            var isKnown = record.IsReported(field) || (field == ScheduleFields.Rules[0] && ScheduleFields.Rules.Any(fields.IsReported));
            if (!isKnown && (isTaskKnown || !isOfTask) && !(isOfTask && _data is null && fields.IsReported(TaskData)))
            {
                log.Error(shownId, record.LineOf(field), problem.Field, problem.Code, ImportLog.Line(problem.Message), Fix(problem));
            }
        }
    }

    private static string Fix(FieldProblem problem) =>
        problem.Code switch
        {
            FieldProblem.Required => $"Add {problem.Field}.",
            FieldProblem.OutOfRange => $"Change {problem.Field} to a value in that range.",
            FieldProblem.TooLong => $"Shorten {problem.Field}.",
            FieldProblem.Contradiction => $"Remove {problem.Field}, or correct the field it contradicts.",
            _ => $"Correct {problem.Field}.",
        };
}
