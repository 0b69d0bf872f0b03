using System.Text.Json;
using System.Text.Json.Serialization;
using AutoTrader.Core.Portfolio;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Brokerage;

namespace AutoTrader.Brokers.Paper;

/// <summary>
/// The rows of the paper account, and how they are read. An unreadable row throws an <see cref="UnreadableRowException"/> that names it:
/// the broker then does not respond, like a real broker that is down; it never omits an order or a position.
/// </summary>
/// <remarks>
/// <c>account</c>, <c>account|order|{id}</c> for open orders and <c>account|position|{symbol}</c> are loaded. Then <c>id|{id}</c> for every
/// order ever sent (the insert refuses duplicates), <c>order|{id}</c> and <c>ended|{ticks}|{id}</c> for ended orders,
/// <c>execution|{ticks}|{id}</c>, <c>cash|{ticks}|{id}</c>: these are read when asked for.
/// </remarks>
internal static class PaperRows
{
    public const string AccountRow = "account";
    public const string Ended = "ended";
    public const string Executed = "execution";
    public const string Moved = "cash";

    /// <summary>The prefix of the row keys as shown outside the paper account's partition.</summary>
    public const string DisplayPrefix = "paper|";

    private static readonly JsonSerializerOptions Json = new()
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        IgnoreReadOnlyProperties = true,
        RespectNullableAnnotations = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false) },
    };

    public static string OrderRow(string id) => $"{AccountRow}|order|{id}";

    public static string PositionRow(string symbol) => $"{AccountRow}|position|{symbol}";

    public static string IdRow(string id) => "id|" + id;

    public static string EndedRow(string id) => "order|" + id;

    public static string Write(object content) => JsonSerializer.Serialize(content, content.GetType(), Json);

    /// <exception cref="UnreadableRowException">It cannot be read.</exception>
    public static T Read<T>(PaperRow row)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize<T>(row.Json, Json) ?? throw Unreadable(row, $"it holds no {typeof(T).Name}");
        }
        catch (JsonException wrong)
        {
            throw Unreadable(row, row.Json.Length == 0 ? "it has no content" : wrong.Message);
        }
    }

    /// <inheritdoc cref="Read"/>
    public static PaperOrder ReadOpen(PaperRow row) =>
        Read<PaperOrder>(row) is { IsOpen: true } order && row.RowKey == OrderRow(order.Id) ? order : throw Misplaced(row);

    /// <inheritdoc cref="Read"/>
    public static PaperOrder ReadEnded(PaperRow row) =>
        Read<PaperOrder>(row) is { IsOpen: false, EndedAt: not null } order ? order : throw Misplaced(row);

    /// <inheritdoc cref="Read"/>
    public static PaperPosition ReadPosition(PaperRow row) =>
        Read<PaperPosition>(row) is var position && row.RowKey == PositionRow(position.Symbol) ? position : throw Misplaced(row);

    /// <summary>The problem with a row; null when it is readable, or when nothing reads it.</summary>
    public static string? ProblemOf(PaperRow row)
    {
        try
        {
            _ = row.RowKey switch
            {
                AccountRow => Read<PaperAccount>(row),
                _ when Is(OrderRow(string.Empty)) => ReadOpen(row),
                _ when Is(PositionRow(string.Empty)) => ReadPosition(row),
                _ when Is(EndedRow(string.Empty)) || Is(Ended + "|") => ReadEnded(row),
                _ when Is(Executed + "|") => Read<Execution>(row),
                _ when Is(Moved + "|") => Read<CashActivity>(row),
                _ => (object?)null,
            };
            return null;
        }
        catch (UnreadableRowException unreadable)
        {
            return unreadable.Message;
        }

        bool Is(string prefix) => row.RowKey.StartsWith(prefix, StringComparison.Ordinal);
    }

    private static UnreadableRowException Misplaced(PaperRow row) => Unreadable(row, "its content belongs to another key");

    private static UnreadableRowException Unreadable(PaperRow row, string problem) =>
        new(
            $"The row {row.RowKey} of the paper account cannot be read: {problem.TrimEnd('.')}. The paper broker does not respond until "
                + $"the row is fixed or deleted (as {DisplayPrefix}{row.RowKey})."
        );
}

/// <summary>That an id was used.</summary>
internal sealed record UsedId(string ClientOrderId);
