using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports.Brokerage;

namespace AutoTrader.Core.Tests.Strategies.Simulation;

/// <summary>A tiny broker for one symbol: it holds shares for working sells, fills partly, cancels late, and refuses when told
/// to.</summary>
internal sealed class ModelBroker
{
    private readonly List<Resting> _orders = [];
    private readonly List<Execution> _executions = [];

    public decimal Position { get; private set; }

    public decimal Price { get; set; } = 100;

    public bool IsOpen { get; set; } = true;

    /// <summary>Whether orders fill by halves.</summary>
    public bool FillsPartly { get; set; }

    /// <summary>Whether a cancel takes until the next step.</summary>
    public bool CancelsLate { get; set; }

    /// <summary>How many of the next submissions are refused.</summary>
    public int Refusals { get; set; }

    /// <summary>Sells that were refused because the shares were not there or on sale already: never the engine's to ask for.</summary>
    public int Oversold { get; private set; }

    public IEnumerable<BrokerOrder> Working => _orders.Where(order => order.IsWorking).Select(Show);

    public BrokerOrder Submit(string clientOrderId, OrderTerms terms, DateTimeOffset now, string? replaces = null)
    {
        var replaced = _orders.Find(order => order.Id == replaces);
        if (Refusals > 0)
        {
            Refusals--;
            throw new BrokerRefusedException(RefusalKind.Other, "told to refuse");
        }

        var heldElsewhere = _orders
            .Where(order => order != replaced && order is { IsWorking: true, Terms.Side: OrderSide.Sell })
            .Sum(order => order.Open);
        if (terms.Side == OrderSide.Sell && terms.Quantity > Position - heldElsewhere)
        {
            Oversold++;
            throw new BrokerRefusedException(RefusalKind.InsufficientShares, $"{terms.Quantity} of {Position - heldElsewhere}");
        }

        if (IsOpen && terms.Side == OrderSide.Sell && terms.StopPrice >= Price)
        {
            throw new BrokerRefusedException(RefusalKind.StopPriceBeyondMarket, $"stop {terms.StopPrice} at {Price}");
        }

        if (replaced is not null)
        {
            replaced.IsWorking.ShouldBeTrue("only a working order is replaced");
            replaced.Status = "replaced";
        }

        var order = new Resting($"b{_orders.Count + 1}", clientOrderId, terms, now)
        {
            High = terms.Type == OrderType.TrailingStop ? Price : null,
        };
        _orders.Add(order);
        if (terms.Type == OrderType.Market)
        {
            Match(order, now);
        }

        return Show(order);
    }

    public BrokerOrder Amend(string id, OcoPrices prices)
    {
        var order = _orders.Find(order => order.Id == id)!;
        order.IsWorking.ShouldBeTrue("only a working order is moved");
        if (Refusals > 0)
        {
            Refusals--;
            throw new BrokerRefusedException(RefusalKind.Other, "told to refuse");
        }

        if (IsOpen && prices.Stop >= Price)
        {
            throw new BrokerRefusedException(RefusalKind.StopPriceBeyondMarket, $"stop {prices.Stop} at {Price}");
        }

        order.Terms = order.Terms with { LimitPrice = prices.Target, StopPrice = prices.Stop };
        return Show(order);
    }

    public void Cancel(string id)
    {
        var order = _orders.Find(order => order.Id == id)!;
        if (order.IsWorking)
        {
            order.Status = CancelsLate ? "pending_cancel" : "canceled";
        }
    }

    /// <summary>Someone else cancels an order.</summary>
    public void CancelExternally(int which)
    {
        var working = _orders.Where(order => order.IsWorking).ToList();
        if (working.Count > 0)
        {
            working[which % working.Count].Status = "canceled";
        }
    }

    public BrokerOrder Get(string id) => Show(_orders.Find(order => order.Id == id)!);

    /// <summary>The price moves; what it touches fills; cancels that were pending are done.</summary>
    public void Move(decimal price, DateTimeOffset now)
    {
        Price = price;
        foreach (var order in _orders.Where(order => order.IsWorking).ToList())
        {
            if (IsOpen)
            {
                Match(order, now);
            }

            if (order.Status == "pending_cancel")
            {
                order.Status = "canceled";
            }
        }
    }

    public IReadOnlyList<Execution> TakeExecutions()
    {
        var taken = _executions.ToList();
        _executions.Clear();
        return taken;
    }

    public void Split(decimal ratio)
    {
        _orders.ShouldAllBe(order => !order.IsWorking);
        // The fraction is paid in cash.
        Position = Math.Floor(decimal.Round(Position * ratio, 10));
        Price /= ratio;
    }

    private void Match(Resting order, DateTimeOffset now)
    {
        var terms = order.Terms;
        if (order.High is { } high)
        {
            order.High = Math.Max(high, Price);
        }

        decimal? fill = terms switch
        {
            { Type: OrderType.Market } => IsOpen ? Price : null,
            { Side: OrderSide.Buy } => Price <= terms.LimitPrice ? terms.LimitPrice : null,
            { StopPrice: not null } or { TrailPercent: not null } when Price <= order.Stop => Price,
            { LimitPrice: { } limit } when Price >= limit => limit,
            _ => null,
        };
        if (fill is not { } at)
        {
            return;
        }

        var quantity = FillsPartly && order.Open > 1 ? Math.Floor(order.Open / 2) : order.Open;
        order.Filled += quantity;
        order.Value += quantity * at;
        order.Status =
            order.Open == 0 ? "filled"
            : order.Status == "pending_cancel" ? order.Status
            : "partially_filled";
        Position += terms.Side == OrderSide.Buy ? quantity : -quantity;
        Position.ShouldBeGreaterThanOrEqualTo(0);
        _executions.Add(
            new()
            {
                Id = $"x{order.Id}-{order.Filled}",
                BrokerOrderId = order.Id,
                Symbol = terms.Symbol,
                Side = terms.Side,
                Quantity = quantity,
                Price = at,
                At = now,
            }
        );
    }

    private static BrokerOrder Show(Resting order) =>
        new()
        {
            Id = order.Id,
            ClientOrderId = order.ClientOrderId,
            Status = order.Status,
            Terms = order.Terms,
            FilledQuantity = order.Filled,
            AverageFillPrice = order.Filled > 0 ? order.Value / order.Filled : null,
            SubmittedAt = order.At,
            StopPrice = order.Stop,
            HighWatermark = order.High,
        };

    private sealed class Resting(string id, string clientOrderId, OrderTerms terms, DateTimeOffset at)
    {
        public string Id { get; } = id;

        public string ClientOrderId { get; } = clientOrderId;

        public OrderTerms Terms { get; set; } = terms;

        public DateTimeOffset At { get; } = at;

        public string Status { get; set; } = "new";

        public decimal Filled { get; set; }

        public decimal Value { get; set; }

        public decimal? High { get; set; }

        public decimal Open => Terms.Quantity - Filled;

        public bool IsWorking => Status is "new" or "partially_filled" or "pending_cancel";

        public decimal? Stop => High is { } high ? TickSize.RoundDown(high * (1 - (Terms.TrailPercent!.Value / 100))) : Terms.StopPrice;
    }
}
