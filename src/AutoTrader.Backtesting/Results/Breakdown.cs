using System.Globalization;
using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Portfolio;

namespace AutoTrader.Backtesting.Results;

/// <summary>Closed trades that have something in common.</summary>
/// <param name="Name">What.</param>
/// <param name="Trades">How many.</param>
/// <param name="Winning">Those with a profit after fees.</param>
/// <param name="Net">Their profit after fees, in dollars.</param>
public sealed record TradeGroup(string Name, int Trades, int Winning, decimal Net);

/// <summary>A month of the account.</summary>
/// <param name="Month">The month, <c>yyyy-MM</c>.</param>
/// <param name="Return">What its worth changed by, in dollars.</param>
/// <param name="ReturnPct">The same in percent; null when it was worth nothing before.</param>
public sealed record MonthReturn(string Month, decimal Return, decimal? ReturnPct);

/// <summary>A week of the account.</summary>
/// <param name="Week">Its Monday, <c>yyyy-MM-dd</c>.</param>
/// <param name="Return">What its worth changed by, in dollars.</param>
/// <param name="ReturnPct">The same in percent; null when it was worth nothing before.</param>
public sealed record WeekReturn(string Week, decimal Return, decimal? ReturnPct);

/// <summary>Shares that are held at the end, valued at the last price; they are no closed trade.</summary>
/// <param name="StrategyId">The strategy.</param>
/// <param name="Symbol">The symbol.</param>
/// <param name="Quantity">Shares.</param>
/// <param name="Cost">What they cost, in dollars.</param>
/// <param name="Unrealized">What they would bring more than that, in dollars.</param>
public sealed record LeftOpen(string StrategyId, string Symbol, decimal Quantity, decimal Cost, decimal Unrealized);

/// <summary>A result in its parts.</summary>
/// <param name="Months">Month by month.</param>
/// <param name="Hours">Closed trades by the hour of their purchase (New York).</param>
/// <param name="Exits">Closed trades by what sold them.</param>
/// <param name="Open">What is left open.</param>
public sealed record Breakdown(
    IReadOnlyList<MonthReturn> Months,
    IReadOnlyList<TradeGroup> Hours,
    IReadOnlyList<TradeGroup> Exits,
    IReadOnlyList<LeftOpen> Open
)
{
    /// <summary>Week by week.</summary>
    public IReadOnlyList<WeekReturn> Weeks { get; init; } = [];

    /// <summary>Closed trades by symbol.</summary>
    public IReadOnlyList<TradeGroup> Symbols { get; init; } = [];

    internal static Breakdown Of(decimal initial, BacktestRun run, IReadOnlyList<ClosedTrade> trades)
    {
        var sales = run
            .Fills.Where(fill => fill is { Kind: FillKind.Trade, Side: OrderSide.Sell })
            .GroupBy(fill => (fill.StrategyId, fill.Symbol, fill.At))
            .ToDictionary(group => group.Key, group => group.First());
        var orders = run
            .Orders.DistinctBy(order => order.ClientOrderId, StringComparer.Ordinal)
            .ToDictionary(order => order.ClientOrderId, StringComparer.Ordinal);
        return new(
            [.. Periods(initial, run.Equity, MonthOf).Select(it => new MonthReturn(it.Name, it.Return, it.ReturnPct))],
            Groups(trades, trade => HourOf(trade.BoughtAt)),
            Groups(trades, trade =>
                sales.TryGetValue((trade.StrategyId, trade.Symbol, trade.SoldAt), out var fill)
                && fill.ClientOrderId is { } id
                && orders.TryGetValue(id, out var order)
                    ? ExitOf(order, fill)
                    : "other"
            ),
            [
                .. run
                    .Strategies.Where(strategy => strategy.Holding.Lots.Count > 0)
                    .Select(strategy => new LeftOpen(
                        strategy.Id,
                        strategy.Symbol,
                        strategy.Holding.Quantity,
                        strategy.Holding.Cost,
                        strategy.Holding.Unrealized(LastPrice(run, strategy.Symbol))
                    )),
            ]
        )
        {
            Weeks = [.. Periods(initial, run.Equity, WeekOf).Select(it => new WeekReturn(it.Name, it.Return, it.ReturnPct))],
            Symbols = Groups(trades, trade => trade.Symbol),
        };
    }

    private static IEnumerable<(string Name, decimal Return, decimal? ReturnPct)> Periods(
        decimal initial,
        IReadOnlyList<SessionEquity> equity,
        Func<DateOnly, string> nameOf
    )
    {
        var before = initial;
        foreach (var period in equity.GroupBy(it => nameOf(it.Day), StringComparer.Ordinal))
        {
            var after = period.Last().Equity;
            yield return (period.Key, after - before, before > 0 ? 100 * (after - before) / before : null);
            before = after;
        }
    }

    private static string MonthOf(DateOnly day) => day.ToString("yyyy-MM", CultureInfo.InvariantCulture);

    // Sessions are on Monday to Friday.
    private static string WeekOf(DateOnly day) =>
        day.AddDays(DayOfWeek.Monday - day.DayOfWeek).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static IReadOnlyList<TradeGroup> Groups(IEnumerable<ClosedTrade> trades, Func<ClosedTrade, string> nameOf) =>
        [
            .. trades
                .GroupBy(nameOf, StringComparer.Ordinal)
                .OrderBy(group => group.Key, StringComparer.Ordinal)
                .Select(group => new TradeGroup(
                    group.Key,
                    group.Count(),
                    group.Count(trade => trade.Pnl > 0),
                    group.Sum(trade => trade.Pnl)
                )),
        ];

    private static string HourOf(DateTimeOffset at) =>
        TimeZoneInfo.ConvertTime(at, TradingCalendar.Nyse.NewYork).ToString("HH:00", CultureInfo.InvariantCulture);

    private static string ExitOf(Order order, Fill fill) =>
        (order.Terms, order.Role) switch
        {
            ({ Class: OrderClass.Oco, LimitPrice: { } limit }, _) => fill.Price >= limit ? "target" : "stop",
            ({ Type: OrderType.TrailingStop }, _) => "trailing stop",
            ({ Type: OrderType.Stop }, _) => "stop",
            ({ Type: OrderType.Limit }, _) => "target",
            (_, OrderRole.Manual) => "schedule",
            _ => "at market",
        };

    private static decimal LastPrice(BacktestRun run, string symbol)
    {
        var bars = run.Prices[symbol];
        var end = run.Equity.Count == 0 ? default : run.Equity[^1].At;
        for (var i = bars.Count - 1; i >= 0; i--)
        {
            if (bars[i].End <= end)
            {
                return bars[i].Close;
            }
        }

        return 0;
    }
}
