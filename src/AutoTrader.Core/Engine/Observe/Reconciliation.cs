using AutoTrader.Core.Orders;
using AutoTrader.Core.Portfolio;
using AutoTrader.Core.Ports.Brokerage;

namespace AutoTrader.Core.Engine.Observe;

/// <summary>
/// Per symbol: strategies + unmanaged = broker. Unequal for two cycles in a row: attention, no entries on the symbol, exits clamped to
/// what is available (docs/trading-rules.md, "Reconciliation").
/// </summary>
internal sealed class Reconciliation(CycleContext context)
{
    /// <summary>Shares that rounding the fractions of splits may leave between books and the broker.</summary>
    public const decimal Tolerance = 0.000001m;

    /// <summary>Compares; on an account's first cycle what is held at the broker becomes unmanaged.</summary>
    /// <returns>What the broker holds, and the symbols that disagree with the number of cycles in a row.</returns>
    public async Task<(Dictionary<string, BrokerPosition> Positions, Dictionary<string, int> Mismatches)> RunAsync()
    {
        var positions = await ReadAsync(context);
        var mismatches = new Dictionary<string, int>(StringComparer.Ordinal);
        if (context.Set.IsFirstCycle)
        {
            foreach (var position in positions.Values.Where(position => position.Quantity > 0))
            {
                var unmanaged = context.Set.UnmanagedOf(position.Symbol);
                unmanaged.Set(Holding.Empty with { Lots = [new(position.Quantity, position.AverageEntryPrice, context.Now)] });
            }
        }

        foreach (var (symbol, ours) in OurQuantities(positions.Keys))
        {
            var theirs = positions.TryGetValue(symbol, out var position) ? position.Quantity : 0;
            if (Math.Abs(ours - theirs) <= Tolerance)
            {
                continue;
            }

            var cycles = context.Before.Mismatches.GetValueOrDefault(symbol) + 1;
            mismatches[symbol] = cycles;
            if (cycles >= CycleFrame.CyclesUntilBelieved)
            {
                context.Journal.Raise(
                    "QUANTITY_MISMATCH",
                    symbol,
                    $"{symbol}: our records say {ours:0.####}, the broker {theirs:0.####} shares. Nothing is bought on it until they "
                        + "agree."
                );
            }
        }

        foreach (var position in positions.Values.Where(position => position.Quantity < 0))
        {
            context.Journal.Raise(
                "NEGATIVE_POSITION",
                position.Symbol,
                $"{position.Symbol}: the broker shows a short position of {position.Quantity:0.####}; it is bought to cover."
            );
        }

        return (positions, mismatches);
    }

    /// <summary>Reads what the broker holds, by symbol.</summary>
    public static async Task<Dictionary<string, BrokerPosition>> ReadAsync(CycleContext context) =>
        (await context.Ports.Broker.GetPositionsAsync(context.Cancellation)).ToDictionary(
            position => position.Symbol,
            StringComparer.Ordinal
        );

    private Dictionary<string, decimal> OurQuantities(IEnumerable<string> held)
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

        foreach (var symbol in held)
        {
            sums.TryAdd(symbol, 0);
        }

        return sums;
    }
}
