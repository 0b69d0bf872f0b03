using System.Globalization;
using System.Text.Json;
using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Portfolio;
using AutoTrader.Core.Ports.Brokerage;
using Microsoft.Extensions.Logging;

namespace AutoTrader.Brokers.Alpaca;

/// <summary>Account activities: executions, and movements of cash. Lists are read to their last page and never ordered by their
/// ids.</summary>
internal sealed partial class AlpacaActivities(AlpacaClient client, ILogger log)
{
    private const int PageSize = 100;
    private const int LongestType = 64;
    private const int LongestNote = 200;
    private const decimal LargestAmount = 1_000_000_000_000m;

    public async Task<IReadOnlyList<Execution>> ExecutionsAsync(DateTimeOffset since, CancellationToken cancellationToken)
    {
        var executions = new Dictionary<string, Execution>(StringComparer.Ordinal);
        // Whether "after" takes in its own instant is not documented.
        await foreach (
            var element in ListAsync($"v2/account/activities/FILL?after={AlpacaClient.Instant(since.AddSeconds(-1))}", cancellationToken)
        )
        {
            if (AlpacaRecord.Read<WireFill>(element, log) is not { } fill || fill.TransactionTime < since)
            {
                continue;
            }

            if (fill.Type is not ("fill" or "partial_fill"))
            {
                LogUnknownFill(fill.Id, fill.Type);
                continue;
            }

            executions[fill.Id] = new()
            {
                Id = fill.Id,
                BrokerOrderId = fill.OrderId,
                Symbol = fill.Symbol,
                Side = fill.Side == "buy" ? OrderSide.Buy : OrderSide.Sell,
                Quantity = fill.Qty,
                Price = fill.Price,
                At = fill.TransactionTime,
            };
        }

        return [.. executions.Values];
    }

    /// <summary>
    /// Everything except executions. Alpaca does not document whether "after" means the date of an activity or its posting time, so the
    /// list is not filtered by <paramref name="since"/> again: an activity posted late would be lost.
    /// </summary>
    public async Task<IReadOnlyList<CashActivity>> CashAsync(DateOnly since, CancellationToken cancellationToken)
    {
        var activities = new Dictionary<string, CashActivity>(StringComparer.Ordinal);
        var after = new DateTimeOffset(since.AddDays(-1).ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);
        await foreach (
            var element in ListAsync(
                $"v2/account/activities?category=non_trade_activity&after={AlpacaClient.Instant(after)}",
                cancellationToken
            )
        )
        {
            if (AlpacaRecord.Read<WireActivity>(element, log) is not { ActivityType: not "FILL" } wire)
            {
                continue;
            }

            // What a canceled one moved it has moved back: the meaning of its amount is not documented.
            if (wire.Status == "canceled")
            {
                LogCanceled(wire.Id, wire.ActivityType);
            }
            else if (Problem(wire) is { } problem)
            {
                AlpacaRecord.LogMalformed(log, wire.Id, problem);
            }
            else
            {
                activities[wire.Id] = new()
                {
                    Id = wire.Id,
                    Kind = Kind(wire.ActivityType),
                    Type = wire.ActivityType,
                    Amount = wire.NetAmount ?? 0,
                    Day = Day(wire)!.Value,
                    Symbol = string.IsNullOrEmpty(wire.Symbol) ? null : wire.Symbol,
                    Note = Note(wire),
                };
            }
        }

        return [.. activities.Values];
    }

    private async IAsyncEnumerable<JsonElement> ListAsync(
        string path,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        path = FormattableString.Invariant($"{path}&direction=asc&page_size={PageSize}");
        string? token = null;
        while (true)
        {
            var page = await client.GetAsync<List<JsonElement>>(
                token is null ? path : $"{path}&page_token={Uri.EscapeDataString(token)}",
                cancellationToken
            );
            foreach (var element in page)
            {
                yield return element;
            }

            var last = page.Count < PageSize ? null : page.Select(AlpacaRecord.IdOf).LastOrDefault(id => id is not null);
            if (last is null || last == token)
            {
                yield break;
            }

            token = last;
        }
    }

    /// <summary>The kind of an activity; <see cref="CashActivityKind.Other"/> for an unknown type, and for types that move only
    /// shares.</summary>
    internal static CashActivityKind Kind(string type) =>
        type switch
        {
            "FEE" or "CFEE" or "PTC" or "PTR" => CashActivityKind.Fee,
            "CSD" or "CSW" or "TRANS" or "ACATC" or "ACATS" or "FOPT" => CashActivityKind.Transfer,
            "CGD" => CashActivityKind.Dividend,
            _ when type.StartsWith("DIV", StringComparison.Ordinal) => CashActivityKind.Dividend,
            _ when type.StartsWith("INT", StringComparison.Ordinal) => CashActivityKind.Interest,
            _ when type.StartsWith("JNL", StringComparison.Ordinal) => CashActivityKind.Journal,
            _ => CashActivityKind.Other,
        };

    private static string? Problem(WireActivity wire) =>
        wire.ActivityType.Length is 0 or > LongestType ? "its type is not a word"
        : wire.Currency is not (null or "" or "USD") ? $"it is in {wire.Currency}, not in dollars"
        : wire.NetAmount is > LargestAmount or < -LargestAmount ? "its amount is beyond any account"
        : Day(wire) is null ? $"its date is '{wire.Date}'"
        : null;

    private static DateOnly? Day(WireActivity wire) =>
        DateOnly.TryParseExact(
            wire.Date?[..Math.Min(wire.Date.Length, 10)],
            "yyyy-MM-dd",
            CultureInfo.InvariantCulture,
            DateTimeStyles.None,
            out var day
        )
            ? day
        : wire is { Date: null or "", CreatedAt: { } posted } ? TradingCalendar.Nyse.TradingDay(posted)
        : null;

    private static string? Note(WireActivity wire)
    {
        var note = string.Join(' ', new[] { wire.ActivitySubType, wire.Description }.Where(text => !string.IsNullOrWhiteSpace(text)));
        return note.Length == 0 ? null
            : note.Length <= LongestNote ? note
            : note[..LongestNote];
    }

    [LoggerMessage(
        3204,
        LogLevel.Error,
        "Execution {Id} has the unknown type {Type}; quantities will not match the broker's until it is resolved"
    )]
    private partial void LogUnknownFill(string id, string type);

    [LoggerMessage(3206, LogLevel.Warning, "Activity {Id} of type {Type} was canceled and is ignored")]
    private partial void LogCanceled(string id, string type);
}
