namespace AutoTrader.LocalHost.Azurite;

/// <summary>Whether what storage acknowledges is kept. Thread-safe.</summary>
internal sealed class StorageSafety
{
    private volatile string? _problem;

    /// <summary>Why what is written now may be lost, and what to do, in sentences; null while all is well.</summary>
    public string? Problem
    {
        get => _problem;
        set => _problem = value;
    }
}
