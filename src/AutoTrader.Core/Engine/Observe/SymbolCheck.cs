using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;

namespace AutoTrader.Core.Engine.Observe;

/// <summary>
/// Asks the broker which symbols can be bought, each once a New York day and ahead of its entry. One that cannot makes its strategies wait,
/// with attention, until the broker takes it; it never stands in the way of protection and exits. One that is not known yet may be bought:
/// the broker itself refuses what it does not trade.
/// </summary>
internal sealed class SymbolCheck(CycleContext context)
{
    // With the rest of a cycle they stay within a broker's rate limit; the others follow in the next cycles.
    private const int AsksAtOnce = 20;

    /// <summary>Asks about what may be bought soon; what people ask for comes first.</summary>
    /// <param name="before">What is known of symbols; ignored once the day has changed.</param>
    /// <returns>What is known now.</returns>
    public async Task<ExchangeState> LookAsync(ExchangeState before)
    {
        var isNewDay = before.SymbolsOn != context.Day;
        List<string> tradable = isNewDay ? [] : [.. before.Tradable];
        var notTradable = isNewDay
            ? new Dictionary<string, string>(StringComparer.Ordinal)
            : new Dictionary<string, string>(before.NotTradable, StringComparer.Ordinal);
        var known = tradable.Concat(notTradable.Keys).ToHashSet(StringComparer.Ordinal);
        var strategies = context.Set.Strategies.Where(book => book.Strategy.MayEnter).ToList();
        var symbols = context
            .Set.Commands.Select(command => SymbolOf(context, command.Value))
            .OfType<string>()
            .Concat(strategies.Select(book => book.Symbol).Order(StringComparer.Ordinal))
            .Where(symbol => !known.Contains(symbol))
            .Distinct(StringComparer.Ordinal)
            .Take(AsksAtOnce)
            .ToList();
        foreach (var symbol in symbols)
        {
            try
            {
                if (await context.Ports.Broker.WhyNotTradableAsync(symbol, context.Cancellation) is { } why)
                {
                    notTradable[symbol] = why;
                }
                else
                {
                    tradable.Add(symbol);
                }
            }
            catch (Exception failure) when (context.IsOutage(failure))
            {
                context.Journal.RaiseNoAnswer(TradingKey.Account, symbol, "The next cycle asks again.", failure.Message);
                break;
            }
        }

        foreach (
            var waiting in strategies
                .Where(book => notTradable.ContainsKey(book.Symbol))
                .GroupBy(book => book.Symbol, StringComparer.Ordinal)
        )
        {
            context.Journal.Raise(
                Attention.NotTradable,
                waiting.Key,
                $"{waiting.Key} cannot be bought: {notTradable[waiting.Key]}. "
                    + $"{string.Join(", ", waiting.Select(book => book.Id))} wait; the broker is asked again each day."
            );
        }

        return before with
        {
            SymbolsOn = context.Day,
            Tradable = tradable,
            NotTradable = notTradable,
        };
    }

    /// <summary>The symbol that a command may buy; null when it buys none.</summary>
    public static string? SymbolOf(CycleContext context, CommandEnvelope envelope) =>
        envelope.Command switch
        {
            PlaceOrder { Terms: { Side: OrderSide.Buy } order } => order.Symbol,
            EnableStrategy command => context.Set.Strategy(command.StrategyId)?.Symbol,
            _ => null,
        };
}
