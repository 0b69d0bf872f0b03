using AutoTrader.LocalHost.Durable;
using AutoTrader.LocalHost.Durable.Engine;
using AutoTrader.LocalHost.Durable.Storage;
using AutoTrader.LocalHost.Time;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Converters;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace AutoTrader.LocalHost.Tests.Durable;

/// <summary>An engine alone, in real time, with the code of a test.</summary>
internal sealed class EngineHost : IAsyncDisposable
{
    private readonly SystemWorkClock _clock = new(TimeProvider.System, NullLogger<SystemWorkClock>.Instance);

    private EngineHost(IDurableStore store, DurableTasks tasks, ILoggerFactory loggers) => Engine = new DurableEngine(store, tasks, _clock, new RunningWork(), loggers);

    public DurableEngine Engine { get; }

    public LocalDurableTaskClient Client => new("test", Engine);

    /// <summary>Starts one; without <paramref name="owns"/> it only sends, as a host does that does not own the hub.</summary>
    public static async Task<EngineHost> StartAsync(IDurableStore store, DurableTasks tasks, ILoggerFactory? loggers = null, bool owns = true)
    {
        var host = new EngineHost(store, tasks, loggers ?? NullLoggerFactory.Instance);
        try
        {
            await store.PrepareAsync(CancellationToken.None);
            host._clock.Start();
            if (owns)
                await host.Engine.StartAsync(CancellationToken.None);
            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        Engine.Abandon();
        await _clock.StopAsync();
        _clock.Dispose();
    }
}

/// <summary>Short ways to give an engine its code.</summary>
internal static class DurableTasksExtensions
{
    public static DurableTasks Orchestrator(this DurableTasks tasks, string name, Func<TaskOrchestrationContext, Task<object?>> code)
    {
        tasks.Orchestrators[name] = code;
        return tasks;
    }

    public static DurableTasks Activity(this DurableTasks tasks, string name, Func<string, Task<string>> code)
    {
        tasks.Activities[name] = async (_, input) => JsonDataConverter.Default.Serialize(await code(JsonDataConverter.Default.Deserialize<string>(input) ?? ""));
        return tasks;
    }

    /// <summary>Runs an orchestration to its end.</summary>
    public static async Task<OrchestrationMetadata> RunAsync(this DurableTaskClient client, string name, object? input = null, string? id = null)
    {
        var started = await client.ScheduleNewOrchestrationInstanceAsync(name, input, id is null ? null : new StartOrchestrationOptions(id));
        return await client.EndAsync(started);
    }

    /// <summary>Waits for the end, with patience for a hang only.</summary>
    public static async Task<OrchestrationMetadata> EndAsync(this DurableTaskClient client, string id)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        return await client.WaitForInstanceCompletionAsync(id, getInputsAndOutputs: true, patience.Token);
    }
}

/// <summary>What a call throws, for code of orchestrators: the assertion that exists leaves their thread.</summary>
internal static class Thrown
{
    public static async Task<T> ByAsync<T>(Func<Task> call)
        where T : Exception
    {
        try
        {
            await call();
        }
        catch (T thrown)
        {
            return thrown;
        }

        throw new ShouldAssertException($"Nothing was thrown where {typeof(T)} was expected.");
    }
}
