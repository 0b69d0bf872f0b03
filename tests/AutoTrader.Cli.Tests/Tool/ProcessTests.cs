using System.Diagnostics;
using AutoTrader.Functions.Testing;

namespace AutoTrader.Cli.Tests.Tool;

/// <summary>The tool as a process: streams, exit codes, signals, and the local host that it brings.</summary>
public sealed class ProcessTests(RunningApp running) : IClassFixture<RunningApp>
{
    private Trader Trader => running.Trader;

    [Fact]
    public async Task An_answer_is_on_stdout_and_its_code_is_0()
    {
        var trader = Trader;
        trader.Variables["COLUMNS"] = "60";
        var outcome = (await trader.ProcessAsync("strategy", "list")).ShouldExit(0);
        outcome.Out.ShouldContain("acme");
        outcome.Out.Split('\n').ShouldAllBe(line => line.Length <= 60);
        outcome.Error.ShouldBeEmpty();
    }

    [Fact]
    public async Task Json_is_all_that_is_on_stdout_and_a_problem_all_that_is_on_stderr()
    {
        (await Trader.ProcessAsync("status", "--json")).ShouldExit(0).Json["account"]!.GetValue<string>().ShouldBe("paper");
        var missing = (await Trader.ProcessAsync("strategy", "show", "missing", "--json")).ShouldExit(3);
        missing.Out.ShouldBeEmpty();
        missing.Problem["code"]!.GetValue<string>().ShouldBe("STRATEGY_NOT_FOUND");
    }

    [Fact]
    public async Task Wrong_usage_is_2_and_a_server_that_is_away_7()
    {
        (await Trader.ProcessAsync("buy")).ShouldExit(2).Error.ShouldContain("--help");
        (await new Trader(new("http://127.0.0.1:9")).ProcessAsync("status")).ShouldExit(7);
    }

    [Fact]
    public async Task A_signal_while_an_order_is_under_way_is_8_and_the_printed_command_makes_it_one_order()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "SIGINT is sent with kill.");
        await using var app = await TestApp.StartAsync();
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var proxy = await Relay.StartAsync(app.Address, Fault.Silent, "POST", reached.SetResult);
        var trader = new Trader(proxy.Address);
        using var process = trader.Start("buy", "BOLT", "10");
        var ended = Trader.EndAsync(process);
        (await Task.WhenAny(reached.Task, ended) == reached.Task).ShouldBeTrue(ended.IsCompleted ? (await ended).Error : "");
        using (var kill = Process.Start("kill", ["-INT", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]))
        {
            await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        var outcome = (await ended).ShouldExit(8);
        proxy.Heal();
        var command = outcome.Error.Split("trader ")[^1].Trim();
        (await trader.RunAsync(command)).ShouldExit(0);
        (await trader.RunAsync(command)).ShouldExit(0);
        (await app.GetAsync("orders?strategy_id=manual&status=all")).Json["count"]!.GetValue<int>().ShouldBe(1);
    }

    [Fact]
    public async Task The_local_host_runs_from_the_tool()
    {
        var trader = new Trader();
        using var process = trader.Start("local", "--", "--memory", "--port", "0", "--real-time");
        process.StandardInput.Close();
        try
        {
            using var server = new Trader(await Trader.ListeningAsync(process));
            (await server.RunAsync("status")).ShouldExit(0).Out.ShouldContain("PAPER");
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync(CancellationToken.None);
        }
    }
}
