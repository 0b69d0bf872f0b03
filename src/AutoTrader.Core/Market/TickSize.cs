namespace AutoTrader.Core.Market;

/// <summary>The smallest price steps of US equities: 1 cent at or above $1, 1/100 cent below (Regulation NMS, rule 612).</summary>
public static class TickSize
{
    /// <summary>The tick in dollars at <paramref name="price"/> dollars.</summary>
    public static decimal Of(decimal price) => price >= 1 ? 0.01m : 0.0001m;

    /// <summary>The highest price on a tick that is not above <paramref name="price"/>: for buy limits and sell stops.</summary>
    public static decimal RoundDown(decimal price) => decimal.Round(price, Decimals(price), MidpointRounding.ToNegativeInfinity);

    /// <summary>The lowest price on a tick that is not below <paramref name="price"/>: for sell limits and buy stops.</summary>
    public static decimal RoundUp(decimal price) => decimal.Round(price, Decimals(price), MidpointRounding.ToPositiveInfinity);

    private static int Decimals(decimal price) => price >= 1 ? 2 : 4;
}
