using System.Globalization;
using AutoTrader.Backtesting.History;
using AutoTrader.Cli.Client;

namespace AutoTrader.Cli.Rendering;

/// <summary>How far fetching prices has come, on one line that is written anew; shown when it takes over a second.</summary>
/// <param name="to">Where.</param>
/// <param name="clock">The wall clock.</param>
internal sealed class FetchLine(TextWriter to, TimeProvider clock) : IProgress<FetchProgress>
{
    private static readonly TimeSpan Unnoticed = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private string? _symbol;
    private long _started = clock.GetTimestamp();
    private TimeSpan _shown = Unnoticed - Pause;
    private bool _isOpen;

    /// <summary>For people who see what is written beside the answer; null where nobody does.</summary>
    public static FetchLine? For(Session session) =>
        session.Json || !session.Terminal.ErrorIsTerminal ? null : new(session.Terminal.Error, TimeProvider.System);

    public void Report(FetchProgress value)
    {
        if (_symbol is { } before && before != value.Symbol)
        {
            End();
            (_started, _shown) = (clock.GetTimestamp(), Unnoticed - Pause);
        }

        _symbol = value.Symbol;
        var elapsed = clock.GetElapsedTime(_started);
        if (elapsed - _shown < Pause)
        {
            return;
        }

        (_shown, _isOpen) = (elapsed, true);
        var left = elapsed * (value.AllMonths - value.Months) / value.Months;
        to.Write(
            string.Create(
                CultureInfo.InvariantCulture,
                $"\r{value.Symbol} {value.Month:yyyy-MM} {100 * value.Months / value.AllMonths, 3} %  "
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
