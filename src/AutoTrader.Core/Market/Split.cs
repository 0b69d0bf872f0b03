namespace AutoTrader.Core.Market;

/// <summary>A split.</summary>
/// <param name="Symbol">The symbol.</param>
/// <param name="ExDate">The first New York date on which the price is that of new shares.</param>
/// <param name="Numerator">New shares...</param>
/// <param name="Denominator">...for so many old ones: 7 and 1 for seven-for-one, 1 and 10 for a reverse split of ten.</param>
public sealed record Split(string Symbol, DateOnly ExDate, int Numerator, int Denominator)
{
    /// <summary>New shares per old share.</summary>
    public decimal Ratio => (decimal)Numerator / Denominator;
}
