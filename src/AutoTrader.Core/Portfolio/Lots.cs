using AutoTrader.Core.Orders;

namespace AutoTrader.Core.Portfolio;

/// <summary>Shares bought together.</summary>
/// <param name="Quantity">Shares; fractions come from splits only.</param>
/// <param name="Price">Cost per share in dollars.</param>
/// <param name="At">When they were bought (UTC).</param>
public sealed record Lot(decimal Quantity, decimal Price, DateTimeOffset At);

/// <summary>The activity of one trading day, of one owner or of all.</summary>
/// <param name="Day">The New York date.</param>
/// <param name="Realized">Realized against FIFO lots, in dollars, before fees.</param>
/// <param name="Fees">Fees in dollars.</param>
/// <param name="Trades">Buy orders with their first fill on that day; of all owners together, also those that work and have none
/// yet.</param>
public sealed record DayTally(DateOnly Day, decimal Realized, decimal Fees, int Trades)
{
    /// <summary>Both together; of two days, the later one counts.</summary>
    public static DayTally? Sum(DayTally? left, DayTally? right) =>
        (left, right) switch
        {
            (null, _) => right,
            (_, null) => left,
            _ when left.Day != right.Day => left.Day > right.Day ? left : right,
            _ => new(left.Day, left.Realized + right.Realized, left.Fees + right.Fees, left.Trades + right.Trades),
        };

    /// <summary>
    /// What all owners did on <paramref name="day"/>, with the fees that the broker charged the account on it (docs/trading-rules.md,
    /// "Daily loss"). Its trades are the one count that limits, refusals and reports go by ("The pre-trade check").
    /// </summary>
    /// <param name="day">The New York date.</param>
    /// <param name="holdings">The holdings of all owners.</param>
    /// <param name="orders">The orders of all owners that work, or whose executions are not all known yet.</param>
    /// <param name="cash">The account's cash; null before the first check.</param>
    public static DayTally Of(DateOnly day, IEnumerable<Holding> holdings, IEnumerable<Order> orders, CashBook? cash)
    {
        var sum = new DayTally(day, 0, -(cash?.On(day).Fees ?? 0), orders.Count(MayBecomeATrade));
        foreach (var holding in holdings)
        {
            if (holding.Today is { } today && today.Day == day)
            {
                sum = Sum(sum, today)!;
            }
        }

        return sum;
    }

    private static bool MayBecomeATrade(Order order) =>
        order is { Terms.Side: OrderSide.Buy, ExecutedQuantity: 0 } && (order.IsWorking || order.FilledQuantity > 0);
}

/// <summary>The shares of one owner in one symbol as FIFO lots (docs/trading-rules.md, "Ledger and cash"), with their realized
/// profit.</summary>
public sealed record Holding
{
    private const int SplitPlaces = 10;

    /// <summary>Nothing held, nothing earned.</summary>
    public static Holding Empty { get; } = new();

    /// <summary>Open lots, oldest first.</summary>
    public ValueList<Lot> Lots { get; init; }

    /// <summary>Shares sold short by mistake; above zero raises attention, and they are bought to cover.</summary>
    public decimal ShortQuantity { get; init; }

    /// <summary>Profit and loss realized against FIFO lots in dollars, before fees.</summary>
    public decimal Realized { get; init; }

    /// <summary>Fees and commission in dollars.</summary>
    public decimal Fees { get; init; }

    /// <summary>What fractions of splits were worth, in dollars: realized, but paid as a cash activity and not by a fill.</summary>
    public decimal CashInLieu { get; init; }

    /// <summary>Fills applied to it.</summary>
    public int Fills { get; init; }

    /// <summary>Its activity on one New York trading day; the account's counters are the sum over all owners.</summary>
    public DayTally? Today { get; init; }

    /// <summary>The ex-date of the last split applied to it, so that none is applied twice.</summary>
    public DateOnly? LastSplit { get; init; }

    /// <summary>Shares held; negative only by a fault.</summary>
    public decimal Quantity
    {
        get
        {
            var sum = -ShortQuantity;
            foreach (var lot in Lots)
            {
                sum += lot.Quantity;
            }

            return sum;
        }
    }

    /// <summary>The cost of the open lots, in dollars.</summary>
    public decimal Cost
    {
        get
        {
            var sum = 0m;
            foreach (var lot in Lots)
            {
                sum += lot.Quantity * lot.Price;
            }

            return sum;
        }
    }

    /// <summary>The change of cash by its fills, in dollars: realized profit less fees, less the cost of open lots.</summary>
    public decimal NetCash => Realized - Fees - Cost - CashInLieu;

    /// <summary>Profit of the open lots if they were sold at <paramref name="price"/>, in dollars.</summary>
    public decimal Unrealized(decimal price)
    {
        var sum = 0m;
        foreach (var lot in Lots)
        {
            sum += lot.Quantity * (price - lot.Price);
        }

        return sum;
    }

    /// <summary>The holding after a trade. A sale takes the oldest lots first; a purchase first covers shares sold short by
    /// mistake.</summary>
    /// <param name="side">Buy or sell.</param>
    /// <param name="quantity">Shares; negative takes an earlier trade of that side back (a bust).</param>
    /// <param name="price">Price per share in dollars.</param>
    /// <param name="fee">Fees in dollars.</param>
    /// <param name="at">When it executed (UTC).</param>
    /// <returns>The holding, and the profit that this trade realized in dollars.</returns>
    public (Holding Holding, decimal Realized) Trade(OrderSide side, decimal quantity, decimal price, decimal fee, DateTimeOffset at)
    {
        if (quantity < 0)
        {
            return Trade(side == OrderSide.Buy ? OrderSide.Sell : OrderSide.Buy, -quantity, price, fee, at);
        }

        return side == OrderSide.Buy ? Buy(quantity, price, fee, at) : Sell(quantity, price, fee);
    }

    /// <summary>The holding with a ledger entry of <paramref name="day"/> in its tally; an entry of an earlier day than the tally's changes
    /// nothing.</summary>
    public Holding Tally(DateOnly day, decimal realized, decimal fee, bool firstFillOfABuy)
    {
        if (Today is { } today && today.Day > day)
        {
            return this;
        }

        var tally = Today?.Day == day ? Today : new DayTally(day, 0, 0, 0);
        return this with
        {
            Today = tally with
            {
                Realized = tally.Realized + realized,
                Fees = tally.Fees + fee,
                Trades = tally.Trades + (firstFillOfABuy ? 1 : 0),
            },
        };
    }

    /// <summary>Both holdings as one: lots in the order in which they were bought.</summary>
    public Holding Merge(Holding other) =>
        this with
        {
            Lots = Lots.Concat(other.Lots).OrderBy(lot => lot.At).ToValueList(),
            ShortQuantity = ShortQuantity + other.ShortQuantity,
            Realized = Realized + other.Realized,
            Fees = Fees + other.Fees,
            CashInLieu = CashInLieu + other.CashInLieu,
            Fills = Fills + other.Fills,
            Today = DayTally.Sum(Today, other.Today),
            LastSplit = LastSplit > other.LastSplit ? LastSplit : other.LastSplit ?? LastSplit,
        };

    /// <summary>
    /// The holding after a split of <paramref name="ratio"/> new shares per old one: the cost stays, quantity and price scale. Ratios such
    /// as 1/3 do not end; the total is rounded to 10 places, and the last lot takes what rounding the others left.
    /// </summary>
    public Holding Split(decimal ratio)
    {
        var total = decimal.Round(Lots.Sum(lot => lot.Quantity) * ratio, SplitPlaces);
        var lots = new List<Lot>(Lots.Count);
        foreach (var lot in Lots)
        {
            var quantity =
                lots.Count == Lots.Count - 1 ? total - lots.Sum(done => done.Quantity) : decimal.Round(lot.Quantity * ratio, SplitPlaces);
            lots.Add(lot with { Quantity = quantity, Price = quantity == 0 ? lot.Price / ratio : lot.Quantity * lot.Price / quantity });
        }

        return this with
        {
            Lots = lots.ToValueList(),
            ShortQuantity = decimal.Round(ShortQuantity * ratio, SplitPlaces),
        };
    }

    /// <summary>
    /// The holding after a split's fraction left it for cash in lieu, which the broker pays as a cash activity; a negative
    /// <paramref name="shares"/> is what fractions of other owners add up to, and joins it.
    /// </summary>
    /// <param name="shares">Shares that leave.</param>
    /// <param name="price">The price after the split in dollars; null when unknown: then their cost counts.</param>
    /// <param name="at">When it took effect (UTC).</param>
    /// <returns>The holding, the price, and the profit that it realized in dollars.</returns>
    public (Holding Holding, decimal Price, decimal Realized) PayOut(decimal shares, decimal? price, DateTimeOffset at)
    {
        var paid = price ?? (Quantity > 0 ? Cost / Quantity : 0);
        var (holding, realized) = Trade(OrderSide.Sell, shares, paid, 0, at);
        return (holding with { CashInLieu = CashInLieu + (shares * paid), Fills = Fills }, paid, realized);
    }

    private (Holding, decimal) Buy(decimal quantity, decimal price, decimal fee, DateTimeOffset at)
    {
        var covered = Math.Min(ShortQuantity, quantity);
        var bought = quantity - covered;
        var holding = this with
        {
            ShortQuantity = ShortQuantity - covered,
            Lots = bought > 0 ? Lots.Add(new Lot(bought, price, at)) : Lots,
            Realized = Realized - (covered * price),
            Fees = Fees + fee,
            Fills = Fills + 1,
        };
        return (holding, -covered * price);
    }

    private (Holding, decimal) Sell(decimal quantity, decimal price, decimal fee)
    {
        var left = quantity;
        var realized = 0m;
        var lots = new List<Lot>(Lots.Count);
        foreach (var lot in Lots)
        {
            var taken = Math.Min(left, lot.Quantity);
            left -= taken;
            realized += taken * (price - lot.Price);
            if (lot.Quantity > taken)
            {
                lots.Add(taken == 0 ? lot : lot with { Quantity = lot.Quantity - taken });
            }
        }

        // Shares sold beyond the lots have no cost yet: the proceeds count now, the covering purchase later.
        realized += left * price;
        var holding = this with
        {
            Lots = lots.ToValueList(),
            ShortQuantity = ShortQuantity + left,
            Realized = Realized + realized,
            Fees = Fees + fee,
            Fills = Fills + 1,
        };
        return (holding, realized);
    }
}
