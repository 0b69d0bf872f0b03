using System.Globalization;
using AutoTrader.Backtesting;
using AutoTrader.Backtesting.Rehearsals;

namespace AutoTrader.Cli.Mcp;

/// <summary>Tells a client that asked for it how many sessions were played, once a second.</summary>
internal sealed class SessionReports(ToolCall call) : IProgress<BacktestProgress>, IProgress<RehearsalProgress>
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private long _last = TimeProvider.System.GetTimestamp();

    /// <summary>Ends when the client has been told.</summary>
    public Task Told { get; private set; } = Task.CompletedTask;

    public void Report(BacktestProgress value)
    {
        if (TimeProvider.System.GetElapsedTime(_last) < Pause && value.Sessions < value.AllSessions)
        {
            return;
        }

        _last = TimeProvider.System.GetTimestamp();
        // The second run goes on counting: progress never falls.
        var done = value.Sessions + (value.TargetFirst ? value.AllSessions : 0);
        var message = string.Create(
            CultureInfo.InvariantCulture,
            $"{value.Sessions} of {value.AllSessions} sessions, {value.Day:yyyy-MM-dd}{(value.TargetFirst ? ", target first" : "")}"
        );
        Told = Task.WhenAll(Told, call.TellAsync(done, message));
    }

    public void Report(RehearsalProgress value) =>
        Report(new BacktestProgress(value.Day, value.Pct == 100 ? 1 : 0, AllSessions: 1, Bars: 0, TargetFirst: false));
}
