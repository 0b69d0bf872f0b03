using System.Reflection;

namespace AutoTrader.Cli.Tests;

/// <summary>References point one way (docs/architecture.md, "Layout").</summary>
public sealed class ArchitectureTests
{
    [Fact]
    public void The_command_line_knows_the_app_by_its_contracts_and_its_local_host_and_runs_backtests_itself() =>
        Ours(typeof(TraderCli).Assembly)
            .ShouldBe([
                "AutoTrader.Backtesting",
                "AutoTrader.Brokers",
                "AutoTrader.Contracts",
                "AutoTrader.Core",
                "AutoTrader.LocalHost",
            ]);

    private static IEnumerable<string> Ours(Assembly assembly) =>
        assembly
            .GetReferencedAssemblies()
            .Select(name => name.Name!)
            .Where(name => name.StartsWith("AutoTrader", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal);
}
