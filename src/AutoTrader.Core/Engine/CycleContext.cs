using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Brokerage;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Core.Engine;

/// <summary>The lease is lost, or the cycle's time is over: nothing more may be committed or sent.</summary>
internal sealed class CycleStoppedException(string reason) : Exception(reason);

/// <summary>What every step of one cycle has at hand: the instant, the ports, what the cycle before left, the books as unit of work, and
/// the journal. What a step finds is in the <see cref="CycleFrame"/> that it returns.</summary>
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

    public DateOnly Day { get; } = TradingCalendar.Nyse.TradingDay(now);

    public CancellationToken Cancellation { get; } = cancellation;

    public required WorkingSet Set { get; init; }

    public required CycleJournal Journal { get; init; }

    /// <summary>What the cycle before left to remember.</summary>
    public required EngineState Before { get; init; }

    /// <summary>Why nothing may be bought while the engine state cannot be read; null while it can.</summary>
    public string? StateLost => Before.Unreadable is { } row ? $"the engine state (row {row.RowKey}) cannot be read" : null;

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

    /// <summary>Changes a strategy, and publishes a new phase.</summary>
    /// <returns>Whether anything changed.</returns>
    public bool Change(StrategyBook book, Strategy next)
    {
        var before = book.Strategy;
        if (next == before)
        {
            return false;
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

        return true;
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
