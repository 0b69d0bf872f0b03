using System.Text.Json;
using AutoTrader.Core.Application;
using AutoTrader.Core.Application.Reports;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Functions.Views;

/// <summary>Strategies as the API returns them.</summary>
internal static class StrategyViews
{
    extension(StrategyResource)
    {
        public static StrategyResource Of(Row<Strategy> row)
        {
            var it = row.Value;
            return new(
                it.Id,
                it.Symbol,
                it.StrategyType,
                it.Phase,
                it.Enabled,
                Paused: it.PauseReason is not null,
                it.PauseReason,
                it.Quantity,
                it.EntryType,
                it.EntryPrice,
                it.EntryCondition,
                it.TrailingStopPct,
                it.PullbackPct,
                it.PullbackReferencePrice,
                it.TakeProfitPct,
                it.StopLossPct,
                it.ScaleTargets.IsEmpty ? null : [.. it.ScaleTargets.Select(target => new ScaleTargetView(target.Pct, target.TargetPct))],
                it.GridConfig is { } grid ? new(grid.Low, grid.High, grid.Levels, grid.QtyPerLevel, grid.StopBelow) : null,
                it.Repeat,
                it.CooldownMinutes,
                it.AllowSharedSymbol,
                it.OnUnprotected,
                it.ScheduleAt,
                it.ScheduleEnabled,
                it.ScheduleCron,
                it.ScheduleMarket?.ToString(),
                it.Notes,
                it.Arm,
                it.Holding.Quantity,
                it.EnteredQuantity,
                it.EntryFillPrice,
                it.HighWatermark,
                it.EffectiveStop,
                it.Holding.Realized,
                it.Holding.Fees,
                it.Closing?.Reason,
                it.WaitingFor,
                it.CompletedAt,
                it.CreatedAt,
                it.UpdatedAt,
                VersionTag.Of(row.Version)
            );
        }
    }

    extension(StrategyWarningView)
    {
        public static StrategyWarningView Of(StrategyWarning it) => new(it.Code, it.Field, it.Message);
    }

    extension(TypeExplanationView)
    {
        public static TypeExplanationView Of(TypeExplanation it) =>
            new(
                it.Type,
                it.Summary,
                it.Entry,
                it.Exit,
                [.. it.Parameters.Select(parameter => new TypeParameterView(parameter.Name, parameter.Default, parameter.Description))],
                it.Example.ToDictionary(
                    field => field.Key,
                    field => JsonSerializer.SerializeToElement(field.Value, ApiJson.Options),
                    StringComparer.Ordinal
                )
            );
    }
}
