using AutoTrader.Core.Orders;
using AutoTrader.Core.Portfolio;
using CsCheck;

namespace AutoTrader.Core.Tests.Portfolio;

/// <summary>docs/trading-rules.md, "Ledger and cash": FIFO lots.</summary>
public sealed class HoldingTests
{
    private static readonly Holding Two = Buy(Buy(Holding.Empty, 10, 100), 10, 110);

    private static Holding Buy(Holding holding, decimal quantity, decimal price, decimal fee = 0) =>
        holding.Trade(OrderSide.Buy, quantity, price, fee, Given.Now).Holding;

    private static Holding Sell(Holding holding, decimal quantity, decimal price, decimal fee = 0) =>
        holding.Trade(OrderSide.Sell, quantity, price, fee, Given.Now).Holding;

    [Fact]
    public void A_sale_takes_the_oldest_shares_first()
    {
        var (holding, realized) = Two.Trade(OrderSide.Sell, 15, 120, 1, Given.Now);
        realized.ShouldBe((10 * 20) + (5 * 10));
        holding.Lots.ShouldBe([new Lot(5, 110, Given.Now)]);
        (holding.Quantity, holding.Cost, holding.Realized, holding.Fees).ShouldBe((5m, 550m, 250m, 1m));
    }

    [Fact]
    public void What_is_not_sold_is_valued_at_the_price() => Two.Unrealized(108).ShouldBe((10 * 8) - (10 * 2));

    [Fact]
    public void A_purchase_realises_nothing()
    {
        var (holding, realized) = Two.Trade(OrderSide.Buy, 1, 90, 0.5m, Given.Now);
        (realized, holding.Realized, holding.Fees, holding.Quantity).ShouldBe((0m, 0m, 0.5m, 21m));
    }

    [Fact]
    public void Shares_sold_beyond_what_was_held_are_short_until_a_purchase_covers_them()
    {
        var shorted = Sell(Buy(Holding.Empty, 10, 100), 12, 105);
        (shorted.Quantity, shorted.ShortQuantity, shorted.Lots.Count).ShouldBe((-2m, 2m, 0));

        var covered = Buy(shorted, 5, 104);
        (covered.Quantity, covered.ShortQuantity).ShouldBe((3m, 0m));
        covered.Lots.ShouldBe([new Lot(3, 104, Given.Now)]);
        covered.Realized.ShouldBe((10 * 5) + (2 * 1));
    }

    [Fact]
    public void A_bust_takes_the_trade_back()
    {
        Buy(Buy(Holding.Empty, 10, 100), -10, 100)
            .ShouldSatisfyAllConditions(holding => holding.Quantity.ShouldBe(0), holding => holding.Realized.ShouldBe(0));
        var resold = Sell(Sell(Buy(Holding.Empty, 10, 100), 10, 90), -10, 90);
        resold.Quantity.ShouldBe(10);
        (resold.Realized + resold.Unrealized(95)).ShouldBe(-50, "as if it had never been sold");
    }

    [Fact]
    public void A_split_scales_quantity_and_price_and_keeps_the_cost()
    {
        var split = Two.Split(1.5m);
        split.Quantity.ShouldBe(30);
        split.Cost.ShouldBe(Two.Cost, 0.0000001m);
        split.Lots[0].ShouldBe(new(15, 100 / 1.5m, Given.Now));
        Sell(Holding.Empty, 2, 10).Split(0.5m).ShortQuantity.ShouldBe(1);
    }

    [Fact]
    public void Merged_holdings_keep_the_order_of_purchase_and_the_sums()
    {
        var early = Holding.Empty.Trade(OrderSide.Buy, 1, 50, 1, Given.Now.AddDays(-1)).Holding;
        var merged = Two.Merge(early with { Realized = 7, LastSplit = new(2026, 1, 2) });
        merged.Lots.Select(lot => lot.Price).ShouldBe([50, 100, 110]);
        (merged.Realized, merged.Fees, merged.LastSplit).ShouldBe((7m, 1m, new DateOnly(2026, 1, 2)));
        (Two with { LastSplit = new(2026, 1, 3) })
            .Merge(early with { LastSplit = new(2026, 1, 2) })
            .LastSplit.ShouldBe(new DateOnly(2026, 1, 3));
        (Two with { LastSplit = new(2026, 1, 3) }).Merge(early).LastSplit.ShouldBe(new DateOnly(2026, 1, 3));
    }

    [Fact]
    public void The_days_tally_counts_a_buy_order_once_and_begins_anew_each_day()
    {
        var day = new DateOnly(2026, 2, 3);
        var holding = Holding.Empty.Tally(day, 0, 1, firstFillOfABuy: true).Tally(day, 25, 1, firstFillOfABuy: false);
        holding.Today.ShouldBe(new(day, 25, 2, 1));
        holding.Tally(day.AddDays(1), 3, 0, firstFillOfABuy: true).Today.ShouldBe(new(day.AddDays(1), 3, 0, 1));
        holding.Tally(day.AddDays(-1), 99, 99, firstFillOfABuy: true).ShouldBe(holding, "a late entry of an earlier day is not of today");
    }

    private static readonly Gen<(OrderSide Side, decimal Quantity, decimal Price)> AnyTrade =
        from buy in Gen.Bool
        from quantity in Gen.Int[1, 50]
        from cents in Gen.Int[1_000, 20_000]
        select (buy ? OrderSide.Buy : OrderSide.Sell, (decimal)quantity, cents / 100m);

    [Fact]
    public void Profit_is_cash_and_value_whatever_the_trades() =>
        Gen.Select(AnyTrade.List[0, 30], Gen.Int[1_000, 20_000])
            .Sample(
                (trades, cents) =>
                {
                    var price = cents / 100m;
                    var (holding, cash, quantity, realized) = (Holding.Empty, 0m, 0m, 0m);
                    foreach (var trade in trades)
                    {
                        (holding, var gained) = holding.Trade(trade.Side, trade.Quantity, trade.Price, 0, Given.Now);
                        var signed = trade.Side == OrderSide.Buy ? trade.Quantity : -trade.Quantity;
                        (cash, quantity, realized) = (cash - (signed * trade.Price), quantity + signed, realized + gained);
                    }

                    holding.Quantity.ShouldBe(quantity);
                    holding.Realized.ShouldBe(realized);
                    (holding.ShortQuantity == 0 || holding.Lots.IsEmpty).ShouldBeTrue("short or long, never both");
                    // Short shares have given their proceeds and cost nothing yet.
                    (holding.Realized + holding.Unrealized(price) - (holding.ShortQuantity * price)).ShouldBe(cash + (quantity * price));
                }
            );

    [Fact]
    public void A_bust_leaves_the_profit_as_if_the_trade_had_never_been() =>
        Gen.Select(AnyTrade.List[0, 10], AnyTrade, AnyTrade.List[0, 10])
            .Sample(
                (before, busted, after) =>
                {
                    Holding Play(bool withBusted)
                    {
                        var holding = Holding.Empty;
                        foreach (
                            var trade in withBusted
                                ? [.. before, busted, .. after, (busted.Side, -busted.Quantity, busted.Price)]
                                : before.Concat(after)
                        )
                        {
                            holding = holding.Trade(trade.Side, trade.Quantity, trade.Price, 0, Given.Now).Holding;
                        }

                        return holding;
                    }

                    var (with, without) = (Play(true), Play(false));
                    with.Quantity.ShouldBe(without.Quantity);
                    (with.Realized - with.Cost).ShouldBe(without.Realized - without.Cost);
                }
            );
}
