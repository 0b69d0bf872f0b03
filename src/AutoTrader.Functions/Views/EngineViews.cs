using System.Text.Json;
using AutoTrader.Core.Application;
using AutoTrader.Core.Application.Reports;
using AutoTrader.Core.Engine;
using AutoTrader.Core.Market;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Risk;
using AutoTrader.Core.Schedules;

namespace AutoTrader.Functions.Views;

/// <summary>The engine, its limits and its logs as the API returns them.</summary>
internal static class EngineViews
{
    extension(EngineView)
    {
        public static EngineView Of(EngineStatus it) =>
            new(
                it.Account,
                it.Now,
                it.MarketOpen,
                SessionView.Of(it.Session),
                it.Running,
                it.LastCycleAt,
                it.LastTick,
                it.LeaseHolder is { } holder ? new(holder.Holder, holder.Since) : null,
                it.LastHolder,
                KillSwitchDetails.Of(it.KillSwitch),
                it.ActiveStrategies,
                it.Strategies,
                it.OpenOrders,
                it.PendingRequests,
                [.. it.Attention.Select(AttentionView.Of)],
                [.. it.Cycles.Select(Of)]
            );
    }

    extension(SessionView)
    {
        public static SessionView Of(Session it) => new(it.Day, it.Open, it.Close, it.EarlyClose);
    }

    extension(AttentionView)
    {
        public static AttentionView Of(Attention it)
        {
            var kind = AttentionKinds.Of(it.Code);
            return new(it.Code, it.Key, it.Message, it.Since, kind.Severity, kind.Todo);
        }
    }

    extension(CycleView)
    {
        public static CycleView Of(CycleResult it, bool dryRun) =>
            new(
                it.Outcome,
                dryRun,
                it.Record is { } record ? Of(record) : null,
                [.. it.Decisions.Select(made => new CycleDecisionView(made.StrategyId, made.Symbol, made.Kind, made.Description))]
            );
    }

    extension(RiskView)
    {
        public static RiskView Of(RiskStatus it) =>
            new(
                new(
                    it.KillSwitch is not null,
                    KillSwitchDetails.Of(it.KillSwitch),
                    it.Day,
                    it.LossLatched,
                    it.DailyPnl,
                    it.Limits.MaxDailyLoss,
                    it.DailyLossRemaining,
                    it.Trades,
                    it.Limits.MaxDailyTrades,
                    it.TradesRemaining,
                    it.CanTrade
                ),
                new(
                    it.Limits.MaxPositionSize,
                    it.Limits.MaxPositionValue,
                    it.Limits.MaxOrderValue,
                    it.Limits.MaxDailyLoss,
                    it.Limits.MaxDailyTrades,
                    it.Limits.AllowMargin
                )
            );
    }

    extension(KillSwitchDetails)
    {
        public static KillSwitchDetails? Of(KillSwitch? it) => it is null ? null : new(it.Reason, it.Since, it.By);
    }

    extension(KillSwitchView)
    {
        public static KillSwitchView Of(KillSwitchState state, IReadOnlyList<Schedule> schedules, CommandEnvelope? flatten) =>
            new(
                state.Switch is not null,
                state.Switch?.Reason,
                state.Switch?.Since,
                state.Switch?.By,
                flatten is null ? null : CommandView.Of(flatten),
                state.Due,
                [
                    .. schedules.Select(it => new DueSchedule(
                        it.Id,
                        it.Task.Action,
                        it.Task.Target,
                        it.NextRun!.Value,
                        it.Task.HeldBackBy(state.Switch)
                    )),
                ]
            );
    }

    extension(AuditView)
    {
        public static AuditView Of(AuditEntry it) =>
            new(it.At, it.Id, it.Caller, it.Action, it.Target, it.Details is { } details ? Json(details) : null, it.Error);
    }

    extension(EventView)
    {
        public static EventView Of(LoggedEvent it) =>
            new(
                it.At,
                it.Id,
                it.Kind,
                it.Subject,
                it.Message,
                it.By,
                it.Lateness is { } late ? Math.Round((decimal)late.Ticks / TimeSpan.TicksPerSecond, 3) : null
            );
    }

    private static CycleRecordView Of(CycleRecord it) =>
        new(
            it.Planned,
            it.StartedAt,
            it.Cause,
            it.Holder,
            it.MarketOpen,
            it.Evaluated,
            it.WithoutQuote,
            it.Skipped,
            it.Submitted,
            it.Canceled,
            it.Fills,
            it.Attention,
            it.DurationMs,
            it.Error,
            it.Events
        );

    // Entries are stored as text; an unknown one is still shown.
    private static JsonElement Json(string details)
    {
        try
        {
            return JsonElement.Parse(details);
        }
        catch (JsonException)
        {
            return JsonSerializer.SerializeToElement(details);
        }
    }
}
