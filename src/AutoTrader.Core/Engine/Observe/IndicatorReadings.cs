using AutoTrader.Core.Market;
using AutoTrader.Core.Market.Indicators;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Core.Engine.Observe;

/// <summary>Reads the entry conditions on indicators of strategies that wait for them. Only complete bars count: a bar that is still being
/// formed is not looked at.</summary>
internal sealed class IndicatorReadings(CycleContext context, CycleFrame frame, BarHistory history)
{
    /// <summary>Reads them while a session is open; by strategy.</summary>
    public async Task<IReadOnlyDictionary<string, ConditionReading>> ReadAsync()
    {
        var readings = new Dictionary<string, ConditionReading>(StringComparer.Ordinal);
        if (frame.Session is not { } session)
        {
            return readings;
        }

        foreach (var book in context.Set.Strategies)
        {
            if (Waiting(book.Strategy) is { } condition)
            {
                readings[book.Id] = await ReadAsync(book.Symbol, condition, session);
            }
        }

        return readings;
    }

    private IndicatorCondition? Waiting(Strategy strategy) =>
        strategy.EntryType == EntryType.Condition
        && (strategy is { Phase: StrategyPhase.Pending, MayEnter: true } || Lifecycle.RepeatsAt(strategy, context.Now))
            ? IndicatorCondition.TryParse(strategy.EntryCondition)
            : null;

    private async Task<ConditionReading> ReadAsync(string symbol, IndicatorCondition condition, Session session)
    {
        var boundary = session.Open + (condition.BarLength * Math.Floor((context.Now - session.Open) / condition.BarLength));
        // Until the next bar is complete nothing changes, but for bars that come late.
        if (
            history.ReadingOf(symbol, condition) is { } known
            && known.Boundary == boundary
            && known.ReadAt <= context.Now
            && known.ReadAt - boundary >= BarHistory.Overlap
        )
        {
            return known.Reading;
        }

        var interval = frame.Feeds.GetValueOrDefault(symbol)?.Interval ?? default;
        if (await history.ReadAsync(context, symbol, FirstOpen(condition.SessionsBack(interval))) is not { } bars)
        {
            return new(false, $"{IndicatorCondition.Waits}{condition}: the market data do not answer");
        }

        var complete = bars.Count;
        while (complete > 0 && bars[complete - 1].End > boundary)
        {
            complete--;
        }

        var reading = condition.Read(Timeframe.Of([.. bars.Take(complete)], condition.BarLength));
        history.Keep(symbol, condition, new(boundary, context.Now, reading));
        return reading;
    }

    private DateTimeOffset FirstOpen(int sessions)
    {
        var first = frame.Hours.Calendar.SessionOn(context.Day)!;
        for (var i = 0; i < sessions; i++)
        {
            first = frame.Hours.Calendar.PreviousSession(first.Open);
        }

        return first.Open;
    }
}
