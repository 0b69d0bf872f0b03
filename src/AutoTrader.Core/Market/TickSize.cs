namespace AutoTrader.Core.Market;

/// <summary>The smallest price step (Regulation NMS, Rule 612): one cent at or above one dollar, a hundredth of a cent below.</summary>
public static class TickSize
{
    /// <summary>The step at <paramref name="price"/>, in dollars.</summary>
    public static decimal Of(decimal price) => price >= 1 ? 0.01m : 0.0001m;

    /// <summary>The highest valid price at or below <paramref name="price"/>.</summary>
    public static decimal RoundDown(decimal price) => Math.Floor(price / Of(price)) * Of(price);

    /// <summary>The lowest valid price at or above <paramref name="price"/>.</summary>
    public static decimal RoundUp(decimal price) => Math.Ceiling(price / Of(price)) * Of(price);
}
