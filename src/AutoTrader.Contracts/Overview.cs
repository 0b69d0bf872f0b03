namespace AutoTrader.Contracts;

/// <summary>Everything that the page shows at a glance.</summary>
/// <param name="Account">The account key.</param>
/// <param name="Live">Whether real money is traded.</param>
/// <param name="Health">Whether the app works.</param>
/// <param name="KillSwitch">The kill switch; null when it is off.</param>
/// <param name="Engine">The cycles.</param>
/// <param name="Market">The exchange.</param>
/// <param name="Attention">Everything that needs the user's eye.</param>
/// <param name="Risk">The limits; null while prices cannot be had.</param>
/// <param name="Portfolio">Money; null while the broker or prices cannot be had.</param>
/// <param name="Holdings">Holdings by owner.</param>
/// <param name="Strategies">Strategies, those that hold shares first.</param>
/// <param name="StrategyCount">How many there are.</param>
/// <param name="Orders">Working orders.</param>
/// <param name="OrderCount">How many there are.</param>
/// <param name="Schedules">Schedules by their next occurrence.</param>
/// <param name="ScheduleCount">How many there are.</param>
/// <param name="LedgerTag">Changes when anything was traded.</param>
public sealed record OverviewView(
    string Account,
    bool Live,
    HealthStateView Health,
    KillSwitchDetails? KillSwitch,
    PulseView Engine,
    MarketView Market,
    IReadOnlyList<AttentionView> Attention,
    RiskView? Risk,
    PortfolioView? Portfolio,
    IReadOnlyList<HoldingView> Holdings,
    IReadOnlyList<StrategyResource> Strategies,
    int StrategyCount,
    IReadOnlyList<OrderView> Orders,
    int OrderCount,
    IReadOnlyList<ScheduleAheadView> Schedules,
    int ScheduleCount,
    string LedgerTag
);

/// <summary>Whether the app works.</summary>
/// <param name="Status"><c>ok</c>, <c>impaired</c>, <c>stale</c> or <c>unavailable</c>.</param>
/// <param name="Problems">The problems, in sentences.</param>
public sealed record HealthStateView(string Status, IReadOnlyList<string> Problems);

/// <summary>How the cycles are doing.</summary>
/// <param name="Running">Whether one ended within the last three intervals.</param>
/// <param name="LastCycleAt">When the last one ended (UTC); null before the first.</param>
/// <param name="NextCycleAt">When the next one is due (UTC).</param>
/// <param name="PendingRequests">Commands that no cycle has run yet.</param>
public sealed record PulseView(bool Running, DateTimeOffset? LastCycleAt, DateTimeOffset? NextCycleAt, int PendingRequests);

/// <summary>The exchange.</summary>
/// <param name="Open">Whether the regular session is open.</param>
/// <param name="Session">The session that is open, or the next one.</param>
/// <param name="Sessions">The sessions of today and of the next days.</param>
public sealed record MarketView(bool Open, SessionView Session, IReadOnlyList<SessionView> Sessions);

/// <summary>Shares of one owner in one symbol, and what would sell them if the price falls.</summary>
/// <param name="StrategyId">The strategy; <c>manual</c> for unmanaged shares.</param>
/// <param name="Symbol">The symbol.</param>
/// <param name="Quantity">Shares held.</param>
/// <param name="CoveredQuantity">Of these, shares that a working sell covers.</param>
/// <param name="StoppedQuantity">Of these, shares that a working stop covers.</param>
/// <param name="WantsStop">Whether its strategy declares protection.</param>
/// <param name="Stop">The stop in dollars.</param>
/// <param name="Price">The price in dollars; null without a quote.</param>
/// <param name="DistancePct">How far the price is above the stop, in percent of the price.</param>
/// <param name="UnrealizedPnl">Market value less cost, in dollars.</param>
public sealed record HoldingView(
    string StrategyId,
    string Symbol,
    decimal Quantity,
    decimal CoveredQuantity,
    decimal StoppedQuantity,
    bool WantsStop,
    decimal? Stop,
    decimal? Price,
    decimal? DistancePct,
    decimal? UnrealizedPnl
);

/// <summary>A schedule with what comes next.</summary>
/// <param name="Schedule">The schedule.</param>
/// <param name="Upcoming">Its next occurrences.</param>
/// <param name="HasMore">Whether there are more of them in these days.</param>
public sealed record ScheduleAheadView(ScheduleResource Schedule, IReadOnlyList<OccurrenceView> Upcoming, bool HasMore);
