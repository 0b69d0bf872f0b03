using AutoTrader.Core.Schedules;
using AutoTrader.Testing;
using AutoTrader.Yaml.Schedules;
using CsCheck;

namespace AutoTrader.Yaml.Tests.Schedules;

public sealed class SchedulesYamlHostileTests
{
    private const string Good = "- {id: good, task_type: notify, market: open}\n";
    private const string Next = "- {id: next, task_type: notify, market: close}\n";

    private static readonly DateTimeOffset Now = ScheduleGen.Now;

    [Theory]
    [InlineData("", "empty")]
    [InlineData("# only a comment\n", "empty")]
    [InlineData("strategies: []", "wrong_root")]
    [InlineData("schedules: 5", "wrong_kind")]
    [InlineData("schedules: [5, null, [a], text, !!python/object:os.system {a: b}]", "wrong_kind")]
    [InlineData("schedules: &a [*a]", "not_yaml")]
    [InlineData("schedules: [", "not_yaml")]
    [InlineData("\0\u0001\u0002", null)]
    public void What_is_no_file_of_schedules_gives_a_problem_and_no_exception(string text, string? code)
    {
        var import = SchedulesYaml.Read(text, Now);
        import.Schedules.ShouldBeEmpty();
        import.HasErrors.ShouldBeTrue();
        import.Problems.ShouldAllBe(problem => code == null || problem.Code == code);
    }

    [Fact]
    public void What_is_too_large_or_not_UTF_8_is_refused()
    {
        SchedulesYaml.Read(new byte[SchedulesYaml.MaxLength + 1], Now).Problems.ShouldHaveSingleItem().Code.ShouldBe("too_large");
        SchedulesYaml.Read([0xff, 0xfe, 0x73, 0x00], Now).Problems.ShouldHaveSingleItem().Code.ShouldBe("not_utf8");
    }

    [Fact]
    public void A_cron_expression_that_reads_as_an_alias_is_named_and_nothing_is_imported()
    {
        var import = SchedulesYaml.Read(
            "schedules:\n" + Good + "- id: bad\n  task_type: notify\n  schedule_cron: */5 * * * *\n" + Next,
            Now
        );
        import.Schedules.ShouldBeEmpty();
        var problem = import.Problems.ShouldHaveSingleItem();
        (problem.Id, problem.Code, problem.Line).ShouldBe(("bad", "not_yaml", 5));
    }

    [Theory]
    [InlineData("[", 100_000)]
    [InlineData("{a: ", 100_000)]
    [InlineData("&a ", 1000)]
    public void Deep_nesting_is_refused(string piece, int times)
    {
        var hostile = string.Concat(Enumerable.Repeat(piece, times));
        SchedulesYaml.Read("schedules: " + hostile, Now).HasErrors.ShouldBeTrue();
        var import = SchedulesYaml.Read("schedules:\n" + Good + "- id: bad\n  task_data: " + hostile + "\n" + Next, Now);
        import.HasErrors.ShouldBeTrue();
        import.Schedules.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("[", 50_000)]
    [InlineData("{\"a\":", 10_000)]
    [InlineData("[", 100_000)]
    public void Deep_nesting_in_JSON_is_refused(string piece, int times)
    {
        var import = SchedulesYaml.Read(
            $"schedules:\n- {{id: bad, task_type: notify, market: open, task_data: '{string.Concat(Enumerable.Repeat(piece, times))}'}}\n"
                + Good,
            Now
        );
        import.Schedules.ShouldHaveSingleItem().Schedule.Id.ShouldBe("good");
        import.Problems.ShouldHaveSingleItem().Code.ShouldBe("not_json");
    }

    [Fact]
    public void An_entry_that_aliases_name_again_is_read_once()
    {
        var import = SchedulesYaml.Read(
            "schedules:\n- &a {id: a, task_type: notify, market: open}\n" + string.Concat(Enumerable.Repeat("- *a\n", 2_000)),
            Now
        );
        import.Schedules.ShouldHaveSingleItem();
        import.Problems.Count.ShouldBe(1001);
        import.Problems.SkipLast(1).ShouldAllBe(problem => problem.Code == "repeated_entry");
    }

    [Fact]
    public void A_mapping_of_very_many_fields_is_refused_and_named()
    {
        var fields = string.Concat(Enumerable.Range(0, 20_000).Select(i => $"  f{i}: 1\n"));
        var import = SchedulesYaml.Read("schedules:\n" + Good + "- id: bad\n" + fields + Next, Now);
        import.Schedules.ShouldBeEmpty();
        import.Problems.ShouldHaveSingleItem().Id.ShouldBe("bad");
    }

    [Fact]
    public void Aliases_may_share_task_data()
    {
        var import = SchedulesYaml.Read(
            "schedules:\n- {id: a, task_type: strategy_start, market: open, task_data: &d {strategy_id: s}}\n- {id: b, task_type: "
                + "strategy_stop, market: close, task_data: *d}\n",
            Now
        );
        import.Problems.ShouldBeEmpty();
        import.Schedules.ShouldAllBe(it => it.Schedule.Task.Target == "s");
    }

    [Fact]
    public void Huge_values_are_reported_in_short()
    {
        string[] fields =
        [
            "name",
            "task_type",
            "schedule_cron",
            "market",
            "zone",
            "misfire",
            "misfire_window",
            "max_runs",
            "run_count",
            "note",
        ];
        var import = SchedulesYaml.Read(
            "schedules:\n- id: a\n" + string.Concat(fields.Select(field => $"  {field}: {new string('9', 90_000)}\n")),
            Now
        );
        import.Schedules.ShouldBeEmpty();
        import.Problems.Select(problem => problem.Field).ShouldBe(fields.Order(), ignoreOrder: true);
        import.Problems.ShouldAllBe(problem => problem.Message.Length < 500);
    }

    [Fact]
    public void Control_characters_reach_neither_report_nor_record()
    {
        var import = SchedulesYaml.Read(
            "schedules:\n- {id: good, task_type: notify, market: open, name: \"a\\0b\", note: \"x\\e[31m\", task_data: {message: "
                + "\"m\\x07\"}}\n- {id: \"a\\0b\", task_type: \"\\x07\", schedule_cron: \"\\e[31m\", zone: \"Z\\0\", misfire: "
                + "\"\\e\"}\n",
            Now
        );
        import.Problems.ShouldAllBe(problem => !(problem.Id + problem.Field + problem.Message + problem.Fix).Any(char.IsControl));
        var schedule = import.Schedules.ShouldHaveSingleItem().Schedule;
        (schedule.Name, schedule.Note, schedule.Task.Message).ShouldBe(("ab", "x[31m", "m"));
    }

    [Fact]
    public void Damaged_files_never_throw_and_never_yield_an_unsound_schedule() =>
        ScheduleGen
            .Any.List[1, 3]
            .SelectMany(schedules => DamagedText.Of(SchedulesYaml.Write(schedules)))
            .Sample(
                text =>
                {
                    var import = SchedulesYaml.Read(text, Now);
                    import.Schedules.ShouldAllBe(read => ScheduleValidation.Validate(read.Schedule).Count == 0);
                    (import.Schedules.Count > 0 || import.Problems.Count > 0).ShouldBeTrue();
                },
                iter: 500
            );

    [Fact]
    public void Random_bytes_never_throw() =>
        Gen
            .Byte.Array[0, 200]
            .Sample(
                bytes =>
                {
                    var import = SchedulesYaml.Read(bytes, Now);
                    import.Schedules.ShouldBeEmpty();
                },
                iter: 500
            );
}
