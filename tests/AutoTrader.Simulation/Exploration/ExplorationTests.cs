using AutoTrader.Testing;

namespace AutoTrader.Simulation.Exploration;

/// <summary>Every single fault at every call of every scenario (docs/trading-rules.md, "Invariants"): with every push the crashes before
/// and after each write, and a sixth of the other faults and of the crashes in recoveries; all of it in the long form
/// (<see cref="LongForm"/>).</summary>
public class ExplorationTests(ITestOutputHelper output)
{
    private const int Share = 6;

    public static TheoryData<string> Names => [.. Scenarios.All.Select(scenario => scenario.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Whatever_single_fault_it_meets_the_invariants_hold(string name)
    {
        var scenario = Scenarios.Named(name);
        var clean = await Explorer.RunAsync(scenario, [], traces: true);
        clean.Violations.ShouldBeEmpty("without any fault");

        List<IReadOnlyList<Fault>> single = [.. Explorer.SingleFaults(clean).Where(faults => IsLookedAt(faults[0], clean))];
        List<IReadOnlyList<Fault>> recovery =
        [
            .. Explorer.CrashesInRecovery(clean).Where((_, index) => LongForm.IsOn || index % Share == 0),
        ];
        var wrong = await Explorer.RunAllAsync(scenario, clean, [.. single, .. recovery]);

        output.WriteLine(
            $"{name}: {clean.Calls} calls, {single.Count} fault points, {recovery.Count} crashes in the recovery, {clean.Fills.Count} "
                + "fills"
        );
        Report(scenario, wrong);
    }

    // By call and kind: which ones does not depend on the other scenarios. Reads leave nothing outside: a process that dies before one
    // leaves what the write before it left.
    private static bool IsLookedAt(Fault fault, Outcome clean) =>
        LongForm.IsOn
        || (fault.Kind is FaultKind.CrashBefore or FaultKind.CrashAfter && clean.Trace[fault.Call - 1].Call.IsWrite)
        || (fault.Call + (int)fault.Kind) % Share == 0;

    private static void Report(Scenario scenario, IReadOnlyList<(IReadOnlyList<Fault> Faults, string Problem)> wrong) =>
        wrong
            .Take(20)
            .Select(run => $"{run.Problem}\n  {Explorer.Command(scenario, run.Faults)}")
            .ShouldBeEmpty($"{wrong.Count} runs went wrong");
}
