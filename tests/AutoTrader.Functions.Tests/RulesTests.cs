using System.Text.RegularExpressions;
using AutoTrader.Testing;

namespace AutoTrader.Functions.Tests;

/// <summary>What the documents and the sources say of each other is true: rules name tests that exist, and citations name headings that
/// exist.</summary>
public sealed partial class RulesTests
{
    private const string TableHeading = "## Which tests hold each rule";

    private static readonly string Docs = Path.Combine(Repository.Top, "docs");
    private static readonly string Tests = Path.Combine(Repository.Top, "tests");

    [Fact]
    public void Every_rule_names_a_test_that_exists()
    {
        var known = TestNames();
        var rules = Rules();
        rules.ShouldNotBeEmpty();
        rules.Where(rule => !Test().IsMatch(rule)).ShouldBeEmpty("each rule names a test as `Class.Name`");
        rules
            .SelectMany(rule => Test().Matches(rule))
            .Select(match => match.Groups["name"].Value)
            .Where(name => !known.Contains(name))
            .ShouldBeEmpty("these are no tests");
    }

    [Fact]
    public void Every_rule_belongs_to_a_heading()
    {
        var headings = Headings("trading-rules.md");
        Rules()
            .Where(rule => !headings.Contains(rule.Split('|')[1].Trim()))
            .ShouldBeEmpty("the first column is a heading of docs/trading-rules.md");
    }

    [Fact]
    public void Every_source_that_a_document_names_exists()
    {
        var sources = new[] { Path.Combine(Repository.Top, "src"), Path.Combine(Repository.Top, "tools"), Tests }
            .SelectMany(Sources)
            .Select(path => "/" + Path.GetRelativePath(Repository.Top, path).Replace('\\', '/'))
            .ToList();
        var named = Directory.EnumerateFiles(Docs, "*.md").SelectMany(path => Source().Matches(File.ReadAllText(path))).ToList();
        named.ShouldNotBeEmpty();
        named
            .Select(match => match.Groups["path"].Value)
            .Where(name => !sources.Exists(path => path.EndsWith(name, StringComparison.Ordinal)))
            .ShouldBeEmpty();
    }

    [Fact]
    public void Every_citation_names_a_heading_that_exists()
    {
        var documents = Directory
            .EnumerateFiles(Docs, "*.md")
            .ToDictionary(path => Path.GetFileName(path), path => Headings(Path.GetFileName(path)), StringComparer.Ordinal);
        var citations = new[] { Path.Combine(Repository.Top, "src"), Tests }
            .SelectMany(Sources)
            .SelectMany(path =>
                Citation()
                    .Matches(File.ReadAllText(path))
                    .SelectMany(match =>
                        match
                            .Groups["heading"]
                            .Captures.Select(heading =>
                                (File: Path.GetFileName(path), Document: match.Groups["document"].Value, Heading: heading.Value)
                            )
                    )
            )
            .ToList();
        citations.ShouldNotBeEmpty();
        citations
            .Where(cited => !documents.TryGetValue(cited.Document, out var headings) || !headings.Contains(cited.Heading))
            .ShouldBeEmpty();
    }

    private static List<string> Rules() =>
        [
            .. File.ReadLines(Path.Combine(Docs, "trading-rules.md"))
                .SkipWhile(line => line != TableHeading)
                .Where(line => line.StartsWith("| ", StringComparison.Ordinal))
                .Skip(1),
        ];

    private static HashSet<string> Headings(string document) =>
        File.ReadLines(Path.Combine(Docs, document))
            .Where(line => line.StartsWith("## ", StringComparison.Ordinal) || line.StartsWith("### ", StringComparison.Ordinal))
            .Select(line => line.TrimStart('#').Trim())
            .ToHashSet(StringComparer.Ordinal);

    // Tests of other projects cannot be reached by reflection from here; their sources can.
    private static HashSet<string> TestNames()
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var source in Sources(Tests).Select(File.ReadAllText))
        {
            var methods = Method().Matches(source).Select(match => match.Groups["name"].Value).ToList();
            foreach (var type in Class().Matches(source).Select(match => match.Groups["name"].Value))
            {
                names.UnionWith(methods.Select(method => $"{type}.{method}"));
            }
        }

        return names;
    }

    private static IEnumerable<string> Sources(string folder) =>
        Directory
            .EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
            .Where(path => !path.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal));

    [GeneratedRegex("`(?<path>[A-Za-z./]+\\.cs)`", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Source();

    [GeneratedRegex(
        "`(?<name>[A-Za-z0-9]+\\.[A-Za-z0-9_]+)`",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking
    )]
    private static partial Regex Test();

    [GeneratedRegex(
        "docs/(?<document>[a-z-]+\\.md), \"(?<heading>[^\"\\n]+)\"( and \"(?<heading>[^\"\\n]+)\")*",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 10_000
    )]
    private static partial Regex Citation();

    [GeneratedRegex(
        @"\bclass (?<name>[A-Za-z0-9]+)",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking
    )]
    private static partial Regex Class();

    [GeneratedRegex(
        @"^\s+public [^=\n;{]*\b(?<name>[A-Z][A-Za-z0-9_]*)\(",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking | RegexOptions.Multiline
    )]
    private static partial Regex Method();
}
