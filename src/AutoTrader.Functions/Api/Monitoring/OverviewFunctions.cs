using AutoTrader.Core.Application.Reports;
using AutoTrader.Functions.Http;
using AutoTrader.Functions.Observability;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace AutoTrader.Functions.Api.Monitoring;

/// <summary>Everything that the page shows at a glance, in one response that is cheap to poll.</summary>
public sealed class OverviewFunctions(OverviewService service, HealthCheck health, CycleSchedule cycle, TimeProvider clock)
{
    internal static ApiEndpoint Get { get; } =
        new(
            nameof(GetOverview),
            "get",
            "overview",
            "Everything at a glance: account, health, cycles, market, attention, money, positions and their "
                + "protection, working orders, and what is due in the next days. With If-None-Match, 304 while nothing has changed."
        )
        {
            Tag = "engine",
            Headers = [Header.ETag, Header.Now],
            TakesIfNoneMatch = true,
            Response = typeof(OverviewView),
        };

    /// <summary>The overview.</summary>
    [Function(nameof(GetOverview))]
    public async Task<IResult> GetOverview([HttpTrigger(AuthorizationLevel.Function, "get", Route = "overview")] HttpRequest request)
    {
        var input = await ApiRequest.ReadAsync(request, Get);
        var report = health.LookAsync(input.Cancellation);
        var it = await service.LookAsync(input.Cancellation);
        var view = new OverviewView(
            it.Engine.Account,
            EngineView.IsLive(it.Engine.Account),
            new((await report).Status, (await report).Problems),
            KillSwitchDetails.Of(it.Engine.KillSwitch),
            new(it.Engine.Running, it.Engine.LastCycleAt, cycle.Next(it.Engine.Now), it.Engine.PendingRequests),
            new(it.Engine.MarketOpen, SessionView.Of(it.Engine.Session), [.. it.Sessions.Select(SessionView.Of)]),
            [.. it.Engine.Attention.Select(AttentionView.Of)],
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
        return ApiResult.OfVersion(view, request).With(Header.Now.Name, ContractJson.Text(clock.GetUtcNow()));
    }
}
