using System.Text.Json;
using AutoTrader.Cli.Mcp;

namespace AutoTrader.Cli.Tests.Mcp;

/// <summary>Users of the Python AutoTrader's MCP server find every tool again, with its parameters and defaults.</summary>
public sealed class McpTableTests
{
    private const string Backtest =
        "id strategy_type symbol start_date end_date created_at strategy_config initial_capital total_return total_return_pct total_trades "
        + "winning_trades losing_trades win_rate profit_factor avg_win avg_loss largest_win largest_loss max_drawdown max_drawdown_pct "
        + "sharpe_ratio equity_curve trades command data_hash";

    // Tool; its parameters with the original's defaults: ! for those that must be given; fields of its result.
    public static TheoryData<string, string, string> Original =>
        new()
        {
            { "get_status", "", "running pid environment service base_url api_key_configured active_strategies hint" },
            { "stop_engine", "force=false", "status pid" },
            { "start_engine", "dry_run=false interval=60", "status pid mode interval" },
            { "get_balance", "", "account positions market_open total_positions_value total_unrealized_pl day_change day_change_pct" },
            { "get_positions", "", "result" },
            {
                "get_portfolio",
                "",
                "total_equity cash positions_value unrealized_pnl unrealized_pnl_pct realized_pnl_today total_pnl_today position_count "
                    + "positions"
            },
            { "get_quote", "symbol!", "symbol bid ask last volume spread" },
            { "get_top_movers", "market_type=stocks limit=10", "gainers losers last_updated" },
            {
                "place_order",
                "symbol! qty! side! price! idempotency_key!",
                "id symbol side order_type qty status filled_qty filled_avg_price limit_price stop_price trail_percent created_at placement"
            },
            { "list_orders", "show_all=false", "result" },
            { "cancel_order", "order_id!", "status order_id" },
            { "list_strategies", "", "strategies count" },
            { "get_strategy", "strategy_id!", "id symbol strategy_type phase enabled quantity trailing_stop_pct schedule_at notes" },
            {
                // What is left out is 1 where the original says so; a grid takes none.
                "create_strategy",
                "strategy_type! symbol! qty trailing_pct pullback_pct take_profit stop_loss entry_price levels",
                "id symbol strategy_type phase enabled quantity warnings"
            },
            { "remove_strategy", "strategy_id!", "status strategy_id" },
            { "pause_strategy", "strategy_id!", "status strategy_id" },
            { "resume_strategy", "strategy_id!", "status strategy_id phase" },
            { "set_strategy_enabled", "strategy_id! enabled!", "status strategy_id" },
            { "schedule_strategy", "strategy_id! schedule_at", "status strategy_id schedule_at" },
            { "cancel_schedule", "strategy_id!", "status strategy_id message" },
            { "list_scheduled_strategies", "", "scheduled count" },
            {
                "run_backtest",
                "strategy_type! symbol! start! end! qty=10 trailing_pct take_profit stop_loss data_source=csv initial_capital=100000 "
                    + "save=true",
                Backtest
            },
            { "list_backtests", "", "result" },
            { "show_backtest", "id!", Backtest },
            { "compare_backtests", "ids!", "result" },
            { "delete_backtest", "id!", "status backtest_id" },
            { "analyze_performance", "symbol days=30 limit=1000", "summary per_symbol open_positions unmatched_sell_qty message" },
            { "get_trade_history", "symbol limit=20", "result" },
            { "get_today_pnl", "", "today_pnl" },
            { "list_indicators", "", "result" },
            { "describe_indicator", "name!", "name description params output" },
            {
                "run_optimization",
                "strategy_type! symbol! start! end! params! objective=total_return_pct method=grid num_samples data_source=csv "
                    + "initial_capital=100000 save=true",
                "id strategy_type symbol start_date end_date objective method best_params best_score best_backtest all_results "
                    + "num_combinations runtime_seconds hold_out neighborhood deflated_sharpe warnings"
            },
            { "get_safety_status", "", "status limits" },
        };

    // Tools that came later.
    public static TheoryData<string, string, string> Added =>
        new()
        {
            { "create_schedule", "task_type! schedule_at schedule_cron market zone", "id next_run enabled" },
            { "list_schedules", "task_type strategy_id enabled", "schedules count" },
            { "get_schedule", "schedule_id!", "id next_run" },
            { "update_schedule", "schedule_id! schedule_at schedule_cron market clear", "id next_run" },
            { "pause_schedule", "schedule_id! reason", "status schedule_id schedule" },
            { "resume_schedule", "schedule_id! reason", "status schedule_id schedule" },
            { "trigger_schedule", "schedule_id! idempotency_key!", "status planned outcome" },
            { "delete_schedule", "schedule_id!", "status schedule_id" },
            { "preview_schedule", "schedule_at schedule_cron market zone count", "occurrences left_out ends" },
            { "schedule_runs", "schedule_id! status limit=20 cursor", "runs count next_cursor" },
            { "next_occurrences", "days=7", "from until items sessions" },
            { "why", "strategy_id!", "strategy_id reasons strategy" },
            { "get_checklist", "", "account ready items" },
            { "today", "", "day portfolio fills held next attention" },
            { "compute_indicators", "symbol! indicators! start end timeframe last=20 data_source=csv", "symbol rows warm_up" },
            {
                "run_rehearsal",
                "day! at_present_prices=false initial_capital data_source=csv timeframe",
                "day session account remarks equity_before equity_after profit fees strategies orders fills runs unprotected attention "
                    + "data_hash"
            },
            {
                "run_verification",
                "start! end! data_source=csv timeframe",
                "account from to summary same live backtest live_profit backtest_profit causes differences remarks data_hash"
            },
            { "events", "since=1d strategy_id limit=200 cursor", "events count next_cursor resume_cursor held_back" },
        };

    private static IReadOnlyList<TraderTool> All { get; } =
        ToolList.Of(new(new("http://127.0.0.1:9"), TimeSpan.FromSeconds(1), Access.Trade, Live: null));

    [Theory]
    [MemberData(nameof(Original))]
    [MemberData(nameof(Added))]
    public void A_tool_is_there_with_its_parameters_defaults_and_result(string name, string parameters, string fields)
    {
        var tool = All.SingleOrDefault(it => it.ProtocolTool.Name == name).ShouldNotBeNull(name).ProtocolTool;
        var known = tool.InputSchema.GetProperty("properties");
        var required = tool.InputSchema.TryGetProperty("required", out var names)
            ? names.EnumerateArray().Select(it => it.GetString()!).ToList()
            : [];
        var wanted = parameters.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        foreach (var parameter in wanted)
        {
            var (own, otherwise) = parameter.Split('=') is [var before, var after] ? (before, after) : (parameter, null);
            var schema = known.TryGetProperty(own.TrimEnd('!'), out var found) ? found : default;
            schema.ValueKind.ShouldBe(JsonValueKind.Object, $"{name} {own}");
            schema.GetProperty("description").GetString().ShouldNotBeNullOrWhiteSpace();
            if (otherwise is not null)
            {
                schema.GetProperty("default").ToString().ToLowerInvariant().ShouldBe(otherwise, $"{name} {own}");
            }
        }

        required.ShouldBe(wanted.Where(it => it.EndsWith('!')).Select(it => it.TrimEnd('!')), ignoreOrder: true, name);
        var answered = tool.OutputSchema!.Value.TryGetProperty("properties", out var properties)
            ? properties.EnumerateObject().Select(property => property.Name).ToList()
            : [];
        fields.Split(' ', StringSplitOptions.RemoveEmptyEntries).ShouldBeSubsetOf(answered);
    }

    [Fact]
    public void Every_tool_is_in_one_of_the_two_tables() =>
        All.Select(tool => tool.ProtocolTool.Name).ShouldBe(Original.Concat(Added).Select(row => row.Data.Item1), ignoreOrder: true);

    [Fact]
    public void What_replays_prices_is_counted_and_has_an_end() =>
        All.Where(tool => tool.LongRunning is not null)
            .Select(tool => tool.ProtocolTool.Name)
            .ShouldBe(["run_backtest", "run_optimization", "run_rehearsal", "run_verification"], ignoreOrder: true);

    [Fact]
    public void Every_tool_says_in_four_hints_what_it_does_and_what_only_looks_needs_no_more_access()
    {
        foreach (var tool in All)
        {
            var (name, hints) = (tool.ProtocolTool.Name, tool.ProtocolTool.Annotations.ShouldNotBeNull());
            hints.ReadOnlyHint.ShouldBe(tool.Access == Access.Read, name);
            hints.DestructiveHint.ShouldNotBeNull(name);
            hints.IdempotentHint.ShouldNotBeNull(name);
            hints.OpenWorldHint.ShouldNotBeNull(name);
            tool.ProtocolTool.InputSchema.GetProperty("additionalProperties").GetBoolean().ShouldBeFalse(name);
            tool.ProtocolTool.OutputSchema!.Value.GetProperty("type").GetString().ShouldBe("object", name);
        }
    }
}
