using System.Text.RegularExpressions;
using AutoTrader.Functions.Testing;

namespace AutoTrader.Cli.Tests;

/// <summary>A server that is away, slow, broken, or gone before it answered: what is told, and that nothing is done twice.</summary>
public sealed partial class FailureTests(RunningApp running) : IClassFixture<RunningApp>
{
    [Fact]
    public async Task A_server_that_is_away_is_7_and_nothing_was_sent()
    {
        var away = new Trader(new("http://127.0.0.1:9"));
        (await away.RunAsync("status")).ShouldExit(7).Error.ShouldContain("trader local");
        var refused = (await away.RunAsync("buy ACME 10 --json")).ShouldExit(7);
        refused.Out.ShouldBeEmpty();
        refused.Problem["code"]!.GetValue<string>().ShouldBe("UNREACHABLE");
        (await new Trader(new("http://no-such-host.invalid")).RunAsync("status")).ShouldExit(7);
    }

    [Fact]
    public async Task A_look_that_is_not_answered_in_time_is_7()
    {
        var passes = new Passes();
        await using var proxy = await Relay.StartAsync(running.App.Address, Fault.Silent, "GET", passes.Limit);
        (await passes.Of(new(proxy.Address)).RunAsync("status --timeout 0.2")).ShouldExit(7).Error.ShouldContain("within 0.2 s");
    }

    [Fact]
    public async Task A_person_is_told_that_it_takes_a_while()
    {
        // The answer comes only when that is told.
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var proxy = await Relay.StartAsync(running.App.Address, may: told.Task);
        (await new Trader(proxy.Address).RunAsync(["status"], isTerminal: true, onError: () => told.TrySetResult()))
            .ShouldExit(0)
            .Error.ShouldContain("Waiting for ");
    }

    [Fact]
    public async Task A_script_is_not_told_that_it_takes_a_while()
    {
        // Longer than the second after which a person is told.
        await using var proxy = await Relay.StartAsync(running.App.Address, Fault.Silent, "GET");
        (await new Trader(proxy.Address).ProcessAsync("status", "--timeout", "2")).ShouldExit(7).Error.ShouldNotContain("Waiting for ");
    }

    [Theory]
    [InlineData(nameof(Fault.Silent))]
    [InlineData(nameof(Fault.CutAfter))]
    [InlineData(nameof(Fault.CutBefore))]
    [InlineData(nameof(Fault.Error))]
    [InlineData(nameof(Fault.CutAnswer))]
    public async Task An_order_without_an_answer_is_8_and_the_printed_command_makes_it_one_order(string fault)
    {
        await using var app = await TestApp.StartAsync();
        var passes = new Passes();
        await using var proxy = await Relay.StartAsync(app.Address, Enum.Parse<Fault>(fault), "POST", passes.Limit);
        var trader = passes.Of(new(proxy.Address));
        var unknown = (await trader.RunAsync("buy BOLT 10 --qty 2")).ShouldExit(8);
        unknown.Out.ShouldBeEmpty();

        proxy.Heal();
        var command = Printed().Match(unknown.Error).Groups["command"].Value;
        command.ShouldStartWith("buy BOLT 10 --qty 2 --idempotency-key ");
        (await trader.RunAsync(command)).ShouldExit(0).Out.ShouldContain("accepted");
        (await trader.RunAsync(command)).ShouldExit(0);
        (await app.GetAsync("orders?strategy_id=manual&status=all")).Json["count"]!.GetValue<int>().ShouldBe(1);
    }

    [Fact]
    public async Task A_cancel_without_an_answer_is_found_out_by_the_whole_id_whatever_begins_like_it_then()
    {
        await using var app = await TestApp.StartAsync();
        const string Resting = """{"symbol":"BOLT","side":"buy","qty":1,"limit_price":"10"}""";
        var id = (await app.PostAsync("orders", Resting, ("Idempotency-Key", "one"))).Json["id"]!.GetValue<string>();
        await using var relay = await Relay.StartAsync(app.Address, Fault.CutAfter, "DELETE");
        var trader = new Trader(relay.Address);
        var command = Printed().Match((await trader.RunAsync("cancel at-")).ShouldExit(8).Error).Groups["command"].Value;
        command.ShouldStartWith($"cancel {id} --idempotency-key ");

        relay.Heal();
        await app.MinutesAsync(2);
        await app.PostAsync("orders", Resting, ("Idempotency-Key", "two"));
        (await trader.RunAsync(command)).ShouldExit(0).Out.ShouldContain("canceled");
        (await app.GetAsync("orders")).Json["count"]!.GetValue<int>().ShouldBe(1);
    }

    [Fact]
    public async Task With_json_an_unknown_outcome_is_a_problem_with_the_command_in_it()
    {
        await using var proxy = await Relay.StartAsync(running.App.Address, Fault.CutAfter, "POST");
        var unknown = (await new Trader(proxy.Address).RunAsync("schedule create notify --market open --message x --json")).ShouldExit(8);
        unknown.Problem["code"]!.GetValue<string>().ShouldBe("OUTCOME_UNKNOWN");
        unknown.Problem["detail"]!
            .GetValue<string>()
            .ShouldContain("trader schedule create notify --market open --message x --json --id s-");
    }

    [Theory]
    [InlineData("strategy add bracket DUNE -L 5 --disabled", "--id ", 5)]
    [InlineData("schedule create notify --market open --message x", "--id ", 5)]
    [InlineData("schedule trigger summary", "--idempotency-key ", 0)]
    [InlineData("stop", "--idempotency-key ", 0)]
    public async Task A_change_that_was_done_without_an_answer_is_found_out_by_the_printed_command(string typed, string added, int code)
    {
        await using var app = await TestApp.StartAsync();
        await app.PostAsync("schedules", """{"id":"summary","task_type":"notify","market":"open","task_data":{"message":"x"}}""");
        await using var proxy = await Relay.StartAsync(app.Address, Fault.CutAfter, typed == "stop" ? "PUT" : "POST");
        var trader = new Trader(proxy.Address);
        var command = Printed().Match((await trader.RunAsync(typed)).ShouldExit(8).Error).Groups["command"].Value;
        command.ShouldContain(added);
        proxy.Heal();
        (await trader.RunAsync(command)).ShouldExit(code);
    }

    [Fact]
    public async Task An_error_of_the_server_is_1_for_a_look_and_8_for_a_change()
    {
        await using var proxy = await Relay.StartAsync(running.App.Address, Fault.Error, "GET");
        (await new Trader(proxy.Address).RunAsync("positions")).ShouldExit(1).Error.ShouldContain("500");
        await using var gateway = await Relay.StartAsync(running.App.Address, Fault.Gateway, "GET");
        (await new Trader(gateway.Address).RunAsync("positions")).ShouldExit(7);
    }

    [Fact]
    public async Task Something_else_that_answers_is_told_from_the_app()
    {
        await using var proxy = await Relay.StartAsync(running.App.Address, Fault.Page, "GET");
        (await new Trader(proxy.Address).RunAsync("status")).ShouldExit(7).Error.ShouldContain("not AutoTrader");
    }

    [Fact]
    public async Task Ctrl_C_while_an_order_is_under_way_is_8()
    {
        using var stop = new CancellationTokenSource();
        await using var proxy = await Relay.StartAsync(running.App.Address, Fault.Silent, "POST", stop.Cancel);
        (await new Trader(proxy.Address).RunAsync(["buy", "DUNE", "5"], cancellationToken: stop.Token))
            .ShouldExit(8)
            .Error.ShouldContain("--idempotency-key ");
    }

    [Theory]
    [InlineData("buy BOLT 10 --qty 2")]
    [InlineData("strategy pause held")]
    public async Task What_the_engine_does_later_is_waited_for_with_the_key(string command)
    {
        await using var app = await TestApp.StartAsync(("LocalHost:Keys:me", "the-secret"));
        (string, string) key = ("x-functions-key", "the-secret");
        await app.PostAsync("strategies", """{"id":"held","symbol":"ACME","strategy_type":"bracket","entry_price":"5"}""", key);
        await using var relay = await Relay.StartAsync(app.Address);
        var trader = new Trader(relay.Address);
        trader.Variables["AUTOTRADER_KEY"] = "the-secret";
        (await relay.DeferredAsync(app, () => trader.RunAsync(command))).ShouldExit(0);
    }

    [Theory]
    [InlineData(nameof(Fault.CutBefore), "GET")]
    [InlineData(nameof(Fault.Error), "GET")]
    [InlineData(nameof(Fault.Gateway), "GET")]
    [InlineData(nameof(Fault.Page), "GET")]
    [InlineData(nameof(Fault.CutAnswer), "GET")]
    [InlineData(nameof(Fault.NotAllowed), "GET")]
    [InlineData(nameof(Fault.CutBefore), "POST")]
    [InlineData(nameof(Fault.CutAnswer), "POST")]
    [InlineData(nameof(Fault.Gateway), "POST")]
    [InlineData(nameof(Fault.Page), "POST")]
    [InlineData(nameof(Fault.NotAllowed), "POST")]
    [InlineData(nameof(Fault.TooMany), "POST")]
    public async Task Once_the_engine_has_an_order_no_failure_says_that_it_was_not_sent(string fault, string method)
    {
        await using var app = await TestApp.StartAsync();
        await using var relay = await Relay.StartAsync(app.Address, Enum.Parse<Fault>(fault), method, afterAccepted: true);
        var trader = new Trader(relay.Address);
        var unknown = (await relay.DeferredAsync(app, () => trader.RunAsync("buy BOLT 10 --qty 2"))).ShouldExit(8);
        unknown.Error.ShouldContain("The engine has the request");
        unknown.Error.ShouldNotContain("othing was");

        relay.Heal();
        (await trader.RunAsync(Printed().Match(unknown.Error).Groups["command"].Value)).ShouldExit(0);
        (await app.GetAsync("orders?strategy_id=manual&status=all")).Json["count"]!.GetValue<int>().ShouldBe(1);
    }

    [Fact]
    public async Task A_connection_that_is_refused_once_the_engine_has_an_order_is_8_and_the_printed_command_makes_it_one_order()
    {
        await using var app = await TestApp.StartAsync();
        await using var relay = await Relay.StartAsync(app.Address, closesOnceAccepted: true);
        var unknown = (await relay.DeferredAsync(app, () => new Trader(relay.Address).RunAsync("buy BOLT 10 --qty 2"))).ShouldExit(8);
        unknown.Error.ShouldContain("The engine has the request");
        unknown.Error.ShouldNotContain("othing was");

        (await new Trader(app.Address).RunAsync(Printed().Match(unknown.Error).Groups["command"].Value)).ShouldExit(0);
        (await app.GetAsync("orders?strategy_id=manual&status=all")).Json["count"]!.GetValue<int>().ShouldBe(1);
    }

    [Fact]
    public async Task A_refusal_of_what_the_engine_did_later_is_told_as_one()
    {
        await using var app = await TestApp.StartAsync();
        await using var relay = await Relay.StartAsync(app.Address);
        (await relay.DeferredAsync(app, () => new Trader(relay.Address).RunAsync("buy BOLT 10 --qty 5000")))
            .ShouldExit(6)
            .Error.ShouldContain("MAX_ORDER_VALUE");
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    public async Task Ctrl_C_once_the_engine_has_an_order_is_8(string method)
    {
        using var stop = new CancellationTokenSource();
        await using var app = await TestApp.StartAsync();
        await using var relay = await Relay.StartAsync(app.Address, Fault.Silent, method, stop.Cancel, afterAccepted: true);
        var trader = new Trader(relay.Address);
        (await relay.DeferredAsync(app, () => trader.RunAsync(["buy", "BOLT", "10"], cancellationToken: stop.Token)))
            .ShouldExit(8)
            .Error.ShouldContain("--idempotency-key ");
    }

    [Fact]
    public async Task A_missing_or_wrong_key_is_4()
    {
        await using var app = await TestApp.StartAsync(("LocalHost:Keys:me", "the-secret"));
        var trader = new Trader(app.Address);
        (await trader.RunAsync("status")).ShouldExit(4).Error.ShouldContain("trader login");
        trader.Variables["AUTOTRADER_KEY"] = "wrong";
        (await trader.RunAsync("status --json")).ShouldExit(4).Out.ShouldBeEmpty();
        trader.Variables["AUTOTRADER_KEY"] = "the-secret";
        (await trader.RunAsync("status")).ShouldExit(0);
    }

    [Fact]
    public async Task Text_of_others_cannot_steer_the_terminal()
    {
        await using var app = await TestApp.StartAsync();
        (
            await app.PostAsync(
                "strategies",
                """{"id":"evil","symbol":"ACME","strategy_type":"bracket","enabled":false,"entry_price":"5","notes":"a\nb [red]c[/]"}"""
            )
        )
            .Json["id"]
            .ShouldNotBeNull();
        var shown = (await new Trader(app.Address).RunAsync("strategy show evil")).ShouldExit(0).Out;
        shown.ShouldContain("a b [red]c[/]");
        Rendering.Cells.Clean("a\u001b[2Jb\r\nc\u0007").ShouldBe("a?[2Jb c?");
    }

    [GeneratedRegex("trader (?<command>.*)$", RegexOptions.Multiline | RegexOptions.NonBacktracking)]
    private static partial Regex Printed();

    /// <summary>Lets the time go by in which an answer must come.</summary>
    private sealed class Passes
    {
        private Trader? _trader;

        public Trader Of(Trader trader) => _trader = trader;

        public void Limit() => _trader!.Clock.Advance(TimeSpan.FromHours(1));
    }
}
