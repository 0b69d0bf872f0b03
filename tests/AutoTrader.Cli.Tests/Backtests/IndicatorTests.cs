using AutoTrader.Testing;

namespace AutoTrader.Cli.Tests.Backtests;

/// <summary>Indicators from the command line, over the sample market.</summary>
public sealed class IndicatorTests : IDisposable
{
    private readonly Trader _trader = new();

    public IndicatorTests() => _trader.Variables["HISTORICAL_DATA_DIR"] = Path.Combine(Repository.Top, "samples", "market");

    public void Dispose() => _trader.Dispose();

    [Fact]
    public async Task Those_of_the_original_are_listed_and_described()
    {
        var names = (await _trader.JsonAsync("indicator", "list")).AsArray().Select(it => it!["name"]!.GetValue<string>()).ToList();
        string[] original = ["sma", "ema", "rsi", "macd", "atr", "bbands", "obv", "vwap", "rolling_high_low"];
        original.ShouldBeSubsetOf(names);
        names.ShouldContain("rsi_wilder");
        (await _trader.JsonAsync("indicator", "describe", "sma"))["params"]!["period"]!.GetValue<int>().ShouldBe(20);
        (await _trader.RunAsync("indicator list")).ShouldExit(0).Out.ShouldContain("bbands");
        (await _trader.RunAsync("indicator describe macd")).ShouldExit(0).Out.ShouldContain("EMA(fast)");
        (await _trader.RunAsync("indicator describe moon")).ShouldExit(3).Error.ShouldContain("INDICATOR_NOT_FOUND");
    }

    [Theory]
    [InlineData("macd:12,26,9 macd:5,10,3", "MACD is requested with different numbers")]
    [InlineData("sma --start 2026-02-05 --end 2026-02-02", "is after end")]
    public async Task What_would_be_answered_wrongly_or_with_nothing_is_refused(string arguments, string named) =>
        (await _trader.RunAsync($"indicator compute ACME {arguments}")).ShouldExit(2).Error.ShouldContain(named);

    [Fact]
    public async Task Fetched_bars_give_the_values_of_files_with_what_they_need_to_warm_up()
    {
        const string Command = "indicator compute ACME sma:30 --start 2026-02-04 --end 2026-02-04 --timeframe 1Min --json";
        var files = (await _trader.RunAsync(Command)).ShouldExit(0).Json;
        await using var server = await RecordedServer.StartAsync(_trader.Variables["HISTORICAL_DATA_DIR"]!, "ACME");
        server.Reach(_trader);
        var first = (await _trader.RunAsync(Command + " --data-source alpaca")).ShouldExit(0).Json;
        first["rows"]!.AsArray().Count.ShouldBe(390);
        first["rows"]![0]!["values"]!["sma_30"].ShouldNotBeNull();
        first["remarks"]![0]!.GetValue<string>().ShouldContain("Alpaca's raw prices");
        files["remarks"]!.AsArray().ShouldBeEmpty();
        first["rows"]!.ToJsonString().ShouldBe(files["rows"]!.ToJsonString());
    }

    [Fact]
    public async Task An_indicator_that_needs_more_bars_than_there_are_says_so()
    {
        var table = await _trader.JsonAsync("indicator", "compute", "ACME", "sma:2", "sma:2", "sma:99999");
        table["warm_up"]!.GetValue<string>().ShouldEndWith("are too few: sma_99999.");
    }

    [Fact]
    public async Task Values_stand_beside_their_bars_with_earlier_bars_as_warm_up()
    {
        var table = await _trader.JsonAsync(
            "indicator",
            "compute",
            "acme",
            "sma:2",
            "rsi_wilder",
            "--start",
            "2026-02-03",
            "--end",
            "2026-02-03"
        );
        var rows = table["rows"]!.AsArray();
        rows.Count.ShouldBe(390);
        rows[0]!["timestamp"]!.GetValue<string>().ShouldBe("2026-02-03T14:30:00Z");
        rows[0]!["values"]!["rsi_wilder_14"].ShouldNotBeNull();
        decimal[] closes = [.. rows.Take(2).Select(row => decimal.Parse(row!["close"]!.GetValue<string>(), null))];
        rows[1]!["values"]!["sma_2"]!.GetValue<double>().ShouldBe((double)closes.Average(), 1e-9);

        var hours = await _trader.JsonAsync(
            "indicator",
            "compute",
            "ACME",
            "atr",
            "--timeframe",
            "1Hour",
            "--end",
            "2026-02-03",
            "--last",
            "7"
        );
        hours["rows"]!.AsArray().Count.ShouldBe(7);
        hours["rows"]![6]!["timestamp"]!.GetValue<string>().ShouldBe("2026-02-03T20:30:00Z");
        (await _trader.RunAsync("indicator compute ACME macd --last 3")).ShouldExit(0).Out.ShouldContain("HISTOGRAM");
    }

    [Theory]
    [InlineData("ACME moon", 2, "no indicator moon")]
    [InlineData("ACME sma:0", 2, "from 1 to")]
    [InlineData("NONE sma", 1, "NONE.csv")]
    [InlineData("ACME sma --timeframe 1Week", 2, "no timeframe")]
    [InlineData("ACME sma --start soon", 2, "--start")]
    public async Task What_cannot_be_computed_says_what_to_change(string arguments, int code, string told) =>
        (await _trader.RunAsync("indicator compute " + arguments)).ShouldExit(code).Error.ShouldContain(told);
}
