using System.Globalization;
using AutoTrader.Backtesting.Rehearsals;
using AutoTrader.Core.Market;
using Session = AutoTrader.Cli.Client.Session;

namespace AutoTrader.Cli.Rendering.Backtests;

/// <summary>The progress of a rehearsal: its virtual time.</summary>
/// <param name="to">Where.</param>
/// <param name="clock">The wall clock.</param>
internal sealed class ClockLine(TextWriter to, TimeProvider clock) : StatusLine(to, clock), IProgress<RehearsalProgress>
{
    /// <summary>For interactive use; null where stderr is not a terminal.</summary>
    public static ClockLine? For(Session session) => For(session, (to, clock) => new ClockLine(to, clock));

    public void Report(RehearsalProgress value) =>
        Show(_ =>
            string.Create(
                CultureInfo.InvariantCulture,
                $"{TimeZoneInfo.ConvertTime(value.At, TradingCalendar.Nyse.NewYork):yyyy-MM-dd HH:mm} {value.Pct,3} %"
            )
        );
}
