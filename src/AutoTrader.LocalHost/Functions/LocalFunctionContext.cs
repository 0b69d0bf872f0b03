using System.Collections;
using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics;
using Microsoft.Azure.Functions.Worker;

namespace AutoTrader.LocalHost.Functions;

/// <summary>The context of one invocation.</summary>
internal sealed class LocalFunctionContext(
    FunctionDescriptor function,
    FunctionInvocationRequest request,
    IServiceProvider services,
    CancellationToken cancellationToken
) : FunctionContext
{
    public override string InvocationId { get; } = Guid.NewGuid().ToString();

    public override string FunctionId => function.Definition.Id;

    public override TraceContext TraceContext { get; } = new LocalTraceContext(Activity.Current);

    public override BindingContext BindingContext { get; } = new LocalBindingContext(request.BindingData);

    public override RetryContext RetryContext { get; } = new NoRetryContext();

    public override IServiceProvider InstanceServices { get; set; } = services;

    public override FunctionDefinition FunctionDefinition => function.Definition;

    public override IDictionary<object, object> Items { get; set; } = new Dictionary<object, object>();

    public override IInvocationFeatures Features { get; } = new LocalInvocationFeatures();

    public override CancellationToken CancellationToken { get; } = cancellationToken;

    private sealed class LocalBindingContext(IReadOnlyDictionary<string, object?> data) : BindingContext
    {
        public override IReadOnlyDictionary<string, object?> BindingData => data;
    }

    private sealed class NoRetryContext : RetryContext
    {
        public override int RetryCount => 0;

        public override int MaxRetryCount => 0;
    }

    private sealed class LocalTraceContext(Activity? activity) : TraceContext
    {
        public override string TraceParent { get; } = activity?.Id ?? "";

        public override string TraceState { get; } = activity?.TraceStateString ?? "";

        public override IReadOnlyDictionary<string, string> Baggage { get; } =
            activity
                ?.Baggage.DistinctBy(item => item.Key, StringComparer.Ordinal)
                .ToImmutableDictionary(item => item.Key, item => item.Value ?? "", StringComparer.Ordinal)
            ?? ImmutableDictionary<string, string>.Empty;
    }
}

internal sealed class LocalInvocationFeatures : IInvocationFeatures
{
    private readonly ConcurrentDictionary<Type, object> _features = new();

    public void Set<T>(T instance)
    {
        ArgumentNullException.ThrowIfNull(instance);
        _features[typeof(T)] = instance;
    }

    public T? Get<T>() => _features.TryGetValue(typeof(T), out var feature) ? (T)feature : default;

    public IEnumerator<KeyValuePair<Type, object>> GetEnumerator() => _features.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

internal sealed class LocalInvocationResult : InvocationResult
{
    public override object? Value { get; set; }
}
