using AutoTrader.Core.Market;
using AutoTrader.Core.Portfolio;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Brokerage;

namespace AutoTrader.Core.Engine;

/// <summary>
/// What a cycle decides by: when, the session, the quotes, and what the broker said. Nothing changes a frame; a step that finds out more
/// returns the next one. A cycle that could not look at everything keeps <see cref="Remembered"/>: what it half saw, the next one looks
/// up again, as after a crash.
/// </summary>
internal sealed record CycleFrame
{
    /// <summary>Cycles in a row after which a difference of quantities is more than a fill under way.</summary>
    public const int CyclesUntilBelieved = 2;

    /// <summary>When the exchange trades, and whether it does.</summary>
    public required MarketHours Hours { get; init; }

    /// <summary>What the broker said of the exchange and of symbols.</summary>
    public required ExchangeState Exchange { get; init; }

    /// <summary>Null when the broker was not asked.</summary>
    public BrokerAccount? Account { get; init; }

    /// <summary>The day with what the account is worth now; null when it was sampled lately.</summary>
    public EquityDay? Sampled { get; init; }

    /// <summary>What the broker holds, by symbol.</summary>
    public IReadOnlyDictionary<string, BrokerPosition> Positions { get; init; } =
        new Dictionary<string, BrokerPosition>(StringComparer.Ordinal);

    /// <summary>Every order that the broker shows as open or lately ended.</summary>
    public IReadOnlyCollection<BrokerOrder> Shown { get; init; } = [];

    /// <summary>Orders that were committed and that the broker certainly does not have: to be sent, or given up.</summary>
    public IReadOnlyList<(Book Book, string ClientOrderId)> Absent { get; init; } = [];

    /// <summary>Executions are read from here by the next cycle, less an overlap (UTC).</summary>
    public required DateTimeOffset? ReadTo { get; init; }

    /// <summary>Executions applied, with their instants.</summary>
    public required IReadOnlyDictionary<string, DateTimeOffset> Applied { get; init; }

    /// <summary>Symbols whose quantities disagree with the broker, with the number of cycles in a row.</summary>
    public required IReadOnlyDictionary<string, int> Mismatches { get; init; }

    /// <summary>Symbols that are held still for a corporate action.</summary>
    public required IReadOnlyDictionary<string, SymbolHold> Holds { get; init; }

    /// <summary>What is declared of splits.</summary>
    public required IReadOnlyList<Split> Splits { get; init; }

    /// <summary>The prices around splits that are in effect and not applied yet.</summary>
    public IReadOnlyDictionary<Split, SplitPrices> SplitPrices { get; init; } = new Dictionary<Split, SplitPrices>();

    /// <summary>What the check of cash found.</summary>
    public required CashFindings Cash { get; init; }

    /// <summary>What the market data source says of the symbols' data.</summary>
    public IReadOnlyDictionary<string, SymbolFeed> Feeds { get; init; } = new Dictionary<string, SymbolFeed>(StringComparer.Ordinal);

    /// <summary>The prices of an open session; null outside one.</summary>
    public QuoteBook? Quotes { get; init; }

    /// <summary>What is remembered of quotes where the session gives none.</summary>
    public required IReadOnlyDictionary<string, QuoteState> QuotesBefore { get; init; }

    /// <summary>Why the day's loss cannot be known, so that nothing may be bought; null when it is known.</summary>
    public string? LossUnknown { get; init; }

    /// <summary>The session that is open; null when none is.</summary>
    public Session? Session => Hours.Session;

    public bool MarketOpen => Hours.Session is not null;

    /// <summary>What stands while nothing is observed: what the cycle before left.</summary>
    public static CycleFrame Remembered(CycleContext context) =>
        new()
        {
            Hours = MarketHours.Of(context.Before.Exchange, context),
            Exchange = context.Before.Exchange,
            ReadTo = context.Before.ReadTo,
            Applied = context.Before.Applied,
            Mismatches = context.Before.Mismatches,
            Holds = context.Before.Holds,
            Splits = context.Before.Splits,
            Cash = new(context.Before.Cash),
            QuotesBefore = context.Before.Quotes,
        };

    /// <summary>Whether nothing at all is decided on a symbol, since its quantities and prices may not belong together.</summary>
    public bool IsFrozen(string symbol) => Holds.TryGetValue(symbol, out var hold) && !hold.BuysOnly;

    /// <summary>Whether the quantities of a symbol have disagreed for long enough to be believed.</summary>
    public bool IsMismatched(string symbol) => Mismatches.GetValueOrDefault(symbol) >= CyclesUntilBelieved;

    /// <summary>Why a symbol cannot be bought: the broker does not trade it, or there are no prices of it; null when it can, or is not
    /// known to.</summary>
    public string? WhyNotTradable(string symbol, DateOnly day) =>
        (Exchange.SymbolsOn == day ? Exchange.NotTradable.GetValueOrDefault(symbol) : null) ?? Feeds.GetValueOrDefault(symbol)?.Problem;

    /// <summary>The frame once holds are released: their symbols are decided about by the quantities and prices of now.</summary>
    /// <param name="released">The symbols, and whether the split that each was held for is applied, so that quantities agree.</param>
    public CycleFrame Without(IReadOnlyDictionary<string, bool> released) =>
        released.Count == 0
            ? this
            : this with
            {
                Holds = Except(Holds, released.ContainsKey),
                Mismatches = Except(Mismatches, symbol => released.GetValueOrDefault(symbol)),
                QuotesBefore = Except(QuotesBefore, released.ContainsKey),
            };

    private static Dictionary<string, T> Except<T>(IReadOnlyDictionary<string, T> from, Func<string, bool> isGone) =>
        from.Where(pair => !isGone(pair.Key)).ToDictionary(StringComparer.Ordinal);
}

/// <summary>When the exchange trades, as calendar and broker say.</summary>
/// <param name="Calendar">The calendar of this cycle: ours, and what the broker knows better.</param>
/// <param name="Session">The session that is open; null when none is.</param>
/// <param name="RenewUntil">Orders that age out by then are renewed (UTC).</param>
/// <param name="IsHalted">Whether the exchange does not trade although its session is open, so that nothing may be bought.</param>
internal sealed record MarketHours(TradingCalendar Calendar, Session? Session, DateTimeOffset RenewUntil, bool IsHalted = false)
{
    /// <summary>The hours by what is known of the broker's calendar.</summary>
    public static MarketHours Of(ExchangeState exchange, CycleContext context)
    {
        var calendar = ExchangeDays.CalendarOf(exchange.Days);
        var renewUntil = context.Now;
        for (var i = 0; i < context.Options.RenewSessionsBefore; i++)
        {
            renewUntil = calendar.CurrentOrNext(renewUntil).Close;
        }

        return new(calendar, calendar.SessionAt(context.Now), renewUntil);
    }
}

/// <summary>What the check of cash found.</summary>
/// <param name="State">What the next check must remember.</param>
/// <param name="IsCompared">Whether cash was compared in this cycle.</param>
/// <param name="Unexplained">What the broker has more than is explained, in dollars, for two cycles in a row; null when all is
/// explained.</param>
internal sealed record CashFindings(CashState State, bool IsCompared = false, decimal? Unexplained = null);
