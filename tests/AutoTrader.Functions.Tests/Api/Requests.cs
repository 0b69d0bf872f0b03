using System.Text.Json.Nodes;
using AutoTrader.Functions.Api;
using AutoTrader.Functions.Api.Monitoring;
using AutoTrader.Functions.Api.Schedules;
using AutoTrader.Functions.Api.Strategies;
using AutoTrader.Functions.Api.Trading;
using AutoTrader.Functions.Http;

namespace AutoTrader.Functions.Tests.Api;

/// <summary>A good request of each endpoint, to be spoiled by tests.</summary>
internal static class Requests
{
    /// <summary>A strategy that never enters on the sample market.</summary>
    public const string Quiet = """{"id":"quiet","symbol":"ACME","strategy_type":"bracket","entry_price":"10","quantity":5}""";

    /// <summary>A schedule that is not due for months.</summary>
    public const string QuietSchedule =
        """{"id":"quiet","task_type":"notify","schedule_cron":"0 9 1 7 *","task_data":{"message":"hello"}}""";

    private static readonly Dictionary<string, string> Bodies = new(StringComparer.Ordinal)
    {
        [nameof(StrategyFunctions.CreateStrategy)] = """
            {"id":"other","symbol":"BOLT","strategy_type":"scale_out","quantity":5,"enabled":false,
            "entry_type":"limit","entry_price":"10","stop_loss_pct":"5","notes":"a\nb",
            "scale_targets":[{"pct":"50","target_pct":"5"},{"pct":"50","target_pct":"10"}],
            "repeat":true,"cooldown_minutes":5,"allow_shared_symbol":false,"on_unprotected":"exit"}
            """,
        [nameof(StrategyFunctions.PatchStrategy)] = """{"quantity":6,"take_profit_pct":"7"}""",
        [nameof(StrategyFileFunctions.ImportStrategies)] =
            """{"yaml":"strategies:\n- symbol: BOLT\n  id: imported\n  strategy_type: trailing_stop\n"""
            + """  quantity: 1\n  enabled: false\n  trailing_stop_pct: '2'\n"}""",
        [nameof(OrderFunctions.PlaceOrder)] = """{"symbol":"BOLT","side":"buy","qty":1,"limit_price":"10"}""",
        [nameof(ScheduleFunctions.CreateSchedule)] =
            """{"id":"daily","task_type":"notify","schedule_cron":"0 9 * * *","task_data":{"message":"a\nb"},"""
            + """ "misfire":"skip","misfire_window":"5m","name":"a test"}""",
        [nameof(ScheduleFunctions.PatchSchedule)] = """{"note":"a test"}""",
        [nameof(StrategyScheduleFunctions.PutStrategySchedule)] = """{"schedule_cron":"0 9 * * *"}""",
        [nameof(ScheduleFunctions.PreviewSchedule)] = """{"market":"open+5m"}""",
        [nameof(ScheduleFileFunctions.ImportSchedules)] =
            """{"yaml":"schedules:\n- id: imported\n  task_type: notify\n  schedule_cron: '0 9 * * *'\n"}""",
        [nameof(NotificationFunctions.TestNotifications)] = """{"channel":"all"}""",
        [nameof(NotificationFunctions.SendNotification)] = """{"message":"a test"}""",
        [nameof(KillSwitchFunctions.PutKillSwitch)] = """{"on":true,"reason":"a test"}""",
        [nameof(CashFunctions.AcceptCashDifference)] = """{"amount":"-12.34","reason":"a test"}""",
        [nameof(BacktestFunctions.PublishBacktest)] = """
            {"id":"1a2b3c4d","strategy_type":"bracket","symbol":"BOLT","start_date":"2026-02-02","end_date":"2026-02-13",
            "created_at":"2026-02-14T10:00:00Z","initial_capital":"100000","total_return":"1234.5","total_return_pct":"1.2345",
            "buy_and_hold_pct":"0.5","total_trades":7,"win_rate":"57.1429","profit_factor":"1.8","max_drawdown_pct":"0.9",
            "sharpe_ratio":"1.1","fees":"0.12","equity_curve":[{"at":"2026-02-02T21:00:00Z","equity":"100000"},
            {"at":"2026-02-03T21:00:00Z","equity":"101234.5"}],"warnings":"a\nb","command":"trader backtest run bracket BOLT"}
            """,
        [nameof(BackupFunctions.RestoreBackup)] = """{"backup":"bm8gYmFja3Vw"}""",
        [nameof(BackupFunctions.RebuildFromBroker)] = """{"trailing_stop_pct":"5"}""",
        [nameof(RiskFunctions.PutRisk)] = """{"max_order_value":"4000"}""",
    };

    /// <summary>Every endpoint by its function name.</summary>
    public static IEnumerable<string> Names => Endpoints.All.Select(endpoint => endpoint.Function);

    public static ApiEndpoint Endpoint(string function) => Endpoints.All.First(endpoint => endpoint.Function == function);

    /// <summary>The path of a good request, query included.</summary>
    public static string Path(ApiEndpoint endpoint) =>
        endpoint
            .Route.Replace(
                "{id}",
                endpoint.Route.StartsWith("strategies", StringComparison.Ordinal)
                || endpoint.Route.StartsWith("schedules", StringComparison.Ordinal)
                    ? "quiet"
                    : "missing",
                StringComparison.Ordinal
            )
            .Replace("{type}", "bracket", StringComparison.Ordinal)
            .Replace("{symbol}", "ACME", StringComparison.Ordinal)
            .Replace("{file}", "notice.txt", StringComparison.Ordinal)
            .Replace("{key}", "missing", StringComparison.Ordinal) + (endpoint.Route == "quotes" ? "?symbols=ACME" : "");

    public static string Join(string path, string query) => path + (path.Contains('?', StringComparison.Ordinal) ? "&" : "?") + query;

    public static string? Body(ApiEndpoint endpoint) =>
        endpoint.Body is null ? null : Bodies.GetValueOrDefault(endpoint.Function, """{"reason":"a test"}""");

    public static JsonObject BodyObject(ApiEndpoint endpoint) => JsonNode.Parse(Body(endpoint)!)!.AsObject();

    public static (string, string)[] Headers(ApiEndpoint endpoint) =>
        endpoint.Key == KeyUse.Required ? [("Idempotency-Key", Guid.NewGuid().ToString())] : [];
}
