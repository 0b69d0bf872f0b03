using AutoTrader.Core.Application.Reports;
using AutoTrader.Core.Portfolio;
using AutoTrader.Functions.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Net.Http.Headers;

namespace AutoTrader.Functions.Api.Trading;

/// <summary>Trades and their results.</summary>
public sealed class TradeFunctions(LedgerService service)
{
    private const string Csv = "text/csv";
    private const int DefaultDays = 30;
    private const int DefaultLimit = 1000;

    internal static ApiEndpoint Get { get; } =
        new(
            nameof(GetTrades),
            "get",
            "trades",
            "Closed trades, first in, first out, per symbol and in total, and the newest ledger entries. As CSV with format=csv or "
                + "Accept: text/csv: the ledger entries, oldest first."
        )
        {
            Headers = [Header.Disposition],
            Tag = "portfolio",
            Query = typeof(TradeQuery),
            Response = typeof(TradesView),
            OtherMedia = [Csv],
        };

    /// <summary>Trades.</summary>
    [Function(nameof(GetTrades))]
    public async Task<IResult> GetTrades([HttpTrigger(AuthorizationLevel.Function, "get", Route = "trades")] HttpRequest request)
    {
        var input = await ApiRequest.ReadAsync(request, Get);
        var query = input.Query<TradeQuery>();
        var ledger = await service.ReadAsync(
            new(query.Symbol?.ToUpperInvariant(), query.StrategyId, query.Days ?? DefaultDays),
            input.Cancellation
        );
        if (query.Format is { } format ? format == TradeFormat.Csv : WantsCsv(request))
        {
            return ApiResult.Text(TradesCsv.Write(ledger.Fills), Csv).With("Content-Disposition", "attachment; filename=trades.csv");
        }

        return ApiResult.Of(TradesView.Of(ledger.Analysis, ledger.Fills, query.Limit ?? DefaultLimit));
    }

    private static bool WantsCsv(HttpRequest request) =>
        MediaTypeHeaderValue.TryParseList([.. request.Headers.Accept.OfType<string>()], out var accepted)
        && accepted.OrderByDescending(type => type.Quality ?? 1).FirstOrDefault()?.MediaType.Equals(Csv, StringComparison.OrdinalIgnoreCase)
            == true;
}
