using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Portfolio;
using AutoTrader.Core.Ports.Brokerage;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Core.Application.Backups;

/// <summary>
/// Builds a trading state from the broker's data (docs/operations.md, "When storage is lost"). Pure. Invariants: per symbol strategies
/// and unmanaged shares add up to the broker's position; a strategy gets no more than its orders bought or cover; no working order is
/// canceled or doubled; nothing uncertain buys.
/// </summary>
internal sealed class RebuildPlan
{
    // More than any arming sends, as after a restore.
    private const int SequenceGap = 100_000;

    private const string ManualPrefix = "at-m-";

    private readonly Dictionary<string, decimal> _left;
    private readonly Dictionary<string, BrokerPosition> _positions;
    private readonly decimal _trailingStopPct;
    private readonly DateTimeOffset _now;

    private RebuildPlan(IReadOnlyList<BrokerPosition> positions, decimal trailingStopPct, DateTimeOffset now)
    {
        _positions = positions.ToDictionary(position => position.Symbol, StringComparer.Ordinal);
        _left = positions.ToDictionary(position => position.Symbol, position => position.Quantity, StringComparer.Ordinal);
        (_trailingStopPct, _now) = (trailingStopPct, now);
    }

    /// <summary>Strategies as they are to be stored: those that hold shares, and those that are paused.</summary>
    public List<Strategy> Strategies { get; } = [];

    /// <summary>Working orders that are taken over.</summary>
    public List<Order> Orders { get; } = [];

    /// <summary>Shares of no strategy.</summary>
    public List<UnmanagedHolding> Unmanaged { get; } = [];

    /// <summary>The result of the rebuild.</summary>
    public List<RebuiltStrategy> Rebuilt { get; } = [];

    /// <summary>What could not be known.</summary>
    public List<string> Unknown { get; } = [];

    /// <summary>Makes the plan.</summary>
    /// <param name="positions">All positions.</param>
    /// <param name="orders">All open orders, and those that ended lately.</param>
    /// <param name="definitions">Strategies that are here, from an import for example.</param>
    /// <param name="trailingStopPct">The trailing stop of shares whose strategy and protection are not known, in percent.</param>
    /// <param name="now">Business time (UTC).</param>
    public static RebuildPlan Of(
        IReadOnlyList<BrokerPosition> positions,
        IReadOnlyList<BrokerOrder> orders,
        IReadOnlyList<Strategy> definitions,
        decimal trailingStopPct,
        DateTimeOffset now
    )
    {
        var plan = new RebuildPlan(positions, trailingStopPct, now);
        var known = definitions.ToDictionary(strategy => strategy.Id, StringComparer.Ordinal);
        var ours = orders
            .Select(shown => (Id: ClientOrderIds.OfStrategy(shown.ClientOrderId), Order: shown))
            .Where(it => it.Id is not null)
            .Select(it => new Sent(it.Id!.Value.StrategyId, it.Id.Value.Arm, it.Id.Value.Sequence, it.Order, plan.Adopted(it.Order)))
            .GroupBy(sent => sent.StrategyId, StringComparer.Ordinal)
            // If two strategies claim the same shares, the one that traded last gets them.
            .OrderByDescending(group => group.Max(sent => sent.Reported.SubmittedAt))
            .ThenBy(group => group.Key, StringComparer.Ordinal);
        foreach (var group in ours)
        {
            plan.Take(group.Key, [.. group], known.GetValueOrDefault(group.Key));
        }

        foreach (var shown in orders.Where(shown => ClientOrderIds.OfStrategy(shown.ClientOrderId) is null))
        {
            plan.TakeManual(shown);
        }

        plan.TakeRest();
        plan.Pause(known.Values);
        return plan;
    }

    private void Take(string id, IReadOnlyList<Sent> sent, Strategy? definition)
    {
        var latest = sent.MaxBy(it => (it.Reported.SubmittedAt, it.Sequence))!;
        var symbol = latest.Reported.Terms.Symbol;
        var own = sent.Where(it => it.Reported.Terms.Symbol == symbol).ToList();
        var sells = own.Where(it => it.Order is { IsWorking: true, Terms.Side: OrderSide.Sell }).ToList();
        var covered = sells.Sum(it => it.Order.OpenQuantity);
        var net = own.Sum(it => it.Reported.Terms.Side == OrderSide.Buy ? it.Order.FilledQuantity : -it.Order.FilledQuantity);
        var held = Math.Min(Math.Max(0, _left.GetValueOrDefault(symbol)), Math.Max(net, covered));
        var isArmed = sells.TrueForAll(it => it.Arm == latest.Arm);
        if (own.TrueForAll(it => !it.Order.IsWorking || it.Arm == latest.Arm) && TakeLadder(id, latest, own, definition, held))
        {
            return;
        }

        var (type, assumed) = definition?.Symbol == symbol ? (definition.StrategyType, null) : Infer(sells, Average(own, symbol));
        if (
            held < 1
            || !isArmed
            || type is null or StrategyType.Grid or StrategyType.ScaleOut
            || (definition is not null && definition.Symbol != symbol)
        )
        {
            TakeLoose(id, held, own, type);
            return;
        }

        var average = Average(own, symbol);
        var strategy = Definition(id, symbol, own, sells, definition, held) with
        {
            Arm = latest.Arm,
            NextSequence = own.Where(it => it.Arm == latest.Arm).Max(it => it.Sequence) + SequenceGap,
            Phase = StrategyPhase.PositionOpen,
            Holding = Holding.Empty with { Lots = [new(held, average, latest.Reported.SubmittedAt)] },
            EnteredQuantity = held,
            EntryFillPrice = average,
            HighWatermark = sells.Max(it => it.Order.BrokerHighWatermark) is { } high && high > average ? high : average,
            EffectiveStop = sells.Max(it => it.Order.BrokerStopPrice ?? it.Order.Terms.StopPrice),
            UpdatedAt = _now,
        };
        Strategies.Add(strategy);
        _left[symbol] -= held;
        Orders.AddRange(own.Where(it => it.Order.IsWorking).Select(it => Of(it, strategy)));
        Rebuilt.Add(new(id, symbol, strategy.StrategyType, held, Math.Min(held, covered), definition is null, assumed));
    }

    // A ladder whose orders say which level or tranche each is of.
    private bool TakeLadder(string id, Sent latest, IReadOnlyList<Sent> own, Strategy? definition, decimal held)
    {
        var symbol = latest.Reported.Terms.Symbol;
        var average = Average(own, symbol);
        var working = own.Where(it => it.Order.IsWorking).Select(it => it.Order).ToList();
        var sells = working.Where(order => order.Terms.Side == OrderSide.Sell).ToList();
        var known =
            definition is null ? RebuiltLadder.Infer(Made(id, symbol, latest.Arm, sells.Sum(order => order.OpenQuantity)), sells, average)
            : definition.Symbol == symbol && definition.StrategyType is StrategyType.Grid or StrategyType.ScaleOut
                ? definition.ArmAnew(latest.Arm).Resume()
            : null;
        var bought = definition is null
            ? 0
            : own.Where(it => it.Arm == latest.Arm && it.Reported.Terms.Side == OrderSide.Buy).Sum(it => it.Order.FilledQuantity);
        if (working.Count == 0 || known is null || RebuiltLadder.Of(known, working, held, bought, average) is not { } ladder)
        {
            return false;
        }

        var strategy = ladder.Strategy with
        {
            NextSequence = own.Where(it => it.Arm == latest.Arm).Max(it => it.Sequence) + SequenceGap,
            Phase = ladder.Held >= 1 ? StrategyPhase.PositionOpen : StrategyPhase.EntryActive,
            Holding =
                ladder.Held > 0 ? Holding.Empty with { Lots = [new(ladder.Held, average, latest.Reported.SubmittedAt)] } : Holding.Empty,
            EffectiveStop = sells.Max(order => order.BrokerStopPrice ?? order.Terms.StopPrice),
            UpdatedAt = _now,
        };
        Strategies.Add(strategy);
        _left[symbol] = _left.GetValueOrDefault(symbol) - ladder.Held;
        Orders.AddRange(
            own.Where(it => it.Order.IsWorking)
                .Select(it => Of(it, strategy))
                .Select(order =>
                    order with
                    {
                        Slot = ladder.Slots.TryGetValue(order.ClientOrderId, out var slot) ? slot : null,
                        Role = order.Role == OrderRole.Protection && !strategy.DeclaresProtection ? OrderRole.Target : order.Role,
                    }
                )
        );
        Rebuilt.Add(
            new(
                id,
                symbol,
                strategy.StrategyType,
                ladder.Held,
                Math.Min(ladder.Held, sells.Sum(order => order.OpenQuantity)),
                definition is null,
                definition is null ? "its targets come from its working orders" : null
            )
        );
        return true;
    }

    // Its levels or tranches cannot be read from its orders: without a definition they may be of any ladder.
    private void TakeLoose(string id, decimal held, IReadOnlyList<Sent> own, StrategyType? type)
    {
        foreach (var working in own.Where(it => it.Order.IsWorking))
        {
            Orders.Add(Manual(working.Order));
        }

        if (held >= 1)
        {
            Unknown.Add(
                FormattableString.Invariant(
                    $"{id} ({(type is { } kind ? WireNames.Of(kind) : "its type is not known")}) held {held:0.####} "
                )
                    + $"{own[0].Reported.Terms.Symbol}: which of its levels or targets it reached is unknown. The shares are unmanaged, "
                    + "and its working orders are now manual orders. Sell the shares, or protect them with an order of your own."
            );
        }
        else if (own.Any(it => it.Order.IsWorking))
        {
            Unknown.Add($"{id} had working orders but no shares: the orders are now manual; the kill switch cancels the buys.");
        }
    }

    private void TakeManual(BrokerOrder shown)
    {
        var order = Adopted(shown);
        if (!order.IsWorking)
        {
            return;
        }

        if (shown.ClientOrderId.StartsWith(ManualPrefix, StringComparison.Ordinal))
        {
            Orders.Add(Manual(order));
        }
        else
        {
            Unknown.Add($"The working order {shown.Id} ({WireNames.Of(shown.Terms)}) was not placed by AutoTrader; it stays as it is.");
        }
    }

    private void TakeRest()
    {
        foreach (var (symbol, quantity) in _left.Where(it => it.Value != 0).OrderBy(it => it.Key, StringComparer.Ordinal))
        {
            if (quantity < 0)
            {
                Unknown.Add(
                    FormattableString.Invariant($"The position in {symbol} is short ({quantity:0.####}); the next cycle covers it.")
                );
                continue;
            }

            Unmanaged.Add(
                new(symbol, Holding.Empty with { Lots = [new(quantity, _positions[symbol].AverageEntryPrice, _now)] }, SequenceGap)
            );
        }
    }

    // A strategy that waits to buy what may be its own already would double it: one without shares, and a grid, whose levels without a
    // resting sell look as if they had never been bought.
    private void Pause(IEnumerable<Strategy> definitions)
    {
        foreach (var strategy in definitions)
        {
            var at = Strategies.FindIndex(rebuilt => rebuilt.Id == strategy.Id);
            var waiting = at < 0 ? strategy : Strategies[at];
            if (
                (at >= 0 && waiting.StrategyType != StrategyType.Grid)
                || Unmanaged.FirstOrDefault(it => it.Symbol == waiting.Symbol) is not { } shares
            )
            {
                continue;
            }

            var paused = waiting.Pause(
                FormattableString.Invariant($"the account holds {shares.Holding.Quantity:0.####} unmanaged ")
                    + $"{waiting.Symbol} after a rebuild, which may belong to it; check, then resume"
            );
            if (at < 0)
            {
                Strategies.Add(paused);
            }
            else
            {
                Strategies[at] = paused;
            }

            Unknown.Add($"{waiting.Id} is paused: the unmanaged {waiting.Symbol} may belong to it.");
        }
    }

    private Strategy Definition(
        string id,
        string symbol,
        IReadOnlyList<Sent> own,
        IReadOnlyList<Sent> sells,
        Strategy? definition,
        decimal held
    )
    {
        if (definition is not null)
        {
            return definition.ArmAnew(definition.Arm).Resume();
        }

        var average = Average(own, symbol);
        var (type, _) = Infer(sells, average);
        var made = Made(id, symbol, own[0].Arm, held) with { StrategyType = type ?? StrategyType.TrailingStop };
        return type == StrategyType.Bracket && sells[0].Order.Terms is { LimitPrice: { } target, StopPrice: { } stop }
            ? made with
            {
                TakeProfitPct = Math.Round(((target / average) - 1) * 100, 2),
                StopLossPct = Math.Round((1 - (stop / average)) * 100, 2),
            }
            : made with
            {
                TrailingStopPct = TrailOf(sells, average) ?? _trailingStopPct,
            };
    }

    private Strategy Made(string id, string symbol, string arm, decimal held) =>
        new()
        {
            Id = id,
            Symbol = symbol,
            StrategyType = StrategyType.TrailingStop,
            Quantity = (int)Math.Ceiling(held),
            // Its next step is unknown.
            Enabled = false,
            Arm = arm,
            Notes = "rebuilt from the broker's orders",
            CreatedAt = _now,
            UpdatedAt = _now,
        };

    private static decimal? TrailOf(IReadOnlyList<Sent> sells, decimal average) =>
        sells.Count == 0 ? null
        : sells[0].Order.Terms.TrailPercent is { } trail ? trail
        : sells[0].Order.Terms.StopPrice is { } stop
        && average > 0
        && Math.Round((1 - (stop / average)) * 100, 2) is > 0 and < 100 and var pct
            ? pct
        : null;

    // The strategy type that places such orders; null if they do not identify one.
    private (StrategyType? Type, string? Assumed) Infer(IReadOnlyList<Sent> sells, decimal average)
    {
        var terms = sells.Select(it => it.Order.Terms).ToList();
        if (terms.Count == 0)
        {
            return (
                StrategyType.TrailingStop,
                FormattableString.Invariant($"its protection is unknown: a trailing stop of {_trailingStopPct:0.##} % is placed")
            );
        }

        if (terms.TrueForAll(it => it.Type == OrderType.TrailingStop && it.TrailPercent == terms[0].TrailPercent))
        {
            return (StrategyType.TrailingStop, null);
        }

        if (
            terms.TrueForAll(it => it.Class == OrderClass.Oco && it.LimitPrice == terms[0].LimitPrice && it.StopPrice == terms[0].StopPrice)
        )
        {
            return terms[0].LimitPrice > average && terms[0].StopPrice < average && terms[0].StopPrice > 0
                ? (StrategyType.Bracket, null)
                : (null, null);
        }

        return terms.TrueForAll(it => it is { Type: OrderType.Stop, Class: OrderClass.Simple })
            ? (
                StrategyType.TrailingStop,
                FormattableString.Invariant(
                    $"a plain stop is working; it now trails at {TrailOf(sells, average) ?? _trailingStopPct:0.##} % and never falls"
                )
            )
            : (null, null);
    }

    private decimal Average(IReadOnlyList<Sent> own, string symbol)
    {
        var buys = own.Where(it =>
                it.Reported.Terms.Side == OrderSide.Buy && it.Order is { FilledQuantity: > 0, AverageFillPrice: not null }
            )
            .ToList();
        var arm = buys.MaxBy(it => it.Reported.SubmittedAt)?.Arm;
        var last = buys.Where(it => it.Arm == arm).ToList();
        var quantity = last.Sum(it => it.Order.FilledQuantity);
        return quantity > 0
            ? last.Sum(it => it.Order.FilledQuantity * it.Order.AverageFillPrice!.Value) / quantity
            : _positions.GetValueOrDefault(symbol)?.AverageEntryPrice ?? 0;
    }

    // Its fills are already part of the shares: no execution is pending.
    private Order Adopted(BrokerOrder shown)
    {
        var applied = BrokerView.Apply(
            new()
            {
                ClientOrderId = shown.ClientOrderId,
                StrategyId = Order.ManualOwner,
                Arm = "",
                Sequence = 0,
                Role = OrderRole.Manual,
                Terms = shown.Terms,
                Status = OrderStatus.Submitted,
                DecidedAt = shown.SubmittedAt,
                LastAttemptAt = shown.SubmittedAt,
            },
            shown,
            _now,
            TradingCalendar.Nyse.CurrentOrNext(shown.SubmittedAt).Close
        );
        return applied with { ExecutedQuantity = applied.FilledQuantity };
    }

    private static Order Manual(Order order) => order with { Note = "taken over by a rebuild" };

    private static Order Of(Sent sent, Strategy strategy) =>
        sent.Order with
        {
            StrategyId = strategy.Id,
            Arm = sent.Arm,
            Sequence = sent.Sequence,
            Role =
                sent.Order.Terms.Side == OrderSide.Buy ? OrderRole.Entry
                : sent.Order.Terms.Type == OrderType.Market ? OrderRole.Exit
                : OrderRole.Protection,
            Note = "taken over by a rebuild",
        };

    private sealed record Sent(string StrategyId, string Arm, int Sequence, BrokerOrder Reported, Order Order);
}
