using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Contracts;

/// <summary>What requests say of a strategy's definition. Prices are dollars, percentages percent numbers.</summary>
public abstract record StrategyDefinition
{
    private protected const string OfSymbol = "The symbol; lower case becomes upper case.";
    private protected const string OfType = "The strategy type.";

    /// <summary>Shares to buy.</summary>
    [Description("Shares to buy; for a grid set qty_per_level in grid_config instead."), Range(1, OrderValidation.MaxQuantity)]
    [DefaultValue(1)]
    public Optional<int> Quantity { get; init; }

    /// <summary>The distance of the trailing stop in percent.</summary>
    [Description("trailing_stop, pullback_trailing: distance of the trailing stop in percent (5 is 5 %). Default 5.")]
    public Optional<decimal?> TrailingStopPct { get; init; }

    /// <summary>The dip that is bought, in percent.</summary>
    [Description("pullback_trailing: the dip to buy, in percent below the highest price. Default 5.")]
    public Optional<decimal?> PullbackPct { get; init; }

    /// <summary>The profit at which it sells, in percent.</summary>
    [Description("bracket: profit at which it sells, in percent. Default 10.")]
    public Optional<decimal?> TakeProfitPct { get; init; }

    /// <summary>The loss at which it sells, in percent.</summary>
    [Description("bracket, scale_out: loss at which it sells, in percent. Default 5 for a bracket.")]
    public Optional<decimal?> StopLossPct { get; init; }

    /// <summary>When it buys.</summary>
    [Description("The entry type. Default: limit with entry_price, condition with entry_condition, else market.")]
    public Optional<EntryType> EntryType { get; init; }

    /// <summary>The limit of a limit entry in dollars.</summary>
    [Description("The limit price of a limit entry in dollars.")]
    public Optional<decimal?> EntryPrice { get; init; }

    /// <summary><c>below:PRICE</c>, <c>above:PRICE</c>, or a comparison of indicators: <c>sma:20 &gt; sma:50</c>.</summary>
    [Description(
        "The condition of a condition entry: below:PRICE, above:PRICE, or a comparison of indicators on completed bars, such as "
            + "sma:20 > sma:50, rsi:14 < 30 @15Min or close < bbands.bbl:20,2."
    )]
    [MaxLength(100)]
    public Optional<string?> EntryCondition { get; init; }

    /// <summary>The steps of a scale-out.</summary>
    [Description("scale_out: the steps; all pct sum to 100. Default 33 % at +5, 33 % at +10, 34 % at +15.")]
    [MaxLength(StrategyValidation.MaxScaleTargets)]
    public Optional<IReadOnlyList<ScaleTargetView>?> ScaleTargets { get; init; }

    /// <summary>The ladder of a grid.</summary>
    [Description("grid: the ladder. Default: around the first quote, 5 levels of 10 shares, 10 % to either side.")]
    public Optional<GridConfigView?> GridConfig { get; init; }

    /// <summary>Whether it rearms after completion.</summary>
    [Description("Whether it rearms after completion."), DefaultValue(false)]
    public Optional<bool> Repeat { get; init; }

    /// <summary>How long after.</summary>
    [Description("With repeat: how long after completion it rearms."), Range(0, StrategyValidation.MaxCooldownMinutes), DefaultValue(0)]
    public Optional<int> CooldownMinutes { get; init; }

    /// <summary>Whether other strategies may trade the symbol at the same time.</summary>
    [Description("Whether other strategies may trade the symbol at the same time."), DefaultValue(false)]
    public Optional<bool> AllowSharedSymbol { get; init; }

    /// <summary>What happens when the broker refuses protection.</summary>
    [Description("What happens when the broker refuses protection for the third time."), DefaultValue("exit")]
    public Optional<OnUnprotected> OnUnprotected { get; init; }

    /// <summary>Free text.</summary>
    [Description("Free text."), MaxLength(StrategyValidation.MaxNotes), DataType(DataType.MultilineText)]
    public Optional<string?> Notes { get; init; }
}

/// <summary>Changes the definition of a strategy: absent leaves a field unchanged, null clears it.</summary>
public sealed record StrategyChange : StrategyDefinition
{
    /// <summary>On what.</summary>
    [Description(OfSymbol), MaxLength(Core.Market.Symbol.MaxLength)]
    public Optional<string> Symbol { get; init; }

    /// <summary>Which of the five kinds it is.</summary>
    [Description(OfType)]
    public Optional<StrategyType> StrategyType { get; init; }

    /// <summary>Whether the stop of an open position may fall.</summary>
    [Description("Whether this change may lower the effective stop of a position."), DefaultValue(false)]
    public Optional<bool> AllowLowerStop { get; init; }
}

/// <summary>Creates a strategy; what is absent gets its default.</summary>
public sealed record StrategyRequest : StrategyDefinition
{
    /// <summary>On what.</summary>
    [Description(OfSymbol), MaxLength(Core.Market.Symbol.MaxLength)]
    public required string Symbol { get; init; }

    /// <summary>Which of the five kinds it is.</summary>
    [Description(OfType)]
    public required StrategyType StrategyType { get; init; }

    /// <summary>Its id; a new one when absent.</summary>
    [Description("Its id: 1 to 32 of A-Z a-z 0-9 _ -. Default: a new one."), MaxLength(StrategyValidation.MaxId)]
    public Optional<string> Id { get; init; }

    /// <summary>Whether it may enter.</summary>
    [Description("Whether it may enter."), DefaultValue(true)]
    public Optional<bool> Enabled { get; init; }

    /// <summary>Of a grid: so many levels around the present price, instead of a ladder.</summary>
    [Description("grid, instead of grid_config: this many levels of 10 shares, 2 % apart around the current price.")]
    [Range(2, StrategyValidation.MaxLevels)]
    public Optional<int> Levels { get; init; }
}
