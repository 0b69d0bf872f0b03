using AutoTrader.Core.Market;

namespace AutoTrader.Backtesting.Verification;

/// <summary>Which order of the backtest is which of the server.</summary>
internal static class OrderPairs
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    /// <summary>Pairs orders of one kind: first those of the same minute, then the others of a day in their order. What has no partner has
    /// null beside it.</summary>
    public static IEnumerable<(TracedOrder? Live, TracedOrder? Backtest)> Of(
        IReadOnlyList<TracedOrder> live,
        IReadOnlyList<TracedOrder> backtest
    ) =>
        live.Select(order => order.Kind)
            .Concat(backtest.Select(order => order.Kind))
            .Distinct()
            .SelectMany(kind => OfKind([.. live.Where(it => it.Kind == kind)], [.. backtest.Where(it => it.Kind == kind)]));

    private static IEnumerable<(TracedOrder? Live, TracedOrder? Backtest)> OfKind(List<TracedOrder> live, List<TracedOrder> backtest)
    {
        var pairs = new List<(TracedOrder? Live, TracedOrder? Backtest)>();
        Take((one, other) => (one.At - other.At).Duration() < Minute && one.Order.Qty == other.Order.Qty && one.Terms == other.Terms);
        Take((one, other) => (one.At - other.At).Duration() < Minute);
        Take((one, other) => DayOf(one) == DayOf(other));
        return [.. pairs, .. live.Select(it => (it, (TracedOrder?)null)), .. backtest.Select(it => ((TracedOrder?)null, it))];

        void Take(Func<TracedOrder, TracedOrder, bool> isSame)
        {
            foreach (var one in live.ToList())
            {
                if (backtest.Find(other => isSame(one, other)) is { } other)
                {
                    pairs.Add((one, other));
                    live.Remove(one);
                    backtest.Remove(other);
                }
            }
        }
    }

    private static DateOnly DayOf(TracedOrder order) => TradingCalendar.Nyse.TradingDay(order.At);
}
