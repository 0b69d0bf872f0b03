using System.Globalization;
using AutoTrader.Backtesting;
using AutoTrader.Cli.Calls;

namespace AutoTrader.Cli.Rendering;

/// <summary>How far a backtest has come, on one line that is written anew; shown to people only, and when it takes over a second.</summary>
internal sealed class ProgressLine(Session session) : IProgress<BacktestProgress>
{
    private static readonly TimeSpan Unnoticed = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private readonly long _started = TimeProvider.System.GetTimestamp();
    private TimeSpan _shown = Unnoticed - Pause;

    public void Report(BacktestProgress value)
    {
        var elapsed = TimeProvider.System.GetElapsedTime(_started);
        if (session.Json || !session.Terminal.OutIsTerminal || (elapsed - _shown < Pause && value.Sessions < value.AllSessions))
        {
            return;
        }

        if (_shown < Unnoticed && value.Sessions == value.AllSessions)
        {
            return;
        }

        _shown = elapsed;
        var end = value.Sessions == value.AllSessions ? "\n" : "";
        var left = elapsed * (value.AllSessions - value.Sessions) / value.Sessions;
        session.Terminal.Error.Write(
            string.Create(
                CultureInfo.InvariantCulture,
                $"\r{value.Day:yyyy-MM-dd} {100 * value.Sessions / value.AllSessions, 3} %  "
                    + $"{value.Bars / elapsed.TotalSeconds:#,##0} bars/s  {Cells.Length(left)} left    {end}"
            )
        );
    }
}
