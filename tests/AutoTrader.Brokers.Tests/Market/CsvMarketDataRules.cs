using System.Globalization;
using AutoTrader.Brokers.Market;
using AutoTrader.Core.Market;
using AutoTrader.Testing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace AutoTrader.Brokers.Tests.Market;

/// <summary>What the files mean, and what happens to files that mean nothing.</summary>
public sealed class CsvMarketDataRules : IDisposable
{
    private const string Header = "timestamp,open,high,low,close,volume\n";
    private static readonly Session Monday = TradingCalendar.Nyse.SessionOn(new(2026, 2, 2))!;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("market-");
    private readonly FakeTimeProvider _clock = new(Monday.Open);

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("2026-02-02 09:31:00")]
    [InlineData("2026-02-02T09:31:00")]
    [InlineData("2026-02-02 09:31")]
    [InlineData("2026-02-02T09:31:00-05:00")]
    [InlineData("2026-02-02T14:31:00Z")]
    [InlineData("2026-02-02T15:31:00+01:00")]
    public async Task A_time_without_offset_is_New_York_time_and_one_with_an_offset_is_converted(string stamp)
    {
        Write("AAA", $"{Header}{stamp},100,101.5,99,100.25,1200\n");
        var bar = (await Data().GetBarsAsync("AAA", Monday.Open, Monday.Close, default)).ShouldHaveSingleItem();
        bar.ShouldBe(new Bar("AAA", Monday.Open.AddMinutes(1), TimeSpan.FromMinutes(1), 100, 101.5m, 99, 100.25m, 1200));
    }

    [Theory]
    [InlineData("2026-02-02", 390)]
    [InlineData("2026-11-27", 210)] // closes at 13:00
    public async Task A_plain_date_is_a_bar_that_is_known_at_its_close_and_serves_as_prior_close_only(string date, int minutes)
    {
        Write("AAA", $"{Header}{date},100,101,99,100,1200\n");
        var session = TradingCalendar.Nyse.SessionOn(DateOnly.Parse(date, CultureInfo.InvariantCulture))!;
        var data = Data();
        _clock.SetUtcNow(session.Open.AddMinutes(minutes - 1));
        (await data.GetClosesAsync(["AAA"], session.Day, default)).ShouldBeEmpty();
        _clock.SetUtcNow(session.Open.AddMinutes(minutes));
        (await data.GetClosesAsync(["AAA"], session.Day, default))["AAA"].ShouldBe(100);
        (await data.GetBarsAsync("AAA", default, DateTimeOffset.MaxValue, default)).ShouldBeEmpty();
        (await ProblemAsync(data, "AAA")).ShouldBe(
            "AAA.csv has daily bars: they serve for backtests and as prior closes. To trade on it, export bars of minutes"
        );
    }

    [Fact]
    public async Task Columns_are_found_by_name_rows_are_sorted_and_what_lies_outside_sessions_is_left_out()
    {
        Write(
            "AAA",
            """
            Volume, Close ,Low,High,Open,Timestamp,vwap
            3,100,99,101,100,2026-02-02 09:32:00,x
            1e3,100,99,101,100,2026-02-02 09:31:00,x

            4,100,99,101,100,2026-02-02 08:00:00,x
            5,100,99,101,100,2026-02-02 16:00:00,x
            6,100,99,101,100,2026-02-01 12:00:00,x
            """
        );
        (await Data().GetBarsAsync("AAA", default, DateTimeOffset.MaxValue, default)).Select(bar => bar.Volume).ShouldBe([1000, 3]);
    }

    [Fact]
    public async Task A_quote_comes_from_the_last_bar_of_this_session_that_has_ended()
    {
        Write(
            "AAA",
            Header
                + "2026-01-30 15:59:00,90,90,90,90,1\n"
                + "2026-02-02 09:30:00,100,101,99,100.5,1\n"
                + "2026-02-02 09:31:00,100,101,99,101,1\n"
        );
        var data = Data();
        (await data.GetQuotesAsync(["AAA"], default)).ShouldBeEmpty();
        _clock.SetUtcNow(Monday.Open.AddSeconds(59));
        (await data.GetQuotesAsync(["AAA"], default)).ShouldBeEmpty();
        _clock.SetUtcNow(Monday.Open.AddSeconds(60));
        (await data.GetQuotesAsync(["AAA", "NONE"], default))
            .ShouldHaveSingleItem()
            .Value.ShouldBe(new Quote("AAA", 100.5m, 100.5m, Monday.Open.AddMinutes(1), 100.5m));
        _clock.SetUtcNow(Monday.Open.AddHours(3));
        (await data.GetQuotesAsync(["AAA"], default))["AAA"].At.ShouldBe(Monday.Open.AddMinutes(2));
        _clock.SetUtcNow(Monday.Close);
        (await data.GetQuotesAsync(["AAA"], default)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_configured_spread_lies_around_the_close_on_ticks()
    {
        Write("AAA", Header + "2026-02-02 09:30:00,100,101,99,100.5,1\n");
        _clock.SetUtcNow(Monday.Open.AddMinutes(1));
        var quote = (await Data(spreadPct: 0.05m).GetQuotesAsync(["AAA"], default))["AAA"];
        (quote.Bid, quote.Ask, quote.LastTrade).ShouldBe((100.47m, 100.53m, 100.5m));
    }

    [Fact]
    public async Task Bars_begin_at_or_after_the_first_instant_and_have_ended_by_the_second()
    {
        Write(
            "AAA",
            Header + string.Concat(Enumerable.Range(30, 10).Select(minute => $"2026-02-02 09:{minute}:00,100,101,99,100,{minute}\n"))
        );
        var bars = await Data().GetBarsAsync("AAA", Monday.Open.AddMinutes(2), Monday.Open.AddMinutes(5), default);
        bars.Select(bar => bar.Volume).ShouldBe([32, 33, 34]);
        (await Data().GetBarsAsync("AAA", Monday.Open.AddMinutes(5), Monday.Open.AddMinutes(2), default)).ShouldBeEmpty();
        (await Data().GetBarsAsync("NONE", Monday.Open, Monday.Close, default)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_close_is_the_last_one_at_or_before_the_day_and_never_from_the_future()
    {
        Write("AAA", Header + "2026-01-29,90,90,90,90,1\n2026-01-30,91,91,91,91,1\n2026-02-02,92,92,92,92,1\n");
        var data = Data();
        (await data.GetClosesAsync(["AAA", "NONE"], new(2026, 1, 29), default)).ShouldHaveSingleItem().Value.ShouldBe(90);
        (await data.GetClosesAsync(["AAA"], new(2026, 2, 1), default))["AAA"].ShouldBe(91);
        (await data.GetClosesAsync(["AAA"], new(2026, 2, 2), default))["AAA"].ShouldBe(91);
        _clock.SetUtcNow(Monday.Close);
        (await data.GetClosesAsync(["AAA"], new(2026, 2, 2), default))["AAA"].ShouldBe(92);
        (await data.GetClosesAsync(["AAA"], new(2026, 1, 28), default)).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("7", 7, 1)]
    [InlineData("7:1", 7, 1)]
    [InlineData("1:10", 1, 10)]
    [InlineData("3:2", 3, 2)]
    [InlineData("1.5", 3, 2)]
    [InlineData("0.1", 1, 10)]
    public async Task A_split_is_new_shares_per_old_share(string ratio, int numerator, int denominator)
    {
        Write("splits", $"symbol,date,ratio\naaa,2026-02-03,{ratio}\nBBB,2026-02-10,2\n");
        var splits = await Data().GetSplitsAsync(new(2026, 2, 3), new(2026, 2, 9), default);
        splits.ShouldHaveSingleItem().ShouldBe(new Split("AAA", new(2026, 2, 3), numerator, denominator));
    }

    [Theory]
    [InlineData("2026-02-02 09:30:00,100,101,x,100,1", "line 2, low: 'x' is not a price above zero")]
    [InlineData("2026-02-02 09:30:00,100,101,0,100,1", "line 2, low")]
    [InlineData("2026-02-02 09:30:00,100,101,NaN,100,1", "line 2, low")]
    [InlineData("2026-02-02 09:30:00,100,Infinity,99,100,1", "line 2, high")]
    [InlineData("2026-02-02 09:30:00,100,1e400,99,100,1", "line 2, high")]
    [InlineData("2026-02-02 09:30:00,100,101,-99,100,1", "line 2, low")]
    [InlineData("2026-02-02 09:30:00,100,101,102,100,1", "line 2")]
    [InlineData("2026-02-02 09:30:00,100,101,99,,1", "line 2, close: the value is missing")]
    [InlineData("2026-02-02 09:30:00,100,101", "line 2, low: the value is missing")]
    [InlineData("2026-02-02 09:30:00,100,99,98,99,1", "line 2, high")]
    [InlineData("2026-02-02 09:30:00,100,101,99,100,-2", "line 2, volume")]
    [InlineData("2026-02-02 09:30:00,100,101,99,100,1,234", "line 2, it has more fields than the header has columns")]
    [InlineData("2026-02-02 09:30:00,\"1,000\",1001,999,1000,1", "line 2, open: '1,000' is not a price above zero")]
    [InlineData("2026-02-02 09:30:00,100,\"101,5\",99,100,1", "line 2, high: '101,5' is not a price above zero")]
    [InlineData("2026-02-02 09:30:00,null,null,null,null,null", "line 2, open: 'null'")]
    [InlineData("soon,100,101,99,100,1", "line 2, timestamp: 'soon' is not a date or time in a known form; write it as 2026-02-03")]
    [InlineData("02/02/2026 09:30,100,101,99,100,1", "line 2, timestamp: '02/02/2026 09:30'")]
    [InlineData("2026-02-02 9:30,100,101,99,100,1", "line 2, timestamp: '2026-02-02 9:30'")]
    [InlineData("2026-02-30 09:30,100,101,99,100,1", "line 2, timestamp: '2026-02-30 09:30'")]
    [InlineData("2026-02-02 09:30 AM,100,101,99,100,1", "line 2, timestamp: '2026-02-02 09:30 AM'")]
    [InlineData("Feb 2 2026 09:30,100,101,99,100,1", "line 2, timestamp")]
    [InlineData("1970-01-01 09:30:00,100,101,99,100,1", "line 2, timestamp: no sessions of the year 1970 are known")]
    [InlineData("2026-03-08 02:30:00,100,101,99,100,1", "line 2, timestamp: '2026-03-08 02:30:00' does not exist: clocks in ")]
    public async Task A_row_that_cannot_be_read_is_left_out_and_told_by_line_and_the_others_are_used(string line, string problem)
    {
        Write("BAD", Header + line + "\n");
        Write("AAA", Header + line + "\n2026-02-02 09:30:00,100,101,99,100,1\n");
        _clock.SetUtcNow(Monday.Open.AddMinutes(1));
        var data = Data();
        (await data.GetQuotesAsync(["BAD", "AAA"], default)).Keys.ShouldBe(["AAA"]);
        var feeds = await data.GetFeedsAsync(["AAA", "BAD"], default);
        feeds["AAA"].Problem.ShouldBeNull();
        feeds["AAA"].LeftOut.ShouldNotBeNull().ShouldStartWith("AAA.csv: 1 of 2 rows are left out: ");
        feeds["AAA"].LeftOut!.ShouldContain(problem);
        feeds["BAD"].Problem.ShouldNotBeNull().ShouldStartWith("BAD.csv: none of its 1 rows can be used: ");
        feeds["BAD"].Problem!.ShouldContain(problem);
    }

    [Theory]
    [InlineData("", "AAA.csv, line 1, timestamp: the column is missing. The header is ''")]
    [InlineData("timestamp,open,high,low,close\n", "volume: the column is missing. The header is 'timestamp,open,high,low,close'")]
    [InlineData("Date,Price,Open,High,Low,Vol.,Change %\n", "AAA.csv, line 1, close: the column is missing")]
    [InlineData("time,open,high,low,close,Close,volume\n", "AAA.csv, line 1, close: the column is there twice")]
    [InlineData("2026-02-02 09:30:00,100,101,99,100,1\n", "AAA.csv, line 1, timestamp: the column is missing")]
    [InlineData(Header, "AAA.csv has no rows")]
    [InlineData("timestamp,open,high,low,close,volume\n2026-02-02 09:30:00,\"100,101,99,100,1\n", "AAA.csv, line 2")]
    [InlineData("timestamp,open,high,low,close,volume,symbol\n2026-02-02 09:30:00,100,101,99,100,1,BBB\n", "it is a bar of BBB")]
    [InlineData("Price,Close,High,Low,Open,Volume\nTicker,BBB,BBB,BBB,BBB,BBB\nDate,,,,,\n", "the bars are of BBB, not of AAA")]
    public async Task A_file_that_cannot_be_used_says_why(string text, string problem)
    {
        Write("AAA", text);
        var data = Data();
        (await data.GetBarsAsync("AAA", default, DateTimeOffset.MaxValue, default)).ShouldBeEmpty();
        (await ProblemAsync(data, "AAA")).ShouldNotBeNull().ShouldContain(problem);
    }

    [Fact]
    public async Task A_file_that_is_not_there_says_where_it_is_looked_for()
    {
        Write("aaa", Header);
        var data = Data();
        (await ProblemAsync(data, "NONE")).ShouldBe($"NONE.csv: there is no such file in {_folder.FullName}");
        (await ProblemAsync(data, "../AAA")).ShouldBe("'../AAA' is not a symbol");
        if (!File.Exists(Path.Combine(_folder.FullName, "AAA.csv")))
        {
            (await ProblemAsync(data, "AAA")).ShouldBe($"AAA.csv: there is aaa.csv in {_folder.FullName}; rename it to AAA.csv");
        }

        var nowhere = Path.Combine(_folder.FullName, "nowhere");
        var lost = new CsvMarketData(new() { Directory = nowhere }, _clock, NullLogger<CsvMarketData>.Instance);
        (await ProblemAsync(lost, "AAA")).ShouldBe($"AAA.csv: the folder {nowhere} does not exist; AutoTrader__Market__Directory names it");
    }

    [Fact]
    public async Task A_file_that_was_mended_or_went_on_counts_at_once()
    {
        var data = Data();
        _clock.SetUtcNow(Monday.Open.AddMinutes(1));
        (await ProblemAsync(data, "AAA")).ShouldNotBeNull();
        Write("AAA", Header + "2026-02-02 09:30:00,100,101,99,x,1\n");
        (await ProblemAsync(data, "AAA")).ShouldNotBeNull().ShouldContain("'x'");
        Write("AAA", Header + "2026-02-02 09:30:00,100,101,99,100,1\n");
        (await ProblemAsync(data, "AAA")).ShouldBeNull();
        (await data.GetQuotesAsync(["AAA"], default))["AAA"].Mid.ShouldBe(100);
        Write("AAA", Header + "2026-02-02 09:30:00,100,101,99,100,1\n2026-02-02 09:31:00,100,101,99,101,1\n");
        _clock.SetUtcNow(Monday.Open.AddMinutes(2));
        (await data.GetQuotesAsync(["AAA"], default))["AAA"].Mid.ShouldBe(101);
        Write("splits", "symbol,date,ratio\nAAA,2026-02-03,often\n");
        (await ProblemAsync(data, "AAA")).ShouldNotBeNull().ShouldStartWith("splits.csv, line 2");
        Write("splits", "symbol,date,ratio\nAAA,2026-02-03,2\n");
        (await ProblemAsync(data, "AAA")).ShouldBeNull();
    }

    [Fact]
    public async Task A_file_that_grows_is_told_of_again_only_when_it_says_something_else()
    {
        using var log = new KeptLog();
        var data = Data(log: new Logger<CsvMarketData>(log));
        var text =
            Header
            + "2026-02-02 09:30:00,100,101,99,100,1\n2026-02-02 09:31:00,100,101,99,100,1\n"
            + "2026-02-02 09:32:00,100,101,99,x,1\n";
        foreach (var minute in new[] { 33, 34, 35 })
        {
            Write("AAA", text += $"2026-02-02 09:{minute}:00,100,101,99,100,1\n");
            (await ProblemAsync(data, "AAA")).ShouldBeNull();
        }

        log.Entries.Select(line => line.Id.Id).ShouldBe([3102, 3103]);
        Write("AAA", text += "2026-02-02 09:36:00,100,101,99,y,1\n");
        (await ProblemAsync(data, "AAA")).ShouldBeNull();
        log.Entries.Select(line => line.Id.Id).ShouldBe([3102, 3103, 3102]);
        log.Entries[^1].Text.ShouldContain("'y'");
        foreach (var rows in new[] { "x,x,x,x,x,x\n", "x,x,x,x,x,x\n\n" })
        {
            Write("AAA", Header + rows);
            (await ProblemAsync(data, "AAA")).ShouldNotBeNull();
        }

        log.Entries.Count(line => line.Id.Id == 3101).ShouldBe(1);
        Write("AAA", text);
        (await ProblemAsync(data, "AAA")).ShouldBeNull();
        log.Entries.Count(line => line.Id.Id == 3103).ShouldBeGreaterThan(1, "it is mended");
    }

    [Fact]
    public async Task A_file_says_when_it_has_ended()
    {
        Write("AAA", Header + "2026-01-30 15:58:00,100,101,99,100,1\n2026-01-30 15:59:00,100,101,99,100,1\n");
        var feed = (await Data().GetFeedsAsync(["AAA"], default))["AAA"];
        (feed.Problem, feed.Ended).ShouldBe((null, "AAA.csv ends on 2026-01-30"));
    }

    [Fact]
    public async Task A_symbol_whose_split_cannot_be_read_does_not_trade()
    {
        Write("splits", "symbol,date,ratio\nAAA,2026-02-03,often\nBBB,2026-02-03,2\n");
        Write("AAA", Header + "2026-02-02 09:30:00,100,101,99,100,1\n");
        Write("BBB", Header + "2026-02-02 09:30:00,100,101,99,100,1\n");
        _clock.SetUtcNow(Monday.Open.AddMinutes(1));
        var data = Data();
        (await data.GetQuotesAsync(["AAA", "BBB"], default)).Keys.ShouldBe(["BBB"]);
        (await data.GetSplitsAsync(new(2026, 2, 1), new(2026, 2, 9), default)).ShouldHaveSingleItem().Symbol.ShouldBe("BBB");
        (await ProblemAsync(data, "AAA")).ShouldBe("splits.csv, line 2, ratio: 'often' is not a ratio such as 7, 7:1 or 1:10");
    }

    [Fact]
    public async Task Real_minute_bars_are_read_as_they_were_printed()
    {
        var folder = RealData.Folder("minute");
        var data = new CsvMarketData(new() { Directory = folder }, _clock, NullLogger<CsvMarketData>.Instance);
        var bars = await data.GetBarsAsync("AAPL", default, DateTimeOffset.MaxValue, default);
        bars[0]
            .ShouldBe(
                new Bar(
                    "AAPL",
                    new(2014, 6, 5, 13, 30, 0, TimeSpan.Zero),
                    TimeSpan.FromMinutes(1),
                    646.25m,
                    646.96m,
                    645.75m,
                    646.26m,
                    220_173
                )
            );
        (await data.GetClosesAsync(["AAPL"], new(2014, 6, 8), default))["AAPL"].ShouldBeGreaterThan(640);
        (await data.GetClosesAsync(["AAPL"], new(2014, 6, 9), default))["AAPL"].ShouldBeLessThan(100);
    }

    [Fact]
    public void Real_daily_bars_are_all_read()
    {
        var folder = RealData.Folder("daily");
        foreach (var symbol in new[] { "SPY", "AAPL", "IBM", "BAC", "QQQ" })
        {
            var rows = File.ReadLines(Path.Combine(folder, symbol + ".csv")).Count() - 1;
            var file = BarFile.Read(Path.Combine(folder, symbol + ".csv"), symbol, new());
            (file.All.Count, file.LeftOut, file.IsDaily).ShouldBe((rows, null, true), symbol);
        }
    }

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(_folder.FullName, name + ".csv"), text);

    private static async Task<string?> ProblemAsync(CsvMarketData data, string symbol) =>
        (await data.GetFeedsAsync([symbol], default))[symbol].Problem;

    private CsvMarketData Data(decimal spreadPct = 0, ILogger<CsvMarketData>? log = null) =>
        new(
            new()
            {
                Directory = _folder.FullName,
                SpreadPct = spreadPct,
                BarLength = TimeSpan.FromMinutes(1),
            },
            _clock,
            log ?? NullLogger<CsvMarketData>.Instance
        );
}
