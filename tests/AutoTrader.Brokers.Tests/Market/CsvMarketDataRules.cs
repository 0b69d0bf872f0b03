using AutoTrader.Brokers.Market;
using AutoTrader.Core.Market;
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
    public async Task A_plain_date_is_a_bar_over_its_session(string date, int minutes)
    {
        Write("AAA", $"{Header}{date},100,101,99,100,1200\n");
        var bar = (await Data().GetBarsAsync("AAA", default, DateTimeOffset.MaxValue, default)).ShouldHaveSingleItem();
        bar.Length.ShouldBe(TimeSpan.FromMinutes(minutes));
        bar.Start.ShouldBe(TradingCalendar.Nyse.SessionOn(DateOnly.Parse(date, System.Globalization.CultureInfo.InvariantCulture))!.Open);
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
    [InlineData("2026-02-02 09:30:00,100,101,99,100,-1", "line 2, volume")]
    [InlineData("soon,100,101,99,100,1", "line 2, timestamp: 'soon'")]
    [InlineData("2026-02-02 09:30:00,100,101,99,100,1\n2026-02-02 09:30:00,100,101,99,100,1", "two bars cover 2026-02-02 09:30")]
    [InlineData("2026-02-02 09:30:00,100,101,99,100,1\n\n1970-01-01 09:30:00,100,101,99,100,1", "line 4, timestamp")]
    public async Task A_bad_line_disables_its_symbol_only_and_says_where(string lines, string problem)
    {
        Write("BAD", Header + lines);
        Write("AAA", Header + "2026-02-02 09:30:00,100,101,99,100,1\n");
        _clock.SetUtcNow(Monday.Open.AddMinutes(1));
        var data = Data();
        (await data.GetQuotesAsync(["BAD", "AAA"], default)).Keys.ShouldBe(["AAA"]);
        data.Problems.ShouldHaveSingleItem().Value.ShouldContain(problem);
        data.Problems["BAD"].ShouldContain("BAD.csv");
    }

    [Fact]
    public async Task A_missing_column_an_empty_file_and_a_name_that_is_no_symbol_are_told()
    {
        Write("AAA", "timestamp,open,high,low,close\n");
        Write("BBB", "");
        var data = Data();
        foreach (var symbol in new[] { "AAA", "BBB", "../AAA", "CCC" })
        {
            (await data.GetBarsAsync(symbol, default, DateTimeOffset.MaxValue, default)).ShouldBeEmpty();
        }

        data.Problems["AAA"].ShouldContain("volume: the column is missing");
        data.Problems["BBB"].ShouldContain("timestamp: the column is missing");
        data.Problems["../AAA"].ShouldContain("is not a symbol");
        data.Problems["CCC"].ShouldContain("there is no such file");
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
        data.Problems["AAA"].ShouldBe("splits.csv, line 2, ratio: 'often' is not a ratio such as 7, 7:1 or 1:10");
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
    public async Task Real_daily_bars_cover_their_sessions()
    {
        var folder = RealData.Folder("daily");
        var data = new CsvMarketData(new() { Directory = folder }, _clock, NullLogger<CsvMarketData>.Instance);
        foreach (var symbol in new[] { "SPY", "AAPL", "IBM", "BAC", "QQQ" })
        {
            var rows = File.ReadLines(Path.Combine(folder, symbol + ".csv")).Count() - 1;
            (await data.GetBarsAsync(symbol, default, DateTimeOffset.MaxValue, default)).Count.ShouldBe(
                rows,
                data.Problems.GetValueOrDefault(symbol)
            );
        }
    }

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(_folder.FullName, name + ".csv"), text);

    private CsvMarketData Data(decimal spreadPct = 0) =>
        new(new() { Directory = _folder.FullName, SpreadPct = spreadPct }, _clock, NullLogger<CsvMarketData>.Instance);
}
