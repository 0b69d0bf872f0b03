using AutoTrader.Core.Orders;

namespace AutoTrader.Core.Ports;

/// <summary>Where ended orders and fills are kept once they are out of the trading partition.</summary>
public interface IArchive
{
    /// <summary>Moves strategies' orders that ended, and fills that happened, before the given instants (UTC) out of the trading partition.
    /// May be repeated, and may end anywhere.</summary>
    /// <param name="account">The account key.</param>
    /// <param name="ordersBefore">Orders that ended before it.</param>
    /// <param name="fillsBefore">Fills that happened before it.</param>
    /// <param name="cancellationToken">Stops the work; the next run continues.</param>
    /// <returns>How many orders and fills were moved.</returns>
    Task<(int Orders, int Fills)> ArchiveAsync(
        string account,
        DateTimeOffset ordersBefore,
        DateTimeOffset fillsBefore,
        CancellationToken cancellationToken
    );

    /// <summary>All fills in the archive, in no particular order.</summary>
    Task<IReadOnlyList<Fill>> ListFillsAsync(string account, CancellationToken cancellationToken);
}
