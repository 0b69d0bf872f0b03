using System.Buffers;
using System.Globalization;
using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using Cronos;

namespace AutoTrader.Core.Strategies;

/// <summary>
/// The one place that knows which definitions of a strategy make sense (docs/trading-rules.md, "Strategies"). Its bounds also keep every
/// product of price and quantity far from overflow.
/// </summary>
public static class StrategyValidation
{
    /// <summary>The most characters of a note.</summary>
    public const int MaxNotes = 4096;

    /// <summary>The most levels of a grid.</summary>
    public const int MaxLevels = 50;

    /// <summary>The most steps of a scale-out.</summary>
    public const int MaxScaleTargets = 20;

    /// <summary>The highest take-profit in percent.</summary>
    public const decimal MaxTakeProfitPct = 10_000;

    /// <summary>The smallest percentage: a cent of a price of 100 dollars. Anything finer is within the tick, and a slip of the
    /// finger.</summary>
    public const decimal MinPct = 0.01m;

    /// <summary>The longest cooldown in minutes: a year.</summary>
    public const int MaxCooldownMinutes = 366 * 24 * 60;

    /// <summary>The most characters of an id.</summary>
    public const int MaxId = 32;

    private const int MaxShortText = 100;

    private static readonly SearchValues<char> IdCharacters = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
    );

    /// <summary>Whether <paramref name="id"/> is an id of a strategy: <c>[A-Za-z0-9_-]{1,32}</c>, and not the name that manual orders go
    /// by.</summary>
    public static bool IsValidId(string? id) =>
        id is { Length: >= 1 and <= MaxId } && !id.AsSpan().ContainsAnyExcept(IdCharacters) && id != Order.ManualOwner;

    /// <summary>All problems of the definition of <paramref name="strategy"/>; empty when it is valid. Its state is not checked.</summary>
    public static IReadOnlyList<FieldProblem> Validate(Strategy strategy)
    {
        var problems = new List<FieldProblem>();
        problems.AddRange(Identity(strategy));
        problems.AddRange(EntryFields(strategy));
        problems.AddRange(StrategyFields.Unused(strategy).Select(problem => problem with { Message = problem.Message + " Leave it out." }));
        problems.AddRange(Percents(strategy));
        problems.AddRange(Targets(strategy));
        problems.AddRange(Ladder(StrategyFields.Uses(strategy.StrategyType, "grid_config") ? strategy.GridConfig : null));
        problems.AddRange(Timing(strategy));
        problems.AddRange(Notes(strategy.Notes));
        return problems;
    }

    private static IEnumerable<FieldProblem> Identity(Strategy strategy)
    {
        if (!IsValidId(strategy.Id))
        {
            yield return new("id", FieldProblem.Malformed, $"An id is 1 to 32 of A-Z a-z 0-9 _ - and not \"{Order.ManualOwner}\".");
        }

        if (!Symbol.IsValid(strategy.Symbol))
        {
            yield return new("symbol", FieldProblem.Malformed, "A symbol is 1 to 10 of A-Z 0-9 . - and begins with a letter.");
        }

        if (!Enum.IsDefined(strategy.StrategyType))
        {
            yield return new("strategy_type", FieldProblem.Malformed, OneOf<StrategyType>());
        }

        if (!Enum.IsDefined(strategy.OnUnprotected))
        {
            yield return new("on_unprotected", FieldProblem.Malformed, OneOf<OnUnprotected>());
        }

        if (strategy.Quantity is < 1 or > OrderValidation.MaxQuantity)
        {
            yield return new("quantity", FieldProblem.OutOfRange, Between("quantity", 1, OrderValidation.MaxQuantity));
        }
    }

    private static IEnumerable<FieldProblem> EntryFields(Strategy strategy)
    {
        if (!Enum.IsDefined(strategy.EntryType))
        {
            yield return new("entry_type", FieldProblem.Malformed, OneOf<EntryType>());
            yield break;
        }

        if (strategy.StrategyType is StrategyType.Grid or StrategyType.PullbackTrailing && strategy.EntryType != EntryType.Market)
        {
            yield return new(
                "entry_type",
                FieldProblem.Contradiction,
                "grid and pullback_trailing control their own entries: entry_type must be market."
            );
        }

        if (strategy.EntryType == EntryType.Limit)
        {
            if (Price("entry_price", strategy.EntryPrice, "A limit entry needs entry_price.") is { } problem)
            {
                yield return problem;
            }
        }
        else if (strategy.EntryPrice is not null)
        {
            yield return new(
                "entry_price",
                FieldProblem.Contradiction,
                "entry_price is for entry_type limit only; without it the strategy would buy at any price."
            );
        }

        if (strategy.EntryType != EntryType.Condition)
        {
            if (strategy.EntryCondition is not null)
            {
                yield return new(
                    "entry_condition",
                    FieldProblem.Contradiction,
                    "entry_condition is for entry_type condition only; without it the strategy would not wait."
                );
            }
        }
        else if (strategy.EntryCondition is null)
        {
            yield return new("entry_condition", FieldProblem.Required, "A condition entry needs entry_condition.");
        }
        else if (strategy.EntryCondition.Length <= MaxShortText && IndicatorCondition.IsOne(strategy.EntryCondition))
        {
            if (IndicatorProblem(strategy.EntryCondition) is { } problem)
            {
                yield return new("entry_condition", FieldProblem.Malformed, problem);
            }
        }
        else if (strategy.EntryCondition.Length > MaxShortText || EntryCondition.Parse(strategy.EntryCondition) is not { } condition)
        {
            yield return new(
                "entry_condition",
                FieldProblem.Malformed,
                "entry_condition is below:PRICE or above:PRICE, for example below:149.50, or a comparison of indicators, for example "
                    + "sma:20 > sma:50 or rsi:14 < 30 @15Min."
            );
        }
        else if (Price("entry_condition", condition.Price, null) is { } problem)
        {
            yield return problem;
        }
    }

    private static string? IndicatorProblem(string text)
    {
        try
        {
            _ = IndicatorCondition.Parse(text);
            return null;
        }
        catch (FormatException wrong)
        {
            return "entry_condition: " + wrong.Message;
        }
    }

    private static IEnumerable<FieldProblem> Percents(Strategy strategy)
    {
        var type = strategy.StrategyType;
        return new[]
        {
            Below100("trailing_stop_pct", strategy.TrailingStopPct, type is StrategyType.TrailingStop or StrategyType.PullbackTrailing),
            Below100("pullback_pct", strategy.PullbackPct, type is StrategyType.PullbackTrailing),
            Below100("stop_loss_pct", strategy.StopLossPct, type is StrategyType.Bracket),
            Profit("take_profit_pct", strategy.TakeProfitPct, type is StrategyType.Bracket),
        }
            .OfType<FieldProblem>()
            .Where(problem => StrategyFields.Uses(type, problem.Field));

        FieldProblem? Below100(string field, decimal? value, bool needed) =>
            value switch
            {
                null => needed ? Missing(field) : null,
                >= MinPct and < 100 => null,
                _ => new(
                    field,
                    FieldProblem.OutOfRange,
                    string.Create(CultureInfo.InvariantCulture, $"{field} is at least {MinPct} and below 100, in percent (5 is 5 %).")
                ),
            };

        static FieldProblem? Profit(string field, decimal? value, bool needed) =>
            value switch
            {
                null => needed ? Missing(field) : null,
                >= MinPct and <= MaxTakeProfitPct => null,
                _ => new(
                    field,
                    FieldProblem.OutOfRange,
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{field} is a percent number of {MinPct} to {MaxTakeProfitPct} (5 is 5 %)."
                    )
                ),
            };

        static FieldProblem Missing(string field) => new(field, FieldProblem.Required, $"This strategy_type needs {field}.");
    }

    private static IEnumerable<FieldProblem> Targets(Strategy strategy)
    {
        var targets = StrategyFields.Uses(strategy.StrategyType, "scale_targets") ? strategy.ScaleTargets : [];
        if (targets.IsEmpty)
        {
            if (strategy.StrategyType == StrategyType.ScaleOut)
            {
                yield return new(
                    "scale_targets",
                    FieldProblem.Required,
                    "A scale_out needs scale_targets, for example [{pct: 50, target_pct: 5}, {pct: 50, target_pct: 10}]."
                );
            }

            yield break;
        }

        if (targets.Count > MaxScaleTargets)
        {
            yield return new("scale_targets", FieldProblem.TooLong, $"A scale_out has at most {MaxScaleTargets} targets.");
            yield break;
        }

        var sound = true;
        for (var i = 0; i < targets.Count; i++)
        {
            if (targets[i].Pct is < MinPct or > 100)
            {
                sound = false;
                yield return new(
                    FormattableString.Invariant($"scale_targets[{i}].pct"),
                    FieldProblem.OutOfRange,
                    string.Create(CultureInfo.InvariantCulture, $"pct is the part of the shares in percent, {MinPct} to 100.")
                );
            }

            if (targets[i].TargetPct is < MinPct or > MaxTakeProfitPct)
            {
                yield return new(
                    FormattableString.Invariant($"scale_targets[{i}].target_pct"),
                    FieldProblem.OutOfRange,
                    string.Create(CultureInfo.InvariantCulture, $"target_pct is the profit in percent, {MinPct} to {MaxTakeProfitPct}.")
                );
            }
        }

        if (sound && targets.Sum(target => target.Pct) is var sum && sum != 100)
        {
            yield return new(
                "scale_targets",
                FieldProblem.Contradiction,
                string.Create(CultureInfo.InvariantCulture, $"The pct of all targets must sum to 100; they sum to {sum}.")
            );
        }
    }

    private static IEnumerable<FieldProblem> Ladder(GridConfig? grid)
    {
        if (grid is null)
        {
            yield break;
        }

        var low = Price("grid_config.low", grid.Low, null);
        var high = Price("grid_config.high", grid.High, null);
        if (low is not null)
        {
            yield return low;
        }

        if (high is not null)
        {
            yield return high;
        }

        var levels = grid.Levels is >= 2 and <= MaxLevels;
        if (!levels)
        {
            yield return new("grid_config.levels", FieldProblem.OutOfRange, Between("levels", 2, MaxLevels));
        }

        if (grid.QtyPerLevel is < 1 or > OrderValidation.MaxQuantity)
        {
            yield return new(
                "grid_config.qty_per_level",
                FieldProblem.OutOfRange,
                Between("qty_per_level", 1, OrderValidation.MaxQuantity)
            );
        }

        if (low is not null || high is not null)
        {
            yield break;
        }

        if (grid.Low >= grid.High)
        {
            yield return new("grid_config.high", FieldProblem.Contradiction, "high must be above low.");
        }
        else if (levels && (grid.High - grid.Low) / (grid.Levels - 1) < 2 * TickSize.Of(grid.High))
        {
            yield return new(
                "grid_config.levels",
                FieldProblem.Contradiction,
                "The levels must be at least two ticks apart: fewer levels, or a wider band."
            );
        }

        if (grid.StopBelow is <= 0 || grid.StopBelow >= grid.Low)
        {
            yield return new("grid_config.stop_below", FieldProblem.OutOfRange, "stop_below must be above 0 and below low.");
        }
    }

    private static IEnumerable<FieldProblem> Timing(Strategy strategy)
    {
        if (strategy.CooldownMinutes is < 0 or > MaxCooldownMinutes)
        {
            yield return new("cooldown_minutes", FieldProblem.OutOfRange, Between("cooldown_minutes", 0, MaxCooldownMinutes));
        }

        if (strategy.ScheduleCron is { } cron && !IsCron(cron))
        {
            yield return new(
                "schedule_cron",
                FieldProblem.Malformed,
                "schedule_cron is a cron expression of 5 or 6 fields, for example 35 9 * * 1-5."
            );
        }

        if (strategy.ScheduleMarket is { } market && market.Offset.Duration() > MarketTime.Furthest)
        {
            yield return new("schedule_market", FieldProblem.OutOfRange, "schedule_market is at most 6 hours from the open or the close.");
        }

        var given = new[] { strategy.ScheduleAt is not null, strategy.ScheduleCron is not null, strategy.ScheduleMarket is not null }.Count(
            it => it
        );
        if (given > 1)
        {
            yield return new(
                "schedule_at",
                FieldProblem.Contradiction,
                "A strategy has one of schedule_at, schedule_cron and schedule_market."
            );
        }
        else if (given == 0 && strategy.ScheduleEnabled)
        {
            yield return new(
                "schedule_enabled",
                FieldProblem.Contradiction,
                "schedule_enabled needs schedule_at, schedule_cron or schedule_market."
            );
        }
    }

    private static IEnumerable<FieldProblem> Notes(string? notes)
    {
        if (notes?.Length > MaxNotes)
        {
            yield return new("notes", FieldProblem.TooLong, $"notes have at most {MaxNotes} characters.");
        }

        if (notes is not null && !IsPrintable(notes))
        {
            yield return new("notes", FieldProblem.Malformed, "notes hold text, line breaks and tabs, no other control characters.");
        }
    }

    /// <summary>Whether every store and document format can carry the text: no control characters but tab and line breaks, no half of a
    /// surrogate pair.</summary>
    internal static bool IsPrintable(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            {
                i++;
            }
            else if (!IsPrintable(text[i]))
            {
                return false;
            }
        }

        return true;
    }

    internal static bool IsPrintable(char character) =>
        character is '\n' or '\r' or '\t'
        || !(
            char.IsControl(character)
            || char.IsSurrogate(character)
            || IsBidirectionalControl(character)
            || character is '\u2028' or '\u2029' or '\ufeff' or '\ufffe' or '\uffff'
        );

    /// <summary>Whether it changes the direction in which the text around it is shown: a note that reads otherwise than it is
    /// written.</summary>
    public static bool IsBidirectionalControl(char character) =>
        character is '\u061c' or '\u200e' or '\u200f' or (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069');

    private static bool IsCron(string text) =>
        text.Length <= MaxShortText
        && CronExpression.TryParse(
            text,
            text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length == 6 ? CronFormat.IncludeSeconds : CronFormat.Standard,
            out _
        );

    private static FieldProblem? Price(string field, decimal? price, string? missing) =>
        price switch
        {
            null => new(field, FieldProblem.Required, missing ?? $"{field} is needed."),
            >= OrderValidation.MinPrice and <= OrderValidation.MaxPrice => null,
            _ => new(
                field,
                FieldProblem.OutOfRange,
                string.Create(CultureInfo.InvariantCulture, $"A price is {OrderValidation.MinPrice} to {OrderValidation.MaxPrice} dollars.")
            ),
        };

    private static string Between(string field, int low, int high) =>
        string.Create(CultureInfo.InvariantCulture, $"{field} must be {low} to {high}.");

    private static string OneOf<T>()
        where T : struct, Enum => "One of: " + string.Join(", ", Enum.GetValues<T>().Select(value => WireNames.Of(value))) + ".";
}
