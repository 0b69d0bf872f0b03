using AutoTrader.Core;
using AutoTrader.Core.Application;
using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Strategies;
using AutoTrader.Functions.Http;

namespace AutoTrader.Functions.Api.Strategies;

/// <summary>The definition of a strategy in a request.</summary>
internal static class StrategyBody
{
    private static readonly Field[] Definition =
    [
        Field.Number(
            "trailing_stop_pct",
            "trailing_stop, pullback_trailing: distance of the trailing stop in percent (5 is 5 %). Default 5."
        ) with
        {
            Nullable = true,
        },
        Field.Number("pullback_pct", "pullback_trailing: the dip to buy, in percent below the highest price. Default 5.") with
        {
            Nullable = true,
        },
        Field.Number("take_profit_pct", "bracket: profit at which it sells, in percent. Default 10.") with
        {
            Nullable = true,
        },
        Field.Number("stop_loss_pct", "bracket, scale_out: loss at which it sells, in percent. Default 5 for a bracket.") with
        {
            Nullable = true,
        },
        Field.Choice<EntryType>(
            "entry_type",
            "The entry type. Default: limit with entry_price, condition with entry_condition, else market."
        ),
        Field.Number("entry_price", "The limit price of a limit entry in dollars.") with
        {
            Nullable = true,
        },
        Field.Text(
            "entry_condition",
            "The condition of a condition entry: below:PRICE, above:PRICE, or a comparison of indicators on completed bars, such as "
                + "sma:20 > sma:50, rsi:14 < 30 @15Min or close < bbands.bbl:20,2.",
            100
        ) with
        {
            Nullable = true,
        },
        Field.List(
            "scale_targets",
            "scale_out: the steps; all pct sum to 100. Default 33 % at +5, 33 % at +10, 34 % at +15.",
            StrategyValidation.MaxScaleTargets,
            Field.Number("pct", "Part of the shares in percent.") with
            {
                Required = true,
            },
            Field.Number("target_pct", "Profit at which it is sold, in percent.") with
            {
                Required = true,
            }
        ) with
        {
            Nullable = true,
        },
        Field.Part(
            "grid_config",
            "grid: the ladder. Default: around the first quote, 5 levels of 10 shares, 10 % to either side.",
            Field.Number("low", "The lowest level in dollars.") with
            {
                Required = true,
            },
            Field.Number("high", "The highest level in dollars.") with
            {
                Required = true,
            },
            Field.Whole("levels", "The number of equally spaced levels.", 2, StrategyValidation.MaxLevels) with
            {
                Required = true,
            },
            Field.Whole("qty_per_level", "Shares bought on each level below the highest.", 1, OrderValidation.MaxQuantity) with
            {
                Required = true,
            },
            Field.Number("stop_below", "The price in dollars at which the inventory is sold.") with
            {
                Nullable = true,
            }
        ) with
        {
            Nullable = true,
        },
        Field.Flag("repeat", "Whether it rearms after completion.") with
        {
            Default = "false",
        },
        Field.Whole("cooldown_minutes", "With repeat: how long after completion it rearms.", 0, StrategyValidation.MaxCooldownMinutes) with
        {
            Default = "0",
        },
        Field.Flag("allow_shared_symbol", "Whether other strategies may trade the symbol at the same time.") with
        {
            Default = "false",
        },
        Field.Choice<OnUnprotected>("on_unprotected", "What happens when the broker refuses protection for the third time.") with
        {
            Default = "exit",
        },
        Field.Text("notes", "Free text.", StrategyValidation.MaxNotes) with
        {
            Nullable = true,
            Multiline = true,
        },
    ];

    private static readonly Field Quantity = Field.Whole(
        "quantity",
        "Shares to buy; for a grid set qty_per_level in grid_config instead.",
        1,
        OrderValidation.MaxQuantity
    );
    private static readonly Field SymbolField = Field.Text("symbol", "The symbol; lower case becomes upper case.", Symbol.MaxLength);
    private static readonly Field Type = Field.Choice<StrategyType>("strategy_type", "The strategy type.");

    /// <summary>The fields of a new strategy.</summary>
    public static IReadOnlyList<Field> ForCreate { get; } =
    [
        SymbolField with
        {
            Required = true,
        },
        Type with
        {
            Required = true,
        },
        Quantity with
        {
            Default = "1",
        },
        Field.Text("id", "Its id: 1 to 32 of A-Z a-z 0-9 _ -. Default: a new one.", StrategyValidation.MaxId),
        Field.Flag("enabled", "Whether it may enter.") with
        {
            Default = "true",
        },
        .. Definition,
        Field.Whole(
            "levels",
            "grid, instead of grid_config: this many levels of 10 shares, 2 % apart around the current price.",
            2,
            StrategyValidation.MaxLevels
        ),
    ];

    /// <summary>The fields of a change.</summary>
    public static IReadOnlyList<Field> ForPatch { get; } =
    [
        SymbolField,
        Type,
        Quantity,
        .. Definition,
        Field.Flag("allow_lower_stop", "Whether this change may lower the effective stop of a position.") with
        {
            Default = "false",
        },
    ];

    /// <summary>A new definition.</summary>
    public static Strategy Draft(Fields body) =>
        Apply(
            new()
            {
                Id = body.Text("id") ?? "",
                Symbol = "",
                StrategyType = body.Choice<StrategyType>("strategy_type")!.Value,
                Quantity = 1,
                Arm = "",
                Enabled = body.Flag("enabled") ?? true,
                EntryType =
                    body.Number("entry_price") is not null ? EntryType.Limit
                    : body.Text("entry_condition") is not null ? EntryType.Condition
                    : EntryType.Market,
            },
            body
        );

    /// <summary>A definition with the request's fields; a new type drops the old type's fields.</summary>
    public static Strategy Apply(Strategy strategy, Fields body)
    {
        var type = body.Choice<StrategyType>("strategy_type") ?? strategy.StrategyType;
        // One is also what a strategy has without it.
        if (body.Has("quantity") && !StrategyFields.Uses(type, "quantity"))
        {
            var problem = StrategyFields.Unused(type, "quantity");
            throw new RefusedException(Refusal.Invalid, "INVALID_STRATEGY_PARAMS", problem.Message + " Leave it out.")
            {
                Fields = [problem],
            };
        }

        var next = Given(StrategyFields.WithoutUnused(strategy with { StrategyType = type }), body);
        return next.Repeat || body.Has("cooldown_minutes") ? next : next with { CooldownMinutes = 0 };
    }

    private static Strategy Given(Strategy strategy, Fields body) =>
        strategy with
        {
            Symbol = body.Text("symbol") is { } symbol ? Symbol.Normalize(symbol) : strategy.Symbol,
            Quantity = body.Whole("quantity") ?? strategy.Quantity,
            EntryType = body.Choice<EntryType>("entry_type") ?? strategy.EntryType,
            EntryPrice = NumberOf(body, "entry_price", strategy.EntryPrice),
            EntryCondition = body.Has("entry_condition") ? body.Text("entry_condition") : strategy.EntryCondition,
            TrailingStopPct = NumberOf(body, "trailing_stop_pct", strategy.TrailingStopPct),
            PullbackPct = NumberOf(body, "pullback_pct", strategy.PullbackPct),
            TakeProfitPct = NumberOf(body, "take_profit_pct", strategy.TakeProfitPct),
            StopLossPct = NumberOf(body, "stop_loss_pct", strategy.StopLossPct),
            ScaleTargets = body.Has("scale_targets") ? Targets(body) : strategy.ScaleTargets,
            GridConfig = body.Has("grid_config") ? Grid(body.Part("grid_config")) : strategy.GridConfig,
            Repeat = body.Flag("repeat") ?? strategy.Repeat,
            CooldownMinutes = body.Whole("cooldown_minutes") ?? strategy.CooldownMinutes,
            AllowSharedSymbol = body.Flag("allow_shared_symbol") ?? strategy.AllowSharedSymbol,
            OnUnprotected = body.Choice<OnUnprotected>("on_unprotected") ?? strategy.OnUnprotected,
            Notes = body.Has("notes") ? body.Text("notes") : strategy.Notes,
        };

    private static decimal? NumberOf(Fields body, string name, decimal? otherwise) => body.Has(name) ? body.Number(name) : otherwise;

    private static ValueList<ScaleTarget> Targets(Fields body) =>
        (body.Items("scale_targets") ?? [])
            .Select(target => new ScaleTarget(target.Number("pct")!.Value, target.Number("target_pct")!.Value))
            .ToValueList();

    private static GridConfig? Grid(Fields? grid) =>
        grid is null
            ? null
            : new(grid.Number("low")!.Value, grid.Number("high")!.Value, grid.Whole("levels")!.Value, grid.Whole("qty_per_level")!.Value)
            {
                StopBelow = grid.Number("stop_below"),
            };
}
