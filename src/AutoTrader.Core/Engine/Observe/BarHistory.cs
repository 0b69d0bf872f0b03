using System.Collections.Concurrent;
using AutoTrader.Core.Market;
using AutoTrader.Core.Market.Indicators;
using AutoTrader.Core.Ports.Brokerage;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Core.Engine.Observe;

/// <summary>
/// Bars that conditions looked at, kept from one cycle of this process to the next, so that a minute asks the market for what is new.
/// Sessions that are over are kept in bars of the condition's own length, or years of minutes would lie in memory. Everything is read
/// again once a day. Thread-safe.
/// </summary>
internal sealed class BarHistory
{
    // A bar may come late, or be corrected soon after.
    public static readonly TimeSpan Overlap = TimeSpan.FromMinutes(10);

    // What is read is kept, so that a long look back comes to its end though each cycle has only seconds for it.
    private static readonly TimeSpan AtOnce = TimeSpan.FromDays(30);

    private readonly ConcurrentDictionary<(string Symbol, TimeSpan Length), Kept> _kept = new();
    private readonly ConcurrentDictionary<(string Symbol, string Condition), KeptReading> _readings = new();
    private Declared? _splits;

    /// <summary>Up to when bars were read (UTC); the beginning of time where none were.</summary>
    public DateTimeOffset ReadTo(string symbol, TimeSpan length) =>
        _kept.TryGetValue((symbol, length), out var kept) ? kept.To : DateTimeOffset.MinValue;

    /// <summary>Whether nothing is kept.</summary>
    public bool IsEmpty => _kept.IsEmpty && _readings.IsEmpty;

    /// <summary>What a condition came to when it was last read; null when it was not.</summary>
    public KeptReading? ReadingOf(string symbol, IndicatorCondition condition) =>
        _readings.GetValueOrDefault((symbol, condition.ToString()));

    /// <summary>Keeps what a condition came to.</summary>
    public void Keep(string symbol, IndicatorCondition condition, KeptReading reading) =>
        _readings[(symbol, condition.ToString())] = reading;

    /// <summary>Forgets what is not of <paramref name="symbols"/>.</summary>
    public void KeepOnly(IReadOnlySet<string> symbols)
    {
        foreach (var key in _kept.Keys.Where(key => !symbols.Contains(key.Symbol)))
        {
            _kept.TryRemove(key, out _);
        }

        foreach (var key in _readings.Keys.Where(key => !symbols.Contains(key.Symbol)))
        {
            _readings.TryRemove(key, out _);
        }
    }

    /// <summary>The bars of a symbol from an instant until now, in today's shares: those of sessions that are over may be as long as
    /// <paramref name="length"/>. Null when the market does not answer, or not with all of it before <paramref name="budget"/>
    /// ends.</summary>
    public async Task<IReadOnlyList<Bar>?> ReadAsync(
        CycleContext context,
        string symbol,
        TimeSpan length,
        DateTimeOffset from,
        CancellationToken budget
    )
    {
        if (await SplitsAsync(context, TradingCalendar.Nyse.TradingDay(from), budget) is not { } splits)
        {
            return null;
        }

        var kept =
            _kept.TryGetValue((symbol, length), out var known) && known.Day == context.Day && known.From <= from && known.To <= context.Now
                ? known
                : new Kept(context.Day, from, from, DateOnly.MinValue, []);
        while (kept.To < context.Now)
        {
            var fresh = kept.To - Overlap > kept.From ? kept.To - Overlap : kept.From;
            var to = kept.To + AtOnce < context.Now ? kept.To + AtOnce : context.Now;
            if (
                !context.Ports.Broker.HasRoomForEntries
                || await AskAsync(context, market => market.GetBarsAsync(symbol, fresh, to, budget)) is not { } read
            )
            {
                return null;
            }

            var before = kept.Bars.AsSpan();
            while (before is [.., var last] && last.Start >= fresh)
            {
                before = before[..^1];
            }

            kept = Condensed(kept with { To = to, Bars = [.. before, .. read] }, length);
            _kept[(symbol, length)] = kept;
        }

        var bars = InSharesOfToday(kept.Bars, splits[symbol]);
        return Array.FindIndex(bars, bar => bar.Start >= from) is >= 0 and var first
            ? new ArraySegment<Bar>(bars, first, bars.Length - first)
            : [];
    }

    // Once a session: what may still be read again stays as it is.
    private static Kept Condensed(Kept kept, TimeSpan length)
    {
        var open = TradingCalendar.Nyse.TradingDay(kept.To - Overlap);
        if (open == kept.Condensed)
        {
            return kept;
        }

        var over = Array.FindIndex(kept.Bars, bar => TradingCalendar.Nyse.TradingDay(bar.Start) >= open);
        over = over < 0 ? kept.Bars.Length : over;
        return kept with { Condensed = open, Bars = [.. Timeframe.Of(kept.Bars[..over], length), .. kept.Bars.AsSpan(over)] };
    }

    private async Task<ILookup<string, Split>?> SplitsAsync(CycleContext context, DateOnly since, CancellationToken budget)
    {
        if (_splits is { } known && known.Day == context.Day && known.Since <= since)
        {
            return known.Splits;
        }

        if (await AskAsync(context, market => market.GetSplitsAsync(since, context.Day, budget)) is not { } all)
        {
            return null;
        }

        var splits = all.ToLookup(split => split.Symbol, StringComparer.Ordinal);
        _splits = new(context.Day, since, splits);
        return splits;
    }

    private static Task<IReadOnlyList<T>?> AskAsync<T>(CycleContext context, Func<IMarketData, Task<IReadOnlyList<T>>> ask) =>
        context.AskMarketAsync<IReadOnlyList<T>?>(
            async market =>
            {
                try
                {
                    return await ask(market);
                }
                catch (OperationCanceledException) when (!context.Cancellation.IsCancellationRequested)
                {
                    // The time for it is over, which is no outage.
                    return null;
                }
            },
            null
        );

    // Prices that are adjusted already deny the split, as in the books (docs/trading-rules.md, "Splits that do not show").
    private static Bar[] InSharesOfToday(Bar[] bars, IEnumerable<Split> splits)
    {
        foreach (var split in splits)
        {
            var first = Array.FindIndex(bars, bar => TradingCalendar.Nyse.TradingDay(bar.Start) >= split.ExDate);
            var count = first < 0 ? bars.Length : first;
            if (count > 0 && (first < 0 || split.SignOf(bars[first - 1].Close, bars[first].Open) != SplitSign.Denied))
            {
                bars = [.. bars.Take(count).Select(bar => After(bar, split.Ratio)), .. bars.AsSpan(count)];
            }
        }

        return bars;
    }

    private static Bar After(Bar bar, decimal ratio) =>
        bar with
        {
            Open = bar.Open / ratio,
            High = bar.High / ratio,
            Low = bar.Low / ratio,
            Close = bar.Close / ratio,
            Volume = (long)(bar.Volume * ratio),
        };

    private sealed record Declared(DateOnly Day, DateOnly Since, ILookup<string, Split> Splits);

    /// <param name="Day">The day on which it was read.</param>
    /// <param name="From">From when.</param>
    /// <param name="To">Up to when.</param>
    /// <param name="Condensed">The first day whose bars are as the market has them.</param>
    /// <param name="Bars">The bars, in the shares of their days.</param>
    private sealed record Kept(DateOnly Day, DateTimeOffset From, DateTimeOffset To, DateOnly Condensed, Bar[] Bars);
}

/// <summary>What a condition came to.</summary>
/// <param name="Boundary">The end of the last complete bar that there may have been (UTC).</param>
/// <param name="ReadAt">When it was read (UTC).</param>
/// <param name="Reading">What it came to.</param>
internal sealed record KeptReading(DateTimeOffset Boundary, DateTimeOffset ReadAt, ConditionReading Reading);
