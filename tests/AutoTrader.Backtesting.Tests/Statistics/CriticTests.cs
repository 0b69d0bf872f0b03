using AutoTrader.Backtesting.Results;
using AutoTrader.Backtesting.Statistics;
using AutoTrader.Core.Market;
using AutoTrader.Core.Portfolio;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Backtesting.Tests.Statistics;

/// <summary>What is said of a result before it is believed, against cases computed by hand.</summary>
public sealed class CriticTests : IDisposable
{
    private static readonly Session[] Days = [.. GeneratedMarket.Sessions(new(2026, 3, 2), 3)];

    private readonly GeneratedMarket _market = new();

    public void Dispose() => _market.Dispose();

    private static Bar Bar(Session day, int minute, decimal high, decimal low, decimal close) =>
        new("ONE", day.Open.AddMinutes(minute), TimeSpan.FromMinutes(1), close, high, low, close, 100);

    private static Dictionary<string, IReadOnlyList<Bar>> Prices(params Bar[] bars) => new(StringComparer.Ordinal) { ["ONE"] = bars };

    [Fact]
    public void Holding_is_followed_over_splits_and_days_without_a_bar()
    {
        var prices = Prices(Bar(Days[0], 0, 100, 100, 100), Bar(Days[0], 1, 110, 110, 110), Bar(Days[2], 0, 60, 60, 60));
        prices["TWO"] = [Bar(Days[1], 0, 50, 50, 50), Bar(Days[1], 1, 75, 75, 75)];
        // ONE: 1.1, 1.1, and 2*0.6 after the split of two for one. TWO: not bought yet, 1.5, 1.5.
        BuyAndHold
            .Growth(prices, [new("ONE", Days[2].Day, 2, 1)], [.. Days.Select(day => day.Close)])
            .ShouldBe([1.05, 1.3, 1.35], tolerance: 1e-12);
    }

    [Fact]
    public void Beta_and_alpha_are_those_of_the_regression()
    {
        // The account moves by half of the market and earns 0.1 % a session beside it: r = 0.001 + b/2.
        double[] market = [0.02, -0.01, 0.03, 0.00];
        var (growth, equity, worth, held) = (new List<double>(), new List<SessionEquity>(), 100_000m, 1.0);
        foreach (var move in market)
        {
            held *= 1 + move;
            worth *= (decimal)(1.001 + (move / 2));
            growth.Add(held);
            equity.Add(new(Days[0].Day, Days[0].Close, worth, worth));
        }

        var it = BuyAndHold.Of(100_000, equity, growth, peakCapital: 1_000)!;
        it.Beta!.Value.ShouldBe(0.5, 1e-9);
        it.AlphaPct!.Value.ShouldBe(25.2, 1e-6);
        it.ReturnPct.ShouldBe(100 * ((1.02 * 0.99 * 1.03) - 1), 1e-9);
        it.SameMoney.ShouldBe(40.09m);
        BuyAndHold.Of(100_000, equity, [1, 1, 1, 1], 0)!.Beta.ShouldBeNull();
        BuyAndHold.Of(100_000, [], [], 0).ShouldBeNull();
    }

    [Fact]
    public void Excursions_count_what_is_known_of_the_first_and_last_bars()
    {
        // Bought at 100 in the first bar, sold at 103 in the fourth.
        var prices = Prices(
            Bar(Days[0], 0, 109, 98, 101),
            Bar(Days[0], 1, 105, 99, 104),
            Bar(Days[0], 2, 104, 97, 100),
            Bar(Days[0], 3, 120, 90, 103)
        );
        var trade = new ClosedTrade("a", "ONE", 10, 100, 103, Days[0].Open.AddMinutes(1), Days[0].Open.AddMinutes(4), 30);
        var it = Excursions.Of([trade], prices, [])!;
        (it.AverageAdverse, it.LargestAdverse, it.AverageFavorable, it.LargestFavorable, it.AverageGivenBack).ShouldBe(
            (-30, -30, 50, 50, 20)
        );
        var later = trade with { SoldAt = Days[1].Open };
        Excursions.Of([later], prices, [new("ONE", Days[1].Day, 2, 1)]).ShouldBeNull();
        Excursions.Of([], prices, []).ShouldBeNull();
    }

    [Fact]
    public void A_coin_does_as_well_as_often_as_signs_allow()
    {
        // 3, 2 and -1 come to 4: of eight draws only 3+2+1 = 6 and 3+2-1 = 4 reach that.
        CoinTest.LuckPct([3, 2, -1]).ShouldBe(25);
        // One of 2^10.
        CoinTest.LuckPct([.. Enumerable.Repeat(1m, 10)])!.Value.ShouldBe(100.0 / 1024, 1e-12);
        CoinTest.LuckPct([1]).ShouldBeNull();
        CoinTest.LuckPct([1, -2]).ShouldBeNull();
        // 20 wins of 30: at least 20 heads of 30 have a probability of 4.94 %.
        CoinTest.LuckPct([.. Enumerable.Repeat(1m, 20), .. Enumerable.Repeat(-1m, 10)])!.Value.ShouldBe(4.94, 0.7);
    }

    [Fact]
    public async Task Still_prices_are_told_and_so_is_that_holding_was_better()
    {
        // It rises all day: a bracket sells what it should have kept. Then nothing moves for 61 bars.
        var lines = Enumerable
            .Range(0, 390)
            .Select(i => (At: Days[0].Open.AddMinutes(i), Price: 100 + (Math.Min(i, 329) * 0.05m)))
            .Select(it => FormattableString.Invariant($"{it.At:yyyy-MM-ddTHH:mm:ssZ},{it.Price},{it.Price},{it.Price},{it.Price},100"));
        await File.WriteAllLinesAsync(
            Path.Combine(_market.Folder, "ONE.csv"),
            ["timestamp,open,high,low,close,volume", .. lines],
            TestContext.Current.CancellationToken
        );
        var settings = new BacktestSettings
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
            Start = Days[0].Day,
            End = Days[0].Day,
            Market = new() { Directory = _market.Folder },
        };
        var run = await Backtest.RunAsync(settings);
        var result = BacktestResult.Of("12345678", Days[0].Close, settings, run, null);
        result.DataReport.ShouldContain("ONE does not move in 390 of 390 bars: filler, or too thin to trade.");
        result.Warnings.ShouldContain(it => it.StartsWith("Buying for the same money and holding", StringComparison.Ordinal));
        var parts = result.Breakdown!;
        parts.Months.ShouldHaveSingleItem().ShouldBe(new("2026-03", result.TotalReturn, result.TotalReturnPct));
        parts.Weeks.ShouldHaveSingleItem().ShouldBe(new("2026-03-02", result.TotalReturn, result.TotalReturnPct));
        parts.Symbols.ShouldHaveSingleItem().ShouldBe(new("ONE", 1, 1, result.TotalReturn));
        // Ten shares once, for less than they brought.
        result.TurnoverPct.ShouldBe(100 * result.Trades[0].Total / (100_000 + result.TotalReturn));
        var trade = parts.Exits.ShouldHaveSingleItem();
        (trade.Name, trade.Trades, trade.Winning, trade.Net).ShouldBe(("target", 1, 1, result.TotalReturn));
        parts.Hours.ShouldHaveSingleItem().Name.ShouldBe("09:00");
        parts.Open.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_is_left_open_is_marked_and_apart()
    {
        _market.Write("ONE", new(3), Days);
        var settings = new BacktestSettings
        {
            Strategies =
            [
                new()
                {
                    Id = "one",
                    Arm = "aaaaaaaa",
                    Symbol = "ONE",
                    StrategyType = StrategyType.TrailingStop,
                    Quantity = 10,
                    TrailingStopPct = 50,
                },
            ],
            Start = Days[0].Day,
            End = Days[^1].Day,
            Market = new() { Directory = _market.Folder },
        };
        var result = BacktestResult.Of("12345678", Days[0].Close, settings, await Backtest.RunAsync(settings), null);
        var open = result.Breakdown!.Open.ShouldHaveSingleItem();
        (open.StrategyId, open.Symbol, open.Quantity).ShouldBe(("one", "ONE", 10));
        open.Unrealized.ShouldBe(result.TotalReturn);
        result.TotalTrades.ShouldBe(0);
        result.BuyAndHold!.Beta!.Value.ShouldBeInRange(0.005, 0.02);
    }
}
