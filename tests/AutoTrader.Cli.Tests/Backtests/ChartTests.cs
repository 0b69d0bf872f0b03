using System.Xml.Linq;
using AutoTrader.Testing;
using SkiaSharp;

namespace AutoTrader.Cli.Tests.Backtests;

/// <summary>Results drawn from the command line, on the sample market and without a server.</summary>
public sealed class ChartTests : IDisposable
{
    private const string Run = "backtest run bracket BOLT --take-profit 1 --stop-loss 1 --start 2026-02-02 --end 2026-02-04 --json";

    private static readonly string Prices = Path.Combine(Repository.Top, "samples", "market");

    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("trader-data-");
    private readonly Trader _trader = new();

    public ChartTests()
    {
        _trader.Variables["XDG_DATA_HOME"] = _data.FullName;
        _trader.Variables["HISTORICAL_DATA_DIR"] = Prices;
    }

    public void Dispose()
    {
        _trader.Dispose();
        _data.Delete(recursive: true);
    }

    private string In(string name) => Path.Combine(_data.FullName, name);

    [Fact]
    public async Task A_report_is_one_file_that_needs_no_other_and_says_first_what_could_fool()
    {
        var run = (await _trader.RunAsync($"{Run} --chart {In("report.html")}")).ShouldExit(0).Json;
        var html = await File.ReadAllTextAsync(In("report.html"));
        html.ShouldNotContain("<script");
        foreach (var word in new[] { "src=", "href=", "url(", "@import" })
        {
            html.ShouldNotContain(word);
        }

        html.Replace("http://www.w3.org/2000/svg", "", StringComparison.Ordinal).ShouldNotContain("://");
        html.ShouldContain("default-src 'none'");
        html.IndexOf("What could fool you", StringComparison.Ordinal).ShouldBeLessThan(html.IndexOf("Figures", StringComparison.Ordinal));
        html.ShouldContain("too few to tell skill from luck");
        html.ShouldContain(run["data_hash"]!.GetValue<string>());
        html.ShouldNotContain("have changed");
        MarksIn(html).ShouldBe(run["trades"]!.AsArray().Count);
        // Each figure and each table is in it.
        foreach (
            var word in new[] { "Equity at each close", "Drawdown", "BOLT, dollars", "Months", "By what sold", "beta", "adverse excursion" }
        )
        {
            html.ShouldContain(word);
        }

        // Every picture is sound.
        foreach (var picture in html.Split("<figure>")[1..])
        {
            XDocument.Parse(picture[..picture.IndexOf("</figure>", StringComparison.Ordinal)]);
        }
    }

    [Fact]
    public async Task A_chart_in_a_folder_that_is_not_there_is_refused_before_anything_is_run()
    {
        (await _trader.RunAsync($"{Run} --chart {In("missing/report.html")}"))
            .ShouldExit(2)
            .Error.ShouldContain("does not exist; create it first");
        Directory.Exists(Path.Combine(_data.FullName, "autotrader")).ShouldBeFalse();
    }

    [Fact]
    public async Task A_kept_result_is_drawn_as_a_report_and_as_pictures_alone()
    {
        var id = (await _trader.RunAsync(Run)).ShouldExit(0).Json["id"]!.GetValue<string>();
        (await _trader.RunAsync($"visualize {id} --output {In("a.svg")} --theme light")).ShouldExit(0);
        XDocument.Parse(await File.ReadAllTextAsync(In("a.svg"))).Descendants().Count(it => it.Name.LocalName == "svg").ShouldBe(7);
        (await _trader.RunAsync($"backtest show {id} --chart {In("b.html")}")).ShouldExit(0).Out.ShouldContain("total return");
        var kept = Path.Combine(_data.FullName, "autotrader", "backtests", id + ".json");
        (await _trader.RunAsync($"visualize {kept} --output {In("c.html")}")).ShouldExit(0);
        (await File.ReadAllTextAsync(In("c.html"))).ShouldBe(await File.ReadAllTextAsync(In("b.html")));

        // Opened by the program that BROWSER names.
        _trader.Variables["BROWSER"] = "true";
        (await _trader.RunAsync($"visualize {id} --show")).ShouldExit(0).Error.ShouldContain(Path.Combine("charts", id + ".html"));
        _trader.Variables["BROWSER"] = In("no-such-browser");
        (await _trader.RunAsync($"visualize {id} --show")).ShouldExit(1).Error.ShouldContain("open it in a browser");
    }

    [Fact]
    public async Task A_png_has_its_size_its_lines_and_its_letters_also_where_the_machine_has_no_font()
    {
        (await _trader.RunAsync($"{Run} --chart {In("a.png")}")).ShouldExit(0);
        using var picture = SKBitmap.Decode(In("a.png")).ShouldNotBeNull();
        // Equity, drawdown and one symbol, each with a gap below it, at twice the size.
        (picture.Width, picture.Height).ShouldBe((1920, 2 * (260 + 150 + 320 + 30)));
        SKColor[] pixels =
        [
            .. Enumerable.Range(0, picture.Height).SelectMany(y => Enumerable.Range(0, 1920).Select(x => picture.GetPixel(x, y))),
        ];
        pixels[0].ShouldBe(SKColor.Parse("#14171c"));
        foreach (var color in new[] { "#e6e8eb", "#4a5058", "#6cb6ff", "#57c46a", "#ff7b72" })
        {
            pixels.ShouldContain(SKColor.Parse(color), color);
        }

        // A title of some letters, each of some pixels; below it only thin lines and the labels at the left.
        Letters(180, 10, 700, 36).ShouldBeGreaterThan(400);

        _trader.Variables["FONTCONFIG_FILE"] = In("no-such-fonts.conf");
        _trader.Variables["FONTCONFIG_PATH"] = _data.FullName;
        (await _trader.ProcessAsync([.. Run.Split(' '), "--chart", In("b.png")])).ShouldExit(0);
        (await File.ReadAllBytesAsync(In("b.png"))).ShouldBe(await File.ReadAllBytesAsync(In("a.png")));

        int Letters(int left, int top, int right, int bottom) =>
            Enumerable
                .Range(top, bottom - top)
                .Sum(y => Enumerable.Range(left, right - left).Count(x => picture.GetPixel(x, y) == SKColor.Parse("#e6e8eb")));
    }

    [Fact]
    public async Task Executions_and_equity_are_written_as_csv()
    {
        var run = (await _trader.RunAsync($"{Run} --csv {In("trades.csv")}")).ShouldExit(0).Json;
        var trades = await File.ReadAllLinesAsync(In("trades.csv"));
        trades[0].ShouldBe("id,timestamp,symbol,side,qty,price,total,fee");
        trades[1..]
            .ShouldBe(
                run["trades"]!
                    .AsArray()
                    .Select(trade => string.Join(',', trades[0].Split(',').Select(field => trade![field]!.GetValue<string>())))
            );
        trades.Length.ShouldBeGreaterThan(2);
        (await File.ReadAllLinesAsync(In("trades-equity.csv"))).ShouldBe([
            "timestamp,equity",
            .. run["equity_curve"]!.AsArray().Select(point => $"{point![0]},{point[1]}"),
        ]);

        var id = run["id"]!.GetValue<string>();
        (await _trader.RunAsync($"backtest show {id} --csv {In("again.csv")}")).ShouldExit(0).Error.ShouldContain("again-equity.csv");
        (await File.ReadAllLinesAsync(In("again.csv"))).ShouldBe(trades);
    }

    [Fact]
    public async Task Prices_that_are_gone_or_changed_are_told()
    {
        var id = (await _trader.RunAsync(Run)).ShouldExit(0).Json["id"]!.GetValue<string>();
        var outcome = await _trader.RunAsync($"visualize {id} --output {In("a.html")} --historical-dir {_data.FullName}");
        outcome.ShouldExit(0).Error.ShouldContain("The prices are not drawn");
        (await File.ReadAllTextAsync(In("a.html"))).ShouldNotContain("BOLT, dollars");

        var lines = await File.ReadAllLinesAsync(Path.Combine(Prices, "BOLT.csv"));
        await File.WriteAllLinesAsync(In("BOLT.csv"), lines.Where((_, i) => i != 5));
        (await _trader.RunAsync($"visualize {id} --output {In("a.html")} --historical-dir {_data.FullName}"))
            .ShouldExit(0)
            .Error.ShouldContain("the files have changed");
    }

    [Fact]
    public async Task A_result_of_the_original_is_drawn_with_what_it_has_and_its_text_is_no_markup()
    {
        await File.WriteAllTextAsync(
            In("old.json"),
            """
            {
              "id": "0a1b2c3d", "strategy_type": "<b>bracket</b>", "symbol": "ACME", "start_date": "2026-02-02T00:00:00",
              "end_date": "2026-02-03T00:00:00", "created_at": "2026-05-06T07:08:09.123456",
              "equity_curve": [["2026-02-02T16:00:00-05:00", "100000"], ["2026-02-03T16:00:00-05:00", "100100"]],
              "trades": [{"id": "x", "timestamp": "2026-02-02T09:31:00-05:00", "symbol": "ACME", "side": "buy", "qty": "10",
                          "price": "100", "total": "1000"}]
            }
            """
        );
        (await _trader.RunAsync($"visualize {In("old.json")} --output {In("old.html")}")).ShouldExit(0);
        var html = await File.ReadAllTextAsync(In("old.html"));
        html.ShouldContain("&lt;b&gt;bracket");
        html.ShouldNotContain("<b>bracket");
        MarksIn(html).ShouldBe(1);
    }

    [Theory]
    [InlineData(Run + " --chart chart.gif", 2, "ends with none of .html, .png and .svg")]
    [InlineData(Run + " --csv nowhere/trades.csv", 2, "does not exist; create it first")]
    [InlineData("visualize 1a2b3c4d", 2, "--output")]
    [InlineData("visualize 1a2b3c4d --output a.html", 3, "BACKTEST_NOT_FOUND")]
    [InlineData("visualize no-such.json --output a.html", 1, "no-such.json")]
    public async Task What_cannot_be_drawn_says_what_to_change(string arguments, int code, string told) =>
        (await _trader.RunAsync(arguments)).ShouldExit(code).Error.ShouldContain(told);

    private static int MarksIn(string html) => html.Split("class=\"mark ").Length - 1;
}
