using AutoTrader.Backtesting.Optimization;
using AutoTrader.Backtesting.Results;
using AutoTrader.Core.Market;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Backtesting.Tests;

/// <summary>Data that cannot be trusted are refused, until somebody says that they are right; and those that can are not.</summary>
public sealed class DataTrustTests : IDisposable
{
    private static readonly List<Session> Days = GeneratedMarket.Sessions(new(2026, 3, 2), 2);

    private readonly GeneratedMarket _market = new();

    public void Dispose() => _market.Dispose();

    private static List<Bar> Minutes(Func<int, (decimal Open, decimal Close)>? second = null) =>
        [
            .. PriceFiles.Minutes("ONE", Days[0], i => PriceFiles.Around(100, i)),
            .. PriceFiles.Minutes("ONE", Days[1], second ?? (i => PriceFiles.Around(100, i))),
        ];

    private BacktestSettings Settings =>
        new()
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
                    TrailingStopPct = 5,
                },
            ],
            Start = Days[0].Day,
            End = Days[1].Day,
            Market = new() { Directory = _market.Folder },
        };

    private void Write(IReadOnlyList<Bar> bars) => PriceFiles.Write(_market.Folder, bars);

    private void WriteSplit() =>
        File.WriteAllText(Path.Combine(_market.Folder, "splits.csv"), $"symbol,date,ratio\nONE,{Days[1].Day:yyyy-MM-dd},2:1\n");

    private async Task ShouldBeRefusedAsync(string reason)
    {
        var refused = await Should.ThrowAsync<BacktestRefusedException>(() => Backtest.RunAsync(Settings));
        refused.Message.ShouldStartWith("ONE.csv cannot be trusted: ");
        refused.Message.ShouldContain(reason);
        refused.Message.ShouldContain("--accept-data");

        var settings = Settings with { AcceptData = true };
        var result = BacktestResult.Of("12345678", Days[1].Close, settings, await Backtest.RunAsync(settings), null);
        result.Warnings.ShouldContain(warning =>
            warning.StartsWith("The data were accepted although they cannot be trusted: ", StringComparison.Ordinal)
            && warning.Contains(reason, StringComparison.Ordinal)
        );
    }

    private async Task ShouldBeTrustedAsync() => (await Backtest.RunAsync(Settings)).Data.ShouldHaveSingleItem().Untrusted.ShouldBeEmpty();

    [Fact]
    public async Task Ordinary_bars_are_trusted()
    {
        Write(Minutes());
        await ShouldBeTrustedAsync();
    }

    [Fact]
    public async Task A_split_that_prices_do_not_show()
    {
        WriteSplit();
        Write(Minutes());
        await ShouldBeRefusedAsync("does not show in the prices: they are adjusted already");
        Write(Minutes(i => PriceFiles.Around(50, i)));
        await ShouldBeTrustedAsync();
    }

    [Fact]
    public async Task A_night_that_moves_prices_as_a_split_that_is_not_declared()
    {
        Write(Minutes(i => PriceFiles.Around(50, i)));
        await ShouldBeRefusedAsync("goes overnight from 100.01 to 50.00 on 2026-03-03, as in a split that splits.csv does not name");
        // A night of 13 % is one.
        Write(Minutes(i => PriceFiles.Around(87, i)));
        await ShouldBeTrustedAsync();
    }

    [Fact]
    public async Task Prices_that_are_no_cents_are_adjusted()
    {
        Write([.. Minutes().Select(bar => Scaled(bar, 0.98374m))]);
        await ShouldBeRefusedAsync("are no whole cents");
        // Binary numbers on the way leave their traces.
        Write([.. Minutes().Select(bar => Scaled(bar, 1.0000001m))]);
        await ShouldBeTrustedAsync();
    }

    [Fact]
    public async Task Filler_without_volumes_in_more_than_half_of_the_bars()
    {
        Write([
            .. Minutes(i => i % 10 == 0 ? PriceFiles.Around(100, i) : (100, 100)).Where(bar => bar.Start > Days[0].Close).Select(Empty),
        ]);
        await ShouldBeRefusedAsync("does not move in");
        Write([.. Minutes(i => i % 10 < 6 ? PriceFiles.Around(100, i) : (100, 100)).Where(bar => bar.Start > Days[0].Close).Select(Empty)]);
        await ShouldBeTrustedAsync();

        static Bar Empty(Bar bar) => bar with { Volume = 0 };
    }

    [Fact]
    public async Task Filler_with_volumes_in_more_than_half_of_the_bars_as_if_they_were_missing()
    {
        Write([
            .. Minutes().Select((bar, i) => i % 3 == 0 ? bar : bar with { High = 100, Low = 100, Close = 100, Open = 100, Volume = 0 }),
        ]);
        await ShouldBeRefusedAsync("has prices in 260 of 778 bars of its sessions");
        Write([
            .. Minutes().Select((bar, i) => i % 3 != 0 ? bar : bar with { High = 100, Low = 100, Close = 100, Open = 100, Volume = 0 }),
        ]);
        await ShouldBeTrustedAsync();
    }

    [Fact]
    public async Task A_day_that_the_data_end_in_the_middle_of_lacks_nothing()
    {
        Write([.. Minutes().Take(390 + 5)]);
        await ShouldBeTrustedAsync();
        Write([.. Minutes().Skip(300)]);
        await ShouldBeTrustedAsync();
    }

    [Fact]
    public async Task Bars_that_contradict_themselves()
    {
        Write([.. Minutes().Select((bar, i) => i % 50 == 7 ? bar with { Low = bar.High + 1 } : bar)]);
        await ShouldBeRefusedAsync("16 of 780 rows are left out: line 9, high: open and close must lie between low and high");
        Write([.. Minutes().Select((bar, i) => i % 150 == 7 ? bar with { Low = bar.High + 1 } : bar)]);
        await ShouldBeTrustedAsync();
    }

    [Fact]
    public async Task Two_lengths_in_one_file()
    {
        var minutes = Minutes();
        Write([.. minutes.Where((bar, i) => bar.Start < Days[0].Close || i % 5 == 0)]);
        await ShouldBeRefusedAsync("the day's rows are 5 minutes apart, in a file of bars of 1 minute");
    }

    [Fact]
    public async Task A_misprint()
    {
        Write([.. Minutes().Select((bar, i) => i == 100 ? bar with { Low = 60 } : bar)]);
        await ShouldBeRefusedAsync("reaches from 60.00 to 100.00 between 100.01 and 100.00: a misprint");
        // A fall stays.
        Write(Minutes(i => PriceFiles.Around(i < 200 ? 100 : 80, i)));
        await ShouldBeTrustedAsync();
    }

    [Fact]
    public async Task An_optimization_is_refused_before_anything_is_tried_and_tells_what_was_accepted()
    {
        Write(Minutes(i => PriceFiles.Around(50, i)));
        var settings = new OptimizationSettings
        {
            Space = ParameterSpace.Of(StrategyType.TrailingStop, [new("trailing_pct", (IReadOnlyList<decimal>)[1, 2])]),
            Symbol = "ONE",
            Backtest = Settings with { Strategies = [] },
            HoldOutPct = 0,
        };
        var refused = await Should.ThrowAsync<BacktestRefusedException>(() => Optimizer.RunAsync("12345678", settings));
        refused.Message.ShouldContain("--accept-data");
        var result = await Optimizer.RunAsync("12345678", settings with { Backtest = settings.Backtest with { AcceptData = true } });
        result.Warnings[0].ShouldStartWith("The data were accepted although they cannot be trusted: ");
    }

    private static Bar Scaled(Bar bar, decimal factor) =>
        bar with
        {
            Open = bar.Open * factor,
            High = bar.High * factor,
            Low = bar.Low * factor,
            Close = bar.Close * factor,
        };
}
