using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Brokerage;
using AutoTrader.Functions.Hosting;
using AutoTrader.Functions.Maintenance;
using AutoTrader.Functions.Notifications;
using AutoTrader.InfraDocs;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace AutoTrader.Infra.Tests;

/// <summary>The settings that the template gives the app are those that the app reads.</summary>
public sealed partial class SettingsTests
{
    // The host reads them, or only that they are there.
    private static readonly string[] OfTheHost = ["AzureWebJobsStorage__credential", "AzureWebJobsStorage__clientId"];

    private static readonly string[] ForbiddenOnFlex =
    [
        "FUNCTIONS_EXTENSION_VERSION",
        "FUNCTIONS_WORKER_RUNTIME",
        "FUNCTIONS_WORKER_RUNTIME_VERSION",
        "WEBSITE_RUN_FROM_PACKAGE",
        "WEBSITE_CONTENTAZUREFILECONNECTIONSTRING",
        "WEBSITE_CONTENTSHARE",
        "WEBSITE_CONTENTOVERVNET",
        "SCM_DO_BUILD_DURING_DEPLOYMENT",
        "ENABLE_ORYX_BUILD",
        "WEBSITE_TIME_ZONE",
        "TZ",
        "WEBSITE_USE_PLACEHOLDER",
        "WEBSITE_MAX_DYNAMIC_APPLICATION_SCALE_OUT",
    ];

    public static TheoryData<string> Kinds => ["paper", "alpaca", "live"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void The_app_starts_with_the_settings_of_the_template_alone(string kind)
    {
        var settings = Deployments.Settings(Of(kind));
        using var host = Build(settings, new Recorded());
        host.Services.GetRequiredService<Maintain>().ShouldNotBeNull();
        host.Services.GetRequiredService<ITradingStore>().ShouldNotBeNull();
        host.Services.GetRequiredService<IBroker>().ShouldNotBeNull();
        host.Services.GetRequiredService<IMarketData>().ShouldNotBeNull();
    }

    [Theory]
    [InlineData("CycleSchedule")]
    [InlineData("MaintenanceSchedule")]
    [InlineData("AzureWebJobsStorage__accountName")]
    public void Without_one_that_has_no_default_it_would_not(string name)
    {
        var settings = Deployments.Settings(Deployments.Paper).Where(it => it.Key != name).ToDictionary(StringComparer.Ordinal);
        Should.Throw<InvalidOperationException>(() => Build(settings, new Recorded())).Message.ShouldContain(name);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_setting_of_the_template_is_one_that_the_app_reads(string kind)
    {
        var settings = Deployments.Settings(Of(kind));
        var read = new Recorded();
        using var host = Build(settings, read);
        var sources = string.Concat(
            Directory.EnumerateFiles(Path.Combine(Bicep.Top, "src"), "*.cs", SearchOption.AllDirectories).Select(File.ReadAllText)
        );
        foreach (var name in settings.Keys.Except(OfTheHost, StringComparer.Ordinal))
        {
            var key = name.Replace("__", ":", StringComparison.Ordinal);
            (read.Keys.ContainsKey(key) || sources.Contains($"\"{key}\"", StringComparison.Ordinal)).ShouldBeTrue($"nothing reads {name}");
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void No_setting_is_one_that_Flex_Consumption_refuses(string kind) =>
        Deployments.Settings(Of(kind)).Keys.ShouldNotContain(name => ForbiddenOnFlex.Contains(name, StringComparer.OrdinalIgnoreCase));

    [Fact]
    public void A_secret_setting_names_its_place_in_the_vault()
    {
        var secrets = Deployments
            .Alpaca.OfType("Microsoft.KeyVault/vaults/secrets")
            .Select(secret => ((string)secret["name"]!).Split('/')[1])
            .ToList();
        var settings = Deployments.Settings(Deployments.Alpaca);
        foreach (var name in new[] { "AutoTrader__Alpaca__KeyId", "AutoTrader__Alpaca__SecretKey", "AutoTrader__HeartbeatUrl" })
        {
            secrets.ShouldContain(settings[name], name);
        }
    }

    [Fact]
    public void Each_channel_of_notifications_has_the_setting_that_the_app_reads()
    {
        var channels = Bicep.Template["variables"]!["channelSettings"]!.AsObject();
        channels
            .Select(it => it.Key)
            .ShouldBe(
                Bicep.Template["parameters"]!["notificationChannel"]!["allowedValues"]!.AsArray().Select(it => (string)it!),
                ignoreOrder: true
            );
        foreach (var (channel, setting) in channels)
        {
            var notifications = new NotificationSettings(
                new ConfigurationBuilder().AddInMemoryCollection([new((string)setting!, "https://example.com/x")]).Build(),
                new HttpClient(),
                TimeProvider.System
            );
            notifications.Channels().All.ShouldHaveSingleItem().Kind.ShouldBe(channel);
        }
    }

    [Fact]
    public void Only_live_trading_has_the_live_key()
    {
        Deployments.Settings(Deployments.Live).ShouldContainKeyAndValue("AutoTrader__Live", "true");
        Deployments.Settings(Deployments.Live).ShouldContainKey("AutoTrader__Alpaca__LiveKeyId");
        Deployments.Settings(Deployments.Alpaca).Keys.ShouldNotContain(name => name.Contains("Live", StringComparison.Ordinal));
        Deployments.Settings(Deployments.Paper).Keys.ShouldNotContain(name => name.Contains("Alpaca", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_setting_that_the_app_asks_for_at_start_is_in_the_documents(string kind)
    {
        var read = new Recorded();
        using var host = Build(Deployments.Settings(Of(kind)), read);
        host.Services.GetRequiredService<Maintain>().ShouldNotBeNull();
        var asked = read.Keys.Keys.Where(key => key.StartsWith("AutoTrader:", StringComparison.OrdinalIgnoreCase)).ToList();
        asked.Count.ShouldBeGreaterThan(10);
        asked.Where(key => !IsDocumented(key)).ShouldBeEmpty();
    }

    [Fact]
    public void Every_setting_that_the_sources_name_is_in_the_documents()
    {
        var names = (
            from path in Directory.EnumerateFiles(Path.Combine(Bicep.Top, "src"), "*.cs", SearchOption.AllDirectories)
            let text = File.ReadAllText(path)
            from Match literal in SettingName().Matches(text)
            let name = literal.Groups["name"].Value
            where name.Contains(':', StringComparison.Ordinal) || text.Contains("IConfiguration", StringComparison.Ordinal)
            select name
        )
            .Distinct(StringComparer.Ordinal)
            .ToList();
        names.Count.ShouldBeGreaterThan(20);
        names.Where(name => !IsDocumented(name)).ShouldBeEmpty();
    }

    [Fact]
    public void Every_setting_in_the_documents_is_one_that_the_sources_name()
    {
        var sources = string.Concat(
            Directory.EnumerateFiles(Path.Combine(Bicep.Top, "src"), "*.cs", SearchOption.AllDirectories).Select(File.ReadAllText)
        );
        SettingsPage
            .All.Where(setting => !sources.Contains(setting.Name.Split("__").Last(part => !part.StartsWith('{')), StringComparison.Ordinal))
            .ShouldBeEmpty();
        SettingsPage.All.Select(setting => setting.Name).ShouldBeUnique();
    }

    // It, or a section of it; {name} stands for any.
    private static bool IsDocumented(string key) =>
        SettingsPage.All.Any(setting =>
            setting.Name.Split("__") is var parts
            && key.Split(':') is var asked
            && asked.Length <= parts.Length
            && asked
                .Zip(parts)
                .All(it => it.Second.StartsWith('{') || string.Equals(it.First, it.Second, StringComparison.OrdinalIgnoreCase))
        );

    [GeneratedRegex(
        @"""(?<name>(AutoTrader|LocalHost):[A-Za-z:]+[A-Za-z]|[A-Z]+(_[A-Z]+)+)""",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex SettingName();

    private static Snapshot Of(string kind) =>
        kind switch
        {
            "paper" => Deployments.Paper,
            "alpaca" => Deployments.Alpaca,
            _ => Deployments.Live,
        };

    private static Microsoft.Extensions.Hosting.IHost Build(Dictionary<string, string> settings, Recorded read)
    {
        var builder = FunctionsApplication.CreateBuilder([]);
        builder.Configuration.Sources.Clear();
        read.Fill(
            settings.ToDictionary(
                it => it.Key.Replace("__", ":", StringComparison.Ordinal),
                it => Value(it.Key, it.Value),
                StringComparer.OrdinalIgnoreCase
            )
        );
        ((IConfigurationBuilder)builder.Configuration).Add(read);
        builder.AddAutoTrader();
        return builder.Build();
    }

    // What Azure puts in the place of references.
    private static string Value(string name, string value) =>
        name switch
        {
            "APPLICATIONINSIGHTS_CONNECTION_STRING" =>
                "InstrumentationKey=00000000-0000-0000-0000-000000000001;IngestionEndpoint=https://127.0.0.1:1/",
            "APPLICATIONINSIGHTS_AUTHENTICATION_STRING" => "ClientId=00000000-0000-0000-0000-000000000003;Authorization=AAD",
            "AutoTrader__HeartbeatUrl" => "https://example.com/" + value,
            _ => value,
        };

    /// <summary>Settings that know which of them were asked for.</summary>
    private sealed class Recorded : ConfigurationProvider, IConfigurationSource
    {
        public ConcurrentDictionary<string, bool> Keys { get; } = new(StringComparer.OrdinalIgnoreCase);

        public void Fill(IReadOnlyDictionary<string, string> settings) =>
            Data = settings.ToDictionary(it => it.Key, it => (string?)it.Value, StringComparer.OrdinalIgnoreCase);

        public override bool TryGet(string key, out string? value)
        {
            Keys[key] = true;
            return base.TryGet(key, out value);
        }

        public IConfigurationProvider Build(IConfigurationBuilder builder) => this;
    }
}
