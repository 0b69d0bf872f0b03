using AutoTrader.Core.Orders;

namespace AutoTrader.Core.Portfolio;

/// <summary>
/// Trade statistics from fills: FIFO per owner and symbol, like the ledger's lots, so that <see cref="TradeStatistics.Net"/>
/// is the realized profit of the ledger. The order in which the fills come does not matter.
/// </summary>
public sealed record TradeAnalysis
{
    /// <summary>Over all symbols.</summary>
    public required TradeStatistics Summary { get; init; }

    /// <summary>Per symbol, for symbols with closed trades; ordered by symbol.</summary>
    public required IReadOnlyDictionary<string, TradeStatistics> PerSymbol { get; init; }

    /// <summary>Open holdings for every traded symbol, ordered by symbol.</summary>
    public required IReadOnlyList<OpenLots> OpenPositions { get; init; }

    /// <summary>Shares sold per symbol for which no purchase is among the fills; only symbols with any.</summary>
    public required IReadOnlyDictionary<string, decimal> UnmatchedSellQty { get; init; }

    /// <summary>The closed trades, in the order in which they were closed.</summary>
    public required IReadOnlyList<ClosedTrade> Trades { get; init; }

    /// <summary>Fees and commission of the sales and purchases in question, in dollars; in no other number here.</summary>
    public required decimal Fees { get; init; }

    /// <summary>Analyses fills.</summary>
    /// <param name="fills">All fills from the beginning, splits and corrections among them: with some of them missing, sales find no
    /// purchase.</param>
    /// <param name="symbol">Only this symbol; null for all.</param>
    /// <param name="since">Only trades closed, and fees paid, at or after this instant; null for all. Open positions are always
    /// current.</param>
    public static TradeAnalysis Of(IEnumerable<Fill> fills, string? symbol = null, DateTimeOffset? since = null)
    {
        var entries = fills
            .Where(fill => symbol is null || fill.Symbol == symbol)
            .DistinctBy(fill => fill.ExecutionId, StringComparer.Ordinal)
            .ToList();
        var books = new SortedDictionary<(string Symbol, string Owner), Book>(
            Comparer<(string Symbol, string Owner)>.Create(
                (left, right) =>
                    string.CompareOrdinal(left.Symbol, right.Symbol) is not 0 and var order
                        ? order
                        : string.CompareOrdinal(left.Owner, right.Owner)
            )
        );
        foreach (var owned in entries.GroupBy(fill => (fill.Symbol, fill.StrategyId)))
        {
            var book = books[owned.Key] = new();
            foreach (var fill in Corrections.Apply(owned))
            {
                book.Enter(fill);
            }
        }

        var trades = books
            .Values.SelectMany(book => book.Trades)
            .Where(trade => since is null || trade.SoldAt >= since)
            .OrderBy(trade => trade.SoldAt)
            .ThenBy(trade => trade.Symbol, StringComparer.Ordinal)
            .ThenBy(trade => trade.StrategyId, StringComparer.Ordinal)
            .ToList();
        return new()
        {
            Summary = TradeStatistics.Of(trades),
            PerSymbol = Sorted(trades.GroupBy(trade => trade.Symbol, StringComparer.Ordinal), group => TradeStatistics.Of([.. group])),
            OpenPositions =
            [
                .. books
                    .GroupBy(book => book.Key.Symbol, StringComparer.Ordinal)
                    .Select(group => Open(group.Key, [.. group.SelectMany(book => book.Value.Lots)])),
            ],
            UnmatchedSellQty = Sorted(
                books
                    .SelectMany(book =>
                        book.Value.Unmatched.Where(sale => since is null || sale.At >= since)
                            .Select(sale => (book.Key.Symbol, sale.Quantity))
                    )
                    .GroupBy(sale => sale.Symbol, StringComparer.Ordinal),
                group => group.Sum(sale => sale.Quantity)
            ),
            Trades = trades,
            Fees = entries.Where(fill => since is null || fill.At >= since).Sum(fill => fill.Fee),
        };
    }

    private static SortedDictionary<string, TValue> Sorted<TItem, TValue>(
        IEnumerable<IGrouping<string, TItem>> groups,
        Func<IGrouping<string, TItem>, TValue> value
    ) => new(groups.ToDictionary(group => group.Key, value, StringComparer.Ordinal), StringComparer.Ordinal);

    private static OpenLots Open(string symbol, IReadOnlyList<OpenLot> lots)
    {
        var quantity = lots.Sum(lot => lot.Quantity);
        return new(symbol, quantity, quantity == 0 ? 0 : lots.Sum(lot => lot.Cost) / quantity, lots.Count);
    }

    /// <summary>A lot with its total cost: after a split the price per share may not be a finite decimal.</summary>
    private readonly record struct OpenLot(decimal Quantity, decimal Cost, DateTimeOffset At);

    private sealed class Book
    {
        private readonly Queue<OpenLot> _rest = new();
        private OpenLot? _oldest;

        public List<ClosedTrade> Trades { get; } = [];

        public List<(decimal Quantity, DateTimeOffset At)> Unmatched { get; } = [];

        public IEnumerable<OpenLot> Lots => _oldest is { } oldest ? _rest.Prepend(oldest) : _rest;

        public void Enter(Fill fill)
        {
            switch (fill)
            {
                case { Kind: FillKind.Split }:
                    Scale(fill.Ratio);
                    break;
                case { Side: OrderSide.Buy, Quantity: > 0 }:
                    _rest.Enqueue(new(fill.Quantity, fill.Quantity * fill.Price, fill.At));
                    break;
                case { Side: OrderSide.Sell, Quantity: > 0 }:
                    Sell(fill);
                    break;
            }
        }

        private void Sell(Fill fill)
        {
            var left = fill.Quantity;
            while (left > 0 && (_oldest is not null || _rest.Count > 0))
            {
                var lot = _oldest ?? _rest.Dequeue();
                var taken = Math.Min(left, lot.Quantity);
                var cost = taken == lot.Quantity ? lot.Cost : lot.Cost * taken / lot.Quantity;
                Trades.Add(
                    new(fill.StrategyId, fill.Symbol, taken, cost / taken, fill.Price, lot.At, fill.At, (taken * fill.Price) - cost)
                );
                _oldest = taken == lot.Quantity ? null : lot with { Quantity = lot.Quantity - taken, Cost = lot.Cost - cost };
                left -= taken;
            }

            if (left > 0)
            {
                Unmatched.Add((left, fill.At));
            }
        }

        private void Scale(decimal ratio)
        {
            var lots = Lots.Select(lot => lot with { Quantity = lot.Quantity * ratio }).ToList();
            _oldest = null;
            _rest.Clear();
            lots.ForEach(_rest.Enqueue);
        }
    }

    /// <summary>Sorts fills by time, with busts applied to the fills they cancel.</summary>
    private static class Corrections
    {
        public static List<Fill> Apply(IEnumerable<Fill> fills)
        {
            // At the same instant a split comes first, since it took effect before the open, and a purchase before the sale of its shares.
            var ordered = fills
                .OrderBy(fill => fill.At)
                .ThenBy(fill => fill.Kind != FillKind.Split)
                .ThenBy(fill => fill.Side)
                .ThenBy(fill => fill.ExecutionId, StringComparer.Ordinal)
                .ToList();
            var kept = ordered.Where(fill => fill.Kind == FillKind.Split || fill.Quantity > 0).ToList();
            foreach (var correction in ordered.Where(fill => fill.Kind != FillKind.Split && fill.Quantity < 0))
            {
                TakeBack(kept, correction);
            }

            return kept;
        }

        // The entry does not name the execution that it takes back: the same order at the same price comes closest, the latest first.
        private static void TakeBack(List<Fill> fills, Fill correction)
        {
            var left = -correction.Quantity;
            var candidates = Enumerable
                .Range(0, fills.Count)
                .Where(i => fills[i].Kind != FillKind.Split && fills[i].Side == correction.Side && fills[i].At <= correction.At)
                .OrderByDescending(i => fills[i].ClientOrderId == correction.ClientOrderId)
                .ThenByDescending(i => fills[i].Price == correction.Price)
                .ThenByDescending(i => i);
            foreach (var i in candidates.ToList())
            {
                var taken = Math.Min(left, fills[i].Quantity);
                fills[i] = fills[i] with { Quantity = fills[i].Quantity - taken };
                left -= taken;
            }
        }
    }
}
