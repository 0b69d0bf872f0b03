using System.Globalization;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Schedules;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Backtesting.Tests;

/// <summary>What a run came to in lines that can be compared: to the cent and the minute.</summary>
internal static class Shown
{
    private const int Most = 8;

    /// <summary>Both must be the same; some of the lines that differ are told.</summary>
    public static void ShouldEqual(IReadOnlyList<string> these, IReadOnlyList<string> those) =>
        string.Join('\n', [.. Missing(these, those).Select(it => "- " + it), .. Missing(those, these).Select(it => "+ " + it)])
            .ShouldBe("");

    public static IReadOnlyList<string> Lines(BacktestRun run) =>
        [.. Lines(run.ScheduleRuns), .. Lines(run.Fills, run.Orders, run.Equity, run.Strategies)];

    public static IReadOnlyList<string> Lines(IEnumerable<ScheduleRun> runs) =>
        [
            .. runs.Select(run =>
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"run {run.ScheduleId} {run.Planned:O} {run.Status} {run.Code} {run.Outcome}"
                    )
                )
                .Order(StringComparer.Ordinal),
        ];

    public static IReadOnlyList<string> Lines(
        IEnumerable<Fill> fills,
        IEnumerable<Order> orders,
        IEnumerable<SessionEquity> equity,
        IEnumerable<Strategy> strategies
    ) =>
        [
            .. fills.Select(Line).Order(StringComparer.Ordinal),
            .. orders.Select(Line).Order(StringComparer.Ordinal),
            .. equity.Select(it => string.Create(CultureInfo.InvariantCulture, $"equity {it.Day:yyyy-MM-dd} {it.Equity:0.00##}")),
            .. strategies.Select(Line).Order(StringComparer.Ordinal),
        ];

    private static string Line(Fill fill) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"fill {fill.At:O} {fill.StrategyId} {fill.Kind} {fill.Side} {fill.Quantity:0.####} {fill.Symbol} {fill.Price:0.00##} "
                + $"fee {fill.Fee:0.00##} realized {fill.RealizedPnl:0.00####} {fill.ClientOrderId}"
        );

    private static string Line(Order order) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"order {order.ClientOrderId} {order.Role} {WireNames.Of(order.Terms)} {order.Status} decided {order.DecidedAt:O} "
                + $"ended {order.EndedAt:O} {order.EndReason} filled {order.FilledQuantity:0.####} at {order.AverageFillPrice:0.00####} "
                + $"stop {order.BrokerStopPrice:0.00##} high {order.BrokerHighWatermark:0.00##} slot {order.Slot} {order.Note}"
        );

    private static string Line(Strategy strategy) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"strategy {strategy.Id} {strategy.Phase} {strategy.Arm} {strategy.Holding.Quantity:0.####} "
                + $"{strategy.Holding.Realized:0.00####} high {strategy.HighWatermark:0.00##} stop {strategy.EffectiveStop:0.00##} "
                + $"reference {strategy.PullbackReferencePrice:0.00##} {strategy.WaitingFor}"
        );

    // A line that is there twice must be there twice.
    private static IEnumerable<string> Missing(IReadOnlyList<string> these, IReadOnlyList<string> from)
    {
        var left = from.CountBy(it => it, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);
        return these.Where(it => (left[it] = left.GetValueOrDefault(it) - 1) < 0).Take(Most);
    }
}
