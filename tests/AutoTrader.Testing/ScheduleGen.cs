using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Schedules;
using CsCheck;

namespace AutoTrader.Testing;

/// <summary>Sound schedules of every kind.</summary>
public static class ScheduleGen
{
    public static readonly DateTimeOffset Now = StrategyGen.Now;

    private static readonly Gen<string> Name = StrategyGen.Notes.Where(text => text.Length <= ScheduleValidation.MaxName);

    private static readonly Gen<DateTimeOffset> Instant = Gen.Long[0, 10L * 365 * 86_400 * 10_000_000]
        .Select(ticks => Now.AddYears(-5).AddTicks(ticks));

    private static readonly Gen<OrderTerms> Order =
        from symbol in StrategyGen.TickerSymbol
        from side in Gen.Enum<OrderSide>()
        from quantity in Gen.Int[1, 1_000_000]
        from type in Gen.Enum<OrderType>()
        from force in Gen.Enum<TimeInForce>()
        from low in Gen.Int[100, 10_000_000].Select(cents => cents / 100m)
        from trail in StrategyGen.Percent.Where(percent => percent < 100)
        select new OrderTerms
        {
            Symbol = symbol,
            Side = side,
            Quantity = quantity,
            Type = type,
            TimeInForce = force,
            LimitPrice = type is OrderType.Limit or OrderType.StopLimit ? low + 1 : null,
            StopPrice = type is OrderType.Stop or OrderType.StopLimit ? low : null,
            TrailPercent = type is OrderType.TrailingStop ? trail : null,
        };

    private static readonly Gen<ScheduleTask> Task =
        from action in Gen.Enum<ScheduleAction>()
        from target in StrategyGen.Id.Null(0.3)
        from other in StrategyGen.Id
        from symbol in StrategyGen.TickerSymbol.Null()
        from order in Order
        from message in StrategyGen.Notes.Null()
        from reason in Name.Null()
        select new ScheduleTask(action)
        {
            Target =
                action is ScheduleAction.OrdersCancel ? target
                : action <= ScheduleAction.StrategyClose ? other
                : null,
            Symbol = action is ScheduleAction.OrdersCancel ? symbol : null,
            Order = action is ScheduleAction.OrderPlace ? order : null,
            Message = action is ScheduleAction.Notify ? message : null,
            Reason = reason,
        };

    private static readonly Gen<ScheduleSpec> When =
        from kind in Gen.Int[0, 2]
        from at in Instant
        from cron in StrategyGen.Pick("35 9 * * 1-5", "*/5 * * * *", "0 0 12 ? * MON#1", "0 0 L * *")
        from edge in Gen.Enum<MarketEdge>()
        from offset in Gen.Int[-21_600, 21_600]
        from zone in StrategyGen.Pick("America/New_York", "UTC", "Europe/Berlin", "Asia/Kolkata")
        from days in Gen.Bool
        from bounds in Instant.Array[2]
        from isBounded in Gen.Bool.Array[2]
        from runs in Gen.Int[1, ScheduleValidation.MaxRuns]
        from isCounted in Gen.Bool
        from jitter in Gen.Int[0, ScheduleValidation.MaxJitterSeconds]
        select new ScheduleSpec
        {
            At = kind == 0 ? at : null,
            Cron = kind == 1 ? cron : null,
            Market = kind == 2 ? new MarketTime(edge, TimeSpan.FromSeconds(offset)) : null,
            Zone = zone,
            TradingDaysOnly = days,
            StartAt = isBounded[0] ? bounds.Min() : null,
            EndAt = isBounded[1] ? bounds.Max().AddTicks(1) : null,
            MaxRuns = isCounted ? runs : null,
            JitterSeconds = days ? jitter : 0,
        };

    public static readonly Gen<Schedule> Any =
        from id in Gen.String[Gen.Char["ABCXYZabcxyz0189_-"], 1, 50]
        from name in Name.Null()
        from task in Task
        from when in When
        from misfire in Gen.Enum<Misfire>()
        from window in Gen.OneOf(Gen.Int[0, 31 * 86_400].Select(it => TimeSpan.FromSeconds(it)), Gen.Const(Timeout.InfiniteTimeSpan))
        from has in Gen.Bool.Array[5]
        from instants in Instant.Array[2]
        from count in Gen.Int[0, int.MaxValue]
        from note in StrategyGen.Notes.Null()
        select new Schedule
        {
            Id = id,
            Name = name,
            Task = task,
            Spec = when,
            CreatedAt = Now,
            UpdatedAt = Now,
            Note = note,
            RunCount = count,
            Misfire = has[0] ? misfire : null,
            MisfireWindow = has[1] ? window : null,
            Enabled = has[2],
            LastRun = has[3] ? instants[0] : null,
            NextRun = has[4] ? instants[1] : null,
        };
}
