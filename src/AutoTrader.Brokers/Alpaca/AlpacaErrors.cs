using System.Net;
using System.Text.Json;
using AutoTrader.Core.Ports.Brokerage;

namespace AutoTrader.Brokers.Alpaca;

/// <summary>Alpaca gave no answer that says what became of a request.</summary>
/// <param name="message">What came instead.</param>
/// <param name="innerException">The failure beneath; null when an answer came.</param>
internal sealed class AlpacaNoAnswerException(string message, Exception? innerException = null) : IOException(message, innerException)
{
    /// <summary>Whether the request certainly had no effect, so that it may be sent again.</summary>
    public bool WasNotTaken { get; init; }
}

/// <summary>Alpaca cannot serve a read, for example for an unknown symbol.</summary>
/// <param name="message">Alpaca's words.</param>
internal sealed class AlpacaBadRequestException(string message) : Exception(message);

/// <summary>The request, which decides how to read the response.</summary>
internal enum AlpacaRequest
{
    /// <summary>Anything that changes nothing.</summary>
    Read,

    /// <summary>A new order.</summary>
    Submit,

    /// <summary>A new order for a working one.</summary>
    Replace,

    /// <summary>A cancel.</summary>
    Cancel,
}

/// <summary>
/// Separates Alpaca's definitive rejections from all other failures. A rejection is JSON with a code; an HTML page, a broken body, a
/// refused key or a server error says nothing about an order. The codes are broad, so the message and the other fields decide.
/// </summary>
internal static class AlpacaErrors
{
    private const int Forbidden = 40310000;
    private const int Invalid = 42210000;
    private const int NotFound = 40410000;
    private const int LongestMessage = 300;

    /// <summary>The exception for an answer that is not a success.</summary>
    public static Exception Of(HttpStatusCode status, string body, AlpacaRequest request)
    {
        var parsed = Parse(body);
        if (request == AlpacaRequest.Read && status == HttpStatusCode.BadRequest && parsed is not null)
        {
            return new AlpacaBadRequestException(parsed.Message);
        }

        if (
            parsed is not { Code: { } code } problem
            || status
                is not (
                    HttpStatusCode.BadRequest
                    or HttpStatusCode.Forbidden
                    or HttpStatusCode.NotFound
                    or HttpStatusCode.UnprocessableEntity
                )
        )
        {
            return new AlpacaNoAnswerException($"Alpaca answered {(int)status}{Hint(status)}.")
            {
                WasNotTaken = status == HttpStatusCode.TooManyRequests,
            };
        }

        // Only the documented pair means absent.
        return status == HttpStatusCode.NotFound && code != NotFound
            ? new AlpacaNoAnswerException($"Alpaca answered 404 with code {code}, which does not say that the order is absent.")
            : new BrokerRefusedException(Kind(status, code, problem, request), problem.Message);
    }

    private static RefusalKind Kind(HttpStatusCode status, int code, Problem problem, AlpacaRequest request) =>
        code switch
        {
            _ when problem.Says("client_order_id must be unique") => RefusalKind.DuplicateClientOrderId,
            NotFound => RefusalKind.NotFound,
            _ when request == AlpacaRequest.Cancel && status == HttpStatusCode.UnprocessableEntity => RefusalKind.NotCancelable,
            // The words of a refused replacement are not documented.
            _ when request == AlpacaRequest.Replace
                    && problem.SaysAny("cannot replace", "not replaceable", "not open", "already in", "cannot be replaced") =>
                RefusalKind.NotCancelable,
            Forbidden when problem.Says("wash trade") || problem.Says("opposite side") => RefusalKind.WashTrade,
            Forbidden when problem.Has("buying_power") || problem.Says("buying power") => RefusalKind.InsufficientBuyingPower,
            Forbidden when problem.Has("held_for_orders") || problem.SaysAny("insufficient qty", "not allowed to short", "short sell") =>
                RefusalKind.InsufficientShares,
            // Alpaca has these words for a stop beyond the market, too: the engine's next stop, which rests alone, is answered by others
            // then.
            Invalid when problem.SaysAny("stop price", "stop_price") && problem.SaysAny("base_price", "base price") =>
                RefusalKind.StopPriceTooClose,
            Invalid when IsBeyondMarket(problem) => RefusalKind.StopPriceBeyondMarket,
            // The words of a missed auction are not documented.
            Forbidden
            or Invalid
                when problem.SaysAny("market-on-open", "market-on-close", "opg order", "cls order", "auction")
                    && problem.SaysAny("cutoff", "cut-off", "between", "after", "refused", "not accepted") => RefusalKind.PastCutoff,
            _ => RefusalKind.Other,
        };

    // It makes the engine sell at market: only words that compare the stop with the market count, not every refused stop price.
    private static bool IsBeyondMarket(Problem problem) =>
        problem.SaysAny("stop price", "stop_price") && problem.SaysAny("current price", "market price");

    private static string Hint(HttpStatusCode status) =>
        status switch
        {
            HttpStatusCode.Unauthorized => ": the key was not accepted. Check the key and that it belongs to this environment",
            HttpStatusCode.Forbidden => ": the key may not do this. Check the key and the data plan",
            HttpStatusCode.TooManyRequests => ": too many requests",
            _ => "",
        };

    private static Problem? Parse(string body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            return json.RootElement.ValueKind != JsonValueKind.Object
                ? null
                : new(
                    json.RootElement.TryGetProperty("code", out var code)
                    && code.ValueKind == JsonValueKind.Number
                    && code.TryGetInt32(out var number)
                        ? number
                        : null,
                    json.RootElement.TryGetProperty("message", out var message) && message.ValueKind == JsonValueKind.String
                        ? message.GetString()!
                        : "no reason given",
                    [.. json.RootElement.EnumerateObject().Select(property => property.Name)]
                );
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private sealed record Problem(int? Code, string Text, HashSet<string> Fields)
    {
        public string Message => Text.Length <= LongestMessage ? Text : Text[..LongestMessage];

        public bool Says(string words) => Text.Contains(words, StringComparison.OrdinalIgnoreCase);

        public bool SaysAny(params ReadOnlySpan<string> words)
        {
            foreach (var each in words)
            {
                if (Says(each))
                {
                    return true;
                }
            }

            return false;
        }

        public bool Has(string field) => Fields.Contains(field);
    }
}
