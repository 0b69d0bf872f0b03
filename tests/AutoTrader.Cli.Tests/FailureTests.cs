using System.Text.RegularExpressions;
using AutoTrader.Functions.Tests;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

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
        await using var proxy = await Proxy.StartAsync(running.App.Address, Fault.Silent, "GET");
        (await new Trader(proxy.Address).RunAsync("status --timeout 0.2")).ShouldExit(7).Error.ShouldContain("within 0.2 s");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_person_is_told_that_it_takes_a_while_and_a_script_is_not(bool isPerson)
    {
        await using var proxy = await Proxy.StartAsync(running.App.Address, Fault.Silent, "GET");
        var outcome = (await new Trader(proxy.Address).RunAsync(["status", "--timeout", "2"], isTerminal: isPerson)).ShouldExit(7);
        outcome.Error.Contains("Waiting for ", StringComparison.Ordinal).ShouldBe(isPerson);
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
        await using var proxy = await Proxy.StartAsync(app.Address, Enum.Parse<Fault>(fault), "POST");
        var trader = new Trader(proxy.Address);
        var unknown = (await trader.RunAsync("buy BOLT 10 --qty 2 --timeout 2")).ShouldExit(8);
        unknown.Out.ShouldBeEmpty();

        proxy.Heal();
        var command = Printed().Match(unknown.Error).Groups["command"].Value;
        command.ShouldStartWith("buy BOLT 10 --qty 2 --timeout 2 --idempotency-key ");
        (await trader.RunAsync(command)).ShouldExit(0).Out.ShouldContain("accepted");
        (await trader.RunAsync(command)).ShouldExit(0);
        (await app.GetAsync("orders?strategy_id=manual&status=all")).Json["count"]!.GetValue<int>().ShouldBe(1);
    }

    [Fact]
    public async Task With_json_an_unknown_outcome_is_a_problem_with_the_command_in_it()
    {
        await using var proxy = await Proxy.StartAsync(running.App.Address, Fault.CutAfter, "POST");
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
        await using var proxy = await Proxy.StartAsync(app.Address, Fault.CutAfter, typed == "stop" ? "PUT" : "POST");
        var trader = new Trader(proxy.Address);
        var command = Printed().Match((await trader.RunAsync(typed)).ShouldExit(8).Error).Groups["command"].Value;
        command.ShouldContain(added);
        proxy.Heal();
        (await trader.RunAsync(command)).ShouldExit(code);
    }

    [Fact]
    public async Task An_error_of_the_server_is_1_for_a_look_and_8_for_a_change()
    {
        await using var proxy = await Proxy.StartAsync(running.App.Address, Fault.Error, "GET");
        (await new Trader(proxy.Address).RunAsync("positions")).ShouldExit(1).Error.ShouldContain("500");
        await using var gateway = await Proxy.StartAsync(running.App.Address, Fault.Gateway, "GET");
        (await new Trader(gateway.Address).RunAsync("positions")).ShouldExit(7);
    }

    [Fact]
    public async Task Something_else_that_answers_is_told_from_the_app()
    {
        await using var proxy = await Proxy.StartAsync(running.App.Address, Fault.Page, "GET");
        (await new Trader(proxy.Address).RunAsync("status")).ShouldExit(7).Error.ShouldContain("not AutoTrader");
    }

    [Fact]
    public async Task Ctrl_C_while_an_order_is_under_way_is_8()
    {
        using var stop = new CancellationTokenSource();
        await using var proxy = await Proxy.StartAsync(running.App.Address, Fault.Silent, "POST", stop.Cancel);
        (await new Trader(proxy.Address).RunAsync(["buy", "DUNE", "5"], cancellationToken: stop.Token))
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
}

/// <summary>What goes wrong with the requests of one method.</summary>
internal enum Fault
{
    None,
    Silent,
    CutBefore,
    CutAfter,
    CutAnswer,
    Error,
    Gateway,
    Page,
}

/// <summary>Stands before the app and does harm.</summary>
internal sealed class Proxy : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly HttpClient _client = new();
    private readonly Uri _target;
    private readonly string _method;
    private readonly Action? _reached;
    private volatile Fault _fault;

    private Proxy(Uri target, Fault fault, string method, Action? reached)
    {
        (_target, _fault, _method, _reached) = (target, fault, method, reached);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        _app = builder.Build();
        _app.Urls.Add("http://127.0.0.1:0");
        _app.Run(ServeAsync);
    }

    public Uri Address => new(_app.Urls.First());

    public static async Task<Proxy> StartAsync(Uri target, Fault fault, string method, Action? reached = null)
    {
        var proxy = new Proxy(target, fault, method, reached);
        await proxy._app.StartAsync(TestContext.Current.CancellationToken);
        return proxy;
    }

    public void Heal() => _fault = Fault.None;

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _app.DisposeAsync();
    }

    private async Task ServeAsync(HttpContext context)
    {
        var fault = context.Request.Method == _method ? _fault : Fault.None;
        switch (fault)
        {
            case Fault.Silent:
                _reached?.Invoke();
                await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
                return;
            case Fault.CutBefore:
                context.Abort();
                return;
            case Fault.Error:
                context.Response.StatusCode = 500;
                return;
            case Fault.Gateway:
                context.Response.StatusCode = 502;
                return;
            case Fault.Page:
                context.Response.ContentType = "text/html";
                await context.Response.WriteAsync("<html/>");
                return;
            default:
                break;
        }

        using var answer = await ForwardAsync(context);
        if (fault == Fault.CutAfter)
        {
            context.Abort();
            return;
        }

        var body = await answer.Content.ReadAsByteArrayAsync();
        context.Response.StatusCode = (int)answer.StatusCode;
        context.Response.ContentType = answer.Content.Headers.ContentType?.ToString();
        context.Response.ContentLength = body.Length;
        if (fault == Fault.CutAnswer)
        {
            await context.Response.Body.WriteAsync(body.AsMemory(0, body.Length / 2));
            await context.Response.Body.FlushAsync();
            context.Abort();
            return;
        }

        await context.Response.Body.WriteAsync(body);
    }

    private async Task<HttpResponseMessage> ForwardAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        using var request = new HttpRequestMessage(
            new(context.Request.Method),
            new Uri(_target, context.Request.Path + context.Request.QueryString)
        )
        {
            Content = new ByteArrayContent(body.ToArray()),
        };
        if (context.Request.ContentType is { } type)
        {
            request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        }

        foreach (
            var name in new[] { "X-Caller", "Idempotency-Key", "If-Match", "x-functions-key" }.Where(context.Request.Headers.ContainsKey)
        )
        {
            request.Headers.TryAddWithoutValidation(name, (string?)context.Request.Headers[name]);
        }

        return await _client.SendAsync(request);
    }
}
