using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Schedules;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Backtesting;

/// <summary>The account at the close of a session.</summary>
/// <param name="Day">The New York date.</param>
/// <param name="At">The close (UTC).</param>
/// <param name="Equity">Cash, and positions at the last price, in dollars.</param>
/// <param name="LowestEquity">The least that it was worth in the session, with positions at the lows of their bars, in dollars.</param>
public sealed record SessionEquity(DateOnly Day, DateTimeOffset At, decimal Equity, decimal LowestEquity);

/// <summary>What a backtest came to.</summary>
public sealed record BacktestRun
{
    /// <summary>Every ledger entry, in order.</summary>
    public required IReadOnlyList<Fill> Fills { get; init; }

    /// <summary>Every order: those that ended, in the order in which they did, then those that work on.</summary>
    public required IReadOnlyList<Order> Orders { get; init; }

    /// <summary>The account at each session's close.</summary>
    public required IReadOnlyList<SessionEquity> Equity { get; init; }

    /// <summary>The strategies at the end.</summary>
    public required IReadOnlyList<Strategy> Strategies { get; init; }

    /// <summary>Every occurrence of the schedules, and what became of it.</summary>
    public required IReadOnlyList<ScheduleRun> ScheduleRuns { get; init; }

    /// <summary>Attention items that were raised, with how often.</summary>
    public required IReadOnlyDictionary<string, int> Attention { get; init; }

    /// <summary>Bars that were played, of all symbols.</summary>
    public required long Bars { get; init; }

    /// <summary>Bars at whose end something was held, of all symbols that are held.</summary>
    public required long BarsHeld { get; init; }

    /// <summary>The most that was tied up in open lots, at cost, in dollars.</summary>
    public required decimal PeakCapital { get; init; }

    /// <summary>What is to be known about the bars, by symbol.</summary>
    public required IReadOnlyList<BarReport> Data { get; init; }

    /// <summary>SHA-256 of the bars of the period and the splits in it, in hexadecimal digits: the same data, the same hash.</summary>
    public required string DataHash { get; init; }

    /// <summary>The bars of the period by symbol: those that were read, not copies, of which a few are in memory.</summary>
    public required IReadOnlyDictionary<string, IReadOnlyList<Bar>> Prices { get; init; }

    /// <summary>The splits of the period.</summary>
    public required IReadOnlyList<Split> Splits { get; init; }

    /// <summary>Bars that touched target and stop of a position, and do not tell which came first.</summary>
    public required long AmbiguousBars { get; init; }

    /// <summary>What spread and slippage cost, in dollars.</summary>
    public required decimal Slippage { get; init; }

    /// <summary>How often the engine looked.</summary>
    public required long Cycles { get; init; }

    /// <summary>Whether it was canceled before its last day; what is here is what was done until then.</summary>
    public required bool Canceled { get; init; }
}

/// <summary>How far a backtest has come.</summary>
/// <param name="Day">The session that was played last.</param>
/// <param name="Sessions">Sessions played.</param>
/// <param name="AllSessions">Sessions in all.</param>
/// <param name="Bars">Bars played.</param>
/// <param name="TargetFirst">Whether it is the second run, with the target first in ambiguous bars.</param>
public sealed record BacktestProgress(DateOnly Day, int Sessions, int AllSessions, long Bars, bool TargetFirst);

/// <summary>The backtest cannot be run; the message says what to change.</summary>
/// <param name="message">What is wrong and what to do, in a sentence.</param>
public sealed class BacktestRefusedException(string message) : Exception(message);
