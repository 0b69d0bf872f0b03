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

    /// <summary>Why the symbol cannot be bought at all: the broker does not trade it, or there are no prices of it; null when it
    /// can.</summary>
    public string? NotTradable { get; init; }

    /// <summary>Whether a halt of the symbol is suspected.</summary>
    public bool IsHaltSuspected { get; init; }

    /// <summary>Why there is no price any more; null when that is not known.</summary>
    public string? PricesEnded { get; init; }

    /// <summary>Why the engine state is not known; null when it is.</summary>
    public string? StateLost { get; init; }

    /// <summary>Why the day's loss is not known; null when it is.</summary>
    public string? LossUnknown { get; init; }

    /// <summary>Why the symbol is held for a corporate action; null when it is not.</summary>
    public string? Hold { get; init; }

    /// <summary>The strategy that trades the symbol already and does not share it; null for none, and for orders of people.</summary>
    public string? TakenBy { get; init; }

    /// <summary>A working order on the other side, where the broker refuses wash trades; null for none, and for orders of people.</summary>
    public Order? Opposite { get; init; }
}

/// <summary>
/// The check before the commit of every new order that a strategy, a person, a schedule or flatten wants, and the one list of its reject
/// codes (docs/trading-rules.md, "The pre-trade check"). Pure. Not checked are orders that make a position safer and must not wait: the
/// replacement of an exit, whose shares the order before it covers until the broker takes the next, and the cover of a negative position.
/// What may still keep a committed order from the broker is listed in docs/trading-rules.md, "After the commit".
/// </summary>
public static class PreTradeCheck
{
    /// <summary>The reject code of a symbol that cannot be bought.</summary>
    public const string NotTradable = "SYMBOL_NOT_TRADABLE";

    /// <summary>Why no entry is committed while the broker takes few requests.</summary>
    public static RejectReason RequestsScarce { get; } =
        new("REQUESTS_SCARCE", "The broker takes few more requests this minute; they are kept for protection.");

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
            { NotTradable: { } why } => new(NotTradable, $"{terms.Symbol} cannot be bought: {why}."),
            { IsHaltSuspected: true } when terms.LimitPrice is null => new(
                "HALT_SUSPECTED",
                $"A trading halt of {terms.Symbol} is suspected: market buys wait for two fresh quotes. Give a limit price, or "
                    + "wait."
            ),
            { Price: <= 0, PricesEnded: { } ended } => new(
                "NO_PRICE",
                $"There is no valid quote of {terms.Symbol} to value the order at: {ended}."
            ),
            { Price: <= 0 } => new(
                "NO_PRICE",
                $"There is no valid quote of {terms.Symbol} to value the order at; give a limit price or wait for the open."
            ),
            { StateLost: { } lost } => new(
                "ENGINE_STATE_UNREADABLE",
                $"Nothing is bought now: {lost}. Fix or delete it; GET /api/attention shows it."
            ),
            { LossUnknown: { } unknown } => new("LOSS_UNKNOWN", $"Nothing is bought now: {unknown}."),
            { Hold: { } hold } => new("SYMBOL_HELD", $"{terms.Symbol} is held: {hold}."),
            { TakenBy: { } other } => new("SYMBOL_TAKEN", $"{other} trades {terms.Symbol} already; set allow_shared_symbol to let both."),
            { Opposite: { } sell } => new(
                "WASH_TRADE",
                $"The broker refuses a buy of {terms.Symbol} while {sell.ClientOrderId} ({WireNames.Of(sell.Terms)}) works on the other "
                    + "side; it is sent once that has ended."
            ),
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
