using System.Globalization;
using System.Text;
using AutoTrader.Brokers.Market;
using AutoTrader.Core.Market;
using CsCheck;

namespace AutoTrader.Brokers.Tests.Market;

/// <summary>What the rows of a file mean: how long its bars are, in which nothing traded, and what common exports look like.</summary>
public sealed class BarFileRules : IDisposable
{
    private const string Header = "timestamp,open,high,low,close,volume\n";
    private static readonly int[] Lengths = [1, 2, 5, 10, 15, 30, 60];
    private static readonly string[] Forms = ["yyyy-MM-dd HH:mm:ss", "yyyyMMdd HHmm", "yyyy-MM-dd'T'HH:mm:sszzz"];
    private static readonly Session Monday = TradingCalendar.Nyse.SessionOn(new(2026, 2, 2))!;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bars-");

    public void Dispose() => _folder.Delete(recursive: true);

    /// <summary>Two minutes of a Monday, as tools write them.</summary>
    public static TheoryData<string> Exports { get; } =
    [
        "timestamp,open,high,low,close,volume\n" + "2026-02-02 09:30:00,100,102,99,101,7\n" + "2026-02-02 09:31:00,101,101,101,101,8\n",
        "Datetime,Open,High,Low,Close,Adj Close,Volume\n"
            + "2026-02-02 09:30:00-05:00,100,102,99,101,55,7\n"
            + "2026-02-02 09:31:00-05:00,101,101,101,101,55,8\n",
        "Datetime,Open,High,Low,Close,Volume,Dividends,Stock Splits\n"
            + "2026-02-02 14:30:00+00:00,100,102,99,101,7,0,0\n"
            + "2026-02-02 14:31:00+00:00,101,101,101,101,8,0,0\n",
        "Price,Close,High,Low,Open,Volume\n"
            + "Ticker,AAA,AAA,AAA,AAA,AAA\n"
            + "Datetime,,,,,\n"
            + "2026-02-02 14:30:00+00:00,101,102,99,100,7\n"
            + "2026-02-02 14:31:00+00:00,101,101,101,101,8\n",
        "<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>\n"
            + "AAA.US,1,20260202,093000,100,102,99,101,7,0\n"
            + "AAA.US,1,20260202,093100,101,101,101,101,8,0\n",
        "Date,Time,Open,High,Low,Close,Volume\n" + "2026-02-02,09:30:00,100,102,99,101,7\n" + "2026-02-02,09:31:00,101,101,101,101,8\n",
        "t,o,h,l,c,v,n,vw\n" + "2026-02-02T14:30:00Z,100,102,99,101,7,1,100\n" + "2026-02-02T14:31:00Z,101,101,101,101,8,1,101\n",
        "symbol,timestamp,open,high,low,close,volume,trade_count,vwap\n"
            + "AAA,2026-02-02 14:30:00+00:00,100.0,102.0,99.0,101.0,7.0,1.0,100.5\n"
            + "AAA,2026-02-02 14:31:00+00:00,101.0,101.0,101.0,101.0,8.0,1.0,101.0\n",
        "date,open,high,low,close,volume,average,barCount\n"
            + "20260202  09:30:00,100,102,99,101,7,100,1\n"
            + "20260202  09:31:00,101,101,101,101,8,101,1\n",
        "date,open,high,low,close,volume\n"
            + "20260202 09:30:00 US/Eastern,100,102,99,101,7\n"
            + "20260202 09:31:00 America/New_York,101,101,101,101,8\n",
        "Date,Open,High,Low,Close,Volume,WAP,Count\n"
            + "20260202-14:30:00,100,102,99,101,7,100,1\n"
            + "20260202-14:31:00,101,101,101,101,8,101,1\n",
        ",open,high,low,close,volume\n"
            + "2026-02-02T09:30:00.000000000,100,102,99,101,7\n"
            + "2026-02-02T09:31:00.000000000,101,101,101,101,8\n",
        ",timestamp,open,high,low,close,volume\n" + "0,2026-02-02 09:30,100,102,99,101,7\n" + "1,2026-02-02 09:31,101,101,101,101,8\n",
        "time,open,high,low,close,Volume\n" + "1770042600,100,102,99,101,7\n" + "1770042660,101,101,101,101,8\n",
        "time,open,high,low,close,Volume\n" + "1770042600000,100,102,99,101,7\n" + "1770042660000,101,101,101,101,8\n",
        "\uFEFF\"Timestamp\";\"Open\";\"High\";\"Low\";\"Close\";\"Volume\"\r\n"
            + "\"2026-02-02 09:31:00\";\"101\";\"101\";\"101\";\"101\";\"8\"\r\n"
            + "\"2026-02-02 09:30:00\";100;102;99;101.00000000000001;7\r\n",
        "timestamp\topen\thigh\tlow\tclose\tvolume\n"
            + "2026-02-02T09:31:00-0500\t101\t101\t101\t101\t8\n"
            + "\n"
            + "2026-02-02T09:30:00-0500\t100\t102\t99\t101\t7",
    ];

    [Theory]
    [MemberData(nameof(Exports))]
    public void The_bars_of_common_exports_are_read(string text)
    {
        var file = Read(text);
        file.Problem.ShouldBeNull();
        file.LeftOut.ShouldBeNull();
        file.All.ShouldBe([
            new Bar("AAA", Monday.Open, TimeSpan.FromMinutes(1), 100, 102, 99, 101, 7),
            new Bar("AAA", Monday.Open.AddMinutes(1), TimeSpan.FromMinutes(1), 101, 101, 101, 101, 8),
        ]);
    }

    [Fact]
    public void A_file_of_another_encoding_is_read()
    {
        var path = Path.Combine(_folder.FullName, "AAA.csv");
        File.WriteAllText(path, Header + "2026-02-02 09:30:00,100,102,99,101,7\n2026-02-02 09:31:00,101,101,101,101,8\n", Encoding.Unicode);
        BarFile.Read(path, "AAA", new()).All.Count.ShouldBe(2);
    }

    /// <summary>A Monday in January, in New York midnight, UTC midnight, and as a date.</summary>
    [Theory]
    [InlineData("2025-01-13 05:00:00+00:00")] // Alpaca through pandas
    [InlineData("2025-01-13T05:00:00Z")]
    [InlineData("2025-01-13 00:00:00-05:00")] // yfinance
    [InlineData("2025-01-13 00:00:00")]
    [InlineData("2025-01-13T00:00:00Z")]
    [InlineData("2025-01-13 00:00:00+00:00")]
    [InlineData("20250113")] // Stooq, Interactive Brokers
    [InlineData("2025-01-13")]
    [InlineData("1736744400")] // its midnight in New York
    public void A_midnight_in_New_York_or_UTC_is_a_day(string stamp)
    {
        var file = Read($"timestamp,open,high,low,close,volume,trade_count,vwap\n{stamp},100,101,99,100,1200,10,100\n");
        file.IsDaily.ShouldBeTrue();
        file.LeftOut.ShouldBeNull();
        var session = TradingCalendar.Nyse.SessionOn(new(2025, 1, 13))!;
        file.All.ShouldHaveSingleItem().ShouldBe(new Bar("AAA", session.Open, session.Close - session.Open, 100, 101, 99, 100, 1200));
        file.Problem.ShouldNotBeNull().ShouldContain("has daily bars: they serve for backtests and as prior closes");
    }

    [Fact]
    public void Midnights_of_summer_and_winter_are_days_alike()
    {
        var file = Read(Header + "2025-07-14 04:00:00+00:00,100,101,99,100,1\n2025-07-15 04:00:00+00:00,100,101,99,100,1\n");
        file.All.Select(bar => bar.Start)
            .ShouldBe([TradingCalendar.Nyse.SessionOn(new(2025, 7, 14))!.Open, TradingCalendar.Nyse.SessionOn(new(2025, 7, 15))!.Open]);
    }

    [Fact]
    public void Weekly_bars_are_no_daily_ones()
    {
        var file = Read(Header + "2026-01-05,1,1,1,1,1\n2026-01-12,1,1,1,1,1\n2026-01-20,1,1,1,1,1\n");
        file.All.ShouldBeEmpty();
        file.Problem.ShouldNotBeNull().ShouldContain("weekly or monthly");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(15)]
    [InlineData(30)]
    public void Bars_are_as_long_as_the_most_common_gap_and_known_at_their_end(int minutes)
    {
        var starts = Enumerable.Range(0, 390 / minutes).Select(i => Monday.Open.AddMinutes(i * minutes)).ToList();
        starts.RemoveAt(4);
        var file = Read(Rows(starts));
        file.Problem.ShouldBeNull();
        file.Length.ShouldBe(TimeSpan.FromMinutes(minutes));
        file.All.Select(bar => bar.End).ShouldBe(starts.Select(start => start.AddMinutes(minutes)));
    }

    [Fact]
    public void Bars_of_an_hour_that_begin_at_half_past_end_an_hour_later_the_last_with_the_session()
    {
        var starts = Enumerable.Range(0, 7).Select(hour => Monday.Open.AddHours(hour)).ToList();
        var file = Read(Rows(starts));
        file.All.Select(bar => bar.End).ShouldBe([.. starts.Skip(1), Monday.Close]);
    }

    [Fact]
    public void Bars_of_an_hour_that_begin_at_the_hour_leave_a_short_one_at_the_open()
    {
        DateTimeOffset[] starts = [Monday.Open, .. Enumerable.Range(0, 6).Select(hour => Monday.Open.AddMinutes(30).AddHours(hour))];
        var file = Read(Rows(starts));
        file.LeftOut.ShouldBeNull();
        file.All.Select(bar => bar.End).ShouldBe([.. starts.Skip(1), Monday.Close]);
        // The first alone does not tell that it is short.
        Read(Rows(starts[..2])).Problem.ShouldNotBeNull().ShouldContain("do not show how long their bars are");
    }

    [Fact]
    public void A_row_alone_shows_no_length_which_can_be_declared()
    {
        Read(Rows([Monday.Open])).Problem.ShouldNotBeNull().ShouldContain("AutoTrader__Market__BarLength");
        var declared = Read(Rows([Monday.Open]), new() { BarLength = TimeSpan.FromMinutes(5) });
        declared.Problem.ShouldBeNull();
        declared.All.ShouldHaveSingleItem().End.ShouldBe(Monday.Open.AddMinutes(5));
    }

    [Fact]
    public void A_declared_length_is_held_against_the_rows()
    {
        var hourly = Rows(Enumerable.Range(0, 7).Select(hour => Monday.Open.AddHours(hour)));
        Read(hourly, new() { BarLength = TimeSpan.FromMinutes(1) })
            .Problem.ShouldBe("AAA.csv: no two of its rows are 1 minute apart, as AutoTrader__Market__BarLength declares");
        Read(hourly, new() { BarLength = TimeSpan.FromHours(1) }).Problem.ShouldBeNull();
    }

    [Fact]
    public void A_row_off_the_grid_of_the_bars_is_left_out_by_line()
    {
        var starts = Enumerable.Range(0, 30).Select(minute => Monday.Open.AddMinutes(minute)).ToList();
        starts[10] = starts[10].AddSeconds(30);
        var file = Read(Rows(starts));
        file.All.Count.ShouldBe(29);
        file.LeftOut.ShouldBe("AAA.csv: 1 of 30 rows are left out: line 12, timestamp: bars of 1 minute do not begin at 14:40:30 UTC");
    }

    [Fact]
    public void A_day_of_longer_bars_in_a_file_of_minutes_is_a_problem_on_that_day()
    {
        var tuesday = TradingCalendar.Nyse.NextSession(Monday.Open);
        var file = Read(
            Rows([
                .. Enumerable.Range(0, 390).Select(minute => Monday.Open.AddMinutes(minute)),
                .. Enumerable.Range(0, 78).Select(i => tuesday.Open.AddMinutes(5 * i)),
            ])
        );
        file.ProblemOn(Monday.Day).ShouldBeNull();
        file.ProblemOn(tuesday.Day)
            .ShouldNotBeNull()
            .ShouldStartWith(
                "AAA.csv: none of its 78 rows of 2026-02-03 can be used: line 392, timestamp: the day's rows are 5 minutes apart, in "
                    + "a file of bars of 1 minute"
            );
    }

    [Theory]
    [InlineData("03/02/2026 09:{0:00}")]
    [InlineData("2026-02-03 09:{0:00}", "x")]
    public void A_day_of_which_every_row_was_left_out_is_a_problem_on_that_day(string stamp, string close = "100")
    {
        var (tuesday, wednesday) = (new DateOnly(2026, 2, 3), new DateOnly(2026, 2, 4));
        string[] days =
        [
            string.Concat(Enumerable.Range(30, 5).Select(minute => $"2026-02-02 09:{minute},100,100,100,100,1\n")),
            string.Concat(
                Enumerable
                    .Range(30, 5)
                    .Select(minute => string.Format(CultureInfo.InvariantCulture, stamp, minute) + $",100,100,100,{close},1\n")
            ),
            string.Concat(Enumerable.Range(30, 5).Select(minute => $"2026-02-04 09:{minute},100,100,100,100,1\n")),
        ];
        foreach (var order in new[] { days, [.. days.Reverse()] })
        {
            var file = Read(Header + string.Concat(order));
            file.Problem.ShouldBeNull();
            file.ProblemOn(Monday.Day).ShouldBeNull();
            file.ProblemOn(tuesday).ShouldNotBeNull().ShouldStartWith("AAA.csv: none of its 5 rows of 2026-02-03 can be used: line 7, ");
            file.ProblemOn(wednesday).ShouldBeNull();
        }

        var last = Read(Header + days[0] + days[1]);
        last.ProblemOn(tuesday).ShouldNotBeNull();
    }

    [Fact]
    public void Times_of_another_clock_are_refused_with_what_to_change()
    {
        var times = Enumerable.Range(0, 390).Select(minute => Monday.Open.AddMinutes(minute));
        var utc = Header + string.Concat(times.Select(time => $"{time:yyyy-MM-dd HH:mm},1,1,1,1,1\n"));
        Read(utc)
            .Problem.ShouldBe(
                "AAA.csv: its times have no offset. As America/New_York times 300 of 390 lie outside the session, as Etc/UTC times none "
                    + "does: write the offset, or set AutoTrader__Market__TimeZone to Etc/UTC"
            );
        var file = Read(utc, new() { TimeZone = "Etc/UTC" });
        (file.Problem, file.All.Count, file.All[0].Start).ShouldBe((null, 390, Monday.Open));
    }

    [Fact]
    public void Times_that_are_the_ends_of_their_bars_are_refused()
    {
        Read(Rows(Enumerable.Range(1, 390).Select(minute => Monday.Open.AddMinutes(minute))))
            .Problem.ShouldNotBeNull()
            .ShouldContain("its rows carry the ends of their bars");
        // The first bar after the close is no sign of it.
        Read(Rows(Enumerable.Range(0, 391).Select(minute => Monday.Open.AddMinutes(minute)))).Problem.ShouldBeNull();
    }

    [Fact]
    public void What_lies_outside_sessions_is_counted_and_a_file_of_nothing_else_is_a_problem()
    {
        var night = Rows(Enumerable.Range(0, 60).Select(minute => Monday.Open.AddHours(-5).AddMinutes(minute)));
        Read(night).Problem.ShouldNotBeNull().ShouldContain("none of its 60 rows lies inside a regular session");
        var file = Read(night + Rows(Enumerable.Range(0, 60).Select(minute => Monday.Open.AddMinutes(minute)))[Header.Length..]);
        (file.Problem, file.LeftOut, file.Outside, file.All.Count).ShouldBe((null, null, 60, 60));
    }

    [Fact]
    public void A_bar_that_is_there_twice_counts_once_and_contradictions_do_not_count()
    {
        var file = Read(
            Rows(Enumerable.Range(0, 9).Select(minute => Monday.Open.AddMinutes(minute)))
                + "2026-02-02 09:31:00,100,100,100,100,1\n2026-02-02 09:33:00,100,105,100,105,1\n"
        );
        (file.Repeated, file.All.Count).ShouldBe((1, 8));
        file.LeftOut.ShouldNotBeNull()
            .ShouldContain("line 5, timestamp: two bars cover 2026-02-02 09:33 New York time, with different prices");
        file.LeftOut!.ShouldContain("line 12, timestamp: two bars cover");
    }

    [Fact]
    public void A_date_among_minutes_and_a_minute_among_dates_are_left_out()
    {
        var minutes = Rows(Enumerable.Range(0, 9).Select(minute => Monday.Open.AddMinutes(minute)));
        Read(minutes + "2026-02-03,100,100,100,100,1\n")
            .LeftOut.ShouldNotBeNull()
            .ShouldContain("line 11, timestamp: a date without a time of day among bars of minutes");
        Read(Header + "2026-01-29,1,1,1,1,1\n2026-01-30,1,1,1,1,1\n2026-02-01,1,1,1,1,1\n2026-02-02 10:00,1,1,1,1,1\n")
            .LeftOut.ShouldBe(
                "AAA.csv: 2 of 4 rows are left out: line 4, timestamp: there is no session on 2026-02-01; line 5, timestamp: a time of day "
                    + "among daily bars"
            );
    }

    [Fact]
    public void Flat_bars_without_volume_are_filler_where_the_file_has_volumes()
    {
        var filled = "2026-02-02 09:30,100,100,100,100,5\n2026-02-02 09:31,100,100,100,100,0\n2026-02-02 09:32,100,101,100,101,0\n";
        var file = Read(Header + filled);
        file.All.Select(bar => bar.Start).ShouldBe([Monday.Open, Monday.Open.AddMinutes(2)]);
        (file.Filler, file.LeftOut).ShouldBe((1, null));
        Read(Header + filled.Replace(",5\n", ",0\n", StringComparison.Ordinal)).All.Count.ShouldBe(3);
        Read(Header + filled.Replace(",5\n", ",-1\n", StringComparison.Ordinal)).All.Count.ShouldBe(3);
    }

    [Fact]
    public void Of_many_rows_that_were_left_out_the_first_are_told_and_all_are_counted() =>
        Read(Rows([Monday.Open, Monday.Open.AddMinutes(1)]) + string.Concat(Enumerable.Repeat("x,1,1,1,1,1\n", 500)))
            .LeftOut.ShouldNotBeNull()
            .ShouldEndWith("; and 497 more");

    /// <summary>Whatever is missing, in whatever order and form the rows are: every one is a bar or is counted, none is known before its
    /// end, and none ends after the next one begins.</summary>
    [Fact]
    public void Every_row_is_accounted_for_and_no_bar_is_known_too_early() =>
        Gen.Select(
                Gen.Int[0, Lengths.Length - 1].Select(i => Lengths[i]),
                Gen.Int[0, 9].Array[2, 390],
                Gen.Int[0, Forms.Length - 1].Select(i => Forms[i]),
                Gen.Bool
            )
            .Sample(
                (minutes, dice, form, reversed) =>
                {
                    var lines = new List<string>();
                    var session = Monday;
                    var start = session.Open;
                    foreach (var die in dice)
                    {
                        if (die != 0)
                        {
                            var local = TimeZoneInfo
                                .ConvertTime(start, TradingCalendar.Nyse.NewYork)
                                .ToString(form, CultureInfo.InvariantCulture);
                            lines.Add(die == 1 ? $"{local},100,100,x,100,1" : $"{local},100,100,100,100,1");
                        }

                        start = start.AddMinutes(minutes);
                        if (start >= session.Close)
                        {
                            session = TradingCalendar.Nyse.NextSession(start);
                            start = session.Open;
                        }
                    }

                    if (reversed)
                    {
                        lines.Reverse();
                    }

                    // Samples run beside each other.
                    var file = Read(Header + string.Join('\n', lines), name: Guid.NewGuid().ToString("N"));
                    var bad = lines.Count(line => line.Contains('x', StringComparison.Ordinal));
                    if (file.All.Count > 0)
                    {
                        // Rows may be so few that their gaps are of two bars: then they are known late, never early.
                        (file.Length.TotalMinutes % minutes).ShouldBe(0);
                        (file.All.Count + Left(file)).ShouldBe(lines.Count);
                        file.All.ShouldAllBe(bar =>
                            bar.End - bar.Start >= TimeSpan.FromMinutes(minutes)
                            || bar.End == TradingCalendar.Nyse.SessionAt(bar.Start)!.Close
                        );
                        file.All.Zip(file.All.Skip(1)).ShouldAllBe(pair => pair.First.End <= pair.Second.Start);
                    }
                    else
                    {
                        file.Problem.ShouldNotBeNull();
                    }

                    Left(file).ShouldBeGreaterThanOrEqualTo(bad);
                },
                iter: 300
            );

    private static int Left(BarFile file) => file.LeftOut is { } text ? int.Parse(text.Split(' ')[1], CultureInfo.InvariantCulture) : 0;

    private static string Rows(IEnumerable<DateTimeOffset> starts) =>
        Header
        + string.Concat(
            starts.Select(start =>
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{TimeZoneInfo.ConvertTime(start, TradingCalendar.Nyse.NewYork):yyyy-MM-dd HH:mm:ss},100,100,100,100,1\n"
                )
            )
        );

    private BarFile Read(string text, CsvMarketOptions? options = null, string name = "AAA")
    {
        var path = Path.Combine(_folder.FullName, name + ".csv");
        File.WriteAllText(path, text);
        return BarFile.Read(path, "AAA", options ?? new());
    }
}
