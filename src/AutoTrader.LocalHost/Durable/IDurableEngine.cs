using AutoTrader.LocalHost.Storage;
using Microsoft.DurableTask.Client;

namespace AutoTrader.LocalHost.Durable;

/// <summary>Runs the orchestrations of a task hub: the same engine over one of two providers.</summary>
internal interface IDurableEngine : IAsyncDisposable
{
    /// <summary>A client of the hub.</summary>
    DurableTaskClient Client { get; }

    /// <summary>Reads what an earlier run left and starts working.</summary>
    Task StartAsync(CancellationToken cancellationToken);

    /// <summary>Takes no new work; what runs is drained afterwards.</summary>
    Task StopAsync();

    /// <summary>Stops as if the process had been killed: it writes nothing more.</summary>
    void Abandon();

    /// <summary>The orchestrations that changed since the last call, to be written with the position of the replay.</summary>
    IReadOnlyList<InstanceChange> TakeChanges();
}
