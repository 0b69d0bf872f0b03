using System.Collections.Immutable;
using System.Reflection;
using AutoTrader.LocalRuntime.Durable.Engine;
using AutoTrader.LocalRuntime.Durable.Replay;
using AutoTrader.LocalRuntime.Functions;
using AutoTrader.LocalRuntime.Hosting;
using AutoTrader.LocalRuntime.Storage;
using AutoTrader.LocalRuntime.Time;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Converters;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AutoTrader.LocalRuntime.Durable;

/// <summary>Orchestrations, activities and the client as triggers and bindings of functions. One host at a time runs the instances of a task hub; others send to it.</summary>
internal sealed partial class DurableExtension(
    IRuntimeStorage storage,
    TaskHub hub,
    IWorkClock clock,
    RunningWork work,
    FunctionInvoker invoker,
    IServiceScopeFactory scopes,
    ILoggerFactory loggers) : IRuntimeExtension, IAsyncDisposable
{
    /// <summary>
    /// How often the owner looks at the bell when it hears nothing: hosts on the same machine make it look at once. With the renewals of its lease, an idle hub costs less than one storage transaction a second.
    /// </summary>
    internal static readonly TimeSpan PollEvery = TimeSpan.FromMilliseconds(1120);

    // An attempt that finds the hub owned costs three transactions.
    private static readonly TimeSpan TakeEvery = TimeSpan.FromSeconds(3.5);

    // Finds what a host left that died between a message and its bell.
    private const int PollsPerScan = 60;

    private readonly ILogger _logger = loggers.CreateLogger<DurableExtension>();
    private readonly CancellationTokenSource _stop = new();
    private DurableEngine? _engine;
    private Task _loop = Task.CompletedTask;

    public IReadOnlyDictionary<Type, string> Triggers { get; } = new Dictionary<Type, string>
    {
        [typeof(OrchestrationTriggerAttribute)] = "orchestrationTrigger",
        [typeof(ActivityTriggerAttribute)] = "activityTrigger",
    };

    public IReadOnlyDictionary<Type, string> Inputs { get; } = new Dictionary<Type, string> { [typeof(DurableClientAttribute)] = "durableClient" };

    public object? BindInput(Attribute attribute, ParameterInfo parameter, FunctionContext context) =>
        new LocalDurableTaskClient(hub.Name, _engine ?? throw new InvalidOperationException("The app has no orchestrations, so there is no client of them."));

    public async Task StartAsync(FunctionIndex functions, CancellationToken cancellationToken)
    {
        var tasks = new DurableTasks();
        var named = new Dictionary<string, FunctionDescriptor>(StringComparer.OrdinalIgnoreCase);
        foreach (var function in functions.WithTrigger<OrchestrationTriggerAttribute>())
        {
            if (function.TriggerParameter.ParameterType != typeof(TaskOrchestrationContext))
                throw new FunctionIndexingException($"Function '{function.Name}': an orchestration trigger is a parameter of type TaskOrchestrationContext.");
            var name = ((OrchestrationTriggerAttribute)function.Trigger).Orchestration ?? function.Name;
            named[name] = function;
            tasks.Orchestrators[name] = context => OrchestrateAsync(function, context);
        }

        foreach (var function in functions.WithTrigger<ActivityTriggerAttribute>())
            tasks.Activities[((ActivityTriggerAttribute)function.Trigger).Activity ?? function.Name] = (instanceId, input) => ActAsync(function, instanceId, input);
        var isUsed = tasks.Orchestrators.Count > 0 || functions.All.Any(function => function.Method.GetParameters().Any(parameter => parameter.IsDefined(typeof(DurableClientAttribute))));
        if (!isUsed)
            return;
        var store = hub.Open(storage);
        await store.PrepareAsync(cancellationToken);
        _engine = new DurableEngine(store, tasks, clock, work, loggers)
        {
            ActivitiesAtOnce = hub.ActivitiesAtOnce,
            OrchestrationFailed = (name, failure) =>
            {
                if (named.TryGetValue(name, out var function))
                    invoker.Failed?.Invoke(function, failure);
            },
        };
        // At a restart the lease is usually free; and virtual time may not begin before the instances are there.
        var lease = await storage.TryLeaseAsync($"durable/{hub.TableName}", cancellationToken);
        if (lease is not null)
            await _engine.StartAsync(cancellationToken);
        _loop = Task.Run(() => RunAsync(_engine, lease), CancellationToken.None);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _engine?.Stop();
        await _stop.CancelAsync();
        await _loop;
    }

    public void Abandon()
    {
        _engine?.Abandon();
        _stop.Cancel();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        if (_engine is not null)
        {
            await _engine.DisposeAsync();
            (_engine.Store as IDisposable)?.Dispose();
        }

        _stop.Dispose();
    }

    private async Task RunAsync(DurableEngine engine, IRuntimeLease? lease)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                lease ??= await storage.TryLeaseAsync($"durable/{hub.TableName}", _stop.Token);
                if (lease is not null)
                {
                    await using (lease)
                    {
                        if (!engine.IsRunning)
                            await engine.StartAsync(_stop.Token);
                        using var end = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token, lease.Lost);
                        await ListenAsync(engine, end.Token);
                    }
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

            lease = null;
            if (!_stop.IsCancellationRequested)
            {
                if (engine.IsRunning)
                    engine.StandDown();
                await Task.Delay(TakeEvery, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task ListenAsync(DurableEngine engine, CancellationToken end)
    {
        for (var polls = 1; !end.IsCancellationRequested; polls++)
        {
            await engine.Store.WaitForBellAsync(PollEvery, end).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (end.IsCancellationRequested)
                return;
            try
            {
                if (polls % PollsPerScan == 0)
                    await engine.ScanMessagesAsync(end);
                else
                    await engine.PollAsync(end);
            }
            catch (Exception failure) when (!end.IsCancellationRequested)
            {
                LogFailed(_logger, failure, hub.Name);
            }
        }
    }

    // Without middleware and scope of an invocation: a pass is a replay, and ends without the method having ended.
    private async Task<object?> OrchestrateAsync(FunctionDescriptor function, ReplayContext context)
    {
        var services = scopes.CreateAsyncScope();
        context.EndsWithPass(services);
        var invocation = new LocalFunctionContext(function, new FunctionInvocationRequest { TriggerValue = context }, services.ServiceProvider, CancellationToken.None);
        var returned = FunctionInvoker.InvokeMethod(function, invocation, context);
        return await FunctionInvoker.ResultAsync(returned);
    }

    private async Task<string?> ActAsync(FunctionDescriptor function, string instanceId, string? input)
    {
        var json = JsonDataConverter.Default;
        var type = function.TriggerParameter.ParameterType;
        var value = type == typeof(TaskActivityContext) ? new ActivityContext(function.Name, instanceId) : json.Deserialize(input, type);
        if (value is null && type.IsValueType && Nullable.GetUnderlyingType(type) is null)
            value = Activator.CreateInstance(type);
        var result = await invoker.InvokeAsync(function, new FunctionInvocationRequest
        {
            TriggerValue = value,
            BindingData = ImmutableDictionary.Create<string, object?>(StringComparer.OrdinalIgnoreCase).Add("instanceId", instanceId),
            Reason = $"orchestration {instanceId}",
        });
        return json.Serialize(result);
    }

    [LoggerMessage(961, LogLevel.Error, "The orchestrations of task hub '{Hub}' could not be read; it is tried again")]
    private static partial void LogFailed(ILogger logger, Exception failure, string hub);

    private sealed class ActivityContext(string name, string instanceId) : TaskActivityContext
    {
        public override TaskName Name { get; } = name;

        public override string InstanceId => instanceId;
    }
}
