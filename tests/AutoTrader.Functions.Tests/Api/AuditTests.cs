using AutoTrader.Functions.Api;
using AutoTrader.Functions.Api.Monitoring;
using AutoTrader.Functions.Api.Schedules;
using AutoTrader.Functions.Api.Strategies;
using AutoTrader.Functions.Api.Trading;

namespace AutoTrader.Functions.Tests.Api;

/// <summary>Every change is audited with its caller, whatever endpoint makes it (docs/architecture.md, "HTTP API").</summary>
public sealed class AuditTests
{
    // What looks like a change and is none.
    // A restore takes a whole file into an empty account: BackupTests.
    private static readonly string[] Harmless = [nameof(ScheduleFunctions.PreviewSchedule), nameof(BackupFunctions.RestoreBackup)];

    // What there must be for the good request of an endpoint to change something.
    private static readonly Dictionary<string, Func<TestApp, Task>> Beforehand = new(StringComparer.Ordinal)
    {
        [nameof(StrategyActionFunctions.ResumeStrategy)] = app => app.PostAsync("strategies/quiet/pause"),
        [nameof(ScheduleActionFunctions.ResumeSchedule)] = app => app.PostAsync("schedules/quiet/pause"),
        [nameof(StrategyScheduleFunctions.DeleteStrategySchedule)] = app =>
            app.SendAsync("PUT", "strategies/quiet/schedule", """{"schedule_cron":"0 9 * * *"}"""),
        [nameof(BacktestFunctions.DeleteBacktest)] = app =>
            app.PostAsync(
                "backtests",
                Requests
                    .Body(Requests.Endpoint(nameof(BacktestFunctions.PublishBacktest)))!
                    .Replace("1a2b3c4d", "missing", StringComparison.Ordinal)
            ),
        [nameof(AttentionFunctions.DeleteAttention)] = app => app.SpoilAsync("strategy|missing"),
    };

    public static TheoryData<string> Changing =>
        [
            .. Endpoints
                .All.Where(endpoint => endpoint.Method != "get")
                .Select(endpoint => endpoint.Function)
                .Except(Harmless, StringComparer.Ordinal),
        ];

    [Theory]
    [MemberData(nameof(Changing))]
    public async Task A_change_is_audited_with_its_caller_its_action_and_its_target(string function)
    {
        await using var app = await TestApp.StartAsync(("DISCORD_WEBHOOK_URL", "http://127.0.0.1:9/hook"));
        await app.MinutesAsync(2);
        await app.CreateAsync(Requests.Quiet);
        await app.PostAsync("schedules", Requests.QuietSchedule);
        var endpoint = Requests.Endpoint(function);
        await (Beforehand.GetValueOrDefault(function)?.Invoke(app) ?? Task.CompletedTask);
        var path = Requests.Path(endpoint);
        if (function == nameof(OrderFunctions.CancelOrder))
        {
            path =
                "orders/"
                + (
                    await app.PostAsync("orders", """{"symbol":"BOLT","side":"buy","qty":1,"limit_price":"10"}""", ("Idempotency-Key", "1"))
                ).Json["id"]!.GetValue<string>();
        }
        else if (function == nameof(AttentionFunctions.DeleteAttention))
        {
            path = "attention/strategy%7Cmissing";
        }

        var reply = await app.SendAsync(
            endpoint.Method.ToUpperInvariant(),
            path,
            Requests.Body(endpoint),
            [.. Requests.Headers(endpoint), ("X-Caller", "auditor")]
        );
        var rows = (await app.GetAsync("audit")).Json["items"]!
            .AsArray()
            .Where(row => row!["caller"]!.GetValue<string>() == "local/auditor")
            .ToList();
        rows.ShouldNotBeEmpty(reply.Text);
        foreach (var row in rows)
        {
            row!["action"]!.GetValue<string>().ShouldNotBeNullOrEmpty();
            row["target"].ShouldNotBeNull(row.ToJsonString()).GetValue<string>().ShouldNotBeNullOrEmpty();
            ((int)reply.Status < 300 || row["error"] is not null).ShouldBeTrue(reply.Text + row.ToJsonString());
        }
    }
}
