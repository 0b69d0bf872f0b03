using System.Collections.Concurrent;
using AutoTrader.Core.Market;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Core.Engine.Observe;

/// <summary>
/// Bars that conditions looked at, kept from one cycle of this process to the next, so that a minute asks the market for what is new.
/// Everything is asked for anew once a day. Thread-safe.
/// </summary>
internal sealed class BarHistory
{
    // A bar may come late, or be corrected soon after.
    public static readonly TimeSpan Overlap = TimeSpan.FromMinutes(10);

    // More than any condition looks back: 1000 bars of a day, twice over, are eight years.
    private const int DaysOfSplits = 10 * 366;

    // What is read is kept, so that a long look back comes to its end though each cycle has only seconds for it.
    private static readonly TimeSpan AtOnce = TimeSpan.FromDays(30);

    private readonly ConcurrentDictionary<string, Kept> _kept = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string Symbol, string Condition), KeptReading> _readings = new();
    private Declared? _splits;

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
        foreach (var symbol in _kept.Keys.Where(symbol => !symbols.Contains(symbol)))
        {
            _kept.TryRemove(symbol, out _);
        }

        foreach (var key in _readings.Keys.Where(key => !symbols.Contains(key.Symbol)))
        {
            _readings.TryRemove(key, out _);
        }
    }

    /// <summary>The bars of a symbol from an instant until now, in today's shares; null when the market does not answer, or not with all
    /// of it before <paramref name="budget"/> ends.</summary>
    public async Task<IReadOnlyList<Bar>?> ReadAsync(CycleContext context, string symbol, DateTimeOffset from, CancellationToken budget)
    {
        if (await SplitsAsync(context, budget) is not { } splits)
        {
            return null;
        }

        var kept =
            _kept.TryGetValue(symbol, out var known) && known.Day == context.Day && known.From <= from && known.To <= context.Now
                ? known
                : new Kept(context.Day, from, from, []);
        do
        {
            var fresh = kept.To - Overlap > kept.From ? kept.To - Overlap : kept.From;
            var to = kept.To + AtOnce < context.Now ? kept.To + AtOnce : context.Now;
            if (await AskAsync(context, market => market.GetBarsAsync(symbol, fresh, to, budget)) is not { } read)
            {
                return null;
            }

            var before = kept.Bars.AsSpan();
            while (before is [.., var last] && last.Start >= fresh)
            {
                before = before[..^1];
            }

            kept = kept with { To = to, Bars = [.. before, .. read.Select(bar => Today(bar, splits[symbol]))] };
            _kept[symbol] = kept;
        } while (kept.To < context.Now);

        var bars = kept.Bars;
        return Array.FindIndex(bars, bar => bar.Start >= from) is >= 0 and var first
            ? new ArraySegment<Bar>(bars, first, bars.Length - first)
            : [];
    }

    private async Task<ILookup<string, Split>?> SplitsAsync(CycleContext context, CancellationToken budget)
    {
        if (_splits is { } known && known.Day == context.Day)
        {
            return known.Splits;
        }

        if (
            await AskAsync(context, market => market.GetSplitsAsync(context.Day.AddDays(-DaysOfSplits), context.Day, budget)) is not { } all
        )
        {
            return null;
        }

        var splits = all.ToLookup(split => split.Symbol, StringComparer.Ordinal);
        _splits = new(context.Day, splits);
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

    // Prices of before a split, in shares of after it.
    private static Bar Today(Bar bar, IEnumerable<Split> splits)
    {
        var ratio = 1m;
        foreach (var split in splits)
        {
            ratio *= TradingCalendar.Nyse.TradingDay(bar.Start) < split.ExDate ? split.Ratio : 1;
        }

        return ratio == 1
            ? bar
            : bar with
            {
                Open = bar.Open / ratio,
                High = bar.High / ratio,
                Low = bar.Low / ratio,
                Close = bar.Close / ratio,
                Volume = (long)(bar.Volume * ratio),
            };
    }

    private sealed record Declared(DateOnly Day, ILookup<string, Split> Splits);

    private sealed record Kept(DateOnly Day, DateTimeOffset From, DateTimeOffset To, Bar[] Bars);
}

/// <summary>What a condition came to.</summary>
/// <param name="Boundary">The end of the last complete bar that there may have been (UTC).</param>
/// <param name="ReadAt">When it was read (UTC).</param>
/// <param name="Reading">What it came to.</param>
internal sealed record KeptReading(DateTimeOffset Boundary, DateTimeOffset ReadAt, ConditionReading Reading);
