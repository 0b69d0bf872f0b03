using System.Text.Json.Nodes;
using AutoTrader.Cli.Mcp;
using AutoTrader.Core.Orders;
using AutoTrader.LocalHost.Azurite;
using AutoTrader.Testing;

namespace AutoTrader.Cli.Tests.Mcp;

/// <summary>The official clients, older and newer, list and call every tool over both transports with each access, and find that what is
/// answered is as the schemas say.</summary>
public sealed class McpClientTests(RunningApp running) : IClassFixture<RunningApp>, IDisposable
{
    private const string Kept = "0a1b2c3d";

    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("trader-data-");

    public static TheoryData<string, string, string> Ways =>
        [
            .. from client in new[] { "sdk", "client" }
            from transport in new[] { "stdio", "http" }
            from access in new[] { "read", "manage", "trade" }
            select (client, transport, access),
        ];

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task An_official_client_lists_and_calls_every_tool(string client, string transport, string access)
    {
        var told = await AskAsync(client, transport, access, Calls($"{client}-{transport}-{access}"));
        var allowed = Enum.Parse<Access>(access, ignoreCase: true);
        var all = ToolList.Of(new(new("http://127.0.0.1:9"), TimeSpan.Zero, allowed, Live: null));
        told["tools"]!
            .AsArray()
            .Select(tool => tool!["name"]!.GetValue<string>())
            .ShouldBe(all.Where(tool => tool.Access <= allowed).Select(tool => tool.ProtocolTool.Name), ignoreOrder: true);
        told["instructions"]!.GetValue<string>().ShouldContain("untrusted-text");

        var calls = Calls($"{client}-{transport}-{access}");
        calls.Select(call => call.Name).Distinct().ShouldBe(all.Select(tool => tool.ProtocolTool.Name), ignoreOrder: true);
        foreach (var (call, answer) in calls.Zip(told["results"]!.AsArray()))
        {
            var expected = all.Single(tool => tool.ProtocolTool.Name == call.Name).Access <= allowed ? call.Error : "ACCESS_DENIED";
            Check(call, answer!, expected);
        }

        if (allowed == Access.Trade)
        {
            var orders = told["results"]!.AsArray().Where(it => it!["name"]!.GetValue<string>() == "place_order").ToList();
            orders.Select(it => it!["result"]!["structuredContent"]!["placement"]!.GetValue<string>()).ShouldBe(["new", "already existed"]);
            orders.Select(it => it!["result"]!["_meta"]!["mode"]!.GetValue<string>()).ShouldAllBe(mode => mode == "PAPER");
        }
    }

    [Theory]
    [InlineData("sdk", "stdio")]
    [InlineData("client", "http")]
    public async Task An_official_client_reads_resources_and_prompts(string client, string transport)
    {
        var told = await AskAsync(
            client,
            transport,
            "read",
            [],
            ["autotrader://strategy-types", "autotrader://openapi.json", "autotrader://agenda/today"],
            [("morning_check", new()), ("trade_post_mortem", new() { ["strategy"] = "acme" })]
        );
        var read = told["read"]!.AsArray().Select(it => JsonNode.Parse(it!["text"]!.GetValue<string>())!).ToList();
        read[0].AsArray().Count.ShouldBe(5);
        read[1]["openapi"]!.GetValue<string>().ShouldStartWith("3");
        read[2]["items"]!.AsArray().Select(it => it!["schedule_id"]!.GetValue<string>()).ShouldContain("summary");
        told["asked"]!.AsArray().Select(it => it!.GetValue<string>()).ShouldAllBe(text => text.Contains("Change nothing"));
        told["asked"]![1]!.GetValue<string>().ShouldContain("strategy acme");
    }

    public void Dispose() => _data.Delete(recursive: true);

    private static void Check(Call call, JsonNode answer, string? expected)
    {
        answer["failure"].ShouldBeNull($"{call.Name}: {answer}");
        var result = answer["result"]!;
        var text = JsonNode.Parse(result["content"]![0]!["text"]!.GetValue<string>())!;
        if (expected is not null)
        {
            result["isError"]!.GetValue<bool>().ShouldBeTrue($"{call.Name}: {text}");
            text["error"]!.GetValue<string>().ShouldBe(expected, $"{call.Name}: {text}");
            text["message"]!.GetValue<string>().ShouldNotBeNullOrWhiteSpace();
            return;
        }

        (result["isError"]?.GetValue<bool>() ?? false).ShouldBeFalse($"{call.Name}: {text}");
        JsonNode
            .DeepEquals(text, text is JsonArray ? result["structuredContent"]!["result"] : result["structuredContent"])
            .ShouldBeTrue(call.Name);
        if (call.Status is { } status)
        {
            text["status"]!.GetValue<string>().ShouldBe(status, call.Name);
        }
    }

    // In an order in which each finds what it needs.
    private static List<Call> Calls(string id)
    {
        var order = new JsonObject
        {
            ["symbol"] = "DUNE",
            ["qty"] = 1,
            ["side"] = "buy",
            ["price"] = 5,
            ["idempotency_key"] = id,
        };
        var test = new JsonObject
        {
            ["strategy_type"] = "bracket",
            ["symbol"] = "ACME",
            ["start"] = "2026-02-02",
            ["end"] = "2026-02-04",
            ["take_profit"] = 1,
            ["stop_loss"] = 0.5,
        };
        var optimization = test.DeepClone().AsObject();
        optimization.Remove("take_profit");
        optimization.Remove("stop_loss");
        optimization["params"] = new JsonObject { ["take_profit"] = new JsonArray(5, 10), ["stop_loss"] = new JsonArray(2) };
        JsonObject strategy = new() { ["strategy_id"] = id };
        JsonObject schedule = new() { ["schedule_id"] = id };
        JsonObject summary = new() { ["schedule_id"] = "summary" };
        JsonObject acme = new() { ["strategy_id"] = "acme" };
        return
        [
            new("get_status"),
            new("get_safety_status"),
            new("get_checklist"),
            new("get_balance"),
            new("get_positions"),
            new("get_portfolio"),
            new("get_today_pnl"),
            new("get_quote", new() { ["symbol"] = "acme" }),
            new("list_orders", new() { ["show_all"] = true }),
            new("list_strategies"),
            new("get_strategy", acme),
            new("list_scheduled_strategies"),
            new("list_schedules"),
            new("get_schedule", summary),
            new("preview_schedule", new() { ["market"] = "close-10m", ["count"] = 2 }),
            new("schedule_runs", summary),
            new("next_occurrences", new() { ["days"] = 3 }),
            new("why", acme),
            new("today"),
            new("events"),
            new("analyze_performance"),
            new("get_trade_history"),
            new(
                "create_strategy",
                new()
                {
                    ["strategy_type"] = "trailing-stop",
                    ["symbol"] = "DUNE",
                    ["trailing_pct"] = 2.5,
                    ["entry_price"] = 5,
                    ["id"] = id,
                    ["enabled"] = false,
                }
            ),
            new("pause_strategy", strategy, Status: "paused"),
            new("resume_strategy", strategy, Status: "resumed"),
            new("set_strategy_enabled", new() { ["strategy_id"] = id, ["enabled"] = false }, Status: "disabled"),
            new("schedule_strategy", new() { ["strategy_id"] = id, ["market"] = "open+5m" }, Status: "scheduled"),
            new("cancel_schedule", strategy, Status: "schedule_canceled"),
            new(
                "create_schedule",
                new()
                {
                    ["task_type"] = "notify",
                    ["id"] = id,
                    ["market"] = "open",
                    ["message"] = "hello",
                }
            ),
            new("update_schedule", new() { ["schedule_id"] = id, ["market"] = "close-5m" }),
            new("pause_schedule", schedule, Status: "paused"),
            new("trigger_schedule", new() { ["schedule_id"] = id, ["idempotency_key"] = id }),
            new("resume_schedule", schedule, Status: "enabled"),
            new("delete_schedule", schedule, Status: "deleted"),
            new("remove_strategy", strategy, Status: "removed"),
            new("start_engine", new() { ["dry_run"] = false }, Status: "started"),
            new("place_order", order),
            new("place_order", order),
            new("cancel_order", new() { ["order_id"] = ClientOrderIds.ForManual("local/mcp", id) }),
            new("stop_engine", Status: "stopped"),
            new("run_backtest", test),
            new("run_optimization", optimization),
            new("list_backtests"),
            new("show_backtest", new() { ["id"] = Kept }),
            new("show_backtest", new() { ["id"] = "x" }, "BACKTEST_NOT_FOUND"),
            new("compare_backtests", new() { ["ids"] = new JsonArray(Kept, "x") }),
            new("delete_backtest", new() { ["id"] = Kept }, Status: "deleted"),
            new("list_indicators"),
            new("describe_indicator", new() { ["name"] = "sma" }),
            new("describe_indicator", new() { ["name"] = "moon" }, "INDICATOR_NOT_FOUND"),
            new("compute_indicators", new() { ["symbol"] = "ACME", ["indicators"] = new JsonArray("sma:20") }),
            new("run_rehearsal", new() { ["day"] = "2026-02-03" }),
            new("run_verification", new() { ["start"] = "2026-02-02", ["end"] = "2026-02-02" }, "VERIFICATION_FAILED"),
            new("get_top_movers"),
        ];
    }

    private async Task<JsonNode> AskAsync(
        string client,
        string transport,
        string access,
        IReadOnlyList<Call> calls,
        string[]? resources = null,
        (string Name, JsonObject Arguments)[]? prompts = null
    )
    {
        // A test that ran before may have left the kill switch on.
        await running.App.SendAsync("PUT", "engine/kill-switch", """{"on":false}""");
        var plan = new JsonObject
        {
            ["client"] = client,
            ["transport"] = transport,
            ["calls"] = new JsonArray([.. calls.Select(call => call.AsJson())]),
            ["resources"] = new JsonArray([.. (resources ?? []).Select(uri => JsonValue.Create(uri))]),
            ["prompts"] = new JsonArray([
                .. (prompts ?? []).Select(it => new JsonObject { ["name"] = it.Name, ["arguments"] = it.Arguments }),
            ]),
        };
        var trader = running.Trader;
        trader.Variables["XDG_DATA_HOME"] = _data.FullName;
        trader.Variables["HISTORICAL_DATA_DIR"] = Path.Combine(Repository.Top, "samples", "market");
        var kept = Directory.CreateDirectory(Path.Combine(_data.FullName, "autotrader", "backtests"));
        await File.WriteAllTextAsync(
            Path.Combine(kept.FullName, Kept + ".json"),
            $$"""
            {
              "id": "{{Kept}}", "strategy_type": "bracket", "symbol": "ACME", "start_date": "2026-02-02", "end_date": "2026-02-03",
              "created_at": "2026-02-05T00:00:00", "strategy_config": {"symbol": "ACME", "take_profit_pct": "5"}, "total_return": "1.5"
            }
            """
        );
        if (transport == "stdio")
        {
            plan["command"] = "dotnet";
            plan["args"] = new JsonArray(Trader.Program, "mcp", "serve", "--access", access, "--timeout", "600");
            plan["env"] = new JsonObject([.. trader.Variables.Select(it => KeyValuePair.Create(it.Key, (JsonNode?)it.Value))]);
            return await RunAsync(plan);
        }

        await using var served = await Served.StartAsync(trader, "--access", access);
        plan["url"] = served.Address.ToString();
        return await RunAsync(plan);
    }

    private static async Task<JsonNode> RunAsync(JsonNode plan)
    {
        var tool = NpmTool.Find("mcp-clients");
        var cancellation = TestContext.Current.CancellationToken;
        await using (await tool.LockAsync(cancellation))
        {
            await tool.InstallAsync(cancellationToken: cancellation);
        }

        using var process = tool.Run();
        await process.StandardInput.WriteAsync(plan.ToJsonString());
        process.StandardInput.Close();
        var outcome = await Trader.EndAsync(process);
        return outcome.ShouldExit(0).Json;
    }

    /// <summary>A call, and what it must answer: an error, or a status that is stored.</summary>
    private sealed record Call(string Name, JsonObject? Arguments = null, string? Error = null, string? Status = null)
    {
        public JsonObject AsJson() => new JsonObject { ["name"] = Name, ["arguments"] = Arguments?.DeepClone() ?? new JsonObject() };
    }
}
