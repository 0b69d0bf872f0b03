using AutoTrader.Core.Market;
using AutoTrader.Core.Portfolio;

namespace AutoTrader.Core.Ports;

/// <summary>The engine's state between cycles, apart from the trading state; stored with the heartbeat.</summary>
public sealed record EngineState
{
    /// <summary>The planned instant (UTC) of the last tick; a tick not later than it is skipped.</summary>
    public DateTimeOffset? LastTick { get; init; }

    /// <summary>When the last cycle ended (UTC).</summary>
    public DateTimeOffset? LastCycleAt { get; init; }

    /// <summary>Who ran the last cycle.</summary>
    public string? LastHolder { get; init; }

    /// <summary>The quotes of each symbol that the next ones are confirmed against.</summary>
    public IReadOnlyDictionary<string, QuoteState> Quotes { get; init; } = new Dictionary<string, QuoteState>(StringComparer.Ordinal);

    /// <summary>Symbols whose quantities disagreed with the broker, with the number of cycles in a row.</summary>
    public IReadOnlyDictionary<string, int> Mismatches { get; init; } = new Dictionary<string, int>(StringComparer.Ordinal);

    /// <summary>Symbols that are held still for a corporate action.</summary>
    public IReadOnlyDictionary<string, SymbolHold> Holds { get; init; } = new Dictionary<string, SymbolHold>(StringComparer.Ordinal);

    /// <summary>The splits that the market data last declared.</summary>
    public IReadOnlyList<Split> Splits { get; init; } = [];

    /// <summary>Everything that needs the user's eye, with when it was first seen.</summary>
    public IReadOnlyList<Attention> Attention { get; init; } = [];

    /// <summary>Executions are read from here, less an overlap (UTC).</summary>
    public DateTimeOffset? ReadTo { get; init; }

    /// <summary>Executions applied within the overlap, with their instants, so that they are not looked up again.</summary>
    public IReadOnlyDictionary<string, DateTimeOffset> Applied { get; init; } =
        new Dictionary<string, DateTimeOffset>(StringComparer.Ordinal);

    /// <summary>The state of the cash check.</summary>
    public CashState Cash { get; init; } = new();

    /// <summary>The broker's latest data about the exchange.</summary>
    public ExchangeState Exchange { get; init; } = new();

    /// <summary>Counts of the cycles in a row that a working order has been waiting for a cancel, by client order id.</summary>
    public IReadOnlyDictionary<string, int> StuckCancels { get; init; } = new Dictionary<string, int>(StringComparer.Ordinal);

    /// <summary>Until when ticks outside a session may skip the full load; null while they must load.</summary>
    public QuietState? Quiet { get; init; }

    /// <summary>The day of the latest equity sample; null before the first one.</summary>
    public EquityDay? Equity { get; init; }

    /// <summary>The unreadable row that this state replaces; null otherwise. Not stored.</summary>
    public UnreadableRow? Unreadable { get; init; }
}

/// <summary>The inputs of a cycle that had nothing to do: while they are unchanged, a tick outside a session can skip its work.</summary>
/// <param name="Until">After this instant (UTC) a whole cycle runs all the same.</param>
/// <param name="Broker">A hash of open orders and positions at the broker.</param>
/// <param name="Account">The version of the account row; empty when there was none.</param>
public sealed record QuietState(DateTimeOffset Until, string Broker, string Account);

/// <summary>The state of the cash check between cycles.</summary>
public sealed record CashState
{
    /// <summary>Cycles in a row in which cash was not what fills and cash activities explain.</summary>
    public int Differs { get; init; }

    /// <summary>When cash activities were last read (UTC).</summary>
    public DateTimeOffset? ReadAt { get; init; }

    /// <summary>The ids that were listed then, all of them taken in.</summary>
    public IReadOnlyList<string> Known { get; init; } = [];
}

/// <summary>The broker's data about the exchange and symbols, each read once per New York day.</summary>
public sealed record ExchangeState
{
    /// <summary>The New York date on which its calendar was last read.</summary>
    public DateOnly? CalendarOn { get; init; }

    /// <summary>The days on which its calendar is not ours, from a week before that date on.</summary>
    public IReadOnlyList<ExchangeDay> Days { get; init; } = [];

    /// <summary>The New York date to which <see cref="Tradable"/> and <see cref="NotTradable"/> belong.</summary>
    public DateOnly? SymbolsOn { get; init; }

    /// <summary>Symbols that can be bought.</summary>
    public IReadOnlyList<string> Tradable { get; init; } = [];

    /// <summary>Symbols that cannot, with the reason.</summary>
    public IReadOnlyDictionary<string, string> NotTradable { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);
}

/// <summary>Why a symbol's decisions are held: a declared split that is being processed, or a quantity or price change that nothing
/// explains.</summary>
/// <param name="Reason">A sentence.</param>
/// <param name="Since">Since when (UTC).</param>
/// <param name="Split">The declared split; null for an unexplained change.</param>
/// <param name="Mid">The last price before it in dollars: the shares are valued at it while quantity and price do not belong
/// together.</param>
/// <param name="BuysOnly">Whether only buys are held, since quantity and price are both still those of before: a declared split that the
/// price does not show.</param>
/// <param name="Refuted">The declared split that is not waited for any more, since neither quantity nor price showed it.</param>
public sealed record SymbolHold(
    string Reason,
    DateTimeOffset Since,
    Split? Split = null,
    decimal? Mid = null,
    bool BuysOnly = false,
    Split? Refuted = null
);

/// <summary>Something that needs the user's eye.</summary>
/// <param name="Code">What kind, in upper snake case.</param>
/// <param name="Key">The subject: a row key or a symbol.</param>
/// <param name="Message">The problem and what to do, in a sentence.</param>
/// <param name="Since">When it was first seen (UTC).</param>
public sealed record Attention(string Code, string Key, string Message, DateTimeOffset Since)
{
    /// <summary>The code of the item that says that the last cycle stopped before its end.</summary>
    public const string CycleStopped = "CYCLE_STOPPED";

    /// <summary>The code of the item about a symbol without prices to trade on.</summary>
    public const string NoMarketData = "NO_MARKET_DATA";

    /// <summary>The code of the item that says that the timer does not run the cycles.</summary>
    public const string TimerSilent = "TIMER_SILENT";

    /// <summary>The code of the item that says that cash is not explained.</summary>
    public const string CashMismatch = "CASH_MISMATCH";

    /// <summary>The code of the items about symbols that cannot be bought.</summary>
    public const string NotTradable = Risk.PreTradeCheck.NotTradable;
}

/// <summary>The record of one cycle.</summary>
public sealed record CycleRecord
{
    /// <summary>The planned instant (UTC).</summary>
    public required DateTimeOffset Planned { get; init; }

    /// <summary>When it began (UTC, business time).</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>What started it: <c>timer</c>, <c>command</c>, <c>manual</c>.</summary>
    public required string Cause { get; init; }

    /// <summary>Who ran it.</summary>
    public required string Holder { get; init; }

    /// <summary>Whether the market was open.</summary>
    public bool MarketOpen { get; init; }

    /// <summary>Strategies evaluated.</summary>
    public int Evaluated { get; init; }

    /// <summary>Strategies not evaluated for want of a valid quote.</summary>
    public int WithoutQuote { get; init; }

    /// <summary>Strategies that threw, or whose commit met a conflict: skipped, and reported.</summary>
    public int Skipped { get; init; }

    /// <summary>Orders sent.</summary>
    public int Submitted { get; init; }

    /// <summary>Requested cancels.</summary>
    public int Canceled { get; init; }

    /// <summary>Executions applied.</summary>
    public int Fills { get; init; }

    /// <summary>Open attention items.</summary>
    public int Attention { get; init; }

    /// <summary>The account's equity in dollars where this cycle sampled it; null where it did not.</summary>
    public decimal? Equity { get; init; }

    /// <summary>How long it took, in milliseconds of wall-clock time.</summary>
    public long DurationMs { get; init; }

    /// <summary>Why it ended before its end; null when it did not.</summary>
    public string? Error { get; init; }

    /// <summary>What happened, one line per event, in order (at most 200).</summary>
    public IReadOnlyList<string> Events { get; init; } = [];
}
