using AutoTrader.Core.Orders;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Core.Application;

/// <summary>A parameter of a strategy type.</summary>
/// <param name="Name">The field.</param>
/// <param name="Default">What counts when it is not given; null when it may stay empty.</param>
/// <param name="Description">The meaning, with its bounds.</param>
public sealed record TypeParameter(string Name, string? Default, string Description);

/// <summary>What a strategy type does, for people.</summary>
/// <param name="Type">The type.</param>
/// <param name="Summary">In a sentence.</param>
/// <param name="Entry">When it buys.</param>
/// <param name="Exit">How it is protected and when it sells.</param>
/// <param name="Parameters">Its own parameters.</param>
/// <param name="Example">A definition that works.</param>
public sealed record TypeExplanation(
    StrategyType Type,
    string Summary,
    string Entry,
    string Exit,
    IReadOnlyList<TypeParameter> Parameters,
    IReadOnlyDictionary<string, object> Example
);

/// <summary>What each strategy type does (docs/trading-rules.md, "Strategies").</summary>
public static class StrategyTypes
{
    private const string CommonEntry =
        "At once at market; with entry_price as a limit order, good till canceled; with entry_condition "
        + "at market: below:PRICE or above:PRICE once two quotes in a row meet it, or a comparison of indicators (sma:20 > sma:50, "
        + "rsi:14 < 30 @15Min) once the completed bars meet it.";

    private static readonly TypeParameter Trailing = new(
        "trailing_stop_pct",
        "5",
        "How far the stop follows below the highest price, in percent (5 is 5 %); above 0 and below 100."
    );

    /// <summary>All five.</summary>
    public static IReadOnlyList<TypeExplanation> All { get; } =
    [
        new(
            StrategyType.TrailingStop,
            "Buys, then lets a stop follow the price up and never down.",
            CommonEntry,
            "A trailing stop works at the broker from the cycle of the fill. The strategy completes when it fills.",
            [Trailing],
            Example("AAPL", "trailing_stop", ("quantity", 10), ("trailing_stop_pct", "5"))
        ),
        new(
            StrategyType.Bracket,
            "Buys, then takes a profit or stops a loss, whichever comes first.",
            CommonEntry,
            "One OCO pair works at the broker: a limit at the average fill price plus take_profit_pct and a stop at minus "
                + "stop_loss_pct; when one fills, the broker cancels the other.",
            [
                new("take_profit_pct", "10", "Profit at which it sells, in percent of the average fill price; above 0, at most 10000."),
                new("stop_loss_pct", "5", "Loss at which it sells, in percent of the average fill price; above 0 and below 100."),
            ],
            Example("MSFT", "bracket", ("quantity", 10), ("take_profit_pct", "10"), ("stop_loss_pct", "5"))
        ),
        new(
            StrategyType.ScaleOut,
            "Buys, then takes profit in steps.",
            CommonEntry,
            "Each step is a tranche of whole shares, the remainder in the last. With stop_loss_pct each tranche is an OCO pair of its "
                + "target and the common stop; without it only the targets are placed, and the shares are unprotected by choice.",
            [
                new(
                    "scale_targets",
                    "33 % at +5, 33 % at +10, 34 % at +15",
                    "A list of {pct, target_pct}: a part of the shares and the profit at which it sells, both in percent; all "
                        + "pct sum to 100."
                ),
                new("stop_loss_pct", null, "Loss at which the rest is sold, in percent of the average fill price; above 0 and below 100."),
            ],
            Example("NVDA", "scale_out", ("quantity", 30), ("stop_loss_pct", "5"))
        ),
        new(
            StrategyType.Grid,
            "Buys low and sells one level higher on a ladder of prices, again and again.",
            "A buy order works on every level below the price except the highest. A fill is sold one level higher, and then "
                + "bought again.",
            "Each bought share has a sell order one level higher. Outside the band the buys are canceled and the sells stay. At "
                + "stop_below the buys are canceled and the inventory is sold.",
            [
                new(
                    "grid_config",
                    "5 levels of 10 shares, 10 % below to 10 % above the first quote",
                    "{low, high, levels, qty_per_level, stop_below}: prices in dollars, 2 to 50 levels at least two ticks apart, "
                        + "shares per level, and optionally the price at which it gives up."
                ),
                new(
                    "levels",
                    null,
                    "Instead of grid_config at creation: this many levels of 10 shares, 2 % apart around the current price."
                ),
            ],
            Example(
                "SPY",
                "grid",
                (
                    "grid_config",
                    new Dictionary<string, object>(StringComparer.Ordinal)
                    {
                        ["low"] = "160",
                        ["high"] = "170",
                        ["levels"] = 5,
                        ["qty_per_level"] = 10,
                    }
                )
            )
        ),
        new(
            StrategyType.PullbackTrailing,
            "Waits for a dip from the highest price, buys, then lets a stop follow.",
            "At market once two quotes in a row are pullback_pct below the highest price seen while waiting.",
            "As trailing_stop.",
            [new("pullback_pct", "5", "The dip to buy, in percent below the highest price; above 0 and below 100."), Trailing],
            Example("QQQ", "pullback_trailing", ("quantity", 10), ("pullback_pct", "5"), ("trailing_stop_pct", "5"))
        ),
    ];

    /// <summary>The explanation of a type by its name; hyphens count as underscores.</summary>
    /// <exception cref="RefusedException">There is no such type.</exception>
    public static TypeExplanation Find(string name) =>
        Parse(name) is { } type
            ? All.First(explanation => explanation.Type == type)
            : throw new RefusedException(
                Refusal.NotFound,
                "INVALID_STRATEGY_TYPE",
                "There is no such strategy type. There are: " + string.Join(", ", All.Select(it => WireNames.Of(it.Type))) + "."
            );

    /// <summary>The type with a name; null when there is none.</summary>
    public static StrategyType? Parse(string name) => WireNames.Parse<StrategyType>(name.Replace('-', '_'));

    private static Dictionary<string, object> Example(string symbol, string type, params (string Field, object Value)[] fields)
    {
        var example = new Dictionary<string, object>(StringComparer.Ordinal) { ["symbol"] = symbol, ["strategy_type"] = type };
        foreach (var (field, value) in fields)
        {
            example.Add(field, value);
        }

        return example;
    }
}
