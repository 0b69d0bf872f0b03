using System.Globalization;
using System.Text.Json.Serialization;
using AutoTrader.Backtesting.Results;
using AutoTrader.Core.Strategies;
using AutoTrader.Yaml.Strategies;

namespace AutoTrader.Backtesting.Optimization;

/// <summary>One step of a walk-forward: the best of what was trained on, on what follows it.</summary>
/// <param name="TrainFrom">The first day of the training.</param>
/// <param name="TrainTo">Its last day.</param>
/// <param name="TrainSessions">Its sessions.</param>
/// <param name="TestFrom">The first day of the test.</param>
/// <param name="TestTo">Its last day.</param>
/// <param name="TestSessions">Its sessions.</param>
/// <param name="Params">The best of the training.</param>
/// <param name="TrainScore">Its score in the training.</param>
/// <param name="TrainReturnPct">Its return in the training, in percent.</param>
/// <param name="TestScore">Its score in the test; null where it is not defined.</param>
/// <param name="TestReturnPct">Its return in the test, in percent.</param>
/// <param name="TestTrades">Closed trades in the test.</param>
public sealed record WalkForwardWindow(
    string TrainFrom,
    string TrainTo,
    int TrainSessions,
    string TestFrom,
    string TestTo,
    int TestSessions,
    IReadOnlyDictionary<string, decimal> Params,
    decimal TrainScore,
    decimal? TrainReturnPct,
    decimal? TestScore,
    decimal? TestReturnPct,
    int TestTrades
);

/// <summary>What choosing anew in each window came to on what had not been seen.</summary>
/// <param name="Windows">The windows.</param>
/// <param name="TestReturnPct">The returns of all tests one after another: 100*(prod(1 + r/100) - 1).</param>
/// <param name="EfficiencyPct">The mean return of a tested session in percent of that of a trained one; null when training earned
/// nothing.</param>
public sealed record WalkForward(IReadOnlyList<WalkForwardWindow> Windows, decimal? TestReturnPct, decimal? EfficiencyPct)
{
    internal static WalkForward Of(IReadOnlyList<WalkForwardWindow> windows)
    {
        if (windows.Count == 0)
        {
            return new(windows, null, null);
        }

        var trained = windows.Sum(it => it.TrainReturnPct ?? 0) / windows.Sum(it => it.TrainSessions);
        var tested = windows.Sum(it => it.TestReturnPct ?? 0) / windows.Sum(it => it.TestSessions);
        return new(
            windows,
            100 * (windows.Aggregate(1m, (product, it) => product * (1 + ((it.TestReturnPct ?? 0) / 100))) - 1),
            trained > 0 ? 100 * tested / trained : null
        );
    }
}

/// <summary>
/// What an optimization came to. The fields up to <see cref="RuntimeSeconds"/> have the names of the original, whose files are read,
/// too; money is in dollars; what is not defined is null.
/// </summary>
public sealed record OptimizationResult
{
    /// <summary>8 hexadecimal digits.</summary>
    public required string Id { get; init; }

    /// <summary>The type of strategy.</summary>
    public required string StrategyType { get; init; }

    /// <summary>The symbol.</summary>
    public required string Symbol { get; init; }

    /// <summary>The entry condition, with the names of what was tried in it in braces; null for none.</summary>
    public string? EntryCondition { get; init; }

    /// <summary>The first day.</summary>
    public required string StartDate { get; init; }

    /// <summary>The last day, which belongs to the hold-out where there is one.</summary>
    public required string EndDate { get; init; }

    /// <summary>When it ended (UTC).</summary>
    public required string CreatedAt { get; init; }

    /// <summary>What was to be best.</summary>
    public required string Objective { get; init; }

    /// <summary><c>grid</c>, <c>random</c> or <c>walk_forward</c>.</summary>
    public required string Method { get; init; }

    /// <summary>The best values; null when no trial has a score. Of a walk-forward, those of the last training.</summary>
    public IReadOnlyDictionary<string, decimal>? BestParams { get; init; }

    /// <summary>Their score in the training.</summary>
    public decimal? BestScore { get; init; }

    /// <summary>Their backtest over the training; null when it was stopped.</summary>
    public BacktestResult? BestBacktest { get; init; }

    /// <summary>Every trial of the (last) training.</summary>
    public IReadOnlyList<Trial> AllResults { get; init; } = [];

    /// <summary>How many trials there were: the more, the better the best looks by luck.</summary>
    public int NumCombinations { get; init; }

    /// <summary>How long it ran, in seconds.</summary>
    public double RuntimeSeconds { get; init; }

    /// <summary>How many combinations there are; more than the trials when it was stopped, and 0 in files of the original.</summary>
    public int AllCombinations { get; init; }

    /// <summary>What random draws began with; null where nothing was drawn.</summary>
    public int? Seed { get; init; }

    /// <summary>The last day that was trained on; null in files of the original, which hold nothing out.</summary>
    public string? TrainedTo { get; init; }

    /// <summary>The best on the sessions that were held out; null without any, and when it was stopped.</summary>
    public BacktestResult? HoldOut { get; init; }

    /// <summary>The score there.</summary>
    public decimal? HoldOutScore { get; init; }

    /// <summary>What lies around the best.</summary>
    public Neighborhood? Neighborhood { get; init; }

    /// <summary>Whether the best is better than the luck of so many trials; null where returns do not vary.</summary>
    public DeflatedSharpe? DeflatedSharpe { get; init; }

    /// <summary>The tests of a walk-forward; null for other methods, and when it was stopped.</summary>
    public WalkForward? WalkForward { get; init; }

    /// <summary>What could fool the reader, a sentence each.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>The command that repeats it.</summary>
    public string? Command { get; init; }

    /// <summary>SHA-256 of the bars and splits that were trained and tested on.</summary>
    public string? DataHash { get; init; }

    /// <summary>Whether it was stopped; the same command goes on where it was.</summary>
    public bool Canceled { get; init; }

    /// <summary>The best as a strategy; a ladder without prices of its own stands around the last price.</summary>
    [JsonIgnore]
    public Strategy? BestStrategy { get; init; }

    /// <summary>The best as a strategies.yaml; it is disabled, so that importing it trades nothing yet.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public string BestAsFile() =>
        StrategiesYaml.Write([
            (BestStrategy ?? throw new InvalidOperationException("No trial has a score.")) with
            {
                Id = "opt-" + Id,
                Enabled = false,
                CreatedAt = DateTimeOffset.Parse(CreatedAt, CultureInfo.InvariantCulture),
                UpdatedAt = DateTimeOffset.Parse(CreatedAt, CultureInfo.InvariantCulture),
                Notes =
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"Best of {NumCombinations} trials by {Objective}, {StartDate} to {TrainedTo}: {BestScore:0.####}"
                    )
                    + (
                        HoldOut is { } after
                            ? string.Create(
                                CultureInfo.InvariantCulture,
                                $"; held out, {after.StartDate} to {after.EndDate}: {HoldOutScore:0.####}"
                            )
                            : ""
                    ),
            },
        ]);

    internal static string Day(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    internal static string Instant(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
}
