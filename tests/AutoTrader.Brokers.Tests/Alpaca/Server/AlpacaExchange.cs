using AutoTrader.Core.Market;
using AutoTrader.Core.Ports.Brokerage;

namespace AutoTrader.Brokers.Tests.Alpaca.Server;

/// <summary>
/// The account behind the test server: takes orders, fills them in the bars of a market as its clock moves, and does what tests tell it
/// (partial fills, both legs of an OCO, corporate actions). Not thread-safe; the server calls it one request at a time.
/// </summary>
internal sealed class AlpacaExchange(IMarketData market, TimeProvider clock)
{
    private readonly List<ServerOrder> _orders = [];
    private readonly List<ServerFill> _fills = [];
    private readonly List<ServerCash> _cashMoves = [];
    private readonly Dictionary<string, ServerPosition> _positions = new(StringComparer.Ordinal);
    private DateTimeOffset _playedTo = clock.GetUtcNow();

    public decimal Cash { get; set; } = 100_000;

    /// <summary>How long a cancel takes to have its effect.</summary>
    public TimeSpan CancelDelay { get; set; }

    /// <summary>Whether orders stay <c>pending_new</c> until this is lifted.</summary>
    public bool HoldsAcknowledgements { get; set; }

    /// <summary>Whether a market order in the session fills the moment it arrives, before it is acknowledged.</summary>
    public bool FillsOnArrival { get; set; }

    /// <summary>Its sessions; other ones than by the rules where something was announced.</summary>
    public TradingCalendar Calendar { get; set; } = TradingCalendar.Nyse;

    /// <summary>Whether its clock says closed in the midst of a session.</summary>
    public bool IsHalted { get; set; }

    /// <summary>How far its clock is ahead.</summary>
    public TimeSpan ClockAhead { get; set; }

    /// <summary>Symbols that are not active and tradable, with their status.</summary>
    public Dictionary<string, (string Status, bool Tradable)> Assets { get; } = new(StringComparer.Ordinal);

    /// <summary>Whether an OCO shows the stop that took the place of its leg, or the leg that was replaced.</summary>
    public bool ShowsMovedLegs { get; set; } = true;

    public IReadOnlyList<ServerOrder> Orders => _orders;

    public IReadOnlyList<ServerFill> Fills => _fills;

    public IReadOnlyList<ServerCash> CashMoves => _cashMoves;

    public IReadOnlyDictionary<string, ServerPosition> Positions => _positions;

    public DateTimeOffset Now => clock.GetUtcNow();

    public decimal BuyingPower => Cash - _orders.Where(order => !order.IsSell).Sum(order => order.Open * order.ReservePrice);

    public decimal Held(string symbol) => ServerRules.Held(Open(symbol));

    public async Task<decimal?> PriceAsync(string symbol) =>
        (await market.GetClosesAsync([symbol], TradingCalendar.Nyse.TradingDay(Now), default)).TryGetValue(symbol, out var price)
            ? price
            : null;

    public ServerOrder? Find(string id) => _orders.Find(order => order.Id == id);

    public ServerOrder? FindByClientId(string clientId) => _orders.Find(order => order.ClientId == clientId);

    /// <summary>Takes an order, or refuses it.</summary>
    public async Task<ServerOrder> SubmitAsync(OrderRequest request, ServerOrder? instead = null)
    {
        if (request.ClientOrderId is { Length: > 128 })
        {
            throw new ServerRefusal(422, 40010001, "client_order_id must be no more than 128 characters");
        }

        if (request.ClientOrderId is { } id && FindByClientId(id) is not null)
        {
            throw new ServerRefusal(422, 40010001, "client_order_id must be unique");
        }

        var price = await PriceAsync(request.Symbol) ?? throw new ServerRefusal(422, 42210000, $"asset \"{request.Symbol}\" not found");
        var order = Create(request, price, instead);
        ServerRules.Check(
            order,
            [.. Open(order.Symbol).Where(other => other != instead && other != instead?.Leg)],
            _positions.GetValueOrDefault(order.Symbol)?.Quantity ?? 0,
            BuyingPower + ((instead?.Open ?? 0) * (instead?.ReservePrice ?? 0)),
            price,
            Now
        );
        if (instead is not null)
        {
            End(instead, "replaced", Now);
            instead.ReplacedBy = order.Id;
        }

        _orders.Add(order);
        if (order.Leg is { } leg)
        {
            _orders.Add(leg);
        }

        if (FillsOnArrival && order.Type == "market" && order.ActiveFrom <= Now)
        {
            Fill(order, order.Quantity, price, Now);
        }

        return order;
    }

    public async Task<ServerOrder> ReplaceAsync(ServerOrder order, OrderRequest changes)
    {
        if (!order.IsOpen || order.Status is "accepted" or "pending_new" or "pending_cancel" or "pending_replace")
        {
            throw new ServerRefusal(
                422,
                42210000,
                order.IsOpen ? $"cannot replace order in {order.Status} status" : $"order is already in \"{order.Status}\" state"
            );
        }

        if (order.Class == "oco")
        {
            return await MoveAsync(order, changes);
        }

        return await SubmitAsync(
            new(
                order.Symbol,
                order.Side,
                order.Type,
                changes.TimeInForce ?? order.TimeInForce,
                changes.Quantity > 0 ? changes.Quantity : order.Quantity
            )
            {
                ClientOrderId = changes.ClientOrderId,
                Limit = changes.Limit ?? order.Limit,
                Stop = changes.Stop ?? (order.Type == "trailing_stop" ? null : order.Stop),
                TrailPercent = changes.TrailPercent ?? order.TrailPercent,
            },
            order
        );
    }

    // The parts of an OCO are replaced one by one, and go on together.
    private async Task<ServerOrder> MoveAsync(ServerOrder order, OrderRequest changes)
    {
        if (order.Type == "limit" && changes.Stop is not null)
        {
            throw new ServerRefusal(422, 40010001, "limit orders must not have stop_price");
        }

        var (limit, stop) = (changes.Limit ?? order.Limit, changes.Stop ?? order.Stop);
        if ((limit, stop) == (order.Limit, order.Stop))
        {
            throw new ServerRefusal(422, 42210000, "order parameters are not changed");
        }

        if (stop >= await PriceAsync(order.Symbol))
        {
            throw new ServerRefusal(422, 42210000, "stop price must be less than current price");
        }

        var successor = new ServerOrder
        {
            Id = Guid.NewGuid().ToString(),
            ClientId = changes.ClientOrderId ?? Guid.NewGuid().ToString(),
            Symbol = order.Symbol,
            Side = order.Side,
            Type = order.Type,
            TimeInForce = order.TimeInForce,
            Class = order.Class,
            Quantity = order.Open,
            Limit = limit,
            Stop = stop,
            SubmittedAt = Now,
            ActiveFrom = Now,
            ExpiresAt = order.ExpiresAt,
            UpdatedAt = Now,
            Status = order.Status,
            Replaces = order.Id,
            Leg = order.Leg,
            Parent = order.Parent,
        };
        End(order, "replaced", Now);
        order.ReplacedBy = successor.Id;
        if (successor.Leg is { } leg)
        {
            leg.Parent = successor;
        }

        if (successor.Parent is { } parent && ShowsMovedLegs)
        {
            parent.Leg = successor;
        }

        _orders.Add(successor);
        return successor;
    }

    /// <summary>Asks for a cancel; one leg of an OCO takes the other along.</summary>
    public void Cancel(ServerOrder order)
    {
        if (!order.IsOpen)
        {
            throw new ServerRefusal(422, 42210000, $"order is already in \"{order.Status}\" state");
        }

        foreach (
            var each in new[] { order, order.Leg, order.Parent }.OfType<ServerOrder>().Where(each => each.IsOpen && each.CancelAt is null)
        )
        {
            (each.Status, each.CancelAt, each.UpdatedAt) = ("pending_cancel", Now + CancelDelay, Now);
        }
    }

    /// <summary>Fills some of an order, whatever its status: also one that is being canceled, or the second leg of an OCO.</summary>
    public void Fill(ServerOrder order, decimal quantity, decimal price, DateTimeOffset at)
    {
        order.Filled += quantity;
        order.FilledValue += quantity * price;
        order.UpdatedAt = at;
        var sign = order.IsSell ? -1 : 1;
        var before = _positions.GetValueOrDefault(order.Symbol) ?? new(0, 0);
        var after = before.Quantity + (sign * quantity);
        var average = order.IsSell ? before.Average : ((before.Quantity * before.Average) + (quantity * price)) / Math.Max(1, after);
        _positions[order.Symbol] = new(after, average);
        if (after == 0)
        {
            _positions.Remove(order.Symbol);
        }

        Cash -= sign * quantity * price;
        var leaves = Math.Max(0, order.Quantity - order.Filled);
        _fills.Add(new($"{at.UtcDateTime:yyyyMMddHHmmssfff}::{Guid.NewGuid()}", order, quantity, price, order.Filled, leaves, at));
        if (leaves == 0)
        {
            End(order, "filled", at);
        }
        else if (order.IsOpen && order.CancelAt is null)
        {
            order.Status = "partially_filled";
        }

        if (order.Leg is { IsOpen: true } leg)
        {
            // A partial take-profit shrinks the stop; a whole one ends it.
            leg.Quantity = order.Quantity - order.Filled;
            if (leg.Quantity <= leg.Filled)
            {
                End(leg, "canceled", at);
            }
        }
        else if (order.Parent is { IsOpen: true } parent && leaves == 0)
        {
            End(parent, "canceled", at);
        }
    }

    /// <summary>Moves cash without a trade, and lists it.</summary>
    public void MoveCash(ServerCash cash)
    {
        _cashMoves.Add(cash);
        Cash += cash.Amount;
    }

    public void End(ServerOrder order, string status, DateTimeOffset at) =>
        (order.Status, order.EndedAt, order.UpdatedAt) = (status, at, at);

    /// <summary>Replaces an order as a corporate action does: a new order under a generated client id.</summary>
    public ServerOrder ReplaceByCorporateAction(ServerOrder order, decimal ratio)
    {
        var successor = new ServerOrder
        {
            Id = Guid.NewGuid().ToString(),
            ClientId = Guid.NewGuid().ToString(),
            Symbol = order.Symbol,
            Side = order.Side,
            Type = order.Type,
            TimeInForce = order.TimeInForce,
            Class = order.Class,
            Quantity = order.Open * ratio,
            Limit = order.Limit / ratio,
            Stop = order.Stop / ratio,
            SubmittedAt = Now,
            ActiveFrom = order.ActiveFrom,
            ExpiresAt = order.ExpiresAt,
            UpdatedAt = Now,
            ReservePrice = order.ReservePrice / ratio,
            Replaces = order.Id,
        };
        End(order, "replaced", Now);
        order.ReplacedBy = successor.Id;
        _orders.Add(successor);
        return successor;
    }

    /// <summary>A split: forward, only good-till-canceled buy limits and sell stops are adjusted; reverse, all of them are
    /// canceled.</summary>
    public void Split(string symbol, decimal ratio)
    {
        foreach (var order in Open(symbol).Where(order => order.TimeInForce == "gtc" && order.Parent is null).ToList())
        {
            if (ratio > 1 && order.Class != "oco" && order is { IsSell: false, Type: "limit" } or { IsSell: true, Type: "stop" })
            {
                ReplaceByCorporateAction(order, ratio);
            }
            else if (ratio < 1)
            {
                End(order, "canceled", Now);
            }
        }

        if (_positions.TryGetValue(symbol, out var position))
        {
            _positions[symbol] = new(position.Quantity * ratio, position.Average / ratio);
        }
    }

    /// <summary>Plays what happened since the last look.</summary>
    public async Task PlayAsync()
    {
        var now = Now;
        if (!HoldsAcknowledgements)
        {
            foreach (var order in _orders.Where(order => order.Status == "pending_new"))
            {
                order.Status =
                    order.Parent is not null ? "held"
                    : order.ActiveFrom > now ? "accepted"
                    : "new";
            }
        }

        var bars = new List<Bar>();
        foreach (var symbol in _orders.Where(order => order.IsOpen).Select(order => order.Symbol).Distinct().ToList())
        {
            bars.AddRange((await market.GetBarsAsync(symbol, _playedTo.AddDays(-1), now, default)).Where(bar => bar.End > _playedTo));
        }

        foreach (var bar in bars.OrderBy(bar => bar.End).ThenBy(bar => bar.Symbol, StringComparer.Ordinal))
        {
            EndDue(bar.Start);
            foreach (var order in Open(bar.Symbol).Where(order => order.ActiveFrom <= bar.Start).ToList())
            {
                Play(order, bar);
            }
        }

        EndDue(now);
        foreach (var order in _orders.Where(order => order.Status == "accepted" && order.ActiveFrom <= now))
        {
            order.Status = "new";
        }

        _playedTo = now;
    }

    private IEnumerable<ServerOrder> Open(string symbol) => _orders.Where(order => order.IsOpen && order.Symbol == symbol);

    private void EndDue(DateTimeOffset by)
    {
        foreach (var order in _orders.Where(order => order.IsOpen).ToList())
        {
            if (order.CancelAt is { } cancel && cancel <= by)
            {
                End(order, "canceled", cancel);
            }
            else if (order.ExpiresAt <= by)
            {
                End(order, order.TimeInForce is "opg" or "cls" or "ioc" or "fok" ? "canceled" : "expired", order.ExpiresAt);
            }
        }
    }

    private void Play(ServerOrder order, Bar bar)
    {
        if (!order.IsOpen || (order.TimeInForce == "cls" && bar.End < order.ExpiresAt))
        {
            return;
        }

        var price =
            order.TimeInForce == "cls"
                ? bar.Close
                : order.Type switch
                {
                    "market" => bar.Open,
                    "limit" => Limit(order, bar),
                    "stop" => Stop(order, bar),
                    "stop_limit" => Stop(order, bar) is not null || order.Triggered ? Limit(order, bar) : null,
                    _ => Trail(order, bar),
                };

        // Both legs inside one bar: the stop; it is played here before its take-profit could be.
        if (price is not null && order.Leg is { IsOpen: true } leg && bar.Open < order.Limit && Stop(leg, bar) is { } stopped)
        {
            (order, price) = (leg, stopped);
        }

        if (price is { } at)
        {
            Fill(order, order.Open, at, bar.End);
        }
    }

    private static decimal? Limit(ServerOrder order, Bar bar) =>
        order.IsSell
            ? bar.Open >= order.Limit
                ? bar.Open
                : bar.High > order.Limit
                    ? order.Limit
                    : null
            : bar.Open <= order.Limit
                ? bar.Open
                : bar.Low < order.Limit
                    ? order.Limit
                    : null;

    private static decimal? Stop(ServerOrder order, Bar bar)
    {
        var price = order.IsSell
            ? bar.Open <= order.Stop
                ? bar.Open
                : bar.Low <= order.Stop
                    ? order.Stop
                    : null
            : bar.Open >= order.Stop
                ? bar.Open
                : bar.High >= order.Stop
                    ? order.Stop
                    : null;
        order.Triggered |= price is not null;
        return price;
    }

    private static decimal? Trail(ServerOrder order, Bar bar)
    {
        if (Stop(order, bar) is { } price)
        {
            return price;
        }

        order.High = Math.Max(order.High ?? bar.Open, bar.High);
        order.Stop = Trailed(order.High.Value, order.TrailPercent!.Value);
        return bar.Close <= order.Stop ? order.Stop : null;
    }

    private static decimal Trailed(decimal high, decimal percent) => TickSize.RoundDown(high * (1 - (percent / 100)));

    private ServerOrder Create(OrderRequest request, decimal price, ServerOrder? instead)
    {
        var calendar = Calendar;
        var session = calendar.IsOpen(Now) && request.TimeInForce != "opg" ? calendar.CurrentOrNext(Now) : calendar.NextSession(Now);
        var isOco = request.Class == "oco";
        var order = new ServerOrder
        {
            Id = Guid.NewGuid().ToString(),
            ClientId = request.ClientOrderId ?? Guid.NewGuid().ToString(),
            Symbol = request.Symbol,
            Side = request.Side,
            Type = request.Type,
            TimeInForce = request.TimeInForce ?? "day",
            Class = request.Class ?? "",
            Quantity = request.Quantity,
            Limit = isOco ? request.TakeProfit : request.Limit,
            Stop =
                request.Type == "trailing_stop" ? Trailed(price, request.TrailPercent!.Value)
                : isOco ? null
                : request.Stop,
            TrailPercent = request.TrailPercent,
            High = request.Type == "trailing_stop" ? price : null,
            SubmittedAt = Now,
            ActiveFrom = calendar.IsOpen(Now) && session.Open <= Now ? Now : session.Open,
            ExpiresAt =
                request.TimeInForce == "gtc" ? AgesOutAt()
                : request.TimeInForce == "opg" ? session.Open.AddMinutes(1)
                : session.Close,
            UpdatedAt = Now,
            Status = "pending_new",
            ReservePrice = request.Limit ?? Math.Max(request.Stop ?? 0, price),
            Replaces = instead?.Id,
        };
        if (isOco)
        {
            order.Leg = new()
            {
                Id = Guid.NewGuid().ToString(),
                ClientId = Guid.NewGuid().ToString(),
                Symbol = order.Symbol,
                Side = order.Side,
                Type = "stop",
                TimeInForce = order.TimeInForce,
                Class = "oco",
                Quantity = order.Quantity,
                Stop = request.StopLoss,
                SubmittedAt = Now,
                ActiveFrom = order.ActiveFrom,
                ExpiresAt = order.ExpiresAt,
                UpdatedAt = Now,
                Status = "held",
                Parent = order,
            };
        }

        return order;
    }

    private DateTimeOffset AgesOutAt()
    {
        var day = TradingCalendar.Nyse.TradingDay(Now).AddDays(90);
        while (TradingCalendar.Nyse.SessionOn(day) is null)
        {
            day = day.AddDays(-1);
        }

        return TradingCalendar.Nyse.SessionOn(day)!.Close;
    }
}
