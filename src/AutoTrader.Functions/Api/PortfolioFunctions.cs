using AutoTrader.Core.Application;
using AutoTrader.Functions.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace AutoTrader.Functions.Api;

/// <summary>Positions and money.</summary>
public sealed class PortfolioFunctions(PortfolioService service)
{
    internal static ApiEndpoint Positions { get; } =
        new(
            nameof(GetPositions),
            "get",
            "positions",
            "Positions by symbol: shares of strategies, unmanaged shares, and what the broker says."
        )
        {
            Tag = "portfolio",
            Answer = typeof(ListView<PositionView>),
            Refusals = [503],
        };

    internal static ApiEndpoint Portfolio { get; } =
        new(
            nameof(GetPortfolio),
            "get",
            "portfolio",
            "Equity, cash and what moved it, profit and loss, and positions by value. Cash movements are signed: what was taken is "
                + "negative."
        )
        {
            Tag = "portfolio",
            Answer = typeof(PortfolioView),
            Refusals = [503],
        };

    /// <summary>Positions by symbol.</summary>
    [Function(nameof(GetPositions))]
    public async Task<IResult> GetPositions([HttpTrigger(AuthorizationLevel.Function, "get", Route = "positions")] HttpRequest request)
    {
        var call = await ApiRequest.ReadAsync(request, Positions);
        return ApiResult.Of(
            ListView<PositionView>.Of((await service.PositionsAsync(call.Cancellation)).Select(position => PositionView.Of(position)))
        );
    }

    /// <summary>Money and positions together.</summary>
    [Function(nameof(GetPortfolio))]
    public async Task<IResult> GetPortfolio([HttpTrigger(AuthorizationLevel.Function, "get", Route = "portfolio")] HttpRequest request)
    {
        var call = await ApiRequest.ReadAsync(request, Portfolio);
        return ApiResult.Of(PortfolioView.Of(await service.SummaryAsync(call.Cancellation)));
    }
}
