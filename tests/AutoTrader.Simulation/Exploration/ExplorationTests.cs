namespace AutoTrader.Simulation.Exploration;

/// <summary>Every single fault at every call of every scenario (docs/trading-rules.md, "Invariants").</summary>
public class ExplorationTests(ITestOutputHelper output)
{
    public static TheoryData<string> Names => [.. Scenarios.All.Select(scenario => scenario.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Whatever_single_fault_it_meets_the_invariants_hold(string name)
    {
        var scenario = Scenarios.Named(name);
        var clean = await Explorer.RunAsync(scenario, [], traces: true);
        clean.Violations.ShouldBeEmpty("without any fault");

        List<IReadOnlyList<Fault>> single = [.. Explorer.SingleFaults(clean)];
        List<IReadOnlyList<Fault>> recovery = [.. Explorer.CrashesInRecovery(clean)];
        var wrong = await Explorer.RunAllAsync(scenario, clean, [.. single, .. recovery]);

        output.WriteLine(
            $"{name}: {clean.Calls} calls, {single.Count} fault points, {recovery.Count} crashes in the recovery, {clean.Fills.Count} "
                + "fills"
        );
        Report(scenario, wrong);
    }

    private static void Report(Scenario scenario, IReadOnlyList<(IReadOnlyList<Fault> Faults, string Problem)> wrong) =>
        wrong
            .Take(20)
            .Select(run => $"{run.Problem}\n  {Explorer.Command(scenario, run.Faults)}")
            .ShouldBeEmpty($"{wrong.Count} runs went wrong");
}
