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
            Body =
            [
                Field.Number("max_position_size", "The most shares per symbol, held and on order.") with
                {
                    Default = "100",
                },
                Field.Number("max_position_value", "The largest value per symbol in dollars, held and on order.") with
                {
                    Default = "10000",
                },
                Field.Number("max_order_value", "The largest value of one order in dollars.") with
                {
                    Default = "5000",
                },
                Field.Number("max_daily_loss", "The daily loss in dollars at which buying stops until the next session.") with
                {
                    Default = "500",
                },
                Field.Whole("max_daily_trades", "Buy orders with their first fill on one trading day.", 0, 1_000_000) with
                {
                    Default = "50",
                },
                Field.Flag("allow_margin", "Whether buys may use margin.") with
                {
                    Default = "false",
                },
            ],
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
        var body = input.Body;
        var status = await service.SetAsync(
            limits =>
                limits with
                {
                    MaxPositionSize = body.Number("max_position_size") ?? limits.MaxPositionSize,
                    MaxPositionValue = body.Number("max_position_value") ?? limits.MaxPositionValue,
                    MaxOrderValue = body.Number("max_order_value") ?? limits.MaxOrderValue,
                    MaxDailyLoss = body.Number("max_daily_loss") ?? limits.MaxDailyLoss,
                    MaxDailyTrades = body.Whole("max_daily_trades") ?? limits.MaxDailyTrades,
                    AllowMargin = body.Flag("allow_margin") ?? limits.AllowMargin,
                },
            input.IfMatch,
            input.Caller,
            input.Cancellation
        );
        return ApiResult.Of(RiskView.Of(status)).Tagged(status.Tag);
    }
}
