using AutoTrader.Brokers.Paper;

namespace AutoTrader.Backtesting;

/// <summary>What a sale costs at Alpaca, which takes no commission.</summary>
public static class AlpacaFees
{
    /// <summary>27.80 dollars per million dollars sold for the SEC (the rate from May 2024 to May 2025) and 0.000166 dollars per share sold
    /// for FINRA (2024 and 2025). The rates are set anew every year or so.</summary>
    public static FillModel Model { get; } = new() { SecFeePerMillion = 27.80m, TafPerShare = 0.000166m };
}
