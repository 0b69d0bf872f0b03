using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using AutoTrader.Core.Market;

namespace AutoTrader.Functions.Tests;

/// <summary>Market data that lies, as the user of the app meets it: at creation, in attention, health, quotes and orders.</summary>
public sealed class MarketDataTests : IAsyncLifetime
{
    private const string Header = "timestamp,open,high,low,close,volume\n";
    private const string Trailing = """{"id":"t","symbol":"AAA","strategy_type":"trailing_stop","quantity":5,"trailing_stop_pct":"5"}""";
    private const string Resting = """{"symbol":"AAA","side":"buy","qty":5,"limit_price":"95"}""";

    private static readonly Session Monday = TradingCalendar.Nyse.SessionOn(new(2026, 2, 2))!;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("autotrader-market-");
    private TestApp _app = null!;

    public async ValueTask InitializeAsync() => _app = await TestApp.StartAsync(("AutoTrader:Market:Directory", _folder.FullName));

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData(null, "AAA.csv: there is no such file in ")]
    [InlineData("Date,Open,High,Low,Last,Volume\n2026-02-02 09:30,1,1,1,1,1\n", "AAA.csv, line 1, close: the column is missing")]
    [InlineData("Date,Open,High,Low,Close,Adj Close,Volume\n2026-01-30,1,1,1,1,1,1\n2026-02-02,1,1,1,1,1,1\n", "AAA.csv has daily bars")]
    [InlineData("timestamp,open,high,low,close,volume\n02/02/2026 09:30,1,1,1,1,1\n", "line 2, timestamp: '02/02/2026 09:30' is not a")]
    public async Task A_symbol_without_prices_is_refused_at_creation_with_what_its_file_lacks(string? text, string reason)
    {
        Write(text);
        var reply = (await _app.PostAsync("strategies", Trailing)).ShouldBe(HttpStatusCode.UnprocessableEntity, "SYMBOL_NOT_TRADABLE");
        reply.Json["errors"]![0]!["field"]!.GetValue<string>().ShouldBe("symbol");
        reply.Text.ShouldContain(JsonText(reason));
        (await _app.GetAsync("quotes/AAA")).ShouldBe(HttpStatusCode.NotFound, "QUOTE_NOT_FOUND").Text.ShouldContain(JsonText(reason));
        var order = (await _app.PostAsync("orders", Resting, ("Idempotency-Key", "k"))).ShouldBe(
            HttpStatusCode.UnprocessableEntity,
            "ORDER_BLOCKED"
        );
        order.Text.ShouldContain(JsonText(reason));
    }

    [Fact]
    public async Task An_import_refuses_a_symbol_without_prices_and_takes_the_others()
    {
        Write(Minutes(390, 100));
        const string Rest = "strategy_type: trailing_stop, quantity: 1, trailing_stop_pct: '2'}";
        var yaml = "strategies:\n- {id: a, symbol: AAA, " + Rest + "\n- {id: n, symbol: NONE, " + Rest + "\n";
        var body = new JsonObject { ["yaml"] = yaml }.ToJsonString();
        var reply = (await _app.PostAsync("strategies.yaml", body)).ShouldBe(HttpStatusCode.OK);
        (reply.Json["created"]!.GetValue<int>(), reply.Json["refused"]!.GetValue<int>()).ShouldBe((1, 1));
        reply.Json["strategies"]![1]!["message"]!
            .GetValue<string>()
            .ShouldStartWith("NONE cannot be bought: NONE.csv: there is no such file in ");
    }

    [Fact]
    public async Task Data_that_breaks_is_said_by_attention_and_health_and_counts_again_once_it_is_mended()
    {
        var good = Minutes(390, 100);
        Write(good);
        await _app.CreateAsync(Trailing.Replace("\"quantity\"", "\"entry_price\":\"50\",\"quantity\"", StringComparison.Ordinal));
        await _app.MinutesAsync(2);
        (await _app.GetAsync("health")).Json["status"]!.GetValue<string>().ShouldBe("ok");

        Write(good.Replace("close", "last", StringComparison.Ordinal));
        await _app.MinutesAsync(5);
        var item = (await AttentionAsync()).ShouldHaveSingleItem()!;
        item["code"]!.GetValue<string>().ShouldBe("NO_MARKET_DATA");
        item["message"]!.GetValue<string>().ShouldContain("AAA.csv, line 1, close: the column is missing");
        var health = (await _app.GetAsync("health")).ShouldBe(HttpStatusCode.OK);
        health.Json["status"]!.GetValue<string>().ShouldBe("impaired");
        health.Text.ShouldContain("AAA.csv, line 1, close: the column is missing");

        Write(good);
        await _app.MinutesAsync(2);
        (await AttentionAsync()).ShouldBeEmpty();
        (await _app.GetAsync("health")).Json["status"]!.GetValue<string>().ShouldBe("ok");
    }

    [Fact]
    public async Task An_hourly_bar_is_known_and_fills_when_it_ends()
    {
        Write(
            Header
                + "2026-02-02 09:30,100,100,100,100,10\n2026-02-02 10:30,100,100,90,91,10\n2026-02-02 11:30,91,92,91,92,10\n"
                + "2026-02-02 12:30,92,92,92,92,10\n"
        );
        var id = (await _app.PostAsync("orders", Resting, ("Idempotency-Key", "k"))).ShouldBe(HttpStatusCode.Created).Json["id"];
        await _app.UntilAsync(Monday.Open.AddMinutes(62)); // 10:32
        (await StatusAsync(id!)).ShouldBe("accepted");
        (await _app.GetAsync("quotes/AAA")).Json["last"]!.GetValue<string>().ShouldBe("100");
        await _app.UntilAsync(Monday.Open.AddMinutes(119));
        (await StatusAsync(id!)).ShouldBe("accepted");
        await _app.UntilAsync(Monday.Open.AddMinutes(121));
        (await StatusAsync(id!)).ShouldBe("filled");
        (await _app.GetAsync("quotes/AAA")).Json["last"]!.GetValue<string>().ShouldBe("91");
        var fill = (await _app.GetAsync("orders/" + id)).Json;
        fill["filled_avg_price"]!.GetValue<string>().ShouldBe("95");
    }

    [Fact]
    public async Task Strategies_trade_on_longer_bars_too()
    {
        Write(Header + string.Concat(Enumerable.Range(0, 78).Select(i => Row(Monday.Open.AddMinutes(5 * i), 100, 10))));
        await _app.CreateAsync(Trailing);
        await _app.UntilAsync(Monday.Open.AddMinutes(20));
        (await AttentionAsync()).ShouldBeEmpty();
        (await _app.GetAsync("strategies/t")).Json["phase"]!.GetValue<string>().ShouldBe("position_open");
    }

    [Theory]
    [InlineData(10, true)]
    [InlineData(0, false)] // the file has no volumes at all
    public async Task Minutes_in_which_nothing_traded_make_no_quotes_and_fill_nothing(int volume, bool isHalt)
    {
        var rows = Enumerable.Range(0, 390).Select(minute => Row(Monday.Open.AddMinutes(minute), 95, minute is >= 3 and < 20 ? 0 : volume));
        Write(Header + string.Concat(rows));
        var quiet = Trailing.Replace("\"quantity\"", "\"entry_price\":\"50\",\"quantity\"", StringComparison.Ordinal);
        await _app.CreateAsync(quiet);
        await _app.UntilAsync(Monday.Open.AddMinutes(4));
        var id = (await _app.PostAsync("orders", Resting, ("Idempotency-Key", "k"))).ShouldBe(HttpStatusCode.Created).Json["id"];
        await _app.UntilAsync(Monday.Open.AddMinutes(15));
        (await AttentionAsync()).Select(item => item!["code"]!.GetValue<string>()).ShouldBe(isHalt ? ["HALT_SUSPECTED"] : []);
        (await StatusAsync(id!)).ShouldBe(isHalt ? "accepted" : "filled");
        await _app.UntilAsync(Monday.Open.AddMinutes(23));
        (await AttentionAsync()).ShouldBeEmpty();
        (await StatusAsync(id!)).ShouldBe("filled");
    }

    [Fact]
    public async Task Rows_that_were_left_out_need_attention_and_a_day_of_nothing_else_has_no_prices()
    {
        var tuesday = TradingCalendar.Nyse.NextSession(Monday.Open);
        var second = string.Concat(Enumerable.Range(0, 390).Select(minute => Row(tuesday.Open.AddMinutes(minute), 100, 10)));
        Write(Minutes(390, 100) + second.Replace("100", "x", StringComparison.Ordinal));
        await _app.CreateAsync(Trailing.Replace("\"quantity\"", "\"entry_price\":\"50\",\"quantity\"", StringComparison.Ordinal));
        await _app.MinutesAsync(1);
        var item = (await AttentionAsync()).ShouldHaveSingleItem()!;
        item["code"]!.GetValue<string>().ShouldBe("ROWS_LEFT_OUT");
        item["message"]!
            .GetValue<string>()
            .ShouldContain("AAA.csv: 390 of 780 rows are left out: line 392, open: 'x' is not a price above zero");
        await _app.UntilAsync(tuesday.Open.AddMinutes(1));
        (await AttentionAsync())
            .Single(it => it!["code"]!.GetValue<string>() == "NO_MARKET_DATA")!["message"]!
            .GetValue<string>()
            .ShouldContain("AAA.csv: none of its 390 rows of 2026-02-03 can be used: line 392");
    }

    private static string JsonText(string text) =>
        System.Text.Json.JsonSerializer.Serialize(text)[1..^1].Replace("\\u0027", "'", StringComparison.Ordinal);

    private static string Minutes(int count, decimal price) =>
        Header + string.Concat(Enumerable.Range(0, count).Select(minute => Row(Monday.Open.AddMinutes(minute), price, 10)));

    private static string Row(DateTimeOffset start, decimal price, int volume) =>
        string.Create(CultureInfo.InvariantCulture, $"{start:yyyy-MM-dd'T'HH:mm:ss'Z'},{price},{price},{price},{price},{volume}\n");

    private async Task<JsonArray> AttentionAsync() => (await _app.GetAsync("attention")).Json["items"]!.AsArray();

    private async Task<string> StatusAsync(JsonNode id) => (await _app.GetAsync("orders/" + id)).Json["status"]!.GetValue<string>();

    private void Write(string? text)
    {
        if (text is not null)
        {
            File.WriteAllText(Path.Combine(_folder.FullName, "AAA.csv"), text);
        }
    }
}
