namespace AutoTrader.Storage.Tables;

/// <summary>
/// How often the client library sent the write that is under way: it retries silently, and a refusal of the second attempt may mean that
/// the first one succeeded.
/// </summary>
internal sealed class WriteAttempts
{
    private static readonly AsyncLocal<WriteAttempts?> Current = new();
    private int _sent;

    /// <summary>Whether the write was certainly sent only once.</summary>
    public bool IsOne => Volatile.Read(ref _sent) == 1;

    /// <summary>Starts counting the requests of the calling asynchronous method.</summary>
    public static WriteAttempts Begin() => Current.Value = new();

    /// <summary>Counts a request.</summary>
    public static void Count()
    {
        if (Current.Value is { } attempts)
        {
            Interlocked.Increment(ref attempts._sent);
        }
    }
}
