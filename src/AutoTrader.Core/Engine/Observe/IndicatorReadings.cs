using AutoTrader.Core.Market;
using AutoTrader.Core.Market.Indicators;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Core.Engine.Observe;

/// <summary>Reads the entry conditions on indicators of strategies that wait for them. Only complete bars count: a bar that is still being
/// formed is not looked at.</summary>
internal sealed class IndicatorReadings(CycleContext context, CycleFrame frame, BarHistory history)
{
    // Wall clock. The first look back may take more: it goes on in the next cycle, and protection does not wait for it.
    private static readonly TimeSpan AtMost = TimeSpan.FromSeconds(10);

    /// <summary>Reads them while a session is open; by strategy.</summary>
    public async Task<IReadOnlyDictionary<string, ConditionReading>> ReadAsync()
    {
        var readings = new Dictionary<string, ConditionReading>(StringComparer.Ordinal);
        if (
            frame.Session is not { } session
            || (history.IsEmpty && !context.Set.Strategies.Any(book => ConditionOf(book.Strategy) is not null))
        )
        {
            return readings;
        }

        using var budget = CancellationTokenSource.CreateLinkedTokenSource(context.Cancellation);
        budget.CancelAfter(AtMost);
        var looked = new HashSet<string>(StringComparer.Ordinal);
        foreach (var book in context.Set.Strategies)
        {
            if (ConditionOf(book.Strategy) is not { } condition)
            {
                continue;
            }

            looked.Add(book.Symbol);
            if (!IsAsked(book.Strategy))
            {
                continue;
            }

            if (await ReadAsync(book.Symbol, condition, session, budget.Token) is { } reading)
            {
                readings[book.Id] = reading;
            }
            else if (book.Strategy.Phase == StrategyPhase.Pending)
            {
                // A working entry stays: that nothing is known is no reason to take it back.
                readings[book.Id] = new(
                    false,
                    $"{IndicatorCondition.Waits}{condition}: the market data do not answer, or not all of it yet"
                );
            }
        }

        history.KeepOnly(looked);
        return readings;
    }

    private static IndicatorCondition? ConditionOf(Strategy strategy) =>
        strategy.EntryType == EntryType.Condition ? IndicatorCondition.TryParse(strategy.EntryCondition) : null;

    // By one that waits to buy, and one whose entry works.
    private bool IsAsked(Strategy strategy) =>
        strategy is { Phase: StrategyPhase.Pending, MayEnter: true } or { Phase: StrategyPhase.EntryActive }
        || Lifecycle.RepeatsAt(strategy, context.Now);

    private async Task<ConditionReading?> ReadAsync(string symbol, IndicatorCondition condition, Session session, CancellationToken budget)
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
        if (await history.ReadAsync(context, symbol, FirstOpen(condition.SessionsBack(interval)), budget) is not { } bars)
        {
            return null;
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
