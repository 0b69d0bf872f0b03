using AutoTrader.Core.Application.Scheduling;
using AutoTrader.Core.Engine;
using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Portfolio;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Brokerage;
using AutoTrader.Core.Schedules;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Core.Application.Reports;

/// <summary>Shares of one owner in one symbol, and what would sell them if the price falls.</summary>
/// <param name="Owner">The strategy; <see cref="Order.ManualOwner"/> for unmanaged shares.</param>
/// <param name="Symbol">The symbol.</param>
/// <param name="Quantity">Shares held.</param>
/// <param name="Covered">Of these, shares that a working sell covers.</param>
/// <param name="Stopped">Of these, shares that a working stop covers; the others only sell at a target.</param>
/// <param name="Stop">The stop in dollars: the strategy's effective stop, else the highest of its working stops; null without
/// one.</param>
/// <param name="WantsStop">Whether its strategy declares protection.</param>
public sealed record Protected(
    string Owner,
    string Symbol,
    decimal Quantity,
    decimal Covered,
    decimal Stopped,
    decimal? Stop,
    bool WantsStop
)
{
    /// <summary>What <paramref name="strategy"/> holds.</summary>
    public static Protected Of(Strategy strategy, IReadOnlyList<Order> orders)
    {
        ArgumentNullException.ThrowIfNull(strategy);
        return Of(Exposure.Of(strategy, orders), strategy.Id, strategy.Symbol, orders, strategy.EffectiveStop, strategy.DeclaresProtection);
    }

    /// <summary>Unmanaged shares.</summary>
    public static Protected Of(UnmanagedHolding holding, IReadOnlyList<Order> orders)
    {
        ArgumentNullException.ThrowIfNull(holding);
        var sells = orders.Where(IsSell).Sum(order => order.OpenQuantity);
        return Of(new(holding.Holding.Quantity, 0, sells, 0), Order.ManualOwner, holding.Symbol, orders, null, wantsStop: false);
    }

    private static Protected Of(
        in Exposure exposure,
        string owner,
        string symbol,
        IReadOnlyList<Order> orders,
        decimal? stop,
        bool wantsStop
    )
    {
        var stops = orders
            .Where(order => IsSell(order) && !Exposure.IsBeingReplaced(order, orders))
            .Where(order =>
                order.Terms.Type is OrderType.Stop or OrderType.StopLimit or OrderType.TrailingStop || order.Terms.Class == OrderClass.Oco
            )
            .ToList();
        return new(
            owner,
            symbol,
            exposure.Held,
            Math.Clamp(exposure.OpenSells, 0, Math.Max(0, exposure.Held)),
            Math.Clamp(stops.Sum(order => order.OpenQuantity), 0, Math.Max(0, exposure.Held)),
            stop ?? stops.Max(order => order.BrokerStopPrice ?? order.Terms.StopPrice),
            wantsStop
        );
    }

    private static bool IsSell(Order order) => order is { IsWorking: true, Terms.Side: OrderSide.Sell };
}

/// <summary>A schedule with what comes next.</summary>
/// <param name="Row">The schedule.</param>
/// <param name="Upcoming">Its next occurrences until the end of the overview's days, at most
/// <see cref="OverviewService.MostOccurrences"/>.</param>
/// <param name="HasMore">Whether there are more of them in these days.</param>
public sealed record ScheduleAhead(Row<Schedule> Row, IReadOnlyList<UpcomingOccurrence> Upcoming, bool HasMore);

/// <summary>Everything at a glance: the engine, holdings with their protection, and due occurrences.
/// </summary>
public sealed record Overview
{
    /// <summary>How the engine is doing; with the attention items of schedules.</summary>
    public required EngineStatus Engine { get; init; }

    /// <summary>The sessions of the overview's days, that of today first.</summary>
    public required IReadOnlyList<Session> Sessions { get; init; }

    /// <summary>The limits and their remaining amounts; null when prices are unavailable.</summary>
    public required RiskStatus? Risk { get; init; }

    /// <summary>Money and positions; null when the broker or the prices cannot be had.</summary>
    public required PortfolioSummary? Portfolio { get; init; }

    /// <summary>Holdings by owner, strategies first.</summary>
    public required IReadOnlyList<Protected> Holdings { get; init; }

    /// <summary>Strategies, those that hold shares first, then those that may enter; at most
    /// <see cref="OverviewService.MostRows"/>.</summary>
    public required IReadOnlyList<Row<Strategy>> Strategies { get; init; }

    /// <summary>Orders that may still trade, oldest first; at most <see cref="OverviewService.MostRows"/>.</summary>
    public required IReadOnlyList<Order> Orders { get; init; }

    /// <summary>Schedules by their next occurrence, those without one last; at most <see cref="OverviewService.MostRows"/>.</summary>
    public required IReadOnlyList<ScheduleAhead> Schedules { get; init; }

    /// <summary>How many schedules there are.</summary>
    public required int ScheduleCount { get; init; }

    /// <summary>Changes when anything was traded.</summary>
    public required string LedgerTag { get; init; }
}

/// <summary>Puts the overview together. All of it is of one loading of the books.</summary>
public sealed class OverviewService(
    ITradingStore store,
    IBroker broker,
    IMarketData market,
    IEngineEvents events,
    EngineService engine,
    RiskService risk,
    PortfolioService portfolio,
    StrategyService strategies,
    ScheduleService schedules,
    TimeProvider clock
)
{
    /// <summary>How many days it looks ahead.</summary>
    public const int Days = 5;

    /// <summary>How many occurrences of one schedule it shows.</summary>
    public const int MostOccurrences = 12;

    /// <summary>How many strategies, orders or schedules it shows.</summary>
    public const int MostRows = 300;

    private const int SchedulePage = 1000;

    /// <summary>Checks everything.</summary>
    public async Task<Overview> LookAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var planned = Paging.AllAsync(token => schedules.ListAsync(new(), SchedulePage, token, cancellationToken));
        var snapshot = await store.LoadAsync(broker.AccountKey, cancellationToken);
        var valued = ValueAsync(snapshot, cancellationToken);
        var seen = await engine.StatusAsync(snapshot, cancellationToken);
        var all = await planned;
        var alarms = await schedules.AttentionAsync(all, cancellationToken);
        var calendar = seen.Calendar;
        var today = calendar.TradingDay(now);
        var (money, limits) = await valued;
        return new()
        {
            Engine = seen with { Attention = [.. seen.Attention, .. alarms] },
            Sessions = [.. calendar.Sessions(today, today.AddDays(Days - 1))],
            Risk = limits,
            Portfolio = money,
            Holdings = HoldingsOf(snapshot),
            Strategies = await strategies.WithWaitsAsync(
                [
                    .. snapshot
                        .Strategies.OrderByDescending(row => row.Value.Holding.Quantity > 0)
                        .ThenByDescending(row => row.Value.MayEnter)
                        .ThenBy(row => row.Value.Id, StringComparer.Ordinal)
                        .Take(MostRows),
                ],
                cancellationToken
            ),
            Orders =
            [
                .. snapshot
                    .Orders.Select(row => row.Value)
                    .Where(order => order.IsWorking)
                    .OrderBy(order => order.DecidedAt)
                    .Take(MostRows),
            ],
            Schedules =
            [
                .. all.OrderBy(row => row.Value.NextRun ?? DateTimeOffset.MaxValue)
                    .ThenBy(row => row.Value.Id, StringComparer.Ordinal)
                    .Take(MostRows)
                    .Select(row => Ahead(row, now, EndOf(today.AddDays(Days - 1), calendar))),
            ],
            ScheduleCount = all.Count,
            LedgerTag = VersionTag.Of(
                string.Join(
                    '\n',
                    Application
                        .Holdings.Of(snapshot)
                        .Select(it =>
                            FormattableString.Invariant(
                                $"{it.Owner} {it.Symbol} {it.Holding.Quantity} {it.Holding.Cost} {it.Holding.Realized} {it.Holding.Fees}"
                            )
                        )
                )
            ),
        };
    }

    private static List<Protected> HoldingsOf(TradingSnapshot snapshot)
    {
        var orders = snapshot.Orders.Select(row => row.Value).ToLookup(order => order.StrategyId, StringComparer.Ordinal);
        return
        [
            .. snapshot
                .Strategies.Select(row => Protected.Of(row.Value, [.. orders[row.Value.Id]]))
                .Concat(
                    snapshot.Unmanaged.Select(row =>
                        Protected.Of(row.Value, [.. orders[Order.ManualOwner].Where(order => order.Terms.Symbol == row.Value.Symbol)])
                    )
                )
                .Where(holding => holding.Quantity != 0),
        ];
    }

    private static ScheduleAhead Ahead(Row<Schedule> row, DateTimeOffset now, DateTimeOffset end)
    {
        // An invalid schedule is in the attention list, and must not hide the others.
        if (!row.Value.Enabled || row.Value.NextRun is null || ScheduleValidation.Validate(row.Value).Count > 0)
        {
            return new(row, [], false);
        }

        List<UpcomingOccurrence> due =
        [
            .. SchedulePreview.Of(row.Value, now, MostOccurrences + 1).Occurrences.TakeWhile(occurrence => occurrence.At < end),
        ];
        return new(row, [.. due.Take(MostOccurrences)], due.Count > MostOccurrences);
    }

    private static DateTimeOffset EndOf(DateOnly day, TradingCalendar calendar) =>
        LocalTimes.Resolve(day.AddDays(1).ToDateTime(TimeOnly.MinValue), calendar.NewYork);

    // Both use the same prices, which are read once. Prices for strategies' holdings do not need the broker.
    private async Task<(PortfolioSummary? Portfolio, RiskStatus? Risk)> ValueAsync(
        TradingSnapshot snapshot,
        CancellationToken cancellationToken
    )
    {
        var atBroker = await OrNullAsync(() => broker.GetPositionsAsync(cancellationToken), cancellationToken);
        var prices = await OrNullAsync(() => Prices.OfHeldAsync(market, snapshot, atBroker ?? [], cancellationToken), cancellationToken);
        if (prices is null)
        {
            return (null, null);
        }

        var limits = await OrNullAsync(() => Task.FromResult(risk.Of(snapshot, prices)), cancellationToken);
        return atBroker is null
            ? (null, limits)
            : (await OrNullAsync(() => portfolio.SummaryAsync(snapshot, atBroker, prices, cancellationToken), cancellationToken), limits);
    }

    // Without the broker or prices the dependent parts are missing; the rest must still be shown. A bug is not an outage, and must not look
    // like one.
    private async Task<T?> OrNullAsync<T>(Func<Task<T>> read, CancellationToken cancellationToken)
        where T : class
    {
        try
        {
            return await read();
        }
        catch (Exception failure) when (failure is not StorageUnavailableException && !cancellationToken.IsCancellationRequested)
        {
            if (Faults.IsOurs(failure))
            {
                events.Faulted("The overview", failure);
            }

            return null;
        }
    }
}
