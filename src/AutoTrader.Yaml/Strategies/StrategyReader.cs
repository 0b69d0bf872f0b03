using System.Globalization;
using AutoTrader.Core;
using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Strategies;
using AutoTrader.Yaml.Syntax;

namespace AutoTrader.Yaml.Strategies;

/// <summary>Makes a strategy of one record of a file, with the meaning that the record had for the Python AutoTrader.</summary>
internal sealed class StrategyReader(RecordFields fields, string? shownId, DateTimeOffset now, ImportLog log)
{
    /// <summary>The fields that the Python AutoTrader writes, in its order.</summary>
    public static readonly string[] OriginalFields =
    [
        "symbol",
        "strategy_type",
        "quantity",
        "id",
        "phase",
        "enabled",
        "entry_type",
        "entry_price",
        "entry_condition",
        "trailing_stop_pct",
        "pullback_pct",
        "pullback_reference_price",
        "take_profit_pct",
        "stop_loss_pct",
        "scale_targets",
        "grid_config",
        "entry_order_id",
        "entry_fill_price",
        "high_watermark",
        "exit_order_ids",
        "scale_state",
        "grid_state",
        "schedule_at",
        "schedule_enabled",
        "created_at",
        "updated_at",
        "notes",
    ];

    /// <summary>The fields that only this system has.</summary>
    public static readonly string[] OwnFields =
    [
        "schedule_cron",
        "schedule_market",
        "repeat",
        "cooldown_minutes",
        "allow_shared_symbol",
        "on_unprotected",
        "pause_reason",
    ];

    /// <summary>Every field of a record.</summary>
    public static readonly HashSet<string> Known = [.. OriginalFields, .. OwnFields];

    private static readonly HashSet<string> GridFields = ["low", "high", "levels", "qty_per_level", "stop_below"];
    private static readonly HashSet<string> TargetFields = ["pct", "target_pct"];

    // Orders and lots of a grid are the longest list that the Python AutoTrader kept.
    private const int MaxStateEntries = 1000;

    // Float noise of the Python AutoTrader's grid bounds lies beyond; a tick has four.
    private const int GridDecimals = 6;
    private const decimal SuspiciousPct = 0.1m;
    private const string Paused = "it was paused in the imported file";

    private bool _isBroken;
    private bool _wasRunning;

    /// <summary>The strategy; null when something about it was reported as an error.</summary>
    public Strategy? Read(string id, string arm)
    {
        var type = fields.Word<StrategyType>("strategy_type");
        if (type is null && !fields.IsReported("strategy_type"))
        {
            fields.Error(
                "strategy_type",
                FieldProblem.Required,
                "strategy_type is missing.",
                "Add strategy_type, for example trailing_stop."
            );
        }

        var strategy = new Strategy
        {
            Id = id,
            Arm = arm,
            Symbol = Symbol.Normalize(fields.Word("symbol") ?? ""),
            StrategyType = type ?? default,
            Quantity = fields.Whole("quantity") ?? (type == StrategyType.Grid ? 1 : 0),
            Enabled = fields.Flag("enabled", true),
            TrailingStopPct = Percent("trailing_stop_pct"),
            PullbackPct = Percent("pullback_pct"),
            TakeProfitPct = Percent("take_profit_pct"),
            StopLossPct = Percent("stop_loss_pct"),
            ScaleTargets = Targets() is var targets && targets.IsEmpty && type == StrategyType.ScaleOut ? ScaleOut.DefaultTargets : targets,
            GridConfig = Grid(),
            ScheduleCron = fields.Text("schedule_cron"),
            ScheduleMarket = fields.Market("schedule_market"),
            Repeat = fields.Flag("repeat", false),
            CooldownMinutes = fields.Whole("cooldown_minutes") ?? 0,
            AllowSharedSymbol = fields.Flag("allow_shared_symbol", false),
            OnUnprotected = fields.Word<OnUnprotected>("on_unprotected") ?? default,
            Notes = Notes(),
            CreatedAt = fields.Instant("created_at")?.Instant ?? now,
            UpdatedAt = fields.Instant("updated_at")?.Instant ?? now,
        };
        strategy = Schedule(Progress(Entry(strategy)));
        if (type is not null)
        {
            strategy = Used(strategy);
            Check(strategy);
        }

        return _isBroken || fields.IsBroken ? null : strategy;
    }

    /// <summary>Reports and drops a field that the type does not use; the Python AutoTrader ignored it too.</summary>
    private Strategy Used(Strategy strategy)
    {
        foreach (var problem in StrategyFields.Unused(strategy))
        {
            fields.Warn(
                problem.Field,
                problem.Code,
                problem.Message + " It was left out.",
                "Remove it, or correct the field it depends on."
            );
        }

        return StrategyFields.WithoutUnused(strategy);
    }

    /// <summary>The Python AutoTrader entered at market whatever its other entry fields said, unless the entry type was theirs; so does the
    /// import, and says so.</summary>
    private Strategy Entry(Strategy strategy)
    {
        var decidesItself = strategy.StrategyType is StrategyType.Grid or StrategyType.PullbackTrailing;
        var type = fields.Word<EntryType>("entry_type") ?? EntryType.Market;
        var (price, condition) = (fields.Number("entry_price"), fields.Text("entry_condition"));
        if (decidesItself && type != EntryType.Market)
        {
            Ignore("entry_type", "grid and pullback_trailing control their own entries", "Set entry_type to market.");
        }

        if (price is not null && (decidesItself || type != EntryType.Limit))
        {
            Ignore(
                "entry_price",
                "it needs entry_type limit",
                "Remove it; or set entry_type to limit if the strategy should wait for that price."
            );
        }

        if (condition is not null && (decidesItself || type != EntryType.Condition))
        {
            Ignore(
                "entry_condition",
                "it needs entry_type condition",
                "Remove it; or set entry_type to condition if the strategy should wait for it."
            );
        }

        return decidesItself
            ? strategy
            : strategy with
            {
                EntryType = type,
                EntryPrice = type == EntryType.Limit ? price : null,
                EntryCondition = type == EntryType.Condition ? condition : null,
            };

        void Ignore(string field, string why, string fix) => fields.Warn(field, "ignored", $"{field} was ignored: {why}.", fix);
    }

    /// <summary>Its state. Orders and shares at the broker are not adopted, because nothing proves that they still match the
    /// file.</summary>
    private Strategy Progress(Strategy strategy)
    {
        var word = fields.Text("phase")?.Trim().ToLowerInvariant();
        var isPaused = word == "paused";
        var phase = isPaused ? StrategyPhase.Pending : fields.Word<StrategyPhase>("phase") ?? StrategyPhase.Pending;
        var traces = Traces(strategy);
        var isRunning =
            phase is StrategyPhase.EntryActive or StrategyPhase.PositionOpen or StrategyPhase.Exiting || (isPaused && traces.Count > 0);
        if (isRunning)
        {
            _wasRunning = true;
            fields.Warn(
                "phase",
                "not_adopted",
                $"It was {(isPaused ? "paused" : WireNames.Of(phase))} in the file{Behind(traces)}. Orders and shares that this system "
                    + "did not place are not adopted: it was imported disabled and pending.",
                "Check at the broker: cancel orders that are still open, sell the shares or keep them (they show as unmanaged, "
                    + "without protection), then enable the strategy to let it enter again."
            );
            return strategy with { Enabled = false, Phase = StrategyPhase.Pending };
        }

        if (phase == StrategyPhase.Failed && traces.Count > 0)
        {
            fields.Warn(
                "phase",
                "not_adopted",
                $"It had failed in the file{Behind(traces)}. Shares it may still hold are not adopted.",
                "Check at the broker for such orders or shares."
            );
        }

        strategy = strategy with { Phase = phase, PauseReason = isPaused || HasEndedPaused() ? Reason() : null };
        return phase == StrategyPhase.Pending && strategy.StrategyType == StrategyType.PullbackTrailing ? Reference(strategy) : strategy;

        // A pause outlasts the end of its trade.
        bool HasEndedPaused() => phase is StrategyPhase.Completed or StrategyPhase.Failed && fields.Text("pause_reason") is { Length: > 0 };
    }

    /// <summary>The file's orders and shares at the broker.</summary>
    private List<string> Traces(Strategy strategy)
    {
        var traces = new List<string>();
        if (fields.Number("entry_fill_price") is { } price)
        {
            traces.Add(
                string.Create(CultureInfo.InvariantCulture, $"{strategy.Quantity} {ImportLog.Display(strategy.Symbol)} bought at {price}")
            );
        }

        if (fields.Text("entry_order_id") is { } entry)
        {
            traces.Add($"entry order {ImportLog.Display(entry)}");
        }

        foreach (var exit in fields.List("exit_order_ids", MaxStateEntries).OfType<YamlScalar>().Where(exit => !exit.IsNull).Take(5))
        {
            traces.Add($"exit order {ImportLog.Display(exit.Text)}");
        }

        return traces;
    }

    private static string Behind(List<string> traces) => traces.Count == 0 ? "" : ", with " + string.Join(", ", traces);

    private Strategy Reference(Strategy strategy)
    {
        if (fields.Number("pullback_reference_price") is not { } price)
        {
            return strategy;
        }

        if (price is < OrderValidation.MinPrice or > OrderValidation.MaxPrice)
        {
            fields.Warn("pullback_reference_price", "ignored", "This is not a price; the reference starts over.", "Remove it.");
            return strategy;
        }

        if (strategy.Enabled)
        {
            fields.Warn(
                "pullback_reference_price",
                "reference_kept",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"It continues from the reference price {price}: "
                        + $"when the price is already {strategy.PullbackPct} % below, it buys at once, as the Python AutoTrader would."
                ),
                "Remove the field to restart the reference."
            );
        }

        return strategy with
        {
            PullbackReferencePrice = price,
        };
    }

    private string Reason() => fields.Text("pause_reason") is { Length: > 0 } reason ? fields.Clean("pause_reason", reason) : Paused;

    private Strategy Schedule(Strategy strategy)
    {
        var isOn = fields.Flag("schedule_enabled", false);
        var at = fields.Instant("schedule_at");
        if (isOn && _wasRunning)
        {
            fields.Warn(
                "schedule_enabled",
                "schedule_off",
                "Its schedule is off, because its earlier orders and shares are not adopted.",
                "Schedule it again after checking at the broker."
            );
            return strategy with { ScheduleCron = null, ScheduleMarket = null };
        }

        if (isOn && at is null && strategy is { ScheduleCron: null, ScheduleMarket: null })
        {
            if (!fields.IsReported("schedule_at"))
            {
                fields.Warn(
                    "schedule_enabled",
                    "ignored",
                    "It is scheduled without a time; the Python AutoTrader ignored that, too.",
                    "Set schedule_at, or schedule_enabled to false."
                );
            }

            return strategy;
        }

        if (isOn && at is { } missed && missed.Instant <= now)
        {
            fields.Warn(
                "schedule_at",
                "schedule_missed",
                $"Its time {missed.Instant:yyyy-MM-dd HH:mm} UTC has passed; the Python AutoTrader would start it at once. Its schedule "
                    + "is off.",
                "Schedule it again, or enable it now."
            );
            return strategy;
        }

        if (isOn && at is { HasOffset: false } naive)
        {
            fields.Warn(
                "schedule_at",
                "zone_assumed",
                $"The time names no zone and was read as New York time: {naive.Instant:yyyy-MM-dd HH:mm} UTC. The Python AutoTrader "
                    + "used its machine's clock.",
                "If that machine was in another zone, write the time with an offset."
            );
        }

        return strategy with
        {
            ScheduleAt = at?.Instant,
            ScheduleEnabled = isOn,
        };
    }

    private decimal? Percent(string field)
    {
        var percent = fields.Number(field);
        if (percent is > 0 and < SuspiciousPct)
        {
            fields.Warn(
                field,
                "small_percent",
                string.Create(CultureInfo.InvariantCulture, $"{percent} means {percent} %, not {percent * 100} %."),
                "Percentages are percent numbers: 5 is 5 %."
            );
        }

        return percent;
    }

    private ValueList<ScaleTarget> Targets()
    {
        var targets = new List<ScaleTarget>();
        var items = fields.List("scale_targets", StrategyValidation.MaxScaleTargets);
        for (var i = 0; i < items.Count; i++)
        {
            if (fields.Part(items[i], FormattableString.Invariant($"scale_targets[{i}]"), "scale_targets", TargetFields) is { } target)
            {
                targets.Add(new(target.Needed("pct", target.Number), target.Needed("target_pct", target.Number)));
                fields.Close(target, "scale_targets");
            }
        }

        return targets.ToValueList();
    }

    private GridConfig? Grid()
    {
        if (fields.Node("grid_config") is not { } node || fields.Part(node, "grid_config", "grid_config", GridFields) is not { } part)
        {
            return null;
        }

        var grid = new GridConfig(
            part.Needed("low", Bound),
            part.Needed("high", Bound),
            part.Needed("levels", part.Whole),
            part.Needed("qty_per_level", part.Whole)
        )
        {
            StopBelow = Bound("stop_below"),
        };
        fields.Close(part, "grid_config");
        return grid;

        decimal? Bound(string field) => part.Number(field) is { } price ? decimal.Round(price, GridDecimals) : null;
    }

    private string? Notes()
    {
        if (fields.Text("notes") is not { } notes)
        {
            return null;
        }

        notes = fields.Clean("notes", notes);
        if (notes.Length <= StrategyValidation.MaxNotes)
        {
            return notes;
        }

        fields.Warn(
            "notes",
            FieldProblem.TooLong,
            FormattableString.Invariant($"The notes have more than {StrategyValidation.MaxNotes} characters; the rest was cut off."),
            "Shorten them."
        );
        var end = char.IsHighSurrogate(notes[StrategyValidation.MaxNotes - 1])
            ? StrategyValidation.MaxNotes - 1
            : StrategyValidation.MaxNotes;
        return notes[..end];
    }

    private void Check(Strategy strategy)
    {
        foreach (var problem in StrategyValidation.Validate(strategy))
        {
            var dot = problem.Field.IndexOfAny(['.', '[']);
            var field = dot < 0 ? problem.Field : problem.Field[..dot];
            _isBroken = true;
            if (!fields.IsReported(field))
            {
                log.Error(shownId, fields.LineOf(field), problem.Field, problem.Code, problem.Message, Fix(problem));
            }
        }
    }

    private static string Fix(FieldProblem problem) =>
        problem.Code switch
        {
            FieldProblem.Required => $"Add {problem.Field}. The Python AutoTrader writes null for 0, which it does not accept either.",
            FieldProblem.OutOfRange => $"Change {problem.Field} to a value in that range.",
            FieldProblem.TooLong => $"Shorten {problem.Field}.",
            _ => $"Correct {problem.Field}.",
        };
}
