using AutoTrader.Core.Application;
using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Strategies;
using AutoTrader.Storage.Stores;

namespace AutoTrader.Core.Tests.Engine.Observe;

/// <summary>The broker knows better when the exchange trades: closures and hours that were announced, a halt of everything, the time. What
/// it does not answer is never taken for closed.</summary>
public class ExchangeTests
{
    private const string Mismatch = "CALENDAR_MISMATCH";
    private const string Closed = "EXCHANGE_CLOSED";
    private const string Skew = "CLOCK_SKEW";
    private static readonly DateOnly Tomorrow = EngineHarness.Day.AddDays(1);

    private static TradingCalendar Announced(DateOnly day, Session? session = null) =>
        TradingCalendar.Nyse.With(new Dictionary<DateOnly, Session?> { [day] = session });

    private static Session Until(int hour, int minute = 0) =>
        TradingCalendar.Nyse.SessionOf(EngineHarness.Day, new(9, 30), new(hour, minute));

    private static EngineHarness Start(DateTimeOffset? at = null)
    {
        var engine = new EngineHarness(at);
        engine.Price("AAPL", 100);
        engine.Broker.MarketPrice = _ => 100;
        return engine;
    }

    private static async Task<IReadOnlyList<string>> CodesAsync(EngineHarness engine) =>
        [.. (await engine.AttentionAsync()).Select(item => item.Code)];

    [Fact]
    public async Task On_a_day_that_the_broker_has_closed_nothing_is_bought_and_attention_names_it()
    {
        var engine = Start();
        engine.Broker.Calendar = Announced(EngineHarness.Day);
        await engine.AddAsync(TestStrategies.Trailing());
        await engine.TicksAsync(3);
        engine.Broker.Submissions.ShouldBeEmpty();
        (await engine.EngineStore.ListCyclesAsync("paper", 1, CancellationToken.None)).Cycles.Single().MarketOpen.ShouldBeFalse();
        var item = (await engine.AttentionAsync()).ShouldHaveSingleItem();
        (item.Code, item.Key).ShouldBe((Mismatch, "2026-02-03"));
        item.Message.ShouldContain("09:30 to 16:00");

        engine.GoTo(EngineHarness.At(9, 31).AddDays(1));
        await engine.TicksAsync(1);
        engine.Broker.Positions["AAPL"].ShouldBe(10);
        (await engine.AttentionAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Protection_is_kept_and_placed_on_a_day_that_the_broker_has_closed()
    {
        var engine = await EngineHarness.HoldingAsync(TestStrategies.Trailing());
        engine.GoTo(EngineHarness.At(10, 0).AddDays(1));
        engine.Broker.Calendar = Announced(Tomorrow);
        await engine.TicksAsync(2);
        engine.Covered.ShouldBe(10);
        engine.Broker.Cancels.ShouldBeEmpty();
        engine.Broker.End(engine.Broker.Open.Single().ClientOrderId, "expired");
        await engine.TicksAsync(2);
        engine.Covered.ShouldBe(10);
        engine.Broker.Positions["AAPL"].ShouldBe(10);
    }

    [Theory]
    [InlineData(10, 1)]
    [InlineData(15, 0)]
    public async Task Days_ahead_are_told_two_weeks_before(int days, int told)
    {
        var engine = Start();
        engine.Broker.Calendar = Announced(EngineHarness.Day.AddDays(days));
        await engine.TicksAsync(1);
        (await CodesAsync(engine)).Count(code => code == Mismatch).ShouldBe(told);
    }

    [Fact]
    public async Task An_early_close_that_only_the_broker_knows_ends_the_session()
    {
        var engine = Start(EngineHarness.At(12, 59, 30));
        engine.Broker.MarketPrice = null;
        engine.Broker.Calendar = Announced(EngineHarness.Day, Until(13));
        await engine.AddAsync(TestStrategies.Trailing());
        await engine.TicksAsync(1);
        var entry = (await engine.OrdersAsync()).ShouldHaveSingleItem();
        entry.SubmitBy.ShouldBe(EngineHarness.At(13, 0));
        (await engine.AttentionAsync()).ShouldHaveSingleItem().Message.ShouldContain("09:30 to 13:00");

        // What ends with its session has expired, and was not ended by someone else.
        engine.Broker.End(entry.ClientOrderId, "canceled");
        await engine.TicksAsync(2);
        engine.Broker.Submissions.ShouldHaveSingleItem();
        var strategy = await engine.StrategyAsync("s1");
        (strategy.Phase, strategy.PauseReason).ShouldBe((StrategyPhase.Pending, null));
    }

    [Fact]
    public async Task A_session_that_only_the_broker_has_is_told_and_not_traded()
    {
        var holiday = new DateOnly(2026, 2, 16);
        var engine = Start(EngineHarness.At(10, 0).AddDays(13));
        engine.Broker.Calendar = Announced(holiday, TradingCalendar.Nyse.SessionOf(holiday, new(9, 30), new(16, 0)));
        await engine.AddAsync(TestStrategies.Trailing());
        await engine.TicksAsync(3);
        engine.Broker.Submissions.ShouldBeEmpty();
        (await engine.AttentionAsync()).ShouldHaveSingleItem().Message.ShouldContain("Presidents' Day");
    }

    [Fact]
    public async Task The_calendar_is_asked_for_once_a_New_York_day()
    {
        var engine = Start(EngineHarness.At(23, 58));
        engine.Broker.Calendar = TradingCalendar.Nyse;
        await engine.TicksAsync(2);
        engine.Broker.CalendarReads.ShouldBe(1);
        await engine.TicksAsync(5);
        engine.Broker.CalendarReads.ShouldBe(2);
        (await engine.AttentionAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_calendar_that_does_not_come_closes_nothing_and_is_asked_for_again()
    {
        var engine = Start();
        engine.Broker.ExchangeFails = true;
        await engine.AddAsync(TestStrategies.Trailing());
        await engine.TicksAsync(2);
        engine.Broker.Positions["AAPL"].ShouldBe(10);
        engine.Broker.CalendarReads.ShouldBe(2);
        (await CodesAsync(engine)).ShouldContain("NO_ANSWER");
        engine.Broker.ExchangeFails = false;
        engine.Broker.Calendar = Announced(Tomorrow);
        await engine.TicksAsync(1);
        (await CodesAsync(engine)).ShouldBe([Mismatch]);
    }

    [Fact]
    public async Task What_was_read_the_day_before_stands_in_for_a_calendar_that_does_not_come()
    {
        var engine = Start();
        engine.Broker.Calendar = Announced(Tomorrow);
        await engine.TicksAsync(1);
        engine.GoTo(EngineHarness.At(10, 0).AddDays(1));
        engine.Broker.ExchangeFails = true;
        await engine.AddAsync(TestStrategies.Trailing());
        await engine.TicksAsync(2);
        engine.Broker.Submissions.ShouldBeEmpty();
        (await CodesAsync(engine)).ShouldBe(["NO_ANSWER", Mismatch], ignoreOrder: true);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4)]
    public async Task A_list_that_was_cut_off_closes_nothing(int sessions)
    {
        var engine = Start();
        engine.Broker.Sessions =
        [
            .. TradingCalendar.Nyse.Sessions(EngineHarness.Day.AddDays(-7), EngineHarness.Day.AddDays(14)).Take(sessions),
        ];
        await engine.AddAsync(TestStrategies.Trailing());
        await engine.TicksAsync(1);
        engine.Broker.Positions["AAPL"].ShouldBe(10);
        (await CodesAsync(engine)).ShouldBe(sessions == 0 ? ["NO_ANSWER"] : []);
    }

    [Fact]
    public async Task While_the_clock_says_closed_in_the_midst_of_the_session_nothing_is_bought_and_protection_stays()
    {
        var engine = await EngineHarness.HoldingAsync(TestStrategies.Trailing());
        engine.Price("IBM", 50);
        var isOpen = false;
        engine.Broker.ExchangeClock = () => new(engine.Clock.GetUtcNow(), isOpen);
        await engine.AddAsync(TestStrategies.Trailing("s2") with { Symbol = "IBM" });
        engine.Broker.End(engine.Broker.Open.Single().ClientOrderId, "expired");
        await engine.TicksAsync(3);
        engine.Broker.Positions.ShouldNotContainKey("IBM");
        engine.Covered.ShouldBe(10);
        (await CodesAsync(engine)).ShouldBe([Closed]);

        isOpen = true;
        await engine.TicksAsync(1);
        engine.Broker.Positions["IBM"].ShouldBe(10);
        (await engine.AttentionAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_closure_that_is_announced_in_the_morning_is_learned_when_the_clock_says_closed()
    {
        var engine = Start();
        engine.Broker.Calendar = TradingCalendar.Nyse;
        await engine.TicksAsync(1);
        engine.Broker.Calendar = Announced(EngineHarness.Day);
        engine.Broker.ExchangeClock = () => new(engine.Clock.GetUtcNow(), IsOpen: false);
        await engine.TicksAsync(1);
        (await CodesAsync(engine)).ShouldBe([Closed]);
        await engine.TicksAsync(3);
        (await CodesAsync(engine)).ShouldBe([Mismatch]);
        engine.Broker.CalendarReads.ShouldBe(2);
    }

    [Fact]
    public async Task An_entry_that_never_arrived_is_given_up_while_the_exchange_does_not_trade()
    {
        var engine = Start();
        engine.Options = engine.Options with { MaxIntentAge = TimeSpan.FromMinutes(10) };
        engine.Broker.BeforeSubmit = (_, _) => throw new TimeoutException("no answer");
        await engine.AddAsync(TestStrategies.Trailing());
        await engine.TicksAsync(1);
        engine.Broker.BeforeSubmit = null;
        engine.Broker.ExchangeClock = () => new(engine.Clock.GetUtcNow(), IsOpen: false);
        await engine.TicksAsync(4);
        engine.Broker.Submissions.ShouldBeEmpty();
        (await engine.OrdersAsync()).ShouldHaveSingleItem().Status.ShouldBe(OrderStatus.Abandoned);
    }

    [Fact]
    public async Task The_engines_status_and_the_calendar_for_schedules_go_by_what_the_broker_said()
    {
        var engine = Start();
        engine.Broker.Calendar = Announced(EngineHarness.Day);
        var commands = new CommandQueue(engine.Store, engine.Broker, engine.Engine(), new());
        var service = new EngineService(
            engine.Store,
            engine.EngineStore,
            engine.Lease,
            engine.Broker,
            engine.Engine(),
            commands,
            new(new MemoryAuditLog(), engine.Broker, engine.Clock),
            engine.Options,
            engine.Clock
        );
        (await service.StatusAsync(CancellationToken.None)).MarketOpen.ShouldBeTrue();
        await engine.TicksAsync(1);
        var status = await service.StatusAsync(CancellationToken.None);
        (status.MarketOpen, status.Session.Day).ShouldBe((false, Tomorrow));
        (await service.CalendarAsync(CancellationToken.None)).ShouldNotBeNull().SessionOn(EngineHarness.Day).ShouldBeNull();
    }

    [Theory]
    [InlineData(9, 30, 59)]
    [InlineData(15, 59, 1)]
    public async Task Within_a_minute_of_open_and_close_the_clock_may_say_what_it_likes(int hour, int minute, int second)
    {
        var engine = Start(EngineHarness.At(hour, minute, second));
        engine.Broker.ExchangeClock = () => new(engine.Clock.GetUtcNow(), IsOpen: false);
        await engine.AddAsync(TestStrategies.Trailing());
        await engine.TicksAsync(1);
        engine.Broker.Positions["AAPL"].ShouldBe(10);
        (await engine.AttentionAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_clock_that_does_not_answer_is_never_closed()
    {
        var engine = Start();
        engine.Broker.ExchangeClock = () => throw new TimeoutException("no answer");
        await engine.AddAsync(TestStrategies.Trailing());
        await engine.TicksAsync(1);
        engine.Broker.Positions["AAPL"].ShouldBe(10);
        (await CodesAsync(engine)).ShouldBe(["NO_ANSWER"]);
    }

    [Theory]
    [InlineData(-11, true)]
    [InlineData(-10, false)]
    [InlineData(10, false)]
    [InlineData(11, true)]
    public async Task Clocks_more_than_ten_seconds_apart_need_attention_until_they_agree(int seconds, bool isTold)
    {
        var engine = Start(EngineHarness.At(15, 58));
        engine.Broker.ExchangeClock = () => new(engine.Clock.GetUtcNow().AddSeconds(seconds), IsOpen: true);
        await engine.TicksAsync(1);
        (await CodesAsync(engine)).ShouldBe(isTold ? [Skew] : []);

        // Neither silence nor the close says that they agree.
        engine.Broker.ExchangeFails = true;
        await engine.TicksAsync(3);
        (await CodesAsync(engine)).Contains(Skew).ShouldBe(isTold);
        engine.GoTo(EngineHarness.At(10, 0).AddDays(1));
        engine.Broker.ExchangeFails = false;
        engine.Broker.ExchangeClock = () => new(engine.Clock.GetUtcNow(), IsOpen: true);
        await engine.TicksAsync(1);
        (await engine.AttentionAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task The_time_that_the_answer_took_is_no_difference()
    {
        var engine = Start();
        engine.Broker.ExchangeClock = () =>
        {
            var read = engine.Clock.GetUtcNow().AddSeconds(20);
            engine.Clock.Advance(TimeSpan.FromSeconds(30));
            return new(read, IsOpen: true);
        };
        await engine.TicksAsync(1);
        (await engine.AttentionAsync()).ShouldBeEmpty();
    }
}
