using System.Net;
using Microsoft.Extensions.Configuration;

namespace AutoTrader.Brokers.Alpaca;

/// <summary>The settings of the Alpaca broker and its market data: section <see cref="Section"/>, or the environment variables that the
/// Python AutoTrader reads.</summary>
/// <remarks>Keys are secrets: this is a class without a printed form, so that no log shows them.</remarks>
public sealed class AlpacaOptions
{
    /// <summary>Where the settings are in the configuration.</summary>
    public const string Section = "AutoTrader:Alpaca";

    /// <summary>The feed of the free plan: one exchange, a few percent of the volume.</summary>
    public const string IexFeed = "iex";

    /// <summary>The consolidated feed of the paid plan.</summary>
    public const string SipFeed = "sip";

    private const string LiveHost = "api.alpaca.markets";
    private const string PaperKeyPrefix = "PK";
    private const string LiveKeyPrefix = "AK";

    /// <summary>The id of the paper key; also <c>ALPACA_API_KEY</c>.</summary>
    public string KeyId { get; set; } = "";

    /// <summary>The secret of the paper key; also <c>ALPACA_SECRET_KEY</c>.</summary>
    public string SecretKey { get; set; } = "";

    /// <summary>The id of the live key; also <c>ALPACA_PROD_API_KEY</c>.</summary>
    public string LiveKeyId { get; set; } = "";

    /// <summary>The secret of the live key; also <c>ALPACA_PROD_SECRET_KEY</c>.</summary>
    public string LiveSecretKey { get; set; } = "";

    /// <summary>Where paper orders go; also <c>ALPACA_PAPER_BASE_URL</c>.</summary>
    public string PaperBaseUrl { get; set; } = "https://paper-api.alpaca.markets";

    /// <summary>Where live orders go; also <c>ALPACA_PROD_BASE_URL</c>.</summary>
    public string LiveBaseUrl { get; set; } = "https://" + LiveHost;

    /// <summary>Where market data comes from.</summary>
    public string DataBaseUrl { get; set; } = "https://data.alpaca.markets";

    /// <summary><see cref="IexFeed"/> or <see cref="SipFeed"/>; also <c>ALPACA_DATA_FEED</c>.</summary>
    public string Feed { get; set; } = IexFeed;

    /// <summary>Requests a minute that the account allows, of trading and market data together.</summary>
    public int RequestsPerMinute { get; set; } = 200;

    /// <summary>How long one request may take (wall clock).</summary>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>The pause before a read is tried again (wall clock); it doubles with each attempt. Also the pause after a <c>429</c> that
    /// names none.</summary>
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How often a watched order is polled (wall clock).</summary>
    public TimeSpan WatchInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>The settings of a configuration; the names of environment variables count where the section is silent.</summary>
    /// <param name="configuration">The whole configuration.</param>
    public static AlpacaOptions Read(IConfiguration configuration)
    {
        var options = configuration.GetSection(Section).Get<AlpacaOptions>() ?? new();
        string Of(string name, string original, string fallback) =>
            new[] { configuration[$"{Section}:{name}"], configuration[original] }
                .FirstOrDefault(value => !string.IsNullOrWhiteSpace(value))
                ?.Trim()
            ?? fallback;

        options.KeyId = Of(nameof(KeyId), "ALPACA_API_KEY", "");
        options.SecretKey = Of(nameof(SecretKey), "ALPACA_SECRET_KEY", "");
        options.LiveKeyId = Of(nameof(LiveKeyId), "ALPACA_PROD_API_KEY", "");
        options.LiveSecretKey = Of(nameof(LiveSecretKey), "ALPACA_PROD_SECRET_KEY", "");
        options.PaperBaseUrl = Of(nameof(PaperBaseUrl), "ALPACA_PAPER_BASE_URL", options.PaperBaseUrl);
        options.LiveBaseUrl = Of(nameof(LiveBaseUrl), "ALPACA_PROD_BASE_URL", options.LiveBaseUrl);
        options.Feed = Of(nameof(Feed), "ALPACA_DATA_FEED", options.Feed).ToLowerInvariant();
        return options;
    }

    /// <summary>The problem with the settings; null if there is none. Never includes a key.</summary>
    public string? Problem() =>
        this switch
        {
            { Feed: not (IexFeed or SipFeed) } => $"Feed is '{Feed}'; it must be iex or sip.",
            { RequestsPerMinute: < 1 } => "RequestsPerMinute must be 1 or more.",
            _ when RequestTimeout <= TimeSpan.Zero => "RequestTimeout must be above zero.",
            _ when RetryDelay <= TimeSpan.Zero => "RetryDelay must be above zero.",
            _ when WatchInterval <= TimeSpan.Zero => "WatchInterval must be above zero.",
            // That paper keys begin with PK and live ones with AK is how Alpaca issues them; it is not documented.
            _ when KeyId.StartsWith(LiveKeyPrefix, StringComparison.Ordinal) =>
                "KeyId (ALPACA_API_KEY) is a live key. Put it into LiveKeyId (ALPACA_PROD_API_KEY), and a paper key here.",
            _ when LiveKeyId.StartsWith(PaperKeyPrefix, StringComparison.Ordinal) =>
                "LiveKeyId (ALPACA_PROD_API_KEY) is a paper key. Put it into KeyId (ALPACA_API_KEY).",
            _ => UrlProblem(nameof(PaperBaseUrl), PaperBaseUrl)
                ?? UrlProblem(nameof(LiveBaseUrl), LiveBaseUrl)
                ?? UrlProblem(nameof(DataBaseUrl), DataBaseUrl)
                ?? (
                    Root(PaperBaseUrl).IdnHost.Equals(LiveHost, StringComparison.OrdinalIgnoreCase)
                        ? $"PaperBaseUrl is the live address {PaperBaseUrl}. Paper orders go to https://paper-api.alpaca.markets."
                        : null
                ),
        };

    /// <summary>An address without the version that an old setting may carry, ready for relative paths.</summary>
    internal static Uri Root(string address)
    {
        var text = address.TrimEnd('/');
        return new((text.EndsWith("/v2", StringComparison.OrdinalIgnoreCase) ? text[..^3] : text) + "/");
    }

    // Keys travel in headers: nothing but TLS carries them to another machine.
    private static string? UrlProblem(string name, string address) =>
        !Uri.TryCreate(address, UriKind.Absolute, out var uri)
            ? $"{name} is '{address}', which is not an address. Example: https://paper-api.alpaca.markets."
        : uri.Scheme == Uri.UriSchemeHttps
        || (uri.Scheme == Uri.UriSchemeHttp && IPAddress.TryParse(uri.Host, out var ip) && IPAddress.IsLoopback(ip))
            ? null
        : $"{name} is '{address}'; it must begin with https://.";
}
