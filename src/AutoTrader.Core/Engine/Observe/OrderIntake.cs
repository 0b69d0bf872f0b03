using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Brokerage;

namespace AutoTrader.Core.Engine.Observe;

/// <summary>Takes in what happened at the broker: order changes in bulk, then executions, each applied once by its id
/// (docs/trading-rules.md, "Fills").</summary>
/// <param name="context">The cycle.</param>
/// <param name="committer">What writes a book that has changed much.</param>
/// <param name="actions">What keeps trades from before and after a split apart.</param>
/// <param name="updates">What the broker shows of orders.</param>
/// <param name="since">Executions are read from here (UTC).</param>
internal sealed class OrderIntake(
    CycleContext context,
    Committer committer,
    CorporateActions actions,
    OrderUpdates updates,
    DateTimeOffset since
)
{
    private readonly Dictionary<string, DateTimeOffset> _applied = new(context.Before.Applied, StringComparer.Ordinal);
    private readonly List<(Book Book, string ClientOrderId, BrokerOrder Shown)> _afterSplit = [];
    private readonly Dictionary<string, bool> _settled = new(StringComparer.Ordinal);

    /// <summary>Where reading orders and executions begins: where the last cycle came to, less an overlap; without that, at
    /// the oldest that may belong to an order of ours (UTC).</summary>
    public static DateTimeOffset Since(CycleContext context) =>
        (
            context.Before.ReadTo
            ?? context.Set.Books.SelectMany(book => book.Orders).Select(order => order.DecidedAt).Append(context.Now).Min()
        ) - context.Options.ReadOverlap;

    /// <summary>Applies what the broker shows of the orders that are known to be there.</summary>
    public async Task TakeOrdersAsync()
    {
        foreach (var book in context.Set.Books)
        {
            var split = actions.InEffect(book.Symbol);
            foreach (var order in book.Orders.Where(order => order.BrokerOrderId is not null).ToList())
            {
                if (
                    (order.IsWorking || order.UnexplainedQuantity > 0)
                    && (updates.Shown(order.BrokerOrderId!) ?? await updates.LookAsync(order, order.BrokerOrderId!)) is { } shown
                )
                {
                    if (split is not null && (shown.EndedAt is not { } ended || CorporateActions.IsAfter(split, ended)))
                    {
                        _afterSplit.Add((book, order.ClientOrderId, shown));
                        continue;
                    }

                    await updates.ApplyAsync(book, order, shown);
                    await committer.CheckpointAsync(book);
                }
            }
        }
    }

    /// <summary>Reads executions and applies those of days before today, then, after <paramref name="beginDay"/>, today's.</summary>
    /// <returns>What was applied, with its instants.</returns>
    public async Task<IReadOnlyDictionary<string, DateTimeOffset>> TakeExecutionsAsync(Func<Task> beginDay)
    {
        var unexplained = context
            .Set.Books.SelectMany(book => book.Orders)
            .Where(order => order.UnexplainedQuantity > 0)
            .Select(order => order.DecidedAt);
        var setAside = SetAside();
        var executions = (await context.Ports.Broker.GetExecutionsAsync(unexplained.Append(since).Min(), context.Cancellation))
            .Where(execution => !_applied.ContainsKey(execution.Id) && !setAside.Contains(execution.BrokerOrderId))
            .DistinctBy(execution => execution.Id, StringComparer.Ordinal)
            .ToList();
        var byBrokerId = OrdersByBrokerId();
        // Of one instant, in the order in which their orders were decided: ids are random, and of lots it matters which sale was first.
        executions =
        [
            .. executions
                .OrderBy(execution => execution.At)
                .ThenBy(execution => OrderOf(execution)?.DecidedAt ?? DateTimeOffset.MaxValue)
                .ThenBy(execution => OrderOf(execution)?.Sequence ?? 0)
                .ThenBy(execution => OrderOf(execution)?.ClientOrderId ?? "", StringComparer.Ordinal)
                .ThenBy(execution => execution.Id, StringComparer.Ordinal),
        ];
        var begun = false;
        foreach (var execution in executions)
        {
            if (!begun && TradingCalendar.Nyse.TradingDay(execution.At) >= context.Day)
            {
                begun = true;
                await beginDay();
            }

            if (await MayApplyAsync(execution.Symbol, execution.At, executions))
            {
                await ApplyAsync(execution, byBrokerId);
            }
        }

        if (!begun)
        {
            await beginDay();
        }

        await TakeOrdersAfterSplitsAsync(executions);
        return _applied;

        Order? OrderOf(Execution execution) =>
            byBrokerId.TryGetValue(execution.BrokerOrderId, out var known) ? known.Book.Find(known.ClientOrderId) : null;
    }

    // A trade in the shares and prices of after a split waits until the split is applied.
    private async Task<bool> MayApplyAsync(string symbol, DateTimeOffset at, List<Execution> executions)
    {
        if (_settled.TryGetValue(symbol, out var settled))
        {
            return settled;
        }

        return actions.InEffect(symbol) is not { } split
            || !CorporateActions.IsAfter(split, at)
            || (_settled[symbol] = await SettleAsync(split, executions));
    }

    private async Task<bool> SettleAsync(Split split, List<Execution> executions)
    {
        var traded = new List<Execution>();
        foreach (
            var execution in executions.Where(execution =>
                execution.Symbol == split.Symbol && CorporateActions.IsAfter(split, execution.At)
            )
        )
        {
            if (
                await context.Ports.Trading.ReadAsync<Fill>(
                    context.Ports.Broker.AccountKey,
                    TradingKey.Fill(execution.Id),
                    context.Cancellation
                )
                is null
            )
            {
                traded.Add(execution);
            }
        }

        var isListed = _afterSplit
            .Where(order => order.Book.Symbol == split.Symbol)
            .All(late =>
                late.Book.Find(late.ClientOrderId) is not { } order
                || updates.View(order, late.Shown) is var next
                    && next.UnexplainedQuantity
                        <= traded
                            .Where(execution =>
                                execution.BrokerOrderId == next.BrokerOrderId
                                || next.OtherBrokerIds.Contains(execution.BrokerOrderId, StringComparer.Ordinal)
                            )
                            .Sum(execution => execution.Quantity)
            );
        return (isListed && traded.Count == 0)
            || await actions.SettleAsync(
                split,
                isListed ? traded.Sum(execution => execution.Side == OrderSide.Buy ? execution.Quantity : -execution.Quantity) : null
            );
    }

    // What rests over a split is in the way of it, whoever ended it. Where it is not applied yet it may never be: what works on is left to
    // the verdict on it.
    private async Task TakeOrdersAfterSplitsAsync(List<Execution> executions)
    {
        foreach (var (book, id, shown) in _afterSplit)
        {
            if (book.Find(id) is { } order && await MayApplyAsync(book.Symbol, context.Now, executions))
            {
                var isInTheWay = shown.EndedAt is not null || actions.InEffect(book.Symbol) is null;
                await updates.ApplyAsync(
                    book,
                    isInTheWay
                        ? order with
                        {
                            CancelRequestedAt = order.CancelRequestedAt ?? context.Now,
                            Note = order.Note ?? "a split takes effect",
                        }
                        : order,
                    shown
                );
                await committer.CheckpointAsync(book);
            }
        }
    }

    private async Task ApplyAsync(Execution execution, Dictionary<string, (Book Book, string ClientOrderId)> byBrokerId)
    {
        var (book, order) = byBrokerId.TryGetValue(execution.BrokerOrderId, out var known)
            ? (known.Book, known.Book.Find(known.ClientOrderId))
            : (null, null);
        var surelyNew = order is { ExecutedQuantity: 0 } && order.FilledQuantity > 0;
        if (
            !surelyNew
            && await context.Ports.Trading.ReadAsync<Fill>(
                context.Ports.Broker.AccountKey,
                TradingKey.Fill(execution.Id),
                context.Cancellation
            )
                is not null
        )
        {
            _applied[execution.Id] = execution.At;
            return;
        }

        if (book is null)
        {
            (book, order) = await ResolveAsync(execution);
        }

        var fill = new Fill
        {
            ExecutionId = execution.Id,
            StrategyId = book.Id,
            ClientOrderId = order?.ClientOrderId,
            Arm = order?.Arm,
            Symbol = execution.Symbol,
            Side = execution.Side,
            Quantity = execution.Quantity,
            Price = execution.Price,
            Fee = execution.Fee,
            At = execution.At,
            TradingDay = TradingCalendar.Nyse.TradingDay(execution.At),
            Kind = execution.Quantity < 0 ? FillKind.Correction : FillKind.Trade,
        };
        book.Apply(order, fill);
        if (order is not null && execution.Quantity > 0 && book.Find(order.ClientOrderId) is not null)
        {
            // A bust takes shares from the ledger; what its order had filled stays explained.
            // A settled order stays settled: the ledger alone takes its late entry.
            book.Set(
                order with
                {
                    ExecutedQuantity = order.ExecutedQuantity + execution.Quantity,
                    FilledQuantity = Math.Max(order.FilledQuantity, order.ExecutedQuantity + execution.Quantity),
                }
            );
        }

        _applied[execution.Id] = execution.At;
        context.Journal.CountFill();
        await committer.CheckpointAsync(book);
    }

    // Broker ids of orders whose strategy cannot be read: their executions are read again when it is mended.
    private HashSet<string> SetAside()
    {
        var ids = new HashSet<string>(StringComparer.Ordinal);
        foreach (var order in context.Set.OrdersSetAside)
        {
            ids.UnionWith(order.OtherBrokerIds);
            if (order.BrokerOrderId is { } id)
            {
                ids.Add(id);
            }

            if (updates.Shown(order.ClientOrderId) is { } shown)
            {
                ids.Add(shown.Id);
                ids.Add(shown.StopLeg?.Id ?? shown.Id);
            }
        }

        return ids;
    }

    // An order that has left the working set, such as one with a late bust, also of an earlier arming; or one that was placed elsewhere:
    // its shares are unmanaged.
    private async Task<(Book Book, Order? Order)> ResolveAsync(Execution execution)
    {
        var shown = updates.Shown(execution.BrokerOrderId)
            ?? await context.Ports.Broker.GetOrderAsync(execution.BrokerOrderId, context.Cancellation);
        if (shown is not null && context.Set.BookOf(shown.ClientOrderId) is { } book && book.Find(shown.ClientOrderId) is { } order)
        {
            return (book, order);
        }

        if (
            shown is not null
            && ClientOrderIds.OfStrategy(shown.ClientOrderId) is { } id
            && context.Set.Strategy(id.StrategyId) is { } strategy
            && await context.Ports.Trading.ReadAsync<Order>(
                context.Ports.Broker.AccountKey,
                FormattableString.Invariant($"{TradingKey.DonePrefix}{id.StrategyId}|{id.Arm}|{id.Sequence:D8}"),
                context.Cancellation
            )
                is { } done
        )
        {
            context.Journal.Raise(
                "LATE_EXECUTION",
                TradingKey.Fill(execution.Id),
                $"A late execution of {done.Value.ClientOrderId} was applied."
            );
            return (strategy, done.Value);
        }

        return (context.Set.UnmanagedOf(execution.Symbol), null);
    }

    private Dictionary<string, (Book Book, string ClientOrderId)> OrdersByBrokerId()
    {
        var byId = new Dictionary<string, (Book, string)>(StringComparer.Ordinal);
        foreach (var book in context.Set.Books)
        {
            foreach (var order in book.Orders)
            {
                if (order.BrokerOrderId is { } id)
                {
                    byId[id] = (book, order.ClientOrderId);
                }

                foreach (var other in order.OtherBrokerIds)
                {
                    byId[other] = (book, order.ClientOrderId);
                }
            }
        }

        return byId;
    }
}
