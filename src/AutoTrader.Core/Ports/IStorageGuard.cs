namespace AutoTrader.Core.Ports;

/// <summary>Knows whether what storage acknowledges is kept, where the host can see that.</summary>
public interface IStorageGuard
{
    /// <summary>Why what is written now may be lost, and what to do, in sentences; null while all is well.</summary>
    string? Problem { get; }
}
