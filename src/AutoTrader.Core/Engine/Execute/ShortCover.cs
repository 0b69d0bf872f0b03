using AutoTrader.Core.Orders;

namespace AutoTrader.Core.Engine.Execute;

/// <summary>Buys negative positions back at once (docs/trading-rules.md, "Negative positions").</summary>
internal sealed class ShortCover(CycleContext context, CycleFrame frame, SendQueue queue)
{
    /// <summary>Commits and queues a buy for every short position that none covers yet.</summary>
    public void Cover()
    {
        foreach (var (book, quantity) in Lacking().Where(_ => frame.MarketOpen).ToList())
        {
            var sequence = book.Orders.Count(order => order.Role == OrderRole.Cover);
            var order = new Order
            {
                ClientOrderId = book is StrategyBook strategy
                    ? ClientOrderIds.ForStrategy(book.Id, strategy.Strategy.Arm, strategy.Strategy.NextSequence)
                    : ClientOrderIds.ForManual("cover", FormattableString.Invariant($"{book.Symbol} {context.Now:O} {sequence}")),
                StrategyId = book.Id,
                Arm = book is StrategyBook armed ? armed.Strategy.Arm : string.Empty,
                Sequence = book is StrategyBook counted ? counted.Strategy.NextSequence : 0,
                Role = OrderRole.Cover,
                Terms = new()
                {
                    Symbol = book.Symbol,
                    Side = OrderSide.Buy,
                    Quantity = quantity,
                    Type = OrderType.Market,
                },
                DecidedAt = context.Now,
                Note = "buys a short position back",
            };
            context.Set.Add(book, order);
            if (book is StrategyBook own)
            {
                context.Change(own, own.Strategy with { NextSequence = own.Strategy.NextSequence + 1 });
            }

            queue.Add(book, order);
        }
    }

    // By the book whose shares were oversold, or for the account.
    private IEnumerable<(Book Book, decimal Quantity)> Lacking()
    {
        foreach (var position in frame.Positions.Values.Where(position => position.Quantity < 0))
        {
            var working = context
                .Set.Books.Where(book => book.Symbol == position.Symbol)
                .SelectMany(book => book.Orders)
                .Where(order => order.Role == OrderRole.Cover)
                .Sum(order => order.OpenQuantity);
            var lacking = Math.Ceiling(-position.Quantity) - working;
            if (lacking >= 1)
            {
                var book = context.Set.Books.FirstOrDefault(candidate =>
                    candidate.Symbol == position.Symbol && candidate.Holding.ShortQuantity > 0
                );
                yield return (book ?? context.Set.UnmanagedOf(position.Symbol), lacking);
            }
        }
    }
}
