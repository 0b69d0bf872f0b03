using System.Text;
using AutoTrader.Core.Strategies;
using AutoTrader.Testing;
using AutoTrader.Yaml.Strategies;
using CsCheck;
using static AutoTrader.Yaml.Tests.Strategies.OriginalFile;

namespace AutoTrader.Yaml.Tests.Strategies;

public sealed class StrategiesYamlHostileTests
{
    private static readonly DateTimeOffset Now = StrategyGen.Now;

    [Theory]
    [InlineData("", "empty")]
    [InlineData("   \n\n", "empty")]
    [InlineData("# only a comment\n", "empty")]
    [InlineData("null", "empty")]
    [InlineData("---\n...\n", "empty")]
    [InlineData("- a\n- b\n", "wrong_root")]
    [InlineData("just text", "wrong_root")]
    [InlineData("orders: []", "wrong_root")]
    [InlineData("strategies: 5", "wrong_kind")]
    [InlineData("strategies: {a: b}", "wrong_kind")]
    [InlineData("strategies: [5, null, [a], text]", "wrong_kind")]
    [InlineData("strategies: [!!python/object:os.system {a: b}]", "wrong_kind")]
    [InlineData("strategies:\n- *nowhere\n", "not_yaml")]
    [InlineData("strategies: &a [*a]", "not_yaml")]
    [InlineData("strategies: [", "not_yaml")]
    [InlineData("strategies: 'open", "not_yaml")]
    [InlineData("strategies:\n\t- symbol: SPY\n", "not_yaml")]
    [InlineData("%YAML 9.9\n---\nstrategies: [}", "not_yaml")]
    [InlineData("? [a, b]\n: c\n", "not_yaml")]
    [InlineData("@", "not_yaml")]
    [InlineData("\0\u0001\u0002", null)]
    public void What_is_no_file_of_strategies_gives_a_problem_and_no_exception(string text, string? code)
    {
        var import = StrategiesYaml.Read(text, Now);
        import.Strategies.ShouldBeEmpty();
        import.HasErrors.ShouldBeTrue();
        import.Problems.ShouldAllBe(problem => code == null || problem.Code == code);
    }

    [Fact]
    public void No_strategies_are_no_problem() =>
        StrategiesYaml
            .Read("strategies: []\n", Now)
            .ShouldSatisfyAllConditions(it => it.Problems.ShouldBeEmpty(), it => it.Strategies.ShouldBeEmpty());

    [Fact]
    public void Text_that_is_not_UTF_8_is_refused()
    {
        StrategiesYaml.Read([0xff, 0xfe, 0x73, 0x00], Now).Problems.ShouldHaveSingleItem().Code.ShouldBe("not_utf8");
        StrategiesYaml
            .Read(Encoding.Latin1.GetBytes(Of(Record(("notes", "ä")))), Now)
            .Problems.ShouldHaveSingleItem()
            .Code.ShouldBe("not_utf8");
    }

    [Fact]
    public void A_byte_order_mark_does_no_harm() =>
        StrategiesYaml
            .Read([0xef, 0xbb, 0xbf, .. Encoding.UTF8.GetBytes(Of(Record()))], Now)
            .ShouldSatisfyAllConditions(it => it.Problems.ShouldBeEmpty(), it => it.Strategies.Count.ShouldBe(1));

    [Fact]
    public void Lines_may_end_as_on_Windows() =>
        StrategiesYaml
            .Read(Of(Record()).ReplaceLineEndings("\r\n"), Now)
            .ShouldSatisfyAllConditions(it => it.Problems.ShouldBeEmpty(), it => it.Strategies.Count.ShouldBe(1));

    [Fact]
    public void A_file_that_is_too_large_is_refused()
    {
        StrategiesYaml.Read(new string(' ', StrategiesYaml.MaxLength + 1), Now).Problems.ShouldHaveSingleItem().Code.ShouldBe("too_large");
        StrategiesYaml.Read(new byte[StrategiesYaml.MaxLength + 1], Now).Problems.ShouldHaveSingleItem().Code.ShouldBe("too_large");
    }

    [Fact]
    public void A_bomb_of_aliases_does_not_unfold()
    {
        var bomb = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for (var i = 1; i < 60; i++)
        {
            bomb.Append('a')
                .Append(i)
                .Append(": &a")
                .Append(i)
                .Append(" [")
                .AppendJoin(", ", Enumerable.Repeat("*a" + (i - 1), 10))
                .Append("]\n");
        }

        var import = StrategiesYaml.Read(bomb + Of(Record(("scale_targets", "*a59"), ("exit_order_ids", "*a59"), ("notes", "*a59"))), Now);
        import.Strategies.ShouldBeEmpty();
        import.Problems.ShouldContain(problem => problem.Code == "wrong_kind" && problem.Field == "notes");
    }

    [Theory]
    [InlineData("[", 100_000)]
    [InlineData("{a: ", 100_000)]
    [InlineData("- ", 100_000)]
    [InlineData("? ", 100_000)]
    [InlineData("&a ", 1000)]
    [InlineData("!!x ", 1000)]
    public void Deep_nesting_is_refused(string piece, int times)
    {
        var hostile = string.Concat(Enumerable.Repeat(piece, times));
        StrategiesYaml.Read(hostile, Now).HasErrors.ShouldBeTrue();
        StrategiesYaml.Read("strategies: " + hostile, Now).HasErrors.ShouldBeTrue();
        var import = StrategiesYaml.Read(
            Of(Record(("id", "good")), Record(("id", "bad"), ("notes", hostile)), Record(("id", "next"), ("symbol", "QQQ"))),
            Now
        );
        import.HasErrors.ShouldBeTrue();
        import.Strategies.ShouldBeEmpty();
    }

    [Fact]
    public void A_file_that_is_not_YAML_is_refused_whole_and_names_each_broken_record()
    {
        var import = StrategiesYaml.Read(
            Of(
                Record(("id", "good")),
                Record(("id", "bad"), ("notes", "'never closed")),
                Record(("id", "worse"), ("notes", "[")),
                Record(("id", "next"), ("symbol", "QQQ"))
            ),
            Now
        );
        import.Strategies.ShouldBeEmpty();
        import.Problems.Select(problem => (problem.Code, problem.Id)).ShouldBe([("not_yaml", "bad"), ("not_yaml", "worse")]);
        import.Problems[0].Line.ShouldBeInRange(29, 56);
    }

    [Fact]
    public void A_bad_indentation_is_named()
    {
        var import = StrategiesYaml.Read(
            Of(
                Record(("id", "good")),
                Record(("id", "bad")).Replace("  phase", " phase", StringComparison.Ordinal),
                Record(("id", "next"), ("symbol", "QQQ"))
            ),
            Now
        );
        import.Strategies.ShouldBeEmpty();
        import.Problems.ShouldHaveSingleItem().Id.ShouldBe("bad");
    }

    [Fact]
    public void Huge_values_are_reported_in_short()
    {
        var import = StrategiesYaml.Read(
            Of(Record(("quantity", new('9', 200_000)), ("strategy_type", new('x', 200_000)), (new('k', 900), "1"))),
            Now
        );
        import.Strategies.ShouldBeEmpty();
        import.Problems.Count.ShouldBe(3);
        import.Problems.ShouldAllBe(problem => problem.Message.Length < 300 && problem.Field!.Length < 100);
    }

    [Fact]
    public void Control_characters_reach_no_report()
    {
        var import = StrategiesYaml.Read(
            Of(Record(("id", "\"a\\0b\\e[31m\""), ("strategy_type", "\"\\x07\""), ("entry_condition", "\"below:5\\u202e\""))),
            Now
        );
        import.Problems.ShouldAllBe(problem => !(problem.Id + problem.Field + problem.Message + problem.Fix).Any(char.IsControl));
        import.HasErrors.ShouldBeTrue();
    }

    [Fact]
    public void A_report_is_bounded()
    {
        var text = "strategies:\n" + string.Concat(Enumerable.Repeat("- 5\n", 3_000));
        StrategiesYaml.Read(text, Now).Problems.Count.ShouldBe(1001);
    }

    [Fact]
    public void Damaged_files_never_throw_and_never_yield_an_unsound_strategy() =>
        DamagedText
            .Of(Whole)
            .Sample(
                text =>
                {
                    var import = StrategiesYaml.Read(text, Now);
                    import.Strategies.ShouldAllBe(it => StrategyValidation.Validate(it.Strategy).Count == 0);
                    (import.Strategies.Count > 0 || import.Problems.Count > 0).ShouldBeTrue();
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
                    var import = StrategiesYaml.Read(bytes, Now);
                    import.Strategies.ShouldBeEmpty();
                },
                iter: 500
            );
}
