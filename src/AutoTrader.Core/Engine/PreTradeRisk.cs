using AutoTrader.Core.Orders;
using AutoTrader.Core.Risk;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Core.Engine;

/// <summary>Gathers what the risk check needs from the working set, and asks it. Figures are kept up to date as orders are
/// admitted.</summary>
internal sealed class PreTradeRisk(CycleContext context, CycleFrame frame)
{
    private Dictionary<string, (decimal Held, decimal OpenBuys)>? _symbols;
    private decimal _reserved;
    private decimal _unseen;
    private int _trades;

    /// <summary>Forgets the figures: they are gathered anew when next needed.</summary>
    public void Refresh() => _symbols = null;

    /// <summary>Why the order may not be committed; null when it may. An admitted buy counts from then on.</summary>
    public RejectReason? Check(Book book, OrderTerms terms, StrategyBook? strategy)
    {
        Gather();
        if (terms.Side == OrderSide.Buy && frame.WhyNotTradable(terms.Symbol, context.Day) is { } why)
        {
            return new(Attention.NotTradable, $"{terms.Symbol} cannot be bought: {why}.");
        }

        if (terms is { Side: OrderSide.Buy, LimitPrice: null } && frame.Quotes?.IsHalted(terms.Symbol) == true)
        {
            return new(
                "HALT_SUSPECTED",
                $"A trading halt of {terms.Symbol} is suspected: nothing is bought at market until two fresh quotes. Give a limit "
                    + "price, or wait."
            );
        }

        var ask = frame.Quotes?.Of(terms.Symbol)?.Ask;
        var price = terms.LimitPrice ?? ask ?? frame.Positions.GetValueOrDefault(terms.Symbol)?.CurrentPrice ?? 0;
        if (terms.Side == OrderSide.Buy && price <= 0)
        {
            return new(
                "NO_PRICE",
                frame.Feeds.GetValueOrDefault(terms.Symbol)?.Ended is { } ended
                    ? $"There is no valid quote of {terms.Symbol} to value the order at: {ended}."
                    : $"There is no valid quote of {terms.Symbol} to value the order at; give a limit price or wait for the open."
            );
        }

        if (terms.Side == OrderSide.Buy && context.StateLost is { } lost)
        {
            return new("ENGINE_STATE_UNREADABLE", $"Nothing is bought now: {lost}. Mend or delete it; GET /api/attention shows it.");
        }

        if (terms.Side == OrderSide.Buy && frame.LossUnknown is { } unknown)
        {
            return new("LOSS_UNKNOWN", $"Nothing is bought now: {unknown}.");
        }

        if (terms.Side == OrderSide.Buy && frame.Holds.TryGetValue(terms.Symbol, out var hold))
        {
            return new("SYMBOL_HELD", $"{terms.Symbol} is held: {hold.Reason}.");
        }

        if (terms.Side == OrderSide.Buy && strategy is not null && Shared(strategy) is { } other)
        {
            return new("SYMBOL_TAKEN", $"{other} trades {terms.Symbol} already; set allow_shared_symbol to let both.");
        }

        if (terms.Side == OrderSide.Buy && strategy is not null && context.Ports.Broker.RefusesWashTrades && Opposite(terms) is { } sell)
        {
            return new(
                "WASH_TRADE",
                $"The broker refuses a buy of {terms.Symbol} while {sell.ClientOrderId} ({WireNames.Of(sell.Terms)}) works on the other "
                    + "side; it is sent once that has ended."
            );
        }

        var symbol = _symbols!.GetValueOrDefault(terms.Symbol);
        var account = frame.Account;
        var refusal = PreTradeCheck.Check(
            terms,
            new()
            {
                Account = context.Set.Account,
                Day = context.Day,
                Trades = _trades,
                PositionQuantity = symbol.Held,
                OpenBuyQuantity = symbol.OpenBuys,
                BuyingPower = account is null
                    ? 0
                    : PreTradeCheck.BuyingPower(context.Set.Account.Limits, account.Cash, account.BuyingPower, _reserved, _unseen),
                Price = price,
                Sellable = terms.Side == OrderSide.Sell ? Sellable(book) : 0,
            }
        );
        if (refusal is null && terms.Side == OrderSide.Buy)
        {
            _symbols![terms.Symbol] = (symbol.Held, symbol.OpenBuys + terms.Quantity);
            _reserved += terms.Quantity * price;
            _unseen += terms.Quantity * price;
            _trades++;
        }

        return refusal;
    }

    private static decimal Sellable(Book book)
    {
        var held = book.Holding.Quantity;
        foreach (var order in book.Orders)
        {
            held += order.Terms.Side == OrderSide.Buy ? order.UnexplainedQuantity : -order.UnexplainedQuantity;
            held -= order.Terms.Side == OrderSide.Sell && !Exposure.IsBeingReplaced(order, book.Orders) ? order.OpenQuantity : 0;
        }

        return held;
    }

    private Order? Opposite(OrderTerms terms)
    {
        foreach (var book in context.Set.Books.Where(book => book.Symbol == terms.Symbol))
        {
            foreach (var order in book.Orders)
            {
                if (order.IsWorking && WashTrade.IsPotential(terms, order.Terms))
                {
                    return order;
                }
            }
        }

        return null;
    }

    private string? Shared(StrategyBook strategy) =>
        strategy.Strategy.AllowSharedSymbol
            ? null
            : context
                .Set.Strategies.FirstOrDefault(other =>
                    other != strategy
                    && other.Symbol == strategy.Symbol
                    && (other.Holding.Quantity > 0 || other.Orders.Any(order => order.IsWorking))
                )
                ?.Id;

    private void Gather()
    {
        if (_symbols is not null)
        {
            return;
        }

        _symbols = new(StringComparer.Ordinal);
        _reserved = 0;
        _unseen = 0;
        _trades = context.Set.Tally(context.Day).Trades;
        foreach (var book in context.Set.Books)
        {
            var (held, buys) = _symbols.GetValueOrDefault(book.Symbol);
            held += book.Holding.Quantity;
            foreach (var order in book.Orders)
            {
                held += order.Terms.Side == OrderSide.Buy ? order.UnexplainedQuantity : -order.UnexplainedQuantity;
                if (order.Terms.Side == OrderSide.Sell || !order.IsWorking)
                {
                    continue;
                }

                var value = order.OpenQuantity * (order.Terms.LimitPrice ?? frame.Quotes?.Of(book.Symbol)?.Ask ?? order.DecisionMid ?? 0);
                buys += order.OpenQuantity;
                _reserved += value;
                _unseen += order.BrokerOrderId is null ? value : 0;
            }

            _symbols[book.Symbol] = (held, buys);
        }
    }
}
