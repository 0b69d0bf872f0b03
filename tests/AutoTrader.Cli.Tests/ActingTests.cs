using System.CommandLine;

namespace AutoTrader.Cli.Tests;

/// <summary>Before anything is changed it is told which account it is; real money is spent only when that was said.</summary>
public sealed class ActingTests(RunningApp running) : IClassFixture<RunningApp>
{
    private const string Live = "Account alpaca-live-123 (LIVE)";

    // A command line of every command that acts, and whether it can spend money.
    private static readonly (string Path, string Line, bool MayBuy)[] Acting =
    [
        ("start", "start", true),
        ("stop", "stop", false),
        ("run-once", "run-once", false),
        ("reconcile-orders", "reconcile-orders", false),
        ("rebuild", "rebuild --dry-run", false),
        ("buy", "buy DUNE 5", true),
        ("sell", "sell DUNE 5", false),
        ("cancel", "cancel missing", false),
        ("kill", "kill", false),
        ("config set", "config set max_daily_trades 20", false),
        ("strategy add", "strategy add bracket DUNE -L 5", true),
        ("strategy add", "strategy add --from -", true),
        ("strategy remove", "strategy remove missing", false),
        ("strategy enable", "strategy enable missing", true),
        ("strategy disable", "strategy disable missing", false),
        ("strategy pause", "strategy pause missing", false),
        ("strategy resume", "strategy resume missing", true),
        ("strategy close", "strategy close missing", false),
        ("strategy import", "strategy import -", true),
        ("strategy schedule", "strategy schedule missing --at +2h", true),
        ("strategy schedule add", "strategy schedule add missing +2h", true),
        ("strategy schedule cancel", "strategy schedule cancel missing", false),
        ("schedule create", "schedule create order_place --market open --symbol DUNE --side buy --qty 1 --limit 5", true),
        ("schedule update", "schedule update missing --market close", true),
        ("schedule pause", "schedule pause missing", false),
        ("schedule resume", "schedule resume missing", true),
        ("schedule trigger", "schedule trigger missing", true),
        ("schedule delete", "schedule delete missing", false),
        ("schedule import", "schedule import -", true),
        ("notify test", "notify test", false),
        ("notify send", "notify send hello", false),
        ("backtest publish", "backtest publish missing", false),
        ("backtest unpublish", "backtest unpublish missing --yes", false),
    ];

    // Those that only look, and those about this machine.
    private static readonly string[] Others =
    [
        "status",
        "watch",
        "balance",
        "positions",
        "portfolio",
        "orders",
        "quote",
        "scan",
        "equity",
        "safety",
        "config list",
        "config get",
        "config keys",
        "strategy list",
        "strategy show",
        "strategy explain",
        "strategy export",
        "strategy schedule list",
        "schedule list",
        "schedule show",
        "schedule runs",
        "schedule preview",
        "schedule next",
        "schedule export",
        "schedule enable",
        "schedule disable",
        "schedule status",
        "history",
        "analyze",
        "export",
        "log",
        "why",
        "today",
        "notify list",
        "mcp serve",
        "mcp reference",
        "reference",
        "login",
        "logout",
        "profiles",
        "local",
        "completion",
        "data fetch",
        "data list",
        "data delete",
        "indicator list",
        "indicator describe",
        "indicator compute",
        "visualize",
        "optimize",
        "optimization list",
        "optimization show",
        "rehearse",
        "backup",
        "checklist",
        "backtest run",
        "backtest files",
        "backtest list",
        "backtest show",
        "backtest compare",
        "backtest delete",
        "backtest verify",
        "backtest published",
        // It reads its file before it asks the server.
        "restore",
    ];

    public static TheoryData<string, bool> Lines
    {
        get
        {
            var lines = new TheoryData<string, bool>();
            foreach (var (_, line, mayBuy) in Acting)
            {
                lines.Add(line, mayBuy);
            }

            return lines;
        }
    }

    [Fact]
    public void Every_command_acts_or_is_known_not_to() =>
        Leaves(TraderCli.Described(), "").Except(Acting.Select(it => it.Path).Concat(Others)).ShouldBeEmpty();

    [Theory]
    [MemberData(nameof(Lines))]
    public async Task A_command_that_acts_tells_the_account_and_asks_before_it_spends_real_money(string line, bool mayBuy)
    {
        // Nothing comes of it: it is told before.
        await using var paper = await Relay.StartAsync(running.App.Address, isReadOnly: true);
        var played = await new Trader(paper.Address).RunAsync(line);
        played.Error.ShouldContain("Account paper (PAPER)");
        played.Error.ShouldNotContain("real money");

        await using var live = await Relay.StartAsync(running.App.Address, isLive: true, isReadOnly: true);
        var asked = await new Trader(live.Address).RunAsync(line);
        asked.Error.ShouldContain(Live);
        asked.Error.Contains("This trades real money in alpaca-live-123", StringComparison.Ordinal).ShouldBe(mayBuy, asked.Error);
        if (mayBuy)
        {
            asked.ShouldExit(2).Error.ShouldContain("--yes");
            live.Changes.ShouldBe(0);
        }
    }

    [Fact]
    public async Task Real_money_is_spent_once_the_user_says_so()
    {
        await using var live = await Relay.StartAsync(running.App.Address, isLive: true);
        var trader = new Trader(live.Address);
        string[] buy = ["buy", "DUNE", "5"];
        (await trader.RunAsync(buy, typed: "n\n", isTerminal: true)).ShouldExit(1).Error.ShouldContain("Nothing was done.");
        (await trader.RunAsync(buy, typed: "", isTerminal: true)).ShouldExit(1);
        live.Changes.ShouldBe(0);

        (await trader.RunAsync(buy, typed: "y\n", isTerminal: true)).ShouldExit(0).Error.ShouldContain(Live);
        (await trader.RunAsync("buy DUNE 5 --yes")).ShouldExit(0);
        var named = (await trader.RunAsync("buy DUNE 5 --prod")).ShouldExit(0);
        named.Error.ShouldContain(Live);
        named.Error.ShouldNotContain("real money");
        live.Changes.ShouldBe(3);
    }

    [Theory]
    [InlineData("buy DUNE 5 --prod --yes")]
    [InlineData("status --prod")]
    public async Task With_prod_nothing_is_done_on_paper(string line)
    {
        await using var paper = await Relay.StartAsync(running.App.Address);
        (await new Trader(paper.Address).RunAsync(line)).ShouldExit(5).Error.ShouldContain("trades paper, which is PAPER");
        paper.Changes.ShouldBe(0);
    }

    [Fact]
    public async Task With_prod_nothing_is_done_in_another_live_account_than_that_of_the_login()
    {
        await using var live = await Relay.StartAsync(running.App.Address, isLive: true);
        using var trader = new Trader();
        (await trader.RunAsync(["login", live.Address.ToString()], typed: "a-key\n", isTerminal: true)).ShouldExit(0);
        (await trader.RunAsync("status --prod")).ShouldExit(0);

        var profiles = await File.ReadAllTextAsync(trader.ProfilesPath, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(
            trader.ProfilesPath,
            profiles.Replace("alpaca-live-123", "alpaca-live-456", StringComparison.Ordinal),
            TestContext.Current.CancellationToken
        );
        var other = (await trader.RunAsync("buy DUNE 5 --prod --yes")).ShouldExit(5);
        other.Error.ShouldContain("alpaca-live-456");
        other.Error.ShouldContain("now trades alpaca-live-123");
        live.Changes.ShouldBe(0);
    }

    private static IEnumerable<string> Leaves(Command command, string path) =>
        command.Subcommands.SelectMany(it =>
        {
            var below = path.Length == 0 ? it.Name : $"{path} {it.Name}";
            return it.Action is null ? Leaves(it, below) : Leaves(it, below).Prepend(below);
        });
}
