using DurableTask.Core;
using DurableTask.Core.Entities;
using DurableTask.Core.History;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Worker;
using Microsoft.DurableTask.Worker.Shims;
using Microsoft.Extensions.Logging;
using TaskOrchestrationContext = Microsoft.DurableTask.TaskOrchestrationContext;

namespace AutoTrader.LocalHost.Durable;

/// <summary>Makes the engine's worker, which runs an app's orchestrators and activities over any provider.</summary>
internal static class DurableWorker
{
    /// <summary>Makes a worker that is not started.</summary>
    /// <param name="service">Where its work comes from.</param>
    /// <param name="tasks">Its tasks.</param>
    /// <param name="loggers">Where engine and orchestrators log.</param>
    /// <param name="maximumTimerInterval">The longest timer the provider can hold; a longer one is split into several.</param>
    public static TaskHubWorker Create(
        IOrchestrationService service,
        DurableTasks tasks,
        ILoggerFactory loggers,
        TimeSpan maximumTimerInterval
    )
    {
        var options = new DurableTaskWorkerOptions
        {
            DataConverter = PayloadConverter.Default,
            MaximumTimerInterval = maximumTimerInterval,
            EnableEntitySupport = false,
        };
        var shims = new DurableTaskShimFactory(options, loggers);
        var worker = new TaskHubWorker(
            service,
            new ByName<TaskOrchestration>(name =>
                shims.CreateOrchestration(
                    name,
                    new Orchestrator(tasks.Orchestrators.GetValueOrDefault(name) ?? (_ => throw Missing("orchestrator", name)))
                )
            ),
            new ByName<TaskActivity>(name =>
                tasks.Activities.TryGetValue(name, out var activity) ? shims.CreateActivity(name, new Activity(activity)) : null
            ),
            new ByName<TaskEntity>(_ => null),
            loggers
        )
        {
            ErrorPropagationMode = ErrorPropagationMode.UseFailureDetails,
        };
        worker.AddActivityDispatcherMiddleware(
            (context, next) =>
            {
                var call = context.GetProperty<TaskScheduledEvent>();
                if (tasks.Activities.ContainsKey(call.Name!))
                {
                    return next();
                }

                // Without an answer the engine would try again for ever; the real host fails the call, and no retry helps.
                context.SetProperty(new ActivityExecutionResult { ResponseEvent = FailedForGood(call, Missing("activity", call.Name!)) });
                return Task.CompletedTask;
            }
        );
        return worker;
    }

    private static InvalidOperationException Missing(string kind, string name) =>
        new($"The function '{name}' doesn't exist, is disabled, or is not an {kind} function.");

    private static TaskFailedEvent FailedForGood(TaskScheduledEvent call, Exception failure) =>
        new(
            -1,
            call.EventId,
            failure.Message,
            details: null,
            new FailureDetails(failure.GetType().FullName!, failure.Message, stackTrace: null, innerFailure: null, isNonRetriable: true)
        );

    private sealed class ByName<T>(Func<string, T?> create) : INameVersionObjectManager<T>
        where T : class
    {
        public void Add(ObjectCreator<T> creator) => throw new NotSupportedException("What runs is known by its name alone.");

        public T? GetObject(string name, string? version) => create(name);
    }

    private sealed class Orchestrator(Func<LocalOrchestrationContext, Task<object?>> run) : ITaskOrchestrator
    {
        public Type InputType => typeof(Payload);

        public Type OutputType => typeof(object);

        public async Task<object?> RunAsync(TaskOrchestrationContext context, object? input)
        {
            var result = await run(new LocalOrchestrationContext(context, (Payload)input!));
            LocalOrchestrationContext.ThrowIfOffThread();
            return result;
        }
    }

    private sealed class Activity(DurableActivity activity) : ITaskActivity
    {
        public Type InputType => activity.InputType;

        public Type OutputType => typeof(object);

        public Task<object?> RunAsync(TaskActivityContext context, object? input) => activity.RunAsync(context, input);
    }
}
