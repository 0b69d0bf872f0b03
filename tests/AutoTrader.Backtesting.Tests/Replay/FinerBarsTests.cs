using AutoTrader.Core.Market;
using AutoTrader.Core.Market.Indicators;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Backtesting.Tests.Replay;

/// <summary>A strategy that is tested on long bars, with shorter ones at hand.</summary>
public sealed class FinerBarsTests : IDisposable
{
    private static readonly Session Day = TradingCalendar.Nyse.SessionOn(new(2026, 3, 2))!;
    private static readonly Session Next = TradingCalendar.Nyse.NextSession(Day.Open);

    private readonly GeneratedMarket _market = new();

    public void Dispose() => _market.Dispose();

    // Up to 103 at one minute, down to 98 at another, 100 otherwise.
    private static List<Bar> Minutes(Session session, int up, int down) => [.. PriceFiles.Minutes("ONE", session, i => i == up ? (100, 103)
                : i == down ? (100, 98)
                : PriceFiles.Around(100, i))];

    private BacktestSettings Settings(DateOnly? end = null) =>
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
            Start = Day.Day,
            End = end ?? Day.Day,
            Market = new() { Directory = _market.Folder },
        };

    private void Write(IReadOnlyList<Bar> minutes, string length) =>
        PriceFiles.Write(_market.Folder, Timeframe.Of(minutes, Timeframe.Lengths[length]));

    private void WriteFiner(IReadOnlyList<Bar> minutes, string length = "1Min") =>
        PriceFiles.Write(Path.Combine(_market.Folder, length), Timeframe.Of(minutes, Timeframe.Lengths[length]));

    [Theory]
    [InlineData("1Hour", 150, 160, 102)]
    [InlineData("1Hour", 160, 150, 99)]
    [InlineData("15Min", 151, 160, 102)]
    [InlineData("1Day", 150, 160, 102)]
    [InlineData("1Day", 160, 150, 99)]
    public async Task Minutes_decide_whether_stop_or_target_came_first(string length, int up, int down, decimal price)
    {
        // Both lie in one bar of the length.
        var minutes = Minutes(Day, up, down);
        Write(minutes, length);
        var coarse = await Backtest.RunAsync(Settings());
        coarse.AmbiguousBars.ShouldBe(1);
        coarse.Fills[^1].Price.ShouldBe(99);

        WriteFiner(minutes);
        var run = await Backtest.RunAsync(Settings());
        run.AmbiguousBars.ShouldBe(0);
        run.Fills[1].Side.ShouldBe(OrderSide.Sell);
        run.Fills[1].Price.ShouldBe(price);
        run.DataHash.ShouldNotBe(coarse.DataHash);
        run.Data.ShouldHaveSingleItem().Remarks.ShouldContain(it => it.StartsWith("Inside ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Of_several_lengths_the_shortest_that_is_there_decides()
    {
        var minutes = Minutes(Day, 150, 160);
        Write(minutes, "1Hour");
        WriteFiner(minutes, "5Min");
        (await Backtest.RunAsync(Settings())).Fills[1].Price.ShouldBe(102);
        WriteFiner(Minutes(Day, 160, 150));
        (await Backtest.RunAsync(Settings())).Fills[1].Price.ShouldBe(99);
    }

    [Fact]
    public async Task A_strategy_sees_the_prices_of_its_own_bars_all_the_same()
    {
        // 106 stands for a few minutes in the middle of an hour: no hour ends there.
        var minutes = PriceFiles.Minutes("ONE", Day, i => PriceFiles.Around(i is > 100 and < 110 ? 106 : 100, i)).ToList();
        Write(minutes, "1Hour");
        WriteFiner(minutes);
        var settings = Settings();
        var above = settings.Strategies[0] with { EntryType = EntryType.Condition, EntryCondition = "above:105" };
        (await Backtest.RunAsync(settings with { Strategies = [above] })).Fills.ShouldBeEmpty();
        // On the minutes alone it buys.
        Write(minutes, "1Min");
        (await Backtest.RunAsync(settings with { Strategies = [above] })).Fills.ShouldNotBeEmpty();
    }

    [Fact]
    public async Task Where_there_are_no_shorter_bars_the_longer_ones_count()
    {
        // The position of the first day is sold by the minutes, that of the second by the ambiguous hour.
        List<Bar> minutes = [.. Minutes(Day, 150, 160), .. Minutes(Next, 150, 160)];
        Write(minutes, "1Hour");
        WriteFiner([.. minutes.Where(bar => bar.Start < Day.Close)]);
        var settings = Settings(Next.Day);
        var run = await Backtest.RunAsync(
            settings with
            {
                Strategies = [settings.Strategies[0] with { Repeat = true, CooldownMinutes = 300 }],
            }
        );
        run.Fills.Where(fill => fill.Side == OrderSide.Sell).Select(fill => fill.Price).ShouldBe([102, 99]);
        run.AmbiguousBars.ShouldBe(1);
    }

    [Fact]
    public async Task Shorter_bars_that_tell_other_prices_are_not_believed_and_told()
    {
        var minutes = Minutes(Day, 150, 160);
        Write(minutes, "1Hour");
        WriteFiner([
            .. minutes.Select(bar => bar with { High = bar.High / 2, Low = bar.Low / 2, Open = bar.Open / 2, Close = bar.Close / 2 }),
        ]);
        var run = await Backtest.RunAsync(Settings());
        run.AmbiguousBars.ShouldBe(1);
        run.Fills[1].Price.ShouldBe(99);
        run.Data[0].Remarks.ShouldContain("Inside 7 bars of ONE the shorter bars tell other prices; the longer ones count there.");
    }

    [Fact]
    public async Task A_day_that_ends_early_among_the_shorter_bars_is_played_on_the_longer_one()
    {
        var minutes = Minutes(Day, 350, 360);
        Write(minutes, "1Day");
        WriteFiner([.. minutes.Take(200)]);
        var run = await Backtest.RunAsync(Settings());
        run.Fills[1].Price.ShouldBe(99);
        run.AmbiguousBars.ShouldBe(1);
    }
}
