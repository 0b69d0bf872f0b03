using System.Text.RegularExpressions;

namespace AutoTrader.Functions.Tests;

/// <summary>The list of rules with the tests that protect them (tests/RULES.md) names only tests that exist.</summary>
public sealed partial class RulesTests
{
    private static readonly string Tests = Path.Combine(Repository.Top, "tests");

    [Fact]
    public void Every_rule_names_a_test_that_exists()
    {
        var known = Sources();
        var rules = File.ReadLines(Path.Combine(Tests, "RULES.md")).Where(line => line.StartsWith("| ", StringComparison.Ordinal)).Skip(1).ToList();
        rules.ShouldNotBeEmpty();
        rules.Where(rule => !Test().IsMatch(rule)).ShouldBeEmpty("each rule names a test as `Class.Name`");
        rules.SelectMany(rule => Test().Matches(rule)).Select(match => match.Groups["name"].Value).Where(name => !known.Contains(name)).ShouldBeEmpty("these are no tests");
    }

    // Tests of other projects cannot be reached by reflection from here; their sources can.
    private static HashSet<string> Sources()
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var path in Directory.EnumerateFiles(Tests, "*.cs", SearchOption.AllDirectories).Where(path => !path.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal)))
        {
            var source = File.ReadAllText(path);
            var methods = Method().Matches(source).Select(match => match.Groups["name"].Value).ToList();
            foreach (var type in Class().Matches(source).Select(match => match.Groups["name"].Value))
            {
                names.UnionWith(methods.Select(method => $"{type}.{method}"));
            }
        }

        return names;
    }

    [GeneratedRegex("`(?<name>[A-Za-z0-9]+\\.[A-Za-z0-9_]+)`", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Test();

    [GeneratedRegex(@"\bclass (?<name>[A-Za-z0-9]+)", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Class();

    [GeneratedRegex(@"^\s+public [^=\n;{]*\b(?<name>[A-Z][A-Za-z0-9_]*)\(", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking | RegexOptions.Multiline)]
    private static partial Regex Method();
}
