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

    // An ordinary overnight change: beyond it the engine suspects an undeclared split.
    private const decimal OrdinaryNight = 0.2m;

    // A price is no witness of splits that move it by less, such as stock dividends of 21:20: too many nights do so.
    private const decimal Visible = 0.1m;

    /// <summary>
    /// What a price that went from <paramref name="before"/> to <paramref name="after"/> (dollars, both above zero) overnight says of the
    /// split. It shows it when it moved by more like the ratio than like nothing; prices that are adjusted already never do. Where the
    /// split moves it by less than 10 % the price proves nothing, unless it lies more than an ordinary night (20 %) away from where the
    /// split would have taken it. Otherwise it denies it.
    /// </summary>
    public SplitSign SignOf(decimal before, decimal after)
    {
        if (
            Numerator == Denominator
            || Math.Abs(Math.Log((double)before / (double)after / (double)Ratio)) < Math.Abs(Math.Log((double)Ratio)) / 2
        )
        {
            return SplitSign.Shown;
        }

        var isSmall = Math.Abs(Denominator - Numerator) < Visible * Numerator;
        var isNear = Math.Abs((after * Numerator) - (before * Denominator)) <= OrdinaryNight * before * Denominator;
        return isSmall && isNear ? SplitSign.Hidden : SplitSign.Denied;
    }
}

/// <summary>Whether the first price after an ex-date shows a declared split.</summary>
public enum SplitSign
{
    /// <summary>It took place.</summary>
    Shown,

    /// <summary>Nothing: the split is so small that any night may hide it, and the declaration stands.</summary>
    Hidden,

    /// <summary>It did not take place, or the prices are adjusted already.</summary>
    Denied,
}
