using AutoTrader.Brokers.Alpaca;
using AutoTrader.Brokers.Tests.Alpaca.Server;
using AutoTrader.Core.Ports.Brokerage;
using AutoTrader.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AutoTrader.Brokers.Tests.Alpaca;

/// <summary>The Alpaca broker and its market data as the app registers them, on a server of a world.</summary>
internal sealed class AlpacaSetup : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    private AlpacaSetup(AlpacaServer server, ServiceProvider services, KeptLog log) => (Server, _services, Log) = (server, services, log);

    public AlpacaServer Server { get; }

    public KeptLog Log { get; }

    public AlpacaBroker Broker => _services.GetRequiredService<AlpacaBroker>();

    public AlpacaMarketData Market => _services.GetRequiredService<AlpacaMarketData>();

    public IMarketMovers Movers => _services.GetRequiredService<IMarketMovers>();

    public static async Task<AlpacaSetup> StartAsync(World world, params (string Name, string Value)[] settings)
    {
        var setup = await PrepareAsync(world, live: false, settings);
        await setup.Broker.OpenAsync(default);
        return setup;
    }

    /// <summary>Everything but the reading of the account.</summary>
    public static async Task<AlpacaSetup> PrepareAsync(World world, bool live, params (string Name, string Value)[] settings)
    {
        var server = await AlpacaServer.StartAsync(world, world.Clock);
        var log = new KeptLog();
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(
                new (string Name, string Value)[]
                {
                    ("ALPACA_API_KEY", AlpacaServer.Key),
                    ("ALPACA_SECRET_KEY", AlpacaServer.Secret),
                    ("ALPACA_PAPER_BASE_URL", server.Address + "/v2"),
                    ("AutoTrader:Alpaca:LiveBaseUrl", server.Address),
                    ("AutoTrader:Alpaca:DataBaseUrl", server.Address),
                    ("AutoTrader:Alpaca:RequestsPerMinute", "100000"),
                    ("AutoTrader:Alpaca:RetryDelay", "00:00:00.001"),
                    ("AutoTrader:Alpaca:WatchInterval", "00:00:00.001"),
                }
                    .Concat(settings)
                    .Select(setting => KeyValuePair.Create(setting.Name, (string?)setting.Value))
            )
            .Build();
        var services = new ServiceCollection()
            .AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(log))
            .AddSingleton<TimeProvider>(world.Clock)
            .AddAlpacaBroker(configuration, live)
            .AddAlpacaMarketData(configuration)
            .BuildServiceProvider();
        return new(server, services, log);
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        await _services.DisposeAsync();
    }
}
