namespace AutoTrader.Brokers.Paper;

/// <summary>How strict the paper broker is.</summary>
public enum PaperProfile
{
    /// <summary>As strict as the real broker: held shares, wash trades, stop prices, ticks, auction cut-offs.</summary>
    Alpaca,

    /// <summary>Takes every order that makes sense; sells may go short.</summary>
    Simple,
}

/// <summary>What a split does to positions and orders.</summary>
public enum SplitBehavior
{
    /// <summary>
    /// With the first bar of the ex-date that shows it, positions scale to whole shares, with cash in lieu of the fraction. Forward:
    /// good-till-canceled buy limits and sell stops are adjusted, nothing else; reverse: all good-till-canceled orders are canceled.
    /// </summary>
    Alpaca,

    /// <summary>Nothing changes but the price, as the real broker's paper environment reportedly has it.</summary>
    Ignored,
}

/// <summary>What fills cost. Everything is off by default.</summary>
public sealed record FillModel
{
    /// <summary>The most that an order fills of a bar's volume, in percent; 0 for no bound. Off, every fill is whole.</summary>
    public decimal VolumeSharePct { get; init; }

    /// <summary>How much worse than its price a market or stop order fills, in percent of the price; never outside the bar's
    /// range.</summary>
    public decimal SlippagePct { get; init; }

    /// <summary>Commission in dollars per share, rounded to the cent per fill.</summary>
    public decimal CommissionPerShare { get; init; }

    /// <summary>The spread in percent of the price; a market order pays half of it.</summary>
    public decimal SpreadPct { get; init; }

    /// <summary>The fee of the Securities and Exchange Commission (section 31) in dollars per million dollars sold, rounded up to the cent
    /// per fill.</summary>
    public decimal SecFeePerMillion { get; init; }

    /// <summary>FINRA's trading activity fee in dollars per share sold, rounded up to the cent per fill; on at most 50,000
    /// shares.</summary>
    public decimal TafPerShare { get; init; }
}

/// <summary>The paper broker's settings: section <see cref="Section"/>.</summary>
public sealed record PaperOptions
{
    /// <summary>Where the settings are in the configuration.</summary>
    public const string Section = "AutoTrader:Paper";

    /// <summary>Cash of a new account, in dollars.</summary>
    public decimal InitialCash { get; init; } = 100_000;

    /// <summary>How strict it is.</summary>
    public PaperProfile Profile { get; init; }

    /// <summary>What a split does.</summary>
    public SplitBehavior SplitBehavior { get; init; }

    /// <summary>
    /// How long a cancel takes (business time). Zero: the first look after the request shows <c>canceled</c>; above zero the order is
    /// <c>pending_cancel</c> so long, and may still fill.
    /// </summary>
    public TimeSpan CancelDelay { get; init; }

    /// <summary>How long after its end a bar is available, for live data (business time).</summary>
    public TimeSpan BarDelay { get; init; }

    /// <summary>What fills cost.</summary>
    public FillModel Fill { get; init; } = new();

    /// <summary>The problem with the settings; null if there is none.</summary>
    public string? Problem() =>
        this switch
        {
            { InitialCash: < 0 } => "InitialCash must not be negative.",
            { CancelDelay.Ticks: < 0 } or { BarDelay.Ticks: < 0 } => "CancelDelay and BarDelay must not be negative.",
            { Fill: { VolumeSharePct: < 0 or > 100 } } => "Fill:VolumeSharePct must be 0 to 100.",
            { Fill: { SlippagePct: < 0 or >= 100 } } or { Fill: { SpreadPct: < 0 or >= 100 } } =>
                "Fill:SlippagePct and Fill:SpreadPct must be 0 to below 100.",
            { Fill.CommissionPerShare: < 0 } => "Fill:CommissionPerShare must not be negative.",
            { Fill.SecFeePerMillion: < 0 or > 1_000_000 } => "Fill:SecFeePerMillion must be 0 to 1000000.",
            { Fill.TafPerShare: < 0 } => "Fill:TafPerShare must not be negative.",
            _ => null,
        };
}
