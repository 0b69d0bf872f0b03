using AutoTrader.Core.Application.Reports;
using AutoTrader.Core.Market;
using AutoTrader.Core.Portfolio;
using AutoTrader.Core.Strategies;
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
            Query =
            [
                Field.Text("symbol", "Only for this symbol.", Symbol.MaxLength),
                Field.Text("strategy_id", "Only of this strategy; manual for manual orders.", StrategyValidation.MaxId),
                Field.Whole("days", "The last so many days.", 1, 36500) with
                {
                    Default = "30",
                },
                Field.Whole("limit", "The most ledger entries and closed trades, newest first.", 1, 10_000) with
                {
                    Default = "1000",
                },
                Field.Choice("format", "The format.", "json", "csv") with
                {
                    Default = "json",
                },
            ],
            Response = typeof(TradesView),
            OtherMedia = [Csv],
        };

    /// <summary>Trades.</summary>
    [Function(nameof(GetTrades))]
    public async Task<IResult> GetTrades([HttpTrigger(AuthorizationLevel.Function, "get", Route = "trades")] HttpRequest request)
    {
        var input = await ApiRequest.ReadAsync(request, Get);
        var ledger = await service.ReadAsync(
            new(input.Query.Text("symbol")?.ToUpperInvariant(), input.Query.Text("strategy_id"), input.Query.Whole("days") ?? DefaultDays),
            input.Cancellation
        );
        if (input.Query.Text("format") is { } format ? format == "csv" : WantsCsv(request))
        {
            return ApiResult.Text(TradesCsv.Write(ledger.Fills), Csv).With("Content-Disposition", "attachment; filename=trades.csv");
        }

        var limit = input.Query.Whole("limit") ?? DefaultLimit;
        return ApiResult.Of(TradesView.Of(ledger.Analysis, ledger.Fills, limit));
    }

    private static bool WantsCsv(HttpRequest request) =>
        MediaTypeHeaderValue.TryParseList([.. request.Headers.Accept.OfType<string>()], out var accepted)
        && accepted.OrderByDescending(type => type.Quality ?? 1).FirstOrDefault()?.MediaType.Equals(Csv, StringComparison.OrdinalIgnoreCase)
            == true;
}
