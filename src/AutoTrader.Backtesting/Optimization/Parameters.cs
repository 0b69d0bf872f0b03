using System.Globalization;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Backtesting.Optimization;

/// <summary>Something of a strategy that an optimization may vary. All values are numbers; percentages are percent numbers (5 is
/// 5 %).</summary>
public sealed class Parameter
{
    private readonly Func<Draft, decimal, Draft> _set;

    internal Parameter(string name, string[] aliases, StrategyType[] types, string meaning, Func<Draft, decimal, Draft> set)
    {
        (Name, Aliases, Types, Meaning, _set) = (name, aliases, types, meaning, set);
    }

    /// <summary>Its name: that of the strategy's field, where there is one.</summary>
    public string Name { get; }

    /// <summary>Other names, as the original has them.</summary>
    public IReadOnlyList<string> Aliases { get; }

    /// <summary>The types of strategies that have it.</summary>
    public IReadOnlyList<StrategyType> Types { get; }

    /// <summary>What it is, in a few words.</summary>
    public string Meaning { get; }

    /// <summary>Whether its values are whole numbers.</summary>
    public bool IsWhole { get; init; }

    /// <summary>Whether it says by itself when the strategy buys: a strategy has one entry.</summary>
    internal bool IsEntry { get; init; }

    /// <summary>Whether it goes by a name.</summary>
    public bool IsNamed(string name) => Name == name || Aliases.Contains(name, StringComparer.Ordinal);

    internal Draft Set(Draft draft, decimal value) => _set(draft, value);
}

/// <summary>All that may be varied.</summary>
public static class Parameters
{
    private static readonly StrategyType[] Grid = [StrategyType.Grid];
    private static readonly StrategyType[] Scaled = [StrategyType.ScaleOut];
    private static readonly StrategyType[] Entering = [StrategyType.TrailingStop, StrategyType.Bracket, StrategyType.ScaleOut];
    private static readonly StrategyType[] Repeating = [.. Entering, StrategyType.PullbackTrailing];

    /// <summary>Every parameter.</summary>
    public static IReadOnlyList<Parameter> All { get; } =
    [
        new(
            "trailing_stop_pct",
            ["trailing_pct", "trail_percent"],
            [StrategyType.TrailingStop, StrategyType.PullbackTrailing],
            "distance of the trailing stop in percent",
            (it, value) => it.With(strategy => strategy with { TrailingStopPct = value })
        ),
        new("take_profit_pct", ["take_profit"], [StrategyType.Bracket], "profit at which it sells, in percent", (it, value) =>
            it.With(strategy => strategy with { TakeProfitPct = value })
        ),
        new(
            "stop_loss_pct",
            ["stop_loss"],
            [StrategyType.Bracket, StrategyType.ScaleOut],
            "loss at which it sells, in percent",
            (it, value) => it.With(strategy => strategy with { StopLossPct = value })
        ),
        new("pullback_pct", ["pullback"], [StrategyType.PullbackTrailing], "the dip that it buys, in percent", (it, value) =>
            it.With(strategy => strategy with { PullbackPct = value })
        ),
        new("quantity", ["qty"], Repeating, "shares", (it, value) => it.With(strategy => strategy with { Quantity = (int)value }))
        {
            IsWhole = true,
        },
        new("cooldown_minutes", ["cooldown"], Repeating, "minutes after a sale until it is armed anew", (it, value) =>
            it.With(strategy => strategy with { CooldownMinutes = (int)value })
        )
        {
            IsWhole = true,
        },
        new("entry_price", ["limit"], Entering, "buys with a limit order at this price in dollars", (it, value) =>
            it.With(strategy => strategy with { EntryType = EntryType.Limit, EntryPrice = value })
        )
        {
            IsEntry = true,
        },
        new("entry_below", [], Entering, "buys when the price is at or below it", (it, value) => it.Waiting(new(true, value)))
        {
            IsEntry = true,
        },
        new("entry_above", [], Entering, "buys when the price is at or above it", (it, value) => it.Waiting(new(false, value)))
        {
            IsEntry = true,
        },
        .. Enumerable.Range(1, Draft.Steps).SelectMany(Step),
        new("low", [], Grid, "the lowest level in dollars", (it, value) => it with { Low = value }),
        new("high", [], Grid, "the highest level in dollars", (it, value) => it with { High = value }),
        new("levels", [], Grid, "the number of levels", (it, value) => it with { Levels = (int)value }) { IsWhole = true },
        new(
            "spacing_pct",
            ["spacing"],
            Grid,
            "width of the ladder around the first price, in percent to either side per level",
            (it, value) => it with { SpacingPct = value }
        ),
        new("qty_per_level", [], Grid, "shares on each level", (it, value) => it with { QtyPerLevel = (int)value }) { IsWhole = true },
        new("stop_below", [], Grid, "the price in dollars at which it sells its inventory", (it, value) => it with { StopBelow = value }),
    ];

    /// <summary>Those of a type.</summary>
    public static IEnumerable<Parameter> Of(StrategyType type) => All.Where(it => it.Types.Contains(type));

    /// <summary>Whether strategies of a type wait for an entry that is chosen.</summary>
    internal static bool HasEntry(StrategyType type) => Entering.Contains(type);

    private static IEnumerable<Parameter> Step(int number) =>
        [
            new(
                FormattableString.Invariant($"scale_target_{number}"),
                [],
                Scaled,
                FormattableString.Invariant($"profit at which step {number} is sold, in percent"),
                (it, value) => it.Step(number - 1, step => step with { TargetPct = value })
            ),
            new(
                FormattableString.Invariant($"scale_share_{number}"),
                [],
                Scaled,
                FormattableString.Invariant($"share of step {number} in percent; 0 leaves it out"),
                (it, value) => it.Step(number - 1, step => step with { Pct = value })
            ),
        ];
}

/// <summary>A strategy that is being made of values.</summary>
internal sealed record Draft(Strategy Strategy)
{
    /// <summary>The most steps of a scale-out that may be varied.</summary>
    public const int Steps = 5;

    public decimal? Low { get; init; }

    public decimal? High { get; init; }

    public int? Levels { get; init; }

    public decimal SpacingPct { get; init; } = 2;

    public int? QtyPerLevel { get; init; }

    public decimal? StopBelow { get; init; }

    public Draft With(Func<Strategy, Strategy> change) => this with { Strategy = change(Strategy) };

    public Draft Waiting(EntryCondition condition) =>
        With(strategy => strategy with { EntryType = EntryType.Condition, EntryCondition = condition.ToString() });

    /// <summary>With a number in place of a name of its entry condition.</summary>
    public Draft Named(string name, decimal value) =>
        With(strategy =>
            strategy with
            {
                EntryCondition = strategy.EntryCondition!.Replace(
                    $"{{{name}}}",
                    value.ToString("0.##########", CultureInfo.InvariantCulture),
                    StringComparison.Ordinal
                ),
            }
        );

    public Draft Step(int index, Func<ScaleTarget, ScaleTarget> change)
    {
        var steps = Strategy.ScaleTargets;
        while (steps.Count <= index)
        {
            steps = steps.Add(new(0, 0));
        }

        return With(strategy => strategy with { ScaleTargets = steps.SetItem(index, change(steps[index])) });
    }

    /// <summary>The strategy around a price in dollars.</summary>
    public Strategy Around(decimal price) =>
        Strategy.StrategyType switch
        {
            StrategyType.ScaleOut => Strategy with { ScaleTargets = [.. Strategy.ScaleTargets.Where(step => step.Pct != 0)] },
            StrategyType.Grid => Strategy with { GridConfig = Ladder(price) },
            _ => Strategy,
        };

    private GridConfig Ladder(decimal price)
    {
        var usual = GridConfig.Around(price);
        var levels = Levels ?? usual.Levels;
        var width = SpacingPct / 100 * levels;
        return new(
            Low ?? Core.Market.TickSize.RoundDown(price * (1 - width)),
            High ?? Core.Market.TickSize.RoundUp(price * (1 + width)),
            levels,
            QtyPerLevel ?? usual.QtyPerLevel
        )
        {
            StopBelow = StopBelow,
        };
    }
}
