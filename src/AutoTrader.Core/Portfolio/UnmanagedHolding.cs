namespace AutoTrader.Core.Portfolio;

/// <summary>Shares of the account that no strategy bought; strategies never sell them (docs/trading-rules.md, "Unmanaged
/// shares").</summary>
/// <param name="Symbol">The symbol.</param>
/// <param name="Holding">The shares.</param>
/// <param name="NextSequence">The number of the next manual order in the symbol.</param>
public sealed record UnmanagedHolding(string Symbol, Holding Holding, int NextSequence = 1);
