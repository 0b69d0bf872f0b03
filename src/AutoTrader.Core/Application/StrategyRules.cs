using System.Globalization;
using System.Security.Cryptography;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Portfolio;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Core.Application;

/// <summary>What a definition is completed with, and which changes of it a running strategy can bear. Pure.</summary>
public static class StrategyRules
{
    /// <summary>The trailing stop in percent where none is given.</summary>
    public const decimal DefaultTrailingStopPct = 5;

    /// <summary>The dip in percent where none is given.</summary>
    public const decimal DefaultPullbackPct = 5;

    /// <summary>The take-profit in percent where none is given.</summary>
    public const decimal DefaultTakeProfitPct = 10;

    /// <summary>The stop-loss in percent where none is given.</summary>
    public const decimal DefaultStopLossPct = 5;

    private static readonly string[] EntryTerms =
    [
        "symbol",
        "strategy_type",
        "quantity",
        "entry_type",
        "entry_price",
        "entry_condition",
        "pullback_pct",
    ];

    private static readonly string[] ExitTerms = ["trailing_stop_pct", "take_profit_pct", "stop_loss_pct", "scale_targets", "grid_config"];

    /// <summary>A new id: 8 hexadecimal digits.</summary>
    public static string NewId() => RandomNumberGenerator.GetHexString(8, lowercase: true);

    /// <summary>The definition with defaults where its type needs a value and none is given.</summary>
    public static Strategy Complete(Strategy draft) =>
        draft.StrategyType switch
        {
            StrategyType.TrailingStop => draft with { TrailingStopPct = draft.TrailingStopPct ?? DefaultTrailingStopPct },
            StrategyType.PullbackTrailing => draft with
            {
                TrailingStopPct = draft.TrailingStopPct ?? DefaultTrailingStopPct,
                PullbackPct = draft.PullbackPct ?? DefaultPullbackPct,
            },
            StrategyType.Bracket => draft with
            {
                TakeProfitPct = draft.TakeProfitPct ?? DefaultTakeProfitPct,
                StopLossPct = draft.StopLossPct ?? DefaultStopLossPct,
            },
            StrategyType.ScaleOut => draft.ScaleTargets.IsEmpty ? draft with { ScaleTargets = ScaleOut.DefaultTargets } : draft,
            _ => draft,
        };

    /// <summary>Refuses an invalid definition.</summary>
    /// <exception cref="RefusedException">It is not sound; the fields are named.</exception>
    public static void Require(Strategy strategy) => Refuse(StrategyValidation.Validate(strategy));

    /// <summary>
    /// Refuses problems of <paramref name="next"/>, except in unchanged fields: other fields of a record that is older than a rule can
    /// still be changed, and it can be scheduled and unscheduled.
    /// </summary>
    /// <exception cref="RefusedException">It makes less sense than <paramref name="current"/>.</exception>
    public static void RequireNoWorse(Strategy current, Strategy next)
    {
        var changed = Differences(current, next).Select(change => change.Field).ToHashSet(StringComparer.Ordinal);
        var before = StrategyValidation.Validate(current).Where(problem => !changed.Contains(problem.Field.Split('.', '[')[0]));
        Refuse([.. StrategyValidation.Validate(next).Except(before)]);
    }

    private static void Refuse(IReadOnlyList<FieldProblem> problems)
    {
        if (problems.Count > 0)
        {
            throw new RefusedException(
                Refusal.Invalid,
                "INVALID_STRATEGY_PARAMS",
                string.Join(" ", problems.Select(problem => problem.Message))
            )
            {
                Fields = problems,
            };
        }
    }

    /// <summary>
    /// Why <paramref name="next"/> cannot take the place of <paramref name="current"/>, with the fields; null when it can. Exits of a
    /// strategy that trades may move (docs/trading-rules.md, "Changing an open position"); its entry, its symbol and its kind stay.
    /// </summary>
    /// <param name="current">The current strategy.</param>
    /// <param name="next">The definition that it is to have.</param>
    /// <param name="allowLowerStop">Whether its owner said that its stop may fall.</param>
    public static RefusedException? Contradiction(Strategy current, Strategy next, bool allowLowerStop)
    {
        IReadOnlyList<FieldProblem> problems =
            !IsAtRest(current) ? [.. Fixed(current, next)]
            : (current.Symbol != next.Symbol || current.StrategyType != next.StrategyType) && !IsUntouched(current)
                ?
                [
                    new(
                        current.Symbol != next.Symbol ? "symbol" : "strategy_type",
                        FieldProblem.Contradiction,
                        "symbol and strategy_type are fixed once a strategy has traded. Create another strategy."
                    ),
                ]
            : [];
        if (problems.Count > 0)
        {
            return new(Refusal.Conflict, "STRATEGY_RUNNING", $"{Describe(current)}: {string.Join(" ", problems.Select(it => it.Message))}")
            {
                Fields = problems,
            };
        }

        return IsAtRest(current) || allowLowerStop || !ExitChange.LowersStop(current, next) ? null : StopFalls(current, next);
    }

    /// <summary>Prepares a changed definition for storage: drops a reference or ladder of another symbol, retries entries rejected under
    /// the old definition, and marks working exits to be moved.</summary>
    public static Strategy Normalize(Strategy current, Strategy next)
    {
        if (current.Symbol != next.Symbol || current.StrategyType != next.StrategyType)
        {
            next = next with { PullbackReferencePrice = null, GridConfig = current.GridConfig == next.GridConfig ? null : next.GridConfig };
        }

        return Differences(current, next).Count == 0 ? next
            : IsAtRest(current) ? next with { EntryRefusals = 0, RetryEntryAt = null, WaitingFor = StillWaitingFor(current, next) }
            : ExitChange.Noted(current, next with { EntryRefusals = 0, RetryEntryAt = null });
    }

    // Another condition waits for something else.
    private static string? StillWaitingFor(Strategy current, Strategy next) =>
        (current.EntryType, current.EntryCondition) == (next.EntryType, next.EntryCondition) ? next.WaitingFor : null;

    /// <summary>The fields of a definition whose values differ, with both values as files write them.</summary>
    public static IReadOnlyList<FieldChange> Differences(Strategy current, Strategy next)
    {
        var after = Definition(next).ToDictionary(pair => pair.Field, pair => pair.Value, StringComparer.Ordinal);
        return
        [
            .. Definition(current)
                .Where(pair => pair.Value != after[pair.Field])
                .Select(pair => new FieldChange(pair.Field, pair.Value, after[pair.Field])),
        ];
    }

    /// <summary>The definition of <paramref name="strategy"/> field by field, as files write it.</summary>
    public static IEnumerable<(string Field, string? Value)> Definition(Strategy strategy) =>
        [
            ("symbol", strategy.Symbol),
            ("strategy_type", WireNames.Of(strategy.StrategyType)),
            ("quantity", Text(strategy.Quantity)),
            ("enabled", strategy.Enabled ? "true" : "false"),
            ("entry_type", WireNames.Of(strategy.EntryType)),
            ("entry_price", Text(strategy.EntryPrice)),
            ("entry_condition", strategy.EntryCondition),
            ("trailing_stop_pct", Text(strategy.TrailingStopPct)),
            ("pullback_pct", Text(strategy.PullbackPct)),
            ("take_profit_pct", Text(strategy.TakeProfitPct)),
            ("stop_loss_pct", Text(strategy.StopLossPct)),
            (
                "scale_targets",
                strategy.ScaleTargets.IsEmpty
                    ? null
                    : string.Join(
                        ", ",
                        strategy.ScaleTargets.Select(target =>
                            FormattableString.Invariant($"{target.Pct:0.####} % at +{target.TargetPct:0.####} %")
                        )
                    )
            ),
            (
                "grid_config",
                strategy.GridConfig is { } grid
                    ? string.Create(
                        CultureInfo.InvariantCulture,
                        $"{grid.Levels} levels {grid.Low:0.####} to {grid.High:0.####}, "
                            + $"{grid.QtyPerLevel} each, stop_below {grid.StopBelow:0.####}"
                    )
                    : null
            ),
            ("repeat", strategy.Repeat ? "true" : "false"),
            ("cooldown_minutes", Text(strategy.CooldownMinutes)),
            ("allow_shared_symbol", strategy.AllowSharedSymbol ? "true" : "false"),
            ("on_unprotected", WireNames.Of(strategy.OnUnprotected)),
            (
                "schedule_at",
                strategy.ScheduleAt?.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", System.Globalization.CultureInfo.InvariantCulture)
            ),
            ("schedule_enabled", strategy.ScheduleEnabled ? "true" : "false"),
            ("schedule_cron", strategy.ScheduleCron),
            ("schedule_market", strategy.ScheduleMarket?.ToString()),
            ("notes", strategy.Notes),
        ];

    private static bool IsUntouched(Strategy strategy) =>
        strategy.Phase == StrategyPhase.Pending && strategy.Holding == Holding.Empty && strategy.NextSequence == 1;

    private static bool IsAtRest(Strategy strategy) =>
        (strategy.Phase == StrategyPhase.Pending || strategy.IsTerminal) && strategy.Holding.Quantity == 0 && strategy.Closing is null;

    // When it may enter does not affect an open position.
    private static IEnumerable<FieldProblem> Fixed(Strategy current, Strategy next)
    {
        var changed = Differences(StrategyFields.WithoutUnused(current), next).Select(change => change.Field).ToList();
        foreach (var field in changed.Where(EntryTerms.Contains))
        {
            yield return new(
                field,
                FieldProblem.Contradiction,
                $"{field} cannot change while the strategy has orders or shares: close it first, or create another strategy."
            );
        }

        if (current.Closing is not null)
        {
            foreach (var field in changed.Where(ExitTerms.Contains))
            {
                yield return new(
                    field,
                    FieldProblem.Contradiction,
                    $"{field} cannot change: the strategy is closing ({current.Closing.Reason})."
                );
            }
        }
        else if (current.Holding.Quantity > 0 || current.EnteredQuantity > 0 || current.StrategyType == StrategyType.Grid)
        {
            foreach (var problem in ExitChange.Problems(current, next))
            {
                yield return problem;
            }
        }
    }

    private static RefusedException StopFalls(Strategy current, Strategy next)
    {
        var field = ExitChange.StopField(current.StrategyType);
        var why = string.Create(
            CultureInfo.InvariantCulture,
            $"{field} would let the stop fall{From(current.EffectiveStop ?? ExitChange.DeclaredStop(current))}"
                + $"{(ExitChange.DeclaredStop(next) is { } stop ? $" to {stop:0.00##}" : "")}. "
                + $"To allow that, send allow_lower_stop: true in the same PATCH."
        );
        return new(Refusal.Conflict, "STOP_WOULD_FALL", $"{Describe(current)}: {why}")
        {
            Fields = [new(field, FieldProblem.Contradiction, why)],
        };

        static string From(decimal? stop) => stop is null ? "" : string.Create(CultureInfo.InvariantCulture, $" from {stop:0.00##}");
    }

    private static string Describe(Strategy it) =>
        FormattableString.Invariant($"{it.Id} is {WireNames.Of(it.Phase)} with {it.Holding.Quantity:0.####} {it.Symbol}");

    private static string? Text(decimal? value) => value?.ToString("0.##########", System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>A field of a definition that differs.</summary>
/// <param name="Field">Its name.</param>
/// <param name="From">The current value.</param>
/// <param name="To">The new value.</param>
public sealed record FieldChange(string Field, string? From, string? To);
