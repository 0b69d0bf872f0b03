using AutoTrader.Core.Strategies;
using AutoTrader.Testing;
using AutoTrader.Yaml.Strategies;
using CsCheck;

namespace AutoTrader.Yaml.Tests.Strategies;

public sealed class StrategiesYamlWriteTests
{
    [Fact]
    public void What_is_written_is_read_the_same() =>
        StrategyGen
            .Any.List[0, 4]
            .Sample(
                strategies =>
                {
                    var distinct = strategies.DistinctBy(strategy => strategy.Id, StringComparer.Ordinal).ToList();
                    var import = StrategiesYaml.Read(StrategiesYaml.Write(distinct), StrategyGen.Now, () => "aaaaaaaa");
                    import.HasErrors.ShouldBeFalse(string.Join('\n', import.Problems));
                    import.Strategies.Select(it => it.Strategy).ShouldBe(distinct);
                },
                iter: 300
            );

    [Fact]
    public void The_original_s_fields_come_first_in_its_order_and_ours_only_where_they_differ()
    {
        StrategiesYaml
            .Write([StrategyGen.Trailing("12345678")])
            .ShouldBe(
                """
                strategies:
                - symbol: SPY
                  strategy_type: trailing_stop
                  quantity: 10
                  id: '12345678'
                  phase: pending
                  enabled: true
                  entry_type: market
                  entry_price: null
                  entry_condition: null
                  trailing_stop_pct: '5'
                  pullback_pct: null
                  pullback_reference_price: null
                  take_profit_pct: null
                  stop_loss_pct: null
                  scale_targets: null
                  grid_config: null
                  entry_order_id: null
                  entry_fill_price: null
                  high_watermark: null
                  exit_order_ids: []
                  scale_state: null
                  grid_state: null
                  schedule_at: null
                  schedule_enabled: false
                  created_at: '2026-01-15T15:00:00+00:00'
                  updated_at: '2026-01-15T15:00:00+00:00'
                  notes: null

                """
            );
        var text = StrategiesYaml.Write([
            StrategyGen.Trailing(symbol: "ON") with
            {
                Repeat = true,
                CooldownMinutes = 5,
                AllowSharedSymbol = true,
                OnUnprotected = OnUnprotected.Retry,
                ScheduleCron = "35 9 * * 1-5",
            },
        ]);
        text.ShouldStartWith("strategies:\n- symbol: 'ON'\n");
        text.ShouldEndWith(
            "  notes: null\n  schedule_cron: '35 9 * * 1-5'\n  repeat: true\n  cooldown_minutes: 5\n  allow_shared_symbol: true\n  "
                + "on_unprotected: retry\n"
        );
    }

    [Fact]
    public void No_strategies_are_an_empty_list() => StrategiesYaml.Write([]).ShouldBe("strategies: []\n");

    [Fact]
    public void A_running_strategy_that_was_written_is_not_taken_over_elsewhere()
    {
        var running = StrategyGen.Trailing() with
        {
            Phase = StrategyPhase.PositionOpen,
            EntryFillPrice = 100,
            EnteredQuantity = 10,
            HighWatermark = 101,
        };
        var import = StrategiesYaml.Read(StrategiesYaml.Write([running]), StrategyGen.Now);
        import
            .Strategies.Single()
            .Strategy.ShouldSatisfyAllConditions(it => it.Enabled.ShouldBeFalse(), it => it.Phase.ShouldBe(StrategyPhase.Pending));
        import.Problems.ShouldHaveSingleItem().Code.ShouldBe("not_adopted");
    }
}
