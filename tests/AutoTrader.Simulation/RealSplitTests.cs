using AutoTrader.Brokers.Paper;
using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Simulation;

/// <summary>The 7-for-1 split of Apple on 2014-06-09, on the real bars around it.</summary>
public sealed class RealSplitTests : IDisposable
{
    private static readonly DateOnly ExDate = new(2014, 6, 9);
    private static readonly DateTimeOffset Start = TradingCalendar.Nyse.SessionOn(new(2014, 6, 5))!.Open;
    private static readonly DateTimeOffset BeforeSplit = TradingCalendar.Nyse.SessionOn(new(2014, 6, 6))!.Close;
    private static readonly DateTimeOffset End = TradingCalendar.Nyse.SessionOn(ExDate)!.Close.AddMinutes(2);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("autotrader-split-");

    public void Dispose() => _folder.Delete(recursive: true);

    private async Task<SimulatedWeek> RunAsync(bool declared, SplitBehavior behavior, params Strategy[] strategies)
    {
        var data = SimulatedWeek.DataFolder("minute");
        if (data is null)
        {
            Assert.Skip("The recorded bars are not beside this clone.");
        }

        File.Copy(Path.Combine(data, "AAPL.csv"), Path.Combine(_folder.FullName, "AAPL.csv"));
        if (declared)
        {
            await File.WriteAllTextAsync(Path.Combine(_folder.FullName, "splits.csv"), "symbol,date,ratio\nAAPL,2014-06-09,7\n");
        }

        var week = new SimulatedWeek(_folder.FullName, Start, new() { SplitBehavior = behavior });
        await week.AddAsync(strategies);
        await week.RunAsync(End);
        return week;
    }

    private static Strategy Trailing() =>
        new()
        {
            Id = "trail",
            Symbol = "AAPL",
            StrategyType = StrategyType.TrailingStop,
            Quantity = 5,
            TrailingStopPct = 5,
            AllowSharedSymbol = true,
            Arm = "aaaaaaaa",
        };

    private static Strategy Bracket() =>
        new()
        {
            Id = "bracket",
            Symbol = "AAPL",
            StrategyType = StrategyType.Bracket,
            Quantity = 2,
            TakeProfitPct = 20,
            StopLossPct = 10,
            AllowSharedSymbol = true,
            Arm = "bbbbbbbb",
        };

    [Theory]
    [InlineData(SplitBehavior.Alpaca, 35, 14)]
    [InlineData(SplitBehavior.Ignored, 5, 2)]
    public async Task A_declared_split_triggers_no_exit(SplitBehavior behavior, decimal trailing, decimal bracket)
    {
        var week = await RunAsync(declared: true, behavior, Trailing(), Bracket());

        (await week.FillsAsync()).ShouldNotContain(fill => fill.Kind == FillKind.Trade && fill.Side == OrderSide.Sell);
        var strategies = (await week.StrategiesAsync()).ToDictionary(strategy => strategy.Id);
        strategies["trail"].Holding.Quantity.ShouldBe(trailing);
        strategies["bracket"].Holding.Quantity.ShouldBe(bracket);
        if (behavior == SplitBehavior.Alpaca)
        {
            (await week.AttentionAsync()).ShouldBeEmpty();
            strategies["trail"].EffectiveStop!.Value.ShouldBeInRange(85, 95);
        }
        else
        {
            (await week.AttentionAsync()).ShouldContain(item => item.Code == "SYMBOL_HELD");
        }
    }

    [Fact]
    public async Task Undeclared_what_rests_at_the_broker_fires_as_it_really_would_and_the_engine_freezes()
    {
        var buyer = new Strategy
        {
            Id = "buyer",
            Symbol = "AAPL",
            StrategyType = StrategyType.TrailingStop,
            Quantity = 1,
            TrailingStopPct = 5,
            EntryType = EntryType.Condition,
            EntryCondition = "below:600",
            AllowSharedSymbol = true,
            Arm = "cccccccc",
        };
        var week = await RunAsync(declared: false, SplitBehavior.Ignored, Bracket(), buyer);

        var fills = await week.FillsAsync();
        fills.ShouldContain(fill => fill.StrategyId == "bracket" && fill.Side == OrderSide.Sell && fill.Price < 100);
        fills.Where(fill => fill.Side == OrderSide.Buy).ShouldAllBe(fill => fill.At < BeforeSplit);
        week.AttentionSeen.ShouldContain("SYMBOL_HELD");
    }
}
