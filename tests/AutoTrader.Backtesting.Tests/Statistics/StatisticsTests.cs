using AutoTrader.Backtesting.Statistics;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Portfolio;

namespace AutoTrader.Backtesting.Tests.Statistics;

/// <summary>Every figure against a case that was computed by hand.</summary>
public sealed class StatisticsTests
{
    private static readonly DateOnly Monday = new(2026, 3, 2);
    private static readonly DateTimeOffset Start = new(2026, 3, 2, 15, 0, 0, TimeSpan.Zero);

    // Returns of +10 %, -10 %, +10 % and 0.
    private static readonly SessionEquity[] Account = [On(0, 110, 100), On(1, 99, 88), On(2, 108.9m, 99), On(4, 108.9m, 108)];

    private static SessionEquity On(int day, decimal equity, decimal? lowest = null) =>
        new(Monday.AddDays(day), Start.AddDays(day), equity, lowest ?? equity);

    private static ClosedTrade Trade(decimal pnl, int minutes = 1) =>
        new("a", "ONE", 1, 100, 100 + pnl, Start, Start.AddMinutes(minutes), pnl);

    [Fact]
    public void Returns_and_their_deviation_give_growth_and_ratios()
    {
        var it = EquityStatistics.Of(100, Account);
        it.TotalReturn.ShouldBe(8.9m);
        it.TotalReturnPct.ShouldBe(8.9m);
        it.Sharpe!.Value.ShouldBe(4.1450957, 1e-6);
        it.Sortino!.Value.ShouldBe(7.9372539, 1e-6);
        it.AnnualVolatilityPct!.Value.ShouldBe(151.98684, 1e-4);
        it.AnnualReturnPct!.Value.ShouldBe(21415.74679, 1e-3);
        // Five days of the calendar, from Monday to Friday.
        it.CagrPct!.Value.ShouldBe(50370.22283, 1e-2);
        it.Calmar!.Value.ShouldBe(50370.22283 / 10, 1e-3);
        it.ProbabilisticSharpe!.Value.ShouldBe(0.66409785, 1e-6);
        it.BestDayPct!.Value.ShouldBe(10, 1e-9);
        it.WorstDayPct!.Value.ShouldBe(-10, 1e-9);
        it.IsShort.ShouldBeTrue();
    }

    // Twelve sessions, by SciPy 1.10.1 (stats.tstd, skew, kurtosis, norm, linregress, gmean) and by finance-toolkit 0.5.4 of npm
    // (@railpath: Sharpe, Sortino, volatility, drawdown, beta, alpha), which agree to the twelfth digit where both have a figure.
    [Fact]
    public void Common_figures_are_those_of_independent_libraries()
    {
        decimal[] account = [100_850, 100_210, 101_940, 101_315, 99_870, 100_420, 102_660, 103_105, 101_980, 102_730, 104_215, 103_640];
        double[] market = [50.4, 50.1, 50.95, 50.3, 49.2, 49.6, 50.7, 51.15, 50.4, 50.9, 51.6, 51.25];
        SessionEquity[] equity = [.. account.Select((worth, day) => On(day, worth))];
        var it = EquityStatistics.Of(100_000, equity);
        it.AnnualVolatilityPct!.Value.ShouldBe(18.534042921613146, 1e-10);
        it.Sharpe!.Value.ShouldBe(4.141689849153561, 1e-10);
        it.Sortino!.Value.ShouldBe(8.070717828701175, 1e-10);
        it.ProbabilisticSharpe!.Value.ShouldBe(0.8078895979711964, 1e-10);
        it.AnnualReturnPct!.Value.ShouldBe(111.87293882128682, 1e-9);
        ((double)it.Drawdowns.MaxPct).ShouldBe(2.0306062389640965, 1e-12);
        it.Drawdowns.Deepest!.Depth.ShouldBe(2070);

        var held = BuyAndHold.Of(100_000, equity, [.. market.Select(price => price / 50)], peakCapital: 0)!;
        held.Beta!.Value.ShouldBe(0.8142964923045912, 1e-10);
        held.AlphaPct!.Value.ShouldBe(32.647225500168496, 1e-9);

        decimal[] profits = [120.5m, -48.2m, 33.0m, 0.0m, -75.4m, 61.1m];
        ProfitStatistics.Of([.. profits.Select(profit => Trade(profit))]).Sqn!.Value.ShouldBe(0.5154766498011507, 1e-12);
    }

    [Fact]
    public void A_drawdown_is_measured_from_the_peak_before_it_and_again_from_the_lows_of_bars()
    {
        var it = EquityStatistics.Of(100, [.. Account, On(7, 120), On(8, 114)]).Drawdowns;
        it.Deepest.ShouldBe(new(Monday, Monday.AddDays(1), Monday.AddDays(7), 11, 10, 3));
        it.MaxPct.ShouldBe(10);
        it.Max.ShouldBe(11);
        it.MaxPctFromLows.ShouldBe(20);
        it.AveragePct.ShouldBe(7.5m);
        it.Average.ShouldBe(8.5m);
        it.LongestSessions.ShouldBe(3);
    }

    [Fact]
    public void A_fall_below_the_initial_cash_has_no_session_as_its_peak() =>
        EquityStatistics.Of(100, [On(0, 95), On(1, 90)]).Drawdowns.Deepest.ShouldBe(new(null, Monday.AddDays(1), null, 10, 10, 2));

    [Fact]
    public void What_is_not_defined_is_null_and_neither_zero_nor_infinite()
    {
        var flat = EquityStatistics.Of(100, [On(0, 100), On(1, 100), On(2, 100)]);
        (flat.Sharpe, flat.Sortino, flat.Calmar, flat.ProbabilisticSharpe).ShouldBe((null, null, null, null));
        flat.AnnualVolatilityPct.ShouldBe(0);
        flat.Drawdowns.Deepest.ShouldBeNull();
        flat.Drawdowns.AveragePct.ShouldBeNull();

        var none = EquityStatistics.Of(100, []);
        (none.CagrPct, none.AnnualReturnPct, none.AnnualVolatilityPct, none.BestDayPct).ShouldBe((null, null, null, null));

        var trades = ProfitStatistics.Of([]);
        (trades.WinRatePct, trades.ProfitFactor, trades.Expectancy, trades.ExpectancyRatio, trades.AverageWin).ShouldBe(
            (null, null, null, null, null)
        );
        (trades.Sqn, trades.Held, trades.Best, trades.Worst).ShouldBe((null, null, null, null));
        ProfitStatistics.Of([Trade(5), Trade(6)]).ProfitFactor.ShouldBeNull();
        ProfitStatistics.Of([Trade(5), Trade(5)]).Sqn.ShouldBeNull();
    }

    [Fact]
    public void Trades_give_rates_averages_and_their_quality()
    {
        var it = ProfitStatistics.Of([Trade(10, 1), Trade(-5, 2), Trade(0, 3), Trade(15, 10)]);
        (it.Total, it.Winning, it.Draws, it.Losing).ShouldBe((4, 2, 1, 1));
        it.WinRatePct.ShouldBe(50);
        (it.AverageWin, it.AverageLoss).ShouldBe((12.5m, -5m));
        (it.Best, it.Worst).ShouldBe((15m, -5m));
        it.ProfitLossRatio.ShouldBe(2.5m);
        it.ProfitFactor.ShouldBe(5);
        it.Expectancy.ShouldBe(5);
        it.ExpectancyRatio.ShouldBe(0.75m);
        // The squares of 5, -10, -5 and 10 sum to 250: sd = sqrt(250/3).
        it.Sqn!.Value.ShouldBe(2 * 5 / Math.Sqrt(250.0 / 3), 1e-12);
        it.Held.ShouldBe(new(4, 2.5m, 10));
        it.WinnersHeld.ShouldBe(new(5.5m, 5.5m, 10));
        it.LosersHeld.ShouldBe(new(2, 2, 2));
    }

    [Fact]
    public void Runs_of_wins_and_losses_end_at_a_draw()
    {
        var it = ProfitStatistics.Of([Trade(1), Trade(1), Trade(0), Trade(1), Trade(-1), Trade(-1), Trade(-1), Trade(1)]);
        (it.ConsecutiveWins, it.ConsecutiveLosses).ShouldBe((2, 3));
    }

    [Fact]
    public void A_trade_bears_the_fees_of_its_purchase_and_its_sale()
    {
        Fill[] fills = [Fill("1", OrderSide.Buy, 10, 100, 1), Fill("2", OrderSide.Sell, 4, 110, 2), Fill("3", OrderSide.Sell, 6, 90, 3)];
        // A tenth of a dollar a share to buy: 4*(110 - 100 - 0.1) - 2, and 6*(90 - 100 - 0.1) - 3.
        ProfitStatistics.TradesOf(fills).Select(trade => trade.Pnl).ShouldBe([37.6m, -63.6m]);
    }

    private static Fill Fill(string id, OrderSide side, decimal quantity, decimal price, decimal fee) =>
        new()
        {
            ExecutionId = id,
            StrategyId = "a",
            Symbol = "ONE",
            Side = side,
            Quantity = quantity,
            Price = price,
            Fee = fee,
            At = Start.AddMinutes(id[0]),
            TradingDay = Monday,
        };
}
