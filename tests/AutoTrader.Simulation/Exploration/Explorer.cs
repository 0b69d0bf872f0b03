namespace AutoTrader.Simulation.Exploration;

/// <summary>What came of one run.</summary>
/// <param name="Violations">What did not hold.</param>
/// <param name="Fills">The fills in words.</param>
/// <param name="Calls">Calls that left the process in the story.</param>
/// <param name="Trace">Those calls, of a run that was traced.</param>
/// <param name="Log">What happened, line by line.</param>
internal sealed record Outcome(
    IReadOnlyList<string> Violations,
    IReadOnlyList<string> Fills,
    int Calls,
    IReadOnlyList<TracedCall> Trace,
    IReadOnlyList<string> Log
);

/// <summary>Runs scenarios with faults.</summary>
internal static class Explorer
{
    private static readonly int[] CallsOfRecovery = [1, 3, 5, 8, 12, 16];

    /// <summary>Runs a scenario with faults until it came to rest, and out again.</summary>
    public static async Task<Outcome> RunAsync(
        Scenario scenario,
        IReadOnlyList<Fault> faults,
        bool traces = false,
        BrokenVariant? broken = null
    )
    {
        using var world = new World(scenario, faults, traces, broken);
        try
        {
            await scenario.PlayAsync(world);
            // The faults end with the story; what comes after shows what they left.
            var calls = world.Calls;
            IReadOnlyList<TracedCall> trace = [.. world.Trace];
            await world.ComeToRestAsync();
            var fills = world.FillLines();
            if (faults.Count == 0 && broken is null)
            {
                scenario.Ends?.Invoke(world);
            }

            await world.ComeOutAsync();
            return new(world.Invariants.Violations, fills, calls, trace, world.Log);
        }
        catch (Exception failure)
        {
            return new([.. world.Invariants.Violations, "it threw " + failure], [], world.Calls, [], world.Log);
        }
    }

    /// <summary>Every single fault that the calls of a run without faults can meet.</summary>
    public static IEnumerable<IReadOnlyList<Fault>> SingleFaults(Outcome clean) =>
        clean.Trace.SelectMany(
            (traced, index) => FaultKinds.Of(traced.Call, traced.CanBeStale).Select(kind => new[] { new Fault(index + 1, kind) })
        );

    /// <summary>A crash after every write, and a second one early in the recovery of the process that is started then.</summary>
    public static IEnumerable<IReadOnlyList<Fault>> CrashesInRecovery(Outcome clean) =>
        from index in Enumerable.Range(0, clean.Trace.Count)
        where clean.Trace[index].Call.IsWrite
        from call in CallsOfRecovery
        select new[] { new Fault(index + 1, FaultKind.CrashAfter), new Fault(index + 1 + call, FaultKind.CrashAfter) };

    /// <summary>Why a run with faults is wrong; null when it is not.</summary>
    public static string? Problem(Scenario scenario, IReadOnlyList<Fault> faults, Outcome outcome, Outcome clean)
    {
        if (outcome.Violations.Count > 0)
        {
            return string.Join("; ", outcome.Violations.Take(3));
        }

        return
            scenario.Exchange is null
            && faults.All(fault => FaultKinds.EndsBeforeNextBar(fault.Kind, clean.Trace[Math.Min(fault.Call, clean.Trace.Count) - 1].Call))
            && !outcome.Fills.SequenceEqual(clean.Fills, StringComparer.Ordinal)
            ? "invariant 10: other fills than without faults: "
                + string.Join(
                    ", ",
                    outcome
                        .Fills.Except(clean.Fills)
                        .Take(3)
                        .Concat(clean.Fills.Except(outcome.Fills).Take(3).Select(line => "not " + line))
                )
            : null;
    }

    /// <summary>Runs many fault lists over all cores; the result is in the order of the lists.</summary>
    public static async Task<IReadOnlyList<(IReadOnlyList<Fault> Faults, string Problem)>> RunAllAsync(
        Scenario scenario,
        Outcome clean,
        IEnumerable<IReadOnlyList<Fault>> runs,
        BrokenVariant? broken = null,
        int most = int.MaxValue
    )
    {
        var wrong = new System.Collections.Concurrent.ConcurrentDictionary<int, (IReadOnlyList<Fault>, string)>();
        await Parallel.ForEachAsync(
            runs.Select((faults, index) => (Faults: faults, Index: index)),
            new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = CancellationToken.None },
            async (run, _) =>
            {
                if (
                    wrong.Count < most
                    && Problem(scenario, run.Faults, await RunAsync(scenario, run.Faults, broken: broken), clean) is { } problem
                )
                {
                    wrong[run.Index] = (run.Faults, problem);
                }
            }
        );
        return [.. wrong.OrderBy(pair => pair.Key).Select(pair => pair.Value)];
    }

    /// <summary>Explores a broken variant, first without faults, until a run says <paramref name="problem"/>.</summary>
    public static async Task<(int Runs, string? Caught)> CatchAsync(Scenario scenario, Outcome clean, BrokenVariant broken, string problem)
    {
        var runs = 0;
        foreach (var faults in SingleFaults(clean).Prepend([]))
        {
            runs++;
            var outcome = await RunAsync(scenario, faults, broken: broken);
            if (outcome.Violations.FirstOrDefault(violation => violation.Contains(problem, StringComparison.Ordinal)) is { } violation)
            {
                return (runs, $"{string.Join(',', faults)} {violation}");
            }
        }

        return (runs, null);
    }

    /// <summary>The shortest list that still goes wrong: faults are left out one by one.</summary>
    public static async Task<IReadOnlyList<Fault>> ShrinkAsync(Scenario scenario, IReadOnlyList<Fault> faults, Outcome clean)
    {
        for (var i = 0; i < faults.Count;)
        {
            IReadOnlyList<Fault> fewer = [.. faults.Take(i), .. faults.Skip(i + 1)];
            if (Problem(scenario, fewer, await RunAsync(scenario, fewer), clean) is not null)
            {
                faults = fewer;
                i = 0;
            }
            else
            {
                i++;
            }
        }

        return faults;
    }

    /// <summary>How to run a fault list again.</summary>
    public static string Command(Scenario scenario, IReadOnlyList<Fault> faults) =>
        $"AUTOTRADER_EXPLORE='{scenario.Name} {string.Join(',', faults)}' dotnet test --project tests/AutoTrader.Simulation -- "
        + "--filter-class '*RandomFaultTests'";
}
