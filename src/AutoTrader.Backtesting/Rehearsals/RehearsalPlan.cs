using AutoTrader.Brokers.Market;
using AutoTrader.Brokers.Paper;
using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Risk;
using AutoTrader.Core.Schedules;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Backtesting.Rehearsals;

/// <summary>What the app begins a rehearsal with, and on what it plays.</summary>
public sealed record RehearsalPlan
{
    /// <summary>The strategies as they stand at the beginning.</summary>
    public required IReadOnlyList<Strategy> Strategies { get; init; }

    /// <summary>The schedules, each with its next run.</summary>
    public required IReadOnlyList<Schedule> Schedules { get; init; }

    /// <summary>The limits of the account, and its kill switch.</summary>
    public required AccountState Account { get; init; }

    /// <summary>The rows of the broker's account: its cash, and the shares that the strategies hold.</summary>
    public required IReadOnlyList<PaperWrite> Broker { get; init; }

    /// <summary>When it begins (UTC): the midnight in New York with which the day of the session begins, or the first closed day before
    /// it.</summary>
    public required DateTimeOffset Begin { get; init; }

    /// <summary>The session.</summary>
    public required Session Session { get; init; }

    /// <summary>Where the bars of the session are.</summary>
    public required CsvMarketOptions Market { get; init; }

    /// <summary>What fills cost.</summary>
    public required FillModel Fill { get; init; }

    /// <summary>When it ends (UTC): with the day of the session in New York.</summary>
    public DateTimeOffset End => MidnightOf(Session.Day.AddDays(1)).AddTicks(-1);

    /// <summary>The midnight with which a day begins in New York (UTC).</summary>
    internal static DateTimeOffset MidnightOf(DateOnly day) =>
        TradingCalendar.Nyse.SessionOf(day, TimeOnly.MinValue, TimeOnly.MinValue).Open;
}

/// <summary>What the app's records say at the end.</summary>
public sealed record RehearsedDay
{
    /// <summary>The strategies.</summary>
    public required IReadOnlyList<Strategy> Strategies { get; init; }

    /// <summary>Every order.</summary>
    public required IReadOnlyList<Order> Orders { get; init; }

    /// <summary>Every ledger entry, oldest first.</summary>
    public required IReadOnlyList<Fill> Fills { get; init; }

    /// <summary>Every occurrence of the schedules, and what became of it.</summary>
    public required IReadOnlyList<ScheduleRun> Runs { get; init; }

    /// <summary>Attention items that were raised, with how often, by code.</summary>
    public required IReadOnlyDictionary<string, int> Attention { get; init; }

    /// <summary>Cash and positions at the broker a minute after the close, in dollars.</summary>
    public required decimal Equity { get; init; }
}

/// <summary>How far a rehearsal has come.</summary>
/// <param name="Day">The session that is played.</param>
/// <param name="At">The virtual time (UTC).</param>
/// <param name="Pct">How much of it is done, in percent.</param>
public sealed record RehearsalProgress(DateOnly Day, DateTimeOffset At, int Pct);

/// <summary>Plays a plan through the app.</summary>
/// <param name="plan">What is played.</param>
/// <param name="progress">Told now and then.</param>
/// <param name="cancellationToken">Cancels it.</param>
/// <exception cref="OperationCanceledException">It was canceled.</exception>
public delegate Task<RehearsedDay> RehearsalStage(
    RehearsalPlan plan,
    IProgress<RehearsalProgress>? progress,
    CancellationToken cancellationToken
);
