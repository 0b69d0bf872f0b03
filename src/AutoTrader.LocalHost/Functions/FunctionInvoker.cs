using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics;
using System.Reflection;
using System.Runtime.ExceptionServices;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AutoTrader.LocalHost.Functions;

/// <summary>What a trigger gives to one invocation.</summary>
internal sealed record FunctionInvocationRequest
{
    /// <summary>The value of the parameter that carries the trigger attribute, of that parameter's type.</summary>
    public object? TriggerValue { get; init; }

    /// <summary>Values by name for parameters without an attribute; names ignore case when the dictionary does.</summary>
    public IReadOnlyDictionary<string, object?> BindingData { get; init; } = ImmutableDictionary<string, object?>.Empty;

    /// <summary>Why it runs, for the log.</summary>
    public string Reason { get; init; } = "";

    /// <summary>Replays of an orchestrator are not worth a line each: they are logged at debug level.</summary>
    public bool Quiet { get; init; }

    /// <summary>Called with the context before the middleware.</summary>
    public Action<FunctionContext>? Prepare { get; init; }

    /// <summary>Called with the result after the middleware and before the services of the invocation are disposed.</summary>
    public Func<FunctionContext, object?, Task>? Complete { get; init; }
}

/// <summary>Runs functions through the middleware, each in its own service scope.</summary>
internal sealed partial class FunctionInvoker(IServiceScopeFactory scopes, ILoggerFactory loggers, FunctionPipeline pipeline) : IDisposable
{
    public const string ActivitySourceName = "Microsoft.Azure.Functions.Worker";

    private static readonly ActivitySource Source = new(ActivitySourceName);

    private readonly ConcurrentDictionary<FunctionDescriptor, ObjectFactory> _factories = new();
    private readonly CancellationTokenSource _abort = new();

    /// <summary>Called with every exception that left a function.</summary>
    public Action<FunctionDescriptor, Exception>? Failed { get; set; }

    /// <summary>Cancels the tokens of all running invocations.</summary>
    public void Abort() => _abort.Cancel();

    public void Dispose() => _abort.Dispose();

    /// <summary>Invokes a function; its exceptions are logged and rethrown.</summary>
    /// <returns>The result, awaited; null for none.</returns>
    public async Task<object?> InvokeAsync(
        FunctionDescriptor function,
        FunctionInvocationRequest request,
        CancellationToken cancellationToken = default
    )
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _abort.Token);
        if (pipeline.Timeout is { } timeout)
        {
            stop.CancelAfter(timeout);
        }
        using var activity = Source.StartActivity(function.Name);
        await using var scope = scopes.CreateAsyncScope();
        var context = new LocalFunctionContext(function, request, scope.ServiceProvider, stop.Token);
        var result = new LocalInvocationResult();
        context.Features.Set<InvocationResult>(result);
        request.Prepare?.Invoke(context);

        var logger = loggers.CreateLogger($"Function.{function.Name}");
        using var logScope = logger.BeginScope(new InvocationScope(function.Name, context.InvocationId));
        var level = request.Quiet ? LogLevel.Debug : LogLevel.Information;
        LogExecuting(logger, level, function.Name, request.Reason, context.InvocationId);
        var started = Stopwatch.GetTimestamp();
        try
        {
            await pipeline.RunAsync(context, inner => ExecuteAsync(function, request, inner, result));
            if (request.Complete is not null)
            {
                await request.Complete(context, result.Value);
            }
            var milliseconds = Milliseconds(started);
            LogExecuted(logger, level, function.Name, context.InvocationId, milliseconds);
            return result.Value;
        }
        catch (Exception failure)
        {
            var milliseconds = Milliseconds(started);
            LogFailed(logger, failure, function.Name, context.InvocationId, milliseconds);
            activity?.SetStatus(ActivityStatusCode.Error, failure.Message);
            Failed?.Invoke(function, failure);
            throw;
        }
    }

    /// <summary>Calls a function without middleware, log or its own scope.</summary>
    internal static object? InvokeMethod(FunctionDescriptor function, FunctionContext context, object? triggerValue)
    {
        var instance = function.Method.IsStatic
            ? null
            : ActivatorUtilities.CreateInstance(context.InstanceServices, function.Method.DeclaringType!);
        return Invoke(function.Method, instance, [.. function.Binders.Select(binder => binder(context, triggerValue))]);
    }

    private static long Milliseconds(long started) => (long)Stopwatch.GetElapsedTime(started).TotalMilliseconds;

    private async Task ExecuteAsync(
        FunctionDescriptor function,
        FunctionInvocationRequest request,
        FunctionContext context,
        LocalInvocationResult result
    )
    {
        var arguments = function.Binders.Select(binder => binder(context, request.TriggerValue)).ToArray();
        var instance = function.Method.IsStatic
            ? null
            : _factories.GetOrAdd(function, key => ActivatorUtilities.CreateFactory(key.Method.DeclaringType!, Type.EmptyTypes))(
                context.InstanceServices,
                []
            );
        result.Value = await ResultAsync(Invoke(function.Method, instance, arguments));
    }

    private static object? Invoke(MethodInfo method, object? instance, object?[] arguments)
    {
        try
        {
            return method.Invoke(instance, arguments);
        }
        catch (TargetInvocationException wrapper) when (wrapper.InnerException is { } failure)
        {
            ExceptionDispatchInfo.Throw(failure);
            throw;
        }
    }

    internal static async Task<object?> ResultAsync(object? returned)
    {
        if (returned is not Task task)
        {
            return returned;
        }
        await task;
        var type = task.GetType();
        // An async method without result is a Task<VoidTaskResult> inside.
        return type.IsGenericType && type.GetGenericArguments()[0].IsVisible
            ? type.GetProperty(nameof(Task<>.Result))!.GetValue(task)
            : null;
    }

    [LoggerMessage(EventId = 930, Message = "Executing '{Function}' ({Reason}, Id={InvocationId})")]
    private static partial void LogExecuting(ILogger logger, LogLevel level, string function, string reason, string invocationId);

    [LoggerMessage(EventId = 931, Message = "Executed '{Function}' (Succeeded, Id={InvocationId}, Duration={Milliseconds}ms)")]
    private static partial void LogExecuted(ILogger logger, LogLevel level, string function, string invocationId, long milliseconds);

    [LoggerMessage(932, LogLevel.Error, "Executed '{Function}' (Failed, Id={InvocationId}, Duration={Milliseconds}ms)")]
    private static partial void LogFailed(ILogger logger, Exception failure, string function, string invocationId, long milliseconds);

    private sealed record InvocationScope(string FunctionName, string InvocationId);
}

/// <summary>The middleware of the app in the order in which it was added, and the time limit of a function.</summary>
internal sealed class FunctionPipeline(
    IEnumerable<Func<FunctionExecutionDelegate, FunctionExecutionDelegate>> middleware,
    TimeSpan? timeout
)
{
    private static readonly object TerminalKey = new();

    private readonly FunctionExecutionDelegate _run = middleware
        .Reverse()
        .Aggregate((FunctionExecutionDelegate)(context => ((FunctionExecutionDelegate)context.Items[TerminalKey])(context)), (next, wrap) =>
            wrap(next)
        );

    /// <summary>The <c>functionTimeout</c> of host.json (wall clock), after which the token of an invocation is canceled; null for
    /// none.</summary>
    public TimeSpan? Timeout => timeout;

    public Task RunAsync(FunctionContext context, FunctionExecutionDelegate function)
    {
        context.Items[TerminalKey] = function;
        return _run(context);
    }
}
