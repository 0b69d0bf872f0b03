using AutoTrader.LocalHost.Durable;
using AutoTrader.LocalHost.Durable.AzureStorage;
using AutoTrader.LocalHost.Storage;
using AutoTrader.LocalHost.Time;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging.Abstractions;

namespace AutoTrader.LocalHost.Tests.Durable.Support;

/// <summary>The engine on a storage account, in real time, on a task hub of its own.</summary>
internal sealed class RealHost : EngineHost
{
    // For a hang only.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private static readonly DurableSettings Settings = new()
    {
        MaxConcurrentActivities = 100,
        PartitionCount = 1,
        MaxQueuePollingInterval = TimeSpan.FromMilliseconds(200),
        ControlQueueVisibilityTimeout = TimeSpan.FromSeconds(5),
        WorkItemQueueVisibilityTimeout = TimeSpan.FromSeconds(5),
    };

    private readonly string _connection;
    private readonly TaskHub _hub = new("T" + Guid.NewGuid().ToString("N"), "live");
    private AzureStorageEngine _engine = null!;
    private bool _isDisposed;

    private RealHost(DurableTasks tasks, string connection)
        : base(tasks) => _connection = connection;

    public override DurableTaskClient Client => _engine.Client;

    public override TimeSpan Soon => TimeSpan.FromSeconds(1);

    public static async Task<RealHost> StartAsync(DurableTasks tasks, string connection)
    {
        var host = new RealHost(tasks, connection);
        host._engine = await host.StartEngineAsync();
        return host;
    }

    /// <summary>Another engine on the same hub, as a second process has it.</summary>
    public async Task<AzureStorageEngine> StartEngineAsync()
    {
        var storage = new AzureRuntimeStorage(_connection, "test", NullLogger.Instance);
        await storage.PrepareAsync(CancellationToken.None);
        var engine = new AzureStorageEngine(
            _hub,
            Settings,
            RuntimeStorageAccount.Of(_connection),
            Tasks,
            storage,
            new RunningWork(),
            NullLoggerFactory.Instance
        );
        await engine.StartAsync(CancellationToken.None);
        return engine;
    }

    public override async Task<OrchestrationMetadata> UntilAsync(string id, Func<OrchestrationMetadata, bool> isSo)
    {
        using var patience = new CancellationTokenSource(Patience);
        using var looks = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (true)
        {
            if (await Client.GetInstanceAsync(id, getInputsAndOutputs: true, patience.Token) is { } found && isSo(found))
            {
                return found;
            }

            await looks.WaitForNextTickAsync(patience.Token);
        }
    }

    public override Task UntilAsync(Task signal) => signal.WaitAsync(Patience);

    public override async Task KillAndRestartAsync()
    {
        _engine.Abandon();
        await _engine.DisposeAsync();
        _engine = await StartEngineAsync();
    }

    // Faster than stopping, and as good: nobody looks at the hub again.
    public override async ValueTask DisposeAsync()
    {
        if (!_isDisposed)
        {
            _isDisposed = true;
            _engine.Abandon();
            await _engine.DisposeAsync();
        }
    }
}
