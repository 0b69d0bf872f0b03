using AutoTrader.Backtesting.Market;
using AutoTrader.Backtesting.Replay;
using AutoTrader.Brokers.Paper;
using AutoTrader.Core.Engine;
using AutoTrader.Core.Engine.Cycle;
using AutoTrader.Core.Market;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Risk;
using AutoTrader.Core.Schedules;
using AutoTrader.Core.Strategies;
using Microsoft.Extensions.Logging.Abstractions;

namespace AutoTrader.Backtesting;

/// <summary>
/// Replays bars through the engine and the paper broker of the app, a tick a minute, without storage: what decides, checks and fills is the
/// code that runs live, and none of it is written a second time here. Minutes in which nothing can happen are not looked at
/// (<see cref="QuietZone"/>).
/// </summary>
/// <remarks>Any number of backtests run beside each other.</remarks>
public sealed class Backtest : IEngineEvents, IDisposable
{
    private const string Key = "paper";

    // So many cycles settle whatever a close or a new day leaves to do (docs/trading-rules.md, "Invariants", 10).
    private const int UntilSettled = 10;

    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly BacktestSettings _settings;
    private readonly ReplayClock _clock;
    private readonly ReplayBooks _books = new();
    private readonly MarketViews _views;
    private readonly PaperBroker _broker;
    private readonly EvaluationCycle _engine;
    private readonly ReplaySchedules _schedules;
    private readonly Recorder _recorder;
    private readonly FillTally _tally;
    private readonly BacktestData _data;
    private readonly string[] _symbols;
    private readonly List<SessionEquity> _equity = [];
    private readonly Dictionary<string, int> _attention = new(StringComparer.Ordinal);
    private long _cycles;
    private PeriodData _period = PeriodData.None;
    private string? _error;

    private Backtest(BacktestSettings settings, BacktestData data, ReplayClock clock, string[] symbols, MarketViews views)
    {
        (_settings, _data, _clock, _symbols, _views) = (settings, data, clock, symbols, views);
        _tally = new(settings.TargetFirst);
        _broker = new(new ReplayAccount(), views.Fills, _clock, settings.Paper, NullLogger<PaperBroker>.Instance, _tally);
        var options = new EngineOptions { Holder = "backtest" };
        _engine = new(new(_books, _books, _broker, views.Strategies, new ReplayLease(), this, _clock), options);
        _schedules = new(settings.Schedules, _books, _broker, _engine, options, _clock);
        _recorder = new(settings.Paper.InitialCash);
    }

    private static TradingCalendar Calendar => TradingCalendar.Nyse;

    /// <summary>Runs a backtest.</summary>
    /// <param name="settings">What it replays.</param>
    /// <param name="progress">Told after each session.</param>
    /// <param name="data">Bars that are read already; null to read those of the settings.</param>
    /// <param name="cancellationToken">Ends it after the session that is being played, and the reading of a file at once; what was done is
    /// returned.</param>
    /// <exception cref="BacktestRefusedException">The settings or the data cannot be used.</exception>
    /// <exception cref="OperationCanceledException">It was canceled before the first session.</exception>
    public static async Task<BacktestRun> RunAsync(
        BacktestSettings settings,
        IProgress<BacktestProgress>? progress = null,
        BacktestData? data = null,
        CancellationToken cancellationToken = default
    )
    {
        data ??= new(settings.Market, new(null, cancellationToken));
        using var backtest = await CreateAsync(settings, data);
        return await backtest.PlayAsync(progress, cancellationToken);
    }

    /// <summary>Runs a backtest and, where bars touched target and stop of a position, once more with the target first, on the same bars:
    /// files are read once.</summary>
    /// <param name="settings">What it replays.</param>
    /// <param name="progress">Told after each session of both runs.</param>
    /// <param name="data">Bars that are read already; null to read those of the settings.</param>
    /// <param name="cancellationToken">Ends it after the session that is being played. A first run that is complete stays so.</param>
    /// <returns>The run, and that with the target first: null where no bar was ambiguous, and when it was canceled.</returns>
    /// <exception cref="BacktestRefusedException">The settings or the data cannot be used.</exception>
    /// <exception cref="OperationCanceledException">It was canceled before the first session.</exception>
    public static async Task<(BacktestRun Run, BacktestRun? TargetFirst)> RunBothAsync(
        BacktestSettings settings,
        IProgress<BacktestProgress>? progress = null,
        BacktestData? data = null,
        CancellationToken cancellationToken = default
    )
    {
        data ??= new(settings.Market, new(null, cancellationToken));
        using var backtest = await CreateAsync(settings, data);
        var run = await backtest.PlayAsync(progress, cancellationToken);
        if (run.AmbiguousBars == 0 || run.Canceled || cancellationToken.IsCancellationRequested)
        {
            return (run, null);
        }

        using var other = await CreateAsync(settings with { TargetFirst = true }, data);
        try
        {
            var targetFirst = await other.PlayAsync(progress, cancellationToken);
            return (run, targetFirst.Canceled ? null : targetFirst);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return (run, null);
        }
    }

    /// <summary>The symbols that strategies and schedules trade, in order.</summary>
    public static string[] SymbolsOf(IEnumerable<Strategy> strategies, IEnumerable<Schedule> schedules) =>
        [
            .. strategies
                .Select(strategy => strategy.Symbol)
                .Concat(schedules.Select(schedule => schedule.Task.Order?.Symbol).OfType<string>())
                .Distinct(StringComparer.Ordinal)
                .Order(StringComparer.Ordinal),
        ];

    /// <inheritdoc/>
    public void Dispose() => _broker.Dispose();

    private static async Task<Backtest> CreateAsync(BacktestSettings settings, BacktestData data)
    {
        var clock = new ReplayClock(MidnightOf(settings.Start));
        var symbols = SymbolsOf(settings.Strategies, settings.Schedules);
        return new(settings, data, clock, symbols, await data.ViewsAsync(symbols, clock));
    }

    private async Task<BacktestRun> PlayAsync(IProgress<BacktestProgress>? progress, CancellationToken cancellationToken)
    {
        List<Session> sessions = [.. Calendar.Sessions(_settings.Start, _settings.End)];
        await BeginAsync(sessions, cancellationToken);
        foreach (var session in sessions)
        {
            if (cancellationToken.IsCancellationRequested)
            {
                break;
            }

            await PlayAsync(session);
            progress?.Report(new(session.Day, _equity.Count, sessions.Count, _recorder.Bars, _settings.TargetFirst));
        }

        if (_equity.Count == sessions.Count)
        {
            await FireClosedAsync(MidnightOf(_settings.End.AddDays(1)).AddTicks(-1), new([]));
        }

        return new()
        {
            Fills = _books.Fills,
            Orders = [.. _books.Ended, .. _books.Snapshot.Orders.Select(row => row.Value)],
            Equity = _equity,
            Strategies = [.. _books.Snapshot.Strategies.Select(row => row.Value)],
            ScheduleRuns = [.. _schedules.Runs.OrderBy(run => run.Planned).ThenBy(run => run.ScheduleId, StringComparer.Ordinal)],
            Attention = _attention,
            Bars = _recorder.Bars,
            BarsHeld = _recorder.BarsHeld,
            PeakCapital = _recorder.PeakCapital,
            Data = _period.Reports,
            DataHash = _period.Hash,
            Prices = _period.Prices,
            Splits = _period.Splits,
            AmbiguousBars = _tally.AmbiguousBars,
            Slippage = _tally.Slippage,
            Cycles = _cycles,
            Canceled = _equity.Count < sessions.Count,
        };
    }

    void IEngineEvents.Publish(EngineEvent happened)
    {
        if (happened is { Kind: EngineEventKind.AttentionRaised, Attention: { } item })
        {
            _attention[item.Code] = _attention.GetValueOrDefault(item.Code) + 1;
        }
    }

    void IEngineEvents.CycleEnded(CycleRecord record)
    {
        _cycles++;
        _error ??= record.Error;
    }

    void IEngineEvents.LeaseContended() { }

    private static DateTimeOffset MidnightOf(DateOnly day) =>
        new(TimeZoneInfo.ConvertTimeToUtc(day.ToDateTime(TimeOnly.MinValue), Calendar.NewYork), TimeSpan.Zero);

    private async Task BeginAsync(List<Session> sessions, CancellationToken cancellationToken)
    {
        if (_settings.Strategies.Count == 0)
        {
            throw new BacktestRefusedException("There is no strategy to test.");
        }

        if (sessions.Count == 0)
        {
            throw new BacktestRefusedException(
                FormattableString.Invariant(
                    $"The exchange has no session from {_settings.Start:yyyy-MM-dd} to {_settings.End:yyyy-MM-dd}; give other dates."
                )
            );
        }

        _period = await _data.LookAsync(_data.By(_clock), _symbols, sessions, cancellationToken);
        DataTrust.Require(_period.Reports, _settings.AcceptData);
        var account = new AccountState { Limits = _settings.Limits, KillSwitch = _settings.KillSwitch };
        await _books.CommitAsync(
            Key,
            [
                new(TradingKey.Account, account, null),
                .. _settings.Strategies.Select(strategy => new TradingWrite(TradingKey.Strategy(strategy.Id), strategy, null)),
            ],
            CancellationToken.None
        );
    }

    private async Task PlayAsync(Session session)
    {
        var tape = await TapeAsync(session);
        var midnight = MidnightOf(session.Day);
        await FireClosedAsync(midnight, tape);
        await SettleAsync(midnight, Earlier(session.Open, _schedules.NextDue), tape);
        await FireClosedAsync(session.Open.AddTicks(-1), tape);
        _recorder.Begin(_equity.Count > 0 ? _equity[^1].Equity : _settings.Paper.InitialCash);
        for (var now = session.Open; now < session.Close;)
        {
            await FireAsync(now);
            var isQuiet = await TickAsync(now, tape);
            var next = now + Minute;
            if (isQuiet && !_settings.EveryMinute && !_views.AreFiner && ZoneAt(session) is { } zone)
            {
                // What comes next is confirmed against the quote before it: that one is looked at, too.
                var resume = tape.PlayQuiet(now, Earlier(session.Close, LastMinute(_schedules.NextDue)), zone, _recorder) - tape.Interval;
                next = resume > next ? resume : next;
            }

            now = next;
        }

        // What is due at the close goes before its cycle, as at any other minute.
        await FireAsync(session.Close);
        await SettleAsync(session.Close, Earlier(DateTimeOffset.MaxValue, _schedules.NextDue), tape);
        _clock.Now = session.Close + Minute;
        var account = await _broker.GetAccountAsync(CancellationToken.None);
        _equity.Add(new(session.Day, session.Close, account.Equity, Math.Min(account.Equity, _recorder.Lowest)));
        await FireClosedAsync(MidnightOf(session.Day.AddDays(1)).AddTicks(-1), tape);
    }

    /// <summary>Fires what is due up to an instant, each at its own.</summary>
    private async Task FireAsync(DateTimeOffset until)
    {
        while (_schedules.NextDue is { } due && due <= until)
        {
            _clock.Now = due;
            await _schedules.FireAsync();
            _recorder.Hold(_books.Snapshot);
        }
    }

    /// <summary>The same while the market is closed: what it leaves to do, and what arms itself anew, is done in the minutes after
    /// it.</summary>
    private async Task FireClosedAsync(DateTimeOffset until, SessionTape tape)
    {
        while (NextClosed is { } due && due <= until)
        {
            _clock.Now = due;
            await FireAsync(due);
            await SettleAsync(LastMinute(due)!.Value + Minute, Earlier(until, NextClosed), tape);
        }
    }

    /// <summary>When something happens while the market is closed: a schedule is due, or a cooldown is over.</summary>
    private DateTimeOffset? NextClosed =>
        _books
            .Snapshot.Strategies.Select(row => row.Value)
            .Where(it => it is { IsCoolingDown: true, Enabled: true, PauseReason: null })
            .Select(it => it.CompletedAt?.AddMinutes(it.CooldownMinutes))
            .Where(at => at > _clock.Now)
            .Append(_schedules.NextDue)
            .Min();

    private static DateTimeOffset Earlier(DateTimeOffset left, DateTimeOffset? right) => right < left ? right.Value : left;

    private static DateTimeOffset? LastMinute(DateTimeOffset? instant) => instant?.AddTicks(-(instant.Value.UtcTicks % Minute.Ticks));

    private QuietZone? ZoneAt(Session session) =>
        _books.EngineState is { } engine
            ? QuietZone.Of(_books.Snapshot, engine, session.Day, _settings.Market.SpreadPct == 0 ? 0 : TickSize.Of(1))
            : null;

    private async Task<SessionTape> TapeAsync(Session session)
    {
        var feeds = await _views.Fills.GetFeedsAsync(_symbols, CancellationToken.None);
        var tracks = new List<(string, IReadOnlyList<Bar>, TimeSpan)>(_symbols.Length);
        foreach (var symbol in _symbols)
        {
            tracks.Add(
                (
                    symbol,
                    await _views.Fills.GetBarsAsync(symbol, session.Open, session.Close, CancellationToken.None),
                    feeds[symbol].Interval
                )
            );
        }

        return new(tracks);
    }

    // While the market is closed nothing new comes: once a cycle changes nothing and leaves nothing, those after it do not either.
    private async Task SettleAsync(DateTimeOffset from, DateTimeOffset until, SessionTape tape)
    {
        var now = from;
        for (var i = 0; i < UntilSettled && now < until; i++, now += Minute)
        {
            if (await TickAsync(now, tape) && (i > 0 || IsAtRest))
            {
                return;
            }
        }
    }

    private bool IsAtRest =>
        _settings.Paper.BarDelay == TimeSpan.Zero
        && _books.EngineState is { Cash.Differs: 0 } engine
        && QuietZone.IsAtRest(_books.Snapshot, engine);

    /// <summary>Runs the cycle of a minute.</summary>
    /// <returns>Whether it changed nothing, and wanted to change nothing.</returns>
    private async Task<bool> TickAsync(DateTimeOffset now, SessionTape tape)
    {
        _clock.Now = now;
        tape.Play(now, _recorder);
        var before = _books.Version;
        await _schedules.FinishAsync();
        var result = await _engine.RunAsync(new(now, CycleRequest.Timer), CancellationToken.None);
        if (_error is { } error)
        {
            throw new InvalidOperationException(FormattableString.Invariant($"A cycle at {now:O} or before failed: {error}"));
        }

        if (_books.Version == before)
        {
            return result.Decisions.Count == 0;
        }

        _recorder.Hold(_books.Snapshot);
        return false;
    }
}
