using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Portfolio;
using AutoTrader.Core.Ports.Brokerage;

namespace AutoTrader.Core.Tests.Engine;

/// <summary>A broker that does what a test tells it: fills when told, refuses when told, loses answers when told.</summary>
internal sealed class ScriptedBroker(TimeProvider clock) : IBroker
{
    private readonly Dictionary<string, BrokerOrder> _orders = new(StringComparer.Ordinal);
    private readonly List<Execution> _executions = [];
    private int _ids;

    public string AccountKey => "paper";

    public TimeSpan InFlight { get; set; } = TimeSpan.Zero;

    public bool SupportsOco { get; set; } = true;

    public bool RefusesWashTrades { get; set; } = true;

    public bool HasRoomForEntries { get; set; } = true;

    public decimal Cash { get; set; } = 100_000;

    /// <summary>What the broker lets buys spend; null for its cash.</summary>
    public decimal? BuyingPower { get; set; }

    public string Number { get; set; } = "PA1";

    /// <summary>Called before a submission; throw to refuse or to lose the answer.</summary>
    public Action<string, OrderTerms>? BeforeSubmit { get; set; }

    /// <summary>Called after a submission took effect; throw to lose the answer.</summary>
    public Action<string, OrderTerms>? AfterSubmit { get; set; }

    /// <summary>Called when an order is watched, with how long at most; what it fills is seen by the watcher.</summary>
    public Action<BrokerOrder, TimeSpan>? Watching { get; set; }

    /// <summary>Whether market orders fill in the moment they are sent, at the price that <see cref="MarketPrice"/> gives.</summary>
    public Func<string, decimal>? MarketPrice { get; set; }

    /// <summary>Whether a cancel is confirmed at once; else it stays pending until <see cref="ConfirmCancels"/>.</summary>
    public bool CancelsAtOnce { get; set; } = true;

    /// <summary>What it lists of cash; see <see cref="MoveCash"/>.</summary>
    public List<CashActivity> Activities { get; } = [];

    /// <summary>How often it was asked for <see cref="Activities"/>.</summary>
    public int ActivityReads { get; private set; }

    /// <summary>Whether asking for <see cref="Activities"/> fails.</summary>
    public bool ActivitiesFail { get; set; }

    /// <summary>Its calendar; null when it has none.</summary>
    public TradingCalendar? Calendar { get; set; }

    /// <summary>How often it was asked for <see cref="Calendar"/>.</summary>
    public int CalendarReads { get; private set; }

    /// <summary>The sessions that it lists, in place of those of its calendar.</summary>
    public IReadOnlyList<Session>? Sessions { get; set; }

    /// <summary>What its clock says; null when it has none.</summary>
    public Func<BrokerClock>? ExchangeClock { get; set; }

    /// <summary>Whether asking for calendar, clock and symbols fails.</summary>
    public bool ExchangeFails { get; set; }

    /// <summary>Symbols that it does not trade, with the reason.</summary>
    public Dictionary<string, string> NotTradable { get; } = new(StringComparer.Ordinal);

    /// <summary>The symbols that it was asked about, in order.</summary>
    public List<string> SymbolReads { get; } = [];

    public Dictionary<string, decimal> Positions { get; } = new(StringComparer.Ordinal);

    public List<(string ClientOrderId, OrderTerms Terms)> Submissions { get; } = [];

    public List<string> Cancels { get; } = [];

    public IEnumerable<BrokerOrder> Open => _orders.Values.Where(order => IsOpen(order.Status));

    public IReadOnlyCollection<BrokerOrder> All => _orders.Values;

    public BrokerOrder ByClientId(string clientOrderId) => _orders.Values.First(order => order.ClientOrderId == clientOrderId);

    public Task<BrokerAccount> GetAccountAsync(CancellationToken cancellationToken) =>
        Task.FromResult(new BrokerAccount(Number, Cash, BuyingPower ?? Cash, Cash, Cash));

    public Task<IReadOnlyList<BrokerPosition>> GetPositionsAsync(CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<BrokerPosition>>([
            .. Positions
                .Where(pair => pair.Value != 0)
                .Select(pair => new BrokerPosition(
                    pair.Key,
                    pair.Value,
                    pair.Value
                        - Open.Where(order => order.Terms.Symbol == pair.Key && order.Terms.Side == OrderSide.Sell)
                            .Sum(order => order.Terms.Quantity - order.FilledQuantity),
                    0
                )),
        ]);

    public Task<IReadOnlyList<BrokerOrder>> GetOrdersAsync(DateTimeOffset endedSince, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<BrokerOrder>>([
            .. _orders.Values.Where(order => IsOpen(order.Status) || order.EndedAt >= endedSince),
        ]);

    public Task<IReadOnlyList<Execution>> GetExecutionsAsync(DateTimeOffset since, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<Execution>>([.. _executions.Where(execution => execution.At >= since)]);

    public Task<IReadOnlyList<CashActivity>> GetCashActivitiesAsync(DateOnly since, CancellationToken cancellationToken)
    {
        ActivityReads++;
        return ActivitiesFail
            ? throw new TimeoutException("no answer")
            : Task.FromResult<IReadOnlyList<CashActivity>>([.. Activities.Where(activity => activity.Day >= since)]);
    }

    public Task<IReadOnlyList<Session>?> GetSessionsAsync(DateOnly from, DateOnly to, CancellationToken cancellationToken)
    {
        CalendarReads++;
        FailIfTold();
        return Task.FromResult(Sessions ?? (Calendar is null ? null : [.. Calendar.Sessions(from, to)]));
    }

    public Task<BrokerClock?> GetClockAsync(CancellationToken cancellationToken)
    {
        FailIfTold();
        return Task.FromResult(ExchangeClock?.Invoke());
    }

    public Task<string?> WhyNotTradableAsync(string symbol, CancellationToken cancellationToken)
    {
        SymbolReads.Add(symbol);
        FailIfTold();
        return Task.FromResult(NotTradable.GetValueOrDefault(symbol));
    }

    public Task<BrokerOrder?> FindAsync(string clientOrderId, CancellationToken cancellationToken) =>
        Task.FromResult(_orders.Values.FirstOrDefault(order => order.ClientOrderId == clientOrderId));

    public Task<BrokerOrder?> GetOrderAsync(string brokerOrderId, CancellationToken cancellationToken) =>
        Task.FromResult(_orders.GetValueOrDefault(brokerOrderId));

    public Task<BrokerOrder?> WatchAsync(string brokerOrderId, TimeSpan atMost, CancellationToken cancellationToken)
    {
        Watching?.Invoke(_orders[brokerOrderId], atMost);
        return GetOrderAsync(brokerOrderId, cancellationToken);
    }

    public Task<BrokerOrder> SubmitAsync(string clientOrderId, OrderTerms terms, CancellationToken cancellationToken)
    {
        BeforeSubmit?.Invoke(clientOrderId, terms);
        if (_orders.Values.Any(known => known.ClientOrderId == clientOrderId))
        {
            throw new BrokerRefusedException(RefusalKind.DuplicateClientOrderId, "client_order_id must be unique");
        }

        Submissions.Add((clientOrderId, terms));
        var order = Put(clientOrderId, terms);
        if (terms.Type == OrderType.Market && MarketPrice is { } price)
        {
            Fill(clientOrderId, terms.Quantity, price(terms.Symbol));
        }

        AfterSubmit?.Invoke(clientOrderId, terms);
        return Task.FromResult(_orders[order.Id]);
    }

    public Task<BrokerOrder> ReplaceAsync(string brokerOrderId, string clientOrderId, OrderTerms terms, CancellationToken cancellationToken)
    {
        BeforeSubmit?.Invoke(clientOrderId, terms);
        var old = _orders[brokerOrderId];
        if (!IsOpen(old.Status))
        {
            throw new BrokerRefusedException(RefusalKind.NotCancelable, "order is not open");
        }

        Submissions.Add((clientOrderId, terms));
        var next = Put(clientOrderId, terms);
        _orders[brokerOrderId] = old with { Status = "replaced", ReplacedBy = next.Id, EndedAt = clock.GetUtcNow() };
        AfterSubmit?.Invoke(clientOrderId, terms);
        return Task.FromResult(next);
    }

    /// <summary>Moves of OCOs that took effect.</summary>
    public List<(string ClientOrderId, OcoPrices Prices)> Amendments { get; } = [];

    public Task<BrokerOrder> AmendAsync(string brokerOrderId, OcoPrices prices, CancellationToken cancellationToken)
    {
        var old = _orders[brokerOrderId];
        var terms = old.Terms with { LimitPrice = prices.Target, StopPrice = prices.Stop };
        BeforeSubmit?.Invoke(old.ClientOrderId, terms);
        if (!IsOpen(old.Status))
        {
            throw new BrokerRefusedException(RefusalKind.NotCancelable, "order is not open");
        }

        Amendments.Add((old.ClientOrderId, prices));
        _orders[brokerOrderId] = old with { Terms = terms, StopPrice = prices.Stop };
        AfterSubmit?.Invoke(old.ClientOrderId, terms);
        return Task.FromResult(_orders[brokerOrderId]);
    }

    public Task CancelAsync(string brokerOrderId, CancellationToken cancellationToken)
    {
        Cancels.Add(brokerOrderId);
        var order = _orders[brokerOrderId];
        if (!IsOpen(order.Status))
        {
            throw new BrokerRefusedException(RefusalKind.NotCancelable, "order is not cancelable");
        }

        if (CancelsAtOnce)
        {
            End(order.ClientOrderId, "canceled");
        }
        else
        {
            _orders[brokerOrderId] = order with { Status = "pending_cancel" };
        }

        return Task.CompletedTask;
    }

    public void ConfirmCancels()
    {
        foreach (var order in _orders.Values.Where(order => order.Status == "pending_cancel").ToList())
        {
            End(order.ClientOrderId, "canceled");
        }
    }

    public void Fill(string clientOrderId, decimal quantity, decimal price, bool withExecution = true)
    {
        var order = ByClientId(clientOrderId);
        var filled = order.FilledQuantity + quantity;
        var done = filled >= order.Terms.Quantity;
        var average = ((order.FilledQuantity * (order.AverageFillPrice ?? 0)) + (quantity * price)) / filled;
        _orders[order.Id] = order with
        {
            FilledQuantity = filled,
            AverageFillPrice = average,
            Status = done ? "filled" : "partially_filled",
            EndedAt = done ? clock.GetUtcNow() : null,
        };
        var signed = order.Terms.Side == OrderSide.Buy ? quantity : -quantity;
        Positions[order.Terms.Symbol] = Positions.GetValueOrDefault(order.Terms.Symbol) + signed;
        Cash -= signed * price;
        if (withExecution)
        {
            Execute(order.Id, order.Terms.Symbol, order.Terms.Side, quantity, price);
        }
    }

    /// <summary>Lets open orders trade at <paramref name="prices"/> as an exchange would, at times in parts.</summary>
    public void Play(IReadOnlyDictionary<string, decimal> prices, Random random, bool partial)
    {
        foreach (var order in Open.OrderBy(order => order.Id, StringComparer.Ordinal).ToList())
        {
            var price = prices[order.Terms.Symbol];
            var rest = order.Terms.Quantity - order.FilledQuantity;
            if (order.Terms.Type == OrderType.TrailingStop)
            {
                var high = Math.Max(order.HighWatermark ?? 0, price);
                var stop = Math.Floor(high * (1 - (order.Terms.TrailPercent!.Value / 100)) * 100) / 100;
                _orders[order.Id] = order with { HighWatermark = high, StopPrice = Math.Max(stop, order.StopPrice ?? 0) };
            }

            var now = _orders[order.Id];
            var trades = now.Terms switch
            {
                { Type: OrderType.Market } => random.Next(5) > 0,
                { Class: OrderClass.Oco } => price >= now.Terms.LimitPrice || price <= now.Terms.StopPrice,
                { Type: OrderType.Limit, Side: OrderSide.Buy } => price <= now.Terms.LimitPrice,
                { Type: OrderType.Limit } => price >= now.Terms.LimitPrice,
                _ => price <= now.StopPrice,
            };
            if (trades)
            {
                Fill(
                    order.ClientOrderId,
                    partial && rest > 1 && random.Next(3) == 0 ? random.Next(1, (int)rest) : rest,
                    price,
                    withExecution: true
                );
            }
        }
    }

    /// <summary>Moves cash without a trade, and lists it.</summary>
    public void MoveCash(CashActivityKind kind, string type, decimal amount, string? id = null, int daysAgo = 0)
    {
        Activities.Add(
            new()
            {
                Id = id ?? FormattableString.Invariant($"c{++_ids}"),
                Kind = kind,
                Type = type,
                Amount = amount,
                Day = TradingCalendar.Nyse.TradingDay(clock.GetUtcNow()).AddDays(-daysAgo),
            }
        );
        Cash += amount;
    }

    public void Execute(
        string brokerOrderId,
        string symbol,
        OrderSide side,
        decimal quantity,
        decimal price,
        string? id = null,
        DateTimeOffset? at = null
    ) =>
        _executions.Add(
            new()
            {
                Id = id ?? FormattableString.Invariant($"x{++_ids}"),
                BrokerOrderId = brokerOrderId,
                Symbol = symbol,
                Side = side,
                Quantity = quantity,
                Price = price,
                At = at ?? clock.GetUtcNow(),
            }
        );

    public void End(string clientOrderId, string status)
    {
        var order = ByClientId(clientOrderId);
        _orders[order.Id] = order with { Status = status, EndedAt = clock.GetUtcNow() };
    }

    public void Change(string clientOrderId, Func<BrokerOrder, BrokerOrder> change)
    {
        var order = ByClientId(clientOrderId);
        _orders[order.Id] = change(order);
    }

    public BrokerOrder Put(string clientOrderId, OrderTerms terms)
    {
        var order = new BrokerOrder
        {
            Id = FormattableString.Invariant($"b{++_ids}"),
            ClientOrderId = clientOrderId,
            Status = "new",
            Terms = terms,
            SubmittedAt = clock.GetUtcNow(),
            StopPrice = terms.StopPrice,
        };
        _orders[order.Id] = order;
        return order;
    }

    private void FailIfTold()
    {
        if (ExchangeFails)
        {
            throw new TimeoutException("no answer");
        }
    }

    private static bool IsOpen(string status) => status is not ("filled" or "canceled" or "expired" or "rejected" or "replaced");
}
