using AutoTrader.LocalHost.Storage;
using AutoTrader.LocalHost.Time;
using DurableTask.AzureStorage;
using DurableTask.Core;
using DurableTask.Core.History;
using DurableTask.Core.Middleware;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;

namespace AutoTrader.LocalHost.Durable.AzureStorage;

/// <summary>
/// The engine in real time, on queues and tables of a storage account. One process at a time works for a hub; others send to it.
/// </summary>
internal sealed partial class AzureStorageEngine(
    TaskHub hub,
    DurableSettings settings,
    RuntimeStorageAccount account,
    DurableTasks tasks,
    IRuntimeStorage storage,
    RunningWork work,
    ILoggerFactory loggers
) : IDurableEngine
{
    private static readonly TimeSpan TakeEvery = TimeSpan.FromSeconds(3.5);

    // The engine would wait ten minutes for storage that is away.
    private static readonly TimeSpan StopWithin = TimeSpan.FromSeconds(15);

    // The longest that a queue's message can wait is seven days.
    private static readonly TimeSpan LongestTimer = TimeSpan.FromDays(6);

    private readonly ILogger _logger = loggers.CreateLogger<AzureStorageEngine>();
    private readonly CancellationTokenSource _stop = new();
    private AzureStorageOrchestrationService? _service;
    private Task _loop = Task.CompletedTask;
    private bool _isAbandoned;

    // Through the working provider, so that it polls at once.
    public DurableTaskClient Client =>
        LocalDurableTaskClient.Over(
            hub.Name,
            _service ?? throw new InvalidOperationException("The engine has not been started."),
            tasks.Orchestrators.ContainsKey
        );

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _service = CreateService();
        await _service.CreateIfNotExistsAsync().WaitAsync(cancellationToken);
        if (!hub.IsServed)
        {
            return;
        }

        // At a restart the lease is usually free, and the app finds its orchestrations running.
        var tenure = await TryBeginAsync(_service, cancellationToken);
        _loop = Task.Run(() => RunAsync(tenure), CancellationToken.None);
    }

    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _loop;
    }

    public void Abandon()
    {
        _isAbandoned = true;
        account.CutOff();
        _stop.Cancel();
    }

    public IReadOnlyList<InstanceChange> TakeChanges() => [];

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
    }

    private AzureStorageOrchestrationService CreateService() => new(AzureStorageSettings.Of(hub, settings, account.Clients, loggers));

    private async Task RunAsync(Tenure? tenure)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                tenure ??= await TryBeginAsync(_service = CreateService(), _stop.Token);
                if (tenure is not null)
                {
                    await tenure.LastsAsync(_stop.Token);
                }
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure)
            {
                LogFailed(_logger, failure, hub.Name);
            }

            if (tenure is not null)
            {
                await EndAsync(tenure);
                tenure = null;
            }

            await Task.Delay(TakeEvery, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<Tenure?> TryBeginAsync(AzureStorageOrchestrationService service, CancellationToken cancellationToken)
    {
        if (await storage.TryLeaseAsync($"durable/{hub.Name.ToUpperInvariant()}", cancellationToken) is not { } lease)
        {
            return null;
        }

        try
        {
            var worker = DurableWorker.Create(service, tasks, loggers, LongestTimer);
            worker.AddActivityDispatcherMiddleware(CountAsync);
            await worker.StartAsync();
            return new Tenure(lease, worker);
        }
        catch
        {
            await lease.DisposeAsync();
            throw;
        }
    }

    private async Task EndAsync(Tenure tenure)
    {
        if (!_isAbandoned)
        {
            try
            {
                await tenure.Worker.StopAsync(isForced: false).WaitAsync(StopWithin);
                tenure.Worker.Dispose();
            }
            catch (Exception failure)
            {
                LogStopFailed(_logger, failure, hub.Name);
            }
        }

        await tenure.Lease.DisposeAsync();
    }

    private async Task CountAsync(DispatchMiddlewareContext context, Func<Task> next)
    {
        var (call, caller) = (context.GetProperty<TaskScheduledEvent>(), context.GetProperty<OrchestrationInstance>());
        using var running = work.Begin($"activity {call.Name} of {caller.InstanceId}");
        running.Enter();
        await next();
    }

    [LoggerMessage(961, LogLevel.Error, "The orchestrations of task hub '{Hub}' could not be started; retrying")]
    private static partial void LogFailed(ILogger logger, Exception failure, string hub);

    [LoggerMessage(962, LogLevel.Warning, "The orchestrations of task hub '{Hub}' did not stop cleanly; some work will be repeated")]
    private static partial void LogStopFailed(ILogger logger, Exception failure, string hub);

    private sealed record Tenure(IRuntimeLease Lease, TaskHubWorker Worker)
    {
        public async Task LastsAsync(CancellationToken stop)
        {
            using var end = CancellationTokenSource.CreateLinkedTokenSource(stop, Lease.Lost);
            await Task.Delay(Timeout.InfiniteTimeSpan, end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
