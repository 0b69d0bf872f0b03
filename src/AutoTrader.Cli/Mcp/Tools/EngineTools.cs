using System.ComponentModel;
using AutoTrader.Contracts;

namespace AutoTrader.Cli.Mcp.Tools;

/// <summary>The engine, its risk limits and its kill switch.</summary>
internal static class EngineTools
{
    public const string RunsInTheApp = "The engine runs in the app by its own timer: start lifts the kill switch, stop sets it.";

    public static IEnumerable<TraderTool> Of(ToolHost host) =>
        [
            TraderTool.Of<NoArguments, EngineStatus>(
                host,
                "get_status",
                Access.Read,
                Hints.Looks,
                "How the engine is doing: whether cycles run, which account, LIVE or PAPER, and what needs the user's eye.",
                StatusAsync
            ),
            TraderTool.Of<NoArguments, RiskView>(
                host,
                "get_safety_status",
                Access.Read,
                Hints.Looks,
                "The risk limits, the kill switch, and how far the day has used the limits up.",
                (call, _) => call.WaitAsync(call.Api.GetRiskAsync(call.Cancellation))
            ),
            TraderTool.Of<NoArguments, ChecklistView>(
                host,
                "get_checklist",
                Access.Read,
                Hints.LooksOutside,
                "The list to go live by, looked at by the app itself: what is ok, what to mind, what fails and what to do about it. "
                    + "Backup, restore and rebuild are left to people: trader backup, trader restore, trader rebuild.",
                (call, _) => call.WaitAsync(call.Api.GetChecklistAsync(call.Cancellation))
            ),
            TraderTool.Of<StopArguments, EngineStopped>(
                host,
                "stop_engine",
                Access.Manage,
                Hints.Sets,
                $"Sets the kill switch: nothing is bought, working entries are canceled, protection runs on. {RunsInTheApp}",
                StopAsync
            ),
            TraderTool.Of<StartArguments, EngineStarted>(
                host,
                "start_engine",
                Access.Trade,
                Hints.Trades,
                $"Lifts the kill switch, so that strategies may buy from the next cycle on. {RunsInTheApp}",
                StartAsync
            ),
        ];

    private static async Task<EngineStatus> StatusAsync(ToolCall call, NoArguments _)
    {
        var engine = await call.EngineAsync();
        var profile = call.Host.Profile;
        return new(
            engine.Running,
            null,
            EngineView.IsLive(engine.Account) ? "PROD" : "PAPER",
            "autotrader",
            profile.Url,
            profile.Key is not null,
            engine.ActiveStrategies,
            engine.Running ? null : "No cycle ended within the last three intervals: nothing is decided.",
            engine.Account,
            engine.Now,
            engine.MarketOpen,
            engine.Session,
            engine.KillSwitch,
            engine.OpenOrders,
            engine.Attention
        );
    }

    private static async Task<EngineStopped> StopAsync(ToolCall call, StopArguments it)
    {
        var before = await call.ActAsync();
        var state = await call.WaitAsync(
            call.Api.PutKillSwitchAsync(
                new(true, it.Reason ?? "stopped with stop_engine"),
                ToolCall.Key(it.IdempotencyKey),
                cancellationToken: call.Cancellation
            )
        );
        return new(
            before.KillSwitch is not null ? "already_stopped"
                : state.On ? "stopped"
                : "running",
            null,
            state
        );
    }

    private static async Task<EngineStarted> StartAsync(ToolCall call, StartArguments it)
    {
        await call.ActAsync();
        if (it.DryRun)
        {
            var cycle = await call.WaitAsync(call.Api.RunEngineAsync("true", call.Cancellation));
            var now = await call.WaitAsync(call.Api.GetKillSwitchAsync(call.Cancellation));
            return new(now.On ? "stopped" : "started", null, "dry_run", it.Interval, now, cycle.Decisions);
        }

        var state = await call.WaitAsync(
            call.Api.PutKillSwitchAsync(new(false), ToolCall.Key(it.IdempotencyKey), cancellationToken: call.Cancellation)
        );
        return new(state.On ? "stopped" : "started", null, "live", it.Interval, state, []);
    }

    private sealed record StopArguments(
        [Description("Has no effect: nothing has to be killed.")] bool Force = false,
        [Description("Why; kept in the audit.")] string? Reason = null,
        [Description(Texts.Key)] string? IdempotencyKey = null
    );

    private sealed record StartArguments(
        [Description("Only tell what a cycle would do now; nothing is changed.")] bool DryRun = false,
        [Description("Has no effect: the app's setting CycleSchedule says how often cycles run.")] int Interval = 60,
        [Description(Texts.Key)] string? IdempotencyKey = null
    );

    private sealed record EngineStatus(
        bool Running,
        int? Pid,
        string Environment,
        string Service,
        string BaseUrl,
        bool ApiKeyConfigured,
        int ActiveStrategies,
        string? Hint,
        string Account,
        DateTimeOffset Now,
        bool MarketOpen,
        SessionView Session,
        KillSwitchDetails? KillSwitch,
        int OpenOrders,
        IReadOnlyList<AttentionView> Attention
    );

    private sealed record EngineStopped(string Status, string? Pid, KillSwitchView KillSwitch);

    private sealed record EngineStarted(
        string Status,
        string? Pid,
        string Mode,
        int Interval,
        KillSwitchView KillSwitch,
        IReadOnlyList<CycleDecisionView> Decisions
    );
}

/// <summary>A tool that takes nothing.</summary>
internal sealed record NoArguments;

/// <summary>Descriptions that several tools share.</summary>
internal static class Texts
{
    public const string Key = "A text of your own, new for each change: the same call with the same key is done once.";
    public const string StrategyId = "The strategy's id.";
    public const string ScheduleId = "The schedule's id.";
    public const string Symbol = "The symbol.";
    public const string Reason = "Why; kept in the audit.";
    public const string Source =
        "Where prices come from: csv files, alpaca (what is missing is fetched and kept), or cached (what was fetched before).";
    public const string Timeframe = "The length of the bars of alpaca: 1Min (the default), 5Min, 15Min, 1Hour or 1Day.";
    public const string AcceptData =
        "Play data that cannot be trusted all the same. Only when the user has said that they are right: warnings tell it.";
}
