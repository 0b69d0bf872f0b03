using AutoTrader.Cli.Client;
using AutoTrader.Cli.Client.Backtests;
using AutoTrader.Contracts;

namespace AutoTrader.Cli.Mcp;

/// <summary>One call of a tool: the API, and who is told how long it takes.</summary>
/// <param name="host">What the tools share.</param>
/// <param name="progress">Is told how far it has come, such as for how many seconds an answer is awaited; null when the client did not ask
/// for that.</param>
/// <param name="cancellationToken">Cancels the call.</param>
internal sealed class ToolCall(ToolHost host, Func<int, string, Task>? progress, CancellationToken cancellationToken)
    : Caller(cancellationToken)
{
    private static readonly TimeSpan Unnoticed = TimeSpan.FromSeconds(1);

    private readonly Connection _connection = Connection.Open(host.Profile, host.Timeout, host.Clock, "mcp");
    private int _waited;

    public ToolHost Host => host;

    public override IAutoTraderApi Api => _connection.Api;

    /// <summary>The account that the call was about; null when it was not asked for.</summary>
    public string? Account { get; private set; }

    /// <summary>The request that the engine served later than it was asked; null when it answered at once.</summary>
    public CommandView? Deferred => _connection.Deferred;

    /// <summary>Tells how far it has come, when the client asked for that. Seconds of waiting before count, too: progress never
    /// falls.</summary>
    public Task TellAsync(int done, string message) => progress?.Invoke(_waited + done, message) ?? Task.CompletedTask;

    public override async Task<T> WaitAsync<T>(Task<T> answer)
    {
        while (progress is not null && !answer.IsCompleted && await Task.WhenAny(answer, Task.Delay(Unnoticed, Cancellation)) != answer)
        {
            if (Cancellation.IsCancellationRequested)
            {
                break;
            }

            await progress(++_waited, $"Waiting for {host.Profile.Url} ...");
        }

        return await answer;
    }

    /// <summary>Makes past prices ready.</summary>
    /// <param name="source">Where they come from.</param>
    /// <param name="timeframe">The length of fetched bars; null for the default.</param>
    /// <param name="need">What is needed.</param>
    /// <exception cref="CommandException">They cannot be had.</exception>
    public Task<PastPrices> PricesAsync(string source, string? timeframe, PriceNeed need) =>
        host.Source.OpenAsync(source, timeframe, host.Prices, need, progress: null, Cancellation);

    /// <summary>Before something is changed: a live account is changed only when it was named.</summary>
    /// <exception cref="ToolException">It was not.</exception>
    public async Task<EngineView> ActAsync()
    {
        var engine = await EngineAsync();
        Account = engine.Account;
        var isNamed =
            host.Live is { } live
            && (engine.Account == live || engine.Account.EndsWith("-" + live, StringComparison.Ordinal))
            && EngineView.IsLive(engine.Account);
        return (EngineView.IsLive(engine.Account), host.Live) switch
        {
            (true, null) => throw new ToolException(
                "LIVE_NOT_ALLOWED",
                $"{engine.Account} is LIVE: nothing is changed there. Nothing was done.",
                $"The user may allow it: trader mcp serve --live {engine.Account} ..."
            ),
            (_, { } other) when !isNamed => throw new ToolException(
                "LIVE_ACCOUNT_MISMATCH",
                $"This server may change {other}, and {host.Profile.Url} trades {engine.Account} now. Nothing was done."
            ),
            _ => engine,
        };
    }

    /// <summary>The idempotency key of a change: the assistant's, or one of this call. Without one, what the client repeats after the
    /// engine has served it would be a new change.</summary>
    public static string Key(string? given) => given ?? Guid.NewGuid().ToString("N");

    /// <exception cref="ToolException">The assistant may not do this.</exception>
    public void Require(Access access, string what)
    {
        if (host.Access < access)
        {
            throw Denied(access, what);
        }
    }

    public static ToolException Denied(Access access, string what) =>
        new(
            ToolException.AccessDenied,
            $"{what} is not allowed with this access. Nothing was done.",
            $"The user may allow it: trader mcp serve --access {access.ToString().ToLowerInvariant()}"
        );

    protected override void Dispose(bool disposing) => _connection.Dispose();
}
