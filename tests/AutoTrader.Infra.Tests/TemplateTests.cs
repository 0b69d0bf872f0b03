using System.Reflection;
using System.Text.Json.Nodes;
using AutoTrader.Functions.Hosting;
using AutoTrader.InfraDocs;
using Microsoft.Azure.Functions.Worker;

namespace AutoTrader.Infra.Tests;

/// <summary>What <c>infra/main.bicep</c> makes, checked with the real compiler.</summary>
public sealed class TemplateTests
{
    private static readonly string[] SecretParameters =
    [
        .. Bicep.Template["parameters"]!
            .AsObject()
            .Where(it => ((string)it.Value!["type"]!).StartsWith("secure", StringComparison.OrdinalIgnoreCase))
            .Select(it => it.Key),
    ];

    [Theory]
    [InlineData("main.bicep")]
    [InlineData("examples/paper.bicepparam")]
    [InlineData("examples/alpaca-paper.bicepparam")]
    [InlineData("examples/alpaca-live.bicepparam")]
    public void The_compiler_and_its_linter_have_nothing_to_say(string file) => Bicep.Lint(file).ShouldBeEmpty();

    [Theory]
    [InlineData(false, "", false)]
    [InlineData(true, "", false)]
    [InlineData(false, "123456789", false)]
    [InlineData(true, "123456789", true)]
    public void The_example_of_live_trading_is_refused_until_both_interlocks_are_set(bool live, string account, bool isTaken)
    {
        var text = File.ReadAllText(Path.Combine(Bicep.InfraFolder, "examples", "alpaca-live.bicepparam"));
        const string Live = "param live = false";
        const string Account = "param liveAccount = readEnvironmentVariable('AUTOTRADER_LIVE_ACCOUNT', '')";
        text.ShouldContain(Live);
        text.ShouldContain(Account);
        text = text.Replace(Live, $"param live = {(live ? "true" : "false")}", StringComparison.Ordinal)
            .Replace(Account, $"param liveAccount = '{account}'", StringComparison.Ordinal);
        if (isTaken)
        {
            var deployment = Bicep.Snapshot(text);
            deployment.Diagnostics.ShouldBeEmpty();
            Deployments.Settings(deployment).ShouldContainKeyAndValue("AutoTrader__LiveAccount", account);
        }
        else
        {
            Should
                .Throw<BicepException>(() => Bicep.Snapshot(text))
                .Message.ShouldContain("set live to true and liveAccount to the number of the account");
        }
    }

    [Fact]
    public void Every_resource_can_be_predicted()
    {
        Deployments.Paper.Diagnostics.ShouldBeEmpty();
        Deployments.Alpaca.Diagnostics.ShouldBeEmpty();
        Deployments.Live.Diagnostics.ShouldBeEmpty();
    }

    [Fact]
    public void Every_parameter_says_what_it_means()
    {
        foreach (var (name, parameter) in Bicep.Template["parameters"]!.AsObject())
        {
            ((string?)parameter!["metadata"]?["description"])?.Length.ShouldBeGreaterThan(20, name);
            parameter["metadata"]?["description"].ShouldNotBeNull(name);
        }
    }

    [Fact]
    public void Only_name_and_region_must_be_given() =>
        Bicep.Template["parameters"]!
            .AsObject()
            .Where(it => it.Value!["defaultValue"] is null)
            .Select(it => it.Key)
            .ShouldBe(["environmentName", "location"], ignoreOrder: true);

    [Fact]
    public void What_a_deployment_answers_holds_no_secret()
    {
        SecretParameters.Length.ShouldBeGreaterThan(5);
        foreach (var outputs in Outputs(Bicep.Template))
        {
            foreach (var parameter in SecretParameters.Append("secrets"))
            {
                outputs.ShouldNotContain($"'{parameter}'");
            }

            outputs.ShouldNotContain("list", Case.Insensitive);
            outputs.ShouldNotContain("ConnectionString", Case.Insensitive);
        }
    }

    [Fact]
    public void Secrets_are_passed_on_as_secrets_and_nothing_asks_for_a_key_of_storage()
    {
        Bicep.TemplateText.ShouldNotContain("listKeys");
        Bicep.TemplateText.ShouldNotContain("AccountKey");
        foreach (var text in new[] { "PKGIVEN", "given-secret", "given.example.com" })
        {
            Deployments.Alpaca.Text.ShouldNotContain(text);
        }

        var storage = Deployments.Properties(Deployments.Paper, "Microsoft.Storage/storageAccounts");
        ((bool)storage["allowSharedKeyAccess"]!).ShouldBeFalse();
        ((bool)storage["allowBlobPublicAccess"]!).ShouldBeFalse();
        ((string)storage["minimumTlsVersion"]!).ShouldBe("TLS1_2");
    }

    [Fact]
    public void The_app_has_the_roles_that_its_code_calls_for_and_no_other()
    {
        // The host keeps its leases and keys in blobs, orchestrations keep their queues.
        var needed = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["Azure.Data.Tables"] = "Storage Table Data Contributor",
            ["Azure.Storage.Blobs"] = "Storage Blob Data Owner",
            ["Microsoft.Azure.Functions.Worker.Extensions.DurableTask"] = "Storage Queue Data Contributor",
            ["Azure.Monitor.OpenTelemetry.Exporter"] = "Monitoring Metrics Publisher",
        };
        var used = new[] { typeof(Composition).Assembly }
            .Concat(
                typeof(Composition)
                    .Assembly.GetReferencedAssemblies()
                    .Where(it => it.Name!.StartsWith("AutoTrader", StringComparison.Ordinal))
                    .Select(Assembly.Load)
            )
            .SelectMany(assembly => assembly.GetReferencedAssemblies())
            .Select(it => it.Name!)
            .Distinct(StringComparer.Ordinal)
            .ToList();
        var expected = used.Select(name => needed.GetValueOrDefault(name)).OfType<string>().ToHashSet(StringComparer.Ordinal);
        expected.Count.ShouldBe(needed.Count);

        // Its settings refer to Key Vault.
        Deployments.Settings(Deployments.Alpaca).ShouldContainKeyAndValue("AutoTrader__Alpaca__KeyId", "alpaca-key-id");
        expected.Add("Key Vault Secrets User");
        var roles = Deployments.Alpaca.OfType("Microsoft.Authorization/roleAssignments").ToList();
        roles.Select(role => (string)role["properties"]!["description"]!).ShouldBe(expected, ignoreOrder: true);
        roles.ShouldAllBe(role => (string)role["properties"]!["principalType"]! == "ServicePrincipal");
    }

    [Theory]
    [InlineData("Storage Blob Data Owner", "b7e6dc6d-f1e8-4753-8033-0f276bb0955b")]
    [InlineData("Storage Queue Data Contributor", "974c5e8b-45b9-4653-ba55-5f855dd0fb88")]
    [InlineData("Storage Table Data Contributor", "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3")]
    [InlineData("Monitoring Metrics Publisher", "3913510d-42f4-4e42-8a64-420c390055eb")]
    [InlineData("Key Vault Secrets User", "4633458b-17de-408a-b874-0445c86b69e6")]
    public void A_role_has_the_id_that_Azure_gave_it(string role, string id)
    {
        var assignment = Deployments
            .Paper.OfType("Microsoft.Authorization/roleAssignments")
            .Single(it => (string)it["properties"]!["description"]! == role);
        ((string)assignment["properties"]!["roleDefinitionId"]!).ShouldEndWith("/roleDefinitions/" + id);
    }

    [Fact]
    public void Instances_that_are_always_ready_wait_for_functions_that_exist()
    {
        var groups = Scale(Deployments.Alpaca)["alwaysReady"]!.AsArray().Select(group => (string)group!["name"]!).ToList();
        groups.ShouldBe(["function:EvaluateStrategies", "durable"]);
        var functions = typeof(Composition)
            .Assembly.GetExportedTypes()
            .SelectMany(type => type.GetMethods())
            .Select(method => method.GetCustomAttribute<FunctionAttribute>()?.Name)
            .ToList();
        functions.ShouldContain("EvaluateStrategies");
        Scale(Deployments.Paper)["alwaysReady"]!.AsArray().ShouldBeEmpty();
    }

    [Fact]
    public void The_app_runs_on_the_framework_that_it_is_built_for()
    {
        var runtime = Deployments.Properties(Deployments.Paper, "Microsoft.Web/sites")["functionAppConfig"]!["runtime"]!;
        ((string)runtime["name"]!).ShouldBe("dotnet-isolated");
        ((string)runtime["version"]!).ShouldBe(Environment.Version.ToString(2));
    }

    [Fact]
    public void Logs_are_kept_and_bounded()
    {
        var workspace = Deployments.Properties(Deployments.Paper, "Microsoft.OperationalInsights/workspaces");
        ((int)workspace["retentionInDays"]!).ShouldBe(30);
        ((decimal)workspace["workspaceCapping"]!["dailyQuotaGb"]!).ShouldBe(0.16m);
        ((bool)Deployments.Properties(Deployments.Paper, "Microsoft.Insights/components")["DisableLocalAuth"]!).ShouldBeTrue();
    }

    [Fact]
    public void The_data_has_a_group_and_a_lock_of_its_own()
    {
        var account = (string)Deployments.Paper.OfType("Microsoft.Storage/storageAccounts").Single()["id"]!;
        account.ShouldContain("/resourceGroups/rg-prod-data/");
        ((string)Deployments.Paper.OfType("Microsoft.Authorization/locks").Single()["id"]!).ShouldStartWith(account);
        Deployments
            .Paper.Resources.Where(resource =>
                ((string)resource["id"]!).Contains("/resourceGroups/rg-prod-data/", StringComparison.Ordinal)
            )
            .ShouldAllBe(resource => ((string)resource["id"]!).Contains(account, StringComparison.Ordinal));
        Deployments.Live.OfType("Microsoft.Authorization/locks").ShouldBeEmpty();
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("param live = true", "")]
    [InlineData("", "param liveAccount = '123456789'")]
    public void Real_money_needs_both_interlocks(string first, string second)
    {
        var refused = Should.Throw<BicepException>(() => Deployments.Of($"param broker = 'alpaca-live'\n{first}\n{second}\n"));
        refused.Message.ShouldContain("set live to true and liveAccount to the number of the account");
    }

    [Fact]
    public void An_interlock_alone_switches_nothing_on() =>
        Deployments
            .Settings(Deployments.Of("param live = true\nparam liveAccount = '123456789'"))
            .Keys.ShouldNotContain(name => name.StartsWith("AutoTrader__Live", StringComparison.Ordinal));

    [Fact]
    public void Without_anybody_to_tell_there_are_no_alerts_to_pay_for()
    {
        string[] paid = ["Microsoft.Insights/scheduledQueryRules", "Microsoft.Insights/metricAlerts", "Microsoft.Insights/webtests"];
        Deployments
            .Alpaca.Resources.Select(resource => (string)resource["type"]!)
            .Intersect(paid, StringComparer.Ordinal)
            .Count()
            .ShouldBe(paid.Length);
        Deployments.Paper.Resources.Select(resource => (string)resource["type"]!).Intersect(paid, StringComparer.Ordinal).ShouldBeEmpty();
    }

    private static JsonNode Scale(Snapshot deployment) =>
        Deployments.Properties(deployment, "Microsoft.Web/sites")["functionAppConfig"]!["scaleAndConcurrency"]!;

    // Of the template and of every module.
    private static IEnumerable<string> Outputs(JsonNode? node) =>
        node switch
        {
            JsonObject part => part.SelectMany(it =>
                it.Key == "outputs" && it.Value is JsonObject ? [it.Value.ToJsonString()] : Outputs(it.Value)
            ),
            JsonArray parts => parts.SelectMany(Outputs),
            _ => [],
        };
}
