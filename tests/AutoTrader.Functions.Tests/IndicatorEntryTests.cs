using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using AutoTrader.Core.Ports.Brokerage;

namespace AutoTrader.Functions.Tests;

/// <summary>Entry conditions on indicators through the whole app: refused with what to change, waited for, and met.</summary>
public sealed class IndicatorEntryTests : IAsyncLifetime
{
    private TestApp? _app;

    private TestApp App => _app!;

    public async ValueTask InitializeAsync() => _app = await TestApp.StartAsync();

    public async ValueTask DisposeAsync() => await App.DisposeAsync();

    [Fact]
    public async Task A_strategy_warms_up_waits_and_buys_on_complete_bars()
    {
        await CreateAsync("cross", "ACME", "sma:3 > sma:12");
        await CreateAsync("never", "BOLT", "close > 1000000");
        await App.MinutesAsync(2);
        (await WaitingForAsync("cross")).ShouldBe("its entry condition sma:3 > sma:12, which needs 12 complete bars of 1Min: warming up");
        (await WaitingForAsync("never")).ShouldBe("its entry condition close > 1000000");

        await App.UntilAsync(TestApp.Start.AddHours(3));
        var entry = (await App.GetAsync("orders?status=all&strategy_id=cross")).Json["items"]!
            .AsArray()
            .Single(it => it!["role"]!.GetValue<string>() == "entry")!;
        entry["note"]!.GetValue<string>().ShouldBe("sma:3 > sma:12");
        await ShouldHaveHeldAtAsync("ACME", DateTimeOffset.Parse(entry["created_at"]!.GetValue<string>(), CultureInfo.InvariantCulture));
        (await App.GetAsync("strategies/never")).Json["phase"]!.GetValue<string>().ShouldBe("pending");
    }

    [Fact]
    public async Task Another_condition_is_waited_for_from_the_next_cycle_on()
    {
        await CreateAsync("it", "ACME", "close > 1000000");
        await App.MinutesAsync(2);
        (await App.SendAsync("PATCH", "strategies/it", """{"entry_condition":"rsi:2 > 101 @5Min"}""")).ShouldBe(HttpStatusCode.OK);
        (await WaitingForAsync("it")).ShouldBeNull();
        await App.MinutesAsync(30);
        (await WaitingForAsync("it")).ShouldBe("its entry condition rsi:2 > 101 @5Min");
    }

    [Theory]
    [InlineData("sma:20 >", "on each side")]
    [InlineData("nope:5 > 1", "There is no indicator nope.")]
    [InlineData("bbands:20 < close", "write for example bbands.bbl")]
    [InlineData("rsi < 30 @Month", "'Month' is not a bar length")]
    public async Task What_is_no_condition_is_refused_at_every_door_with_what_to_change(string condition, string named)
    {
        var created = (await App.PostAsync("strategies", Body("bad", "ACME", condition))).ShouldBe(
            HttpStatusCode.BadRequest,
            "INVALID_STRATEGY_PARAMS"
        );
        created.Text.ShouldContain("\"entry_condition\"");
        created.Json["detail"]!.GetValue<string>().ShouldContain(named);
        await CreateAsync("good", "BOLT", "close > 1000000");
        var patch = new JsonObject { ["entry_condition"] = condition }.ToJsonString();
        (await App.SendAsync("PATCH", "strategies/good", patch)).Json["detail"]!.GetValue<string>().ShouldContain(named);

        var yaml = (await App.GetAsync("strategies.yaml")).Text.Replace("close > 1000000", condition, StringComparison.Ordinal);
        var import = await App.PostAsync("strategies.yaml", new JsonObject { ["yaml"] = yaml }.ToJsonString());
        import.Text.ShouldContain(named);
        import.Text.ShouldContain("entry_condition");
    }

    [Fact]
    public async Task A_file_keeps_a_condition_as_it_is()
    {
        await CreateAsync("it", "ACME", "close < bbands.bbl:20,2.5 @15Min");
        var yaml = (await App.GetAsync("strategies.yaml")).Text;
        yaml.ShouldContain("close < bbands.bbl:20,2.5 @15Min");
        var import = (await App.PostAsync("strategies.yaml", new JsonObject { ["yaml"] = yaml }.ToJsonString())).ShouldBe(
            HttpStatusCode.OK
        );
        import.Json["unchanged"]!.GetValue<int>().ShouldBe(1);
    }

    private static string Body(string id, string symbol, string condition) =>
        new JsonObject
        {
            ["id"] = id,
            ["symbol"] = symbol,
            ["strategy_type"] = "trailing_stop",
            ["trailing_stop_pct"] = "2",
            ["quantity"] = 3,
            ["entry_condition"] = condition,
        }.ToJsonString();

    private Task<string> CreateAsync(string id, string symbol, string condition) => App.CreateAsync(Body(id, symbol, condition));

    private async Task<string?> WaitingForAsync(string id) =>
        (await App.GetAsync($"strategies/{id}")).Json["waiting_for"]?.GetValue<string>();

    // By hand, from the bars that had ended.
    private async Task ShouldHaveHeldAtAsync(string symbol, DateTimeOffset at)
    {
        var bars = await App.Get<IMarketData>().GetBarsAsync(symbol, at.AddDays(-1), at, CancellationToken.None);
        decimal Mean(int count) => bars.TakeLast(count).Average(bar => bar.Close);
        Mean(3).ShouldBeGreaterThan(Mean(12));
        // And not a minute earlier: it did not wait.
        bars = [.. bars.SkipLast(1)];
        (bars.Count < 12 || Mean(3) <= Mean(12)).ShouldBeTrue();
    }
}
