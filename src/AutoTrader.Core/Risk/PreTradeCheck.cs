using AutoTrader.Core.Orders;

namespace AutoTrader.Core.Risk;

/// <summary>Why an order is refused before it is committed.</summary>
/// <param name="Code">For programs, in upper snake case.</param>
/// <param name="Message">For people: what, and which limit.</param>
public sealed record RejectReason(string Code, string Message);

/// <summary>The account's state for the check at the moment of a commit.</summary>
public sealed record PreTradeView
{
    /// <summary>The account row.</summary>
    public required AccountState Account { get; init; }

    /// <summary>The New York date.</summary>
    public required DateOnly Day { get; init; }

    /// <summary>Buy orders with their first fill today, and working ones that have none yet.</summary>
    public required int Trades { get; init; }

    /// <summary>Shares of the symbol that the account holds, all owners together.</summary>
    public required decimal PositionQuantity { get; init; }

    /// <summary>Shares of the symbol that working buys may still buy.</summary>
    public required decimal OpenBuyQuantity { get; init; }

    /// <summary>What buys may spend, in dollars: see <see cref="PreTradeCheck.BuyingPower"/>.</summary>
    public required decimal BuyingPower { get; init; }

    /// <summary>The price at which the order is valued, in dollars: its limit, or the ask.</summary>
    public required decimal Price { get; init; }

    /// <summary>Shares that the owner may sell: held minus open and unknown sells.</summary>
    public required decimal Sellable { get; init; }
}

/// <summary>The one check before the commit of every order from every service (docs/trading-rules.md, "The pre-trade check").
/// Pure.</summary>
public static class PreTradeCheck
{
    /// <summary>Why <paramref name="terms"/> may not be committed; null when they may.</summary>
    public static RejectReason? Check(OrderTerms terms, PreTradeView view) =>
        terms.Side == OrderSide.Sell ? CheckSell(terms, view) : CheckBuy(terms, view);

    /// <summary>
    /// min(cash less reserved buys, the broker's buying power), with margin only the latter; in both, intents that the broker has not
    /// seen are subtracted.
    /// </summary>
    /// <param name="limits">The limits.</param>
    /// <param name="cash">The broker's cash in dollars.</param>
    /// <param name="brokerBuyingPower">The broker's buying power in dollars, net of the open buys that it knows.</param>
    /// <param name="reserved">The value of all our open buys in dollars.</param>
    /// <param name="unseen">The part of it that the broker has not seen yet, in dollars.</param>
    public static decimal BuyingPower(RiskLimits limits, decimal cash, decimal brokerBuyingPower, decimal reserved, decimal unseen) =>
        limits.AllowMargin ? brokerBuyingPower - unseen : Math.Min(cash - reserved, brokerBuyingPower - unseen);

    private static RejectReason? CheckSell(OrderTerms terms, PreTradeView view) =>
        terms.Quantity <= view.Sellable
            ? null
            : new(
                "INSUFFICIENT_SHARES",
                $"Selling {terms.Quantity:0.####} {terms.Symbol} would go short: {Math.Max(0, view.Sellable):0.####} may be sold."
            );

    private static RejectReason? CheckBuy(OrderTerms terms, PreTradeView view)
    {
        var limits = view.Account.Limits;
        var value = terms.Quantity * view.Price;
        var quantity = view.PositionQuantity + view.OpenBuyQuantity + terms.Quantity;
        return view switch
        {
            { Account.KillSwitch: { } kill } => new("KILL_SWITCH", $"The kill switch is on: {kill.Reason}"),
            { Account.LossLatchedOn: { } latched } when latched == view.Day => new(
                "DAILY_LOSS_LIMIT",
                $"The daily loss limit of {limits.MaxDailyLoss:0.##} was reached; buying goes on in the next session."
            ),
            _ when view.Trades >= limits.MaxDailyTrades => new(
                "DAILY_TRADE_LIMIT",
                $"{view.Trades} trades today reach max_daily_trades {limits.MaxDailyTrades}."
            ),
            _ when value > limits.MaxOrderValue => new(
                "MAX_ORDER_VALUE",
                $"The order's value {value:0.00} exceeds max_order_value {limits.MaxOrderValue:0.##}."
            ),
            _ when quantity > limits.MaxPositionSize => new(
                "MAX_POSITION_SIZE",
                $"{quantity:0.####} shares of {terms.Symbol} would exceed max_position_size {limits.MaxPositionSize:0.####}."
            ),
            _ when quantity * view.Price > limits.MaxPositionValue => new(
                "MAX_POSITION_VALUE",
                $"{quantity * view.Price:0.00} in {terms.Symbol} would exceed max_position_value {limits.MaxPositionValue:0.##}."
            ),
            _ when value > view.BuyingPower => new(
                "BUYING_POWER",
                $"The order's value {value:0.00} exceeds the buying power {Math.Max(0, view.BuyingPower):0.00}."
            ),
            _ => null,
        };
    }
}
