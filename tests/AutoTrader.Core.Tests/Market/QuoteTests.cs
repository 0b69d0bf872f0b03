using AutoTrader.Core.Market;

namespace AutoTrader.Core.Tests.Market;

/// <summary>docs/trading-rules.md, "Valid quotes": which quotes are believed, and when they confirm each other.</summary>
public sealed class QuoteTests
{
    private static readonly Session Session = TradingCalendar.Nyse.SessionOn(new(2026, 2, 3))!;
    private static readonly DateTimeOffset Noon = Session.Open.AddHours(2.5);
    private static readonly QuoteRules Rules = new();

    private static Quote Quote(decimal bid = 99.99m, decimal ask = 100.01m, DateTimeOffset? at = null, decimal? last = null) =>
        new("AAPL", bid, ask, at ?? Noon, last);

    private static string? Problem(Quote quote, DateTimeOffset? now = null) => Rules.Problem(quote, now ?? Noon, Session);

    [Fact]
    public void A_plain_quote_is_valid() => Problem(Quote()).ShouldBeNull();

    [Fact]
    public void The_mid_is_the_price() => Quote(100, 101).Mid.ShouldBe(100.5m);

    [Theory]
    [InlineData(0, 100)]
    [InlineData(-1, 100)]
    public void A_quote_without_a_bid_is_not_valid(decimal bid, decimal ask) => Problem(Quote(bid, ask)).ShouldBe("no bid");

    [Fact]
    public void A_quote_without_an_ask_is_not_valid() => Problem(Quote(100, 0)).ShouldBe("crossed");

    [Fact]
    public void A_crossed_quote_is_not_valid_but_a_locked_one_is()
    {
        Problem(Quote(100.01m, 100)).ShouldBe("crossed");
        Problem(Quote(100, 100)).ShouldBeNull();
    }

    [Fact]
    public void The_spread_is_at_most_one_percent_of_the_mid()
    {
        Problem(Quote(99.5m, 100.5m)).ShouldBeNull();
        Problem(Quote(99.49m, 100.5m)).ShouldBe("spread too wide");
    }

    [Fact]
    public void A_quote_of_another_session_is_not_valid() =>
        Problem(Quote(at: Session.Open.AddDays(-1).AddHours(2))).ShouldBe("not from this session");

    [Fact]
    public void A_quote_stamped_after_the_close_is_not_valid() =>
        Problem(Quote(at: Session.Close.AddSeconds(1)), Session.Close.AddSeconds(-1)).ShouldBe("not from this session");

    [Fact]
    public void The_first_fifteen_seconds_after_the_open_are_not_believed()
    {
        var now = Session.Open.AddSeconds(20);
        Problem(Quote(at: Session.Open.AddSeconds(14.999)), now).ShouldBe("not from this session");
        Problem(Quote(at: Session.Open.AddSeconds(15)), now).ShouldBeNull();
    }

    [Fact]
    public void A_quote_is_at_most_sixty_seconds_old()
    {
        Problem(Quote(at: Noon.AddSeconds(-60))).ShouldBeNull();
        Problem(Quote(at: Noon.AddSeconds(-60.001))).ShouldBe("too old");
        new QuoteRules { MaxQuoteAge = TimeSpan.FromMinutes(5) }
            .Problem(Quote(at: Noon.AddMinutes(-4)), Noon, Session)
            .ShouldBeNull("thin feeds may be given longer");
    }

    [Fact]
    public void A_quote_from_the_future_is_not_valid() => Problem(Quote(at: Noon.AddMinutes(1))).ShouldBe("from the future");

    [Theory]
    [InlineData("97.09", null)]
    [InlineData("97.08", "far from the last trade")]
    [InlineData("103.09", null)]
    [InlineData("103.10", "far from the last trade")]
    public void The_mid_is_within_three_percent_of_the_last_trade(string last, string? problem) =>
        Problem(Quote(last: decimal.Parse(last, System.Globalization.CultureInfo.InvariantCulture))).ShouldBe(problem);

    [Fact]
    public void One_quote_confirms_nothing()
    {
        var price = Book([], Quote()).Of("AAPL")!.Value;
        (price.Mid, price.ConfirmedHigh, price.ConfirmedLow).ShouldBe((100m, null, null));
    }

    [Fact]
    public void Two_quotes_in_a_row_confirm_what_both_reached()
    {
        var first = Book([], Quote(100, 100));
        var price = Book(first.Memory, Quote(102, 102, Noon.AddMinutes(1)), Noon.AddMinutes(1)).Of("AAPL")!.Value;
        (price.Mid, price.ConfirmedHigh, price.ConfirmedLow).ShouldBe((102m, 100m, 102m));
    }

    [Fact]
    public void The_same_quote_seen_twice_is_one()
    {
        var first = Book([], Quote());
        Book(first.Memory, Quote(), Noon.AddSeconds(30)).Of("AAPL")!.Value.ConfirmedHigh.ShouldBeNull();
    }

    [Fact]
    public void A_cycle_without_a_valid_quote_breaks_the_row()
    {
        var first = Book([], Quote());
        var gap = Book(first.Memory, Quote(bid: 0, at: Noon.AddMinutes(1)), Noon.AddMinutes(1));
        gap.Of("AAPL").ShouldBeNull();
        gap.Problems["AAPL"].ShouldBe("no bid");
        Book(gap.Memory, Quote(at: Noon.AddMinutes(2)), Noon.AddMinutes(2)).Of("AAPL")!.Value.ConfirmedHigh.ShouldBeNull();
    }

    [Fact]
    public void Yesterdays_quote_confirms_nothing_today()
    {
        var yesterday = TradingCalendar.Nyse.PreviousSession(Session.Open);
        var before = new Dictionary<string, QuoteState> { ["AAPL"] = new(100, yesterday.Close.AddSeconds(-10), 100, 50, Halted: true) };
        var now = Session.Open.AddSeconds(30);
        var book = Book(before, Quote(at: now), now);
        book.Of("AAPL")!.Value.Prior.ShouldBeNull();
        book.IsHalted("AAPL").ShouldBeFalse("a halt of yesterday is over");
    }

    [Fact]
    public void A_symbol_that_is_not_quoted_has_no_price() =>
        new QuoteBook(["MSFT"], Quotes(Quote()), Memory([]), Rules, Noon, Session).Of("MSFT").ShouldBeNull();

    [Fact]
    public void More_than_three_minutes_without_a_valid_quote_is_a_suspected_halt()
    {
        var last = Book([], Quote());
        Book(last.Memory, null, Noon.AddMinutes(3)).IsHalted("AAPL").ShouldBeFalse();
        Book(last.Memory, null, Noon.AddMinutes(3).AddSeconds(1)).IsHalted("AAPL").ShouldBeTrue();
    }

    [Fact]
    public void A_suspected_halt_ends_with_the_second_fresh_quote()
    {
        var halted = Book(Book([], Quote()).Memory, null, Noon.AddMinutes(4));
        var first = Book(halted.Memory, Quote(at: Noon.AddMinutes(5)), Noon.AddMinutes(5));
        first.IsHalted("AAPL").ShouldBeTrue();
        Book(first.Memory, Quote(at: Noon.AddMinutes(5)), Noon.AddMinutes(5.5))
            .IsHalted("AAPL")
            .ShouldBeTrue("the same quote is not a second one");
        Book(first.Memory, Quote(at: Noon.AddMinutes(6)), Noon.AddMinutes(6)).IsHalted("AAPL").ShouldBeFalse();
    }

    [Fact]
    public void A_symbol_that_never_had_a_quote_is_suspected_from_the_open_on()
    {
        Book([], null, Session.Open.AddMinutes(3)).IsHalted("AAPL").ShouldBeFalse();
        var halted = Book([], null, Session.Open.AddMinutes(4));
        halted.IsHalted("AAPL").ShouldBeTrue();
        Book(halted.Memory, Quote(at: Noon), Noon).IsHalted("AAPL").ShouldBeTrue("one quote does not end it");
    }

    [Fact]
    public void A_halt_from_the_open_ends_with_the_second_quote_though_yesterdays_is_remembered()
    {
        var yesterday = TradingCalendar.Nyse.PreviousSession(Session.Open);
        var last = new Dictionary<string, QuoteState> { ["AAPL"] = new(100, yesterday.Close.AddSeconds(-10), 100, 50, Halted: false) };
        var halted = Book(last, null, Session.Open.AddMinutes(4));
        halted.IsHalted("AAPL").ShouldBeTrue();
        var (first, second) = (Session.Open.AddMinutes(10), Session.Open.AddMinutes(11));
        var one = Book(halted.Memory, Quote(115, 115, first), first);
        one.IsHalted("AAPL").ShouldBeTrue("one print does not end it");
        Book(one.Memory, Quote(at: second), second).IsHalted("AAPL").ShouldBeFalse();
    }

    [Fact]
    public void Yesterdays_suspicion_is_over_at_the_open_and_todays_takes_three_minutes()
    {
        var yesterday = TradingCalendar.Nyse.PreviousSession(Session.Open);
        var last = new Dictionary<string, QuoteState> { ["AAPL"] = new(100, yesterday.Close.AddMinutes(-9), null, 0, Halted: true) };
        var book = Book(last, null, Session.Open);
        book.IsHalted("AAPL").ShouldBeFalse();
        book.Memory["AAPL"].Mid.ShouldBe(100, "the price is still the last that is known");
        book = Book(book.Memory, null, Session.Open.AddMinutes(3));
        book.IsHalted("AAPL").ShouldBeFalse();
        Book(book.Memory, null, Session.Open.AddMinutes(3).AddSeconds(16)).IsHalted("AAPL").ShouldBeTrue();
    }

    private static QuoteBook Book(IReadOnlyDictionary<string, QuoteState> memory, Quote? quote, DateTimeOffset? now = null) =>
        new(["AAPL"], Quotes(quote), memory, Rules, now ?? Noon, Session);

    private static QuoteBook Book(KeyValuePair<string, QuoteState>[] memory, Quote? quote, DateTimeOffset? now = null) =>
        Book(Memory(memory), quote, now);

    private static Dictionary<string, QuoteState> Memory(KeyValuePair<string, QuoteState>[] memory) => new(memory);

    private static Dictionary<string, Quote> Quotes(Quote? quote) => quote is null ? [] : new() { [quote.Symbol] = quote };
}
