using AutoTrader.LocalHost.Durable;
using AutoTrader.LocalHost.Durable.InMemory;
using AutoTrader.LocalHost.Storage;
using AutoTrader.LocalHost.Time;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging.Abstractions;

namespace AutoTrader.LocalHost.Tests.Durable.Support;

/// <summary>The in-memory engine under a virtual clock, as the host wires them.</summary>
internal sealed class VirtualHost : EngineHost
{
    public static readonly DateTimeOffset Start = new(2026, 3, 2, 14, 30, 0, TimeSpan.Zero);

    private readonly MemoryRuntimeStorage _storage;
    private InMemoryEngine _engine = null!;
    private CancellationTokenSource _life = new();

    private VirtualHost(DurableTasks tasks, MemoryRuntimeStorage storage)
        : base(tasks) => _storage = storage;

    public VirtualClock Clock { get; private set; } = null!;

    /// <summary>Called before and after each position is written; a test may let it never end.</summary>
    public Func<Task> Writing { get; set; } = () => Task.CompletedTask;

    /// <summary>The positions that were written.</summary>
    public List<DateTimeOffset> Positions { get; } = [];

    public override DurableTaskClient Client => _engine.Client;

    public override TimeSpan Soon => TimeSpan.FromHours(3);

    public static async Task<VirtualHost> StartAsync(DurableTasks tasks, MemoryRuntimeStorage? storage = null)
    {
        var host = new VirtualHost(tasks, storage ?? new MemoryRuntimeStorage());
        await host.StartAsync();
        return host;
    }

    public Task PassAsync(TimeSpan time) => Clock.RunUntilAsync(Clock.GetUtcNow() + time, _life.Token);

    public override async Task<OrchestrationMetadata> UntilAsync(string id, Func<OrchestrationMetadata, bool> isSo)
    {
        for (var hours = 0; hours < 1000; hours++)
        {
            await PassAsync(hours == 0 ? TimeSpan.Zero : TimeSpan.FromHours(1));
            if (await Client.GetInstanceAsync(id, getInputsAndOutputs: true) is { } found && isSo(found))
            {
                return found;
            }
        }

        throw new TimeoutException($"Instance {id} did not come to it: {await Client.GetInstanceAsync(id, getInputsAndOutputs: true)}");
    }

    public override async Task UntilAsync(Task signal)
    {
        var running = PassAsync(TimeSpan.FromDays(30));
        await Task.WhenAny(signal, running);
        signal.IsCompleted.ShouldBeTrue("the signal comes before a month has passed");
    }

    /// <summary>Kills it; what it runs goes on, but nobody hears of it.</summary>
    public async Task KillAsync()
    {
        Clock.InstantCompleted = null;
        _engine.Abandon();
        await _life.CancelAsync();
        await _engine.DisposeAsync();
    }

    public override async Task KillAndRestartAsync()
    {
        await KillAsync();
        _life = new CancellationTokenSource();
        await StartAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await KillAsync();
        _life.Dispose();
    }

    private async Task StartAsync()
    {
        var work = new RunningWork();
        Clock = new VirtualClock(Start, work, NullLogger.Instance);
        if (await _storage.ReadPositionAsync("test", CancellationToken.None) is { } position)
        {
            Clock.Resume(position);
        }

        var engine = new InMemoryEngine(new TaskHub("TestHub", "test"), Tasks, _storage, Clock, work, NullLoggerFactory.Instance);
        Clock.InstantCompleted = async instant =>
        {
            var changes = engine.TakeChanges();
            await Writing();
            await _storage.WritePositionAsync("test", instant, changes);
            Positions.Add(instant);
            await Writing();
        };
        _engine = engine;
        await engine.StartAsync(CancellationToken.None);
    }
}
