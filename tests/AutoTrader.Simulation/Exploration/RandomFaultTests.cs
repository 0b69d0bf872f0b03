using AutoTrader.Testing;

namespace AutoTrader.Simulation.Exploration;

/// <summary>
/// Several faults in one run, from seeds: a fixed number, or as many as wanted with <c>AUTOTRADER_EXPLORE_RUNS</c> and
/// <c>AUTOTRADER_EXPLORE_SEED</c>. <c>AUTOTRADER_EXPLORE='scenario 12:CrashAfter,40:Transient'</c> runs one list again and tells what
/// happened.
/// </summary>
public class RandomFaultTests(ITestOutputHelper output)
{
    private static readonly int RunsHere = LongForm.Of(1_000, 100_000);
    private const int MostFaults = 5;

    private static readonly FaultKind[] Kinds = Enum.GetValues<FaultKind>();

    [Fact]
    public async Task Whatever_faults_come_together_the_invariants_hold()
    {
        if (Environment.GetEnvironmentVariable("AUTOTRADER_EXPLORE") is { Length: > 0 } again)
        {
            await RunAgainAsync(again.Split(' '));
            return;
        }

        var (runs, first) = (LongForm.Setting("AUTOTRADER_EXPLORE_RUNS", RunsHere), LongForm.Setting("AUTOTRADER_EXPLORE_SEED", 1));
        var wrong = new List<string>();
        for (var i = 0; i < Scenarios.All.Count; i++)
        {
            var scenario = Scenarios.All[i];
            var clean = await Explorer.RunAsync(scenario, [], traces: true);
            var share = Enumerable.Range(0, runs).Where(run => run % Scenarios.All.Count == i).Select(run => Random(first + run, clean));
            foreach (var (faults, _) in await Explorer.RunAllAsync(scenario, clean, share, most: 3))
            {
                var shortest = await Explorer.ShrinkAsync(scenario, faults, clean);
                var problem = Explorer.Problem(scenario, shortest, await Explorer.RunAsync(scenario, shortest), clean);
                wrong.Add($"{problem}\n  {Explorer.Command(scenario, shortest)}");
            }
        }

        output.WriteLine($"{runs} runs from seed {first}, up to {MostFaults} faults each");
        wrong.ShouldBeEmpty();
    }

    private static IReadOnlyList<Fault> Random(int seed, Outcome clean)
    {
        var random = new Random(seed);
        return
        [
            .. Enumerable
                .Range(0, random.Next(2, MostFaults + 1))
                .Select(_ => (Call: random.Next(1, clean.Trace.Count + 1), Kind: Kinds[random.Next(Kinds.Length)]))
                .Select(fault =>
                    clean.Trace[fault.Call - 1] is var traced && FaultKinds.Of(traced.Call, traced.CanBeStale).Contains(fault.Kind)
                        ? new Fault(fault.Call, fault.Kind)
                        : new(fault.Call, FaultKind.CrashAfter)
                )
                .DistinctBy(fault => fault.Call),
        ];
    }

    private async Task RunAgainAsync(string[] words)
    {
        var (scenario, faults) = (Scenarios.Named(words[0]), Fault.ParseList(words[1]));
        var clean = await Explorer.RunAsync(scenario, [], traces: true);
        var outcome = await Explorer.RunAsync(scenario, faults);
        foreach (var line in outcome.Log.Concat(outcome.Violations))
        {
            output.WriteLine(line);
        }

        Explorer.Problem(scenario, faults, outcome, clean).ShouldBeNull();
    }
}
