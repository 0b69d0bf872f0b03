using AutoTrader.Core.Orders;
using AutoTrader.Core.Portfolio;
using CsCheck;

namespace AutoTrader.Core.Tests.Portfolio;

public sealed class TradeAnalysisTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 5, 14, 30, 0, TimeSpan.Zero);

    [Fact]
    public void Sales_close_the_oldest_lots_first()
    {
        var analysis = TradeAnalysis.Of([Buy(0, 10, 100), Buy(10, 10, 110), Sell(30, 15, 120)]);
        analysis
            .Trades.Select(trade => (trade.Quantity, trade.BuyPrice, trade.SellPrice, trade.Pnl, trade.HoldMinutes))
            .ShouldBe([(10, 100, 120, 200, 30), (5, 110, 120, 50, 20)]);
        analysis.OpenPositions.ShouldBe([new("SPY", 5, 110, 1)]);
        analysis.UnmatchedSellQty.ShouldBeEmpty();
    }

    [Fact]
    public void Statistics_are_those_of_the_original()
    {
        var statistics = TradeAnalysis
            .Of([
                Buy(0, 10, 100),
                Sell(60, 10, 110), // +100
                Buy(100, 10, 100),
                Sell(120, 10, 97), // -30
                Buy(200, 10, 100),
                Sell(240, 10, 102), // +20
                Buy(300, 10, 100),
                Sell(320, 10, 99), // -10
                Buy(400, 10, 100),
                Sell(460, 10, 100), // neither
            ])
            .Summary;
        statistics.ShouldBe(
            new()
            {
                Total = 5,
                Winning = 2,
                Losing = 2,
                WinRate = 40,
                GrossProfit = 120,
                GrossLoss = 40,
                Net = 80,
                ProfitFactor = 3,
                AvgWin = 60,
                AvgLoss = -20,
                LargestWin = 100,
                LargestLoss = -30,
                AvgHoldMinutes = 40,
            }
        );
    }

    [Fact]
    public void Without_losses_there_is_no_profit_factor_and_the_reason_is_told()
    {
        var summary = TradeAnalysis.Of([Buy(0, 1, 1), Sell(1, 1, 2)]).Summary;
        (summary.ProfitFactor, summary.ProfitFactorReason).ShouldBe((null, "There was no losing trade to divide by."));
        TradeAnalysis.Of([]).Summary.ProfitFactorReason.ShouldBe("There was no trade.");
    }

    [Fact]
    public void Ratios_have_at_most_four_decimals()
    {
        var summary = TradeAnalysis
            .Of([Buy(0, 1, 100), Sell(1, 1, 110), Buy(2, 1, 100), Sell(3, 1, 97), Buy(4, 1, 100), Sell(5, 1, 97)])
            .Summary;
        (summary.WinRate, summary.ProfitFactor).ShouldBe((33.3333m, 1.6667m));
    }

    [Fact]
    public void Without_fills_everything_is_zero()
    {
        var analysis = TradeAnalysis.Of([]);
        analysis.Summary.ShouldBe(new());
        analysis.OpenPositions.ShouldBeEmpty();
        analysis.PerSymbol.ShouldBeEmpty();
    }

    [Fact]
    public void What_was_sold_without_a_purchase_is_reported_per_symbol()
    {
        var analysis = TradeAnalysis.Of([Sell(0, 5, 10), Buy(1, 3, 10), Sell(2, 4, 11), Sell(3, 1, 20) with { Symbol = "QQQ" }]);
        analysis.UnmatchedSellQty.ShouldBe(new SortedDictionary<string, decimal>(StringComparer.Ordinal) { ["QQQ"] = 1, ["SPY"] = 6 });
        analysis.Summary.Total.ShouldBe(1);
        analysis.OpenPositions.ShouldBe([new("QQQ", 0, 0, 0), new("SPY", 0, 0, 0)]);
    }

    [Fact]
    public void Symbols_are_counted_apart()
    {
        var analysis = TradeAnalysis.Of([
            Buy(0, 1, 10),
            Buy(0, 1, 20) with
            {
                Symbol = "QQQ",
            },
            Sell(1, 1, 11),
            Sell(1, 1, 18) with
            {
                Symbol = "QQQ",
            },
        ]);
        analysis.PerSymbol["SPY"].Net.ShouldBe(1);
        analysis.PerSymbol["QQQ"].Net.ShouldBe(-2);
        analysis.Summary.Net.ShouldBe(-1);
        TradeAnalysis.Of(All(), symbol: "QQQ").Summary.Net.ShouldBe(-2);

        static IEnumerable<Fill> All() =>
            [Buy(0, 1, 10), Buy(0, 1, 20) with { Symbol = "QQQ" }, Sell(1, 1, 11), Sell(1, 1, 18) with { Symbol = "QQQ" }];
    }

    [Fact]
    public void A_strategy_does_not_sell_the_lots_of_another()
    {
        var analysis = TradeAnalysis.Of([
            Buy(0, 1, 10) with
            {
                StrategyId = "a",
            },
            Buy(1, 1, 20) with
            {
                StrategyId = "b",
            },
            Sell(2, 1, 25) with
            {
                StrategyId = "b",
            },
        ]);
        analysis.Summary.Net.ShouldBe(5);
        analysis.OpenPositions.ShouldBe([new("SPY", 1, 10, 1)]);
    }

    [Theory]
    [InlineData(7, 1)]
    [InlineData(3, 2)]
    [InlineData(1, 3)]
    public void A_split_changes_no_profit(int numerator, int denominator)
    {
        var ratio = (decimal)numerator / denominator;
        var before = TradeAnalysis.Of([Buy(0, 30, 100), Sell(10, 30, 105)]).Summary.Net;
        var analysis = TradeAnalysis.Of([Buy(0, 30, 100), SplitOf(5, ratio), Sell(10, 30 * ratio, 105 / ratio)]);
        Math.Abs(analysis.Summary.Net - before).ShouldBeLessThan(0.000000001m);
        analysis.OpenPositions.Single().Quantity.ShouldBe(0);
    }

    [Fact]
    public void Lots_on_both_sides_of_a_split_are_counted_in_new_shares()
    {
        var analysis = TradeAnalysis.Of([Buy(0, 10, 700), SplitOf(5, 7), Buy(6, 10, 95), Sell(10, 75, 101)]);
        analysis.Trades.Select(trade => (trade.Quantity, trade.BuyPrice, trade.Pnl)).ShouldBe([(70, 100, 70), (5, 95, 30)]);
        analysis.OpenPositions.ShouldBe([new("SPY", 5, 95, 1)]);
    }

    [Fact]
    public void A_split_in_the_middle_of_a_lot_scales_what_is_left_of_it()
    {
        var analysis = TradeAnalysis.Of([Buy(0, 10, 100), Sell(1, 4, 100), SplitOf(5, 2)]);
        analysis.OpenPositions.ShouldBe([new("SPY", 12, 50, 1)]);
    }

    [Fact]
    public void A_busted_execution_never_was()
    {
        var analysis = TradeAnalysis.Of([
            Buy(0, 10, 100),
            Buy(1, 5, 130) with
            {
                ClientOrderId = "wrong",
            },
            Buy(2, -5, 130) with
            {
                ClientOrderId = "wrong",
                Kind = FillKind.Correction,
            },
            Sell(3, 10, 101),
        ]);
        analysis.Trades.ShouldHaveSingleItem().Pnl.ShouldBe(10);
        analysis.OpenPositions.ShouldBe([new("SPY", 0, 0, 0)]);
    }

    [Fact]
    public void A_corrected_sale_counts_at_its_new_price()
    {
        var analysis = TradeAnalysis.Of([
            Buy(0, 10, 100),
            Sell(1, 10, 150),
            Sell(2, -10, 150) with
            {
                Kind = FillKind.Correction,
            },
            Sell(2, 10, 105) with
            {
                Kind = FillKind.Correction,
            },
        ]);
        analysis.Summary.Net.ShouldBe(50);
        analysis.Summary.Total.ShouldBe(1);
    }

    [Fact]
    public void An_execution_that_comes_twice_counts_once() =>
        TradeAnalysis.Of([Buy(0, 10, 100), Sell(1, 5, 101), Sell(1, 5, 101)]).Summary.Total.ShouldBe(1);

    [Fact]
    public void Since_restricts_what_was_closed_not_what_it_cost()
    {
        var analysis = TradeAnalysis.Of(
            [Buy(0, 2, 100) with { Fee = 1 }, Sell(10, 1, 110) with { Fee = 2 }, Sell(20, 1, 130) with { Fee = 4 }],
            since: Start.AddMinutes(15)
        );
        analysis.Summary.Net.ShouldBe(30);
        analysis.Fees.ShouldBe(4);
    }

    [Fact]
    public void Net_and_open_lots_are_those_of_the_ledger_in_any_order_of_the_fills() =>
        Gen.Select(Fills, Gen.Int)
            .Sample(
                (fills, seed) =>
                {
                    var holding = Holding.Empty;
                    foreach (var fill in fills)
                    {
                        holding =
                            fill.Kind == FillKind.Split
                                ? holding.Split(fill.Ratio)
                                : holding.Trade(fill.Side, fill.Quantity, fill.Price, fill.Fee, fill.At).Holding;
                    }

                    var shuffled = fills.ToArray();
                    new Random(seed).Shuffle(shuffled);
                    var analysis = TradeAnalysis.Of(shuffled);
                    Math.Abs(analysis.Summary.Net - holding.Realized).ShouldBeLessThan(0.0000001m);
                    Math.Abs(analysis.OpenPositions.Sum(open => open.Quantity * open.AvgCost) - holding.Cost).ShouldBeLessThan(0.0000001m);
                    analysis.OpenPositions.Sum(open => open.Quantity).ShouldBe(holding.Quantity);
                    analysis.Summary.Net.ShouldBe(analysis.Trades.Sum(trade => trade.Pnl));
                    analysis.Summary.Total.ShouldBeGreaterThanOrEqualTo(analysis.Summary.Winning + analysis.Summary.Losing);
                }
            );

    [Fact]
    public void The_export_has_the_columns_of_the_original()
    {
        var text = TradesCsv.Write([
            Buy(0, 10.50m, 100.10m) with
            {
                ExecutionId = "x1",
                ClientOrderId = "at-a-1",
            },
            SplitOf(5, 2),
            Sell(1, -1, 0.0001m) with
            {
                ExecutionId = "x2",
                Kind = FillKind.Correction,
                StrategyId = "a,\"b\"\n",
            },
        ]);
        text.ShouldBe(
            "id,order_id,symbol,side,quantity,price,total,status,rule_id,timestamp\r\n"
                + "x1,at-a-1,SPY,buy,10.5,100.1,1051.05,filled,s,2026-01-05T14:30:00Z\r\n"
                + "x2,,SPY,sell,-1,0.0001,-0.0001,corrected,\"a,\"\"b\"\"\n\",2026-01-05T14:31:00Z\r\n"
        );
    }

    /// <summary>Whole histories of one owner: never more sold than held, now and then a split.</summary>
    private static readonly Gen<List<Fill>> Fills = Gen.Select(Gen.Int[0, 9], Gen.Int[1, 100], Gen.Int[1, 100_000])
        .List[0, 40]
        .Select(steps =>
        {
            var fills = new List<Fill>();
            var held = 0m;
            for (var i = 0; i < steps.Count; i++)
            {
                var (kind, quantity, cents) = steps[i];
                if (kind == 9)
                {
                    fills.Add(SplitOf(i, quantity % 2 == 0 ? 2 : 0.5m));
                    held *= fills[^1].Ratio;
                }
                else if (kind < 5 || held < 1)
                {
                    fills.Add(Buy(i, quantity, cents / 100m));
                    held += quantity;
                }
                else
                {
                    fills.Add(Sell(i, Math.Min(quantity, Math.Floor(held)), cents / 100m));
                    held -= fills[^1].Quantity;
                }
            }

            return fills;
        });

    private static Fill Buy(int minute, decimal quantity, decimal price) => Trade(OrderSide.Buy, minute, quantity, price);

    private static Fill Sell(int minute, decimal quantity, decimal price) => Trade(OrderSide.Sell, minute, quantity, price);

    private static Fill SplitOf(int minute, decimal ratio) =>
        Trade(OrderSide.Buy, minute, 0, 0) with
        {
            Kind = FillKind.Split,
            Ratio = ratio,
        };

    private static Fill Trade(OrderSide side, int minute, decimal quantity, decimal price) =>
        new()
        {
            ExecutionId = FormattableString.Invariant($"{side}-{minute}-{quantity}-{price}"),
            StrategyId = "s",
            Symbol = "SPY",
            Side = side,
            Quantity = quantity,
            Price = price,
            At = Start.AddMinutes(minute),
            TradingDay = new(2026, 1, 5),
        };
}
