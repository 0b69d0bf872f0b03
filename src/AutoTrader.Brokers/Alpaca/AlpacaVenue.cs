using Microsoft.Extensions.Configuration;

namespace AutoTrader.Brokers.Alpaca;

/// <summary>Which of Alpaca's environments is traded, with its key (docs/trading-rules.md, "Live trading").</summary>
internal sealed class AlpacaVenue
{
    private const string LiveSetting = "AutoTrader:Live";
    private const string LiveAccountSetting = "AutoTrader:LiveAccount";

    private AlpacaVenue(bool isLive, string? liveAccount, string? fallback, AlpacaOptions options)
    {
        (IsLive, LiveAccount, WhyPaper) = (isLive, liveAccount, fallback);
        (KeyId, SecretKey) = isLive ? (options.LiveKeyId, options.LiveSecretKey) : (options.KeyId, options.SecretKey);
        Trading = AlpacaOptions.Root(isLive ? options.LiveBaseUrl : options.PaperBaseUrl);
        Data = AlpacaOptions.Root(options.DataBaseUrl);
    }

    public bool IsLive { get; }

    /// <summary>The number that the live account must have.</summary>
    public string? LiveAccount { get; }

    /// <summary>Why orders go to paper although live trading was requested; null otherwise.</summary>
    public string? WhyPaper { get; }

    public string KeyId { get; }

    public string SecretKey { get; }

    public Uri Trading { get; }

    public Uri Data { get; }

    /// <summary>The venue that the settings allow.</summary>
    /// <param name="asksLive">Whether the broker setting says live.</param>
    /// <param name="options">Keys and addresses.</param>
    /// <param name="configuration">The whole configuration.</param>
    /// <exception cref="InvalidOperationException">A key is missing.</exception>
    public static AlpacaVenue Choose(bool asksLive, AlpacaOptions options, IConfiguration configuration)
    {
        var account = configuration[LiveAccountSetting]?.Trim();
        var lacking =
            !asksLive ? null
            : !string.Equals(configuration[LiveSetting]?.Trim(), "true", StringComparison.OrdinalIgnoreCase)
                ? "AutoTrader__Live is not true"
            : options.LiveKeyId.Length == 0 || options.LiveSecretKey.Length == 0
                ? "there is no live key (AutoTrader__Alpaca__LiveKeyId and __LiveSecretKey)"
            : string.IsNullOrEmpty(account) ? "AutoTrader__LiveAccount does not name the account"
            : null;
        var venue = new AlpacaVenue(asksLive && lacking is null, account, lacking, options);
        return venue.KeyId.Length > 0 && venue.SecretKey.Length > 0
            ? venue
            : throw new InvalidOperationException(
                (
                    lacking is null
                        ? ""
                        : $"Live trading was requested, but {lacking}; without all of its settings, orders go to the paper account. "
                )
                    + "The paper key is missing: set AutoTrader__Alpaca__KeyId and AutoTrader__Alpaca__SecretKey (or ALPACA_API_KEY "
                    + "and ALPACA_SECRET_KEY)."
            );
    }

    /// <summary>The account key of an account number.</summary>
    /// <exception cref="InvalidOperationException">It is not an account number, or not the one that may be traded live.</exception>
    public string AccountKey(string number) =>
        number.Length == 0 || !number.All(char.IsAsciiLetterOrDigit)
            ? throw new InvalidOperationException("Alpaca's response has no account number; nothing is traded.")
        : IsLive && number != LiveAccount
            ? throw new InvalidOperationException(
                $"AutoTrader__LiveAccount is {LiveAccount}, but the live key belongs to account {number}. Correct one of them; "
                    + "nothing is traded."
            )
        : (IsLive ? "alpaca-live-" : "alpaca-paper-") + number;
}
