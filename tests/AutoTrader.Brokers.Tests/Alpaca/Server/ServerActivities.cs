using System.Globalization;
using System.Text.Json.Nodes;
using AutoTrader.Core.Market;
using Microsoft.AspNetCore.Http;

namespace AutoTrader.Brokers.Tests.Alpaca.Server;

/// <summary>A movement of cash on the test server.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Type">Alpaca's word.</param>
/// <param name="Amount">What it added to cash.</param>
/// <param name="At">When it was posted; it is dated that day.</param>
internal sealed record ServerCash(string Id, string Type, decimal Amount, DateTimeOffset At)
{
    public string? SubType { get; init; }

    public string? Symbol { get; init; }

    /// <summary>What is listed in its place: a record that is not as documented.</summary>
    public JsonNode? Instead { get; init; }
}

/// <summary>The activities of the account: executions, and movements of cash, by type or category, page by page.</summary>
internal sealed class ServerActivities(AlpacaExchange exchange)
{
    public JsonArray List(IQueryCollection query, string[]? types)
    {
        if (types is not null && query["category"].Count > 0)
        {
            throw new ServerRefusal(422, 40010001, "category and activity_types cannot be used together");
        }

        var after = AlpacaRoutes.Instant(query["after"]);
        var until = AlpacaRoutes.Instant(query["until"]);
        var all = exchange
            .Fills.Select(fill => (fill.Id, Type: "FILL", fill.At, Json: (JsonNode)ServerJson.Fill(fill)))
            // An activity without a trade has a date alone.
            .Concat(
                exchange.CashMoves.Select(cash =>
                    (cash.Id, cash.Type, At: Midnight(cash.At), Json: cash.Instead?.DeepClone() ?? ServerJson.Cash(cash))
                )
            )
            .Where(each => types is null || types.Contains(each.Type, StringComparer.Ordinal))
            .Where(each =>
                query["category"].FirstOrDefault() is not { } category
                || category == (each.Type == "FILL" ? "trade_activity" : "non_trade_activity")
            )
            .Where(each => (after is null || each.At > after) && (until is null || each.At < until));
        all = query["direction"] == "asc" ? all.OrderBy(each => each.At) : all.OrderByDescending(each => each.At);
        if (query["page_token"].FirstOrDefault() is { } token)
        {
            all = all.SkipWhile(each => each.Id != token).Skip(1);
        }

        return
        [
            .. all.Take(int.Parse(query["page_size"].FirstOrDefault() ?? "100", CultureInfo.InvariantCulture)).Select(each => each.Json),
        ];
    }

    private static DateTimeOffset Midnight(DateTimeOffset instant) =>
        new(TradingCalendar.Nyse.TradingDay(instant).ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);
}
