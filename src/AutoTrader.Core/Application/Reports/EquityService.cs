using AutoTrader.Core.Market;
using AutoTrader.Core.Portfolio;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Brokerage;

namespace AutoTrader.Core.Application.Reports;

/// <summary>How close the points of the equity curve are.</summary>
public enum EquityInterval
{
    /// <summary>One a day: the day's last sample.</summary>
    Day,

    /// <summary>Every sample: one in five minutes of a session.</summary>
    Sample,
}

/// <summary>A point of the equity curve.</summary>
/// <param name="Day">The New York date.</param>
/// <param name="Sample">The broker's report.</param>
public sealed record EquityPoint(DateOnly Day, EquitySample Sample);

/// <summary>The account's equity over time, as the broker reported it while the engine ran.</summary>
public sealed class EquityService(IHistory history, IBroker broker, TimeProvider clock)
{
    /// <summary>The curve, oldest first.</summary>
    /// <param name="days">The last so many New York days, including today.</param>
    /// <param name="interval">How close its points are.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    public async Task<IReadOnlyList<EquityPoint>> CurveAsync(int days, EquityInterval interval, CancellationToken cancellationToken)
    {
        var today = TradingCalendar.Nyse.TradingDay(clock.GetUtcNow());
        var found = await history.EquityAsync(broker.AccountKey, today.AddDays(1 - days), today, cancellationToken);
        return
        [
            .. found.SelectMany(day =>
                (interval == EquityInterval.Day ? day.Samples.TakeLast(1) : day.Samples).Select(sample => new EquityPoint(day.Day, sample))
            ),
        ];
    }
}
