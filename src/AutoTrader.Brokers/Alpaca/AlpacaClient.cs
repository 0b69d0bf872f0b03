using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization;
using Polly.CircuitBreaker;
using Polly.RateLimiting;
using Polly.Timeout;

namespace AutoTrader.Brokers.Alpaca;

/// <summary>Requests to one of Alpaca's hosts. What comes back is a value, Alpaca's definitive no, or an
/// <see cref="AlpacaNoAnswerException"/>.</summary>
internal sealed class AlpacaClient(IHttpClientFactory factory, string name)
{
    /// <summary>The name of the client for orders.</summary>
    public const string Trading = "alpaca-trading";

    /// <summary>The name of the client for market data.</summary>
    public const string Data = "alpaca-data";

    /// <summary>How Alpaca writes JSON: snake case, numbers as strings (trading) or as numbers (market data).</summary>
    public static JsonSerializerOptions Json { get; } =
        new()
        {
            PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
            NumberHandling = JsonNumberHandling.AllowReadingFromString,
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        };

    /// <summary>An instant as it goes into an address.</summary>
    public static string Instant(DateTimeOffset instant) =>
        Uri.EscapeDataString(
            instant.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", System.Globalization.CultureInfo.InvariantCulture)
        );

    /// <summary>Reads; retried by the pipeline where that helps.</summary>
    public Task<T> GetAsync<T>(string path, CancellationToken cancellationToken) =>
        SendAsync<T>(HttpMethod.Get, path, null, AlpacaRequest.Read, cancellationToken);

    /// <summary>Sends something once.</summary>
    /// <param name="method">The method.</param>
    /// <param name="path">The path below the host, with its query.</param>
    /// <param name="body">The JSON body; null for none.</param>
    /// <param name="request">The request.</param>
    /// <param name="cancellationToken">Ends the wait; the request may have had its effect.</param>
    public async Task<T> SendAsync<T>(
        HttpMethod method,
        string path,
        object? body,
        AlpacaRequest request,
        CancellationToken cancellationToken
    )
    {
        var text = await SendAsync(method, path, body, request, cancellationToken);
        try
        {
            return JsonSerializer.Deserialize<T>(text, Json) ?? throw new AlpacaNoAnswerException("Alpaca's response is null.");
        }
        catch (Exception malformed) when (malformed is JsonException or NotSupportedException)
        {
            throw new AlpacaNoAnswerException($"Alpaca's answer to {Route(path)} cannot be read: {malformed.Message}", malformed);
        }
    }

    /// <summary>Sends something once; gives the body of a success.</summary>
    public async Task<string> SendAsync(
        HttpMethod method,
        string path,
        object? body,
        AlpacaRequest request,
        CancellationToken cancellationToken
    )
    {
        using var message = new HttpRequestMessage(method, path);
        if (body is not null)
        {
            message.Content = new StringContent(JsonSerializer.Serialize(body, Json), new MediaTypeHeaderValue("application/json"));
        }

        try
        {
            using var client = factory.CreateClient(name);
            using var response = await client.SendAsync(message, cancellationToken);
            var text = await response.Content.ReadAsStringAsync(cancellationToken);
            return response.IsSuccessStatusCode ? text : throw AlpacaErrors.Of(response.StatusCode, text, request);
        }
        catch (Exception failure) when (IsSilence(failure))
        {
            throw new AlpacaNoAnswerException($"Alpaca did not answer {method} {Route(path)}: {failure.Message}", failure)
            {
                WasNotTaken = NeverLeft(failure),
            };
        }
    }

    /// <summary>Whether a failure says nothing about the request.</summary>
    public static bool IsSilence(Exception failure) =>
        failure
            is HttpRequestException
                or TimeoutException
                or TimeoutRejectedException
                or BrokenCircuitException
                or RateLimiterRejectedException
        || failure is IOException and not AlpacaNoAnswerException;

    /// <summary>Whether an answer is worth another attempt of a read.</summary>
    public static bool IsPassing(HttpStatusCode status) =>
        status is HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout || (int)status >= 500;

    private static bool NeverLeft(Exception failure) =>
        failure is BrokenCircuitException
        || failure is HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError }
            && failure.InnerException is SocketException;

    private static string Route(string path) => path.Split('?')[0];
}
