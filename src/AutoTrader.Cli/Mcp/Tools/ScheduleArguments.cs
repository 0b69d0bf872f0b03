using System.ComponentModel;
using AutoTrader.Cli.Client;
using AutoTrader.Contracts;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Schedules;

namespace AutoTrader.Cli.Mcp.Tools;

/// <summary>When something happens.</summary>
internal record WhenArguments
{
    private const string When = "2026-02-13 09:30, tomorrow 09:30, monday 09:30, +2h, open+5m, next open, or with an offset";

    [Description($"Once: {When}. Others are read in the zone.")]
    public string? ScheduleAt { get; init; }

    [Description("By a cron expression of five fields, or six with seconds first, in the zone.")]
    public string? ScheduleCron { get; init; }

    [Description("On every session: open, close, open+5m, close-10m.")]
    public string? Market { get; init; }

    [Description("The IANA time zone of what is written. Default: America/New_York.")]
    public string? Zone { get; init; }

    [Description("Leave out days without a session.")]
    public bool? TradingDaysOnly { get; init; }
}

/// <summary>A schedule: when, what, and how lateness is dealt with.</summary>
internal record ScheduleArguments : WhenArguments
{
    [Description("No occurrence before this time.")]
    public string? StartAt { get; init; }

    [Description("No occurrence after this time.")]
    public string? EndAt { get; init; }

    [Description("It ends after so many occurrences.")]
    public int? MaxRuns { get; init; }

    [Description("It is late by a constant of its own up to this, in seconds.")]
    public int? JitterSeconds { get; init; }

    [Description("The strategy, of strategy_start, _stop, _pause, _resume and _close, and of orders_cancel.")]
    public string? StrategyId { get; init; }

    [Description("The symbol, of order_place and orders_cancel.")]
    public string? Symbol { get; init; }

    [Description("Of an order.")]
    public OrderSide? Side { get; init; }

    [Description("Shares of an order.")]
    public int? Qty { get; init; }

    [Description("How an order is priced. Default: limit with limit_price, else market.")]
    public OrderType? OrderType { get; init; }

    [Description("How long an order lives. Default: day.")]
    public TimeInForce? TimeInForce { get; init; }

    [Description("The limit price of an order in dollars.")]
    public decimal? LimitPrice { get; init; }

    [Description("The stop price of an order in dollars.")]
    public decimal? StopPrice { get; init; }

    [Description("The distance of a trailing stop in percent.")]
    public decimal? TrailPercent { get; init; }

    [Description("The message of notify.")]
    public string? Message { get; init; }

    [Description("Why, of a kill switch and of an order.")]
    public string? Reason { get; init; }

    /// <summary>The same as the API takes it.</summary>
    public SchedulePatch Patch() =>
        new()
        {
            ScheduleAt = ScheduleAt,
            ScheduleCron = ScheduleCron,
            Market = Market,
            Zone = Zone,
            TradingDaysOnly = TradingDaysOnly,
            StartAt = StartAt,
            EndAt = EndAt,
            MaxRuns = MaxRuns,
            JitterSeconds = JitterSeconds,
            TaskData = ScheduleDraft.GivenOrNull(
                new(StrategyId, Symbol, Side, Qty, OrderType, TimeInForce, LimitPrice, StopPrice, TrailPercent, Message, Reason)
            ),
        };
}

/// <summary>The same with what people see and how lateness is dealt with.</summary>
internal record KeptScheduleArguments : ScheduleArguments
{
    [Description("A name for people.")]
    public string? Name { get; init; }

    [Description("What happens to occurrences that were missed. Default: by what lateness costs.")]
    public Misfire? Misfire { get; init; }

    [Description("How late an occurrence may be: 90s, 5m, 1h, 2d or none.")]
    public string? MisfireWindow { get; init; }

    [Description("Free text.")]
    public string? Note { get; init; }

    /// <summary>The same as the API takes it.</summary>
    public new SchedulePatch Patch() => base.Patch() with { Name = Name, Misfire = Misfire, MisfireWindow = MisfireWindow, Note = Note };
}

internal sealed record CreateScheduleArguments : KeptScheduleArguments
{
    [Description("What it does.")]
    public required ScheduleAction TaskType { get; init; }

    [Description("An id of your own: then the same call again makes no second schedule. Default: a new one.")]
    public string? Id { get; init; }

    [Description("Whether it is due at all.")]
    public bool? Enabled { get; init; }
}

internal sealed record UpdateScheduleArguments : KeptScheduleArguments
{
    [Description(Texts.ScheduleId)]
    public required string ScheduleId { get; init; }

    [Description("Fields that lose their value, by their names here, such as message, end_at or max_runs.")]
    public IReadOnlyList<string>? Clear { get; init; }
}

internal sealed record PreviewArguments : ScheduleArguments
{
    [Description("With orders_cancel: tell what it would touch now.")]
    public ScheduleAction? TaskType { get; init; }

    [Description("How many occurrences. Default: 10.")]
    public int? Count { get; init; }
}

internal sealed record ScheduleStrategyArguments : WhenArguments
{
    [Description(Texts.StrategyId)]
    public required string StrategyId { get; init; }
}
