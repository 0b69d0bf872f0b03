namespace AutoTrader.Core.Ports.Brokerage;

/// <summary>How far a price has moved since the close before.</summary>
/// <param name="Symbol">Whose.</param>
/// <param name="Price">The latest price in dollars.</param>
/// <param name="Change">By how many dollars.</param>
/// <param name="PercentChange">By how many percent.</param>
public sealed record Mover(string Symbol, decimal Price, decimal Change, decimal PercentChange);

/// <summary>What moved most on the latest day.</summary>
/// <param name="Gainers">What rose, the most first.</param>
/// <param name="Losers">What fell, the most first.</param>
/// <param name="At">Up to when that is (UTC).</param>
public sealed record Movers(IReadOnlyList<Mover> Gainers, IReadOnlyList<Mover> Losers, DateTimeOffset At);

/// <summary>What moved most of all that the market data source knows.</summary>
public interface IMarketMovers
{
    /// <summary>What rose and fell most, <paramref name="count"/> of each at most.</summary>
    Task<Movers> GetMoversAsync(int count, CancellationToken cancellationToken);
}
