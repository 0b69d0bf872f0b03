using System.Globalization;
using AutoTrader.Backtesting.History;
using AutoTrader.Cli.Client;

namespace AutoTrader.Cli.Rendering.Backtests;

/// <summary>The progress of fetching prices, a line for each symbol.</summary>
/// <param name="to">Where.</param>
/// <param name="clock">The wall clock.</param>
internal sealed class FetchLine(TextWriter to, TimeProvider clock) : StatusLine(to, clock), IProgress<FetchProgress>
{
    private string? _symbol;

    /// <summary>For interactive use; null where stderr is not a terminal.</summary>
    public static FetchLine? For(Session session) => For(session, (to, clock) => new FetchLine(to, clock));

    public void Report(FetchProgress value)
    {
        if (_symbol is { } before && before != value.Symbol)
        {
            Restart();
        }

        _symbol = value.Symbol;
        Show(elapsed =>
        {
            var left = elapsed * (value.AllMonths - value.Months) / value.Months;
            return string.Create(
                CultureInfo.InvariantCulture,
                $"{value.Symbol} {value.Month:yyyy-MM} {100 * value.Months / value.AllMonths,3} %  "
                    + $"{value.Bars / elapsed.TotalSeconds:#,##0} bars/s  {Cells.Length(left)} left"
            );
        });
    }
}
