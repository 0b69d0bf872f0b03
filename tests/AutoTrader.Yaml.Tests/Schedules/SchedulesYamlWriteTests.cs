using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Schedules;
using AutoTrader.Testing;
using AutoTrader.Yaml.Schedules;
using CsCheck;

namespace AutoTrader.Yaml.Tests.Schedules;

public sealed class SchedulesYamlWriteTests
{
    [Fact]
    public void What_is_written_is_read_the_same() =>
        ScheduleGen
            .Any.List[0, 4]
            .Sample(
                schedules =>
                {
                    var distinct = schedules.DistinctBy(schedule => schedule.Id, StringComparer.Ordinal).ToList();
                    distinct.ShouldAllBe(schedule => ScheduleValidation.Validate(schedule).Count == 0);
                    var import = SchedulesYaml.Read(SchedulesYaml.Write(distinct), ScheduleGen.Now);
                    import.Problems.ShouldBeEmpty();
                    import.Schedules.Select(it => it.Schedule).ShouldBe(distinct);
                },
                iter: 500
            );

    [Fact]
    public void What_is_not_set_is_left_out_and_decimals_are_text()
    {
        var order = new OrderTerms
        {
            Symbol = "ON",
            Side = OrderSide.Buy,
            Quantity = 10,
            Type = OrderType.Limit,
            LimitPrice = 70.10m,
        };
        var at = new DateTimeOffset(2026, 2, 13, 9, 30, 0, TimeSpan.FromHours(-5));
        SchedulesYaml
            .Write([
                new()
                {
                    Id = "0123",
                    Task = new(ScheduleAction.OrderPlace) { Order = order },
                    Spec = new() { At = at },
                    MisfireWindow = TimeSpan.FromMinutes(5),
                    Misfire = Misfire.FireOnce,
                },
                new()
                {
                    Id = "halt",
                    Task = new(ScheduleAction.KillSwitchOn),
                    Spec = new() { Market = new(MarketEdge.Close, TimeSpan.FromMinutes(-10)) },
                    MisfireWindow = Timeout.InfiniteTimeSpan,
                    Enabled = false,
                },
            ])
            .ShouldBe(
                """
                schedules:
                - id: '0123'
                  task_type: order_place
                  schedule_at: '2026-02-13T14:30:00+00:00'
                  zone: 'America/New_York'
                  misfire: fire_once
                  misfire_window: '5m'
                  enabled: true
                  run_count: 0
                  task_data:
                    symbol: 'ON'
                    side: buy
                    qty: '10'
                    order_type: limit
                    time_in_force: day
                    limit_price: '70.10'
                - id: halt
                  task_type: kill_switch_on
                  market: 'close-10m'
                  zone: 'America/New_York'
                  misfire_window: none
                  enabled: false
                  run_count: 0

                """
            );
    }

    [Fact]
    public void No_schedules_are_an_empty_list() => SchedulesYaml.Write([]).ShouldBe("schedules: []\n");
}
