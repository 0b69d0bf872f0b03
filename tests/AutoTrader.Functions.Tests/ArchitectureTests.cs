using System.Reflection;
using System.Text.RegularExpressions;
using ArchUnitNET.Loader;
using AutoTrader.Backtesting;
using AutoTrader.Brokers;
using AutoTrader.Contracts;
using AutoTrader.Core.Engine;
using AutoTrader.Functions.Hosting;
using AutoTrader.LocalHost.Hosting;
using AutoTrader.Storage;
using AutoTrader.Testing;
using AutoTrader.Yaml;
using Microsoft.Extensions.Logging;

namespace AutoTrader.Functions.Tests;

/// <summary>References point one way (docs/architecture.md, "Layout"), read from what was compiled.</summary>
public sealed partial class ArchitectureTests
{
    private static readonly Dictionary<string, Assembly> Assemblies = new[]
    {
        typeof(CycleRequest).Assembly,
        typeof(IAutoTraderApi).Assembly,
        typeof(StrategyFileService).Assembly,
        typeof(StorageRegistration).Assembly,
        typeof(BrokerRegistration).Assembly,
        typeof(Backtest).Assembly,
        typeof(Composition).Assembly,
        typeof(LocalHostOptions).Assembly,
    }.ToDictionary(assembly => assembly.GetName().Name!, StringComparer.Ordinal);

    [Theory]
    [InlineData("AutoTrader.Core")]
    [InlineData("AutoTrader.Contracts", "AutoTrader.Core")]
    [InlineData("AutoTrader.Yaml", "AutoTrader.Core")]
    [InlineData("AutoTrader.Storage", "AutoTrader.Core")]
    [InlineData("AutoTrader.Brokers", "AutoTrader.Core")]
    [InlineData(
        "AutoTrader.Functions",
        "AutoTrader.Brokers",
        "AutoTrader.Contracts",
        "AutoTrader.Core",
        "AutoTrader.Storage",
        "AutoTrader.Yaml"
    )]
    [InlineData("AutoTrader.Backtesting", "AutoTrader.Brokers", "AutoTrader.Contracts", "AutoTrader.Core", "AutoTrader.Yaml")]
    [InlineData("AutoTrader.LocalHost", "AutoTrader.Core", "AutoTrader.Functions", "AutoTrader.Storage")]
    public void A_project_references_only_what_is_below_it(string project, params string[] allowed) =>
        References(project)
            .Where(name => name.StartsWith("AutoTrader", StringComparison.Ordinal))
            .Except(allowed, StringComparer.Ordinal)
            .ShouldBeEmpty();

    // Lowest first: a folder names only those before it, so that there is no circle.
    [Fact]
    public void A_folder_of_the_core_uses_only_those_below_it()
    {
        string[] folders =
        [
            "Market",
            "Orders",
            "Portfolio",
            "Strategies",
            "Risk",
            "Schedules",
            "Ports",
            "Notifications",
            "Engine",
            "Application",
        ];
        var core = Path.Combine(Repository.Top, "src", "AutoTrader.Core");
        Directory
            .EnumerateDirectories(core)
            .Select(Path.GetFileName)
            .Except(["bin", "obj"], StringComparer.Ordinal)
            .ShouldBe(folders, ignoreOrder: true);
        var wrong =
            from folder in folders
            from path in Directory.EnumerateFiles(Path.Combine(core, folder), "*.cs", SearchOption.AllDirectories)
            from line in File.ReadLines(path)
            where !line.TrimStart().StartsWith("//", StringComparison.Ordinal)
            from Match use in FolderUse().Matches(line)
            where Array.IndexOf(folders, use.Groups["folder"].Value) > Array.IndexOf(folders, folder)
            select $"{folder}/{Path.GetFileName(path)}: {line.Trim()}";
        wrong.ShouldBeEmpty();
    }

    // A namespace uses those in a line below it, and none of them uses it, by however long a way.
    [Theory]
    [InlineData("AutoTrader.Core")]
    [InlineData("AutoTrader.Contracts")]
    [InlineData("AutoTrader.Yaml")]
    [InlineData("AutoTrader.Storage")]
    [InlineData("AutoTrader.Brokers")]
    [InlineData("AutoTrader.Functions")]
    [InlineData("AutoTrader.LocalHost")]
    [InlineData("AutoTrader.Backtesting")]
    public void Namespaces_use_each_other_without_circles(string project)
    {
        List<(string From, string To, string How)> uses = [.. Uses(project)];
        while (
            uses.Where(use => uses.Exists(next => next.From == use.To) && uses.Exists(before => before.To == use.From)).ToList() is var open
            && open.Count < uses.Count
        )
        {
            uses = open;
        }

        uses.Select(use => use.How).Distinct(StringComparer.Ordinal).ShouldBeEmpty();
    }

    // Lowest first.
    [Fact]
    public void A_step_of_the_cycle_knows_only_the_steps_before_it()
    {
        const string Engine = "AutoTrader.Core.Engine";
        string[] steps = [Engine, $"{Engine}.Observe", $"{Engine}.Commands", $"{Engine}.Decide", $"{Engine}.Execute", $"{Engine}.Cycle"];
        Uses("AutoTrader.Core")
            .Where(use => Array.IndexOf(steps, use.From) is var from and >= 0 && Array.IndexOf(steps, use.To) > from)
            .Select(use => use.How)
            .Distinct(StringComparer.Ordinal)
            .ShouldBeEmpty();
    }

    [Theory]
    [InlineData("Azure.")]
    [InlineData("Microsoft.AspNetCore")]
    [InlineData("Microsoft.Azure")]
    [InlineData("Microsoft.Extensions")]
    [InlineData("System.Net.Http")]
    public void The_core_knows_no_cloud_no_web_and_no_host(string prefix) =>
        References("AutoTrader.Core").Where(name => name.StartsWith(prefix, StringComparison.Ordinal)).ShouldBeEmpty();

    [Fact]
    public void The_local_host_declares_no_type_of_the_real_packages() =>
        Assemblies["AutoTrader.LocalHost"]
            .GetTypes()
            .Where(type =>
                type.Namespace?.StartsWith("Microsoft", StringComparison.Ordinal) == true
                && !type.Name.Contains('<', StringComparison.Ordinal)
            )
            .Select(type => type.FullName)
            .ShouldBeEmpty();

    // Only what composes the app may know what it is for.
    [Fact]
    public void The_local_host_knows_nothing_of_trading_but_where_it_composes_the_app() =>
        Directory
            .EnumerateFiles(Path.Combine(Repository.Top, "src", "AutoTrader.LocalHost"), "*.cs", SearchOption.AllDirectories)
            .Where(path =>
                Path.GetRelativePath(Repository.Top, path).Split(Path.DirectorySeparatorChar) is var parts
                && !parts.Contains("obj", StringComparer.Ordinal)
                && !parts.Contains("Replay", StringComparer.Ordinal)
                && parts[^1] != "Program.cs"
            )
            .Where(path =>
                File.ReadAllText(path) is var text
                && (
                    text.Contains("using AutoTrader.Core", StringComparison.Ordinal)
                    || text.Contains("using AutoTrader.Functions", StringComparison.Ordinal)
                    || text.Contains("using AutoTrader.Storage", StringComparison.Ordinal)
                )
            )
            .Select(Path.GetFileName)
            .ShouldBeEmpty();

    [Fact]
    public void No_two_messages_of_the_log_have_one_event_id()
    {
        const BindingFlags All =
            BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
        var messages = Assemblies
            .Values.SelectMany(assembly => assembly.GetTypes())
            .SelectMany(type => type.GetMethods(All))
            .Select(method => (Name: $"{method.DeclaringType}.{method.Name}", Message: method.GetCustomAttribute<LoggerMessageAttribute>()))
            .Where(it => it.Message is not null)
            .ToList();
        messages.Count.ShouldBeGreaterThan(30);
        messages
            .GroupBy(it => it.Message!.EventId)
            .Where(group => group.Count() > 1)
            .Select(group => $"{group.Key}: {string.Join(", ", group.Select(it => it.Name))}")
            .ShouldBeEmpty();
    }

    // No analyzer of the build measures lines.
    [Fact]
    public void No_line_is_longer_than_140_columns() =>
        new[] { "src", "tests", "tools" }
            .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Repository.Top, folder), "*.cs", SearchOption.AllDirectories))
            .Where(path => !path.Split(Path.DirectorySeparatorChar).Contains("obj", StringComparer.Ordinal))
            .SelectMany(path => File.ReadLines(path).Select((line, index) => (Path: path, Number: index + 1, line.Length)))
            .Where(line => line.Length > 140)
            .Select(line => $"{Path.GetRelativePath(Repository.Top, line.Path)}:{line.Number}")
            .ShouldBeEmpty();

    // Calls cannot be told from the compiled references; the sources show them.
    [Fact]
    public void Only_the_engine_sends_and_cancels_orders() =>
        Directory
            .EnumerateFiles(Path.Combine(Repository.Top, "src"), "*.cs", SearchOption.AllDirectories)
            .Where(path => OrderCall().IsMatch(File.ReadAllText(path)))
            .Select(Path.GetFileName)
            .ShouldBe(["OrderDispatch.cs"]);

    [GeneratedRegex(
        @"\b[Bb]roker\.(Submit|Replace|Cancel)Async\(",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking
    )]
    private static partial Regex OrderCall();

    // A directive, or a name that is written out from where it is.
    [GeneratedRegex(
        @"(using AutoTrader\.Core\.|\bCore\.|(^|[^\w.""|]))(?<folder>Market|Orders|Portfolio|Strategies|Risk|"
            + @"Schedules|Ports|Notifications|Engine|Application)(;|\.[A-Z])",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking
    )]
    private static partial Regex FolderUse();

    private static IEnumerable<(string From, string To, string How)> Uses(string project) =>
        from type in new ArchLoader().LoadAssemblies(Assemblies[project]).Build().Types
        from use in type.Dependencies
        let source = use.Origin.Namespace?.FullName ?? ""
        let target = use.Target.Namespace?.FullName ?? ""
        where source != target && IsOf(source) && IsOf(target)
        select (source, target, $"{use.Origin.FullName} uses {use.Target.FullName}");

    private static bool IsOf(string name) => name.StartsWith("AutoTrader.", StringComparison.Ordinal);

    private static IEnumerable<string> References(string project) =>
        Assemblies[project].GetReferencedAssemblies().Select(name => name.Name!);
}
