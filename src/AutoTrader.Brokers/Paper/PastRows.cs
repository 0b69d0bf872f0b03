using System.Globalization;
using AutoTrader.Core.Ports;

namespace AutoTrader.Brokers.Paper;

/// <summary>Rows that are written once and read by time: the latest ones are kept in memory.</summary>
internal sealed class PastRows<T>(IPaperStore store, string key, string prefix, Func<PaperRow, T> read, Func<T, DateTimeOffset> at)
    where T : class
{
    private const int Kept = 20_000;

    // In order of time: the latest are asked for in every cycle.
    private readonly List<T> _rows = [];
    private DateTimeOffset? _from;

    public static string Row(string prefix, DateTimeOffset at, string id) =>
        string.Create(CultureInfo.InvariantCulture, $"{prefix}|{at.UtcTicks:D19}|{id}");

    public void Add(T row)
    {
        // What was written before the first question is read from the store, with everything else of its time.
        if (_from is null)
        {
            return;
        }

        _rows.Insert(IndexAfter(time => time <= at(row)), row);
        if (_rows.Count > Kept)
        {
            _from = at(_rows[Kept / 2]);
            _rows.RemoveAll(old => at(old) < _from);
        }
    }

    public T? Find(Predicate<T> match) => _rows.FindLast(match);

    public async Task<IReadOnlyList<T>> SinceAsync(DateTimeOffset since, CancellationToken cancellationToken)
    {
        if (_from is null || since < _from)
        {
            var rows = await store.LoadAsync(
                key,
                Row(prefix, since, string.Empty),
                _from is { } to ? Row(prefix, to, string.Empty) : prefix + "}",
                cancellationToken
            );
            _rows.InsertRange(0, rows.Select(read));
            _from = since;
        }

        return _rows[IndexAfter(time => time < since)..];
    }

    // Looked for from the end, which is near.
    private int IndexAfter(Predicate<DateTimeOffset> isBefore)
    {
        var index = _rows.Count;
        while (index > 0 && !isBefore(at(_rows[index - 1])))
        {
            index--;
        }

        return index;
    }
}
