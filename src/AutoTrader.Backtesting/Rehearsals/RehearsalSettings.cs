using AutoTrader.Brokers.Market;
using AutoTrader.Brokers.Paper;

namespace AutoTrader.Backtesting.Rehearsals;

/// <summary>On what a rehearsal is played.</summary>
public sealed record RehearsalSettings
{
    /// <summary>The recorded day (New York), which must be a session.</summary>
    public required DateOnly Day { get; init; }

    /// <summary>Where the recorded bars are.</summary>
    public CsvMarketOptions Market { get; init; } = new();

    /// <summary>What fills cost.</summary>
    public FillModel Fill { get; init; } = new();

    /// <summary>Whether prices are multiplied so that the day begins at the present price of each symbol: for strategies that name prices
    /// of today. Otherwise they are those that were recorded.</summary>
    public bool AtPresentPrices { get; init; }

    /// <summary>The cash to begin with, in dollars; null for the server's.</summary>
    public decimal? Cash { get; init; }
}
