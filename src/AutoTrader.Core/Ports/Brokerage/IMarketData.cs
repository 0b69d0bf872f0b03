using AutoTrader.Core.Market;

namespace AutoTrader.Core.Ports.Brokerage;

/// <summary>Where prices come from.</summary>
public interface IMarketData
{
    /// <summary>Reports on each symbol's data: why there are no prices, which rows were skipped, how far apart quotes are. A symbol without
    /// remarks may be omitted.</summary>
    Task<IReadOnlyDictionary<string, SymbolFeed>> GetFeedsAsync(IReadOnlyCollection<string> symbols, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyDictionary<string, SymbolFeed>>(new Dictionary<string, SymbolFeed>(StringComparer.Ordinal));

    /// <summary>The latest quote of each symbol at the current business time; symbols without one are omitted.</summary>
    Task<IReadOnlyDictionary<string, Quote>> GetQuotesAsync(IReadOnlyCollection<string> symbols, CancellationToken cancellationToken);

    /// <summary>The bars of a symbol, all shorter than a session, that start at or after <paramref name="from"/> and have ended by
    /// <paramref name="to"/>, in order.</summary>
    Task<IReadOnlyList<Bar>> GetBarsAsync(string symbol, DateTimeOffset from, DateTimeOffset to, CancellationToken cancellationToken);

    /// <summary>The closing price of each symbol on its last day with trades at or before <paramref name="session"/>, in dollars and as
    /// printed then; symbols without one are left out.</summary>
    Task<IReadOnlyDictionary<string, decimal>> GetClosesAsync(
        IReadOnlyCollection<string> symbols,
        DateOnly session,
        CancellationToken cancellationToken
    );

    /// <summary>The splits with an ex-date from <paramref name="from"/> to <paramref name="to"/>, both included.</summary>
    Task<IReadOnlyList<Split>> GetSplitsAsync(DateOnly from, DateOnly to, CancellationToken cancellationToken);
}
