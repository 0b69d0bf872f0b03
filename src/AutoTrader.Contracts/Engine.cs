using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using AutoTrader.Core.Application.Reports;
using AutoTrader.Core.Engine;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Schedules;

namespace AutoTrader.Contracts;

/// <summary>Whether the app works.</summary>
/// <param name="Status"><c>ok</c>, <c>impaired</c>, <c>stale</c> or <c>unavailable</c>.</param>
/// <param name="Problems">The problems, in sentences.</param>
/// <param name="Storage"><c>reachable</c> or <c>unreachable</c>.</param>
/// <param name="HeartbeatAgeSeconds">How long ago the last cycle ended; null before the first.</param>
/// <param name="Now">Business time (UTC).</param>
/// <param name="Version">The version of the app.</param>
public sealed record HealthView(
    string Status,
    IReadOnlyList<string> Problems,
    string Storage,
    long? HeartbeatAgeSeconds,
    DateTimeOffset Now,
    string Version
);

/// <summary>How the engine is doing.</summary>
/// <param name="Account">The account key: <c>paper</c>, <c>alpaca-paper-...</c> or <c>alpaca-live-...</c>.</param>
/// <param name="Now">Business time (UTC).</param>
/// <param name="MarketOpen">Whether the regular session is open.</param>
/// <param name="Session">The session that is open, or the next one.</param>
/// <param name="Running">Whether a cycle ended within the last three intervals.</param>
/// <param name="LastCycleAt">When the last cycle ended (UTC); null before the first.</param>
/// <param name="LastTick">The planned instant (UTC) of the last tick.</param>
/// <param name="LeaseHolder">Who holds the engine lease now; null when no cycle runs.</param>
/// <param name="LastHolder">Who ran the last cycle.</param>
/// <param name="KillSwitch">The kill switch; null when it is off.</param>
/// <param name="ActiveStrategies">Strategies that are enabled, not paused and not ended.</param>
/// <param name="Strategies">All strategies.</param>
/// <param name="OpenOrders">Working orders.</param>
/// <param name="PendingRequests">Commands that no cycle has run yet.</param>
/// <param name="Attention">Everything that needs the user's eye.</param>
/// <param name="Cycles">The latest cycles, newest first.</param>
public sealed record EngineView(
    string Account,
    DateTimeOffset Now,
    bool MarketOpen,
    SessionView Session,
    bool Running,
    DateTimeOffset? LastCycleAt,
    DateTimeOffset? LastTick,
    LeaseHolderView? LeaseHolder,
    string? LastHolder,
    KillSwitchDetails? KillSwitch,
    int ActiveStrategies,
    int Strategies,
    int OpenOrders,
    int PendingRequests,
    IReadOnlyList<AttentionView> Attention,
    IReadOnlyList<CycleRecordView> Cycles
)
{
    private const string Paper = "paper";
    private const string AlpacaPaper = "alpaca-paper-";

    /// <summary>Whether the account trades real money: every account that is not known to be paper. Confirmations and the page's warnings
    /// depend on it, so an unknown kind of account key must not pass for paper.</summary>
    public static bool IsLive(string account)
    {
        ArgumentNullException.ThrowIfNull(account);
        return account != Paper && !account.StartsWith(AlpacaPaper, StringComparison.Ordinal);
    }
}

/// <summary>A regular session of the exchange.</summary>
/// <param name="Day">The New York date.</param>
/// <param name="Open">When it opens (UTC).</param>
/// <param name="Close">When it closes (UTC).</param>
/// <param name="EarlyClose">Whether it closes early.</param>
public sealed record SessionView(DateOnly Day, DateTimeOffset Open, DateTimeOffset Close, bool EarlyClose);

/// <summary>Who holds the engine lease.</summary>
/// <param name="Holder">The host.</param>
/// <param name="Since">Since when (UTC).</param>
public sealed record LeaseHolderView(string Holder, DateTimeOffset Since);

/// <summary>The kill switch while it is on.</summary>
/// <param name="Reason">Why.</param>
/// <param name="Since">Since when (UTC).</param>
/// <param name="By">Who turned it on.</param>
public sealed record KillSwitchDetails(string Reason, DateTimeOffset Since, string By);

/// <summary>Something that needs the user's eye.</summary>
/// <param name="Code">What kind.</param>
/// <param name="Key">The subject: a row key or a symbol.</param>
/// <param name="Message">The problem and what to do.</param>
/// <param name="Since">When it was first seen (UTC).</param>
/// <param name="Severity"><c>high</c>: it costs money, or may, until someone acts; <c>warning</c>: something waits; <c>note</c>: worth
/// knowing.</param>
/// <param name="Todo">What to do about its kind, in a sentence.</param>
public sealed record AttentionView(string Code, string Key, string Message, DateTimeOffset Since, AttentionSeverity Severity, string Todo);

/// <summary>The record of one cycle.</summary>
/// <param name="Planned">The planned instant (UTC).</param>
/// <param name="StartedAt">When it began (UTC).</param>
/// <param name="Cause">What started it: <c>timer</c>, <c>command</c>, <c>manual</c>, <c>watchdog</c>.</param>
/// <param name="Holder">Who ran it.</param>
/// <param name="MarketOpen">Whether the market was open.</param>
/// <param name="Evaluated">Strategies evaluated.</param>
/// <param name="WithoutQuote">Strategies not evaluated for want of a valid quote.</param>
/// <param name="Skipped">Strategies skipped.</param>
/// <param name="Submitted">Orders sent.</param>
/// <param name="Canceled">Requested cancels.</param>
/// <param name="Fills">Executions applied.</param>
/// <param name="Attention">Open attention items.</param>
/// <param name="DurationMs">How long it took, in milliseconds.</param>
/// <param name="Error">Why it ended before its end; null when it did not.</param>
/// <param name="Events">What happened, a line each, in order.</param>
public sealed record CycleRecordView(
    DateTimeOffset Planned,
    DateTimeOffset StartedAt,
    string Cause,
    string Holder,
    bool MarketOpen,
    int Evaluated,
    int WithoutQuote,
    int Skipped,
    int Submitted,
    int Canceled,
    int Fills,
    int Attention,
    long DurationMs,
    string? Error,
    IReadOnlyList<string> Events
);

/// <summary>What a cycle did or, in a dry run, would do.</summary>
/// <param name="Outcome">Whether it ran.</param>
/// <param name="DryRun">Whether it only reported what it would do.</param>
/// <param name="Cycle">Its record.</param>
/// <param name="Decisions">Its decisions in order.</param>
public sealed record CycleView(CycleOutcome Outcome, bool DryRun, CycleRecordView? Cycle, IReadOnlyList<CycleDecisionView> Decisions);

/// <summary>One decision of a cycle.</summary>
/// <param name="StrategyId">Whose.</param>
/// <param name="Symbol">On what.</param>
/// <param name="Kind">For example <c>entry</c>, <c>protection</c>, <c>exit</c>, <c>refused</c>.</param>
/// <param name="Description">What and why.</param>
public sealed record CycleDecisionView(string StrategyId, string Symbol, string Kind, string Description);

/// <summary>A request to the engine and its outcome.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Kind">The request.</param>
/// <param name="Target">The target.</param>
/// <param name="OrderId">The order that it places or cancels.</param>
/// <param name="Status">Whether it has run.</param>
/// <param name="Code">The error code of a refusal.</param>
/// <param name="Outcome">What came of it, in a sentence.</param>
/// <param name="Reason">Why it was asked.</param>
/// <param name="Caller">Who asked.</param>
/// <param name="RequestedAt">When (UTC).</param>
/// <param name="ServedAt">When it ran (UTC); null while it is pending.</param>
public sealed record CommandView(
    string Id,
    CommandKind Kind,
    string? Target,
    string? OrderId,
    CommandStatus Status,
    string? Code,
    string? Outcome,
    string? Reason,
    string Caller,
    DateTimeOffset RequestedAt,
    DateTimeOffset? ServedAt
);

/// <summary>The kill switch.</summary>
/// <param name="On">Whether it is on.</param>
/// <param name="Reason">Why.</param>
/// <param name="Since">Since when (UTC).</param>
/// <param name="By">Who turned it on.</param>
/// <param name="Flatten">The request to flatten, when there is one.</param>
/// <param name="Due">The strategies that wait for it or, when it was turned off just now, may buy from the next cycle on.</param>
/// <param name="DueSchedules">The schedules that buy or let a strategy buy, in the order in which they are due.</param>
public sealed record KillSwitchView(
    bool On,
    string? Reason,
    DateTimeOffset? Since,
    string? By,
    CommandView? Flatten,
    IReadOnlyList<string> Due,
    IReadOnlyList<DueSchedule> DueSchedules
);

/// <summary>A schedule that buys, or lets a strategy buy.</summary>
/// <param name="Id">Its id.</param>
/// <param name="TaskType">The action.</param>
/// <param name="StrategyId">The strategy that it lets buy; null when it places an order.</param>
/// <param name="NextRun">When it is due next (UTC).</param>
/// <param name="WaitingFor">The reason for waiting, in a sentence; null when it does not wait.</param>
public sealed record DueSchedule(string Id, ScheduleAction TaskType, string? StrategyId, DateTimeOffset NextRun, string? WaitingFor);

/// <summary>Turns the kill switch on or off.</summary>
/// <param name="On">Whether the kill switch should be on.</param>
/// <param name="Reason">Why; needed to turn it on.</param>
/// <param name="Flatten">Also sell all strategies' shares.</param>
/// <param name="Scope">What flatten sells.</param>
public sealed record KillSwitchRequest(
    [property: Description("Whether the kill switch should be on.")] bool On,
    [property: Description("The reason; required to turn it on."), MaxLength(500)] string? Reason = null,
    [property: Description("Also sell all strategies' shares."), DefaultValue(false)] Optional<bool> Flatten = default,
    [property: Description("What flatten sells: strategies' shares only, or unmanaged shares too."), DefaultValue("strategies")]
        Optional<FlattenScope> Scope = default
);

/// <summary>What is sold when everything is.</summary>
public enum FlattenScope
{
    /// <summary>What strategies hold.</summary>
    Strategies,

    /// <summary>Unmanaged shares too.</summary>
    Account,
}

/// <summary>Why something is done.</summary>
/// <param name="Reason">In a sentence.</param>
public sealed record ReasonRequest(
    [property: Description("The reason, shown with its effects and in the audit."), MaxLength(500)] Optional<string> Reason = default
);

/// <summary>The limits, and how far the day has used them up.</summary>
/// <param name="Status">How much of them is used.</param>
/// <param name="Limits">The limits.</param>
public sealed record RiskView(RiskStatusView Status, RiskLimitsView Limits);

/// <summary>How far the day has used up the limits. Amounts are dollars.</summary>
/// <param name="KillSwitch">Whether the kill switch is on.</param>
/// <param name="KillSwitchDetails">The reason, start and author.</param>
/// <param name="Day">The New York date.</param>
/// <param name="LossLatched">Whether buying stopped for the day's loss.</param>
/// <param name="DailyPnl">The day's profit or loss.</param>
/// <param name="DailyPnlLimit">The loss at which buying stops.</param>
/// <param name="DailyPnlRemaining">The remaining amount.</param>
/// <param name="TradeCount">Buys of the day.</param>
/// <param name="TradeLimit">How many there may be.</param>
/// <param name="TradesRemaining">How many are left.</param>
/// <param name="CanTrade">Whether anything may be bought.</param>
public sealed record RiskStatusView(
    bool KillSwitch,
    KillSwitchDetails? KillSwitchDetails,
    DateOnly Day,
    bool LossLatched,
    decimal DailyPnl,
    decimal DailyPnlLimit,
    decimal DailyPnlRemaining,
    int TradeCount,
    int TradeLimit,
    int TradesRemaining,
    bool CanTrade
);

/// <summary>The limits of the account.</summary>
/// <param name="MaxPositionSize">The most shares per symbol, held and on order.</param>
/// <param name="MaxPositionValue">The largest value per symbol in dollars, held and on order.</param>
/// <param name="MaxOrderValue">The largest value of one order in dollars.</param>
/// <param name="MaxDailyLoss">Loss of one trading day in dollars at which buying stops.</param>
/// <param name="MaxDailyTrades">Buys of one trading day.</param>
/// <param name="AllowMargin">Whether buys may use margin.</param>
public sealed record RiskLimitsView(
    decimal MaxPositionSize,
    decimal MaxPositionValue,
    decimal MaxOrderValue,
    decimal MaxDailyLoss,
    int MaxDailyTrades,
    bool AllowMargin
);

/// <summary>Changes limits; absent leaves a limit unchanged.</summary>
/// <param name="MaxPositionSize">The most shares per symbol, held and on order.</param>
/// <param name="MaxPositionValue">The largest value per symbol in dollars, held and on order.</param>
/// <param name="MaxOrderValue">The largest value of one order in dollars.</param>
/// <param name="MaxDailyLoss">Loss of one trading day in dollars at which buying stops.</param>
/// <param name="MaxDailyTrades">Buys of one trading day.</param>
/// <param name="AllowMargin">Whether buys may use margin.</param>
public sealed record RiskRequest(
    [property: Description("The most shares per symbol, held and on order."), DefaultValue(100)]
        Optional<decimal> MaxPositionSize = default,
    [property: Description("The largest value per symbol in dollars, held and on order."), DefaultValue(10000)]
        Optional<decimal> MaxPositionValue = default,
    [property: Description("The largest value of one order in dollars."), DefaultValue(5000)] Optional<decimal> MaxOrderValue = default,
    [property: Description("The daily loss in dollars at which buying stops until the next session."), DefaultValue(500)]
        Optional<decimal> MaxDailyLoss = default,
    [property: Description("Buy orders with their first fill on one trading day."), Range(0, 1_000_000), DefaultValue(50)]
        Optional<int> MaxDailyTrades = default,
    [property: Description("Whether buys may use margin."), DefaultValue(false)] Optional<bool> AllowMargin = default
);

/// <summary>A change: who made it, on what, and with what details.</summary>
/// <param name="At">When (UTC).</param>
/// <param name="Id">Unique.</param>
/// <param name="Caller">Who.</param>
/// <param name="Action">The action.</param>
/// <param name="Target">To what.</param>
/// <param name="Details">What exactly.</param>
/// <param name="Error">The error code when it was refused.</param>
public sealed record AuditView(
    DateTimeOffset At,
    string Id,
    string Caller,
    string Action,
    string? Target,
    JsonElement? Details,
    string? Error
);

/// <summary>Something that happened.</summary>
/// <param name="At">When (UTC).</param>
/// <param name="Id">Unique; sorts events of one instant.</param>
/// <param name="Kind">Whether the engine, a schedule or somebody did it.</param>
/// <param name="Subject">The strategy, schedule, order or symbol that it is about, where that is known.</param>
/// <param name="Message">In a line.</param>
/// <param name="By">Who made a change.</param>
/// <param name="LatenessSeconds">Of a run: how long after its planned instant it started.</param>
/// <param name="Action">Of a change: what was asked, such as <c>enable_strategy</c>.</param>
/// <param name="Error">The error code of a change that was refused; null when it was made.</param>
public sealed record EventView(
    DateTimeOffset At,
    string Id,
    EventKind Kind,
    string? Subject,
    string Message,
    string? By,
    decimal? LatenessSeconds,
    string? Action,
    string? Error
);

/// <summary>A page of what happened. It may be short, or empty, although more pages follow.</summary>
/// <param name="Items">The events, oldest first; one that was stored late, for a time already returned, comes when it is found.</param>
/// <param name="Count">How many on this page.</param>
/// <param name="NextCursor">Where the next page begins; null when these are the last events that there are by now.</param>
/// <param name="ResumeCursor">Where to continue, now or later: it returns every event stored from now on, once.</param>
/// <param name="HeldBack">How many events of the last two minutes exist but are not returned yet: a cursor can name only so many.</param>
public sealed record EventListView(IReadOnlyList<EventView> Items, int Count, string? NextCursor, string ResumeCursor, int HeldBack);
