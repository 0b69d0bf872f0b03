using AutoTrader.Core.Application;
using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports.Brokerage;
using AutoTrader.Functions.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace AutoTrader.Functions.Api.Trading;

/// <summary>Quotes and bars as the market data source gives them now.</summary>
public sealed class QuoteFunctions(IMarketData market, TimeProvider clock)
{
    private const int MostSymbols = 100;
    private const int MostBarDays = 30;
    private const int DefaultBarDays = 3;
    private const int MostBars = 10_000;
    private const int DefaultBars = 1000;

    internal static ApiEndpoint List { get; } =
        new(nameof(ListQuotes), "get", "quotes", "Quotes of several symbols; symbols without a quote are omitted.")
        {
            Tag = "market",
            Query = [Field.Text("symbols", "Up to 100 symbols, separated by commas.", 1100) with { Required = true }],
            Response = typeof(ListView<QuoteView>),
            Refusals = [503],
        };

    internal static ApiEndpoint Get { get; } =
        new(nameof(GetQuote), "get", "quotes/{symbol}", "The quote of a symbol.")
        {
            Tag = "market",
            Response = typeof(QuoteView),
            Refusals = [404, 503],
        };

    internal static ApiEndpoint Bars { get; } =
        new(nameof(ListBars), "get", "bars/{symbol}", "The latest one-minute bars of a symbol in chronological order, up to limit.")
        {
            Tag = "market",
            Query =
            [
                Field.Whole("days", "The last so many days.", 1, MostBarDays) with
                {
                    Default = "3",
                },
                Field.Whole("limit", "The most items to return.", 1, MostBars) with
                {
                    Default = "1000",
                },
            ],
            Response = typeof(ListView<BarView>),
            Refusals = [404, 503],
        };

    /// <summary>Quotes of several symbols.</summary>
    [Function(nameof(ListQuotes))]
    public async Task<IResult> ListQuotes([HttpTrigger(AuthorizationLevel.Function, "get", Route = "quotes")] HttpRequest request)
    {
        var input = await ApiRequest.ReadAsync(request, List);
        var symbols = input.Query.Text("symbols")!.Split(',').Select(Known).ToHashSet(StringComparer.Ordinal);
        if (symbols.Count > MostSymbols)
        {
            throw Invalid("symbols", FieldProblem.TooLong, "Ask for at most 100 symbols at once.");
        }

        var quotes = await market.GetQuotesAsync(symbols, input.Cancellation);
        return ApiResult.Of(
            ListView<QuoteView>.Of(quotes.Values.OrderBy(quote => quote.Symbol, StringComparer.Ordinal).Select(QuoteView.Of))
        );
    }

    /// <summary>The quote of a symbol.</summary>
    [Function(nameof(GetQuote))]
    public async Task<IResult> GetQuote(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "quotes/{symbol}")] HttpRequest request,
        string symbol
    )
    {
        var input = await ApiRequest.ReadAsync(request, Get);
        var known = Known(symbol);
        if ((await market.GetQuotesAsync([known], input.Cancellation)).TryGetValue(known, out var quote))
        {
            return ApiResult.Of(QuoteView.Of(quote));
        }

        var feed = (await market.GetFeedsAsync([known], input.Cancellation)).GetValueOrDefault(known);
        throw new RefusedException(
            Refusal.NotFound,
            "QUOTE_NOT_FOUND",
            $"There is no quote of {known} now: "
                + $"{feed?.Problem ?? feed?.Ended ?? "the market is closed, or the source does not know the symbol"}."
        );
    }

    /// <summary>The bars of a symbol.</summary>
    [Function(nameof(ListBars))]
    public async Task<IResult> ListBars(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "bars/{symbol}")] HttpRequest request,
        string symbol
    )
    {
        var input = await ApiRequest.ReadAsync(request, Bars);
        var now = clock.GetUtcNow();
        var (known, days) = (Known(symbol), input.Query.Whole("days") ?? DefaultBarDays);
        var bars = await market.GetBarsAsync(known, now.AddDays(-days), now, input.Cancellation);
        if (bars.Count == 0)
        {
            throw new RefusedException(
                Refusal.NotFound,
                "BARS_NOT_FOUND",
                $"There are no bars of {known} on these days: it did not trade, or the source does not know the symbol."
            );
        }

        return ApiResult.Of(ListView<BarView>.Of(bars.TakeLast(input.Query.Whole("limit") ?? DefaultBars).Select(BarView.Of)));
    }

    private static string Known(string text) =>
        Symbol.Normalize(text) is var symbol && Symbol.IsValid(symbol)
            ? symbol
            : throw Invalid("symbol", FieldProblem.Malformed, "A symbol is 1 to 10 of A-Z 0-9 . - and begins with a letter.");

    private static RefusedException Invalid(string field, string code, string message) =>
        new(Refusal.Invalid, "VALIDATION_ERROR", message) { Fields = [new(field, code, message)] };
}
