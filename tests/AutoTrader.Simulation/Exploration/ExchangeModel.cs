using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Portfolio;
using AutoTrader.Core.Ports.Brokerage;

namespace AutoTrader.Simulation.Exploration;

/// <summary>An order at the model of the broker.</summary>
internal sealed record ModelOrder
{
    public required string Id { get; init; }

    public required string ClientOrderId { get; init; }

    public required OrderTerms Terms { get; init; }

    public required DateTimeOffset SubmittedAt { get; init; }

    public string Status { get; init; } = "new";

    public decimal Filled { get; init; }

    public decimal FilledValue { get; init; }

    /// <summary>What filled on the stop leg of an OCO; not part of <see cref="Filled"/>.</summary>
    public decimal LegFilled { get; init; }

    public decimal LegValue { get; init; }

    public decimal? Stop { get; init; }

    public decimal? High { get; init; }

    public DateTimeOffset? CancelRequestedAt { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    public string? ReplacedBy { get; init; }

    public string? Replaces { get; init; }

    public bool IsOpen => EndedAt is null;

    public bool IsSell => Terms.Side == OrderSide.Sell;

    public string LegId => Id + "-stop";

    public decimal Open => IsOpen ? Terms.Quantity - Filled - LegFilled : 0;
}

/// <summary>
/// A broker outside the process that is as unkind as a real one: it fills between cycles and in parts, confirms cancels later, tells of
/// executions late, lets both legs of an OCO fill, ends and replaces orders by itself, and takes requests long after they were sent.
/// It knows shares that are held, duplicate ids and stops beyond the market.
/// </summary>
internal sealed class ExchangeModel(TimeProvider clock) : IBroker
{
    private readonly List<ModelOrder> _orders = [];
    private readonly List<Execution> _executions = [];
    private readonly List<CashActivity> _activities = [];
    private readonly Dictionary<string, decimal> _positions = new(StringComparer.Ordinal);
    private readonly Dictionary<string, decimal> _prices = new(StringComparer.Ordinal);

    public const decimal InitialCash = 100_000;

    public string AccountKey => "paper";

    public TimeSpan InFlight => TimeSpan.FromSeconds(90);

    public bool SupportsOco { get; set; } = true;

    public decimal Cash { get; private set; } = InitialCash;

    /// <summary>Whether market orders fill in the moment they come in.</summary>
    public bool FillsAtOnce { get; set; }

    /// <summary>The most that one order fills in a minute.</summary>
    public decimal MostPerMinute { get; set; } = decimal.MaxValue;

    public TimeSpan CancelDelay { get; set; }

    /// <summary>How long after it happened an execution is listed; the order shows it at once.</summary>
    public TimeSpan ExecutionDelay { get; set; }

    /// <summary>Whether an OCO that reaches its target fills half there and half on its stop.</summary>
    public bool OcoLegsRace { get; set; }

    public bool RefusesDuplicates { get; set; } = true;

    /// <summary>Whether shares of working sells are held, as at a real broker; without it only the engine sees to it.</summary>
    public bool HoldsShares { get; set; } = true;

    /// <summary>Its sessions; other ones than ours where something was announced.</summary>
    public TradingCalendar Calendar { get; set; } = TradingCalendar.Nyse;

    /// <summary>Whether the exchange does not trade just now, whatever the calendar says.</summary>
    public bool IsHalted { get; set; }

    public bool IsOpen(DateTimeOffset at) => !IsHalted && Calendar.IsOpen(at);

    /// <summary>Called before an order is taken; throws to refuse it.</summary>
    public Action<OrderTerms>? Refusal { get; set; }

    public IReadOnlyList<ModelOrder> Orders => _orders;

    public IReadOnlyList<Execution> AllExecutions => _executions;

    public IReadOnlyList<CashActivity> Activities => _activities;

    public IReadOnlyDictionary<string, decimal> Positions => _positions;

    /// <summary>Changes of any kind, counted: two equal counts mean that nothing was asked for between them.</summary>
    public int Requests { get; private set; }

    /// <summary>Trades at the prices of a minute that has passed.</summary>
    public void Trade(IReadOnlyDictionary<string, decimal> prices)
    {
        foreach (var (symbol, price) in prices)
        {
            _prices[symbol] = price;
        }

        foreach (var order in _orders.Where(order => order.IsOpen).ToList())
        {
            Match(order, prices);
            if (Find(order.Id) is { IsOpen: true, CancelRequestedAt: { } at } pending && at + CancelDelay <= clock.GetUtcNow())
            {
                End(pending, "canceled");
            }
        }
    }

    public void EndExternally(Func<ModelOrder, bool> which, string status)
    {
        if (_orders.FirstOrDefault(order => order.IsOpen && which(order)) is { } order)
        {
            End(order, status);
        }
    }

    /// <summary>Puts another order in the place of one, as brokers do for corporate actions.</summary>
    public void ReplaceExternally(Func<ModelOrder, bool> which, Func<OrderTerms, OrderTerms> change)
    {
        if (_orders.FirstOrDefault(order => order.IsOpen && which(order)) is { } order)
        {
            var next = Put("broker-" + order.Id, change(order.Terms), order.Id);
            Set(Find(order.Id)! with { Status = "replaced", ReplacedBy = next.Id, EndedAt = clock.GetUtcNow() });
        }
    }

    /// <summary>Changes an execution that was reported: a bust.</summary>
    public void Bust(Func<Execution, bool> which)
    {
        if (_executions.FirstOrDefault(which) is { } execution)
        {
            Book(execution with { Id = execution.Id + "-bust", Quantity = -execution.Quantity, At = clock.GetUtcNow() });
        }
    }

    /// <summary>Moves cash without a trade.</summary>
    public void MoveCash(CashActivityKind kind, string type, decimal amount)
    {
        _activities.Add(
            new()
            {
                Id = FormattableString.Invariant($"c{_activities.Count + 1}"),
                Kind = kind,
                Type = type,
                Amount = amount,
                Day = TradingCalendar.Nyse.TradingDay(clock.GetUtcNow()),
            }
        );
        Cash += amount;
    }

    public Task<BrokerAccount> GetAccountAsync(CancellationToken cancellationToken)
    {
        var reserved = _orders
            .Where(order => order.IsOpen && !order.IsSell)
            .Sum(order => order.Open * (order.Terms.LimitPrice ?? Price(order.Terms.Symbol)));
        return Task.FromResult(new BrokerAccount("MODEL", Cash, Cash - reserved, Cash, InitialCash));
    }

    public Task<IReadOnlyList<BrokerPosition>> GetPositionsAsync(CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<BrokerPosition>>([
            .. _positions
                .Where(pair => pair.Value != 0)
                .Select(pair => new BrokerPosition(pair.Key, pair.Value, pair.Value - OnSale(pair.Key), 0, Price(pair.Key))),
        ]);

    public Task<IReadOnlyList<BrokerOrder>> GetOrdersAsync(DateTimeOffset endedSince, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<BrokerOrder>>([.. _orders.Where(order => order.IsOpen || order.EndedAt >= endedSince).Select(Show)]);

    public Task<IReadOnlyList<Execution>> GetExecutionsAsync(DateTimeOffset since, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        return Task.FromResult<IReadOnlyList<Execution>>([
            .. _executions.Where(execution => execution.At >= since && execution.At + ExecutionDelay <= now),
        ]);
    }

    public Task<IReadOnlyList<CashActivity>> GetCashActivitiesAsync(DateOnly since, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<CashActivity>>([.. _activities.Where(activity => activity.Day >= since)]);

    public Task<IReadOnlyList<Session>?> GetSessionsAsync(DateOnly from, DateOnly to, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<Session>?>([.. Calendar.Sessions(from, to)]);

    public Task<BrokerClock?> GetClockAsync(CancellationToken cancellationToken) =>
        Task.FromResult<BrokerClock?>(new(clock.GetUtcNow(), IsOpen(clock.GetUtcNow())));

    public Task<BrokerOrder?> FindAsync(string clientOrderId, CancellationToken cancellationToken) =>
        Task.FromResult(_orders.Find(order => order.ClientOrderId == clientOrderId) is { } order ? Show(order) : null);

    public Task<BrokerOrder?> GetOrderAsync(string brokerOrderId, CancellationToken cancellationToken) =>
        Task.FromResult(Find(brokerOrderId) is { } order ? Show(order) : null);

    public Task<BrokerOrder?> WatchAsync(string brokerOrderId, TimeSpan atMost, CancellationToken cancellationToken) =>
        GetOrderAsync(brokerOrderId, cancellationToken);

    public Task<BrokerOrder> SubmitAsync(string clientOrderId, OrderTerms terms, CancellationToken cancellationToken)
    {
        Requests++;
        CheckDuplicate(clientOrderId);
        Refusal?.Invoke(terms);
        Check(terms, instead: null);
        var order = Put(clientOrderId, terms, null);
        if (FillsAtOnce && terms.Type == OrderType.Market && IsOpen(clock.GetUtcNow()))
        {
            Fill(order, Math.Min(terms.Quantity, MostPerMinute), Price(terms.Symbol), onLeg: false);
        }

        return Task.FromResult(Show(Find(order.Id)!));
    }

    public Task<BrokerOrder> ReplaceAsync(string brokerOrderId, string clientOrderId, OrderTerms terms, CancellationToken cancellationToken)
    {
        Requests++;
        CheckDuplicate(clientOrderId);
        var old = OpenOrder(brokerOrderId);
        Check(terms, old);
        var next = Put(clientOrderId, terms, old.Id);
        Set(old with { Status = "replaced", ReplacedBy = next.Id, EndedAt = clock.GetUtcNow() });
        return Task.FromResult(Show(next));
    }

    public Task<BrokerOrder> AmendAsync(string brokerOrderId, OcoPrices prices, CancellationToken cancellationToken)
    {
        Requests++;
        var order = OpenOrder(brokerOrderId);
        var terms = order.Terms with { LimitPrice = prices.Target, StopPrice = prices.Stop };
        Check(terms with { Quantity = order.Open }, order);
        Set(order with { Terms = terms, Stop = prices.Stop });
        return Task.FromResult(Show(Find(brokerOrderId)!));
    }

    public Task CancelAsync(string brokerOrderId, CancellationToken cancellationToken)
    {
        Requests++;
        var order = OpenOrder(brokerOrderId);
        if (CancelDelay == TimeSpan.Zero)
        {
            End(order, "canceled");
        }
        else
        {
            Set(order with { CancelRequestedAt = order.CancelRequestedAt ?? clock.GetUtcNow(), Status = "pending_cancel" });
        }

        return Task.CompletedTask;
    }

    private decimal Price(string symbol) => _prices.GetValueOrDefault(symbol);

    public decimal OnSale(string symbol) => _orders.Where(order => order.IsSell && order.Terms.Symbol == symbol).Sum(order => order.Open);

    private ModelOrder? Find(string id) => _orders.Find(order => order.Id == id);

    private ModelOrder OpenOrder(string id) =>
        Find(id) is not { } order ? throw new BrokerRefusedException(RefusalKind.NotFound, "order not found")
        : order is { IsOpen: true, CancelRequestedAt: null } ? order
        : throw new BrokerRefusedException(RefusalKind.NotCancelable, $"order is {order.Status}");

    private void CheckDuplicate(string clientOrderId)
    {
        if (RefusesDuplicates && _orders.Exists(order => order.ClientOrderId == clientOrderId))
        {
            throw new BrokerRefusedException(RefusalKind.DuplicateClientOrderId, "client_order_id must be unique");
        }
    }

    private void Check(OrderTerms terms, ModelOrder? instead)
    {
        if (terms.Side == OrderSide.Buy)
        {
            return;
        }

        if (HoldsShares && terms.Quantity > _positions.GetValueOrDefault(terms.Symbol) - OnSale(terms.Symbol) + (instead?.Open ?? 0))
        {
            throw new BrokerRefusedException(RefusalKind.InsufficientShares, "insufficient qty available for order");
        }

        if (terms is { Type: OrderType.Stop or OrderType.Limit, StopPrice: { } stop } && stop >= Price(terms.Symbol))
        {
            throw new BrokerRefusedException(RefusalKind.StopPriceBeyondMarket, "stop price must be less than current price");
        }
    }

    private ModelOrder Put(string clientOrderId, OrderTerms terms, string? replaces)
    {
        var isTrailing = terms.Type == OrderType.TrailingStop;
        var order = new ModelOrder
        {
            Id = FormattableString.Invariant($"b{_orders.Count + 1}"),
            ClientOrderId = clientOrderId,
            Terms = terms,
            SubmittedAt = clock.GetUtcNow(),
            High = isTrailing ? Price(terms.Symbol) : null,
            Stop = isTrailing ? Trailed(Price(terms.Symbol), terms) : terms.StopPrice,
            Replaces = replaces,
        };
        _orders.Add(order);
        return order;
    }

    private void Match(ModelOrder order, IReadOnlyDictionary<string, decimal> prices)
    {
        if (!prices.TryGetValue(order.Terms.Symbol, out var price) || !IsOpen(clock.GetUtcNow().AddSeconds(-1)))
        {
            return;
        }

        if (order.High is { } high && price > high)
        {
            order = order with { High = price, Stop = Trailed(price, order.Terms) };
            Set(order);
        }

        var (limit, stop) = (order.Terms.LimitPrice, order.Stop);
        var quantity = Math.Min(order.Open, MostPerMinute);
        if (order.Terms.Class == OrderClass.Oco)
        {
            if (price >= limit && OcoLegsRace && quantity > 1)
            {
                Fill(order, Math.Floor(quantity / 2), limit.Value, onLeg: false);
                Fill(Find(order.Id)!, quantity - Math.Floor(quantity / 2), stop!.Value, onLeg: true);
            }
            else if (price >= limit || price <= stop)
            {
                Fill(order, quantity, price, onLeg: price <= stop);
            }

            return;
        }

        var trades = order.Terms switch
        {
            { Type: OrderType.Market } => true,
            { Type: OrderType.Limit, Side: OrderSide.Buy } => price <= limit,
            { Type: OrderType.Limit } => price >= limit,
            _ => price <= stop,
        };
        if (trades)
        {
            Fill(order, quantity, price, onLeg: false);
        }
    }

    private void Fill(ModelOrder order, decimal quantity, decimal price, bool onLeg)
    {
        var filled = onLeg
            ? order with
            {
                LegFilled = order.LegFilled + quantity,
                LegValue = order.LegValue + (quantity * price),
            }
            : order with
            {
                Filled = order.Filled + quantity,
                FilledValue = order.FilledValue + (quantity * price),
            };
        Set(
            filled with
            {
                Status =
                    filled.Open > 0
                        ? filled.CancelRequestedAt is null
                            ? "partially_filled"
                            : filled.Status
                        : "filled",
                EndedAt = filled.Open > 0 ? null : clock.GetUtcNow(),
            }
        );
        Book(
            new()
            {
                Id = FormattableString.Invariant($"x{_executions.Count + 1}"),
                BrokerOrderId = onLeg ? order.LegId : order.Id,
                Symbol = order.Terms.Symbol,
                Side = order.Terms.Side,
                Quantity = quantity,
                Price = price,
                At = clock.GetUtcNow(),
            }
        );
    }

    private void Book(Execution execution)
    {
        _executions.Add(execution);
        var signed = execution.Side == OrderSide.Buy ? execution.Quantity : -execution.Quantity;
        _positions[execution.Symbol] = _positions.GetValueOrDefault(execution.Symbol) + signed;
        Cash -= signed * execution.Price;
    }

    private void End(ModelOrder order, string status) => Set(order with { Status = status, EndedAt = clock.GetUtcNow() });

    private void Set(ModelOrder order) => _orders[_orders.FindIndex(known => known.Id == order.Id)] = order;

    private static decimal Trailed(decimal high, OrderTerms terms) => TickSize.RoundDown(high * (1 - (terms.TrailPercent!.Value / 100)));

    private static BrokerOrder Show(ModelOrder order)
    {
        var isOco = order.Terms.Class == OrderClass.Oco;
        var shown = new BrokerOrder
        {
            Id = order.Id,
            ClientOrderId = order.ClientOrderId,
            Status = isOco && order.Status == "filled" && order.LegFilled > 0 ? "canceled" : order.Status,
            Terms = order.Terms,
            FilledQuantity = order.Filled,
            AverageFillPrice = order.Filled > 0 ? order.FilledValue / order.Filled : null,
            SubmittedAt = order.SubmittedAt,
            EndedAt = order.EndedAt,
            ReplacedBy = order.ReplacedBy,
            Replaces = order.Replaces,
            StopPrice = isOco ? null : order.Stop,
            HighWatermark = order.High,
        };
        return !isOco
            ? shown
            : shown with
            {
                StopLeg = shown with
                {
                    Id = order.LegId,
                    ClientOrderId = order.LegId,
                    Status =
                        order.IsOpen ? "held"
                        : order.LegFilled > 0 ? "filled"
                        : "canceled",
                    FilledQuantity = order.LegFilled,
                    AverageFillPrice = order.LegFilled > 0 ? order.LegValue / order.LegFilled : null,
                    StopPrice = order.Stop,
                    Terms = order.Terms with { Class = OrderClass.Simple, Type = OrderType.Stop, LimitPrice = null },
                },
            };
    }
}
