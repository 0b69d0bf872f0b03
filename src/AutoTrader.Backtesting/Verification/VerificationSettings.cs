using AutoTrader.Brokers.Market;
using AutoTrader.Brokers.Paper;

namespace AutoTrader.Backtesting.Verification;

/// <summary>What the past is compared with.</summary>
public sealed record VerificationSettings
{
    /// <summary>The first day (New York).</summary>
    public required DateOnly From { get; init; }

    /// <summary>The last day (New York); it is compared, too.</summary>
    public required DateOnly To { get; init; }

    /// <summary>Where the recorded bars are.</summary>
    public CsvMarketOptions Market { get; init; } = new();

    /// <summary>What fills cost in the backtest.</summary>
    public FillModel Fill { get; init; } = new();
}
