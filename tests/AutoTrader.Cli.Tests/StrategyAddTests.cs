using System.Text.Json.Nodes;
using AutoTrader.Testing;

namespace AutoTrader.Cli.Tests;

/// <summary>Strategies of a file are added to the running app: new ones, all of them or none.</summary>
public sealed class StrategyAddTests(RunningApp running) : IClassFixture<RunningApp>, IDisposable
{
    private const string Good = "{symbol: BOLT, strategy_type: trailing_stop, quantity: 1, enabled: false, trailing_stop_pct: '2', id: ";

    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("trader-data-");

    private Trader Trader => running.Trader;

    public void Dispose() => _data.Delete(recursive: true);

    [Fact]
    public async Task The_best_that_the_optimizer_found_is_added_disabled_with_what_it_found()
    {
        using var trader = running.Trader;
        trader.Variables["XDG_DATA_HOME"] = _data.FullName;
        trader.Variables["HISTORICAL_DATA_DIR"] = Path.Combine(Repository.Top, "samples", "market");
        var file = Path.Combine(_data.FullName, "best.yaml");
        var optimized = (
            await trader.RunAsync([
                .. "optimize bracket --symbol BOLT --start 2026-02-02 --end 2026-02-06 --params take_profit:1,2 --params stop_loss:1".Split(
                    ' '
                ),
                "--best-to",
                file,
            ])
        ).ShouldExit(0);
        optimized.Error.ShouldContain($"trader strategy add --from {file}");
        var found = JsonNode.Parse(
            await File.ReadAllTextAsync(
                Directory.GetFiles(Path.Combine(_data.FullName, "autotrader", "optimizations")).ShouldHaveSingleItem(),
                TestContext.Current.CancellationToken
            )
        )!;

        string[] add = ["strategy", "add", "--from", file];
        (await trader.RunAsync(add)).ShouldExit(0).Out.ShouldContain("1 created");
        var added = await trader.JsonAsync("strategy", "show", "opt-" + found["id"]!.GetValue<string>());
        added["symbol"]!.GetValue<string>().ShouldBe("BOLT");
        added["enabled"]!.GetValue<bool>().ShouldBeFalse();
        added["take_profit_pct"]!.GetValue<string>().ShouldBe(found["best_params"]!["take_profit_pct"]!.GetValue<string>());
        // Who does not know whether it was done may do it again.
        (await trader.RunAsync(add)).ShouldExit(0).Out.ShouldContain("1 unchanged");
    }

    [Fact]
    public async Task A_condition_of_indicators_is_taken_or_refused_with_what_to_change()
    {
        string[] add = ["strategy", "add", "trailing-stop", "CRUX", "--trailing-pct", "5", "--disabled", "--entry-condition"];
        var added = await Trader.JsonAsync([.. add, "rsi:14 < 30 @15Min", "--id", "dips"]);
        added["entry_type"]!.GetValue<string>().ShouldBe("condition");
        added["entry_condition"]!.GetValue<string>().ShouldBe("rsi:14 < 30 @15Min");
        (await Trader.RunAsync("strategy show dips")).ShouldExit(0).Out.ShouldContain("at market once rsi:14 < 30 @15Min");
        (await Trader.RunAsync([.. add, "rsi:14 <"])).ShouldExit(2).Error.ShouldContain("on each side");
    }

    [Fact]
    public async Task What_is_there_with_another_definition_is_left_as_it_is()
    {
        var file = $"strategies:\n- {Good}there}}\n";
        (await AddAsync(file)).ShouldExit(0);
        var other = file.Replace("'2'", "'3'", StringComparison.Ordinal) + $"- {Good}beside}}\n";
        var refused = (await AddAsync(other)).ShouldExit(5);
        refused.Error.ShouldContain("STRATEGY_EXISTS");
        refused.Error.ShouldContain("trader strategy import -");
        (await Trader.JsonAsync("strategy", "show", "there"))["trailing_stop_pct"]!.GetValue<string>().ShouldBe("2");
        (await Trader.RunAsync("strategy show beside")).ShouldExit(3);
    }

    [Theory]
    [InlineData("- {id: bad, symbol: BOLT}", "strategy_type is missing")]
    [InlineData("- {id: bad, symbol: NONE, strategy_type: trailing_stop, quantity: 1, trailing_stop_pct: '2'}", "bad: ")]
    public async Task With_one_that_cannot_be_added_none_is(string bad, string named)
    {
        var refused = (await AddAsync($"strategies:\n- {Good}alone}}\n{bad}\n")).ShouldExit(1);
        (refused.Out + refused.Error).ShouldContain(named);
        refused.Error.ShouldContain("nothing was");
        (await Trader.RunAsync("strategy show alone")).ShouldExit(3);
    }

    [Theory]
    [InlineData("strategies: []\n", 1)]
    [InlineData("strategies:\n- {symbol: BOLT}\n", 2)]
    public async Task A_file_without_a_strategy_adds_none(string file, int code) => (await AddAsync(file)).ShouldExit(code);

    [Theory]
    [InlineData("strategy add", "--from")]
    [InlineData("strategy add bracket", "type and symbol")]
    [InlineData("strategy add bracket BOLT --from best.yaml", "type and symbol")]
    [InlineData("strategy add --from best.yaml --qty 3", "--qty")]
    [InlineData("strategy add --from best.yaml --disabled", "--disabled")]
    public async Task It_is_either_typed_or_in_the_file(string command, string named) =>
        (await Trader.RunAsync(command)).ShouldExit(2).Error.ShouldContain(named);

    private Task<Outcome> AddAsync(string file) => Trader.RunAsync(["strategy", "add", "--from", "-"], typed: file);
}
