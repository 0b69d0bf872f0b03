using System.Globalization;
using AutoTrader.Backtesting.Optimization;
using AutoTrader.Cli.Client;

namespace AutoTrader.Cli.Rendering;

/// <summary>An optimization's progress on one line, rewritten in place; shown when it takes over a second.</summary>
/// <param name="to">Where.</param>
/// <param name="clock">The wall clock.</param>
internal sealed class TrialLine(TextWriter to, TimeProvider clock) : IProgress<OptimizationProgress>
{
    private static readonly TimeSpan Unnoticed = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private readonly long _started = clock.GetTimestamp();
    private TimeSpan _shown = Unnoticed - Pause;
    private bool _isOpen;

    /// <summary>For interactive use; null where stderr is not a terminal.</summary>
    public static TrialLine? For(Session session) =>
        session.Json || !session.Terminal.ErrorIsTerminal ? null : new(session.Terminal.Error, TimeProvider.System);

    public void Report(OptimizationProgress value)
    {
        var elapsed = clock.GetElapsedTime(_started);
        if (elapsed - _shown < Pause)
        {
            return;
        }

        (_shown, _isOpen) = (elapsed, true);
        var left = elapsed * (value.All - value.Done) / (value.Done - value.Resumed);
        to.Write(
            string.Create(
                CultureInfo.InvariantCulture,
                $"\r{value.Done} of {value.All} backtests {100 * value.Done / value.All,3} %  "
                    + $"{value.Bars / elapsed.TotalSeconds:#,##0} bars/s  {Cells.Length(left)} left    "
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
