using System.CommandLine;
using System.Text.Json.Nodes;
using AutoTrader.Testing;

namespace AutoTrader.Cli.Tests;

/// <summary>
/// Every command that there is, with <c>--json</c>: its exit code, that what it answers is JSON and all that is on stdout, and that an
/// error is problem details on stderr. With <c>AUTOTRADER_PROCESSES</c> set each is a process, as in the nightly workflow: a start of
/// half a second each is much for every run of the tests.
/// </summary>
public sealed class EveryCommandTests(RunningApp running) : IClassFixture<RunningApp>, IDisposable
{
    private static readonly bool AsProcesses = !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("AUTOTRADER_PROCESSES"));

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("trader-every-");

    private enum Answers
    {
        Json,
        Text,
        Problem,
    }

    // A command, the rest of the line, the exit code, and what is on stdout. A strategy, schedule, resting order and file of its own are
    // made for {strategy}, {schedule}, {order}, {strategies} and {schedules}; {folder} is theirs alone.
    private static readonly (string Path, string Words, int Code, Answers Answers)[] Rows =
    [
        ("status", "", 0, Answers.Json),
        ("start", "", 0, Answers.Json),
        ("stop", "", 0, Answers.Json),
        ("run-once", "", 0, Answers.Json),
        ("watch", "", 0, Answers.Json),
        ("balance", "", 0, Answers.Json),
        ("positions", "", 0, Answers.Json),
        ("portfolio", "", 0, Answers.Json),
        ("equity", "--days 5", 0, Answers.Json),
        ("quote", "ACME", 0, Answers.Json),
        ("scan", "ACME BOLT", 0, Answers.Json),
        ("orders", "--all", 0, Answers.Json),
        ("buy", "DUNE 5", 0, Answers.Json),
        ("sell", "DUNE 5", 6, Answers.Problem),
        ("cancel", "{order}", 0, Answers.Json),
        ("reconcile-orders", "", 0, Answers.Json),
        ("strategy list", "", 0, Answers.Json),
        ("strategy show", "{strategy}", 0, Answers.Json),
        ("strategy add", "bracket DUNE -L 5 --disabled", 0, Answers.Json),
        ("strategy remove", "{strategy} --yes", 0, Answers.Json),
        ("strategy enable", "{strategy}", 0, Answers.Json),
        ("strategy disable", "{strategy}", 0, Answers.Json),
        ("strategy pause", "{strategy}", 0, Answers.Json),
        ("strategy resume", "{strategy}", 5, Answers.Problem),
        ("strategy close", "{strategy} --yes", 0, Answers.Json),
        ("strategy explain", "grid", 0, Answers.Json),
        ("strategy import", "{strategies}", 0, Answers.Json),
        ("strategy export", "", 0, Answers.Text),
        ("strategy schedule", "{strategy} --at +2h", 0, Answers.Json),
        ("strategy schedule add", "{strategy} +2h", 0, Answers.Json),
        ("strategy schedule list", "", 0, Answers.Json),
        ("strategy schedule cancel", "{strategy}", 3, Answers.Problem),
        ("schedule create", "notify --market open --message x", 0, Answers.Json),
        ("schedule list", "", 0, Answers.Json),
        ("schedule show", "{schedule}", 0, Answers.Json),
        ("schedule update", "{schedule} --market close --clear note", 0, Answers.Json),
        ("schedule pause", "{schedule}", 0, Answers.Json),
        ("schedule resume", "{schedule}", 0, Answers.Json),
        ("schedule trigger", "{schedule}", 0, Answers.Json),
        ("schedule delete", "{schedule} --yes", 0, Answers.Json),
        ("schedule runs", "{schedule}", 0, Answers.Json),
        ("schedule preview", "--market open+5m", 0, Answers.Json),
        ("schedule next", "--days 3", 0, Answers.Json),
        ("schedule import", "{schedules}", 0, Answers.Json),
        ("schedule export", "", 0, Answers.Text),
        ("schedule enable", "", 0, Answers.Json),
        ("schedule disable", "", 1, Answers.Problem),
        ("schedule status", "", 0, Answers.Json),
        ("log", "--since 1h", 0, Answers.Json),
        ("why", "acme", 0, Answers.Json),
        ("today", "", 0, Answers.Json),
        ("history", "", 0, Answers.Json),
        ("analyze", "", 0, Answers.Json),
        ("export", "-", 0, Answers.Text),
        ("safety", "", 0, Answers.Json),
        ("kill", "", 0, Answers.Json),
        ("config list", "", 0, Answers.Json),
        ("config get", "max_daily_trades", 0, Answers.Json),
        ("config set", "max_daily_trades 50", 0, Answers.Json),
        ("config keys", "", 0, Answers.Json),
        ("notify list", "", 0, Answers.Json),
        ("notify test", "", 5, Answers.Problem),
        ("notify send", "hello", 5, Answers.Problem),
        ("backtest run", "trailing-stop ACME --start 2026-02-02 --end 2026-02-03 --trailing-pct 2", 0, Answers.Json),
        ("backtest list", "", 0, Answers.Json),
        ("backtest show", "missing", 3, Answers.Problem),
        ("backtest compare", "missing", 3, Answers.Problem),
        ("backtest delete", "missing --yes", 3, Answers.Problem),
        ("backtest publish", "missing", 3, Answers.Problem),
        ("backtest published", "", 0, Answers.Json),
        ("backtest unpublish", "missing --yes", 3, Answers.Problem),
        ("backtest verify", "--live 2026-02-03 2026-02-02", 2, Answers.Problem),
        ("rehearse", "--day 2026-02-07", 1, Answers.Problem),
        ("backtest files", "{strategies} --start 2026-02-02 --end 2026-02-03", 1, Answers.Problem),
        ("data fetch", "ACME --start 2026-02-02 --end 2026-02-03", 1, Answers.Problem),
        ("data list", "", 0, Answers.Json),
        ("data delete", "ACME --yes", 3, Answers.Problem),
        ("indicator list", "", 0, Answers.Json),
        ("indicator describe", "sma", 0, Answers.Json),
        ("indicator compute", "ACME sma:3", 0, Answers.Json),
        ("optimize", "trailing-stop --symbol ACME --start 2026-02-02 --end 2026-02-04 --params trailing_pct:1,2", 0, Answers.Json),
        ("optimization list", "", 0, Answers.Json),
        ("optimization show", "missing", 3, Answers.Problem),
        ("visualize", "missing --output {folder}/chart.html", 3, Answers.Problem),
        ("backup", "{folder}/all.jsonl.gz", 0, Answers.Json),
        ("restore", "{strategies} --yes", 1, Answers.Problem),
        ("rebuild", "--yes", 5, Answers.Problem),
        ("checklist", "", 0, Answers.Json),
        ("mcp serve", "--transport streamable-http --host 0.0.0.0 --port 0", 2, Answers.Problem),
        ("mcp reference", "", 0, Answers.Text),
        ("login", "{server}", 0, Answers.Json),
        ("logout", "", 3, Answers.Problem),
        ("profiles", "", 0, Answers.Json),
        ("local", "--help", 0, Answers.Text),
        ("completion", "bash", 0, Answers.Text),
        ("reference", "", 0, Answers.Text),
    ];

    public static TheoryData<string> Paths => [.. Rows.Select(it => it.Path)];

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Every_command_has_a_row_and_no_row_is_of_none() =>
        Leaves(TraderCli.Described(), "").ShouldBe(Rows.Select(it => it.Path), ignoreOrder: true);

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task A_command_answers_as_it_should(string path)
    {
        var (_, words, code, answers) = Rows.Single(it => it.Path == path);
        using var trader = running.Trader;
        trader.Variables["XDG_DATA_HOME"] = _folder.FullName;
        trader.Variables["HISTORICAL_DATA_DIR"] = Path.Combine(Repository.Top, "samples", "market");
        // Those of another row may have set it.
        await running.App.SendAsync("PUT", "engine/kill-switch", """{"on":false}""");
        string[] line = [.. $"{path} {await MadeAsync(words)}".TrimEnd().Split(' '), "--json"];
        var outcome = (AsProcesses ? await trader.ProcessAsync(line) : await trader.RunAsync(line)).ShouldExit(code);
        switch (answers)
        {
            case Answers.Problem:
                outcome.Out.ShouldBeEmpty();
                outcome.Problem["code"]!.GetValue<string>().ShouldNotBeNullOrWhiteSpace();
                outcome.Problem["detail"]!.GetValue<string>().ShouldNotBeNullOrWhiteSpace();
                break;
            case Answers.Json:
                (JsonNode.Parse(outcome.Out) is JsonObject or JsonArray).ShouldBeTrue(outcome.Out);
                outcome.Error.ShouldBeEmpty();
                break;
            default:
                outcome.Out.ShouldNotBeNullOrWhiteSpace();
                outcome.Error.ShouldBeEmpty();
                break;
        }
    }

    private async Task<string> MadeAsync(string rest)
    {
        var id = "e" + Guid.NewGuid().ToString("N")[..8];
        if (rest.Contains("{strategy}", StringComparison.Ordinal))
        {
            await running.App.CreateAsync(
                $$"""
                {"id":"{{id}}","symbol":"DUNE","strategy_type":"bracket","entry_price":"5","enabled":false,"allow_shared_symbol":true}
                """
            );
        }

        if (rest.Contains("{schedule}", StringComparison.Ordinal))
        {
            const string Task = "\"task_type\":\"notify\",\"market\":\"open\",\"task_data\":{\"message\":\"x\"}";
            (await running.App.PostAsync("schedules", $"{{\"id\":\"{id}\",{Task}}}")).ShouldBe(System.Net.HttpStatusCode.Created);
        }

        var order = "";
        if (rest.Contains("{order}", StringComparison.Ordinal))
        {
            const string Resting = """{"symbol":"DUNE","side":"buy","qty":1,"limit_price":"5"}""";
            order = (await running.App.PostAsync("orders", Resting, ("Idempotency-Key", id))).Json["id"]!.GetValue<string>();
        }

        return rest.Replace("{strategy}", id, StringComparison.Ordinal)
            .Replace("{schedule}", id, StringComparison.Ordinal)
            .Replace("{order}", order, StringComparison.Ordinal)
            .Replace("{server}", running.App.Address.ToString(), StringComparison.Ordinal)
            .Replace("{folder}", _folder.FullName, StringComparison.Ordinal)
            .Replace("{strategies}", await FileAsync("strategies", "strategies: []\n"), StringComparison.Ordinal)
            .Replace("{schedules}", await FileAsync("schedules", "schedules: []\n"), StringComparison.Ordinal);
    }

    private async Task<string> FileAsync(string name, string text)
    {
        var path = Path.Combine(_folder.FullName, name + ".yaml");
        await File.WriteAllTextAsync(path, text, TestContext.Current.CancellationToken);
        return path;
    }

    private static IEnumerable<string> Leaves(Command command, string path) =>
        command.Subcommands.SelectMany(it =>
        {
            var below = path.Length == 0 ? it.Name : $"{path} {it.Name}";
            return it.Action is null ? Leaves(it, below) : Leaves(it, below).Prepend(below);
        });
}
