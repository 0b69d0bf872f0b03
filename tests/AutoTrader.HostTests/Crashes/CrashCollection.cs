using AutoTrader.HostTests.Hosting;

namespace AutoTrader.HostTests.Crashes;

/// <summary>An app that is killed, again and again; its timers run often enough that tests need not wait for minutes.</summary>
public sealed class CrashApp(PublishedApp published) : LiveApp(published)
{
    // What a host says of a call that its worker, or its storage, was killed under.
    private static readonly string[] Provoked =
    [
        "FunctionInvocationException",
        "WorkerProcessExitException",
        "DurableTaskStorageException",
    ];

    /// <summary>Whether a line is one of those that killing provokes.</summary>
    internal static bool IsProvoked(LogLine line) => Array.Exists(Provoked, line.ToString().Contains);

    protected override IEnumerable<KeyValuePair<string, string>> Settings =>
        [new("CycleSchedule", "*/5 * * * * *"), new("MaintenanceSchedule", "*/4 * * * * *")];
}

/// <summary>The tests that kill it.</summary>
[CollectionDefinition(Name)]
public sealed class CrashCollection : ICollectionFixture<CrashApp>
{
    public const string Name = "A host that is killed";
}
