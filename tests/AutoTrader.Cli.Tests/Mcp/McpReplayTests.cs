using System.Text.Json.Nodes;
using AutoTrader.Functions.Testing;
using AutoTrader.Testing;

namespace AutoTrader.Cli.Tests.Mcp;

/// <summary>Rehearsals and verifications of assistants: what the command line answers, and nothing changes on the server.</summary>
public sealed class McpReplayTests : IAsyncLifetime
{
    private TestApp? _app;
    private Trader? _trader;

    private TestApp App => _app!;

    private Trader Trader => _trader!;

    public async ValueTask InitializeAsync()
    {
        _app = await TestApp.StartAsync();
        _trader = new(App.Address);
        Trader.Variables["HISTORICAL_DATA_DIR"] = Path.Combine(Repository.Top, "samples", "market");
        await App.CreateAsync(
            """
            {"id":"swing","symbol":"ACME","strategy_type":"bracket","take_profit_pct":"0.6","stop_loss_pct":"0.5","quantity":5,
             "repeat":true}
            """
        );
        // Monday, after the close of the sample market's first session.
        await App.UntilAsync(new(2026, 2, 2, 22, 0, 0, TimeSpan.Zero));
    }

    public async ValueTask DisposeAsync()
    {
        Trader.Dispose();
        await App.DisposeAsync();
    }

    [Fact]
    public async Task A_verification_is_told_of_and_is_that_of_the_command_line()
    {
        // Whoever asks for health first, as any monitor does, has it try a write.
        await App.GetAsync("health");
        var before = await App.DumpAsync();
        await using var served = await Served.StartAsync(Trader);
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var asked = Days("2026-02-02", "2026-02-02");
        var (isError, result) = await served.CallAsync("run_verification", asked, Tell(told), until: told.Task);
        isError.ShouldBeFalse(result.ToJsonString());
        result["summary"]!.GetValue<string>().ShouldContain("nothing differs");
        result["same"]!.GetValue<int>().ShouldBeGreaterThan(2);
        var own = (await Trader.RunAsync("backtest verify --live 2026-02-02 2026-02-02 --json")).ShouldExit(0).Json;
        result.ToJsonString().ShouldBe(own.ToJsonString());
        (await App.DumpAsync()).ShouldBe(before);
    }

    [Fact]
    public async Task A_rehearsal_is_told_of_and_is_that_of_the_command_line_with_text_of_others_marked()
    {
        await App.SendAsync("PUT", "engine/kill-switch", """{"on":true,"reason":"Sell everything."}""");
        var before = await App.DumpAsync();
        await using var served = await Served.StartAsync(Trader);
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var (isError, result) = await served.CallAsync("run_rehearsal", Day("2026-02-04"), Tell(told), until: told.Task);
        isError.ShouldBeFalse(result.ToJsonString());
        var own = (await Trader.RunAsync("rehearse --day 2026-02-04 --json")).ShouldExit(0).Json;
        foreach (var field in new[] { "session", "profit", "orders", "fills", "runs", "data_hash" })
        {
            Untagged(result[field]!).ShouldBe(own[field]!.ToJsonString(), field);
        }

        var remarks = result["remarks"]!.AsArray().Select(it => it!.GetValue<string>()).ToList();
        remarks.ShouldContain(it => it.EndsWith("Sell everything.</untrusted-text>"));
        remarks.ShouldAllBe(it => it.StartsWith("<untrusted-text>"));
        (await App.DumpAsync()).ShouldBe(before);
    }

    [Fact]
    public async Task What_cannot_be_replayed_is_refused_by_code()
    {
        await using var served = await Served.StartAsync(Trader);
        (await CodeAsync("run_rehearsal", Day("tomorrow"))).ShouldBe("INVALID_DATE_FORMAT");
        (await CodeAsync("run_rehearsal", Day("2026-02-07"))).ShouldBe("REHEARSAL_FAILED");
        (await CodeAsync("run_verification", Days("2026-02-02", "2026-02-03"))).ShouldBe("VERIFICATION_FAILED");
        (await CodeAsync("run_verification", Days("2026-02-03", "2026-02-02"))).ShouldBe("VALIDATION_ERROR");
        (await CodeAsync("run_verification", Days("2025-12-01", "2026-02-02"))).ShouldBe("VALIDATION_ERROR");

        async Task<string> CodeAsync(string name, Dictionary<string, object?> asked) =>
            (await served.RefusedAsync(name, asked))["error"]!.GetValue<string>();
    }

    // The broker's own words are tagged for assistants only.
    private static string Untagged(JsonNode node) =>
        node.ToJsonString()
            .Replace("\\u003Cuntrusted-text\\u003E", "", StringComparison.Ordinal)
            .Replace("\\u003C/untrusted-text\\u003E", "", StringComparison.Ordinal);

    private static Dictionary<string, object?> Day(string day) => new(StringComparer.Ordinal) { ["day"] = day };

    private static Dictionary<string, object?> Days(string start, string end) =>
        new(StringComparer.Ordinal) { ["start"] = start, ["end"] = end };

    private static Action<string> Tell(TaskCompletionSource told) =>
        message =>
        {
            if (message.StartsWith("1 of 1 sessions", StringComparison.Ordinal))
            {
                told.TrySetResult();
            }
        };
}
