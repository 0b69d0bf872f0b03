using AutoTrader.Core.Engine;
using AutoTrader.Core.Engine.Ports;
using AutoTrader.Storage.Lease;
using Microsoft.Extensions.Hosting;

namespace AutoTrader.Functions.Hosting;

/// <summary>
/// In a replay there is one process per virtual clock, which the runtime sees to. Whoever else holds the engine lease when it starts was
/// killed: the lease is taken from it at once, so that no virtual minute passes without its tick.
/// </summary>
internal sealed class ReplayLease(IEngineLease lease, IBroker broker, EngineOptions options, TimeProvider clock) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (clock != TimeProvider.System && lease is BlobEngineLease blob
            && await blob.PeekAsync(broker.AccountKey, cancellationToken) is { } dead && dead.Holder != options.Holder)
        {
            await blob.BreakAsync(broker.AccountKey, cancellationToken);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
