namespace AutoTrader.Core.Ports;

/// <summary>Knows whether what storage acknowledges is kept, where the host can see that.</summary>
public interface IStorageGuard
{
    /// <summary>Why current writes may be lost, and what to do, in sentences; null while they are safe.</summary>
    string? Problem { get; }
}
