using System.Collections.Concurrent;
using AutoTrader.Core.Market;
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

    // More than any condition looks back.
    private const int DaysOfSplits = 10 * 366;

    private readonly ConcurrentDictionary<string, Kept> _kept = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, (DateOnly Day, Split[] Splits)> _splits = new(StringComparer.Ordinal);

    private readonly ConcurrentDictionary<(string Symbol, string Condition), KeptReading> _readings = new();

    /// <summary>What a condition came to when it was last read; null when it was not.</summary>
    public KeptReading? ReadingOf(string symbol, IndicatorCondition condition) =>
        _readings.GetValueOrDefault((symbol, condition.ToString()));

    /// <summary>Keeps what a condition came to.</summary>
    public void Keep(string symbol, IndicatorCondition condition, KeptReading reading) =>
        _readings[(symbol, condition.ToString())] = reading;

    /// <summary>The bars of a symbol from an instant until now, in today's shares; null when the market does not answer.</summary>
    public async Task<IReadOnlyList<Bar>?> ReadAsync(CycleContext context, string symbol, DateTimeOffset from)
    {
        var kept =
            _kept.TryGetValue(symbol, out var known) && known.Day == context.Day && known.From <= from && known.To <= context.Now
                ? known
                : new Kept(context.Day, from, from, []);
        var fresh = kept.To - Overlap > kept.From ? kept.To - Overlap : kept.From;
        IReadOnlyList<Bar>? read = await context.AskMarketAsync<IReadOnlyList<Bar>?>(
            async market => await market.GetBarsAsync(symbol, fresh, context.Now, context.Cancellation),
            null
        );
        if (read is null || await SplitsAsync(context, symbol) is not { } splits)
        {
            return null;
        }

        var before = kept.Bars.AsSpan();
        while (before is [.., var last] && last.Start >= fresh)
        {
            before = before[..^1];
        }

        Bar[] bars = [.. before, .. read.Select(bar => Today(bar, splits))];
        _kept[symbol] = kept with { To = context.Now, Bars = bars };
        return Array.FindIndex(bars, bar => bar.Start >= from) is >= 0 and var first
            ? new ArraySegment<Bar>(bars, first, bars.Length - first)
            : [];
    }

    private async Task<Split[]?> SplitsAsync(CycleContext context, string symbol)
    {
        if (_splits.TryGetValue(symbol, out var known) && known.Day == context.Day)
        {
            return known.Splits;
        }

        var all = await context.AskMarketAsync<IReadOnlyList<Split>?>(
            async market => await market.GetSplitsAsync(context.Day.AddDays(-DaysOfSplits), context.Day, context.Cancellation),
            null
        );
        if (all is null)
        {
            return null;
        }

        Split[] splits = [.. all.Where(split => split.Symbol == symbol)];
        _splits[symbol] = (context.Day, splits);
        return splits;
    }

    // Prices of before a split, in shares of after it.
    private static Bar Today(Bar bar, Split[] splits)
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

    private sealed record Kept(DateOnly Day, DateTimeOffset From, DateTimeOffset To, Bar[] Bars);
}

/// <summary>What a condition came to.</summary>
/// <param name="Boundary">The end of the last complete bar that there may have been (UTC).</param>
/// <param name="ReadAt">When it was read (UTC).</param>
/// <param name="Reading">What it came to.</param>
internal sealed record KeptReading(DateTimeOffset Boundary, DateTimeOffset ReadAt, ConditionReading Reading);
