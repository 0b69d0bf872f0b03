using AutoTrader.Core.Orders;
using AutoTrader.Core.Portfolio;

namespace AutoTrader.Core.Engine.Observe;

/// <summary>
/// Per symbol: strategies + unmanaged = broker. Unequal for two cycles in a row: attention, no entries on the symbol, exits clamped to
/// what is available (docs/trading-rules.md, "Reconciliation").
/// </summary>
internal sealed class Reconciliation(CycleContext context)
{
    /// <summary>Shares that rounding the fractions of splits may leave between books and the broker.</summary>
    public const decimal Tolerance = 0.000001m;

    private const int CyclesUntilBelieved = 2;

    /// <summary>Compares; on an account's first cycle what is held at the broker becomes unmanaged.</summary>
    public async Task RunAsync()
    {
        await ReadAsync();
        if (context.Set.IsFirstCycle)
        {
            foreach (var position in context.Positions.Values.Where(position => position.Quantity > 0))
            {
                var unmanaged = context.Set.UnmanagedOf(position.Symbol);
                unmanaged.Set(Holding.Empty with { Lots = [new(position.Quantity, position.AverageEntryPrice, context.Now)] });
            }
        }

        foreach (var (symbol, ours) in OurQuantities())
        {
            var theirs = context.Positions.TryGetValue(symbol, out var position) ? position.Quantity : 0;
            if (Math.Abs(ours - theirs) <= Tolerance)
            {
                continue;
            }

            var cycles = context.State.Mismatches.GetValueOrDefault(symbol) + 1;
            context.Mismatches[symbol] = cycles;
            if (cycles >= CyclesUntilBelieved)
            {
                context.Journal.Raise(
                    "QUANTITY_MISMATCH",
                    symbol,
                    $"{symbol}: our records say {ours:0.####}, the broker {theirs:0.####} shares. Nothing is bought on it until they "
                        + "agree."
                );
            }
        }

        foreach (var position in context.Positions.Values.Where(position => position.Quantity < 0))
        {
            context.Journal.Raise(
                "NEGATIVE_POSITION",
                position.Symbol,
                $"{position.Symbol}: the broker shows a short position of {position.Quantity:0.####}; it is bought to cover."
            );
        }
    }

    /// <summary>Reads anew what the broker has where quantities disagree: what was sold since must not be sold again.</summary>
    public async Task LookAgainAsync()
    {
        if (context.Mismatches.Keys.Any(IsMismatched))
        {
            await ReadAsync();
        }
    }

    /// <summary>Whether the quantities of a symbol have disagreed for two cycles.</summary>
    public bool IsMismatched(string symbol) => context.Mismatches.GetValueOrDefault(symbol) >= CyclesUntilBelieved;

    /// <summary>What a negative position needs: a buy to cover, by the book whose shares were oversold, or for the account.</summary>
    public IEnumerable<(Book Book, decimal Quantity)> Covers()
    {
        foreach (var position in context.Positions.Values.Where(position => position.Quantity < 0))
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

    private async Task ReadAsync() =>
        context.Positions = (await context.Ports.Broker.GetPositionsAsync(context.Cancellation)).ToDictionary(
            position => position.Symbol,
            StringComparer.Ordinal
        );

    private Dictionary<string, decimal> OurQuantities()
    {
        var sums = new Dictionary<string, decimal>(StringComparer.Ordinal);
        foreach (var book in context.Set.Books)
        {
            var quantity = book.Holding.Quantity;
            foreach (var order in book.Orders)
            {
                quantity += order.Terms.Side == OrderSide.Buy ? order.UnexplainedQuantity : -order.UnexplainedQuantity;
            }

            sums[book.Symbol] = sums.GetValueOrDefault(book.Symbol) + quantity;
        }

        foreach (var symbol in context.Positions.Keys)
        {
            sums.TryAdd(symbol, 0);
        }

        return sums;
    }
}
