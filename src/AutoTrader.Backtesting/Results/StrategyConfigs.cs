using System.Text.Json.Nodes;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Backtesting.Results;

/// <summary>A strategy's definition in the fields of strategies.yaml.</summary>
internal static class StrategyConfigs
{
    /// <summary>Several, by id.</summary>
    public static JsonObject Of(IEnumerable<Strategy> strategies)
    {
        var all = new JsonObject();
        foreach (var strategy in strategies)
        {
            all[strategy.Id] = Of(strategy);
        }

        return all;
    }

    /// <summary>The fields that have a value.</summary>
    public static JsonObject Of(Strategy strategy)
    {
        var fields = new JsonObject
        {
            ["symbol"] = strategy.Symbol,
            ["strategy_type"] = WireNames.Of(strategy.StrategyType),
            ["quantity"] = strategy.Quantity,
            ["entry_type"] = WireNames.Of(strategy.EntryType),
            ["entry_condition"] = strategy.EntryCondition,
            ["repeat"] = strategy.Repeat,
            ["cooldown_minutes"] = strategy.CooldownMinutes,
            ["allow_shared_symbol"] = strategy.AllowSharedSymbol,
            ["on_unprotected"] = WireNames.Of(strategy.OnUnprotected),
        };
        Add("entry_price", strategy.EntryPrice);
        Add("trailing_stop_pct", strategy.TrailingStopPct);
        Add("pullback_pct", strategy.PullbackPct);
        Add("take_profit_pct", strategy.TakeProfitPct);
        Add("stop_loss_pct", strategy.StopLossPct);
        if (strategy.ScaleTargets.Count > 0)
        {
            fields["scale_targets"] = new JsonArray([
                .. strategy.ScaleTargets.Select(it => new JsonObject { ["pct"] = it.Pct, ["target_pct"] = it.TargetPct }),
            ]);
        }

        if (strategy.GridConfig is { } grid)
        {
            fields["grid_config"] = new JsonObject
            {
                ["low"] = grid.Low,
                ["high"] = grid.High,
                ["levels"] = grid.Levels,
                ["qty_per_level"] = grid.QtyPerLevel,
                ["stop_below"] = grid.StopBelow,
            };
        }

        if (strategy.Notes is { } notes)
        {
            fields["notes"] = notes;
        }

        return fields;

        void Add(string name, decimal? value)
        {
            if (value is { } known)
            {
                fields[name] = known;
            }
        }
    }
}
