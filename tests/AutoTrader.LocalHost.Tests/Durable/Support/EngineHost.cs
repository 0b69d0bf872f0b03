using AutoTrader.LocalHost.Durable;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace AutoTrader.LocalHost.Tests.Durable.Support;

/// <summary>An engine with the code of a test, in virtual or real time, that can be killed and started again on what it left.</summary>
internal abstract class EngineHost(DurableTasks tasks) : IAsyncDisposable
{
    public DurableTasks Tasks => tasks;

    public abstract DurableTaskClient Client { get; }

    /// <summary>A time that passes soon.</summary>
    public abstract TimeSpan Soon { get; }

    /// <summary>Waits until an instance is as it should be, while business time passes.</summary>
    public abstract Task<OrchestrationMetadata> UntilAsync(string id, Func<OrchestrationMetadata, bool> isSo);

    /// <summary>Waits for a signal of the test's own code, while business time passes.</summary>
    public abstract Task UntilAsync(Task signal);

    /// <summary>Kills the host, whatever it does, and starts another on what it left.</summary>
    public abstract Task KillAndRestartAsync();

    public abstract ValueTask DisposeAsync();

    public Task<OrchestrationMetadata> EndAsync(string id) => UntilAsync(id, found => found.IsCompleted);

    public async Task<OrchestrationMetadata> RunAsync(string orchestrator, object? input = null, string? id = null) =>
        await EndAsync(await Client.ScheduleNewOrchestrationInstanceAsync(orchestrator, input, new StartOrchestrationOptions(id)));
}

/// <summary>Short ways to give an engine its code.</summary>
internal static class DurableTasksExtensions
{
    public static DurableTasks Orchestrator(this DurableTasks tasks, string name, Func<LocalOrchestrationContext, Task<object?>> code)
    {
        tasks.Orchestrators[name] = code;
        return tasks;
    }

    public static DurableTasks Activity(this DurableTasks tasks, string name, Func<string, Task<object?>> code)
    {
        tasks.Activities[name] = new DurableActivity(typeof(string), (_, input) => code((string?)input ?? ""));
        return tasks;
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
