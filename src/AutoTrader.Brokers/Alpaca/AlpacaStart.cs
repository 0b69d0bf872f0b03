using Microsoft.Extensions.Hosting;

namespace AutoTrader.Brokers.Alpaca;

/// <summary>Reads the account number before any other part of the app starts: it is part of the key of all state.</summary>
internal sealed class AlpacaStart(AlpacaBroker broker) : IHostedLifecycleService
{
    public Task StartingAsync(CancellationToken cancellationToken) => broker.OpenAsync(cancellationToken);

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
