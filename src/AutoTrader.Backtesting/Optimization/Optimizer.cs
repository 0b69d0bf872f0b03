using System.Globalization;
using AutoTrader.Backtesting.Replay;
using AutoTrader.Backtesting.Results;
using AutoTrader.Backtesting.Statistics;
using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Backtesting.Optimization;

/// <summary>Looks for the best values of a strategy over past prices: a backtest for each combination, on all cores.</summary>
public sealed class Optimizer
{
    private readonly OptimizationSettings _settings;
    private readonly Periods _periods;
    private readonly IReadOnlyList<Combination> _combinations;
    private readonly BacktestData _data;
    private readonly TrialJournal? _journal;
    private readonly IProgress<OptimizationProgress>? _progress;
    private readonly CancellationToken _cancellation;
    private readonly string? _leftOut;
    private readonly Lock _counting = new();
    private int _done;
    private int _resumed;
    private long _bars;

    private Optimizer(
        OptimizationSettings settings,
        Periods periods,
        BacktestData data,
        TrialJournal? journal,
        IProgress<OptimizationProgress>? progress,
        CancellationToken cancellationToken
    )
    {
        (_settings, _periods, _data, _journal, _progress, _cancellation) = (settings, periods, data, journal, progress, cancellationToken);
        (_combinations, _leftOut) = Sensible(settings);
    }

    /// <summary>Runs an optimization.</summary>
    /// <param name="id">The id of its result.</param>
    /// <param name="settings">What is looked for.</param>
    /// <param name="journals">The folder where trials are kept until it has ended; null to keep none.</param>
    /// <param name="progress">Told after each trial.</param>
    /// <param name="data">The bars of the settings' market; null to read them.</param>
    /// <param name="cancellationToken">Ends it; what was done is returned, the hold-out untouched.</param>
    /// <exception cref="BacktestRefusedException">The settings or the data cannot be used.</exception>
    /// <exception cref="OperationCanceledException">It was canceled before the first trial was done.</exception>
    public static async Task<OptimizationResult> RunAsync(
        string id,
        OptimizationSettings settings,
        string? journals = null,
        IProgress<OptimizationProgress>? progress = null,
        BacktestData? data = null,
        CancellationToken cancellationToken = default
    )
    {
        var started = TimeProvider.System.GetTimestamp();
        data ??= new(settings.Backtest.Market, new(null, cancellationToken));
        var periods = Periods.Of(settings);
        // Before anything is tried, and for all trials: the data of what is trained and tested on.
        IReadOnlyList<Session> open = [.. periods.Trainings.SelectMany(it => it).DistinctBy(it => it.Day)];
        var known = await LookAsync(open);
        // What is held out is not looked at for its prices; but hours of trials must not end at a file that nobody can trust.
        IReadOnlyList<BarReport> reports =
        [
            .. known.Reports,
            .. periods.HoldOut.Count == 0 ? [] : (await LookAsync(periods.HoldOut)).Reports,
        ];
        DataTrust.Require(reports, settings.Backtest.AcceptData);
        var journal = journals is null ? null : TrialJournal.Open(journals, settings, known.Hash);
        var trusted = settings with { Backtest = settings.Backtest with { AcceptData = true } };
        var optimizer = new Optimizer(trusted, periods, data, journal, progress, cancellationToken);
        var result = await optimizer.RunAsync(id, known.Hash);
        if (!result.Canceled)
        {
            journal?.Delete();
        }

        return result with
        {
            RuntimeSeconds = TimeProvider.System.GetElapsedTime(started).TotalSeconds,
            Warnings = [.. DataTrust.Warnings(reports), .. result.Warnings],
        };

        Task<PeriodData> LookAsync(IReadOnlyList<Session> sessions) =>
            data.LookAsync(data.By(new ReplayClock(sessions[0].Open)), [Symbol.Normalize(settings.Symbol)], sessions, cancellationToken);
    }

    /// <summary>The combinations that an optimization tries; some may make no sense.</summary>
    /// <exception cref="BacktestRefusedException">There are too many, or their number is missing.</exception>
    public static IReadOnlyList<Combination> Tried(OptimizationSettings settings) =>
        settings is { Method: OptimizationMethod.Random, Samples: null }
            ? throw new BacktestRefusedException("The method random needs the number of samples.")
        : settings.Samples is { } samples && settings.Method != OptimizationMethod.Grid ? settings.Space.Random(samples, settings.Seed)
        : settings.Space.Grid();

    private static (IReadOnlyList<Combination> Sensible, string? LeftOut) Sensible(OptimizationSettings settings)
    {
        var (sensible, left, first) = (new List<Combination>(), 0, (string?)null);
        foreach (var combination in Tried(settings))
        {
            // Whether a ladder makes sense hardly depends on the price around which it is built; each run checks its own.
            if (Problem(combination.Strategy(settings.Symbol, 100)) is { } problem)
            {
                left++;
                first ??= $"{combination}: {problem}";
            }
            else
            {
                sensible.Add(combination);
            }
        }

        return sensible.Count == 0 ? throw new BacktestRefusedException($"No combination makes sense. {first}")
            : left == 0 ? (sensible, null)
            : (
                sensible,
                string.Create(CultureInfo.InvariantCulture, $"{left} combinations make no sense and were left out, such as {first}")
            );
    }

    private static string? Problem(Strategy strategy) =>
        StrategyValidation.Validate(strategy) is [var problem, ..] ? problem.Message : null;

    private async Task<OptimizationResult> RunAsync(string id, string dataHash)
    {
        var trainings = new List<IReadOnlyList<TrialFigures?>>();
        CountResumed();
        foreach (var training in _periods.Trainings)
        {
            trainings.Add(await TrainAsync(training));
            if (_cancellation.IsCancellationRequested)
            {
                break;
            }
        }

        var (sessions, figures) = (_periods.Trainings[trainings.Count - 1], trainings[^1]);
        List<Trial> trials =
        [
            .. _combinations
                .Zip(figures)
                .Where(it => it.Second is not null)
                .Select(it => new Trial(
                    it.First.Values.ToDictionary(StringComparer.Ordinal),
                    _settings.Objective.Score(it.Second!),
                    it.Second!
                )),
        ];
        var best = Best(figures);
        if (best is null)
        {
            _cancellation.ThrowIfCancellationRequested();
        }

        var walk = _settings.Method == OptimizationMethod.WalkForward ? await WalkAsync(trainings) : null;
        var answer = best is null ? null : await AnswerAsync(id, best.Value.Index, sessions, figures);
        var result = new OptimizationResult
        {
            Id = id,
            StrategyType = WireNames.Of(_settings.Space.Type),
            Symbol = Symbol.Normalize(_settings.Symbol),
            EntryCondition = _settings.Space.Entry?.Text,
            StartDate = OptimizationResult.Day(_settings.Backtest.Start),
            EndDate = OptimizationResult.Day(_settings.Backtest.End),
            CreatedAt = OptimizationResult.Instant(TimeProvider.System.GetUtcNow()),
            Objective = _settings.Objective.Name,
            Method = WireNames.Of(_settings.Method),
            BestParams = answer?.Params,
            BestScore = answer?.Score,
            BestBacktest = answer?.Trained,
            AllResults = trials,
            NumCombinations = trials.Count,
            AllCombinations = _combinations.Count,
            Seed = _settings.Samples is null ? null : _settings.Seed,
            TrainedTo = OptimizationResult.Day(sessions[^1].Day),
            HoldOut = answer?.HoldOut,
            HoldOutScore = answer?.HoldOutScore,
            Neighborhood = answer?.Neighborhood,
            DeflatedSharpe = answer?.Deflated,
            WalkForward = walk,
            BestStrategy = answer?.Strategy,
            DataHash = dataHash,
            Canceled = _cancellation.IsCancellationRequested,
        };
        return result with { Warnings = [.. OptimizationWarnings.Of(result, _leftOut)] };
    }

    private void CountResumed()
    {
        if (_journal is { Count: > 0 } journal)
        {
            _resumed = _periods.Trainings.Sum(it => _combinations.Count(one => journal.Find(PeriodOf(it), one) is not null));
            _done = _resumed;
        }
    }

    private async Task<IReadOnlyList<TrialFigures?>> TrainAsync(IReadOnlyList<Session> sessions)
    {
        var (period, figures) = (PeriodOf(sessions), new TrialFigures?[_combinations.Count]);
        var (first, _) = await _data.ClosesAsync(Symbol.Normalize(_settings.Symbol), sessions);
        await Parallel.ForEachAsync(
            Enumerable.Range(0, figures.Length),
            new ParallelOptions { MaxDegreeOfParallelism = _settings.Workers },
            async (i, _) =>
            {
                if ((figures[i] = _journal?.Find(period, _combinations[i])) is null && !_cancellation.IsCancellationRequested)
                {
                    figures[i] = await TryAsync(_combinations[i], sessions, first, period);
                }
            }
        );
        return figures;
    }

    private async Task<TrialFigures?> TryAsync(Combination combination, IReadOnlyList<Session> sessions, decimal price, string period)
    {
        var settings = SettingsOf(combination.Strategy(_settings.Symbol, price), sessions);
        BacktestRun run;
        try
        {
            run = await Backtest.RunAsync(settings, progress: null, _data, _cancellation);
        }
        catch (OperationCanceledException) when (_cancellation.IsCancellationRequested)
        {
            return null;
        }

        if (run.Canceled)
        {
            return null;
        }

        var figures = TrialFigures.Of(settings.Paper.InitialCash, run);
        _journal?.Add(period, combination, figures);
        lock (_counting)
        {
            _bars += run.Bars;
            _progress?.Report(new(++_done, _resumed, _combinations.Count * _periods.Trainings.Count, _bars));
        }

        return figures;
    }

    // Of equals the first.
    private (int Index, decimal Score)? Best(IReadOnlyList<TrialFigures?> figures)
    {
        (int Index, decimal Score)? best = null;
        for (var i = 0; i < figures.Count; i++)
        {
            if (figures[i] is { } known && _settings.Objective.Score(known) is { } score && (best is null || score > best.Value.Score))
            {
                best = (i, score);
            }
        }

        return best;
    }

    private async Task<Answer> AnswerAsync(string id, int index, IReadOnlyList<Session> sessions, IReadOnlyList<TrialFigures?> figures)
    {
        var (best, cash) = (_combinations[index], _settings.Backtest.Paper.InitialCash);
        var score = _settings.Objective.Score(figures[index]!)!.Value;
        var scores = _combinations
            .Zip(figures)
            .Where(it => it.Second is not null)
            .ToDictionary(it => it.First.Key, it => _settings.Objective.Score(it.Second!), StringComparer.Ordinal);
        // The hold-out comes last: whoever stops before has not looked at it.
        var trained = await ResultAsync(id, best, sessions);
        var holdOut = trained is null || _periods.HoldOut.Count == 0 ? null : await ResultAsync(id, best, _periods.HoldOut);
        List<double> ratios =
        [
            .. figures.OfType<TrialFigures>().Select(it => (it.SharpeRatio ?? 0) / Math.Sqrt(EquityStatistics.SessionsPerYear)),
        ];
        var returns = trained is null ? null : EquityStatistics.Returns(cash, trained.Value.Run.Equity);
        var (_, last) = await _data.ClosesAsync(Symbol.Normalize(_settings.Symbol), holdOut is null ? sessions : _periods.HoldOut);
        return new(
            best.Values.ToDictionary(StringComparer.Ordinal),
            score,
            trained?.Result,
            holdOut?.Result,
            holdOut is null ? null : _settings.Objective.Score(TrialFigures.Of(cash, holdOut.Value.Run)),
            Neighborhood.Of(best, score, scores),
            returns is null ? null : DeflatedSharpe.Of(ratios, returns),
            best.Strategy(_settings.Symbol, last)
        );
    }

    private async Task<WalkForward?> WalkAsync(List<IReadOnlyList<TrialFigures?>> trainings)
    {
        var windows = new List<WalkForwardWindow>();
        if (trainings.Count < _periods.Trainings.Count)
        {
            return null;
        }

        for (var i = 0; i < _periods.Tests.Count; i++)
        {
            var (training, test) = (_periods.Trainings[i], _periods.Tests[i]);
            if (Best(trainings[i]) is not { } best)
            {
                continue;
            }

            var combination = _combinations[best.Index];
            if (await ResultAsync("", combination, test) is not { } tested)
            {
                return null;
            }

            var figures = TrialFigures.Of(_settings.Backtest.Paper.InitialCash, tested.Run);
            windows.Add(
                new(
                    OptimizationResult.Day(training[0].Day),
                    OptimizationResult.Day(training[^1].Day),
                    training.Count,
                    OptimizationResult.Day(test[0].Day),
                    OptimizationResult.Day(test[^1].Day),
                    test.Count,
                    combination.Values.ToDictionary(StringComparer.Ordinal),
                    best.Score,
                    trainings[i][best.Index]!.TotalReturnPct,
                    _settings.Objective.Score(figures),
                    figures.TotalReturnPct,
                    figures.TotalTrades
                )
            );
        }

        return WalkForward.Of(windows);
    }

    /// <summary>The whole result of a combination; null when it was stopped.</summary>
    private async Task<(BacktestResult Result, BacktestRun Run)?> ResultAsync(
        string id,
        Combination combination,
        IReadOnlyList<Session> sessions
    )
    {
        var (first, _) = await _data.ClosesAsync(Symbol.Normalize(_settings.Symbol), sessions);
        var settings = SettingsOf(combination.Strategy(_settings.Symbol, first), sessions);
        try
        {
            var (run, other) = await Backtest.RunBothAsync(settings, progress: null, _data, _cancellation);
            return _cancellation.IsCancellationRequested
                ? null
                : (BacktestResult.Of(id, TimeProvider.System.GetUtcNow(), settings, run, other), run);
        }
        catch (OperationCanceledException) when (_cancellation.IsCancellationRequested)
        {
            return null;
        }
    }

    private BacktestSettings SettingsOf(Strategy strategy, IReadOnlyList<Session> sessions) =>
        _settings.Backtest with
        {
            Strategies = [strategy],
            Start = sessions[0].Day,
            End = sessions[^1].Day,
        };

    private static string PeriodOf(IReadOnlyList<Session> sessions) =>
        string.Create(CultureInfo.InvariantCulture, $"{sessions[0].Day:yyyy-MM-dd}..{sessions[^1].Day:yyyy-MM-dd}");

    private sealed record Answer(
        IReadOnlyDictionary<string, decimal> Params,
        decimal Score,
        BacktestResult? Trained,
        BacktestResult? HoldOut,
        decimal? HoldOutScore,
        Neighborhood Neighborhood,
        DeflatedSharpe? Deflated,
        Strategy Strategy
    );
}
