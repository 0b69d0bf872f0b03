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
        var (isBuy, account) = (terms.Side == OrderSide.Buy, frame.Account);
        var symbol = _symbols!.GetValueOrDefault(terms.Symbol);
        var price =
            terms.LimitPrice
            ?? frame.Quotes?.Of(terms.Symbol)?.Ask
            ?? frame.Positions.GetValueOrDefault(terms.Symbol)?.CurrentPrice
            ?? 0;
        var view = new PreTradeView
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
            Sellable = isBuy ? 0 : Sellable(book),
        };
        var refusal = PreTradeCheck.Check(terms, isBuy ? OfBuy(view, terms, strategy) : view);
        if (refusal is null && terms.Side == OrderSide.Buy)
        {
            _symbols![terms.Symbol] = (symbol.Held, symbol.OpenBuys + terms.Quantity);
            _reserved += terms.Quantity * price;
            _unseen += terms.Quantity * price;
            _trades++;
        }

        return refusal;
    }

    private PreTradeView OfBuy(PreTradeView view, OrderTerms terms, StrategyBook? strategy) =>
        view with
        {
            NotTradable = frame.WhyNotTradable(terms.Symbol, context.Day),
            IsHaltSuspected = frame.Quotes?.IsHalted(terms.Symbol) == true,
            PricesEnded = frame.Feeds.GetValueOrDefault(terms.Symbol)?.Ended,
            StateLost = context.StateLost,
            LossUnknown = frame.LossUnknown,
            Hold = frame.Holds.GetValueOrDefault(terms.Symbol)?.Reason,
            TakenBy = strategy is null ? null : Shared(strategy),
            Opposite = strategy is not null && context.Ports.Broker.RefusesWashTrades ? Opposite(terms) : null,
        };

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
