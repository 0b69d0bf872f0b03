using AutoTrader.Core.Application;
using AutoTrader.Core.Market;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Risk;
using AutoTrader.Functions.Hosting;
using AutoTrader.Functions.Http;
using AutoTrader.Functions.Observability;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace AutoTrader.Functions.Api;

/// <summary>Everything that the page shows at a glance, in one answer that is cheap to ask for again.</summary>
public sealed class OverviewFunctions(OverviewService service, HealthCheck health, CycleSchedule cycle, TimeProvider clock)
{
    private const string LivePrefix = "alpaca-live";

    internal static ApiEndpoint Get { get; } =
        new(
            nameof(GetOverview),
            "get",
            "overview",
            "What you look at to know that all is well: account, health, cycles, market, attention, money, what is held and how it is "
                + "covered, working orders, and what is due in the next days. With If-None-Match, 304 while nothing has changed."
        )
        {
            Tag = "engine",
            Headers = [Header.ETag, Header.Now],
            TakesIfNoneMatch = true,
            Answer = typeof(OverviewView),
        };

    /// <summary>The overview.</summary>
    [Function(nameof(GetOverview))]
    public async Task<IResult> GetOverview([HttpTrigger(AuthorizationLevel.Function, "get", Route = "overview")] HttpRequest request)
    {
        var call = await ApiRequest.ReadAsync(request, Get);
        var report = health.LookAsync(call.Cancellation);
        var it = await service.LookAsync(call.Cancellation);
        var view = new OverviewView(
            it.Engine.Account,
            it.Engine.Account.StartsWith(LivePrefix, StringComparison.Ordinal),
            new((await report).Status, (await report).Problems),
            it.Engine.KillSwitch,
            new(it.Engine.Running, it.Engine.LastCycleAt, cycle.Next(it.Engine.Now), it.Engine.PendingRequests),
            new(it.Engine.MarketOpen, it.Engine.Session, it.Sessions),
            it.Engine.Attention,
            it.Risk is { } risk ? RiskView.Of(risk) : null,
            it.Portfolio is { } portfolio ? PortfolioView.Of(portfolio) : null,
            [.. it.Holdings.Select(holding => HoldingView.Of(holding, it.Portfolio))],
            [.. it.Strategies.Select(StrategyResource.Of)],
            it.Engine.Strategies,
            [.. it.Orders.Select(OrderView.Of)],
            it.Engine.OpenOrders,
            [.. it.Schedules.Select(ScheduleAheadView.Of)],
            it.ScheduleCount,
            it.LedgerTag
        );
        return ApiResult.OfVersion(view, request).With(Header.Now.Name, ApiJson.Text(clock.GetUtcNow()));
    }

    /// <param name="Account">The account key.</param>
    /// <param name="Live">Whether real money is traded.</param>
    /// <param name="Health">Whether the app works.</param>
    /// <param name="KillSwitch">The kill switch; null when it is off.</param>
    /// <param name="Engine">The cycles.</param>
    /// <param name="Market">The exchange.</param>
    /// <param name="Attention">Everything that needs the user's eye.</param>
    /// <param name="Risk">The limits; null while prices cannot be had.</param>
    /// <param name="Portfolio">Money; null while the broker or prices cannot be had.</param>
    /// <param name="Holdings">What is held, by owner.</param>
    /// <param name="Strategies">Strategies, those that hold shares first.</param>
    /// <param name="StrategyCount">How many there are.</param>
    /// <param name="Orders">Working orders.</param>
    /// <param name="OrderCount">How many there are.</param>
    /// <param name="Schedules">Schedules by their next occurrence.</param>
    /// <param name="ScheduleCount">How many there are.</param>
    /// <param name="LedgerTag">Changes when anything was traded.</param>
    private sealed record OverviewView(
        string Account,
        bool Live,
        HealthStateView Health,
        KillSwitch? KillSwitch,
        PulseView Engine,
        MarketView Market,
        IReadOnlyList<Attention> Attention,
        RiskView? Risk,
        PortfolioView? Portfolio,
        IReadOnlyList<HoldingView> Holdings,
        IReadOnlyList<StrategyResource> Strategies,
        int StrategyCount,
        IReadOnlyList<OrderView> Orders,
        int OrderCount,
        IReadOnlyList<ScheduleAheadView> Schedules,
        int ScheduleCount,
        string LedgerTag
    );

    private sealed record HealthStateView(string Status, IReadOnlyList<string> Problems);

    private sealed record PulseView(bool Running, DateTimeOffset? LastCycleAt, DateTimeOffset? NextCycleAt, int PendingRequests);

    private sealed record MarketView(bool Open, Session Session, IReadOnlyList<Session> Sessions);

    /// <param name="StrategyId">The strategy; manual for unmanaged shares.</param>
    /// <param name="Symbol">The symbol.</param>
    /// <param name="Quantity">Shares held.</param>
    /// <param name="CoveredQuantity">Of these, shares that a working sell covers.</param>
    /// <param name="StoppedQuantity">Of these, shares that a working stop covers.</param>
    /// <param name="WantsStop">Whether its strategy declares protection for what it holds.</param>
    /// <param name="Stop">The stop in dollars.</param>
    /// <param name="Price">The price in dollars; null without a quote.</param>
    /// <param name="DistancePct">How far the price is above the stop, in percent of the price.</param>
    /// <param name="UnrealizedPnl">Market value less cost, in dollars.</param>
    private sealed record HoldingView(
        string StrategyId,
        string Symbol,
        decimal Quantity,
        decimal CoveredQuantity,
        decimal StoppedQuantity,
        bool WantsStop,
        decimal? Stop,
        decimal? Price,
        decimal? DistancePct,
        decimal? UnrealizedPnl
    )
    {
        public static HoldingView Of(Protected it, PortfolioSummary? portfolio)
        {
            var position = portfolio?.Positions.FirstOrDefault(position => position.Symbol == it.Symbol);
            var owned = position?.Owners.FirstOrDefault(owner => owner.Owner == it.Owner);
            return new(
                it.Owner,
                it.Symbol,
                it.Quantity,
                it.Covered,
                it.Stopped,
                it.WantsStop,
                it.Stop,
                position?.Price,
                PositionView.Pct(position?.Price > 0 ? (position.Price - it.Stop) / position.Price * 100 : null),
                position?.Price is { } price ? owned?.Holding.Unrealized(price) : null
            );
        }
    }

    private sealed record ScheduleAheadView(ScheduleResource Schedule, IReadOnlyList<OccurrenceView> Upcoming, bool HasMore)
    {
        public static ScheduleAheadView Of(ScheduleAhead it) =>
            new(ScheduleResource.Of(it.Row), [.. it.Upcoming.Select(OccurrenceView.Of)], it.HasMore);
    }
}
