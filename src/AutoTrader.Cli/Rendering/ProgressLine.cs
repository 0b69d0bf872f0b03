using System.Globalization;
using AutoTrader.Backtesting;
using AutoTrader.Cli.Client;

namespace AutoTrader.Cli.Rendering;

/// <summary>A backtest's progress, a line for each of its runs.</summary>
/// <param name="to">Where.</param>
/// <param name="clock">The wall clock.</param>
internal sealed class ProgressLine(TextWriter to, TimeProvider clock) : StatusLine(to, clock), IProgress<BacktestProgress>
{
    // Where the run was when it began to count: reading files is not playing them.
    private BacktestProgress? _first;

    /// <summary>For interactive use; null where stderr is not a terminal.</summary>
    public static ProgressLine? For(Session session) => For(session, (to, clock) => new ProgressLine(to, clock));

    public void Report(BacktestProgress value)
    {
        if (_first is not { } first || first.TargetFirst != value.TargetFirst)
        {
            _first = value;
            Restart();
            return;
        }

        Show(elapsed =>
        {
            var left = elapsed * (value.AllSessions - value.Sessions) / (value.Sessions - first.Sessions);
            return string.Create(
                CultureInfo.InvariantCulture,
                $"{value.Day:yyyy-MM-dd} {100 * value.Sessions / value.AllSessions,3} %  "
                    + $"{(value.Bars - first.Bars) / elapsed.TotalSeconds:#,##0} bars/s  {Cells.Length(left)} left"
                    + $"{(value.TargetFirst ? ", with the target first" : "")}"
            );
        });
    }
}
