using System.Reflection;
using AutoTrader.Core.Doors;
using AutoTrader.Core.Engine.Ports;
using AutoTrader.Functions.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace AutoTrader.Functions.Api;

/// <summary>Whether the app works, for monitors; the only endpoint without a key.</summary>
public sealed class HealthFunctions(EngineDoor engine, Hosting.CycleSchedule schedule, TimeProvider clock)
{
    private const int MissedBeats = 3;

    internal static ApiEndpoint Get { get; } = new(nameof(GetHealth), "get", "health", "Whether storage can be reached, and how long ago the last cycle ended. Impaired: the last cycle stopped before its end, or the engine's memory cannot be read; the attention list says why. 503 when storage cannot be reached.")
    {
        Tag = "engine",
        Anonymous = true,
        Answer = typeof(HealthView),
        Refusals = [503],
    };

    private static string Version { get; } = typeof(HealthFunctions).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    /// <summary>Answers 200 when storage answers, 503 when not.</summary>
    [Function(nameof(GetHealth))]
    public async Task<IResult> GetHealth([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "health")] HttpRequest request)
    {
        var call = await Call.ReadAsync(request, Get);
        try
        {
            var pulse = await engine.PulseAsync(call.Cancellation);
            var status = pulse.Age > schedule.Interval * MissedBeats ? "stale" : pulse.IsImpaired ? "impaired" : pulse.Age is null ? "starting" : "ok";
            return Answer.Of(new HealthView(status, "reachable", pulse.Age is { } passed ? (long)passed.TotalSeconds : null, clock.GetUtcNow(), Version));
        }
        catch (UnreadableRowException)
        {
            return Answer.Of(new HealthView("impaired", "reachable", null, clock.GetUtcNow(), Version));
        }
        catch (StorageUnavailableException)
        {
            return Answer.Of(new HealthView("unavailable", "unreachable", null, clock.GetUtcNow(), Version), StatusCodes.Status503ServiceUnavailable);
        }
    }

    private sealed record HealthView(string Status, string Storage, long? HeartbeatAgeSeconds, DateTimeOffset Now, string Version);
}
