namespace AutoTrader.Backtesting.Optimization;

/// <summary>Which combinations are tried, and how the best is found.</summary>
public enum OptimizationMethod
{
    /// <summary>Every combination.</summary>
    Grid,

    /// <summary>Some, drawn at random.</summary>
    Random,

    /// <summary>Window after window: the best of one is tested on what follows it.</summary>
    WalkForward,
}

/// <summary>What an optimization looks for, and in what.</summary>
public sealed record OptimizationSettings
{
    /// <summary>What may be tried.</summary>
    public required ParameterSpace Space { get; init; }

    /// <summary>The symbol.</summary>
    public required string Symbol { get; init; }

    /// <summary>Days, market, broker and limits; its strategies are not used.</summary>
    public required BacktestSettings Backtest { get; init; }

    /// <summary>What is to be best.</summary>
    public Objective Objective { get; init; } = Objective.All[0];

    /// <summary>How it is looked for.</summary>
    public OptimizationMethod Method { get; init; }

    /// <summary>How many combinations are drawn: needed for <see cref="OptimizationMethod.Random"/>; null for all of a
    /// walk-forward.</summary>
    public int? Samples { get; init; }

    /// <summary>What the draws begin with: the same seed draws the same.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>The part of the sessions at the end, in percent, that only the best is run on, once, at the end; 0 for none.</summary>
    public decimal HoldOutPct { get; init; } = 25;

    /// <summary>How many tests a walk-forward makes.</summary>
    public int Windows { get; init; } = 4;

    /// <summary>How many trials run at a time.</summary>
    public int Workers { get; init; } = Environment.ProcessorCount;
}

/// <summary>How far an optimization has come.</summary>
/// <param name="Done">Trials that are done, those of an earlier run included.</param>
/// <param name="Resumed">Those of an earlier run.</param>
/// <param name="All">Trials in all.</param>
/// <param name="Bars">Bars that this run has played.</param>
public sealed record OptimizationProgress(int Done, int Resumed, int All, long Bars);
