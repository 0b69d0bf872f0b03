using AutoTrader.Core.Market;

namespace AutoTrader.Backtesting.Replay;

/// <summary>The bars of one session, played to the recorder as they end. One backtest uses it, one call at a time.</summary>
internal sealed class SessionTape
{
    private static readonly TimeSpan Whole = TimeSpan.FromHours(6.5);

    private readonly Track[] _tracks;
    private readonly Func<string, decimal?> _lowOf;

    /// <summary>The tape of the symbols that are traded.</summary>
    /// <param name="tracks">Each symbol's bars of the session in order, and how far apart they are at best.</param>
    public SessionTape(IEnumerable<(string Symbol, IReadOnlyList<Bar> Bars, TimeSpan Interval)> tracks)
    {
        _tracks = [.. tracks.Select(track => new Track(track.Symbol, track.Bars, track.Interval))];
        _lowOf = symbol => Last(symbol)?.Low;
        // Daily bars give no quote while their session goes on, but for those of its open.
        Interval = _tracks.Select(track => track.Interval).Where(it => it < Whole).Append(TimeSpan.FromMinutes(1)).Max();
    }

    /// <summary>How far apart the bars of the slowest symbol are.</summary>
    public TimeSpan Interval { get; }

    /// <summary>Takes over the bars that have ended by <paramref name="instant"/>.</summary>
    public void Play(DateTimeOffset instant, Recorder recorder)
    {
        var isNew = false;
        foreach (var track in _tracks)
        {
            while (track.Next is { } bar && bar.End <= instant)
            {
                recorder.Count(bar);
                track.Played++;
                isNew = true;
            }
        }

        if (isNew)
        {
            recorder.Value(_lowOf);
        }
    }

    /// <summary>The first minute after <paramref name="instant"/> at which something may happen: a bar leaves the zone or is missing. The
    /// bars before it are played.</summary>
    public DateTimeOffset PlayQuiet(DateTimeOffset instant, DateTimeOffset until, QuietZone zone, Recorder recorder)
    {
        var bands = Array.ConvertAll(_tracks, track => zone.Of(track.Symbol));
        var end = zone.Until < until ? zone.Until.Value : until;
        if (!AreQuiet(bands, instant, (track, _) => track.Last))
        {
            return instant.AddMinutes(1);
        }

        var next = instant.AddMinutes(1);
        while (next < end && AreQuiet(bands, next, static (track, at) => track.Next is { } bar && bar.End <= at ? bar : track.Last))
        {
            Play(next, recorder);
            next = next.AddMinutes(1);
        }

        return next;
    }

    private bool AreQuiet(Band[] bands, DateTimeOffset instant, Func<Track, DateTimeOffset, Bar?> barOf)
    {
        for (var i = 0; i < _tracks.Length; i++)
        {
            if (barOf(_tracks[i], instant) is not { } bar || instant - bar.End >= _tracks[i].Interval || !bands[i].Holds(bar))
            {
                return false;
            }
        }

        return true;
    }

    private Bar? Last(string symbol)
    {
        foreach (var track in _tracks)
        {
            if (track.Symbol == symbol)
            {
                return track.Last;
            }
        }

        return null;
    }

    private sealed class Track(string symbol, IReadOnlyList<Bar> bars, TimeSpan interval)
    {
        public string Symbol => symbol;

        public TimeSpan Interval => interval;

        public int Played { get; set; }

        public Bar? Next => Played < bars.Count ? bars[Played] : null;

        public Bar? Last => Played > 0 ? bars[Played - 1] : null;
    }
}
