using System.Buffers;
using System.Collections;
using AutoTrader.Core.Market;

namespace AutoTrader.Brokers.Market;

/// <summary>A bar as it is kept.</summary>
/// <param name="Start">When it begins, in ticks (UTC).</param>
/// <param name="Length">How long it is, in ticks.</param>
/// <param name="Open">The first price in dollars.</param>
/// <param name="High">The highest price in dollars.</param>
/// <param name="Low">The lowest price in dollars.</param>
/// <param name="Close">The last price in dollars.</param>
/// <param name="Volume">Shares traded.</param>
/// <param name="Line">The line of its file, from 1; 0 where there is none.</param>
internal readonly record struct StoredBar(
    long Start,
    long Length,
    decimal Open,
    decimal High,
    decimal Low,
    decimal Close,
    long Volume,
    int Line = 0
)
{
    /// <summary>The bar.</summary>
    public Bar Of(string symbol) => new(symbol, new(Start, TimeSpan.Zero), new(Length), Open, High, Low, Close, Volume);
}

/// <summary>
/// Bars of one symbol in order of time, of any number in little memory: those of the two pages that were looked at last are made from what
/// is kept (<see cref="Spool{T}"/>). Thread-safe; who looks beside others at another time takes a <see cref="Slice"/> of its own.
/// </summary>
internal sealed class BarSeries : IReadOnlyList<Bar>
{
    private readonly string _symbol;
    private readonly Spool<StoredBar> _kept;
    private readonly int _first;

    // The first of each page, to find the page of an instant by.
    private readonly Bar[] _heads;
    private Page[] _recent = [];

    /// <summary>The bars that are kept.</summary>
    /// <param name="symbol">Whose they are.</param>
    /// <param name="kept">The bars in order of time, complete.</param>
    public BarSeries(string symbol, Spool<StoredBar> kept)
    {
        (_symbol, _kept, Count) = (symbol, kept, kept.Count);
        var buffer = new StoredBar[Spool<StoredBar>.PageSize];
        _heads = [.. Enumerable.Range(0, kept.Pages).Select(page => kept.Page(page, buffer)[0].Of(symbol))];
    }

    private BarSeries(BarSeries of, int first, int count) =>
        (_symbol, _kept, _heads, _first, Count) = (of._symbol, of._kept, of._heads, of._first + first, count);

    /// <inheritdoc/>
    public int Count { get; }

    /// <inheritdoc/>
    public Bar this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
            var (page, at) = Math.DivRem(_first + index, Spool<StoredBar>.PageSize);
            return PageOf(page)[at];
        }
    }

    /// <summary>The bars of any origin.</summary>
    public static BarSeries Of(string symbol, IEnumerable<StoredBar> bars)
    {
        var kept = new Spool<StoredBar>();
        foreach (var bar in bars)
        {
            kept.Add(bar);
        }

        return new(symbol, kept);
    }

    /// <summary>Some of the bars, with a look of its own at them.</summary>
    public BarSeries Slice(int first, int count) => new(this, first, count);

    /// <summary>Some of the bars: few of them in memory, as many as there are otherwise.</summary>
    public IReadOnlyList<Bar> Range(int first, int count)
    {
        if (count is 0 or > Spool<StoredBar>.PageSize)
        {
            return count == 0 ? [] : Slice(first, count);
        }

        var (page, at) = Math.DivRem(_first + first, Spool<StoredBar>.PageSize);
        var bars = PageOf(page);
        return at + count <= bars.Length
            ? new ArraySegment<Bar>(bars, at, count)
            : [.. bars[at..], .. PageOf(page + 1).AsSpan(0, at + count - bars.Length)];
    }

    /// <summary>How many bars at the beginning meet a condition that no later bar meets again.</summary>
    public int CountWhile(Predicate<Bar> condition)
    {
        var page = CountWhile(_heads, condition) - 1;
        var count = page < 0 ? 0 : (page * Spool<StoredBar>.PageSize) + CountWhile(PageOf(page), condition);
        return Math.Clamp(count - _first, 0, Count);
    }

    /// <summary>The line of a bar in its file, from 1.</summary>
    public int LineOf(int index)
    {
        var (page, at) = Math.DivRem(_first + index, Spool<StoredBar>.PageSize);
        return _kept.Page(page, new StoredBar[Spool<StoredBar>.PageSize])[at].Line;
    }

    /// <inheritdoc/>
    public IEnumerator<Bar> GetEnumerator()
    {
        for (var i = _first; i < _first + Count; )
        {
            var (page, at) = Math.DivRem(i, Spool<StoredBar>.PageSize);
            var bars = Load(page);
            for (; at < bars.Length && i < _first + Count; at++, i++)
            {
                yield return bars[at];
            }
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static int CountWhile(Bar[] bars, Predicate<Bar> condition)
    {
        var (low, high) = (0, bars.Length);
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            (low, high) = condition(bars[middle]) ? (middle + 1, high) : (low, middle);
        }

        return low;
    }

    // Whoever looks at the same time may load a page twice, which costs time only.
    private Bar[] PageOf(int index)
    {
        var recent = Volatile.Read(ref _recent);
        foreach (var page in recent)
        {
            if (page.Index == index)
            {
                return page.Bars;
            }
        }

        var bars = Load(index);
        Volatile.Write(ref _recent, recent is [var latest, ..] ? [new(index, bars), latest] : [new(index, bars)]);
        return bars;
    }

    private Bar[] Load(int index)
    {
        var buffer = ArrayPool<StoredBar>.Shared.Rent(Spool<StoredBar>.PageSize);
        var kept = _kept.Page(index, buffer);
        var bars = new Bar[kept.Length];
        for (var i = 0; i < bars.Length; i++)
        {
            bars[i] = kept[i].Of(_symbol);
        }

        ArrayPool<StoredBar>.Shared.Return(buffer);
        return bars;
    }

    private readonly record struct Page(int Index, Bar[] Bars);
}

/// <summary>Searching bars in order of time.</summary>
public static class BarSearch
{
    /// <summary>How many bars at the beginning meet a condition that no later bar meets again.</summary>
    /// <param name="bars">The bars, in order of time.</param>
    /// <param name="condition">The condition.</param>
    public static int CountWhile(this IReadOnlyList<Bar> bars, Predicate<Bar> condition)
    {
        if (bars is BarSeries series)
        {
            return series.CountWhile(condition);
        }

        var (low, high) = (0, bars.Count);
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            (low, high) = condition(bars[middle]) ? (middle + 1, high) : (low, middle);
        }

        return low;
    }
}
