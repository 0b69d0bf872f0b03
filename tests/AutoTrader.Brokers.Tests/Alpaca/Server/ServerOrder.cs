namespace AutoTrader.Brokers.Tests.Alpaca.Server;

/// <summary>An order on the test server, in Alpaca's words.</summary>
internal sealed class ServerOrder
{
    private static readonly HashSet<string> Final = ["filled", "canceled", "expired", "rejected", "replaced"];

    public required string Id { get; init; }

    public required string ClientId { get; init; }

    public required string Symbol { get; init; }

    public required string Side { get; init; }

    public required string Type { get; init; }

    public required string TimeInForce { get; init; }

    public string Class { get; init; } = "";

    public required decimal Quantity { get; set; }

    public decimal? Limit { get; set; }

    public decimal? Stop { get; set; }

    public decimal? TrailPercent { get; init; }

    public decimal? High { get; set; }

    public required DateTimeOffset SubmittedAt { get; init; }

    public required DateTimeOffset ActiveFrom { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    public string Status { get; set; } = "new";

    public decimal Filled { get; set; }

    public decimal FilledValue { get; set; }

    public decimal ReservePrice { get; set; }

    public DateTimeOffset UpdatedAt { get; set; }

    public DateTimeOffset? EndedAt { get; set; }

    public DateTimeOffset? CancelAt { get; set; }

    public string? ReplacedBy { get; set; }

    public string? Replaces { get; init; }

    public bool Triggered { get; set; }

    /// <summary>The stop leg of an OCO.</summary>
    public ServerOrder? Leg { get; set; }

    /// <summary>The take-profit that this leg belongs to.</summary>
    public ServerOrder? Parent { get; set; }

    public bool IsOpen => !Final.Contains(Status);

    public bool IsSell => Side == "sell";

    public bool IsExempt => Class == "oco" || Type == "trailing_stop";

    public decimal Open => IsOpen ? Quantity - Filled : 0;
}

/// <summary>An execution on the test server.</summary>
internal sealed record ServerFill(
    string Id,
    ServerOrder Order,
    decimal Quantity,
    decimal Price,
    decimal Cumulative,
    decimal Leaves,
    DateTimeOffset At
);

/// <summary>A position on the test server.</summary>
internal sealed record ServerPosition(decimal Quantity, decimal Average);

/// <summary>A refusal in Alpaca's words.</summary>
internal sealed class ServerRefusal(int status, int code, string message, params (string Name, string Value)[] fields) : Exception(message)
{
    public int Status { get; } = status;

    public int Code { get; } = code;

    public (string Name, string Value)[] Fields { get; } = fields;
}

/// <summary>What a client asks for.</summary>
internal sealed record OrderRequest(string Symbol, string Side, string Type, string? TimeInForce, decimal Quantity)
{
    public string? ClientOrderId { get; init; }

    public string? Class { get; init; }

    public decimal? Limit { get; init; }

    public decimal? Stop { get; init; }

    public decimal? TrailPercent { get; init; }

    public decimal? TakeProfit { get; init; }

    public decimal? StopLoss { get; init; }
}
