using System.Globalization;
using AutoTrader.Backtesting;
using AutoTrader.Cli.Client;

namespace AutoTrader.Cli.Rendering;

/// <summary>A backtest's progress on one line, rewritten in place; shown when it takes over a second.</summary>
/// <param name="to">Where.</param>
/// <param name="clock">The wall clock.</param>
internal sealed class ProgressLine(TextWriter to, TimeProvider clock) : IProgress<BacktestProgress>
{
    private static readonly TimeSpan Unnoticed = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    // Where the run was when it began to count: reading files is not playing them.
    private BacktestProgress? _first;
    private long _started;
    private TimeSpan _shown;
    private bool _isOpen;

    /// <summary>For interactive use; null where stderr is not a terminal.</summary>
    public static ProgressLine? For(Session session) =>
        session.Json || !session.Terminal.ErrorIsTerminal ? null : new(session.Terminal.Error, TimeProvider.System);

    public void Report(BacktestProgress value)
    {
        if (_first is not { } first || first.TargetFirst != value.TargetFirst)
        {
            End();
            (_first, _started, _shown) = (value, clock.GetTimestamp(), Unnoticed - Pause);
            return;
        }

        var elapsed = clock.GetElapsedTime(_started);
        if (elapsed - _shown < Pause)
        {
            return;
        }

        (_shown, _isOpen) = (elapsed, true);
        var left = elapsed * (value.AllSessions - value.Sessions) / (value.Sessions - first.Sessions);
        to.Write(
            string.Create(
                CultureInfo.InvariantCulture,
                $"\r{value.Day:yyyy-MM-dd} {100 * value.Sessions / value.AllSessions,3} %  "
                    + $"{(value.Bars - first.Bars) / elapsed.TotalSeconds:#,##0} bars/s  {Cells.Length(left)} left"
                    + $"{(value.TargetFirst ? ", with the target first" : "")}    "
            )
        );
    }

    /// <summary>Ends the line, where there is one.</summary>
    public void End()
    {
        if (_isOpen)
        {
            to.WriteLine();
            _isOpen = false;
        }
    }
}
