using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using AutoTrader.InfraDocs;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace AutoTrader.Infra.Tests;

/// <summary>The script that waits after a deployment, on a real socket.</summary>
public sealed class WaitForHealthTests : IAsyncLifetime
{
    private const string Healthy = """{"status":"ok","version":"1.2.3+abc"}""";

    private readonly ConcurrentQueue<(int Status, string Body)> _answers = new();
    private readonly WebApplication _server;
    private int _asked;

    public WaitForHealthTests()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _server = builder.Build();
        _server.Run(async context =>
        {
            Interlocked.Increment(ref _asked);
            var (status, body) = _answers.TryDequeue(out var next) ? next : (200, Healthy);
            context.Response.StatusCode = context.Request.Path == "/api/health" ? status : (int)HttpStatusCode.NotFound;
            await context.Response.WriteAsync(body);
        });
    }

    public async ValueTask InitializeAsync() => await _server.StartAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Two_healthy_answers_are_enough()
    {
        (await WaitAsync()).Code.ShouldBe(0);
        _asked.ShouldBe(2);
    }

    [Fact]
    public async Task It_goes_on_asking_while_the_app_starts_or_is_the_former_version()
    {
        _answers.Enqueue((503, """{"status":"stale","version":"1.2.3+abc"}"""));
        _answers.Enqueue((200, """{"status":"ok","version":"1.2.2+abc"}"""));
        (await WaitAsync("1.2.3")).Code.ShouldBe(0);
        _asked.ShouldBe(4);
    }

    [Fact]
    public async Task One_that_falls_silent_after_the_first_is_not_healthy_and_its_reason_is_shown()
    {
        _answers.Enqueue((200, Healthy));
        for (var answer = 0; answer < 40; answer++)
        {
            _answers.Enqueue(
                (503, """{"status":"stale","problems":["The timer EvaluateStrategies does not run."],"version":"1.2.3+abc"}""")
            );
        }

        var (code, text) = await WaitAsync();
        code.ShouldBe(1);
        text.ShouldContain("The timer EvaluateStrategies does not run.");
        _asked.ShouldBe(41);
    }

    private async Task<(int Code, string Text)> WaitAsync(string? version = null)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The script is for sh; Windows has one for PowerShell.");
        var address = _server.Urls.Single();
        var start = new ProcessStartInfo(
            "sh",
            [
                Path.Combine(Bicep.InfraFolder, "hooks", "wait-for-health.sh"),
                address + "/api",
                .. version is null ? Array.Empty<string>() : [version],
            ]
        )
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        (start.Environment["AUTOTRADER_WAIT_PAUSE"], start.Environment["AUTOTRADER_WAIT_BETWEEN"]) = ("0", "0");
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, output + await errors);
    }
}
