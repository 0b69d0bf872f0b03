using AutoTrader.Core.Portfolio;

namespace AutoTrader.Core.Risk;

/// <summary>The limits of an account; the defaults are those of docs/trading-rules.md, "The pre-trade check".</summary>
public sealed record RiskLimits
{
    /// <summary>The most shares per symbol, held and on order.</summary>
    public decimal MaxPositionSize { get; init; } = 100;

    /// <summary>The largest value per symbol in dollars, held and on order.</summary>
    public decimal MaxPositionValue { get; init; } = 10_000;

    /// <summary>The largest value of one order in dollars.</summary>
    public decimal MaxOrderValue { get; init; } = 5_000;

    /// <summary>Loss of one trading day in dollars at which entries stop until the next session.</summary>
    public decimal MaxDailyLoss { get; init; } = 500;

    /// <summary>Buy orders with their first fill on one trading day.</summary>
    public int MaxDailyTrades { get; init; } = 50;

    /// <summary>Whether buys may use margin.</summary>
    public bool AllowMargin { get; init; }
}

/// <summary>The kill switch while it is on.</summary>
/// <param name="Reason">Why.</param>
/// <param name="Since">Since when (UTC).</param>
/// <param name="By">Who set it: a caller, or <c>schedule:{id}</c>.</param>
public sealed record KillSwitch(string Reason, DateTimeOffset Since, string By);

/// <summary>A restore that has begun and not ended: until it has, nothing of the account is believed, and no cycle runs.</summary>
/// <param name="File">The checksum of the backup, or what else the state comes from.</param>
/// <param name="Since">Since when (UTC).</param>
/// <param name="By">The author.</param>
public sealed record RestoreMark(string File, DateTimeOffset Since, string By);

/// <summary>The figures that a trading day began with.</summary>
/// <param name="Day">The New York date.</param>
/// <param name="UnrealizedAtPriorClose">The unrealized profit of the holdings at the prior session's close, in dollars.</param>
public sealed record TradingDay(DateOnly Day, decimal UnrealizedAtPriorClose)
{
    /// <summary>The day's loss in dollars: -(realized today + change of unrealized since the prior close - fees). Deposits do not appear in
    /// it.</summary>
    /// <param name="tally">What all owners did today.</param>
    /// <param name="unrealizedNow">The unrealized profit of everything held, in dollars.</param>
    public decimal Loss(DayTally tally, decimal unrealizedNow) => -(tally.Realized + (unrealizedNow - UnrealizedAtPriorClose) - tally.Fees);
}

/// <summary>The account row: limits, counters, latch, kill switch. Every commit of an entry carries it with its ETag.</summary>
public sealed record AccountState
{
    /// <summary>The limits.</summary>
    public RiskLimits Limits { get; init; } = new();

    /// <summary>The kill switch; null when it is off.</summary>
    public KillSwitch? KillSwitch { get; init; }

    /// <summary>The trading day that has begun; null before the first cycle.</summary>
    public TradingDay? Today { get; init; }

    /// <summary>The New York date on which the daily loss limit latched; entries stop for the rest of that day.</summary>
    public DateOnly? LossLatchedOn { get; init; }

    /// <summary>The broker's account number that this state belongs to.</summary>
    public string? AccountNumber { get; init; }

    /// <summary>The expected cash; null before the first check.</summary>
    public CashBook? Cash { get; init; }

    /// <summary>Entries ever committed; changes with each, so that two writers never pass one limit together.</summary>
    public long EntriesCommitted { get; init; }

    /// <summary>The last schedule occurrences that set or lifted the kill switch (<see cref="Strategies.HandledOccurrences"/>).</summary>
    public string? LastOccurrence { get; init; }

    /// <summary>The restore that has begun and not ended; null when none has.</summary>
    public RestoreMark? Restoring { get; init; }

    /// <summary>Why buying is barred on <paramref name="day"/> (a New York date): the kill switch or the daily loss limit; null when
    /// neither applies.</summary>
    public string? Barred(DateOnly day) =>
        KillSwitch is { } kill ? "the kill switch is on: " + kill.Reason
        : LossLatchedOn == day ? "the daily loss limit was reached"
        : null;
}
