using System.Text.RegularExpressions;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;
using AutoTrader.Testing;

namespace AutoTrader.Core.Tests.Engine.Cycle;

/// <summary>Whatever needs the user's eye says how much and what to do, in the app and in docs/operations.md alike.</summary>
public sealed partial class AttentionKindTests
{
    private static readonly Lazy<string[]> Sources = new(() =>
        [
            .. Directory
                .EnumerateFiles(Path.Combine(Repository.Top, "src", "AutoTrader.Core"), "*.cs", SearchOption.AllDirectories)
                .Where(path => !path.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
                .Select(File.ReadAllText),
        ]
    );

    [Fact]
    public void Every_code_that_is_raised_has_a_severity_and_something_to_do_and_no_other_has()
    {
        var raised = Sources.Value.SelectMany(text => Raised().Matches(text).Select(match => CodeOf(match.Groups["code"].Value, text)));
        AttentionKinds.All.Select(kind => kind.Code).ShouldBe(raised.Distinct(StringComparer.Ordinal), ignoreOrder: true);
        AttentionKinds.All.ShouldAllBe(kind => kind.Todo.EndsWith('.') && kind.Todo.Length <= 140);
    }

    [Fact]
    public void The_table_of_the_runbook_says_the_same()
    {
        var rows = File.ReadLines(Path.Combine(Repository.Top, "docs", "operations.md"))
            .SkipWhile(line => line != "## Attention")
            .Skip(1)
            .TakeWhile(line => !line.StartsWith('#'))
            .Where(line => line.StartsWith("| `", StringComparison.Ordinal))
            .Select(line => line.Trim('|').Split('|', StringSplitOptions.TrimEntries))
            .Select(cells => (Code: cells[0].Trim('`'), Severity: cells[1], Todo: cells[3]));
        rows.ShouldBe(AttentionKinds.All.Select(kind => (kind.Code, WireNames.Of(kind.Severity), kind.Todo)), ignoreOrder: true);
    }

    [Fact]
    public void A_code_of_another_version_is_a_warning()
    {
        AttentionKinds.Of("UNPROTECTED").Severity.ShouldBe(AttentionSeverity.High);
        AttentionKinds.Of("OF_ANOTHER_VERSION").Severity.ShouldBe(AttentionSeverity.Warning);
    }

    // A literal, or the constant that holds it: of the same file, else of the type that is named.
    private static string CodeOf(string argument, string text)
    {
        if (argument.StartsWith('"'))
        {
            return argument.Trim('"');
        }

        var constant = new Regex(
            $"const string {argument.Split('.')[^1]} = \"(?<code>[A-Z_]+)\"",
            RegexOptions.CultureInvariant,
            TimeSpan.FromSeconds(1)
        );
        return Sources
            .Value.OrderByDescending(source => source == text)
            .Select(source => constant.Match(source))
            .First(match => match.Success)
            .Groups["code"]
            .Value;
    }

    // RaiseAgain, and items that are copied, carry what was raised before.
    [GeneratedRegex(
        @"(\bRaise|new Attention)\(\s*(?<code>""[A-Z_]+""|[A-Z][A-Za-z]+(\.[A-Z][A-Za-z]+)?),",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex Raised();
}
