using AutoTrader.Brokers.Market;
using AutoTrader.Brokers.Paper;
using AutoTrader.Core.Risk;
using AutoTrader.Core.Schedules;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Backtesting;

/// <summary>What a backtest replays.</summary>
public sealed record BacktestSettings
{
    /// <summary>The strategies, valid and armed, as they are before the first day: without shares.</summary>
    public required IReadOnlyList<Strategy> Strategies { get; init; }

    /// <summary>The schedules, valid, as if they were made at midnight before the first day.</summary>
    public IReadOnlyList<Schedule> Schedules { get; init; } = [];

    /// <summary>The first day (New York).</summary>
    public required DateOnly Start { get; init; }

    /// <summary>The last day (New York); it is replayed, too.</summary>
    public required DateOnly End { get; init; }

    /// <summary>Where the bars are.</summary>
    public required CsvMarketOptions Market { get; init; }

    /// <summary>The broker: its cash, its strictness, what fills cost.</summary>
    public PaperOptions Paper { get; init; } = new();

    /// <summary>The limits of the account; as live, an order beyond them is refused.</summary>
    public RiskLimits Limits { get; init; } = new();

    /// <summary>The kill switch that is on before the first day; null for none.</summary>
    public KillSwitch? KillSwitch { get; init; }

    /// <summary>Whether data that cannot be trusted is replayed nevertheless; the result says so.</summary>
    public bool AcceptData { get; init; }

    /// <summary>Whether the target comes first in bars that touch target and stop of a position; the rule is the stop.</summary>
    public bool TargetFirst { get; init; }

    /// <summary>Whether the engine looks at every minute, also where nothing can happen. It gives the same result, slower.</summary>
    public bool EveryMinute { get; init; }
}
