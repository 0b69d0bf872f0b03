using AutoTrader.Core.Engine.Observe;
using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Core.Engine;

/// <summary>The lease is lost, or the cycle's time is over: nothing more may be committed or sent.</summary>
internal sealed class CycleStoppedException(string reason) : Exception(reason);

/// <summary>What the parts of one cycle share: the instant, the working set, what was seen at the broker, and the journal.</summary>
internal sealed class CycleContext(
    EnginePorts ports,
    EngineOptions options,
    CycleRequest request,
    DateTimeOffset now,
    IHeldLease? lease,
    CancellationToken cancellation
)
{
    public EnginePorts Ports { get; } = ports;

    public EngineOptions Options { get; } = options;

    public CycleRequest Request { get; } = request;

    public DateTimeOffset Now { get; } = now;

    public CancellationToken Cancellation { get; } = cancellation;

    /// <summary>The calendar of this cycle: ours, and what the broker knows better.</summary>
    public TradingCalendar Calendar { get; private set; } = TradingCalendar.Nyse;

    /// <summary>The session that is open; null when none is.</summary>
    public Session? Session { get; private set; }

    public DateOnly Day { get; } = TradingCalendar.Nyse.TradingDay(now);

    public bool MarketOpen => Session is not null;

    /// <summary>Orders that age out by then are renewed (UTC).</summary>
    public DateTimeOffset RenewUntil { get; private set; }

    public required WorkingSet Set { get; init; }

    public required CycleJournal Journal { get; init; }

    public required EngineState State { get; set; }

    public BrokerAccount? Account { get; set; }

    public IReadOnlyDictionary<string, BrokerPosition> Positions { get; set; } =
        new Dictionary<string, BrokerPosition>(StringComparer.Ordinal);

    public Dictionary<string, int> Mismatches { get; } = new(StringComparer.Ordinal);

    public required Dictionary<string, SymbolHold> Holds { get; init; }

    /// <summary>Whether nothing at all is decided on a symbol, since its quantities and prices may not belong together.</summary>
    public bool IsFrozen(string symbol) => Holds.TryGetValue(symbol, out var hold) && !hold.BuysOnly;

    public QuoteBook? Quotes { get; set; }

    /// <summary>What entry conditions on indicators came to, by strategy.</summary>
    public Dictionary<string, ConditionReading> Readings { get; } = new(StringComparer.Ordinal);

    /// <summary>What the market data source says of the symbols' data.</summary>
    public IReadOnlyDictionary<string, SymbolFeed> Feeds { get; set; } = new Dictionary<string, SymbolFeed>(StringComparer.Ordinal);

    /// <summary>Why the day's loss cannot be known, so that nothing may be bought; null when it is known.</summary>
    public string? LossUnknown { get; set; }

    /// <summary>Whether the exchange does not trade although its session is open, so that nothing may be bought.</summary>
    public bool ExchangeClosed { get; set; }

    /// <summary>Why nothing may be bought while the engine state cannot be read; null while it can.</summary>
    public string? StateLost => State.Unreadable is { } row ? $"the engine state (row {row.RowKey}) cannot be read" : null;

    /// <summary>Strategies whose orders are being canceled because they are deleted: nothing is placed for them any more.</summary>
    public HashSet<string> Deleting { get; } = new(StringComparer.Ordinal);

    /// <summary>Takes over a calendar, before anything is decided by the one before.</summary>
    public void Follow(TradingCalendar calendar)
    {
        (Calendar, Session, RenewUntil) = (calendar, calendar.SessionAt(Now), Now);
        for (var i = 0; i < Options.RenewSessionsBefore; i++)
        {
            RenewUntil = calendar.CurrentOrNext(RenewUntil).Close;
        }
    }

    /// <summary>Why a symbol cannot be bought: the broker does not trade it, or there are no prices of it; null when it can, or is not
    /// known to.</summary>
    public string? WhyNotTradable(string symbol) =>
        (State.Exchange.SymbolsOn == Day ? State.Exchange.NotTradable.GetValueOrDefault(symbol) : null)
        ?? Feeds.GetValueOrDefault(symbol)?.Problem;

    /// <summary>Throws when the lease is not certainly held any more or the deadline has passed; called before every commit and
    /// submission.</summary>
    public void EnsureLease()
    {
        if (Request.DryRun)
        {
            throw new CycleStoppedException("A dry run neither commits nor sends.");
        }

        if (lease is not { IsHeld: true })
        {
            throw new CycleStoppedException("The engine lease was lost.");
        }

        if (Cancellation.IsCancellationRequested)
        {
            throw new CycleStoppedException("The cycle's time is over.");
        }
    }

    /// <summary>Whether a failure concerns only the call that met it: the cycle goes on without its answer.</summary>
    public bool IsOutage(Exception failure) =>
        failure is not (CycleStoppedException or StorageUnavailableException) && !Cancellation.IsCancellationRequested;

    /// <summary>Asks the market data; an outage raises attention and gives <paramref name="without"/>.</summary>
    public async Task<T> AskMarketAsync<T>(Func<IMarketData, Task<T>> ask, T without)
    {
        try
        {
            return await ask(Ports.Market);
        }
        catch (Exception failure) when (IsOutage(failure))
        {
            Journal.Raise(
                "MARKET_DATA",
                TradingKey.Account,
                $"Market data is not available: {failure.Message}. Protection runs on; what needs a price waits."
            );
            return without;
        }
    }

    /// <summary>Changes a strategy and tells of a new phase.</summary>
    public void Change(StrategyBook book, Strategy next)
    {
        var before = book.Strategy;
        if (next == before)
        {
            return;
        }

        book.Set(next with { UpdatedAt = Now });
        if (next.Phase != before.Phase)
        {
            var why = next.Phase == StrategyPhase.Failed ? $": {next.Notes}" : string.Empty;
            Journal.Publish(
                EngineEventKind.PhaseChanged,
                book.Id,
                book.Symbol,
                $"{book.Id} {WireNames.Of(before.Phase)} -> {WireNames.Of(next.Phase)}{why}"
            );
        }

        if (next.HighWatermark > before.HighWatermark && next.Phase != StrategyPhase.EntryActive)
        {
            Journal.Publish(
                EngineEventKind.WatermarkRaised,
                book.Id,
                book.Symbol,
                $"{book.Id} {book.Symbol} watermark {before.HighWatermark:0.00##} -> {next.HighWatermark:0.00##}"
            );
        }
        else if (next.PullbackReferencePrice > before.PullbackReferencePrice)
        {
            Journal.Publish(
                EngineEventKind.WatermarkRaised,
                book.Id,
                book.Symbol,
                $"{book.Id} {book.Symbol} reference {before.PullbackReferencePrice:0.00##} -> {next.PullbackReferencePrice:0.00##}"
            );
        }
    }
}

/// <summary>What the engine needs from outside.</summary>
/// <param name="Trading">The trading state.</param>
/// <param name="Engine">The engine state.</param>
/// <param name="Broker">The broker.</param>
/// <param name="Market">Prices.</param>
/// <param name="Lease">The engine lease.</param>
/// <param name="Events">Who is told.</param>
/// <param name="Clock">Business time.</param>
public sealed record EnginePorts(
    ITradingStore Trading,
    IEngineStore Engine,
    IBroker Broker,
    IMarketData Market,
    IEngineLease Lease,
    IEngineEvents Events,
    TimeProvider Clock
);
