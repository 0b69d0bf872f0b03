namespace AutoTrader.Core.Market;

/// <summary>A split: every <paramref name="Denominator"/> old shares become <paramref name="Numerator"/> new ones (7 for 1 is 7, 1; a
/// reverse split 1 for 10 is 1, 10).</summary>
/// <param name="Symbol">The symbol.</param>
/// <param name="ExDate">The first New York trading day at the new price.</param>
/// <param name="Numerator">New shares; above zero.</param>
/// <param name="Denominator">Old shares; above zero.</param>
public sealed record Split(string Symbol, DateOnly ExDate, int Numerator, int Denominator)
{
    /// <summary>New shares per old share: quantities are multiplied by it, prices divided.</summary>
    public decimal Ratio => (decimal)Numerator / Denominator;

    /// <summary>
    /// Whether a price that went from <paramref name="before"/> to <paramref name="after"/> (dollars, both above zero) overnight shows the
    /// split: what it moved by is nearer to the ratio than to nothing. Prices that are adjusted already never do.
    /// </summary>
    public bool IsShownBy(decimal before, decimal after) =>
        Numerator == Denominator
        || Math.Abs(Math.Log((double)before / (double)after / (double)Ratio)) < Math.Abs(Math.Log((double)Ratio)) / 2;
}
