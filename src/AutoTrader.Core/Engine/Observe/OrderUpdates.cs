using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Brokerage;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Core.Engine.Observe;

/// <summary>Applies what the broker shows of orders to the books (docs/trading-rules.md, "Order states").</summary>
/// <param name="context">The cycle.</param>
/// <param name="calendar">When day orders end.</param>
/// <param name="shown">Every order that the broker shows as open or lately ended.</param>
internal sealed class OrderUpdates(CycleContext context, TradingCalendar calendar, IReadOnlyList<BrokerOrder> shown)
{
    private readonly Dictionary<string, BrokerOrder> _shown = ById(shown);

    /// <summary>What the broker shows of an order, by our id or by its id; null when it is not listed.</summary>
    public BrokerOrder? Shown(string id) => _shown.GetValueOrDefault(id);

    /// <summary>Asks the broker for one order; an outage of this one call raises attention and leaves the order as it is.</summary>
    public async Task<BrokerOrder?> LookAsync(Order order, string brokerOrderId)
    {
        try
        {
            return await context.Ports.Broker.GetOrderAsync(brokerOrderId, context.Cancellation);
        }
        catch (Exception failure) when (context.IsOutage(failure))
        {
            context.Journal.RaiseNoAnswer(TradingKey.Order(order), order.ClientOrderId, "The next cycle looks it up.", failure.Message);
            return null;
        }
    }

    /// <summary>Applies what the broker shows of an order; follows a replacement that is not ours to its successor.</summary>
    public async Task ApplyAsync(Book book, Order order, BrokerOrder shown)
    {
        for (var hops = 0; shown.ReplacedBy is { } successorId && hops < 10; hops++)
        {
            var successor = Shown(successorId) ?? await context.Ports.Broker.GetOrderAsync(successorId, context.Cancellation);
            if (successor is null || book.Find(successor.ClientOrderId) is not null)
            {
                break;
            }

            order = order with { OtherBrokerIds = order.OtherBrokerIds.Add(shown.Id), Terms = Succeed(order, successor.Terms) };
            shown = successor;
        }

        Take(book, order, shown);
    }

    /// <summary>Applies the broker's answer about an order and what follows from it for its strategy.</summary>
    public void Take(Book book, Order order, BrokerOrder shown)
    {
        var next = View(order, shown);
        book.Set(next);
        if (next.FilledQuantity > order.FilledQuantity)
        {
            var price = next.AverageFillPrice is { } average ? $" at {average:0.00##}" : string.Empty;
            context.Journal.Publish(
                EngineEventKind.OrderFilled,
                book.Id,
                book.Symbol,
                $"{book.Id} {(next.Status == OrderStatus.Filled ? "filled" : "partly filled")}: {WireNames.Of(next.Terms)}{price}",
                next.Status
            );
        }

        if (!next.IsWorking && order.IsWorking && next.Status is not (OrderStatus.Filled or OrderStatus.Replaced))
        {
            context.Journal.Publish(
                EngineEventKind.OrderEnded,
                book.Id,
                book.Symbol,
                $"{book.Id} {WireNames.Of(next.Status)} ({WireNames.Of(next.EndReason)}): {WireNames.Of(next.Terms)}",
                next.Status
            );
        }

        if (next.Status == OrderStatus.Filled)
        {
            GiveUpReplacement(book, next);
        }

        if (book is StrategyBook strategy)
        {
            var changed = Lifecycle.Observe(strategy.Strategy, next);
            changed = !next.IsWorking && order.IsWorking ? Lifecycle.Ended(changed, next) : changed;
            context.Change(strategy, changed);
        }
    }

    // The order that was to take the place of one that filled has no shares left. Should it be there after all, it is looked for and
    // canceled as others that were given up.
    private void GiveUpReplacement(Book book, Order filled)
    {
        if (
            book.Orders.FirstOrDefault(order => order.Replaces == filled.ClientOrderId) is
            { BrokerOrderId: null, Status: OrderStatus.Intended or OrderStatus.Unknown } successor
        )
        {
            book.Set(
                successor with
                {
                    Status = OrderStateMachine.Next(successor.Status, OrderEvent.Abandon),
                    EndReason = EndReason.Abandoned,
                    EndedAt = context.Now,
                    Note = "the order it replaces has filled",
                }
            );
        }
    }

    // What the broker works on is the truth; a quantity that had fills before stays as the sum that it was.
    private static OrderTerms Succeed(Order order, OrderTerms successor) =>
        order.Terms with
        {
            Quantity = order.FilledQuantity > 0 ? order.Terms.Quantity : successor.Quantity,
            LimitPrice = successor.LimitPrice ?? order.Terms.LimitPrice,
            StopPrice = successor.StopPrice ?? order.Terms.StopPrice,
        };

    /// <summary>The order as the broker shows it.</summary>
    public Order View(Order order, BrokerOrder shown) => BrokerView.Apply(order, shown, context.Now, DayOrdersEndAt(order));

    private DateTimeOffset DayOrdersEndAt(Order order) => calendar.CurrentOrNext(order.LastAttemptAt ?? order.DecidedAt).Close;

    private static Dictionary<string, BrokerOrder> ById(IReadOnlyList<BrokerOrder> shown)
    {
        var byId = new Dictionary<string, BrokerOrder>(StringComparer.Ordinal);
        foreach (var order in shown)
        {
            byId[order.ClientOrderId] = order;
            byId[order.Id] = order;
        }

        return byId;
    }
}
