using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using AutoTrader.InfraDocs;
using YamlDotNet.Serialization;

namespace AutoTrader.Infra.Tests;

/// <summary>The GitHub workflows: actionlint has nothing to say, everything foreign is pinned, nobody may more than needed.</summary>
public sealed partial class WorkflowTests
{
    private static readonly IReadOnlyDictionary<string, string> Texts = Directory
        .EnumerateFiles(Path.Combine(Bicep.Top, ".github", "workflows"), "*.yml")
        .ToDictionary(path => Path.GetFileName(path), File.ReadAllText, StringComparer.Ordinal);

    public static TheoryData<string> Files => [.. Texts.Keys];

    [Fact]
    public async Task Actionlint_has_nothing_to_say()
    {
        Texts.Count.ShouldBeGreaterThanOrEqualTo(5);
        (await LintAsync(Texts)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Actionlint_does_find_what_is_wrong()
    {
        const string Wrong = "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: echo ${{ github.nothing }}\n";
        var wrong = new Dictionary<string, string>(StringComparer.Ordinal) { [".github/workflows/wrong.yml"] = Wrong };
        (await LintAsync(wrong)).ShouldHaveSingleItem().ShouldContain("nothing");
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_action_is_pinned_by_commit_and_says_its_version(string file)
    {
        foreach (Match use in Uses().Matches(Texts[file]))
        {
            var what = use.Groups["what"].Value.Trim();
            (
                what.StartsWith("./.github/workflows/", StringComparison.Ordinal)
                    ? File.Exists(Path.Combine(Bicep.Top, what))
                    : Pinned().IsMatch(what)
            ).ShouldBeTrue(what);
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_workflow_may_only_read_unless_a_job_needs_more(string file)
    {
        var workflow = Read(file);
        ((Dictionary<object, object>)workflow["permissions"]).ShouldHaveSingleItem().ShouldBe(new("contents", "read"));
        foreach (var (name, job) in Jobs(workflow).Where(it => !it.Value.ContainsKey("uses")))
        {
            job.ShouldContainKey("timeout-minutes", $"{name} may run for ever");
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void No_script_holds_text_that_others_write(string file)
    {
        // An expression in a script is put in before the shell reads it: whoever writes it writes the script.
        foreach (var script in Steps(Read(file)).Where(step => step.ContainsKey("run")).Select(step => (string)step["run"]))
        {
            script.ShouldNotContain("${{", Case.Sensitive, "pass it through env");
        }
    }

    [Fact]
    public void A_push_runs_the_two_commands_of_the_README_on_three_systems()
    {
        var test = Jobs(Read("build.yml"))["test"];
        ((List<object>)((Dictionary<object, object>)((Dictionary<object, object>)test["strategy"])["matrix"])["os"]).ShouldBe([
            "ubuntu-latest",
            "windows-latest",
            "macos-latest",
        ]);
        var scripts = Steps(Read("build.yml")).Where(step => step.ContainsKey("run")).Select(step => (string)step["run"]).ToList();
        var readme = File.ReadAllText(Path.Combine(Bicep.Top, "README.md"));
        foreach (var command in new[] { "dotnet run --project src/AutoTrader.LocalHost", "dotnet test" })
        {
            readme.ShouldContain(command);
            scripts.ShouldContain(script => script.StartsWith(command, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void A_deployment_asks_whether_the_exchange_is_closed_and_goes_back_when_it_is_not_healthy()
    {
        var steps = Steps(Read("deploy.yml")).ToList();
        int At(string part) =>
            steps.FindIndex(step => step.TryGetValue("run", out var run) && ((string)run).Contains(part, StringComparison.Ordinal));
        var (closed, deploy, healthy) = (At("tools/ExchangeHours"), At("config-zip"), At("wait-for-health.sh"));
        closed.ShouldBeInRange(0, deploy - 1);
        healthy.ShouldBeGreaterThan(deploy);
        var back = steps[^1];
        ((string)back["if"]).ShouldStartWith("failure()");
        ((string)back["run"]).ShouldContain("packages/$FORMER/function-app.zip");
        ((Dictionary<object, object>)Jobs(Read("deploy.yml"))["deploy"]["permissions"])["id-token"].ShouldBe("write");
        Texts["deploy.yml"].ShouldNotContain("secrets.");
    }

    [Fact]
    public void A_release_has_digests_and_provenance()
    {
        Texts["release.yml"].ShouldContain("sha256sum");
        Texts["release.yml"].ShouldContain("actions/attest-build-provenance@");
        Jobs(Read("release.yml"))["publish"]["needs"].ShouldBe(new List<object> { "host", "packages" });
    }

    [Fact]
    public void A_release_has_the_bundle_of_the_page_for_machines_without_node() =>
        Texts["release.yml"].ShouldContain("packages/dashboard-bundle.tar.gz --directory src/AutoTrader.Dashboard/dist");

    [Fact]
    public void A_release_packs_the_tool_compiled_ahead_for_each_system()
    {
        var pack = Steps(Read("release.yml"))
            .Where(step => step.ContainsKey("run"))
            .Select(step => (string)step["run"])
            .Single(script => script.Contains("dotnet pack src/AutoTrader.Cli", StringComparison.Ordinal));
        pack.ShouldContain(" -c Release ");
        var properties = XDocument
            .Load(Path.Combine(Bicep.Top, "src", "AutoTrader.Cli", "AutoTrader.Cli.csproj"))
            .Descendants("PropertyGroup")
            .Elements()
            .ToList();
        var systems = properties.Single(it => it.Name == "RuntimeIdentifiers");
        ((string)systems.Attribute("Condition")!).ShouldBe("'$(PackPerRuntime)' == 'true'");
        pack.ShouldContain(" -p:PackPerRuntime=true ");
        foreach (var system in new[] { "linux-x64", "osx-arm64", "win-x64", "any" })
        {
            systems.Value.Split(';').ShouldContain(system);
        }

        properties.Single(it => it.Name == "ToolPackageRuntimeIdentifiers").Value.ShouldBe("$(RuntimeIdentifiers)");
        var ahead = properties.Single(it => it.Name == "PublishReadyToRun");
        (ahead.Value, (string)ahead.Attribute("Condition")!).ShouldBe(("true", "'$(RuntimeIdentifier)' != ''"));
    }

    private static async Task<List<string>> LintAsync(IReadOnlyDictionary<string, string> texts) =>
        [
            .. (await Checks.RunAsync("workflows", new(texts.Select(it => KeyValuePair.Create(it.Key, (JsonNode?)it.Value)))))
                .AsArray()
                .Select(it => $"{it!["file"]}:{it["line"]} {it["message"]}"),
        ];

    private static Dictionary<string, object> Read(string file) =>
        new DeserializerBuilder().Build().Deserialize<Dictionary<string, object>>(Texts[file]);

    private static Dictionary<string, Dictionary<object, object>> Jobs(Dictionary<string, object> workflow) =>
        ((Dictionary<object, object>)workflow["jobs"]).ToDictionary(
            it => (string)it.Key,
            it => (Dictionary<object, object>)it.Value,
            StringComparer.Ordinal
        );

    private static IEnumerable<Dictionary<object, object>> Steps(Dictionary<string, object> workflow) =>
        Jobs(workflow)
            .Values.Where(job => job.ContainsKey("steps"))
            .SelectMany(job => ((List<object>)job["steps"]).Cast<Dictionary<object, object>>());

    [GeneratedRegex(@"uses: (?<what>.+)", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Uses();

    [GeneratedRegex(
        @"^[A-Za-z-]+/[A-Za-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex Pinned();
}
