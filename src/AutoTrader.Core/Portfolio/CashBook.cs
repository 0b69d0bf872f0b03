namespace AutoTrader.Core.Portfolio;

/// <summary>Cash activities summed by kind, in dollars; withdrawals are negative.</summary>
public sealed record CashTotals
{
    /// <summary>Nothing yet.</summary>
    public static CashTotals None { get; } = new();

    /// <summary>Fees.</summary>
    public decimal Fees { get; init; }

    /// <summary>Dividends.</summary>
    public decimal Dividends { get; init; }

    /// <summary>Interest.</summary>
    public decimal Interest { get; init; }

    /// <summary>Deposits and withdrawals.</summary>
    public decimal Transfers { get; init; }

    /// <summary>Moved between accounts of one broker.</summary>
    public decimal Journals { get; init; }

    /// <summary>Differences that people accepted.</summary>
    public decimal Adjustments { get; init; }

    /// <summary>Everything else.</summary>
    public decimal Other { get; init; }

    /// <summary>All together.</summary>
    public decimal Sum => Fees + Dividends + Interest + Transfers + Journals + Adjustments + Other;

    /// <summary>The totals with one more.</summary>
    public CashTotals Add(CashActivity activity) =>
        activity.Kind switch
        {
            CashActivityKind.Fee => this with { Fees = Fees + activity.Amount },
            CashActivityKind.Dividend => this with { Dividends = Dividends + activity.Amount },
            CashActivityKind.Interest => this with { Interest = Interest + activity.Amount },
            CashActivityKind.Transfer => this with { Transfers = Transfers + activity.Amount },
            CashActivityKind.Journal => this with { Journals = Journals + activity.Amount },
            CashActivityKind.Adjustment => this with { Adjustments = Adjustments + activity.Amount },
            _ => this with { Other = Other + activity.Amount },
        };
}

/// <summary>The cash activities that are dated on one day.</summary>
/// <param name="Day">The New York date.</param>
/// <param name="Totals">Their totals.</param>
public sealed record CashDay(DateOnly Day, CashTotals Totals);

/// <summary>The totals of all owners' fills.</summary>
/// <param name="Cash">Their change of cash, in dollars.</param>
/// <param name="Fills">How many there were.</param>
public readonly record struct FilledCash(decimal Cash, long Fills)
{
    /// <summary>The sum over <paramref name="holdings"/>, which must be those of all owners.</summary>
    public static FilledCash Of(IEnumerable<Holding> holdings)
    {
        var sum = new FilledCash(0, 0);
        foreach (var holding in holdings)
        {
            sum = new(sum.Cash + holding.NetCash, sum.Fills + holding.Fills);
        }

        return sum;
    }
}

/// <summary>
/// The expected cash (docs/trading-rules.md, "Ledger and cash"): the broker's cash at the first check, plus fills and cash activities
/// since. Fills need no record here, because the holdings' realized profit, fees and cost give their effect.
/// </summary>
/// <param name="Since">The instant of the first look (UTC).</param>
/// <param name="Cash">The broker's cash then, in dollars.</param>
/// <param name="FilledCash">What all fills before had come to, in dollars.</param>
/// <param name="Fills">How many they were.</param>
public sealed record CashBook(DateTimeOffset Since, decimal Cash, decimal FilledCash, long Fills)
{
    private const decimal PerFill = 0.01m;

    // What rounding the prices of lots in splits may leave.
    private const decimal Rounding = 0.0001m;

    /// <summary>Cash activities since the first look.</summary>
    public CashTotals Total { get; init; } = CashTotals.None;

    /// <summary>Those dated on the last day that had any; null before.</summary>
    public CashDay? Day { get; init; }

    /// <summary>What cash must be, in dollars.</summary>
    /// <param name="filled">What all fills have come to by now.</param>
    public decimal Expected(FilledCash filled) => Cash + filled.Cash - FilledCash + Total.Sum;

    /// <summary>Whether <paramref name="cash"/> matches the expected cash, within a cent for each fill since the first check, because the
    /// broker rounds each.</summary>
    public bool Explains(decimal cash, FilledCash filled) =>
        Math.Abs(cash - Expected(filled)) <= Rounding + (PerFill * Math.Max(0, filled.Fills - Fills));

    /// <summary>The activities of <paramref name="day"/>.</summary>
    public CashTotals On(DateOnly day) => Day?.Day == day ? Day.Totals : CashTotals.None;

    /// <summary>The book with one more activity. One that is not dated <paramref name="today"/> counts only in the total, because a past
    /// day's loss does not count today.</summary>
    public CashBook Add(CashActivity activity, DateOnly today) =>
        this with
        {
            Total = Total.Add(activity),
            Day = activity.Day == today ? new(today, On(today).Add(activity)) : Day,
        };
}
