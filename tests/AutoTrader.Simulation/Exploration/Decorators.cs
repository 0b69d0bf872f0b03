using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Portfolio;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Brokerage;
using AutoTrader.Core.Ports.Scheduling;

namespace AutoTrader.Simulation.Exploration;

/// <summary>A broker that passes everything on.</summary>
internal abstract class BrokerDecorator(IBroker inner) : IBroker
{
    protected IBroker Inner => inner;

    public string AccountKey => inner.AccountKey;

    public TimeSpan InFlight => inner.InFlight;

    public bool SupportsOco => inner.SupportsOco;

    public bool HasRoomForEntries => inner.HasRoomForEntries;

    public bool RefusesWashTrades => inner.RefusesWashTrades;

    public Task<BrokerAccount> GetAccountAsync(CancellationToken cancellationToken) => inner.GetAccountAsync(cancellationToken);

    public Task<IReadOnlyList<BrokerPosition>> GetPositionsAsync(CancellationToken cancellationToken) =>
        inner.GetPositionsAsync(cancellationToken);

    public virtual Task<IReadOnlyList<BrokerOrder>> GetOrdersAsync(DateTimeOffset endedSince, CancellationToken cancellationToken) =>
        inner.GetOrdersAsync(endedSince, cancellationToken);

    public Task<IReadOnlyList<Execution>> GetExecutionsAsync(DateTimeOffset since, CancellationToken cancellationToken) =>
        inner.GetExecutionsAsync(since, cancellationToken);

    public Task<IReadOnlyList<CashActivity>> GetCashActivitiesAsync(DateOnly since, CancellationToken cancellationToken) =>
        inner.GetCashActivitiesAsync(since, cancellationToken);

    public Task<IReadOnlyList<Session>?> GetSessionsAsync(DateOnly from, DateOnly to, CancellationToken cancellationToken) =>
        inner.GetSessionsAsync(from, to, cancellationToken);

    public Task<BrokerClock?> GetClockAsync(CancellationToken cancellationToken) => inner.GetClockAsync(cancellationToken);

    public Task<string?> WhyNotTradableAsync(string symbol, CancellationToken cancellationToken) =>
        inner.WhyNotTradableAsync(symbol, cancellationToken);

    public virtual Task<BrokerOrder?> FindAsync(string clientOrderId, CancellationToken cancellationToken) =>
        inner.FindAsync(clientOrderId, cancellationToken);

    public virtual Task<BrokerOrder?> GetOrderAsync(string brokerOrderId, CancellationToken cancellationToken) =>
        inner.GetOrderAsync(brokerOrderId, cancellationToken);

    public Task<BrokerOrder?> WatchAsync(string brokerOrderId, TimeSpan atMost, CancellationToken cancellationToken) =>
        inner.WatchAsync(brokerOrderId, atMost, cancellationToken);

    public virtual Task<BrokerOrder> SubmitAsync(string clientOrderId, OrderTerms terms, CancellationToken cancellationToken) =>
        inner.SubmitAsync(clientOrderId, terms, cancellationToken);

    public virtual Task<BrokerOrder> ReplaceAsync(
        string brokerOrderId,
        string clientOrderId,
        OrderTerms terms,
        CancellationToken cancellationToken
    ) => inner.ReplaceAsync(brokerOrderId, clientOrderId, terms, cancellationToken);

    public virtual Task<BrokerOrder> AmendAsync(string brokerOrderId, OcoPrices prices, CancellationToken cancellationToken) =>
        inner.AmendAsync(brokerOrderId, prices, cancellationToken);

    public virtual Task CancelAsync(string brokerOrderId, CancellationToken cancellationToken) =>
        inner.CancelAsync(brokerOrderId, cancellationToken);
}

/// <summary>The base of broken stores: what others write for the engine is looked at as brokenly as all is loaded.</summary>
internal abstract class TradingDecorator(ITradingStore inner) : DelegatingTradingStore(inner)
{
    public sealed override Task<TradingSnapshot> PeekAsync(string account, CancellationToken cancellationToken) =>
        LoadAsync(account, cancellationToken);
}

/// <summary>A version of the app with one safeguard taken out, to see that the explorer notices.</summary>
internal sealed class BrokenVariant
{
    public Func<IBroker, IBroker> Broker { get; init; } = broker => broker;

    public Func<ITradingStore, ITradingStore> Trading { get; init; } = trading => trading;

    public Func<IEngineStore, IEngineStore> Engine { get; init; } = engine => engine;

    public Func<IEngineLease, IEngineLease> Lease { get; init; } = lease => lease;

    public Func<IScheduleStore, IScheduleStore> Schedules { get; init; } = schedules => schedules;
}
