using AutoTrader.Core.Application.Reports;
using AutoTrader.Core.Ports.Brokerage;
using AutoTrader.Functions.Http;
using AutoTrader.Functions.Observability;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace AutoTrader.Functions.Api.Monitoring;

/// <summary>The checklist before trading with real money.</summary>
public sealed class ChecklistFunctions(Checklist checklist, HealthCheck health, IBroker broker)
{
    internal static ApiEndpoint Get { get; } =
        new(
            nameof(GetChecklist),
            "get",
            "checklist",
            "The go-live checklist, checked by the app: each item has a status (ok, warn or fail), a finding and what to do."
        )
        {
            Tag = "engine",
            Response = typeof(ChecklistView),
        };

    /// <summary>Runs the checklist.</summary>
    [Function(nameof(GetChecklist))]
    public async Task<IResult> GetChecklist([HttpTrigger(AuthorizationLevel.Function, "get", Route = "checklist")] HttpRequest request)
    {
        var input = await ApiRequest.ReadAsync(request, Get);
        var report = await health.LookAsync(input.Cancellation);
        var items = await checklist.LookAsync(report.Problems, input.Cancellation);
        return ApiResult.Of(
            new ChecklistView(
                broker.AccountKey,
                items.All(item => item.Status != ChecklistStatus.Fail),
                [.. items.Select(item => new ChecklistItemView(item.Id, item.What, item.Status, item.Found, item.Todo))]
            )
        );
    }
}
