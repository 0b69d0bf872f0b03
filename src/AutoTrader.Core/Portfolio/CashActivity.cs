namespace AutoTrader.Core.Portfolio;

/// <summary>Why cash moved without a fill.</summary>
public enum CashActivityKind
{
    /// <summary>A charge of the broker, an exchange or a regulator, or its repayment. The only kind that counts in the day's
    /// loss.</summary>
    Fee,

    /// <summary>A dividend, with its withholding.</summary>
    Dividend,

    /// <summary>Interest, paid or received.</summary>
    Interest,

    /// <summary>A deposit or withdrawal.</summary>
    Transfer,

    /// <summary>Moved between accounts of one broker.</summary>
    Journal,

    /// <summary>A difference between the broker's cash and the ledger that a person accepted; no entry of the broker's.</summary>
    Adjustment,

    /// <summary>Anything else; <see cref="CashActivity.Type"/> says what.</summary>
    Other,
}

/// <summary>One entry of the ledger that is no fill: a movement of cash, taken in once by its id (docs/trading-rules.md, "Ledger and
/// cash").</summary>
public sealed record CashActivity
{
    /// <summary>The broker's id, or that of the request for an adjustment: unique for ever; neither parsed nor ordered by.</summary>
    public required string Id { get; init; }

    /// <summary>Why.</summary>
    public required CashActivityKind Kind { get; init; }

    /// <summary>The broker's word for it, verbatim; <c>accepted</c> for an adjustment.</summary>
    public required string Type { get; init; }

    /// <summary>The change of cash, in dollars; negative for withdrawals. Zero for entries that moved only shares.</summary>
    public required decimal Amount { get; init; }

    /// <summary>The date that the broker gives it (New York).</summary>
    public required DateOnly Day { get; init; }

    /// <summary>The symbol that it is about; null for the account.</summary>
    public string? Symbol { get; init; }

    /// <summary>What else the broker says of it; the reason of an adjustment.</summary>
    public string? Note { get; init; }

    /// <summary>Who accepted an adjustment; null for the broker's entries.</summary>
    public string? AcceptedBy { get; init; }

    /// <summary>When an adjustment was booked (UTC); null for the broker's entries, which have only a date.</summary>
    public DateTimeOffset? AcceptedAt { get; init; }
}
