using AutoTrader.LocalHost.Storage;
using AutoTrader.LocalHost.Time;
using DurableTask.Core;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;

namespace AutoTrader.LocalHost.Durable.InMemory;

/// <summary>The engine in virtual time: its state is in memory, and is saved with the replay's position.</summary>
internal sealed class InMemoryEngine : IDurableEngine
{
    // There is no need to make one long timer of several.
    private static readonly TimeSpan LongestTimer = TimeSpan.FromDays(36_500);

    private readonly TaskHub _hub;
    private readonly IRuntimeStorage _storage;
    private readonly IWorkClock _clock;
    private readonly InMemoryOrchestrationService _service;
    private readonly TaskHubWorker _worker;

    public InMemoryEngine(
        TaskHub hub,
        DurableTasks tasks,
        IRuntimeStorage storage,
        IWorkClock clock,
        RunningWork work,
        ILoggerFactory loggers
    )
    {
        (_hub, _storage, _clock) = (hub, storage, clock);
        _service = new InMemoryOrchestrationService(clock, work);
        _worker = DurableWorker.Create(_service, tasks, loggers, LongestTimer);
        _service.Attach(_worker);
        Client = LocalDurableTaskClient.Over(hub.Name, _service, tasks.Orchestrators.ContainsKey);
    }

    public DurableTaskClient Client { get; }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _service.Load(await _storage.ReadInstancesAsync(_hub.Scope, cancellationToken));
        _clock.Add(_service);
        await _worker.StartAsync();
    }

    public Task StopAsync()
    {
        _service.Stop();
        return Task.CompletedTask;
    }

    public void Abandon() => _service.Abandon();

    public IReadOnlyList<InstanceChange> TakeChanges() => _service.TakeChanges();

    public async ValueTask DisposeAsync()
    {
        // What runs was drained, or is not to be waited for.
        await _worker.StopAsync(isForced: true);
        _worker.Dispose();
    }
}
