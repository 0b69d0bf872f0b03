using AutoTrader.Core.Market;
using AutoTrader.Core.Ports.Brokerage;

namespace AutoTrader.Backtesting.Market;

/// <summary>What stands before a market, and passes on what it does not change.</summary>
/// <param name="inner">The market.</param>
internal abstract class DelegatingMarket(IMarketData inner) : IMarketData
{
    protected IMarketData Inner { get; } = inner;

    public Task<IReadOnlyDictionary<string, SymbolFeed>> GetFeedsAsync(
        IReadOnlyCollection<string> symbols,
        CancellationToken cancellationToken
    ) => Inner.GetFeedsAsync(symbols, cancellationToken);

    public virtual Task<IReadOnlyDictionary<string, Quote>> GetQuotesAsync(
        IReadOnlyCollection<string> symbols,
        CancellationToken cancellationToken
    ) => Inner.GetQuotesAsync(symbols, cancellationToken);

    public abstract Task<IReadOnlyList<Bar>> GetBarsAsync(
        string symbol,
        DateTimeOffset from,
        DateTimeOffset to,
        CancellationToken cancellationToken
    );

    public Task<IReadOnlyDictionary<string, decimal>> GetClosesAsync(
        IReadOnlyCollection<string> symbols,
        DateOnly session,
        CancellationToken cancellationToken
    ) => Inner.GetClosesAsync(symbols, session, cancellationToken);

    public Task<IReadOnlyList<Split>> GetSplitsAsync(DateOnly from, DateOnly to, CancellationToken cancellationToken) =>
        Inner.GetSplitsAsync(from, to, cancellationToken);
}
