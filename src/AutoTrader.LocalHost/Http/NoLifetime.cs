using Microsoft.Extensions.Hosting;

namespace AutoTrader.LocalHost.Http;

/// <summary>A host that listens to no signal: whoever started it knows when to stop.</summary>
internal sealed class NoLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
