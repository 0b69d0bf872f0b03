using AutoTrader.Functions.Hosting;
using AutoTrader.LocalHost.Hosting;
using AutoTrader.LocalHost.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AutoTrader.LocalHost.Replay;

/// <summary>
/// The whole app in the process of another program: its timers and orchestrations in virtual time, everything in memory. It has the
/// settings that it is given and none of the environment's, listens on no port and to no signal, and writes no log.
/// </summary>
public sealed class InMemoryApp : IAsyncDisposable
{
    private readonly LocalFunctionsHost _host;

    private InMemoryApp(LocalFunctionsHost host) => _host = host;

    /// <summary>The services of the app: its stores, its broker.</summary>
    public IServiceProvider Services => _host.Services;

    /// <summary>Starts it; time stands still.</summary>
    /// <param name="now">The virtual time (UTC).</param>
    /// <param name="settings">Every setting, with <c>:</c> between the parts of names.</param>
    /// <param name="configure">Registers what takes the place of the app's own services.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    /// <exception cref="InvalidOperationException">A setting is missing or wrong; the message says which.</exception>
    public static async Task<InMemoryApp> StartAsync(
        DateTimeOffset now,
        IReadOnlyDictionary<string, string?> settings,
        Action<IServiceCollection> configure,
        CancellationToken cancellationToken
    ) =>
        new(
            await LocalFunctionsHost.StartAsync(
                new()
                {
                    Assemblies = [typeof(Composition).Assembly],
                    Settings = settings,
                    ReadsEnvironment = false,
                    InMemory = true,
                    StartsAzurite = false,
                    Groups = TriggerGroups.Timers | TriggerGroups.Durable,
                    SteppedFrom = now,
                    Logging = logging => logging.ClearProviders(),
                },
                (host, worker) =>
                {
                    host.Services.AddSingleton<IHostLifetime, NoLifetime>();
                    configure(host.Services);
                    ReplayedApp.Configure(host, worker);
                },
                cancellationToken
            )
        );

    /// <summary>Runs everything that is due up to and including an instant (UTC).</summary>
    /// <exception cref="InvalidOperationException">A function failed.</exception>
    /// <exception cref="OperationCanceledException">It was canceled between two pieces of work.</exception>
    public async Task RunUntilAsync(DateTimeOffset instant, CancellationToken cancellationToken)
    {
        await _host.RunUntilAsync(instant, cancellationToken);
        if (_host.Failures.TryPeek(out var failed))
        {
            throw new InvalidOperationException($"The function {failed.Function} failed: {failed.Failure.Message}", failed.Failure);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _host.DisposeAsync();
}
