using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Portfolio;

namespace AutoTrader.Core.Strategies;

/// <summary>The five kinds of strategy (docs/trading-rules.md, "Strategies").</summary>
public enum StrategyType
{
    /// <summary>Buys, then trails a stop.</summary>
    TrailingStop,

    /// <summary>Buys, then takes profit or stops out, whichever comes first.</summary>
    Bracket,

    /// <summary>Buys, then takes profit in steps.</summary>
    ScaleOut,

    /// <summary>Buys low and sells high on a ladder of prices, again and again.</summary>
    Grid,

    /// <summary>Waits for a dip from the highest price, buys, then trails a stop.</summary>
    PullbackTrailing,
}

/// <summary>A strategy's progress since it was last armed.</summary>
public enum StrategyPhase
{
    /// <summary>Waits for its entry.</summary>
    Pending,

    /// <summary>An entry order is working.</summary>
    EntryActive,

    /// <summary>Holds shares; the entry has ended.</summary>
    PositionOpen,

    /// <summary>Selling its shares.</summary>
    Exiting,

    /// <summary>Bought and sold; trades again only when rearmed.</summary>
    Completed,

    /// <summary>Failed; the note says why.</summary>
    Failed,
}

/// <summary>When a strategy buys.</summary>
public enum EntryType
{
    /// <summary>At once, at market.</summary>
    Market,

    /// <summary>With a limit order, good till canceled.</summary>
    Limit,

    /// <summary>At market when the mid has crossed a price, or a comparison of indicators holds.</summary>
    Condition,
}

/// <summary>What happens when protection is refused for the third time.</summary>
public enum OnUnprotected
{
    /// <summary>The shares are sold at market.</summary>
    Exit,

    /// <summary>The placement is tried again every cycle.</summary>
    Retry,
}

/// <summary>One step of a scale-out.</summary>
/// <param name="Pct">Share of the filled quantity in percent; all steps sum to 100.</param>
/// <param name="TargetPct">Profit at which it is sold, in percent of the entry price.</param>
public sealed record ScaleTarget(decimal Pct, decimal TargetPct);

/// <summary>The ladder of a grid.</summary>
/// <param name="Low">The lowest level in dollars.</param>
/// <param name="High">The highest level in dollars.</param>
/// <param name="Levels">The number of equally spaced levels, both ends included.</param>
/// <param name="QtyPerLevel">Shares bought on each level below the highest.</param>
public sealed record GridConfig(decimal Low, decimal High, int Levels, int QtyPerLevel)
{
    /// <summary>When the mid falls to this price in dollars, the buys are canceled and the inventory is sold; null for never.</summary>
    public decimal? StopBelow { get; init; }

    /// <summary>The price of <paramref name="level"/> (0 is the lowest) in dollars, rounded down to the tick.</summary>
    public decimal PriceAt(int level) => Market.TickSize.RoundDown(Low + ((High - Low) * level / (Levels - 1)));

    /// <summary>The default around <paramref name="mid"/>: mid*(1 -/+ 2 %*levels).</summary>
    public static GridConfig Around(decimal mid, int levels = 5, int qtyPerLevel = 10) =>
        new(
            Market.TickSize.RoundDown(mid * (1 - (0.02m * levels))),
            Market.TickSize.RoundUp(mid * (1 + (0.02m * levels))),
            levels,
            qtyPerLevel
        );
}

/// <summary>What a pause comes from.</summary>
public enum PauseCause
{
    /// <summary>Somebody asked for it, or the state was taken over from elsewhere.</summary>
    Asked,

    /// <summary>One of the strategy's orders was ended at the broker by someone else.</summary>
    ExternalChange,
}

/// <summary>Why all held shares are being sold at market, and since when.</summary>
/// <param name="Reason">A sentence.</param>
/// <param name="Since">When it was decided (UTC).</param>
/// <param name="Pauses">In rows of earlier versions: a user closed it, so it is disabled when it ends. Now it is disabled at the
/// request.</param>
public sealed record Closing(string Reason, DateTimeOffset Since, bool Pauses = false);

/// <summary>
/// A strategy: its definition and its state. The decision functions in this folder map one state to the next; nothing else changes the
/// state.
/// </summary>
public sealed record Strategy
{
    /// <summary>Its id: <c>[A-Za-z0-9_-]{1,32}</c>.</summary>
    public required string Id { get; init; }

    /// <summary>The symbol, upper case.</summary>
    public required string Symbol { get; init; }

    /// <summary>Which of the five kinds it is.</summary>
    public required StrategyType StrategyType { get; init; }

    /// <summary>Shares to buy; a grid's order size is in <see cref="GridConfig"/>.</summary>
    public required int Quantity { get; init; }

    /// <summary>Whether it may enter. Protection and exits run regardless.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>When it buys; ignored by grid and pullback_trailing.</summary>
    public EntryType EntryType { get; init; }

    /// <summary>The limit price of a limit entry in dollars.</summary>
    public decimal? EntryPrice { get; init; }

    /// <summary>The condition of a condition entry: <c>below:PRICE</c>, <c>above:PRICE</c>, or a comparison of indicators
    /// (<see cref="IndicatorCondition"/>).</summary>
    public string? EntryCondition { get; init; }

    /// <summary>Distance of the trailing stop in percent.</summary>
    public decimal? TrailingStopPct { get; init; }

    /// <summary>The dip that is bought, in percent below the reference price.</summary>
    public decimal? PullbackPct { get; init; }

    /// <summary>Profit at which a bracket sells, in percent of the average entry price.</summary>
    public decimal? TakeProfitPct { get; init; }

    /// <summary>Loss at which a bracket or scale-out sells, in percent of the average entry price.</summary>
    public decimal? StopLossPct { get; init; }

    /// <summary>The steps of a scale-out.</summary>
    public ValueList<ScaleTarget> ScaleTargets { get; init; }

    /// <summary>The ladder of a grid; null until the first valid quote fixes the default around it.</summary>
    public GridConfig? GridConfig { get; init; }

    /// <summary>Whether it rearms after completion.</summary>
    public bool Repeat { get; init; }

    /// <summary>How long after completion it arms itself again, in minutes.</summary>
    public int CooldownMinutes { get; init; }

    /// <summary>Whether other strategies may trade the same symbol at the same time.</summary>
    public bool AllowSharedSymbol { get; init; }

    /// <summary>What happens when protection is refused for the third time.</summary>
    public OnUnprotected OnUnprotected { get; init; }

    /// <summary>Short form of a schedule: when it starts (UTC).</summary>
    public DateTimeOffset? ScheduleAt { get; init; }

    /// <summary>Short form of a schedule: whether it is on.</summary>
    public bool ScheduleEnabled { get; init; }

    /// <summary>Short form of a schedule: a cron expression in the trading time zone.</summary>
    public string? ScheduleCron { get; init; }

    /// <summary>Short form of a schedule: on every session, at a distance from its open or close.</summary>
    public MarketTime? ScheduleMarket { get; init; }

    /// <summary>Free text; the reason when it failed.</summary>
    public string? Notes { get; init; }

    /// <summary>When it was created (UTC).</summary>
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it was last changed (UTC).</summary>
    public DateTimeOffset UpdatedAt { get; init; }

    // State: changed by the engine only.

    /// <summary>The phase.</summary>
    public StrategyPhase Phase { get; init; }

    /// <summary>Why it is paused, in words for people; null when it is not. Entries stop, protection and exits run.</summary>
    public string? PauseReason { get; init; }

    /// <summary>What the pause comes from; <see cref="PauseCause.Asked"/> also when it is not paused.</summary>
    public PauseCause PauseCause { get; init; }

    /// <summary>8 random base32 characters, minted when it was created or armed: part of every order id, so that no old order is ever met
    /// again.</summary>
    public required string Arm { get; init; }

    /// <summary>The number of the next order.</summary>
    public int NextSequence { get; init; } = 1;

    /// <summary>Its shares and its realized profit over all arms.</summary>
    public Holding Holding { get; init; } = Holding.Empty;

    /// <summary>Shares bought by entries since it was armed.</summary>
    public decimal EnteredQuantity { get; init; }

    /// <summary>The average price of the entry fills since it was armed, in dollars.</summary>
    public decimal? EntryFillPrice { get; init; }

    /// <summary>pullback_trailing: the highest confirmed mid while pending, in dollars.</summary>
    public decimal? PullbackReferencePrice { get; init; }

    /// <summary>The highest of the confirmed mid and the broker's own high since entry, in dollars.</summary>
    public decimal? HighWatermark { get; init; }

    /// <summary>The effective stop in dollars: it falls only with a split, or when its owner lowers it.</summary>
    public decimal? EffectiveStop { get; init; }

    /// <summary>Counts the changes of its exits while it traded since it was armed. Resting exits of an earlier one are moved.</summary>
    public int ExitRevision { get; init; }

    /// <summary>The <see cref="ExitRevision"/> in which its owner last lowered the stop; stops of earlier orders are ignored.</summary>
    public int StopRevision { get; init; }

    /// <summary>scale_out: shares sold per tranche. grid: shares held per level. Indexed by <see cref="Order.Slot"/>.</summary>
    public ValueList<decimal> Slots { get; init; }

    /// <summary>Set while everything it holds is being sold at market.</summary>
    public Closing? Closing { get; init; }

    /// <summary>Definitive refusals of the protection of the shares held now.</summary>
    public int ProtectionRefusals { get; init; }

    /// <summary>Slots (-1 for none) of the exits whose refusal is on record; a repeated refusal records no further order.</summary>
    public ValueList<int> RefusedExits { get; init; }

    /// <summary>Why it waits to try again (a wash-trade or held-shares refusal); null when it does not.</summary>
    public string? WaitingFor { get; init; }

    /// <summary>How often in a row the broker refused its entry.</summary>
    public int EntryRefusals { get; init; }

    /// <summary>Before this instant (UTC) no entry is sent, since the broker refused the last one; null when it did not.</summary>
    public DateTimeOffset? RetryEntryAt { get; init; }

    /// <summary>When it completed (UTC).</summary>
    public DateTimeOffset? CompletedAt { get; init; }

    /// <summary>The last schedule occurrences that it handled (<see cref="HandledOccurrences"/>), so that a retry never undoes what a user
    /// did later.</summary>
    public string? LastOccurrence { get; init; }

    /// <summary>Whether it has ended until it is rearmed.</summary>
    public bool IsTerminal => Phase is StrategyPhase.Completed or StrategyPhase.Failed;

    /// <summary>Whether it waits to try again, for a reason that <see cref="WaitingFor"/> gives in words.</summary>
    public bool IsWaiting => WaitingFor is not null;

    /// <summary>Whether a reverse split has left nothing of the quantity that it buys: it waits for its owner to set another.</summary>
    public bool BuysNothing => StrategyType == StrategyType.Grid ? GridConfig is { QtyPerLevel: < 1 } : Quantity < 1;

    /// <summary>Whether it may enter now: enabled, not paused, not ended, with something to buy.</summary>
    public bool MayEnter => Enabled && PauseReason is null && !IsTerminal && Closing is null && !BuysNothing;

    /// <summary>Whether it would buy as soon as its price allows and nothing bars it.</summary>
    public bool WantsToEnter =>
        MayEnter && (Phase is StrategyPhase.Pending or StrategyPhase.EntryActive || StrategyType == StrategyType.Grid);

    /// <summary>Whether the strategy declares protection; a scale-out without a stop and a grid do not.</summary>
    public bool DeclaresProtection =>
        StrategyType switch
        {
            StrategyType.Grid => false,
            StrategyType.ScaleOut => StopLossPct is not null,
            _ => true,
        };

    /// <summary>Whether it keeps <paramref name="other"/> from being enabled on its symbol.</summary>
    public bool Occupies(Strategy other) => Enabled && !IsTerminal && Symbol == other.Symbol && Id != other.Id && !other.AllowSharedSymbol;

    /// <summary>Whether it rearms after its cooldown, unless something stops it.</summary>
    public bool IsCoolingDown => Repeat && Phase == StrategyPhase.Completed && !BuysNothing;

    /// <summary>The strategy, paused. A later pause takes the place of an earlier one.</summary>
    /// <param name="reason">Why, in a sentence.</param>
    /// <param name="cause">What it comes from.</param>
    public Strategy Pause(string reason, PauseCause cause = PauseCause.Asked) => this with { PauseReason = reason, PauseCause = cause };

    /// <summary>The strategy, not paused.</summary>
    public Strategy Resume() => this with { PauseReason = null, PauseCause = PauseCause.Asked };

    /// <summary>The strategy, closing and disabled: everything it holds is sold, and it enters again only when it is enabled. A pause
    /// is lifted.</summary>
    /// <param name="reason">Why, in a sentence.</param>
    /// <param name="now">When it was requested (UTC).</param>
    public Strategy Out(string reason, DateTimeOffset now) => Resume() with { Enabled = false, Closing = Closing ?? new(reason, now) };

    /// <summary>
    /// The rearmed strategy: pending, with a new <paramref name="arm"/>, reference and watermark cleared. A pause
    /// holds until it is resumed.
    /// </summary>
    public Strategy ArmAnew(string arm) =>
        this with
        {
            Arm = arm,
            Phase = StrategyPhase.Pending,
            EnteredQuantity = 0,
            EntryFillPrice = null,
            PullbackReferencePrice = null,
            HighWatermark = null,
            EffectiveStop = null,
            ExitRevision = 0,
            StopRevision = 0,
            Slots = [],
            Closing = null,
            ProtectionRefusals = 0,
            RefusedExits = [],
            WaitingFor = null,
            EntryRefusals = 0,
            RetryEntryAt = null,
            CompletedAt = null,
            NextSequence = 1,
        };
}
