using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using AutoTrader.Core.Notifications;

namespace AutoTrader.Functions.Notifications;

/// <summary>A channel that posts notifications as JSON to an address. Redirects are not followed; errors do not include the
/// address.</summary>
internal sealed class WebhookChannel(
    string name,
    string kind,
    Uri address,
    IReadOnlySet<string> muted,
    Func<Notification, JsonObject> payload,
    string? secret,
    HttpClient client,
    TimeProvider wallClock
) : INotificationChannel
{
    /// <summary>When the request was signed, in seconds since 1970.</summary>
    public const string TimestampHeader = "X-AutoTrader-Timestamp";

    /// <summary><c>sha256=</c> and, in hexadecimal, HMAC-SHA256 of the timestamp, a dot and the body, with the channel's secret in
    /// UTF-8.</summary>
    public const string SignatureHeader = "X-AutoTrader-Signature";

    /// <summary>The event's name.</summary>
    public const string EventHeader = "X-AutoTrader-Event";

    /// <summary>The same for each attempt of a notification, so that receivers can drop duplicates.</summary>
    public const string DeliveryHeader = "X-AutoTrader-Delivery";

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    public string Name => name;

    public string Kind => kind;

    public string RedactedAddress => $"{address.Scheme}://{address.Authority}/***";

    public IReadOnlySet<string> Muted => muted;

    /// <summary>The client that all channels share: no redirects, no cookies, no proxy, public addresses only. It logs nothing, for
    /// addresses are secrets.</summary>
    public static HttpClient NewClient() =>
        new(
            new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                UseCookies = false,
                UseProxy = false,
                PooledConnectionLifetime = TimeSpan.FromMinutes(5),
                ConnectTimeout = Timeout,
                ConnectCallback = WebhookAddress.ConnectAsync,
                ActivityHeadersPropagator = null,
            }
        )
        {
            Timeout = System.Threading.Timeout.InfiniteTimeSpan,
        };

    public async Task<SendResult> SendAsync(Notification notification, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(Timeout, wallClock);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            using var request = Request(notification);
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, linked.Token);
            return Result(response);
        }
        catch (HttpRequestException failure)
        {
            return new(false, $"It could not be reached ({failure.HttpRequestError}).", IsUnreachable: true);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new(false, "It did not answer within 10 seconds.", IsUnreachable: true);
        }
        catch (IOException)
        {
            return new(false, "It closed the connection.", IsUnreachable: true);
        }
    }

    private HttpRequestMessage Request(Notification notification)
    {
        var body = Payloads.Bytes(payload(notification));
        var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json") { CharSet = "utf-8" };
        request.Headers.UserAgent.Add(new("AutoTrader", "1"));
        if (kind == NotificationSettings.Webhook)
        {
            var timestamp = wallClock.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
            request.Headers.Add(TimestampHeader, timestamp);
            request.Headers.TryAddWithoutValidation(EventHeader, Ascii(notification.Event));
            request.Headers.TryAddWithoutValidation(DeliveryHeader, Ascii(notification.Id));
            if (secret is not null)
            {
                request.Headers.Add(SignatureHeader, Sign(secret, timestamp, body));
            }
        }

        return request;
    }

    /// <summary>The signature of a body.</summary>
    public static string Sign(string secret, string timestamp, byte[] body) =>
        "sha256="
        + Convert.ToHexStringLower(
            HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), (byte[])[.. Encoding.ASCII.GetBytes(timestamp + "."), .. body])
        );

    private static string Ascii(string text) => new([.. text.Select(letter => letter is > ' ' and < '\u007F' ? letter : '_')]);

    private SendResult Result(HttpResponseMessage response)
    {
        if (response.IsSuccessStatusCode)
        {
            return SendResult.Delivered;
        }

        var rest = response.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => date - wallClock.GetUtcNow(),
            _ => (TimeSpan?)null,
        };
        var redirect = (int)response.StatusCode is >= 300 and < 400 ? " Redirects are not followed: set the address it redirects to." : "";
        return new(
            false,
            string.Create(CultureInfo.InvariantCulture, $"It answered {(int)response.StatusCode}.{redirect}"),
            rest,
            response.StatusCode is HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError
        );
    }
}
