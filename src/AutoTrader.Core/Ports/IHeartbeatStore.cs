namespace AutoTrader.Core.Ports;

/// <summary>When each recurring job last ended, so that a job that stopped is noticed in any process.</summary>
public interface IHeartbeatStore
{
    /// <summary>Writes down that <paramref name="work"/> ended.</summary>
    /// <param name="account">The account key.</param>
    /// <param name="work">Which work, in lower case.</param>
    /// <param name="at">When (UTC, business time).</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <exception cref="StorageUnavailableException">Storage does not take it.</exception>
    Task BeatAsync(string account, string work, DateTimeOffset at, CancellationToken cancellationToken);

    /// <summary>When each work last ended (UTC); what never did is not in it.</summary>
    Task<IReadOnlyDictionary<string, DateTimeOffset>> ListAsync(string account, CancellationToken cancellationToken);
}
