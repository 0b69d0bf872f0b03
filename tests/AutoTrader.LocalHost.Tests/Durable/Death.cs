using AutoTrader.LocalHost.Durable.Storage;

namespace AutoTrader.LocalHost.Tests.Durable;

/// <summary>The death of a host at one of its storage calls, or, unless it is for good, the failure of that call alone.</summary>
internal sealed class Death(int call, bool afterTheCall, bool isForGood)
{
    private readonly Lock _gate = new();
    private int _calls;

    public TaskCompletionSource Happened { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public WatchedStore Watch(IDurableStore store) => new(store, (_, after) =>
    {
        lock (_gate)
        {
            if (Happened.Task.IsCompleted)
            {
                // What was under way when the process died may have taken effect; what comes later does not.
                if (isForGood)
                    throw new IOException("The host is dead.");
                return;
            }

            if (after != afterTheCall || ++_calls < call)
                return;
            Happened.SetResult();
            throw new IOException("The host dies.");
        }
    });
}
