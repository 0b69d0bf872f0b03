using System.Globalization;
using AutoTrader.Core.Application;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Strategies;
using AutoTrader.Testing;
using AutoTrader.Yaml.Strategies;
using static AutoTrader.Yaml.Tests.Strategies.OriginalFile;

namespace AutoTrader.Yaml.Tests.Strategies;

public sealed class StrategiesYamlReadTests
{
    private static readonly DateTimeOffset Now = StrategyGen.Now;

    [Fact]
    public void A_file_of_the_original_is_read_unchanged()
    {
        var import = StrategiesYaml.Read(Whole, Now, () => "aaaaaaaa");
        import.HasErrors.ShouldBeFalse(string.Join('\n', import.Problems));
        import.Problems.Select(problem => problem.Code).ShouldBe(["reference_kept"]);
        var created = new DateTimeOffset(2025, 11, 3, 15, 15, 30, TimeSpan.Zero).AddTicks(1_234_560);
        import
            .Strategies.Select(it => it.Strategy)
            .ShouldBe([
                new()
                {
                    Id = "12345678",
                    Arm = "aaaaaaaa",
                    Symbol = "AAPL",
                    StrategyType = StrategyType.Bracket,
                    Quantity = 10,
                    EntryType = EntryType.Limit,
                    EntryPrice = 149.5m,
                    TakeProfitPct = 10,
                    StopLossPct = 5,
                    CreatedAt = created,
                    UpdatedAt = created,
                    Notes = "it's \"mine\"",
                },
                new()
                {
                    Id = "00e12345",
                    Arm = "aaaaaaaa",
                    Symbol = "IBM",
                    StrategyType = StrategyType.ScaleOut,
                    Quantity = 10,
                    ScaleTargets = ScaleOut.DefaultTargets,
                    CreatedAt = Now,
                    UpdatedAt = Now,
                },
                new()
                {
                    Id = "aaaaaaaa",
                    Arm = "aaaaaaaa",
                    Symbol = "BAC",
                    StrategyType = StrategyType.ScaleOut,
                    Quantity = 10,
                    Enabled = false,
                    Phase = StrategyPhase.Completed,
                    EntryType = EntryType.Condition,
                    EntryCondition = "below:30.25",
                    ScaleTargets = ScaleOut.DefaultTargets,
                    CreatedAt = Now,
                    UpdatedAt = Now,
                },
                new()
                {
                    Id = "deadbeef",
                    Arm = "aaaaaaaa",
                    Symbol = "ON",
                    StrategyType = StrategyType.Grid,
                    Quantity = 1,
                    GridConfig = new(135, 165, 5, 10),
                    CreatedAt = Now,
                    UpdatedAt = Now,
                },
                new()
                {
                    Id = "0badcafe",
                    Arm = "aaaaaaaa",
                    Symbol = "QQQ",
                    StrategyType = StrategyType.PullbackTrailing,
                    Quantity = 3,
                    TrailingStopPct = 5,
                    PullbackPct = 2.5m,
                    PullbackReferencePrice = 410.25m,
                    CreatedAt = Now,
                    UpdatedAt = Now,
                },
            ]);
        import.Strategies.Select(it => it.Line).ShouldBe([2, 29, 45, 56, 70]);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("[]")]
    public void A_scale_out_without_targets_has_the_default_ones(string none) =>
        One(Record(("strategy_type", "scale_out"), ("trailing_stop_pct", "null"), ("scale_targets", none)))
            .ScaleTargets.ShouldBe(ScaleOut.DefaultTargets);

    [Fact]
    public void A_whole_record_of_the_original_gives_no_warning() => StrategiesYaml.Read(Of(Record()), Now).Problems.ShouldBeEmpty();

    [Theory]
    [InlineData("quantity", "010", "8")]
    [InlineData("trailing_stop_pct", "012", "10")]
    [InlineData("symbol", "ON", "the truth value true")]
    [InlineData("symbol", "NO", "the truth value false")]
    [InlineData("id", "0123", "the number 83")]
    [InlineData("id", "1_2", "the number 12")]
    public void A_value_that_the_original_read_otherwise_is_told_with_both_readings(string field, string written, string otherwise)
    {
        var problem = Read(Record((field, written))).Problems.ShouldHaveSingleItem();
        (problem.Code, problem.Field, problem.Severity).ShouldBe(("read_otherwise", field, ImportSeverity.Warning));
        problem.Message.ShouldStartWith(written + " was read as ");
        problem.Message.ShouldEndWith($"the Python AutoTrader read it as {otherwise}.");
        Read(Record((field, "'" + written + "'"))).Problems.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("1_000", "1000")]
    [InlineData("0x10", "16")]
    [InlineData("0b11", "3")]
    [InlineData("1:30", "90")]
    public void A_number_that_only_the_original_read_is_an_error_with_its_reading(string written, string otherwise)
    {
        var problem = Read(Record(("quantity", written))).Problems.ShouldHaveSingleItem();
        (problem.Code, problem.Severity).ShouldBe(("not_a_number", ImportSeverity.Error));
        problem.Message.ShouldBe($"\"{written}\" is not a number; the Python AutoTrader read it as {otherwise}.");
    }

    [Fact]
    public void A_grids_quantity_and_a_cooldown_without_repeat_are_reported_and_left_out()
    {
        var import = Read(Record(("strategy_type", "grid"), ("trailing_stop_pct", null), ("quantity", "7"), ("cooldown_minutes", "5")));
        import.HasErrors.ShouldBeFalse(string.Join('\n', import.Problems));
        import
            .Problems.Select(problem => (problem.Field, problem.Code))
            .ShouldBe([("quantity", FieldProblem.Unused), ("cooldown_minutes", FieldProblem.Unused)]);
        var grid = import.Strategies.Single().Strategy;
        (grid.Quantity, grid.CooldownMinutes).ShouldBe((1, 0));
        StrategiesYaml.Read(StrategiesYaml.Write([grid]), Now).Problems.ShouldBeEmpty();
    }

    [Fact]
    public void Fields_that_the_type_does_not_use_are_reported_and_left_out()
    {
        var import = Read(
            Record(
                ("take_profit_pct", "10"),
                ("stop_loss_pct", "-1"),
                ("pullback_pct", "0.01"),
                ("scale_targets", "[{pct: 100, target_pct: 5}]")
            )
        );
        import.HasErrors.ShouldBeFalse(string.Join('\n', import.Problems));
        import
            .Problems.Where(problem => problem.Code == FieldProblem.Unused)
            .Select(problem => problem.Field)
            .ShouldBe(["pullback_pct", "take_profit_pct", "stop_loss_pct", "scale_targets"]);
        import.Strategies.Single().Strategy.ShouldBe(One(Record()) with { Arm = import.Strategies.Single().Strategy.Arm });
    }

    [Theory]
    [InlineData("trailing_stop")]
    [InlineData("trailing-stop")]
    [InlineData("'trailing-stop'")]
    [InlineData("Trailing_Stop")]
    public void The_hyphen_names_of_the_command_line_are_types_too(string name) =>
        One(Record(("strategy_type", name))).StrategyType.ShouldBe(StrategyType.TrailingStop);

    [Theory]
    [InlineData("5", 5)]
    [InlineData("5.0", 5)]
    [InlineData("'5.25'", 5.25)]
    [InlineData("\"7\"", 7)]
    [InlineData("5e0", 5)]
    [InlineData("!!float 5", 5)]
    [InlineData("!!str '5'", 5)]
    public void Decimals_are_read_from_text_and_from_numbers(string written, double percent) =>
        One(Record(("trailing_stop_pct", written))).TrailingStopPct.ShouldBe((decimal)percent);

    [Theory]
    [InlineData("yes", true)]
    [InlineData("on", true)]
    [InlineData("True", true)]
    [InlineData("no", false)]
    [InlineData("'false'", false)]
    [InlineData("null", true)]
    [InlineData(null, true)]
    public void Truth_values_are_read_in_every_spelling(string? written, bool enabled) =>
        One(Record(("enabled", written))).Enabled.ShouldBe(enabled);

    [Fact]
    public void Symbols_are_put_into_upper_case() => One(Record(("symbol", "brk.b"))).Symbol.ShouldBe("BRK.B");

    [Theory]
    [InlineData("pending", StrategyPhase.Pending)]
    [InlineData("completed", StrategyPhase.Completed)]
    [InlineData("failed", StrategyPhase.Failed)]
    [InlineData(null, StrategyPhase.Pending)]
    public void Phases_without_orders_are_kept(string? written, StrategyPhase phase)
    {
        var import = Read(Record(("phase", written)));
        import.Problems.ShouldBeEmpty();
        import.Strategies.Single().Strategy.Phase.ShouldBe(phase);
        import.Strategies.Single().Strategy.Enabled.ShouldBeTrue();
    }

    [Theory]
    [InlineData("entry_active", "'b0b0'", "null", "[]")]
    [InlineData("position_open", "'b0b0'", "'380.1'", "[]")]
    [InlineData("exiting", "'b0b0'", "'380.1'", "[e1, e2]")]
    [InlineData("paused", "'b0b0'", "'380.1'", "[]")]
    [InlineData("paused", "'b0b0'", "null", "[]")]
    [InlineData("position_open", "null", "null", "[]")]
    public void A_running_strategy_is_not_taken_over_but_imported_disabled(string phase, string order, string price, string exits)
    {
        var import = Read(
            Record(
                ("phase", phase),
                ("entry_order_id", order),
                ("entry_fill_price", price),
                ("high_watermark", price),
                ("exit_order_ids", exits)
            )
        );
        var strategy = import.Strategies.Single().Strategy;
        strategy.Enabled.ShouldBeFalse();
        strategy.Phase.ShouldBe(StrategyPhase.Pending);
        strategy.Holding.Quantity.ShouldBe(0);
        strategy.EntryFillPrice.ShouldBeNull();
        strategy.HighWatermark.ShouldBeNull();
        var warning = import.Problems.ShouldHaveSingleItem();
        (warning.Severity, warning.Code, warning.Field, warning.Line, warning.Id).ShouldBe(
            (ImportSeverity.Warning, "not_adopted", "phase", 6, "1a2b3c4d")
        );
        warning.Message.ShouldContain(phase);
        if (order != "null")
        {
            warning.Message.ShouldContain("b0b0");
        }

        if (exits != "[]")
        {
            warning.Message.ShouldContain("e1, exit order e2");
        }
    }

    [Fact]
    public void A_paused_strategy_that_holds_nothing_stays_paused()
    {
        var import = Read(Record(("phase", "paused")));
        import.Problems.ShouldBeEmpty();
        var strategy = import.Strategies.Single().Strategy;
        strategy.PauseReason.ShouldNotBeNullOrEmpty();
        strategy.Phase.ShouldBe(StrategyPhase.Pending);
        strategy.MayEnter.ShouldBeFalse();
    }

    [Fact]
    public void A_failed_strategy_that_may_hold_shares_is_reported()
    {
        var import = Read(Record(("phase", "failed"), ("entry_fill_price", "'10'"), ("notes", "Exit order canceled")));
        import.Problems.ShouldHaveSingleItem().Code.ShouldBe("not_adopted");
        import
            .Strategies.Single()
            .Strategy.ShouldSatisfyAllConditions(
                it => it.Phase.ShouldBe(StrategyPhase.Failed),
                it => it.Notes.ShouldBe("Exit order canceled")
            );
    }

    [Theory]
    [InlineData("'2026-03-09T09:35:00'", "2026-03-09T13:35:00Z", true)]
    [InlineData("2026-03-06 09:35:00", "2026-03-06T14:35:00Z", true)]
    [InlineData("'2026-03-06T09:35:00.500000'", "2026-03-06T14:35:00.5Z", true)]
    [InlineData("'2026-03-06T09:35'", "2026-03-06T14:35:00Z", true)]
    [InlineData("2026-03-06", "2026-03-06T05:00:00Z", true)]
    [InlineData("'2026-03-08T02:30:15'", "2026-03-08T07:00:00Z", true)] // Skipped by the clock change: the first instant after it.
    [InlineData("'2026-11-01T01:30:00'", "2026-11-01T05:30:00Z", true)] // Twice there: the first.
    [InlineData("'2026-03-06T09:35:00+01:00'", "2026-03-06T08:35:00Z", false)]
    [InlineData("'2026-03-06T09:35:00Z'", "2026-03-06T09:35:00Z", false)]
    [InlineData("'2026-03-06T09:35:00-05:00'", "2026-03-06T14:35:00Z", false)]
    public void A_schedule_is_read_as_New_York_time_unless_it_names_an_offset(string written, string instant, bool isAssumed)
    {
        var import = Read(Record(("enabled", "false"), ("schedule_enabled", "true"), ("schedule_at", written)));
        var strategy = import.Strategies.Single().Strategy;
        strategy.ScheduleAt.ShouldBe(DateTimeOffset.Parse(instant, CultureInfo.InvariantCulture));
        strategy.ScheduleAt!.Value.Offset.ShouldBe(TimeSpan.Zero);
        strategy.ScheduleEnabled.ShouldBeTrue();
        strategy.Enabled.ShouldBeFalse();
        import.Problems.Select(problem => problem.Code).ShouldBe(isAssumed ? ["zone_assumed"] : []);
    }

    [Fact]
    public void A_schedule_that_was_missed_is_off_and_reported()
    {
        var import = Read(Record(("enabled", "false"), ("schedule_enabled", "true"), ("schedule_at", "'2024-03-06T09:35:00'")));
        import.Problems.ShouldHaveSingleItem().Code.ShouldBe("schedule_missed");
        import
            .Strategies.Single()
            .Strategy.ShouldSatisfyAllConditions(
                it => it.ScheduleEnabled.ShouldBeFalse(),
                it => it.ScheduleAt.ShouldBeNull(),
                it => it.Enabled.ShouldBeFalse()
            );
    }

    [Fact]
    public void The_schedule_of_a_running_strategy_is_off()
    {
        var import = Read(Record(("phase", "position_open"), ("schedule_enabled", "true"), ("schedule_at", "'2026-03-06T09:35:00'")));
        import.Problems.Select(problem => problem.Code).ShouldBe(["not_adopted", "schedule_off"]);
        import.Strategies.Single().Strategy.ScheduleEnabled.ShouldBeFalse();
    }

    [Fact]
    public void Entry_fields_that_the_original_ignored_are_dropped_and_reported()
    {
        var import = Read(Record(("entry_price", "'100'"), ("entry_condition", "below:5")));
        import
            .Problems.Select(problem => (problem.Code, problem.Field))
            .ShouldBe([("ignored", "entry_price"), ("ignored", "entry_condition")]);
        import
            .Strategies.Single()
            .Strategy.ShouldSatisfyAllConditions(it => it.EntryType.ShouldBe(EntryType.Market), it => it.EntryPrice.ShouldBeNull());
        Read(
            Record(
                ("strategy_type", "grid"),
                ("quantity", null),
                ("trailing_stop_pct", "null"),
                ("entry_type", "limit"),
                ("entry_price", "'100'")
            )
        )
            .Problems.Select(problem => problem.Field)
            .ShouldBe(["entry_type", "entry_price"]);
    }

    [Theory]
    [InlineData("my strategy", "my-strategy-")]
    [InlineData("a.b/c", "a-b-c-")]
    [InlineData("manual", "manual-")]
    [InlineData("ÄÖ", "strategy-")]
    [InlineData("a-very-long-identifier-that-nobody-needs", "a-very-long-identifier")]
    public void Other_ids_are_mapped_always_the_same(string written, string begin)
    {
        var import = Read(Record(("id", $"'{written}'")));
        var imported = import.Strategies.Single();
        imported.OriginalId.ShouldBe(written);
        imported.Strategy.Id.ShouldStartWith(begin);
        StrategyValidation.IsValidId(imported.Strategy.Id).ShouldBeTrue();
        import
            .Problems.ShouldHaveSingleItem()
            .ShouldSatisfyAllConditions(it => it.Code.ShouldBe("id_mapped"), it => it.Message.ShouldContain(imported.Strategy.Id));
        Read(Record(("symbol", "QQQ"), ("id", $"'{written}'"))).Strategies.Single().Strategy.Id.ShouldBe(imported.Strategy.Id);
    }

    [Fact]
    public void Ids_that_differ_only_in_what_is_not_allowed_stay_different()
    {
        var import = StrategiesYaml.Read(
            Of(Record(("id", "a b")), Record(("id", "a.b"), ("symbol", "QQQ")), Record(("id", "a-b"), ("symbol", "IBM"))),
            Now
        );
        import.Strategies.Select(it => it.Strategy.Id).Distinct(StringComparer.Ordinal).Count().ShouldBe(3);
    }

    [Fact]
    public void A_record_without_id_gets_one()
    {
        var import = Read(Record(("id", null)));
        import.Strategies.Single().OriginalId.ShouldBeNull();
        import.Problems.ShouldHaveSingleItem().Code.ShouldBe("id_missing");
        Read(Record(("id", null))).Strategies.Single().Strategy.Id.ShouldBe(import.Strategies.Single().Strategy.Id);
    }

    [Fact]
    public void Of_two_records_with_one_id_the_second_is_reported()
    {
        var import = StrategiesYaml.Read(Of(Record(), Record(("symbol", "QQQ"))), Now);
        import.Strategies.Single().Strategy.Symbol.ShouldBe("SPY");
        var problem = import.Problems.ShouldHaveSingleItem();
        (problem.Severity, problem.Code, problem.Line, problem.Field).ShouldBe((ImportSeverity.Error, "duplicate_id", 32, "id"));
        problem.Message.ShouldContain("line 2");
    }

    [Fact]
    public void Two_strategies_on_one_symbol_are_reported_and_imported()
    {
        var import = StrategiesYaml.Read(Of(Record(), Record(("id", "other"))), Now);
        import.Strategies.Count.ShouldBe(2);
        import.Problems.ShouldHaveSingleItem().Code.ShouldBe("shared_symbol");
    }

    [Fact]
    public void A_contradictory_grid_is_an_error_where_the_type_uses_it()
    {
        const string UpsideDown = "{low: 2, high: 1, levels: 5, qty_per_level: 1}";
        Read(Record(("strategy_type", "grid"), ("quantity", null), ("trailing_stop_pct", null), ("grid_config", UpsideDown)))
            .Problems.ShouldHaveSingleItem()
            .Code.ShouldBe(FieldProblem.Contradiction);
        Read(Record(("grid_config", UpsideDown))).Problems.ShouldHaveSingleItem().Code.ShouldBe(FieldProblem.Unused);
    }

    [Theory]
    [InlineData("symbol", "'A B'", FieldProblem.Malformed)]
    [InlineData("symbol", "null", FieldProblem.Malformed)]
    [InlineData("symbol", "[SPY]", "wrong_kind")]
    [InlineData("strategy_type", "martingale", "unknown_value")]
    [InlineData("strategy_type", null, FieldProblem.Required)]
    [InlineData("quantity", "0", FieldProblem.OutOfRange)]
    [InlineData("quantity", "ten", "not_a_number")]
    [InlineData("quantity", "1e20", FieldProblem.OutOfRange)]
    [InlineData("quantity", "1e400", "not_a_number")]
    [InlineData("phase", "sleeping", "unknown_value")]
    [InlineData("enabled", "perhaps", FieldProblem.Malformed)]
    [InlineData("entry_type", "stop", "unknown_value")]
    [InlineData("trailing_stop_pct", "null", FieldProblem.Required)]
    [InlineData("trailing_stop_pct", "'150'", FieldProblem.OutOfRange)]
    [InlineData("trailing_stop_pct", "'5%'", "not_a_number")]
    [InlineData("trailing_stop_pct", "NaN", "not_a_number")]
    [InlineData("trailing_stop_pct", ".inf", "not_a_number")]
    [InlineData("trailing_stop_pct", "1,5", "not_a_number")]
    [InlineData("trailing_stop_pct", "!!python/object/apply:decimal.Decimal ['5']", "foreign_tag")]
    [InlineData("scale_targets", "5", "wrong_kind")]
    [InlineData("scale_targets", "[5]", "wrong_kind")]
    [InlineData("grid_config", "[]", "wrong_kind")]
    [InlineData("grid_config", "{low: 1, high: x, levels: 5, qty_per_level: 1}", "not_a_number")]
    [InlineData("grid_config", "{low: 1, levels: 5, qty_per_level: 1}", FieldProblem.Required)]
    [InlineData("scale_targets", "[{pct: 100}]", FieldProblem.Required)]
    [InlineData("schedule_at", "tomorrow", FieldProblem.Malformed)]
    [InlineData("schedule_at", "'9999-12-31T23:59:59'", FieldProblem.Malformed)]
    [InlineData("schedule_at", "'0001-01-01T00:00:00'", FieldProblem.Malformed)]
    [InlineData("schedule_cron", "often", FieldProblem.Malformed)]
    [InlineData("exit_order_ids", "e1", "wrong_kind")]
    [InlineData("<<", "{symbol: QQQ}", "merge_key")]
    public void A_bad_field_costs_its_record_only_and_is_reported_with_id_line_and_fix(string field, string? value, string code)
    {
        var import = StrategiesYaml.Read(
            Of(
                Record(("id", "first"), ("symbol", "IBM")),
                Record(("id", "bad"), (field, value)),
                Record(("id", "last"), ("symbol", "QQQ"))
            ),
            Now
        );
        import.Strategies.Select(it => it.Strategy.Id).ShouldBe(["first", "last"]);
        var problem = import.Problems.Where(it => it.Severity == ImportSeverity.Error).ShouldHaveSingleItem();
        problem.Code.ShouldBe(code);
        problem.Id.ShouldBe("bad");
        problem.Field!.Split('.', '[')[0].ShouldBe(field);
        problem.Line.ShouldBeInRange(28, 60);
        problem.Fix.ShouldNotBeNullOrWhiteSpace();
    }

    [Fact]
    public void The_line_is_that_of_the_field() =>
        Read(Record(("trailing_stop_pct", "'150'"))).Problems.ShouldHaveSingleItem().Line.ShouldBe(11);

    [Fact]
    public void Unknown_fields_are_reported_and_ignored()
    {
        var import = Read(Record(("color", "blue")));
        import.Strategies.Count.ShouldBe(1);
        import
            .Problems.ShouldHaveSingleItem()
            .ShouldSatisfyAllConditions(
                it => it.Code.ShouldBe("unknown_field"),
                it => it.Field.ShouldBe("color"),
                it => it.Severity.ShouldBe(ImportSeverity.Warning)
            );
    }

    [Fact]
    public void A_fraction_of_a_share_is_cut_off_as_the_original_did_and_reported()
    {
        var import = Read(Record(("quantity", "10.7")));
        import.Strategies.Single().Strategy.Quantity.ShouldBe(10);
        import.Problems.ShouldHaveSingleItem().Code.ShouldBe("truncated");
    }

    [Fact]
    public void A_percent_that_looks_like_a_fraction_is_kept_and_reported()
    {
        var import = Read(Record(("trailing_stop_pct", "'0.05'")));
        import.Strategies.Single().Strategy.TrailingStopPct.ShouldBe(0.05m);
        import.Problems.ShouldHaveSingleItem().Message.ShouldContain("0.05 %");
    }

    [Fact]
    public void Notes_are_cleaned_and_cut()
    {
        var import = Read(Record(("notes", "\"bell \\a and " + new string('x', 5000) + "\"")));
        import.Problems.Select(problem => problem.Code).ShouldBe([FieldProblem.Malformed, FieldProblem.TooLong]);
        var notes = import.Strategies.Single().Strategy.Notes!;
        notes.ShouldStartWith("bell  and xxx");
        notes.Length.ShouldBe(4096);
    }

    [Fact]
    public void Of_a_field_that_is_there_twice_the_last_counts()
    {
        var import = StrategiesYaml.Read(Of(Record() + "  quantity: 20\n"), Now);
        import.Strategies.Single().Strategy.Quantity.ShouldBe(20);
        import.Problems.ShouldHaveSingleItem().Code.ShouldBe("duplicate_field");
    }

    [Fact]
    public void Every_strategy_gets_an_arm_of_its_own()
    {
        var arms = StrategiesYaml.Read(Whole, Now).Strategies.Select(it => it.Strategy.Arm).ToList();
        arms.Distinct(StringComparer.Ordinal).Count().ShouldBe(5);
        arms.ShouldAllBe(arm => arm.Length == 8);
    }

    private static StrategiesImport Read(string record) => StrategiesYaml.Read(Of(record), Now);

    private static Strategy One(string record)
    {
        var import = Read(record);
        import.Problems.ShouldBeEmpty();
        return import.Strategies.Single().Strategy;
    }
}
