using AutoTrader.Core.Orders;
using AutoTrader.Core.Strategies;
using AutoTrader.Testing;
using CsCheck;

namespace AutoTrader.Core.Tests.Strategies;

public sealed class StrategyValidationTests
{
    private static readonly Strategy Bracket = StrategyGen.Trailing() with
    {
        StrategyType = StrategyType.Bracket,
        TrailingStopPct = null,
        TakeProfitPct = 10,
        StopLossPct = 5,
    };
    private static readonly Strategy Pullback = StrategyGen.Trailing() with
    {
        StrategyType = StrategyType.PullbackTrailing,
        PullbackPct = 5,
    };
    private static readonly Strategy ScaleOut = StrategyGen.Trailing() with
    {
        StrategyType = StrategyType.ScaleOut,
        TrailingStopPct = null,
        ScaleTargets = [new(33, 5), new(33, 10), new(34, 15)],
    };
    private static readonly Strategy Grid = StrategyGen.Trailing() with
    {
        StrategyType = StrategyType.Grid,
        Quantity = 1,
        TrailingStopPct = null,
        GridConfig = new(90, 110, 5, 10),
    };

    /// <summary>Name of the case, the strategy, the field and the code that must be reported - alone.</summary>
    private static readonly (string Case, Strategy Strategy, string Field, string Code)[] Faults =
    [
        ("empty id", StrategyGen.Trailing(""), "id", FieldProblem.Malformed),
        ("long id", StrategyGen.Trailing(new('a', 33)), "id", FieldProblem.Malformed),
        ("odd id", StrategyGen.Trailing("a b"), "id", FieldProblem.Malformed),
        ("id with a line break", StrategyGen.Trailing("a\n"), "id", FieldProblem.Malformed),
        ("id of manual orders", StrategyGen.Trailing("manual"), "id", FieldProblem.Malformed),
        ("symbol in lower case", StrategyGen.Trailing(symbol: "spy"), "symbol", FieldProblem.Malformed),
        ("no symbol", StrategyGen.Trailing(symbol: ""), "symbol", FieldProblem.Malformed),
        ("unknown type", StrategyGen.Trailing() with { StrategyType = (StrategyType)9 }, "strategy_type", FieldProblem.Malformed),
        ("unknown entry", StrategyGen.Trailing() with { EntryType = (EntryType)9 }, "entry_type", FieldProblem.Malformed),
        ("unknown reaction", StrategyGen.Trailing() with { OnUnprotected = (OnUnprotected)9 }, "on_unprotected", FieldProblem.Malformed),
        ("no shares", StrategyGen.Trailing() with { Quantity = 0 }, "quantity", FieldProblem.OutOfRange),
        ("negative shares", StrategyGen.Trailing() with { Quantity = -1 }, "quantity", FieldProblem.OutOfRange),
        ("too many shares", StrategyGen.Trailing() with { Quantity = 1_000_001 }, "quantity", FieldProblem.OutOfRange),
        ("no trailing percent", StrategyGen.Trailing() with { TrailingStopPct = null }, "trailing_stop_pct", FieldProblem.Required),
        ("zero trailing percent", StrategyGen.Trailing() with { TrailingStopPct = 0 }, "trailing_stop_pct", FieldProblem.OutOfRange),
        ("trailing 100 percent", StrategyGen.Trailing() with { TrailingStopPct = 100 }, "trailing_stop_pct", FieldProblem.OutOfRange),
        (
            "trail of a billionth",
            StrategyGen.Trailing() with
            {
                TrailingStopPct = 0.0000001m,
            },
            "trailing_stop_pct",
            FieldProblem.OutOfRange
        ),
        (
            "trail below a hundredth",
            StrategyGen.Trailing() with
            {
                TrailingStopPct = 0.00999m,
            },
            "trailing_stop_pct",
            FieldProblem.OutOfRange
        ),
        ("profit of a billionth", Bracket with { TakeProfitPct = 0.0000001m }, "take_profit_pct", FieldProblem.OutOfRange),
        (
            "target of a billionth",
            ScaleOut with
            {
                ScaleTargets = [new(50, 5), new(50, 0.0000001m)],
            },
            "scale_targets[1].target_pct",
            FieldProblem.OutOfRange
        ),
        (
            "part of a billionth",
            ScaleOut with
            {
                ScaleTargets = [new(0.0000001m, 5), new(99.9999999m, 6)],
            },
            "scale_targets[0].pct",
            FieldProblem.OutOfRange
        ),
        ("limit without price", StrategyGen.Trailing() with { EntryType = EntryType.Limit }, "entry_price", FieldProblem.Required),
        (
            "limit at zero",
            StrategyGen.Trailing() with
            {
                EntryType = EntryType.Limit,
                EntryPrice = 0,
            },
            "entry_price",
            FieldProblem.OutOfRange
        ),
        (
            "limit below a tick",
            StrategyGen.Trailing() with
            {
                EntryType = EntryType.Limit,
                EntryPrice = 0.00009m,
            },
            "entry_price",
            FieldProblem.OutOfRange
        ),
        (
            "limit too high",
            StrategyGen.Trailing() with
            {
                EntryType = EntryType.Limit,
                EntryPrice = 1_000_000.01m,
            },
            "entry_price",
            FieldProblem.OutOfRange
        ),
        ("market with a price", StrategyGen.Trailing() with { EntryPrice = 100 }, "entry_price", FieldProblem.Contradiction),
        (
            "market with a condition",
            StrategyGen.Trailing() with
            {
                EntryCondition = "below:100",
            },
            "entry_condition",
            FieldProblem.Contradiction
        ),
        (
            "condition without one",
            StrategyGen.Trailing() with
            {
                EntryType = EntryType.Condition,
            },
            "entry_condition",
            FieldProblem.Required
        ),
        (
            "condition without colon",
            StrategyGen.Trailing() with
            {
                EntryType = EntryType.Condition,
                EntryCondition = "below 100",
            },
            "entry_condition",
            FieldProblem.Malformed
        ),
        (
            "condition of unknown kind",
            StrategyGen.Trailing() with
            {
                EntryType = EntryType.Condition,
                EntryCondition = "near:100",
            },
            "entry_condition",
            FieldProblem.Malformed
        ),
        (
            "condition without number",
            StrategyGen.Trailing() with
            {
                EntryType = EntryType.Condition,
                EntryCondition = "below:x",
            },
            "entry_condition",
            FieldProblem.Malformed
        ),
        (
            "condition at zero",
            StrategyGen.Trailing() with
            {
                EntryType = EntryType.Condition,
                EntryCondition = "below:0",
            },
            "entry_condition",
            FieldProblem.Malformed
        ),
        (
            "condition too high",
            StrategyGen.Trailing() with
            {
                EntryType = EntryType.Condition,
                EntryCondition = "above:1000001",
            },
            "entry_condition",
            FieldProblem.OutOfRange
        ),
        (
            "endless condition",
            StrategyGen.Trailing() with
            {
                EntryType = EntryType.Condition,
                EntryCondition = "below:" + new string('0', 500) + "1",
            },
            "entry_condition",
            FieldProblem.Malformed
        ),
        ("bracket without profit", Bracket with { TakeProfitPct = null }, "take_profit_pct", FieldProblem.Required),
        ("bracket without loss", Bracket with { StopLossPct = null }, "stop_loss_pct", FieldProblem.Required),
        ("profit too high", Bracket with { TakeProfitPct = 10_000.01m }, "take_profit_pct", FieldProblem.OutOfRange),
        ("loss of everything", Bracket with { StopLossPct = 100 }, "stop_loss_pct", FieldProblem.OutOfRange),
        ("pullback without percent", Pullback with { PullbackPct = null }, "pullback_pct", FieldProblem.Required),
        ("pullback without trail", Pullback with { TrailingStopPct = null }, "trailing_stop_pct", FieldProblem.Required),
        ("pullback with a limit", Pullback with { EntryType = EntryType.Limit, EntryPrice = 10 }, "entry_type", FieldProblem.Contradiction),
        (
            "grid with a condition",
            Grid with
            {
                EntryType = EntryType.Condition,
                EntryCondition = "below:100",
            },
            "entry_type",
            FieldProblem.Contradiction
        ),
        ("no targets", ScaleOut with { ScaleTargets = [] }, "scale_targets", FieldProblem.Required),
        ("targets of 99 percent", ScaleOut with { ScaleTargets = [new(33, 5), new(66, 10)] }, "scale_targets", FieldProblem.Contradiction),
        ("targets of 101 percent", ScaleOut with { ScaleTargets = [new(50, 5), new(51, 10)] }, "scale_targets", FieldProblem.Contradiction),
        ("negative target", ScaleOut with { ScaleTargets = [new(-10, 5), new(100, 10)] }, "scale_targets[0].pct", FieldProblem.OutOfRange),
        (
            "target without profit",
            ScaleOut with
            {
                ScaleTargets = [new(50, 5), new(50, 0)],
            },
            "scale_targets[1].target_pct",
            FieldProblem.OutOfRange
        ),
        (
            "too many targets",
            ScaleOut with
            {
                ScaleTargets = Enumerable.Repeat(new ScaleTarget(4, 5), 25).ToValueList(),
            },
            "scale_targets",
            FieldProblem.TooLong
        ),
        ("grid upside down", Grid with { GridConfig = new(110, 90, 5, 10) }, "grid_config.high", FieldProblem.Contradiction),
        ("grid without band", Grid with { GridConfig = new(100, 100, 5, 10) }, "grid_config.high", FieldProblem.Contradiction),
        ("grid of one level", Grid with { GridConfig = new(90, 110, 1, 10) }, "grid_config.levels", FieldProblem.OutOfRange),
        ("grid of too many levels", Grid with { GridConfig = new(90, 110, 51, 10) }, "grid_config.levels", FieldProblem.OutOfRange),
        ("grid one tick apart", Grid with { GridConfig = new(100, 100.05m, 5, 10) }, "grid_config.levels", FieldProblem.Contradiction),
        ("grid without shares", Grid with { GridConfig = new(90, 110, 5, 0) }, "grid_config.qty_per_level", FieldProblem.OutOfRange),
        ("grid at zero", Grid with { GridConfig = new(0, 110, 5, 10) }, "grid_config.low", FieldProblem.OutOfRange),
        ("grid too high", Grid with { GridConfig = new(90, 1_000_001, 5, 10) }, "grid_config.high", FieldProblem.OutOfRange),
        (
            "stop inside the grid",
            Grid with
            {
                GridConfig = new(90, 110, 5, 10) { StopBelow = 90 },
            },
            "grid_config.stop_below",
            FieldProblem.OutOfRange
        ),
        (
            "stop at zero",
            Grid with
            {
                GridConfig = new(90, 110, 5, 10) { StopBelow = 0 },
            },
            "grid_config.stop_below",
            FieldProblem.OutOfRange
        ),
        ("negative cooldown", StrategyGen.Trailing() with { CooldownMinutes = -1 }, "cooldown_minutes", FieldProblem.OutOfRange),
        (
            "endless cooldown",
            StrategyGen.Trailing() with
            {
                Repeat = true,
                CooldownMinutes = int.MaxValue,
            },
            "cooldown_minutes",
            FieldProblem.OutOfRange
        ),
        ("no cron", StrategyGen.Trailing() with { ScheduleCron = "every day" }, "schedule_cron", FieldProblem.Malformed),
        ("empty cron", StrategyGen.Trailing() with { ScheduleCron = "" }, "schedule_cron", FieldProblem.Malformed),
        (
            "two schedules",
            StrategyGen.Trailing() with
            {
                ScheduleCron = "0 9 * * *",
                ScheduleAt = StrategyGen.Now,
            },
            "schedule_at",
            FieldProblem.Contradiction
        ),
        ("schedule without time", StrategyGen.Trailing() with { ScheduleEnabled = true }, "schedule_enabled", FieldProblem.Contradiction),
        ("long notes", StrategyGen.Trailing() with { Notes = new('a', 4097) }, "notes", FieldProblem.TooLong),
        ("notes with a bell", StrategyGen.Trailing() with { Notes = "a\ab" }, "notes", FieldProblem.Malformed),
        ("notes that read backwards", StrategyGen.Trailing() with { Notes = "sell at \u202e001" }, "notes", FieldProblem.Malformed),
        ("notes with an isolate", StrategyGen.Trailing() with { Notes = "\u2066a\u2069" }, "notes", FieldProblem.Malformed),
        ("notes with half a character", StrategyGen.Trailing() with { Notes = "a\ud800b" }, "notes", FieldProblem.Malformed),
    ];

    public static TheoryData<string> Cases => [.. Faults.Select(fault => fault.Case)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_fault_is_reported_with_its_field_and_code(string fault)
    {
        var (_, strategy, field, code) = Faults.Single(it => it.Case == fault);
        var problem = StrategyValidation.Validate(strategy).ShouldHaveSingleItem();
        problem.Field.ShouldBe(field);
        problem.Code.ShouldBe(code);
        problem.Message.ShouldNotBeNullOrWhiteSpace();
    }

    [Theory]
    [InlineData("trailing_stop_pct", StrategyType.TrailingStop, StrategyType.PullbackTrailing)]
    [InlineData("pullback_pct", StrategyType.PullbackTrailing)]
    [InlineData("take_profit_pct", StrategyType.Bracket)]
    [InlineData("stop_loss_pct", StrategyType.Bracket, StrategyType.ScaleOut)]
    [InlineData("scale_targets", StrategyType.ScaleOut)]
    [InlineData("grid_config", StrategyType.Grid)]
    public void A_field_that_the_type_does_not_use_is_refused_whatever_its_value(string field, params StrategyType[] users)
    {
        foreach (var sound in new[] { StrategyGen.Trailing(), Bracket, Pullback, ScaleOut, Grid })
        {
            foreach (var value in new[] { 5m, -1m })
            {
                var given = With(sound, field, value);
                var problems = StrategyValidation.Validate(given).Where(it => it.Code == FieldProblem.Unused).ToList();
                if (users.Contains(sound.StrategyType))
                {
                    problems.ShouldBeEmpty();
                    StrategyFields.WithoutUnused(given).ShouldBe(given);
                }
                else
                {
                    StrategyValidation.Validate(given).ShouldHaveSingleItem().Field.ShouldBe(field);
                    problems.ShouldHaveSingleItem();
                    StrategyFields.WithoutUnused(given).ShouldBe(sound);
                }
            }
        }

        static Strategy With(Strategy strategy, string field, decimal value) =>
            field switch
            {
                "trailing_stop_pct" => strategy with { TrailingStopPct = value },
                "pullback_pct" => strategy with { PullbackPct = value },
                "take_profit_pct" => strategy with { TakeProfitPct = value },
                "stop_loss_pct" => strategy with { StopLossPct = value },
                "scale_targets" => strategy with { ScaleTargets = [new(value, 5)] },
                "grid_config" => strategy with { GridConfig = new(value, 110, 5, 10) },
                _ => throw new ArgumentOutOfRangeException(nameof(field)),
            };
    }

    [Fact]
    public void Sound_strategies_have_no_problems() =>
        StrategyGen.Any.Sample(strategy => StrategyValidation.Validate(strategy).ShouldBeEmpty());

    [Fact]
    public void The_bounds_themselves_are_allowed()
    {
        StrategyValidation
            .Validate(
                StrategyGen.Trailing() with
                {
                    Quantity = 1_000_000,
                    TrailingStopPct = 99.99m,
                    Notes = new('a', 4096),
                    EntryType = EntryType.Limit,
                    EntryPrice = 1_000_000,
                }
            )
            .ShouldBeEmpty();
        StrategyValidation
            .Validate(
                StrategyGen.Trailing(new('a', 32)) with
                {
                    Quantity = 1,
                    TrailingStopPct = 0.01m,
                    EntryType = EntryType.Limit,
                    EntryPrice = 0.0001m,
                }
            )
            .ShouldBeEmpty();
        StrategyValidation.Validate(Bracket with { TakeProfitPct = 10_000 }).ShouldBeEmpty();
        StrategyValidation.Validate(ScaleOut with { ScaleTargets = [new(100, 10_000)] }).ShouldBeEmpty();
        StrategyValidation.Validate(Grid with { GridConfig = new(100, 100.08m, 5, 1_000_000) }).ShouldBeEmpty();
        StrategyValidation.Validate(Grid with { GridConfig = null }).ShouldBeEmpty();
        StrategyValidation
            .Validate(StrategyGen.Trailing() with { EntryType = EntryType.Condition, EntryCondition = "BELOW: 149.50" })
            .ShouldBeEmpty();
    }

    [Fact]
    public void Levels_of_a_sound_grid_rise_by_two_ticks_at_least() =>
        StrategyGen
            .Any.Where(strategy => strategy.GridConfig is not null)
            .Sample(
                strategy =>
                {
                    var grid = strategy.GridConfig!;
                    for (var level = 1; level < grid.Levels; level++)
                    {
                        (grid.PriceAt(level) - grid.PriceAt(level - 1)).ShouldBeGreaterThanOrEqualTo(0.02m);
                    }
                },
                iter: 50
            );

    [Fact]
    public void All_faults_are_reported_at_once()
    {
        var problems = StrategyValidation.Validate(StrategyGen.Trailing("a b", "spy") with { Quantity = 0, TrailingStopPct = 100 });
        problems.Select(problem => problem.Field).ShouldBe(["id", "symbol", "quantity", "trailing_stop_pct"], ignoreOrder: true);
    }
}
