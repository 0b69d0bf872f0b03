using AutoTrader.Core.Market;
using AutoTrader.Core.Market.Indicators;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Core.Engine.Observe;

/// <summary>Reads the entry conditions on indicators of strategies that wait for them. Only complete bars count: a bar that is still being
/// formed is not looked at.</summary>
internal sealed class IndicatorReadings(CycleContext context, CycleFrame frame, BarHistory history)
{
    // Wall clock. The first look back may take more: it goes on in the next cycle. Whatever sells or protects is sent before.
    private static readonly TimeSpan AtMost = TimeSpan.FromSeconds(10);

    /// <summary>Reads them while a session is open; by strategy. One that fails is reported and stops no other.</summary>
    /// <param name="isBarred">Whether a strategy may not buy now, so that it need not be read.</param>
    public async Task<IReadOnlyDictionary<string, ConditionReading>> ReadAsync(Func<StrategyBook, bool> isBarred)
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
        var waiting = context
            .Set.Strategies.Select(book => (Book: book, Condition: ConditionOf(book.Strategy)))
            .Where(it => it.Condition is not null)
            .ToList();
        foreach (
            var (book, condition) in waiting
                .Where(it => IsAsked(it.Book.Strategy) && !(it.Book.Strategy.Phase == StrategyPhase.Pending && isBarred(it.Book)))
                // Those that were left out when the time was over are first.
                .OrderBy(it => history.ReadTo(it.Book.Symbol, it.Condition!.BarLength))
        )
        {
            if (await TryReadAsync(book, condition!, session, budget.Token) is { } reading)
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

        history.KeepOnly(waiting.Select(it => it.Book.Symbol).ToHashSet(StringComparer.Ordinal));
        return readings;
    }

    private async Task<ConditionReading?> TryReadAsync(
        StrategyBook book,
        IndicatorCondition condition,
        Session session,
        CancellationToken budget
    )
    {
        try
        {
            return await ReadAsync(book.Symbol, condition, session, budget);
        }
        catch (Exception failure) when (context.IsOutage(failure))
        {
            context.Ports.Events.Faulted($"The entry condition of {book.Id}", failure);
            context.Journal.Raise(
                "STRATEGY_ERROR",
                TradingKey.Strategy(book.Id),
                $"The entry condition of {book.Id} could not be read: {failure.Message}"
            );
            return null;
        }
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
        var from = FirstOpen(condition.SessionsBack(interval));
        if (await history.ReadAsync(context, symbol, condition.BarLength, from, budget) is not { } bars)
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
        for (var i = 0; i < sessions && first.Day > TradingCalendar.FirstSession; i++)
        {
            first = frame.Hours.Calendar.PreviousSession(first.Open);
        }

        return first.Open;
    }
}
