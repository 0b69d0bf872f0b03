using System.Net.Mime;
using System.Text;
using AutoTrader.Functions.Notifications;

namespace AutoTrader.Functions.Observability;

/// <summary>
/// An external monitor that alerts when pings stop, by the conventions of healthchecks.io: a GET of its address while the app is healthy,
/// and of <c>/fail</c> with the reason when it is not. At most once a minute, for five seconds at most. The address is a secret, because it
/// can silence the monitor: it is never logged.
/// </summary>
/// <param name="address">Where it is; null for none.</param>
/// <param name="client">As the notifications have it: no redirects, public addresses only.</param>
/// <param name="wallClock">Wall clock: the monitor has its own.</param>
public sealed class DeadMansSwitch(Uri? address, HttpClient client, TimeProvider wallClock)
{
    /// <summary>The setting with the address.</summary>
    public const string Setting = "AutoTrader:HeartbeatUrl";

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    // A timer may fire a little early.
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(55);

    private long? _reported;

    /// <summary>Whether a minute has passed since the last report.</summary>
    public bool IsDue => _reported is not { } reported || wallClock.GetElapsedTime(reported) >= Interval;

    /// <summary>The address of the settings; null when they name none.</summary>
    /// <exception cref="InvalidOperationException">It is no address that may be sent to; the message does not show it.</exception>
    public static Uri? Address(string? setting) =>
        string.IsNullOrWhiteSpace(setting)
            ? null
            : WebhookAddress.Parse(Setting.Replace(":", "__", StringComparison.Ordinal), setting.Trim());

    /// <summary>Reports the app's health to it.</summary>
    /// <returns>Why it could not be reached, without the address; null on success, or without a switch.</returns>
    public async Task<string?> ReportAsync(HealthReport report, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(report);
        _reported = wallClock.GetTimestamp();
        if (address is null)
        {
            return null;
        }

        using var timeout = new CancellationTokenSource(Timeout, wallClock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        using var body = new StringContent(
            string.Join('\n', report.Problems.Prepend(report.Status)),
            Encoding.UTF8,
            MediaTypeNames.Text.Plain
        );
        using var request = new HttpRequestMessage(HttpMethod.Post, report.IsDown ? Failed(address) : address) { Content = body };
        try
        {
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            return response.IsSuccessStatusCode ? null : $"It answered {(int)response.StatusCode}.";
        }
        catch (HttpRequestException failure)
        {
            return $"It could not be reached ({failure.HttpRequestError}).";
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return "It did not answer within 5 seconds.";
        }
        catch (IOException)
        {
            return "It closed the connection.";
        }
    }

    private static Uri Failed(Uri address)
    {
        var fail = new UriBuilder(address);
        fail.Path = fail.Path.TrimEnd('/') + "/fail";
        return fail.Uri;
    }
}
