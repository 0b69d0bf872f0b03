using System.Collections.Immutable;
using System.Reflection;
using AutoTrader.LocalHost.Durable;
using AutoTrader.LocalHost.Durable.AzureStorage;
using AutoTrader.LocalHost.Durable.InMemory;
using AutoTrader.LocalHost.Functions;
using AutoTrader.LocalHost.Storage;
using AutoTrader.LocalHost.Time;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AutoTrader.LocalHost.Hosting;

/// <summary>Orchestrations, activities and the client as triggers and bindings of functions.</summary>
internal sealed class DurableExtension(
    IRuntimeStorage storage,
    TaskHub hub,
    DurableSettings settings,
    IWorkClock clock,
    RunningWork work,
    FunctionInvoker invoker,
    IServiceScopeFactory scopes,
    ILoggerFactory loggers
) : IRuntimeExtension, IAsyncDisposable
{
    private IDurableEngine? _engine;

    public IReadOnlyDictionary<Type, string> Triggers { get; } =
        new Dictionary<Type, string>
        {
            [typeof(OrchestrationTriggerAttribute)] = "orchestrationTrigger",
            [typeof(ActivityTriggerAttribute)] = "activityTrigger",
        };

    public IReadOnlyDictionary<Type, string> Inputs { get; } =
        new Dictionary<Type, string> { [typeof(DurableClientAttribute)] = "durableClient" };

    public object? BindInput(Attribute attribute, ParameterInfo parameter, FunctionContext context) =>
        (_engine ?? throw new InvalidOperationException("The app has no orchestrations, so there is no client for them.")).Client;

    public async Task StartAsync(FunctionIndex functions, CancellationToken cancellationToken)
    {
        var tasks = new DurableTasks();
        foreach (var function in functions.WithTrigger<OrchestrationTriggerAttribute>())
        {
            if (function.TriggerParameter.ParameterType != typeof(TaskOrchestrationContext))
            {
                throw new FunctionIndexingException(
                    $"Function '{function.Name}': an orchestration trigger is a parameter of type TaskOrchestrationContext."
                );
            }

            var name = ((OrchestrationTriggerAttribute)function.Trigger).Orchestration ?? function.Name;
            tasks.Orchestrators[name] = context => OrchestrateAsync(function, context);
        }

        foreach (var function in functions.WithTrigger<ActivityTriggerAttribute>())
        {
            tasks.Activities[((ActivityTriggerAttribute)function.Trigger).Activity ?? function.Name] = ActivityOf(function);
        }

        var parameters = functions.All.SelectMany(function => function.Method.GetParameters());
        if (tasks.Orchestrators.Count > 0 || parameters.Any(parameter => parameter.IsDefined(typeof(DurableClientAttribute))))
        {
            _engine =
                clock is VirtualClock || storage.Services is not { } services
                    ? new InMemoryEngine(hub, tasks, storage, clock, work, loggers)
                    : new AzureStorageEngine(hub, settings, services.ForOrchestrations(), tasks, storage, work, loggers);
            await _engine.StartAsync(cancellationToken);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => _engine?.StopAsync() ?? Task.CompletedTask;

    public void Abandon() => _engine?.Abandon();

    /// <summary>The orchestrations that changed since the last call, to be written with the position of the replay.</summary>
    public IReadOnlyList<InstanceChange> TakeChanges() => _engine?.TakeChanges() ?? [];

    public async ValueTask DisposeAsync()
    {
        if (_engine is not null)
        {
            await _engine.DisposeAsync();
        }
    }

    // Without middleware: a pass is a replay, and ends without the method having ended.
    private async Task<object?> OrchestrateAsync(FunctionDescriptor function, LocalOrchestrationContext context)
    {
        // Not disposed when the method does not end; there is nothing in it unless the app injects something into a class of orchestrators.
        await using var services = scopes.CreateAsyncScope();
        var invocation = new LocalFunctionContext(
            function,
            new FunctionInvocationRequest { TriggerValue = context },
            services.ServiceProvider,
            CancellationToken.None
        );
        try
        {
            return await FunctionInvoker.ResultAsync(FunctionInvoker.InvokeMethod(function, invocation, context));
        }
        catch (Exception failure) when (!context.IsReplaying)
        {
            invoker.Failed?.Invoke(function, failure);
            throw;
        }
    }

    private DurableActivity ActivityOf(FunctionDescriptor function)
    {
        var type = function.TriggerParameter.ParameterType;
        var takesContext = type == typeof(TaskActivityContext);
        return new DurableActivity(takesContext ? typeof(object) : type, (context, input) =>
        {
            var names = ImmutableDictionary.Create<string, object?>(StringComparer.OrdinalIgnoreCase);
            return invoker.InvokeAsync(
                function,
                new FunctionInvocationRequest
                {
                    TriggerValue = takesContext ? context : input,
                    BindingData = names.Add("instanceId", context.InstanceId),
                    Reason = $"orchestration {context.InstanceId}",
                }
            );
        });
    }
}
