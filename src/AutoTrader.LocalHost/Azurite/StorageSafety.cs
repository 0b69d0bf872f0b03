namespace AutoTrader.LocalHost.Azurite;

/// <summary>Whether what storage acknowledges is kept. Thread-safe.</summary>
internal sealed class StorageSafety
{
    private volatile string? _problem;

    /// <summary>Why current writes may be lost, and what to do, in sentences; null while they are safe.</summary>
    public string? Problem
    {
        get => _problem;
        set => _problem = value;
    }
}
