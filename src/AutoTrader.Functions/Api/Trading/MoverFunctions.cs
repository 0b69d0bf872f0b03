using AutoTrader.Core.Ports.Brokerage;
using AutoTrader.Functions.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace AutoTrader.Functions.Api.Trading;

/// <summary>What moved most of the market.</summary>
public sealed class MoverFunctions(IMarketMovers movers)
{
    private const string Stocks = "stocks";

    // As many as Alpaca's screener gives.
    private const int Most = 50;
    private const int Default = 10;

    internal static ApiEndpoint Get { get; } =
        new(
            nameof(GetMovers),
            "get",
            "movers",
            "The largest gains and losses of the latest day against the previous close: of all US stocks with Alpaca's market "
                + "data, else of the "
                + "symbols that have a file."
        )
        {
            Tag = "market",
            Query =
            [
                Field.Choice("market_type", "The market.", Stocks) with
                {
                    Default = Stocks,
                },
                Field.Whole("limit", "The most rows of each kind.", 1, Most) with
                {
                    Default = "10",
                },
            ],
            Response = typeof(MoversView),
            Refusals = [503],
        };

    /// <summary>What rose and fell most.</summary>
    [Function(nameof(GetMovers))]
    public async Task<IResult> GetMovers([HttpTrigger(AuthorizationLevel.Function, "get", Route = "movers")] HttpRequest request)
    {
        var input = await ApiRequest.ReadAsync(request, Get);
        var found = await movers.GetMoversAsync(input.Query.Whole("limit") ?? Default, input.Cancellation);
        return ApiResult.Of(
            new MoversView(Stocks, [.. found.Gainers.Select(MoverView.Of)], [.. found.Losers.Select(MoverView.Of)], found.At)
        );
    }
}
