using AutoTrader.Backtesting.History;
using AutoTrader.Brokers.Alpaca;
using AutoTrader.Core.Market;
using AutoTrader.Core.Market.Indicators;
using AutoTrader.Core.Strategies;
using AutoTrader.Testing;
using Microsoft.Extensions.Time.Testing;

namespace AutoTrader.Backtesting.Tests.History;

/// <summary>Past bars over HTTP, kept in Parquet files.</summary>
public sealed class HistoryTests : IAsyncLifetime
{
    private static readonly DateOnly Start = new(2026, 1, 26);
    private static readonly DateOnly End = new(2026, 2, 6);
    private static readonly List<Session> Days = [.. TradingCalendar.Nyse.Sessions(Start, End)];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("autotrader-cache-");
    private FakeTimeProvider _clock = new(new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero));
    private HistoryServer _server = null!;
    private AlpacaHistory _history = null!;
    private BarCache _cache = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await HistoryServer.StartAsync();
        _history = AlpacaHistory.Open(_server.Configuration);
        _cache = new(_folder.FullName, _history.Feed);
        _server.Bars["1Min"] = [.. Days.SelectMany(day => PriceFiles.Minutes("ONE", day, i => PriceFiles.Around(100, i)))];
    }

    public async ValueTask DisposeAsync()
    {
        _history.Dispose();
        await _server.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    private IReadOnlyList<string> Files => [.. Directory.EnumerateFiles(_folder.FullName, "*", SearchOption.AllDirectories).Order()];

    private string Month(string month) => Path.Combine(_folder.FullName, "iex", "ONE", "1Min", month + ".parquet");

    private Task<FetchResult> FetchAsync(
        string timeframe = "1Min",
        bool refresh = false,
        IProgress<FetchProgress>? progress = null,
        CancellationToken cancellationToken = default
    ) => BarFetch.RunAsync(_history, _cache, new("ONE", timeframe, Start, End, refresh), _clock, progress, cancellationToken);

    private async Task<IReadOnlyList<Bar>> KeptAsync(string timeframe = "1Min")
    {
        using var folder = await PriceFolder.OfAsync(_cache, ["ONE"], timeframe, Start, End, _clock.GetUtcNow());
        var (prices, _) = await new BacktestData(folder.Options).PeriodAsync(["ONE"], Start, End);
        return prices["ONE"];
    }

    [Fact]
    public async Task Bars_are_fetched_to_the_last_page_and_kept_and_not_asked_for_again()
    {
        _server.PageLimit = 700;
        var result = await FetchAsync();
        (result.Sessions, result.SessionsFetched, result.Bars, result.Gaps.Count).ShouldBe((10, 10, 3900, 0));
        _server.BarRequests.Count().ShouldBe(3 + 3); // five sessions of January, five of February
        Files.Select(Path.GetFileName).ShouldBe(["2026-01.parquet", "2026-02.parquet", "splits.parquet"], ignoreOrder: true);
        (await KeptAsync()).ShouldBe(_server.Bars["1Min"]);

        var asked = _server.Requests.Count;
        (await FetchAsync()).SessionsFetched.ShouldBe(0);
        _server.Requests.Count.ShouldBe(asked);
    }

    [Fact]
    public async Task Bars_before_and_after_the_session_are_left_out()
    {
        _server.Bars["1Min"].Insert(0, new("ONE", Days[0].Open.AddMinutes(-1), TimeSpan.FromMinutes(1), 1, 1, 1, 1, 1));
        _server.Bars["1Min"].Add(new("ONE", Days[0].Close, TimeSpan.FromMinutes(1), 1, 1, 1, 1, 1));
        (await FetchAsync()).Bars.ShouldBe(3900);
    }

    [Fact]
    public async Task A_session_without_a_bar_is_a_known_gap()
    {
        _server.Bars["1Min"].RemoveAll(bar => TradingCalendar.Nyse.TradingDay(bar.Start) == Days[2].Day);
        (await FetchAsync()).Gaps.ShouldBe([Days[2].Day]);
        var asked = _server.Requests.Count;
        (await FetchAsync()).Gaps.ShouldBe([Days[2].Day]);
        _server.Requests.Count.ShouldBe(asked);
        (await KeptAsync()).Count.ShouldBe(9 * 390);
    }

    [Fact]
    public async Task A_month_without_a_bar_is_known_too()
    {
        _server.Bars.Clear();
        (await FetchAsync()).Gaps.Count.ShouldBe(10);
        var asked = _server.Requests.Count;
        await FetchAsync();
        _server.Requests.Count.ShouldBe(asked);
    }

    [Fact]
    public async Task The_last_days_are_asked_for_anew_until_they_do_not_change_any_more_and_a_correction_is_told()
    {
        _clock = new(Days[^1].Close.AddHours(1));
        await FetchAsync();
        var bars = _server.Bars["1Min"];
        bars[^1] = bars[^1] with { Close = 99.5m, Low = 99.5m };
        bars.RemoveAt(bars.Count - 3);

        _clock.Advance(TimeSpan.FromDays(2));
        var again = await FetchAsync();
        // Whose five days were over when they were first asked for, is not asked for again.
        again.SessionsFetched.ShouldBeInRange(1, 5);
        again.Notes.ShouldHaveSingleItem().ShouldStartWith("2 bars of ONE on 2026-02-06 were corrected since they were fetched");
        (await KeptAsync()).ShouldBe(bars);

        _clock.Advance(TimeSpan.FromDays(10));
        (await FetchAsync()).SessionsFetched.ShouldBeGreaterThan(0);
        var asked = _server.Requests.Count;
        (await FetchAsync()).SessionsFetched.ShouldBe(0);
        _server.Requests.Count.ShouldBe(asked);
    }

    [Fact]
    public async Task A_session_that_is_not_over_is_not_asked_for()
    {
        _clock = new(Days[^1].Open.AddHours(2));
        (await FetchAsync()).Sessions.ShouldBe(9);
        _server.BarRequests.ShouldAllBe(request => !request.Contains("2026-02-06", StringComparison.Ordinal));
        _clock = new(Days[0].Open);
        (await Should.ThrowAsync<BacktestRefusedException>(() => FetchAsync())).Message.ShouldContain("is over");
    }

    [Fact]
    public async Task Everything_is_asked_for_anew_when_that_is_wanted()
    {
        await FetchAsync();
        _server.Bars["1Min"][5] = _server.Bars["1Min"][5] with { High = 101 };
        (await FetchAsync()).Notes.ShouldBeEmpty();
        (await FetchAsync(refresh: true)).Notes.ShouldHaveSingleItem().ShouldStartWith("1 bars of ONE on 2026-01-26 were corrected");
    }

    [Fact]
    public async Task Splits_are_kept_with_the_days_they_were_asked_for_and_one_that_comes_later_is_told()
    {
        _server.Splits.Add(new("ONE", Days[3].Day, 3, 2));
        _clock = new(Days[^1].Close.AddHours(1));
        (await FetchAsync()).Splits.ShouldBe([new Split("ONE", Days[3].Day, 3, 2)]);
        _server.Splits.Clear();
        _server.Splits.Add(new("ONE", Days[5].Day, 1, 10));
        var again = await FetchAsync();
        again.Splits.ShouldBe([new Split("ONE", Days[5].Day, 1, 10)]);
        again.Notes.ShouldContain("The split 1:10 of ONE on 2026-02-02 was not known when its days were fetched.");
        again.Notes.ShouldContain("The split 3:2 of ONE on 2026-01-29 is withdrawn.");
        using var folder = await PriceFolder.OfAsync(_cache, ["ONE"], "1Min", Start, End, _clock.GetUtcNow());
        File.ReadAllLines(Path.Combine(folder.Options.Directory, "splits.csv")).ShouldBe(["symbol,date,ratio", "ONE,2026-02-02,1:10"]);
    }

    [Theory]
    [InlineData(0.1)]
    [InlineData(0.5)]
    [InlineData(0.9)]
    public async Task A_damaged_file_is_named_and_fetched_anew(double place)
    {
        await FetchAsync();
        var bytes = await File.ReadAllBytesAsync(Month("2026-01"), TestContext.Current.CancellationToken);
        bytes[(int)(place * bytes.Length)] ^= 0x40;
        await File.WriteAllBytesAsync(Month("2026-01"), bytes, TestContext.Current.CancellationToken);
        await ShouldBeMendedAsync();
    }

    [Theory]
    [InlineData("")]
    [InlineData("PAR1")]
    [InlineData("this is no such file, and long enough to be one")]
    public async Task A_file_that_is_none_is_named_and_fetched_anew(string content)
    {
        await FetchAsync();
        await File.WriteAllTextAsync(Month("2026-01"), content, TestContext.Current.CancellationToken);
        await ShouldBeMendedAsync();
    }

    private async Task ShouldBeMendedAsync()
    {
        var refused = await Should.ThrowAsync<BacktestRefusedException>(() => KeptAsync());
        refused.Message.ShouldContain("2026-01.parquet is damaged");
        refused.Message.ShouldContain("trader data fetch ONE --timeframe 1Min");
        var again = await FetchAsync();
        again.SessionsFetched.ShouldBe(5);
        again.Notes.ShouldHaveSingleItem().ShouldContain("2026-01.parquet is damaged");
        again.Notes[0].ShouldEndWith("it is fetched anew.");
        (await KeptAsync()).ShouldBe(_server.Bars["1Min"]);
    }

    [Fact]
    public async Task Without_the_network_what_was_fetched_is_enough_and_what_was_not_is_an_error()
    {
        _clock = new(Days[^1].Close.AddHours(1));
        await FetchAsync();
        await _server.DisposeAsync();
        var offline = await FetchAsync();
        offline.Bars.ShouldBe(3900);
        offline.Notes.ShouldHaveSingleItem().ShouldStartWith("The last days could not be asked for again");
        (await KeptAsync()).Count.ShouldBe(3900);

        File.Delete(Month("2026-02"));
        var failed = await Should.ThrowAsync<MarketHistoryException>(() => FetchAsync());
        failed.Message.ShouldContain("Alpaca gave no prices of ONE");
        var refused = await Should.ThrowAsync<BacktestRefusedException>(() => KeptAsync());
        refused.Message.ShouldStartWith("The 1Min bars of ONE (feed iex) were not fetched for 5 sessions, the first on 2026-02-02");
        refused.Message.ShouldContain("trader data fetch ONE --timeframe 1Min --start 2026-01-26 --end 2026-02-06");
    }

    [Fact]
    public async Task Requests_that_fail_in_passing_are_sent_again()
    {
        foreach (var status in (int[])[429, 500, 503])
        {
            _server.Failures.Enqueue(status);
        }

        (await FetchAsync()).Bars.ShouldBe(3900);
    }

    [Fact]
    public async Task A_key_that_is_not_accepted_is_said_and_never_shown()
    {
        var variables = _server.Configuration;
        variables["ALPACA_SECRET_KEY"] = "another-secret";
        using var history = AlpacaHistory.Open(variables);
        var failed = await Should.ThrowAsync<MarketHistoryException>(() =>
            BarFetch.RunAsync(history, _cache, new("ONE", "1Min", Start, End), _clock, null, default)
        );
        failed.Message.ShouldContain("the key was not accepted");
        failed.ToString().ShouldNotContain("another-secret");
        failed.ToString().ShouldNotContain(HistoryServer.Key);

        variables["ALPACA_API_KEY"] = "";
        Should.Throw<MarketHistoryException>(() => AlpacaHistory.Open(variables)).Message.ShouldContain("ALPACA_API_KEY");
    }

    [Fact]
    public async Task Stopped_in_the_middle_it_keeps_the_months_that_are_whole_and_goes_on_from_there()
    {
        using var stop = new CancellationTokenSource();
        _server.OnBars = requests =>
        {
            if (requests == 2)
            {
                stop.Cancel();
            }
        };
        var stopped = await FetchAsync(cancellationToken: stop.Token);
        stopped.Canceled.ShouldBeTrue();
        File.Exists(Month("2026-01")).ShouldBeTrue();
        File.Exists(Month("2026-02")).ShouldBeFalse();
        Files.ShouldAllBe(file => file.EndsWith(".parquet", StringComparison.Ordinal));

        _server.OnBars = null;
        (await FetchAsync()).SessionsFetched.ShouldBe(5);
        (await KeptAsync()).ShouldBe(_server.Bars["1Min"]);
    }

    [Fact]
    public async Task Progress_is_told_by_the_month()
    {
        var told = new Told();
        await FetchAsync(progress: told);
        told.All.ShouldBe([new("ONE", new(2026, 1, 1), 1, 2, 1950), new("ONE", new(2026, 2, 1), 2, 2, 3900)]);
    }

    [Fact]
    public async Task Feeds_are_kept_apart()
    {
        await FetchAsync();
        var settings = _server.Configuration;
        settings["ALPACA_DATA_FEED"] = "sip";
        using var sip = AlpacaHistory.Open(settings);
        var result = await BarFetch.RunAsync(sip, new(_folder.FullName, sip.Feed), new("ONE", "1Min", Start, End), _clock, null, default);
        (result.Feed, result.SessionsFetched).ShouldBe(("sip", 10));
        _server.BarRequests.Last().ShouldContain("feed=sip");
    }

    [Theory]
    [InlineData("5Min", 78)]
    [InlineData("15Min", 26)]
    [InlineData("1Hour", 7)]
    [InlineData("1Day", 1)]
    public async Task Every_length_is_what_the_minutes_make_of_it(string timeframe, int aDay)
    {
        var minutes = _server.Bars["1Min"];
        // The hours of Alpaca begin with the clock's: hours that begin with the session are made of its halves.
        var wire = timeframe == "1Hour" ? "30Min" : timeframe;
        _server.Bars[wire] = [.. Timeframe.Of(minutes, timeframe == "1Hour" ? TimeSpan.FromMinutes(30) : Timeframe.Lengths[timeframe])];
        (await FetchAsync(timeframe)).Bars.ShouldBe(10 * aDay);
        (await KeptAsync(timeframe)).ShouldBe(Timeframe.Of(minutes, Timeframe.Lengths[timeframe]));
    }

    [Fact]
    public async Task Shorter_bars_that_are_kept_decide_inside_the_longer_ones()
    {
        _server.Bars["1Min"] = [.. Days.SelectMany(day => PriceFiles.Minutes("ONE", day, i => i == 150 ? (100, 103)
                    : i == 160 ? (100, 98)
                    : PriceFiles.Around(100, i)))];
        _server.Bars["1Day"] = [.. Timeframe.Of(_server.Bars["1Min"], TimeSpan.FromDays(1))];
        await FetchAsync("1Day");
        (await SoldAsync()).ShouldBe((99, 1));
        await FetchAsync();
        (await SoldAsync()).ShouldBe((102, 0));

        async Task<(decimal, long)> SoldAsync()
        {
            using var folder = await PriceFolder.OfAsync(_cache, ["ONE"], "1Day", Start, End, _clock.GetUtcNow());
            var run = await Backtest.RunAsync(
                new()
                {
                    Strategies =
                    [
                        new()
                        {
                            Id = "one",
                            Arm = "aaaaaaaa",
                            Symbol = "ONE",
                            StrategyType = StrategyType.Bracket,
                            Quantity = 10,
                            TakeProfitPct = 2,
                            StopLossPct = 1,
                        },
                    ],
                    Start = Start,
                    End = End,
                    Market = folder.Options,
                }
            );
            return (run.Fills[1].Price, run.AmbiguousBars);
        }
    }

    [Fact]
    public async Task What_is_laid_out_goes_again()
    {
        await FetchAsync();
        string laidOut;
        using (var folder = await PriceFolder.OfAsync(_cache, ["ONE"], "1Min", Start, End, _clock.GetUtcNow()))
        {
            laidOut = folder.Options.Directory;
            File.Exists(Path.Combine(laidOut, "ONE.csv")).ShouldBeTrue();
            folder.Remarks.ShouldBe([
                "The 1Min bars of ONE are Alpaca's raw prices of its feed iex, one exchange with a few percent of the volume.",
            ]);
        }

        Directory.Exists(laidOut).ShouldBeFalse();
    }

    private sealed class Told : IProgress<FetchProgress>
    {
        public List<FetchProgress> All { get; } = [];

        public void Report(FetchProgress value) => All.Add(value);
    }
}
