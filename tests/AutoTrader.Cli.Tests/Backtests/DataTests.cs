using System.Globalization;
using AutoTrader.Cli.Client.Backtests;
using AutoTrader.Cli.Rendering.Backtests;
using AutoTrader.Core.Market;
using AutoTrader.Core.Strategies;
using AutoTrader.Testing;
using Microsoft.Extensions.Time.Testing;

namespace AutoTrader.Cli.Tests.Backtests;

/// <summary>Past prices of Alpaca from the command line, over HTTP and kept on disk.</summary>
public sealed class DataTests : IAsyncLifetime
{
    private const string Days = "--start 2026-02-03 --end 2026-02-04";
    private const string Run = $"backtest run trailing-stop ONE {Days} --trailing-pct 1";

    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("trader-data-");
    private readonly Trader _trader = new();
    private HistoryServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await HistoryServer.StartAsync();
        _trader.Variables["XDG_DATA_HOME"] = _data.FullName;
        foreach (var (name, value) in _server.Variables)
        {
            _trader.Variables[name] = value;
        }

        _server.Bars["1Min"] =
        [
            .. TradingCalendar
                .Nyse.Sessions(new(2026, 2, 2), new(2026, 2, 4))
                .SelectMany(session => Enumerable.Range(0, 390).Select(i => BarAt(session.Open.AddMinutes(i), i))),
        ];
    }

    public async ValueTask DisposeAsync()
    {
        _trader.Dispose();
        await _server.DisposeAsync();
        _data.Delete(recursive: true);
    }

    // Slowly up and down by two percent, over and over.
    private static Bar BarAt(DateTimeOffset start, int minute)
    {
        var open = 100 + (Math.Abs((minute % 100) - 50) * 0.04m);
        return new("ONE", start, TimeSpan.FromMinutes(1), open, open + 0.02m, open - 0.02m, open + 0.01m, 500);
    }

    [Fact]
    public async Task Bars_are_fetched_once_and_what_they_are_is_told()
    {
        _server.Splits.Add(new("ONE", new(2026, 2, 4), 2, 1));
        var first = (await _trader.RunAsync($"data fetch one {Days} --json")).ShouldExit(0).Json[0]!;
        first["symbol"]!.GetValue<string>().ShouldBe("ONE");
        first["feed"]!.GetValue<string>().ShouldBe("iex");
        (first["sessions_fetched"]!.GetValue<int>(), first["bars"]!.GetValue<int>()).ShouldBe((2, 780));
        var again = (await _trader.RunAsync($"data fetch ONE {Days}")).ShouldExit(0);
        again.Out.ShouldContain("2:1 on 2026-02-04");
        _server.BarRequests.Count().ShouldBe(1);
    }

    [Fact]
    public async Task What_is_kept_is_listed_with_its_gaps_and_deleted_when_that_is_confirmed()
    {
        (await _trader.RunAsync("data list")).ShouldExit(0).Out.ShouldContain("trader data fetch");
        _server.Bars["1Min"].RemoveAll(bar => TradingCalendar.Nyse.TradingDay(bar.Start) == new DateOnly(2026, 2, 4));
        (await _trader.RunAsync("data fetch ONE --start 2026-02-02 --end 2026-02-02")).ShouldExit(0);
        (await _trader.RunAsync("data fetch ONE --start 2026-02-04 --end 2026-02-04")).ShouldExit(0);
        var kept = (await _trader.RunAsync("data list --json")).ShouldExit(0).Json.AsArray().ShouldHaveSingleItem()!;
        (kept["symbol"]!.GetValue<string>(), kept["timeframe"]!.GetValue<string>(), kept["feed"]!.GetValue<string>()).ShouldBe(
            ("ONE", "1Min", "iex")
        );
        (kept["from"]!.GetValue<string>(), kept["to"]!.GetValue<string>()).ShouldBe(("2026-02-02", "2026-02-04"));
        kept["bars"]!.GetValue<int>().ShouldBe(390);
        kept["without_bar"]!.ToJsonString().ShouldBe("[\"2026-02-04\"]");
        kept["never_asked"]!.ToJsonString().ShouldBe("[\"2026-02-03\"]");
        kept["bytes"]!.GetValue<long>().ShouldBeGreaterThan(1000);
        kept["fetched_at"].ShouldNotBeNull();
        (await _trader.RunAsync("data list")).ShouldExit(0).Out.ShouldContain("390");

        (await _trader.RunAsync("data delete ONE")).ShouldExit(2).Error.ShouldContain("--yes");
        string[] delete = ["data", "delete", "one"];
        var asked = await _trader.RunAsync(delete, typed: "n\n", isTerminal: true);
        asked.ShouldExit(1).Error.ShouldContain("Delete 1Min bars of ONE (iex)?");
        (await _trader.RunAsync("data delete ONE --timeframe 1Day --yes")).ShouldExit(3).Error.ShouldContain("DATA_NOT_FOUND");
        (await _trader.RunAsync("data delete ONE --feed sip --yes")).ShouldExit(3);
        (await _trader.RunAsync("data delete ONE TWO --yes")).ShouldExit(3).Error.ShouldContain("TWO");
        (await _trader.RunAsync("data list --json")).ShouldExit(0).Json.AsArray().Count.ShouldBe(1);
        (await _trader.RunAsync("data delete ONE --yes --json")).ShouldExit(0).Json[0]!["symbol"]!.GetValue<string>().ShouldBe("ONE");
        (await _trader.RunAsync("data list --json")).ShouldExit(0).Json.AsArray().ShouldBeEmpty();
        Directory.EnumerateFiles(_data.FullName, "*.parquet", SearchOption.AllDirectories).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_damaged_file_is_listed_by_name_and_can_be_deleted()
    {
        (await _trader.RunAsync($"data fetch ONE {Days}")).ShouldExit(0);
        var file = Directory.EnumerateFiles(_data.FullName, "2026-02.parquet", SearchOption.AllDirectories).ShouldHaveSingleItem();
        await File.WriteAllTextAsync(file, "no parquet");
        (await _trader.RunAsync("data list")).ShouldExit(0).Error.ShouldContain("2026-02.parquet is damaged");
        (await _trader.RunAsync("data delete ONE --yes")).ShouldExit(0);
        File.Exists(file).ShouldBeFalse();
    }

    [Fact]
    public async Task A_backtest_fetches_what_it_needs_and_runs_without_the_network_afterwards()
    {
        var online = (await _trader.RunAsync($"{Run} --data-source alpaca --json")).ShouldExit(0).Json;
        online["trades"]!.AsArray().ShouldNotBeEmpty();
        online["data_report"]!
            .AsArray()
            .Select(it => it!.GetValue<string>())
            .ShouldContain(it => it.Contains("Alpaca's raw prices of its feed iex", StringComparison.Ordinal));
        // The day before is there for its close.
        _server.BarRequests.ShouldHaveSingleItem().ShouldContain("start=2026-02-02");
        var command = online["command"]!.GetValue<string>();
        command.ShouldNotContain("--data-dir");

        await _server.DisposeAsync();
        _trader.Variables.Remove("ALPACA_API_KEY");
        var offline = (await _trader.RunAsync($"{Run} --data-source cached --json")).ShouldExit(0).Json;
        foreach (var field in (string[])["data_hash", "total_return", "trades"])
        {
            offline[field]!.ToJsonString().ShouldBe(online[field]!.ToJsonString());
        }

        var chart = Path.Combine(_data.FullName, "report.html");
        var id = online["id"]!.GetValue<string>();
        var drawn = (await _trader.RunAsync($"visualize {id} --data-source alpaca --output {chart}")).ShouldExit(0);
        drawn.Error.ShouldNotContain("are not");
        File.Exists(chart).ShouldBeTrue();
        (
            await _trader.RunAsync(
                $"optimize trailing-stop --symbol ONE {Days} --params trailing_pct:1,2 --hold-out-pct 0 --data-source cached"
            )
        ).ShouldExit(0);
    }

    [Theory]
    [InlineData(1, "2013-10-01")]
    [InlineData(24 * 60, "2013-05-13")]
    public void Indicators_of_longer_bars_warm_up_for_longer(int minutes, string first) =>
        new PriceNeed(["ACME"], new(2013, 10, 4), new(2013, 10, 4)) { Conditions = [IndicatorCondition.TryParse("close > sma:50")!] }
            .First(TimeSpan.FromMinutes(minutes))
            .ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)
            .ShouldBe(first);

    [Fact]
    public async Task What_was_never_fetched_is_named_with_the_command_that_fetches_it()
    {
        var refused = (await _trader.RunAsync($"{Run} --data-source cached --json")).ShouldExit(1);
        refused.Problem["code"]!.GetValue<string>().ShouldBe("DATA_NOT_FOUND");
        var detail = refused.Problem["detail"]!.GetValue<string>();
        var fetch = detail[detail.IndexOf("trader data fetch", StringComparison.Ordinal)..];
        (await _trader.RunAsync(fetch["trader ".Length..])).ShouldExit(0);
        (await _trader.RunAsync($"{Run} --data-source cached")).ShouldExit(0);
    }

    [Fact]
    public async Task Without_a_key_it_says_which_setting_is_missing_and_no_answer_shows_a_key()
    {
        _trader.Variables["ALPACA_SECRET_KEY"] = "another-secret";
        var wrong = (await _trader.RunAsync($"data fetch ONE {Days}")).ShouldExit(1);
        wrong.Error.ShouldContain("the key was not accepted");
        (wrong.Out + wrong.Error).ShouldNotContain("another-secret");
        _trader.Variables.Remove("ALPACA_API_KEY");
        (await _trader.RunAsync($"data fetch ONE {Days}")).ShouldExit(1).Error.ShouldContain("ALPACA_API_KEY");
        _trader.Variables["ALPACA_DATA_FEED"] = "otc";
        (await _trader.RunAsync($"{Run} --data-source cached")).ShouldExit(1).Error.ShouldContain("iex or sip");
    }

    [Theory]
    [InlineData($"{Run} --timeframe 5Min", 2, "--data-source alpaca or cached")]
    [InlineData($"{Run} --data-source yahoo", 2, "'alpaca'")]
    [InlineData($"data fetch ONE {Days} --timeframe 2Min", 2, "'15Min'")]
    [InlineData($"data fetch /ONE {Days}", 2, "is not a symbol")]
    [InlineData("data fetch ONE --start 2026-02-07 --end 2026-02-08", 1, "is over")]
    public async Task What_makes_no_sense_is_refused(string arguments, int code, string named) =>
        (await _trader.RunAsync(arguments)).ShouldExit(code).Error.ShouldContain(named);

    [Fact]
    public async Task Data_that_cannot_be_trusted_are_refused_until_they_are_accepted()
    {
        // Declared, and not in the prices.
        _server.Splits.Add(new("ONE", new(2026, 2, 4), 2, 1));
        var refused = (await _trader.RunAsync($"{Run} --data-source alpaca --json")).ShouldExit(1);
        refused.Problem["detail"]!.GetValue<string>().ShouldContain("--accept-data");
        var result = (await _trader.RunAsync($"{Run} --data-source alpaca --accept-data --json")).ShouldExit(0).Json;
        result["warnings"]!
            .AsArray()
            .Select(it => it!.GetValue<string>())
            .ShouldContain(it => it.StartsWith("The data were accepted although they cannot be trusted", StringComparison.Ordinal));
    }

    [Fact]
    public void The_line_of_progress_tells_rate_and_remaining_time_of_what_takes_over_a_second()
    {
        using var screen = new StringWriter();
        var clock = new FakeTimeProvider();
        var line = new FetchLine(screen, clock);
        clock.Advance(TimeSpan.FromSeconds(0.5));
        line.Report(new("ONE", new(2026, 1, 1), 1, 4, 8000));
        screen.ToString().ShouldBeEmpty();
        clock.Advance(TimeSpan.FromSeconds(1.5));
        line.Report(new("ONE", new(2026, 2, 1), 2, 4, 16_000));
        screen.ToString().ShouldBe("\rONE 2026-02  50 %  8,000 bars/s  2 s left    ");
        line.End();
        screen.ToString().ShouldEndWith(Environment.NewLine);
    }
}
