using System.Globalization;
using AutoTrader.HostTests.Hosting;

namespace AutoTrader.HostTests;

/// <summary>A test on a real host: skipped where there is none, and with no line of error in the log but those that it provokes.</summary>
public abstract class HostTest : IAsyncLifetime
{
    private readonly LiveApp _app;

    protected HostTest(LiveApp app)
    {
        if (HostCommand.Found is null && HostCommand.IsRequired)
        {
            Assert.Fail(HostCommand.Missing);
        }

        Assert.SkipUnless(HostCommand.Found is not null, HostCommand.Missing);
        _app = app;
    }

    private protected AppClient Client => _app.Client;

    public virtual ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        var errors = _app.NewErrors().Where(line => !IsProvoked(line)).ToList();
        errors.ShouldBeEmpty($"The host's log:\n{string.Join('\n', errors)}");
        return ValueTask.CompletedTask;
    }

    /// <summary>Whether a line of error is what the tests of this class provoke.</summary>
    private protected virtual bool IsProvoked(LogLine line) => false;

    /// <summary>Tells a figure in the output of the test, and in that of the run.</summary>
    private protected static void Print(string figure)
    {
        TestContext.Current.TestOutputHelper?.WriteLine(figure);
        TestContext.Current.SendDiagnosticMessage(figure);
    }

    /// <summary>Tells how late runs were started and ended.</summary>
    private protected static void PrintLateness(string what, IEnumerable<Run> runs)
    {
        var all = runs.ToList();
        var (started, ended) = (all.Select(run => run.Lateness), all.Select(run => (run.EndedAt - run.Planned)?.TotalSeconds ?? 0));
        Print($"{what}: {all.Count} started {Late(started)}, ended {Late(ended)}");
    }

    private static string Late(IEnumerable<double> seconds)
    {
        var late = seconds.Order().ToList();
        return late.Count == 0
            ? "never"
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{At(0.5):0.000} s (median), {At(0.99):0.000} s (99 %), {late[^1]:0.000} s (last) late"
            );

        double At(double share) => late[(int)Math.Ceiling(share * late.Count) - 1];
    }
}
