using System.Text.Json;
using System.Text.Json.Serialization;

namespace AutoTrader.Brokers.Alpaca;

// The fields that are used, under Alpaca's names (AlpacaClient.Json: snake case). What an answer may lack is nullable.

internal sealed record WireAccount(
    string AccountNumber,
    decimal Cash,
    decimal BuyingPower,
    decimal Equity,
    decimal LastEquity,
    string? Status,
    bool TradingBlocked,
    bool AccountBlocked,
    bool TradeSuspendedByUser
);

internal sealed record WireClock
{
    public required DateTimeOffset Timestamp { get; init; }

    public required bool IsOpen { get; init; }
}

// New York times; the extended sessions beside them are not used.
internal sealed record WireDay
{
    public required string Date { get; init; }

    public required string Open { get; init; }

    public required string Close { get; init; }
}

internal sealed record WireAsset
{
    public required string? Status { get; init; }

    public required bool Tradable { get; init; }

    public string? Class { get; init; }
}

internal sealed record WirePosition(
    string Symbol,
    string? AssetClass,
    decimal Qty,
    decimal? QtyAvailable,
    decimal AvgEntryPrice,
    decimal? CurrentPrice
);

internal sealed record WireOrder
{
    public required string Id { get; init; }

    public string? ClientOrderId { get; init; }

    public required string Status { get; init; }

    public required string Symbol { get; init; }

    public string? AssetClass { get; init; }

    public required string Side { get; init; }

    public required string Type { get; init; }

    public required string TimeInForce { get; init; }

    public string? OrderClass { get; init; }

    public decimal? Qty { get; init; }

    public decimal? FilledQty { get; init; }

    public decimal? FilledAvgPrice { get; init; }

    public decimal? LimitPrice { get; init; }

    public decimal? StopPrice { get; init; }

    public decimal? TrailPercent { get; init; }

    public decimal? Hwm { get; init; }

    public DateTimeOffset? CreatedAt { get; init; }

    public DateTimeOffset? SubmittedAt { get; init; }

    public DateTimeOffset? UpdatedAt { get; init; }

    public DateTimeOffset? FilledAt { get; init; }

    public DateTimeOffset? CanceledAt { get; init; }

    public DateTimeOffset? ExpiredAt { get; init; }

    public DateTimeOffset? FailedAt { get; init; }

    public DateTimeOffset? ReplacedAt { get; init; }

    public DateTimeOffset? ExpiresAt { get; init; }

    public string? ReplacedBy { get; init; }

    public string? Replaces { get; init; }

    public List<WireOrder>? Legs { get; init; }
}

internal sealed record WireFill
{
    public required string Id { get; init; }

    public required string OrderId { get; init; }

    public required string Symbol { get; init; }

    public required string Side { get; init; }

    public required string Type { get; init; }

    public required decimal Price { get; init; }

    public required decimal Qty { get; init; }

    public required DateTimeOffset TransactionTime { get; init; }
}

internal sealed record WireActivity
{
    public required string Id { get; init; }

    public required string ActivityType { get; init; }

    public string? ActivitySubType { get; init; }

    public string? Status { get; init; }

    public string? Date { get; init; }

    public DateTimeOffset? CreatedAt { get; init; }

    public decimal? NetAmount { get; init; }

    public string? Currency { get; init; }

    public string? Symbol { get; init; }

    public string? Description { get; init; }
}

internal sealed record WireQuotes(Dictionary<string, JsonElement>? Quotes);

internal sealed record WireTrades(Dictionary<string, JsonElement>? Trades);

internal sealed record WireQuote(
    [property: JsonPropertyName("bp")] decimal Bid,
    [property: JsonPropertyName("ap")] decimal Ask,
    [property: JsonPropertyName("t")] DateTimeOffset At
);

internal sealed record WireTrade([property: JsonPropertyName("p")] decimal Price, [property: JsonPropertyName("t")] DateTimeOffset At);

internal sealed record WireBars(Dictionary<string, List<JsonElement>>? Bars, string? NextPageToken);

internal sealed record WireBar(
    [property: JsonPropertyName("t")] DateTimeOffset Start,
    [property: JsonPropertyName("o")] decimal Open,
    [property: JsonPropertyName("h")] decimal High,
    [property: JsonPropertyName("l")] decimal Low,
    [property: JsonPropertyName("c")] decimal Close,
    [property: JsonPropertyName("v")] decimal Volume
);

internal sealed record WireMovers(List<WireMover>? Gainers, List<WireMover>? Losers, DateTimeOffset LastUpdated);

internal sealed record WireMover
{
    public required string Symbol { get; init; }

    public required decimal Price { get; init; }

    public required decimal Change { get; init; }

    public required decimal PercentChange { get; init; }
}

internal sealed record WireActionsPage(WireActions? CorporateActions, string? NextPageToken);

internal sealed record WireActions(List<JsonElement>? ForwardSplits, List<JsonElement>? ReverseSplits);

internal sealed record WireSplit(string Symbol, DateOnly ExDate, decimal NewRate, decimal OldRate);
