using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace AutoTrader.Functions.Tests.Api;

/// <summary>docs/trading-rules.md, "Splits and corporate actions": the examples through the whole app, from files of bars and
/// splits.</summary>
public sealed class SplitApiTests : IDisposable
{
    // Tuesday; the sessions before and on the ex-date, each for a few minutes.
    private static readonly DateTimeOffset Eve = new(2026, 2, 2, 15, 45, 0, TimeSpan.FromHours(-5));
    private static readonly DateTimeOffset ExDate = new(2026, 2, 3, 9, 30, 0, TimeSpan.FromHours(-5));

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("autotrader-splits-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Adjusted_prices_make_no_shares_fractions_are_paid_in_cash_and_nothing_is_a_dead_end()
    {
        Write("FLAT", 100, 100);
        Write("HALF", 10, 20);
        Write("GONE", 10, 100);
        await File.WriteAllTextAsync(
            Path.Combine(_folder.FullName, "splits.csv"),
            "symbol,date,ratio\nFLAT,2026-02-03,7:1\nHALF,2026-02-03,1:2\nGONE,2026-02-03,1:10\n"
        );
        await using var app = await TestApp.StartAsync(
            new(),
            Eve.AddMinutes(2).ToUniversalTime(),
            _ => { },
            ("AutoTrader:Market:Directory", _folder.FullName)
        );
        await CreateAsync(app, "FLAT", 10);
        await CreateAsync(app, "HALF", 3);
        await CreateAsync(app, "GONE", 5);
        await app.UntilAsync(ExDate.AddMinutes(5).ToUniversalTime());

        var held = (await app.GetAsync("positions")).Json["items"]!.AsArray();
        held.Select(item => (item!["symbol"]!.GetValue<string>(), Number(item["quantity"]!)))
            .ShouldBe([("FLAT", 10), ("HALF", 1)], ignoreOrder: true);
        var portfolio = (await app.GetAsync("portfolio")).Json;
        Number(portfolio["cash"]!).ShouldBe(100_000 - 1_000 - 30 - 50 + 10 + 50);
        Number(portfolio["total_equity"]!).ShouldBe(100_000);
        Number(portfolio["realized_pnl_today"]!).ShouldBe(0);
        (await app.GetAsync("attention")).Json["items"]!
            .AsArray()
            .Select(item => (item!["code"]!.GetValue<string>(), item["key"]!.GetValue<string>()))
            .ShouldBe([("SYMBOL_HELD", "FLAT")]);

        (await app.PostAsync("engine/holds/FLAT/release")).Status.ShouldBe(HttpStatusCode.OK);
        var gone = (await app.GetAsync("strategies/gone")).Json;
        (gone["phase"]!.GetValue<string>(), gone["quantity"]!.GetValue<int>()).ShouldBe(("completed", 0));
        gone["notes"]!.GetValue<string>().ShouldContain("left nothing to buy of its quantity 5");
        (await app.PostAsync("strategies/gone/enable")).ShouldBe(HttpStatusCode.Conflict, "NOTHING_TO_BUY");
        (await app.SendAsync("PATCH", "strategies/gone", """{"quantity":2}""")).Status.ShouldBe(HttpStatusCode.OK);
        (await app.PostAsync("strategies/gone/enable")).Status.ShouldBe(HttpStatusCode.OK);
        (await app.PostAsync("strategies/gone/close")).Status.ShouldBe(HttpStatusCode.OK);
        await app.MinutesAsync(3);
        (await app.SendAsync("DELETE", "strategies/gone", null)).Status.ShouldBe(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task A_stock_dividend_that_the_night_hides_is_paid_and_nothing_is_held()
    {
        Write("DIVI", 100, 98);
        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, "splits.csv"), "symbol,date,ratio\nDIVI,2026-02-03,21:20\n");
        await using var app = await TestApp.StartAsync(
            new(),
            Eve.AddMinutes(2).ToUniversalTime(),
            _ => { },
            ("AutoTrader:Market:Directory", _folder.FullName)
        );
        await CreateAsync(app, "DIVI", 20);
        await app.UntilAsync(ExDate.AddMinutes(5).ToUniversalTime());

        var held = (await app.GetAsync("positions")).Json["items"]!.AsArray().ShouldHaveSingleItem()!;
        (Number(held["quantity"]!), Number(held["current_price"]!)).ShouldBe((21, 98));
        var strategy = (await app.GetAsync("strategies/divi")).Json;
        (Number(strategy["held_quantity"]!), Number(strategy["effective_stop"]!)).ShouldBe((21, 78.4m));
        (await app.GetAsync("attention")).Json["items"]!.AsArray().ShouldBeEmpty();
        // A split is no move either: 98 is 2.9 % above 95.24.
        var mover = (await app.GetAsync("movers")).Json["gainers"]!.AsArray().ShouldHaveSingleItem()!;
        (mover["symbol"]!.GetValue<string>(), Number(mover["percent_change"]!)).ShouldBe(("DIVI", 2.9m));
        // Buys go on.
        (await app.PostAsync("orders", """{"symbol":"DIVI","side":"buy","qty":1}""", ("Idempotency-Key", "k1"))).ShouldBe(
            HttpStatusCode.Created
        );
    }

    [Fact]
    public async Task A_splits_file_that_cannot_be_used_is_named_and_no_fault_of_ours()
    {
        Write("DIVI", 100, 98);
        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, "splits.csv"), "symbol,ratio\nDIVI,21:20\n");
        await using var app = await TestApp.StartAsync(
            new(),
            Eve.AddMinutes(2).ToUniversalTime(),
            _ => { },
            ("AutoTrader:Market:Directory", _folder.FullName)
        );
        (await app.GetAsync("movers")).ShouldBe(HttpStatusCode.ServiceUnavailable, "BROKER_FETCH_FAILED").Text.ShouldContain("splits.csv");
    }

    private static async Task CreateAsync(TestApp app, string symbol, int quantity) =>
        (
            await app.PostAsync(
                "strategies",
                new JsonObject
                {
                    ["id"] = symbol.ToLowerInvariant(),
                    ["symbol"] = symbol,
                    ["strategy_type"] = "trailing_stop",
                    ["trailing_stop_pct"] = "20",
                    ["quantity"] = quantity,
                    ["repeat"] = true,
                }.ToJsonString()
            )
        ).Status.ShouldBe(HttpStatusCode.Created);

    private static decimal Number(JsonNode node) => decimal.Parse(node.GetValue<string>(), CultureInfo.InvariantCulture);

    private void Write(string symbol, decimal before, decimal after)
    {
        var csv = new StringBuilder("timestamp,open,high,low,close,volume\n");
        foreach (var (start, count, price) in new[] { (Eve, 15, before), (ExDate, 20, after) })
        {
            for (var minute = 0; minute < count; minute++)
            {
                csv.Append(
                    CultureInfo.InvariantCulture,
                    $"{start.AddMinutes(minute):yyyy-MM-dd HH:mm:ss},{price},{price},{price},{price},1000\n"
                );
            }
        }

        File.WriteAllText(Path.Combine(_folder.FullName, symbol + ".csv"), csv.ToString());
    }
}
