using System.Text;
using AutoTrader.Core.Application;
using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Schedules;
using AutoTrader.Testing;
using AutoTrader.Yaml.Schedules;

namespace AutoTrader.Yaml.Tests.Schedules;

public sealed class SchedulesYamlReadTests
{
    private static readonly DateTimeOffset Now = ScheduleGen.Now;

    [Fact]
    public void Every_field_is_read()
    {
        const string text = """
            schedules:
            - id: buy-open
              name: Buy at the open
              task_type: order_place
              market: open+5m
              zone: America/Chicago
              trading_days_only: true
              start_at: 2026-02-01 00:00
              end_at: 2026-03-01T00:00:00Z
              max_runs: 7
              jitter_seconds: 30
              misfire: catch_up
              misfire_window: 90s
              enabled: no
              last_run: 2026-01-14T14:35:00+00:00
              next_run: 2026-01-15T14:35:00+00:00
              run_count: 3
              note: by hand
              task_data:
                symbol: aapl
                side: buy
                qty: '10'
                order_type: stop-limit
                time_in_force: gtc
                limit_price: '101.50'
                stop_price: 101
                reason: dip
            - {id: stop, task_type: strategy_stop, schedule_cron: '55 15 * * 1-5', task_data: {strategy_id: alpha}}
            - id: trail
              task_type: order_place
              schedule_at: 2026-02-13 09:30
              task_data: '{"symbol": "SPY", "side": "sell", "qty": 5, "order_type": "trailing_stop",
                "trail_percent": 2.5, "reason": "\ud83d\ude80"}'
            """;
        var import = SchedulesYaml.Read(Encoding.UTF8.GetBytes(text), Now);
        import.Problems.ShouldBeEmpty();
        import.Schedules.Select(it => it.Line).ShouldBe([2, 28, 29]);
        import
            .Schedules.Select(it => it.Schedule)
            .ShouldBe([
                new()
                {
                    Id = "buy-open",
                    Name = "Buy at the open",
                    Enabled = false,
                    Note = "by hand",
                    RunCount = 3,
                    CreatedAt = Now,
                    UpdatedAt = Now,
                    Misfire = Misfire.CatchUp,
                    MisfireWindow = TimeSpan.FromSeconds(90),
                    LastRun = Utc(1, 14, 14, 35),
                    NextRun = Utc(1, 15, 14, 35),
                    Spec = new()
                    {
                        Market = new(MarketEdge.Open, TimeSpan.FromMinutes(5)),
                        Zone = "America/Chicago",
                        TradingDaysOnly = true,
                        StartAt = Utc(2, 1, 6, 0),
                        EndAt = Utc(3, 1, 0, 0),
                        MaxRuns = 7,
                        JitterSeconds = 30,
                    },
                    Task = new(ScheduleAction.OrderPlace)
                    {
                        Reason = "dip",
                        Order = new()
                        {
                            Symbol = "AAPL",
                            Side = OrderSide.Buy,
                            Quantity = 10,
                            Type = OrderType.StopLimit,
                            TimeInForce = TimeInForce.Gtc,
                            LimitPrice = 101.5m,
                            StopPrice = 101,
                        },
                    },
                },
                new()
                {
                    Id = "stop",
                    Task = new(ScheduleAction.StrategyStop) { Target = "alpha" },
                    Spec = new() { Cron = "55 15 * * 1-5" },
                    CreatedAt = Now,
                    UpdatedAt = Now,
                },
                new()
                {
                    Id = "trail",
                    Spec = new() { At = Utc(2, 13, 14, 30) },
                    CreatedAt = Now,
                    UpdatedAt = Now,
                    Task = new(ScheduleAction.OrderPlace)
                    {
                        Reason = "\U0001F680",
                        Order = new()
                        {
                            Symbol = "SPY",
                            Side = OrderSide.Sell,
                            Quantity = 5,
                            Type = OrderType.TrailingStop,
                            TrailPercent = 2.5m,
                        },
                    },
                },
            ]);
    }

    [Theory]
    [InlineData("2026-02-13T09:30:00", "America/New_York", "2026-02-13T14:30:00Z", null)]
    [InlineData("2026-02-13T09:30", "Europe/Berlin", "2026-02-13T08:30:00Z", null)]
    [InlineData("2026-02-13 09:30:00 -08:00", "Europe/Berlin", "2026-02-13T17:30:00Z", null)]
    [InlineData("2026-02-13 09:30Z", "Europe/Berlin", "2026-02-13T09:30:00Z", null)]
    [InlineData("2026-02-13", "Europe/Berlin", "2026-02-13T08:30:00Z", null)]
    [InlineData("2026-03-08 02:30", "America/New_York", "2026-03-08T07:00:00Z", "clock_change")]
    [InlineData("2026-11-01 01:30", "America/New_York", "2026-11-01T05:30:00Z", "clock_change")]
    [InlineData("2026-11-01T01:30:00-05:00", "America/New_York", "2026-11-01T06:30:00Z", null)]
    public void A_time_with_offset_is_an_instant_and_one_without_is_local(string at, string zone, string expected, string? warning)
    {
        var import = SchedulesYaml.Read($"schedules:\n- {{id: a, task_type: notify, schedule_at: '{at}', zone: {zone}}}\n", Now);
        import
            .Schedules.ShouldHaveSingleItem()
            .Schedule.Spec.At.ShouldBe(DateTimeOffset.Parse(expected, System.Globalization.CultureInfo.InvariantCulture));
        import.Problems.Select(problem => problem.Code).ShouldBe(warning is null ? [] : [warning]);
    }

    [Fact]
    public void A_bound_that_is_a_day_includes_the_day_in_the_zone_of_the_schedule()
    {
        var import = SchedulesYaml.Read(
            "schedules:\n- {id: a, task_type: notify, market: open, start_at: 2026-02-13, end_at: 2026-02-13}\n",
            Now
        );
        var when = import.Schedules.ShouldHaveSingleItem().Schedule.Spec;
        (when.StartAt, when.EndAt).ShouldBe((Utc(2, 13, 5, 0), Utc(2, 14, 4, 59).AddSeconds(59)));
        import.Problems.ShouldBeEmpty();
        var tokyo = SchedulesYaml.Read(
            "schedules:\n- {id: a, task_type: notify, market: open, zone: Asia/Tokyo, end_at: 2026-02-13}\n",
            Now
        );
        tokyo.Schedules.ShouldHaveSingleItem().Schedule.Spec.EndAt.ShouldBe(Utc(2, 13, 14, 59).AddSeconds(59));
    }

    [Theory]
    [InlineData("task_type: notify\n  market: open", "id", "required", 2)]
    [InlineData("id: 'a b'\n  task_type: notify\n  market: open", "id", "malformed", 2)]
    [InlineData("id: a\n  market: open", "task_type", "required", 2)]
    [InlineData("id: a\n  task_type: dance\n  market: open", "task_type", "unknown_value", 3)]
    [InlineData("id: a\n  task_type: notify", "schedule_at", "required", 2)]
    [InlineData("id: a\n  task_type: notify\n  market: open\n  schedule_at: 2026-02-13", "schedule_at", "contradiction", 5)]
    [InlineData("id: a\n  task_type: notify\n  market: noon", "market", "malformed", 4)]
    [InlineData("id: a\n  task_type: notify\n  market: open+9h", "market", "out_of_range", 4)]
    [InlineData("id: a\n  task_type: notify\n  schedule_at: tomorrow", "schedule_at", "malformed", 4)]
    [InlineData("id: a\n  task_type: notify\n  schedule_cron: 99 * * * *", "schedule_cron", "malformed", 4)]
    [InlineData("id: a\n  task_type: notify\n  market: open\n  zone: Mars/Base", "zone", "malformed", 5)]
    [InlineData("id: a\n  task_type: notify\n  market: open\n  misfire: maybe", "misfire", "unknown_value", 5)]
    [InlineData("id: a\n  task_type: notify\n  market: open\n  misfire_window: 90", "misfire_window", "malformed", 5)]
    [InlineData("id: a\n  task_type: notify\n  market: open\n  misfire_window: 32d", "misfire_window", "out_of_range", 5)]
    [InlineData("id: a\n  task_type: notify\n  market: open\n  max_runs: 0", "max_runs", "out_of_range", 5)]
    [InlineData("id: a\n  task_type: notify\n  market: open\n  run_count: -1", "run_count", "out_of_range", 5)]
    [InlineData("id: a\n  task_type: notify\n  market: open\n  enabled: perhaps", "enabled", "malformed", 5)]
    [InlineData("id: a\n  task_type: notify\n  market: open\n  task_data: 5", "task_data", "wrong_kind", 5)]
    [InlineData("id: a\n  task_type: notify\n  market: open\n  task_data: [5]", "task_data", "wrong_kind", 5)]
    [InlineData("id: a\n  task_type: notify\n  market: open\n  task_data: '{oops'", "task_data", "not_json", 5)]
    [InlineData("id: a\n  task_type: notify\n  market: open\n  task_data: '{\"reason\": \"\\ud800\"}'", "task_data", "not_json", 5)]
    [InlineData("id: a\n  task_type: notify\n  market: open\n  task_data:\n    side: buy", "task_data.side", "contradiction", 6)]
    [InlineData("id: a\n  task_type: strategy_start\n  market: open", "task_data.strategy_id", "required", 2)]
    [InlineData("id: a\n  task_type: order_place\n  market: open", "task_data", "required", 2)]
    [InlineData(
        "id: a\n  task_type: order_place\n  market: open\n  task_data:\n    symbol: SPY\n    side: buy",
        "task_data.qty",
        "required",
        6
    )]
    [InlineData(
        "id: a\n  task_type: order_place\n  market: open\n  task_data:\n    symbol: SPY\n    side: buy\n    qty: '1.5'",
        "task_data.qty",
        "out_of_range",
        8
    )]
    [InlineData(
        "id: a\n  task_type: order_place\n  market: open\n  task_data:\n    symbol: SPY\n    side: hold\n    qty: 1",
        "task_data.side",
        "unknown_value",
        7
    )]
    public void A_bad_record_is_reported_by_field_and_line_and_costs_no_other(string record, string field, string code, int line)
    {
        var import = SchedulesYaml.Read($"schedules:\n- {record}\n- {{id: good, task_type: notify, market: close-10m}}\n", Now);
        import.Schedules.ShouldHaveSingleItem().Schedule.Id.ShouldBe("good");
        var problem = import.Problems.ShouldHaveSingleItem();
        (problem.Severity, problem.Field, problem.Code, problem.Line).ShouldBe((ImportSeverity.Error, field, code, line));
        problem.Fix.ShouldNotBeEmpty();
    }

    [Fact]
    public void The_second_of_two_with_one_id_is_left_out()
    {
        var import = SchedulesYaml.Read(
            "schedules:\n- {id: a, task_type: notify, market: open}\n- {id: a, task_type: notify, market: close}\n",
            Now
        );
        import.Schedules.ShouldHaveSingleItem().Schedule.Spec.Market!.Edge.ShouldBe(MarketEdge.Open);
        var problem = import.Problems.ShouldHaveSingleItem();
        (problem.Id, problem.Line, problem.Code).ShouldBe(("a", 3, "duplicate_id"));
    }

    [Fact]
    public void Unknown_fields_are_reported_and_ignored()
    {
        var import = SchedulesYaml.Read(
            "schedules:\n- id: a\n  task_type: notify\n  market: open\n  color: red\n  task_data: {message: hi, loud: true}\n",
            Now
        );
        import.Schedules.ShouldHaveSingleItem().Schedule.Task.Message.ShouldBe("hi");
        import
            .Problems.Select(it => (it.Severity, it.Field, it.Code, it.Line))
            .ShouldBe([
                (ImportSeverity.Warning, "color", "unknown_field", 5),
                (ImportSeverity.Warning, "task_data.loud", "unknown_field", 6),
            ]);
    }

    private static DateTimeOffset Utc(int month, int day, int hour, int minute) => new(2026, month, day, hour, minute, 0, TimeSpan.Zero);
}
