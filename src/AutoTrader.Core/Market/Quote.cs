namespace AutoTrader.Core.Market;

/// <summary>The best bid and offer of a symbol, as the market data source gave it; not yet checked (see
/// <see cref="QuoteRules"/>).</summary>
/// <param name="Symbol">The symbol.</param>
/// <param name="Bid">The best bid in dollars; 0 when there is none.</param>
/// <param name="Ask">The best offer in dollars; 0 when there is none.</param>
/// <param name="At">When the source stamped it (UTC).</param>
/// <param name="LastTrade">The price of the last trade in dollars, where the source gives one.</param>
public sealed record Quote(string Symbol, decimal Bid, decimal Ask, DateTimeOffset At, decimal? LastTrade = null)
{
    /// <summary>The mid: (bid + ask) / 2. It is the price (docs/trading-rules.md, "Valid quotes").</summary>
    public decimal Mid => (Bid + Ask) / 2;
}
