using AutoTrader.Core.Application;
using AutoTrader.Functions.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace AutoTrader.Functions.Api.Monitoring;

/// <summary>Who changed what.</summary>
public sealed class AuditFunctions(ChangeLog log, Cursors cursors)
{
    private const string Name = "audit";

    internal static ApiEndpoint List { get; } =
        new ApiEndpoint(nameof(ListAudit), "get", "audit", "Every change and its author, newest first.")
        {
            Tag = "engine",
            Response = typeof(ListView<AuditView>),
        }.Paged();

    /// <summary>Every change, newest first.</summary>
    [Function(nameof(ListAudit))]
    public async Task<IResult> ListAudit([HttpTrigger(AuthorizationLevel.Function, "get", Route = "audit")] HttpRequest request)
    {
        var input = await ApiRequest.ReadAsync(request, List);
        var page = await log.ListAsync(input.Limit, cursors.Read(Name, input.Query.Text("cursor")), input.Cancellation);
        return ApiResult.Of(ListView<AuditView>.Of(page.Items.Select(AuditView.Of), cursors.Write(Name, page.Continuation)));
    }
}
