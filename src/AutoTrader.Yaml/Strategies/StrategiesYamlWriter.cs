using AutoTrader.Core;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Strategies;
using AutoTrader.Yaml.Syntax;

namespace AutoTrader.Yaml.Strategies;

/// <summary>Writes strategies in the Python AutoTrader's order of fields.</summary>
internal sealed class StrategiesYamlWriter(RecordWriter to)
{
    /// <summary>The text of a file with one list named <paramref name="root"/>.</summary>
    public static string Write(string root, IEnumerable<Strategy> strategies) =>
        RecordWriter.Write(root, strategies, (to, strategy) => new StrategiesYamlWriter(to).Record(StrategyFields.WithoutUnused(strategy)));

    private void Record(Strategy strategy)
    {
        to.Field("symbol", strategy.Symbol);
        to.Field("strategy_type", WireNames.Of(strategy.StrategyType));
        to.Field("quantity", strategy.Quantity);
        to.Field("id", strategy.Id);
        to.Field("phase", strategy is { PauseReason: not null, IsTerminal: false } ? "paused" : WireNames.Of(strategy.Phase));
        to.Field("enabled", strategy.Enabled);
        to.Field("entry_type", WireNames.Of(strategy.EntryType));
        to.Field("entry_price", strategy.EntryPrice);
        to.Field("entry_condition", strategy.EntryCondition);
        to.Field("trailing_stop_pct", strategy.TrailingStopPct);
        to.Field("pullback_pct", strategy.PullbackPct);
        to.Field("pullback_reference_price", strategy.PullbackReferencePrice);
        to.Field("take_profit_pct", strategy.TakeProfitPct);
        to.Field("stop_loss_pct", strategy.StopLossPct);
        Targets(strategy.ScaleTargets);
        Grid(strategy.GridConfig);
        to.Null("entry_order_id");
        to.Field("entry_fill_price", strategy.EntryFillPrice);
        to.Field("high_watermark", strategy.HighWatermark);
        to.List<string>("exit_order_ids", [], _ => { });
        to.Null("scale_state");
        to.Null("grid_state");
        to.Field("schedule_at", strategy.ScheduleAt);
        to.Field("schedule_enabled", strategy.ScheduleEnabled);
        to.Field("created_at", strategy.CreatedAt);
        to.Field("updated_at", strategy.UpdatedAt);
        to.Field("notes", strategy.Notes);
        Own(strategy);
    }

    private void Own(Strategy strategy)
    {
        if (strategy.ScheduleCron is not null)
        {
            to.Field("schedule_cron", strategy.ScheduleCron);
        }

        if (strategy.ScheduleMarket is not null)
        {
            to.Field("schedule_market", strategy.ScheduleMarket.ToString());
        }

        if (strategy.Repeat)
        {
            to.Field("repeat", true);
        }

        if (strategy.CooldownMinutes != 0)
        {
            to.Field("cooldown_minutes", strategy.CooldownMinutes);
        }

        if (strategy.AllowSharedSymbol)
        {
            to.Field("allow_shared_symbol", true);
        }

        if (strategy.OnUnprotected != default)
        {
            to.Field("on_unprotected", WireNames.Of(strategy.OnUnprotected));
        }

        if (strategy.PauseReason is not null)
        {
            to.Field("pause_reason", strategy.PauseReason);
        }
    }

    private void Targets(ValueList<ScaleTarget> targets)
    {
        if (targets.IsEmpty)
        {
            to.Null("scale_targets");
            return;
        }

        to.List("scale_targets", targets, target =>
        {
            to.Number("pct", target.Pct);
            to.Number("target_pct", target.TargetPct);
        });
    }

    private void Grid(GridConfig? grid)
    {
        if (grid is null)
        {
            to.Null("grid_config");
            return;
        }

        // Inside grids and targets the Python AutoTrader kept numbers, not text.
        to.Map("grid_config", () =>
        {
            to.Number("low", grid.Low);
            to.Number("high", grid.High);
            to.Field("levels", grid.Levels);
            to.Field("qty_per_level", grid.QtyPerLevel);
            if (grid.StopBelow is { } stop)
            {
                to.Number("stop_below", stop);
            }
        });
    }
}
