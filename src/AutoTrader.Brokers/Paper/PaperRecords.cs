using System.Security.Cryptography;
using System.Text;
using AutoTrader.Core.Orders;

namespace AutoTrader.Brokers.Paper;

/// <summary>The account row: the version of everything else.</summary>
internal sealed record PaperAccount
{
    /// <summary>Cash in dollars: the initial cash, all executions and cash in lieu, exactly.</summary>
    public required decimal Cash { get; init; }

    /// <summary>Equity at the prior close in dollars.</summary>
    public required decimal LastEquity { get; init; }

    /// <summary>Everything up to here has been played (UTC).</summary>
    public required DateTimeOffset PlayedTo { get; init; }

    /// <summary>The number of the next order: orders of a symbol fill in this order.</summary>
    public long NextSequence { get; init; } = 1;
}

/// <summary>A position row.</summary>
internal sealed record PaperPosition(string Symbol, decimal Quantity, decimal AverageEntryPrice)
{
    /// <summary>The ex-date of the last split applied, so that one that is interrupted is applied once.</summary>
    public DateOnly? SplitOn { get; init; }
}

/// <summary>The stop leg of an OCO.</summary>
internal sealed record PaperLeg(string Id)
{
    public decimal FilledQuantity { get; init; }

    public decimal FilledValue { get; init; }

    public int Fills { get; init; }
}

/// <summary>An order row. The current prices are separate from the requested terms.</summary>
internal sealed record PaperOrder
{
    public required string Id { get; init; }

    public required string ClientOrderId { get; init; }

    public required long Sequence { get; init; }

    public required OrderTerms Terms { get; init; }

    /// <summary>The broker's word once it has ended; null while it works.</summary>
    public string? FinalStatus { get; init; }

    public decimal FilledQuantity { get; init; }

    public decimal FilledValue { get; init; }

    public int Fills { get; init; }

    public required DateTimeOffset SubmittedAt { get; init; }

    /// <summary>The open of its first session when it was sent outside one: until then it is <c>accepted</c> (UTC).</summary>
    public required DateTimeOffset ActiveFrom { get; init; }

    public required DateTimeOffset UpdatedAt { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>The close at which it expires (UTC).</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    public string? ReplacedBy { get; init; }

    public string? Replaces { get; init; }

    public decimal? StopPrice { get; init; }

    public decimal? HighWatermark { get; init; }

    /// <summary>Whether its stop has traded, so that the rest fills as a market (or limit) order.</summary>
    public bool Triggered { get; init; }

    /// <summary>The end of the last bar that this row accounts for (UTC): a watermark is raised again from the bars after it.</summary>
    public required DateTimeOffset PlayedTo { get; init; }

    public DateTimeOffset? CancelRequestedAt { get; init; }

    public string? Reason { get; init; }

    /// <summary>The price at which an open buy reserves buying power, in dollars.</summary>
    public decimal ReservePrice { get; init; }

    public DateOnly? SplitOn { get; init; }

    public PaperLeg? Leg { get; init; }

    public bool IsOpen => FinalStatus is null;

    public decimal OpenQuantity => IsOpen ? Terms.Quantity - FilledQuantity - (Leg?.FilledQuantity ?? 0) : 0;

    public bool IsOco => Terms.Class == OrderClass.Oco;
}

/// <summary>Ids follow from the client's: the same calls give the same ids, whatever was killed in between.</summary>
internal static class PaperIds
{
    public static string Order(string clientOrderId) => Hash(clientOrderId);

    public static string StopLeg(string clientOrderId) => Hash(clientOrderId + "\nstop");

    public static string Execution(string brokerOrderId, int number) => FormattableString.Invariant($"{brokerOrderId}-{number}");

    private static string Hash(string text) => new Guid(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 16)).ToString();
}
