using AutoTrader.Brokers.Alpaca;
using AutoTrader.Core.Market;

namespace AutoTrader.Backtesting.History;

/// <summary>Which past bars are wanted.</summary>
/// <param name="Symbol">The symbol.</param>
/// <param name="Timeframe">Their length by its name.</param>
/// <param name="Start">The first day (New York).</param>
/// <param name="End">The last day; it is wanted, too, once it is over.</param>
/// <param name="Refresh">Whether everything is asked for anew, also what does not change any more.</param>
public sealed record FetchRequest(string Symbol, string Timeframe, DateOnly Start, DateOnly End, bool Refresh = false);

/// <summary>How far fetching has come.</summary>
/// <param name="Symbol">The symbol.</param>
/// <param name="Month">The first day of the month that is done.</param>
/// <param name="Months">Months done.</param>
/// <param name="AllMonths">Months in all.</param>
/// <param name="Bars">Bars that came.</param>
public sealed record FetchProgress(string Symbol, DateOnly Month, int Months, int AllMonths, long Bars);

/// <summary>What fetching came to.</summary>
public sealed record FetchResult
{
    /// <summary>The symbol.</summary>
    public required string Symbol { get; init; }

    /// <summary>The length of the bars.</summary>
    public required string Timeframe { get; init; }

    /// <summary>Whose prices.</summary>
    public required string Feed { get; init; }

    /// <summary>Sessions of the days that are over.</summary>
    public required int Sessions { get; init; }

    /// <summary>Sessions that were asked for now; the others were there.</summary>
    public required int SessionsFetched { get; init; }

    /// <summary>Bars of the days that are kept now.</summary>
    public required int Bars { get; init; }

    /// <summary>Days whose session has no bar, which is known and not asked for again.</summary>
    public required IReadOnlyList<DateOnly> Gaps { get; init; }

    /// <summary>Splits of the days.</summary>
    public required IReadOnlyList<Split> Splits { get; init; }

    /// <summary>What is to be known, a sentence each: corrections, damaged files, what could not be asked for.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    /// <summary>Whether it was canceled: whole months are kept.</summary>
    public required bool Canceled { get; init; }
}

/// <summary>
/// Brings the kept bars of a symbol up to date: asks for the sessions that were never asked for, and anew for the last days, which the
/// exchange may still correct. Each month is kept as soon as it is whole.
/// </summary>
public sealed class BarFetch
{
    // The free plan tells what is older than a quarter of an hour.
    private static readonly TimeSpan Delay = TimeSpan.FromMinutes(20);

    private readonly AlpacaHistory _source;
    private readonly BarCache _cache;
    private readonly FetchRequest _request;
    private readonly DateTimeOffset _now;
    private readonly List<string> _notes = [];
    private MarketHistoryException? _silence;
    private int _fetched;
    private int _bars;
    private long _came;

    private BarFetch(AlpacaHistory source, BarCache cache, FetchRequest request, DateTimeOffset now) =>
        (_source, _cache, _request, _now) = (source, cache, request, now);

    private static TradingCalendar Calendar => TradingCalendar.Nyse;

    /// <summary>The sessions of days that are over at an instant.</summary>
    public static IReadOnlyList<Session> Over(DateOnly start, DateOnly end, DateTimeOffset now) =>
        [.. Calendar.Sessions(start, end).TakeWhile(session => session.Close + Delay <= now)];

    /// <summary>Fetches what is missing.</summary>
    /// <param name="source">Where from.</param>
    /// <param name="cache">Where they are kept; of the same feed.</param>
    /// <param name="request">What is wanted.</param>
    /// <param name="clock">The wall clock.</param>
    /// <param name="progress">Told after each month.</param>
    /// <param name="cancellationToken">Ends it; the months that are whole are kept.</param>
    /// <exception cref="BacktestRefusedException">No session of the days is over.</exception>
    /// <exception cref="MarketHistoryException">Something that was never fetched cannot be had now.</exception>
    public static Task<FetchResult> RunAsync(
        AlpacaHistory source,
        BarCache cache,
        FetchRequest request,
        TimeProvider clock,
        IProgress<FetchProgress>? progress,
        CancellationToken cancellationToken
    ) => new BarFetch(source, cache, request, clock.GetUtcNow()).RunAsync(progress, cancellationToken);

    private async Task<FetchResult> RunAsync(IProgress<FetchProgress>? progress, CancellationToken cancellationToken)
    {
        var sessions = Over(_request.Start, _request.End, _now);
        if (sessions.Count == 0)
        {
            throw new BacktestRefusedException(
                FormattableString.Invariant(
                    $"No session from {_request.Start:yyyy-MM-dd} to {_request.End:yyyy-MM-dd} is over; give other dates."
                )
            );
        }

        var gaps = new List<DateOnly>();
        IReadOnlyList<Split> splits = [];
        var isCanceled = false;
        try
        {
            splits = await SplitsAsync(sessions[^1], cancellationToken);
            List<List<Session>> months = [.. sessions.GroupBy(session => MonthOf(session.Day)).Select(month => month.ToList())];
            for (var i = 0; i < months.Count; i++)
            {
                gaps.AddRange(await MonthAsync(months[i], cancellationToken));
                progress?.Report(new(_request.Symbol, MonthOf(months[i][0].Day), i + 1, months.Count, _came));
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            isCanceled = true;
        }
        catch (MarketHistoryException failure) when (_notes.Count > 0)
        {
            throw new MarketHistoryException(string.Join(' ', _notes.Append(failure.Message)), failure);
        }

        return new()
        {
            Symbol = _request.Symbol,
            Timeframe = _request.Timeframe,
            Feed = _cache.Feed,
            Sessions = sessions.Count,
            SessionsFetched = _fetched,
            Bars = _bars,
            Gaps = gaps,
            Splits = [.. splits.Where(split => split.ExDate >= _request.Start && split.ExDate <= _request.End)],
            Notes = _notes,
            Canceled = isCanceled,
        };
    }

    /// <summary>Brings one month up to date; gives the days without a bar.</summary>
    private async Task<IEnumerable<DateOnly>> MonthAsync(List<Session> sessions, CancellationToken cancellationToken)
    {
        var month = MonthOf(sessions[0].Day);
        var known = await KnownAsync<CachedMonth>(async () => await _cache.MonthAsync(_request.Symbol, _request.Timeframe, month))
            ?? CachedMonth.Empty;
        var wanted = sessions.Where(session => _request.Refresh || !known.IsSettled(session)).ToList();
        if (wanted.Count > 0 && await AskAsync(wanted, known, cancellationToken) is { } bars)
        {
            // One request spans them, and what lies between came with it.
            var asked = sessions.Where(session => session.Open >= wanted[0].Open && session.Open <= wanted[^1].Open).ToList();
            var now = known.With([.. asked.Select(session => session.Day)], bars, _now);
            await _cache.KeepAsync(_request.Symbol, _request.Timeframe, month, now);
            foreach (var (day, count) in known.Differences(now))
            {
                _notes.Add(
                    FormattableString.Invariant($"{count} bars of {_request.Symbol} on {day:yyyy-MM-dd} were corrected since they were ")
                        + "fetched: results with the old ones have another data_hash."
                );
            }

            (known, _fetched, _came) = (now, _fetched + asked.Count, _came + bars.Count);
        }

        var byDay = known.Bars.CountBy(bar => Calendar.TradingDay(bar.Start)).ToDictionary();
        _bars += sessions.Sum(session => byDay.GetValueOrDefault(session.Day));
        return sessions.Select(session => session.Day).Where(day => !byDay.ContainsKey(day));
    }

    /// <summary>The bars of sessions; null when they cannot be had and older ones are there.</summary>
    private async Task<IReadOnlyList<Bar>?> AskAsync(List<Session> wanted, CachedMonth known, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            return _silence is null
                ? await _source.GetBarsAsync(_request.Symbol, _request.Timeframe, wanted[0], wanted[^1], cancellationToken)
                : throw _silence;
        }
        catch (MarketHistoryException failure) when (wanted.TrueForAll(session => known.Asked.ContainsKey(session.Day)))
        {
            Silent(failure);
            return null;
        }
    }

    private async Task<IReadOnlyList<Split>> SplitsAsync(Session last, CancellationToken cancellationToken)
    {
        var known = await KnownAsync(() => _cache.SplitsAsync(_request.Symbol));
        var isKnown = known is not null && known.From <= _request.Start && known.To >= last.Day;
        if (isKnown && !_request.Refresh && Settling.IsOver(last.Close, known!.AskedAt))
        {
            return known.Splits;
        }

        cancellationToken.ThrowIfCancellationRequested();
        var (from, to) = known is null
            ? (_request.Start, last.Day)
            : (known.From < _request.Start ? known.From : _request.Start, known.To > last.Day ? known.To : last.Day);
        try
        {
            var splits = await _source.GetSplitsAsync(_request.Symbol, from, to, cancellationToken);
            await _cache.KeepAsync(_request.Symbol, new CachedSplits(from, to, _now, splits));
            foreach (var split in known is null ? [] : splits.Except(known.Splits).Concat(known.Splits.Except(splits)))
            {
                if (split.ExDate >= known!.From && split.ExDate <= known.To)
                {
                    _notes.Add(
                        FormattableString.Invariant(
                            $"The split {split.Numerator}:{split.Denominator} of {split.Symbol} on {split.ExDate:yyyy-MM-dd} "
                        ) + (splits.Contains(split) ? "was not known when its days were fetched." : "is withdrawn.")
                    );
                }
            }

            return splits;
        }
        catch (MarketHistoryException failure) when (isKnown)
        {
            Silent(failure);
            return known!.Splits;
        }
    }

    private async Task<T?> KnownAsync<T>(Func<Task<T?>> read)
        where T : class
    {
        try
        {
            return await read();
        }
        catch (DamagedFileException damaged)
        {
            _notes.Add($"{damaged.Message}; it is fetched anew.");
            return null;
        }
    }

    // Once is enough: each attempt waits for its retries.
    private void Silent(MarketHistoryException failure)
    {
        if (_silence is null)
        {
            _silence = failure;
            _notes.Add($"The last days could not be asked for again, and count as they were fetched. {failure.Message}");
        }
    }

    private static DateOnly MonthOf(DateOnly day) => new(day.Year, day.Month, 1);
}
