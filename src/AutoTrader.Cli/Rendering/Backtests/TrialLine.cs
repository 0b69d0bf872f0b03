using System.Globalization;
using AutoTrader.Backtesting.Optimization;
using AutoTrader.Cli.Client;

namespace AutoTrader.Cli.Rendering.Backtests;

/// <summary>An optimization's progress.</summary>
/// <param name="to">Where.</param>
/// <param name="clock">The wall clock.</param>
internal sealed class TrialLine(TextWriter to, TimeProvider clock) : StatusLine(to, clock), IProgress<OptimizationProgress>
{
    /// <summary>For interactive use; null where stderr is not a terminal.</summary>
    public static TrialLine? For(Session session) => For(session, (to, clock) => new TrialLine(to, clock));

    public void Report(OptimizationProgress value) =>
        Show(elapsed =>
        {
            var left = elapsed * (value.All - value.Done) / (value.Done - value.Resumed);
            return string.Create(
                CultureInfo.InvariantCulture,
                $"{value.Done} of {value.All} backtests {100 * value.Done / value.All,3} %  "
                    + $"{value.Bars / elapsed.TotalSeconds:#,##0} bars/s  {Cells.Length(left)} left"
            );
        });
}
