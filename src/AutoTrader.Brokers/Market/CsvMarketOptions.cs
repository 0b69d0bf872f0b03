using AutoTrader.Core.Market;

namespace AutoTrader.Brokers.Market;

/// <summary>The settings of market data from files: section <see cref="Section"/>.</summary>
public sealed record CsvMarketOptions
{
    /// <summary>Where the settings are in the configuration.</summary>
    public const string Section = "AutoTrader:Market";

    /// <summary>The folder with <c>{SYMBOL}.csv</c> files and <c>splits.csv</c>.</summary>
    public string Directory { get; init; } = "market";

    /// <summary>The spread of quotes in percent of the close: bid and ask lie half of it to either side, rounded outwards to the tick. 0:
    /// both are the close.</summary>
    public decimal SpreadPct { get; init; }

    /// <summary>How long the bars of intraday files are, at least a second and less than a session; null to find it from their
    /// rows.</summary>
    public TimeSpan? BarLength { get; init; }

    /// <summary>Whether daily bars are prices to trade on. In a backtest they are; live a price of yesterday is none.</summary>
    public bool TradesDailyBars { get; init; }

    /// <summary>The time zone (IANA) of times that are written without an offset.</summary>
    public string TimeZone { get; init; } = "America/New_York";

    internal TimeZoneInfo Zone => TimeZoneInfo.FindSystemTimeZoneById(TimeZone);

    /// <summary>The quote that a bar's close makes, at its end.</summary>
    public Quote QuoteOf(Bar bar)
    {
        var half = bar.Close * SpreadPct / 200;
        return half == 0
            ? new(bar.Symbol, bar.Close, bar.Close, bar.End, bar.Close)
            : new(bar.Symbol, TickSize.RoundDown(bar.Close - half), TickSize.RoundUp(bar.Close + half), bar.End, bar.Close);
    }

    /// <summary>What is wrong with the settings; null when nothing is.</summary>
    public string? Problem() =>
        this switch
        {
            { Directory: "" } => "Directory must name the folder with the CSV files.",
            { SpreadPct: < 0 or >= 100 } => "SpreadPct must be 0 to below 100.",
            { BarLength: { } length } when length < TimeSpan.FromSeconds(1) || length > TimeSpan.FromHours(6) =>
                "BarLength must be 00:00:01 to 06:00:00, such as 00:01:00.",
            _ when !TimeZoneInfo.TryFindSystemTimeZoneById(TimeZone, out _) => $"TimeZone '{TimeZone}' is not a time zone such as "
                + "America/New_York.",
            _ => null,
        };
}
