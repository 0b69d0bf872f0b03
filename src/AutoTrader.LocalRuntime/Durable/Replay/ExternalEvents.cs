using Microsoft.DurableTask.Converters;

namespace AutoTrader.LocalRuntime.Durable.Replay;

/// <summary>The events of an instance: buffered until somebody waits, the newest waiter served first, and one that gave up still served.</summary>
internal sealed class ExternalEvents
{
    private readonly Dictionary<string, Stack<IWaiter>> _waiters = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<(string Name, string? Data)> _buffer = [];

    private interface IWaiter
    {
        Type Type { get; }

        bool IsOpen { get; }

        void Complete(string? data);
    }

    public bool HasOpenWaiter => _waiters.Values.Any(stack => stack.Any(waiter => waiter.IsOpen));

    public Task<T> WaitAsync<T>(string name, CancellationToken cancellationToken)
    {
        var index = _buffer.FindIndex(one => string.Equals(one.Name, name, StringComparison.OrdinalIgnoreCase));
        if (index >= 0)
        {
            var data = _buffer[index].Data;
            _buffer.RemoveAt(index);
            return Task.FromResult(Read<T>(data));
        }

        if (!_waiters.TryGetValue(name, out var stack))
            _waiters[name] = stack = new Stack<IWaiter>();
        if (stack.TryPeek(out var newest) && newest.Type != typeof(T))
#pragma warning disable MA0015 // The text is the real one's, which has no parameter name behind it.
            throw new ArgumentException($"Events with the same name must have the same type argument. Expected {newest.Type.FullName} but was requested {typeof(T).FullName}.");
#pragma warning restore MA0015
        var waiter = new Waiter<T>();
        stack.Push(waiter);
        cancellationToken.Register(() => waiter.Cancel(cancellationToken));
        return waiter.Task;
    }

    /// <summary>Takes what nobody waited for, in the order of arrival for each name.</summary>
    public IReadOnlyList<(string Name, string? Data)> TakeBuffered()
    {
        var taken = _buffer.GroupBy(one => one.Name, StringComparer.OrdinalIgnoreCase).SelectMany(one => one).ToList();
        _buffer.Clear();
        return taken;
    }

    public void Raise(string name, string? data)
    {
        if (!_waiters.TryGetValue(name, out var stack) || !stack.TryPeek(out var waiter))
        {
            _buffer.Add((name, data));
            return;
        }

        // Before the code goes on, which may wait again at once.
        stack.Pop();
        waiter.Complete(data);
    }

    // No data gives null; that is none of the values of a value type, and fails.
    private static T Read<T>(string? data) => (T)JsonDataConverter.Default.Deserialize(data, typeof(T))!;

    private sealed class Waiter<T> : IWaiter
    {
        private readonly TaskCompletionSource<T> _source = new();

        public Type Type => typeof(T);

        public Task<T> Task => _source.Task;

        public bool IsOpen => !_source.Task.IsCompleted;

        public void Complete(string? data) => _source.TrySetResult(Read<T>(data));

        public void Cancel(CancellationToken cancellationToken) => _source.TrySetCanceled(cancellationToken);
    }
}
