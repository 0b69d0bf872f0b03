using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Schedules;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Contracts;

/// <summary>What a schedule's task needs. Prices are dollars.</summary>
public sealed record TaskDataView
{
    /// <summary>The strategy.</summary>
    [Description("The strategy."), MaxLength(StrategyValidation.MaxId)]
    public string? StrategyId { get; init; }

    /// <summary>The symbol.</summary>
    [Description("The symbol."), MaxLength(Core.Market.Symbol.MaxLength)]
    public string? Symbol { get; init; }

    /// <summary>Of an order.</summary>
    [Description("The side of an order.")]
    public OrderSide? Side { get; init; }

    /// <summary>Shares of an order.</summary>
    [Description("Shares of an order."), Range(1, OrderValidation.MaxQuantity)]
    public decimal? Qty { get; init; }

    /// <summary>How an order is priced.</summary>
    [Description("The order type. Default: limit with limit_price, else market.")]
    public OrderType? OrderType { get; init; }

    /// <summary>How long an order lives.</summary>
    [Description("How long the order is valid. Default: gtc for a trailing stop, else day.")]
    public TimeInForce? TimeInForce { get; init; }

    /// <summary>The limit.</summary>
    [Description("The limit price in dollars.")]
    public decimal? LimitPrice { get; init; }

    /// <summary>The stop.</summary>
    [Description("The stop price in dollars.")]
    public decimal? StopPrice { get; init; }

    /// <summary>The distance of a trailing stop in percent.</summary>
    [Description("The distance of a trailing stop in percent.")]
    public decimal? TrailPercent { get; init; }

    /// <summary>The message of a notification.</summary>
    [Description("The message."), MaxLength(ScheduleValidation.MaxNote), DataType(DataType.MultilineText)]
    public string? Message { get; init; }

    /// <summary>Why.</summary>
    [Description("Why."), MaxLength(ScheduleValidation.MaxName)]
    public string? Reason { get; init; }
}

/// <summary>Schedules the start of a strategy.</summary>
public record StrategyScheduleRequest
{
    private protected const int MaxTime = 64;

    /// <summary>Once, at a time as people type it.</summary>
    [Description(
        "Once, at a time: 2026-02-13 09:30, with offset or Z, tomorrow 09:30, monday 09:30, +2h, open+5m, next open. Clears "
            + "schedule_cron and market."
    )]
    [MaxLength(MaxTime)]
    public Optional<string?> ScheduleAt { get; init; }

    /// <summary>By a cron expression in the zone.</summary>
    [Description("A cron expression of five fields, or six with seconds first, in the zone. Clears schedule_at and market.")]
    [MaxLength(100)]
    public Optional<string?> ScheduleCron { get; init; }

    /// <summary>On every session: <c>open</c>, <c>close</c>, <c>open+5m</c>...</summary>
    [Description("In every session: open, close, open+5m, close-10m. Clears schedule_at and schedule_cron.")]
    [MaxLength(MaxTime)]
    public Optional<string?> Market { get; init; }

    /// <summary>The IANA zone of times without offset and of cron expressions.</summary>
    [Description("The IANA zone of times without offset and of schedule_cron."), MaxLength(64), DefaultValue(ScheduleSpec.NewYork)]
    public Optional<string> Zone { get; init; }

    /// <summary>Skip days without a session.</summary>
    [Description("Skip days without a session."), DefaultValue(false)]
    public Optional<bool> TradingDaysOnly { get; init; }
}

/// <summary>When something happens, and what.</summary>
public record WhenRequest : StrategyScheduleRequest
{
    private protected const string OfTask = "What it does.";

    /// <summary>What the action needs.</summary>
    [Description(
        "What the task needs: strategy_id for strategy_..., an order for order_place, symbol or strategy_id to narrow orders_cancel, "
            + "message for notify (default: the daily summary)."
    )]
    public Optional<TaskDataView?> TaskData { get; init; }

    /// <summary>No occurrence before this time.</summary>
    [Description("No occurrence before this time; a date means its start. It may be in the past."), MaxLength(MaxTime)]
    public Optional<string?> StartAt { get; init; }

    /// <summary>No occurrence after this time.</summary>
    [Description("No occurrence after this time; a date is included."), MaxLength(MaxTime)]
    public Optional<string?> EndAt { get; init; }

    /// <summary>It ends after so many.</summary>
    [Description("The schedule ends after this many planned runs; triggers do not count."), Range(1, ScheduleValidation.MaxRuns)]
    public Optional<int?> MaxRuns { get; init; }

    /// <summary>It is late by a constant up to this, in seconds.</summary>
    [Description("Fixed delay per schedule, at most this long."), Range(0, ScheduleValidation.MaxJitterSeconds), DefaultValue(0)]
    public Optional<int> JitterSeconds { get; init; }
}

/// <summary>Looks ahead.</summary>
public sealed record PreviewRequest : WhenRequest
{
    /// <summary>Made from nothing.</summary>
    public PreviewRequest() { }

    /// <summary>Made from when it happens.</summary>
    public PreviewRequest(WhenRequest when)
        : base(when) { }

    /// <summary>The action.</summary>
    [Description(OfTask)]
    public Optional<ScheduleAction> TaskType { get; init; }

    /// <summary>How many occurrences.</summary>
    [Description("How many."), Range(1, 500), DefaultValue(10)]
    public Optional<int> Count { get; init; }
}

/// <summary>What a schedule's definition has besides its action.</summary>
public record ScheduleDefinition : WhenRequest
{
    /// <summary>For people.</summary>
    [Description("For people."), MaxLength(ScheduleValidation.MaxName)]
    public Optional<string?> Name { get; init; }

    /// <summary>What happens to occurrences that were missed.</summary>
    [Description("What to do with missed occurrences. The default depends on task_type.")]
    public Optional<Misfire?> Misfire { get; init; }

    /// <summary>How late an occurrence may be: <c>90s</c>, <c>5m</c>, <c>1h</c>, <c>2d</c> or <c>none</c>.</summary>
    [Description("How late an occurrence may be: 90s, 5m, 1h, 2d, or none for no limit. The default depends on task_type.")]
    [MaxLength(MaxTime)]
    public Optional<string?> MisfireWindow { get; init; }

    /// <summary>Free text.</summary>
    [Description("Free text."), MaxLength(ScheduleValidation.MaxNote), DataType(DataType.MultilineText)]
    public Optional<string?> Note { get; init; }
}

/// <summary>Changes a schedule: absent leaves a field unchanged, null clears it.</summary>
public sealed record SchedulePatch : ScheduleDefinition
{
    /// <summary>Made from nothing.</summary>
    public SchedulePatch() { }

    /// <summary>Made from a definition.</summary>
    public SchedulePatch(ScheduleDefinition definition)
        : base(definition) { }

    /// <summary>The action.</summary>
    [Description(OfTask)]
    public Optional<ScheduleAction> TaskType { get; init; }
}

/// <summary>Creates a schedule; what is absent gets its default.</summary>
public sealed record ScheduleRequest : ScheduleDefinition
{
    /// <summary>Made from nothing.</summary>
    public ScheduleRequest() { }

    /// <summary>Made from a definition.</summary>
    public ScheduleRequest(ScheduleDefinition definition)
        : base(definition) { }

    /// <summary>The action.</summary>
    [Description(OfTask)]
    public required ScheduleAction TaskType { get; init; }

    /// <summary>Its id; a new one when absent.</summary>
    [Description("Its id: 1 to 50 of A-Z a-z 0-9 _ -. Default: a new one."), MaxLength(50)]
    public Optional<string> Id { get; init; }

    /// <summary>Whether the schedule fires.</summary>
    [Description("Whether the schedule fires."), DefaultValue(true)]
    public Optional<bool> Enabled { get; init; }
}
