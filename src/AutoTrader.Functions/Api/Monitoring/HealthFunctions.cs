using System.Reflection;
using AutoTrader.Functions.Http;
using AutoTrader.Functions.Maintenance;
using AutoTrader.Functions.Observability;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;

namespace AutoTrader.Functions.Api.Monitoring;

/// <summary>Whether the app works, for monitors; without a key, as the page is.</summary>
public sealed class HealthFunctions(HealthCheck health, WatchdogStarter watchdog, TimeProvider clock)
{
    internal static ApiEndpoint Get { get; } =
        new(
            nameof(GetHealth),
            "get",
            "health",
            "Whether the app trades, and the age of the last cycle. 503 with the reasons when cycles, the sweep of schedules, "
                + "the delivery of notifications or the watchdog do not run, or storage cannot be reached or written. "
                + "Impaired: the last cycle failed, the engine state cannot be read, or a symbol has no market data."
        )
        {
            Tag = "engine",
            Anonymous = true,
            Response = typeof(HealthView),
            Refusals = [503],
        };

    private static string Version { get; } =
        typeof(HealthFunctions).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    /// <summary>Returns 200 when the app works, 503 with the reasons when not.</summary>
    [Function(nameof(GetHealth))]
    public async Task<IResult> GetHealth(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "health")] HttpRequest request,
        [DurableClient] DurableTaskClient client
    )
    {
        var input = await ApiRequest.ReadAsync(request, Get);
        await watchdog.EnsureAsync(client, input.Cancellation);
        var report = await health.LookAsync(input.Cancellation);
        var storage = report.Status == "unavailable" ? "unreachable" : "reachable";
        var view = new HealthView(
            report.Status,
            report.Problems,
            storage,
            report.Age is { } passed ? (long)passed.TotalSeconds : null,
            clock.GetUtcNow(),
            Version
        );
        return ApiResult.Of(view, report.IsDown ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK);
    }
}
