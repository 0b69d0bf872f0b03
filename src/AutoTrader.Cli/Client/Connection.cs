using AutoTrader.Contracts;

namespace AutoTrader.Cli.Client;

/// <summary>A client of one server, with its last response body.</summary>
internal sealed class Connection : IDisposable
{
    // How long to wait for the outcome of a 202.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ApiHandler _wire;
    private readonly HttpClient _http;

    private Connection(ApiHandler wire, HttpClient http)
    {
        (_wire, _http) = (wire, http);
        Api = ApiClients.Create(http);
    }

    public IAutoTraderApi Api { get; }

    /// <summary>The last good answer, word for word.</summary>
    public string Body
    {
        get => _wire.Body;
        set => _wire.Body = value;
    }

    /// <summary>The command that the engine ran after a 202; null when the response was immediate.</summary>
    public CommandView? Deferred => _wire.Deferred;

    /// <summary>A client; nothing is sent yet.</summary>
    /// <param name="profile">The server and its key.</param>
    /// <param name="timeout">How long one answer may take.</param>
    /// <param name="clock">What that is counted on.</param>
    /// <param name="name">The caller, for the audit. The same for every user of a key, so that a repeated request is recognized.</param>
    /// <exception cref="CommandException">The address is invalid.</exception>
    public static Connection Open(Profile profile, TimeSpan timeout, TimeProvider clock, string name)
    {
        var address = Address(profile.Url);
        var wire = new ApiHandler(timeout, Patience, clock);
        var http = new HttpClient(wire) { Timeout = Timeout.InfiniteTimeSpan, BaseAddress = address };
        if (profile.Key is { } key)
        {
            http.DefaultRequestHeaders.TryAddWithoutValidation("x-functions-key", key);
        }

        http.DefaultRequestHeaders.Add("X-Caller", name);
        return new(wire, http);
    }

    public void Dispose() => _http.Dispose();

    private static Uri Address(string url) =>
        Uri.TryCreate(url.TrimEnd('/'), UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
            ? new(
                address
                    + (
                        address.AbsolutePath.EndsWith("/api", StringComparison.Ordinal) ? ""
                        : address.AbsoluteUri.EndsWith('/') ? "api"
                        : "/api"
                    )
            )
            : throw new CommandException(
                ExitCode.Usage,
                $"'{url}' is not a URL. Example: https://NAME.azurewebsites.net or {Profile.Local}."
            );
}
