using System.Text.RegularExpressions;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Portfolio;
using AutoTrader.Core.Risk;
using AutoTrader.Testing;

namespace AutoTrader.Core.Tests.Risk;

/// <summary>docs/trading-rules.md, "The pre-trade check": the check before the commit of every new order.</summary>
public sealed partial class PreTradeCheckTests
{
    private static readonly DateOnly Today = new(2026, 2, 3);

    /// <summary>A view in which every limit leaves ample room.</summary>
    private static readonly PreTradeView Ample = new()
    {
        Account = new(),
        Day = Today,
        Trades = 0,
        PositionQuantity = 0,
        OpenBuyQuantity = 0,
        BuyingPower = 1_000_000,
        Price = 10,
        Sellable = 0,
    };

    private static readonly RiskLimits Wide = new()
    {
        MaxPositionSize = 1_000_000,
        MaxPositionValue = 1_000_000,
        MaxOrderValue = 1_000_000,
        MaxDailyTrades = 1_000,
    };

    private static string? Refusal(OrderTerms terms, PreTradeView view) => PreTradeCheck.Check(terms, view)?.Code;

    private static PreTradeView With(RiskLimits limits) => Ample with { Account = new() { Limits = limits } };

    [Fact]
    public void The_limits_of_a_new_account_are_the_seeds()
    {
        var limits = new RiskLimits();
        (
            limits.MaxPositionSize,
            limits.MaxPositionValue,
            limits.MaxOrderValue,
            limits.MaxDailyLoss,
            limits.MaxDailyTrades,
            limits.AllowMargin
        ).ShouldBe((100m, 10_000m, 5_000m, 500m, 50, false));
    }

    [Fact]
    public void A_buy_within_every_limit_passes() => Refusal(Given.Buy(), Ample).ShouldBeNull();

    [Theory]
    [InlineData(100, null)]
    [InlineData(101, "MAX_POSITION_SIZE")]
    public void A_position_has_at_most_its_size(int quantity, string? code) => Refusal(Given.Buy(quantity), Ample).ShouldBe(code);

    [Theory]
    [InlineData(40, 50, null)]
    [InlineData(41, 50, "MAX_POSITION_SIZE")]
    [InlineData(40, 51, "MAX_POSITION_SIZE")]
    public void What_is_held_and_what_is_on_order_count_to_its_size(int held, int onOrder, string? code) =>
        Refusal(Given.Buy(), Ample with { PositionQuantity = held, OpenBuyQuantity = onOrder }).ShouldBe(code);

    [Theory]
    [InlineData("500", null)]
    [InlineData("500.01", "MAX_ORDER_VALUE")]
    public void An_order_has_at_most_its_value(string price, string? code) =>
        Refusal(Given.Buy(), Ample with { Price = Number(price) }).ShouldBe(code);

    [Theory]
    [InlineData(9_990, null)]
    [InlineData(9_991, "MAX_POSITION_VALUE")]
    public void A_position_has_at_most_its_value(int held, string? code) =>
        Refusal(Given.Buy(), With(Wide with { MaxPositionValue = 100_000 }) with { PositionQuantity = held }).ShouldBe(code);

    [Theory]
    [InlineData(49, null)]
    [InlineData(50, "DAILY_TRADE_LIMIT")]
    public void A_day_has_at_most_its_trades(int trades, string? code) =>
        Refusal(Given.Buy(), Ample with { Trades = trades }).ShouldBe(code);

    [Theory]
    [InlineData("100", null)]
    [InlineData("99.99", "BUYING_POWER")]
    [InlineData("-5", "BUYING_POWER")]
    public void A_buy_is_at_most_the_buying_power(string power, string? code) =>
        Refusal(Given.Buy(), Ample with { BuyingPower = Number(power) }).ShouldBe(code);

    [Fact]
    public void The_kill_switch_bars_buys() =>
        PreTradeCheck
            .Check(Given.Buy(), Ample with { Account = new() { KillSwitch = new("storm", Given.Now, "me") } })
            .ShouldSatisfyAllConditions(
                refusal => refusal!.Code.ShouldBe("KILL_SWITCH"),
                refusal => refusal!.Message.ShouldContain("storm")
            );

    [Fact]
    public void The_daily_loss_limit_bars_buys_for_the_day_and_no_longer()
    {
        var latched = Ample with { Account = new() { LossLatchedOn = Today } };
        Refusal(Given.Buy(), latched).ShouldBe("DAILY_LOSS_LIMIT");
        Refusal(Given.Buy(), latched with { Day = Today.AddDays(1) }).ShouldBeNull();
    }

    [Fact]
    public void The_first_limit_that_is_broken_is_the_one_named()
    {
        var all = new PreTradeView
        {
            Account = new() { KillSwitch = new("storm", Given.Now, "me"), LossLatchedOn = Today },
            Day = Today,
            Trades = 50,
            PositionQuantity = 100,
            OpenBuyQuantity = 0,
            BuyingPower = 0,
            Price = 1_000,
            Sellable = 0,
        };
        Refusal(Given.Buy(), all).ShouldBe("KILL_SWITCH");
        all = all with { Account = all.Account with { KillSwitch = null } };
        Refusal(Given.Buy(), all).ShouldBe("DAILY_LOSS_LIMIT");
        all = all with { Account = new() };
        Refusal(Given.Buy(), all).ShouldBe("DAILY_TRADE_LIMIT");
        all = all with { Trades = 0 };
        Refusal(Given.Buy(), all).ShouldBe("MAX_ORDER_VALUE");
        all = all with { Price = 400 };
        Refusal(Given.Buy(), all).ShouldBe("MAX_POSITION_SIZE");
        all = all with { PositionQuantity = 90 };
        Refusal(Given.Buy(), all).ShouldBe("MAX_POSITION_VALUE");
        all = all with { PositionQuantity = 0 };
        Refusal(Given.Buy(), all).ShouldBe("BUYING_POWER");
    }

    [Theory]
    [InlineData(10, null)]
    [InlineData(9, "INSUFFICIENT_SHARES")]
    [InlineData(0, "INSUFFICIENT_SHARES")]
    [InlineData(-3, "INSUFFICIENT_SHARES")]
    public void A_sell_passes_up_to_what_is_held_and_not_on_sale(int sellable, string? code) =>
        Refusal(Given.Sell(), Ample with { Sellable = sellable }).ShouldBe(code);

    [Fact]
    public void No_switch_and_no_limit_bars_a_sell() =>
        Refusal(
                Given.Sell(),
                new()
                {
                    Account = new() { KillSwitch = new("storm", Given.Now, "me"), LossLatchedOn = Today },
                    Day = Today,
                    Trades = 1_000,
                    PositionQuantity = 1_000_000,
                    OpenBuyQuantity = 1_000_000,
                    BuyingPower = -1,
                    Price = 1_000_000,
                    Sellable = 10,
                }
            )
            .ShouldBeNull();

    [Theory]
    [InlineData(1_000, 5_000, 300, 0, 700)] // cash less reserved buys
    [InlineData(1_000, 400, 300, 0, 400)] // the broker's figure, net of the buys it knows
    [InlineData(1_000, 600, 300, 300, 300)] // of which the unseen ones are subtracted
    [InlineData(1_000, 5_000, 300, 300, 700)] // an unseen one is reserved once
    public void Buying_power_is_the_lesser_of_free_cash_and_the_brokers(
        decimal cash,
        decimal broker,
        decimal reserved,
        decimal unseen,
        decimal power
    ) => PreTradeCheck.BuyingPower(new(), cash, broker, reserved, unseen).ShouldBe(power);

    [Fact]
    public void With_margin_buying_power_is_the_brokers_less_what_it_has_not_seen() =>
        PreTradeCheck.BuyingPower(new() { AllowMargin = true }, 1_000, 4_000, 300, 100).ShouldBe(3_900);

    [Fact]
    public void The_days_loss_is_realized_and_change_of_unrealized_and_fees()
    {
        var day = new TradingDay(Today, UnrealizedAtPriorClose: 200);
        day.Loss(new(Today, Realized: -300, Fees: 5, Trades: 1), unrealizedNow: 50).ShouldBe(455);
        day.Loss(new(Today, Realized: 300, Fees: 5, Trades: 1), unrealizedNow: 200).ShouldBe(-295);
    }

    [Fact]
    public void Tallies_of_one_day_add_up_and_an_older_day_counts_for_nothing()
    {
        var (left, right) = (new DayTally(Today, 1, 2, 3), new DayTally(Today, 10, 20, 30));
        DayTally.Sum(left, right).ShouldBe(new(Today, 11, 22, 33));
        DayTally.Sum(left, right with { Day = Today.AddDays(-1) }).ShouldBe(left);
        DayTally.Sum(null, right).ShouldBe(right);
        DayTally.Sum(left, null).ShouldBe(left);
    }

    private static decimal Number(string text) => decimal.Parse(text, System.Globalization.CultureInfo.InvariantCulture);

    [Fact]
    public void Every_reject_code_is_listed_in_the_rules()
    {
        var source = File.ReadAllText(Path.Combine(Repository.Top, "src", "AutoTrader.Core", "Risk", "PreTradeCheck.cs"));
        var codes = RejectCode().Matches(source).Select(match => match.Groups["code"].Value).Distinct(StringComparer.Ordinal).ToList();
        codes.Count.ShouldBeGreaterThan(15);
        var rules = File.ReadAllText(Path.Combine(Repository.Top, "docs", "trading-rules.md"));
        codes.Where(code => !rules.Contains($"`{code}`", StringComparison.Ordinal)).ShouldBeEmpty();
    }

    [GeneratedRegex(
        "\"(?<code>[A-Z]+(_[A-Z]+)+)\"",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking
    )]
    private static partial Regex RejectCode();
}
