using AutoTrader.Core.Application;
using AutoTrader.Functions.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace AutoTrader.Functions.Api.Trading;

/// <summary>The limits of the account.</summary>
public sealed class RiskFunctions(RiskService service)
{
    internal static ApiEndpoint Get { get; } =
        new(nameof(GetRisk), "get", "risk", "The limits, and how far the day has used them up.")
        {
            Headers = [Header.ETag],
            Tag = "engine",
            Response = typeof(RiskView),
        };

    internal static ApiEndpoint Put { get; } =
        new(nameof(PutRisk), "put", "risk", "Changes limits; they apply to every later order. Omitted fields stay unchanged.")
        {
            Headers = [Header.ETag],
            Tag = "engine",
            TakesIfMatch = true,
            Body = typeof(RiskRequest),
            Response = typeof(RiskView),
            Refusals = [412],
        };

    /// <summary>The limits and their remaining amounts.</summary>
    [Function(nameof(GetRisk))]
    public async Task<IResult> GetRisk([HttpTrigger(AuthorizationLevel.Function, "get", Route = "risk")] HttpRequest request)
    {
        var input = await ApiRequest.ReadAsync(request, Get);
        var status = await service.GetAsync(input.Cancellation);
        return ApiResult.Of(RiskView.Of(status)).Tagged(status.Tag);
    }

    /// <summary>Changes limits.</summary>
    [Function(nameof(PutRisk))]
    public async Task<IResult> PutRisk([HttpTrigger(AuthorizationLevel.Function, "put", Route = "risk")] HttpRequest request)
    {
        var input = await ApiRequest.ReadAsync(request, Put);
        var body = input.Body<RiskRequest>();
        var status = await service.SetAsync(
            limits =>
                limits with
                {
                    MaxPositionSize = body.MaxPositionSize.Or(limits.MaxPositionSize),
                    MaxPositionValue = body.MaxPositionValue.Or(limits.MaxPositionValue),
                    MaxOrderValue = body.MaxOrderValue.Or(limits.MaxOrderValue),
                    MaxDailyLoss = body.MaxDailyLoss.Or(limits.MaxDailyLoss),
                    MaxDailyTrades = body.MaxDailyTrades.Or(limits.MaxDailyTrades),
                    AllowMargin = body.AllowMargin.Or(limits.AllowMargin),
                },
            input.IfMatch,
            input.Caller,
            input.Cancellation
        );
        return ApiResult.Of(RiskView.Of(status)).Tagged(status.Tag);
    }
}
