using AutoTrader.Core.Market;
using AutoTrader.Core.Portfolio;

namespace AutoTrader.Backtesting.Verification;

/// <summary>
/// Spans of sessions in which no cycle of a server came to its end. Cycles that find nothing to do leave no line in the log, but the
/// account is sampled every five minutes of a session in which they run: two samples that are missing in a row show that none did.
/// </summary>
internal sealed class Outages
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Least = EquityDay.Every * 2;

    private readonly List<(DateTimeOffset From, DateTimeOffset To)> _spans = [];

    /// <summary>The spans between the first sample and now.</summary>
    /// <param name="samples">When the account was sampled (UTC).</param>
    /// <param name="acts">When cycles did something (UTC).</param>
    /// <param name="now">The server's time (UTC).</param>
    public Outages(IReadOnlyList<DateTimeOffset> samples, IEnumerable<DateTimeOffset> acts, DateTimeOffset now)
    {
        if (samples.Count > 0)
        {
            List<DateTimeOffset> traces = [.. samples.Concat(acts.Where(at => at >= samples.Min())).Append(now).Order()];
            _spans = [.. traces.Zip(traces.Skip(1)).Where(it => OpenBetween(it.First, it.Second) > Least)];
        }
    }

    /// <summary>The span that the cycle of an instant would have been in; null when it ran, or nothing shows that it did not.</summary>
    public (DateTimeOffset From, DateTimeOffset To)? At(DateTimeOffset at) =>
        _spans
            .Where(it => at >= MinuteOf(it.From) + Minute && at < MinuteOf(it.To))
            .Cast<(DateTimeOffset, DateTimeOffset)?>()
            .FirstOrDefault();

    private static DateTimeOffset MinuteOf(DateTimeOffset at) => at.AddTicks(-(at.UtcTicks % Minute.Ticks));

    private static TimeSpan OpenBetween(DateTimeOffset from, DateTimeOffset to) =>
        to - from <= Least
            ? TimeSpan.Zero
            : TradingCalendar
                .Nyse.Sessions(TradingCalendar.Nyse.TradingDay(from), TradingCalendar.Nyse.TradingDay(to))
                .Select(session => (to < session.Close ? to : session.Close) - (from > session.Open ? from : session.Open))
                .Where(open => open > TimeSpan.Zero)
                .Aggregate(TimeSpan.Zero, (sum, open) => sum + open);
}
