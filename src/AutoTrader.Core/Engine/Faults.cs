using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Brokerage;

namespace AutoTrader.Core.Engine;

/// <summary>Separates bugs of this system from outages.</summary>
internal static class Faults
{
    /// <summary>Whether it is ours: what a lost lease, storage, network, broker or market data does is not.</summary>
    public static bool IsOurs(Exception failure) =>
        failure
            is not (
                CycleStoppedException
                or StorageUnavailableException
                or OperationCanceledException
                or IOException
                or BrokerRefusedException
            );
}
