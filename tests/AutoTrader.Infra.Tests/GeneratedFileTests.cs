using System.Text.Json.Nodes;
using AutoTrader.InfraDocs;
using YamlDotNet.Serialization;

namespace AutoTrader.Infra.Tests;

/// <summary>What is written from the Bicep files, or names them, agrees with them.</summary>
public sealed class GeneratedFileTests
{
    public static TheoryData<string> Files => ["infra/azuredeploy.json", "docs/azure-resources.md", "docs/settings.md"];

    [Theory]
    [MemberData(nameof(Files))]
    public void A_generated_file_is_what_the_sources_make(string path)
    {
        var file = GeneratedFiles.All.Single(it => Path.GetRelativePath(Bicep.Top, it.Path).Replace('\\', '/') == path);
        (File.Exists(file.Path) ? File.ReadAllText(file.Path).ReplaceLineEndings("\n") : "").ShouldBe(
            file.Text,
            "run: dotnet run --project tools/InfraDocs"
        );
    }

    [Fact]
    public void Azd_gives_only_parameters_that_there_are()
    {
        var given = JsonNode.Parse(File.ReadAllText(Path.Combine(Bicep.InfraFolder, "main.parameters.json")))!["parameters"]!.AsObject();
        var known = Bicep.Template["parameters"]!.AsObject();
        foreach (var (name, parameter) in given)
        {
            known.ShouldContainKey(name);

            // The default that azd falls back to is the template's.
            var text = (string)parameter!["value"]!;
            if (text.Contains('=', StringComparison.Ordinal))
            {
                text[(text.IndexOf('=', StringComparison.Ordinal) + 1)..^1]
                    .ToLowerInvariant()
                    .ShouldBe(known[name]!["defaultValue"]!.ToString().ToLowerInvariant(), name);
            }
        }

        known.Select(it => it.Key).Where(name => known[name]!["defaultValue"] is null).ShouldBeSubsetOf(given.Select(it => it.Key));
    }

    [Fact]
    public void Azd_finds_the_project_the_resource_and_the_hooks()
    {
        var azure = new DeserializerBuilder()
            .Build()
            .Deserialize<Dictionary<string, object>>(File.ReadAllText(Path.Combine(Bicep.Top, "azure.yaml")));
        var (name, service) = ((Dictionary<object, object>)azure["services"]).ShouldHaveSingleItem();
        var fields = (Dictionary<object, object>)service;
        Directory.Exists(Path.Combine(Bicep.Top, (string)fields["project"])).ShouldBeTrue();
        ((string)fields["host"], (string)fields["language"]).ShouldBe(("function", "dotnet"));
        ((string)Deployments.Paper.OfType("Microsoft.Web/sites").Single()["tags"]!["azd-service-name"]!).ShouldBe((string)name);
        foreach (var (hook, shells) in (Dictionary<object, object>)azure["hooks"])
        {
            foreach (var (shell, run) in (Dictionary<object, object>)shells)
            {
                File.Exists(Path.Combine(Bicep.Top, (string)((Dictionary<object, object>)run)["run"])).ShouldBeTrue($"{hook} {shell}");
            }
        }
    }
}
