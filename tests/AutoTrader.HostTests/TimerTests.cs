using AutoTrader.HostTests.Hosting;

namespace AutoTrader.HostTests;

/// <summary>The work that the host's timers are to do, seen by what it leaves behind.</summary>
[Collection(BriskCollection.Name)]
public sealed class TimerTests(BriskApp app) : HostTest(app)
{
    [Fact]
    public async Task A_timer_runs_the_cycle() =>
        await Eventually.IsTrueAsync("a cycle by timer", async () => (await Client.CyclesByTimerAsync()).Count > 0);

    [Fact]
    public async Task A_timer_sweeps_the_schedules() =>
        await Eventually.IsTrueAsync("a sweep", async () => !Contains(await Client.GetAsync("health"), "sweep"));

    [Fact]
    public async Task A_timer_delivers_notifications()
    {
        var text = $"By timer {Guid.NewGuid():N}";
        await Client.DoAsync(HttpMethod.Post, "notifications/send", new() { ["message"] = text });
        await Eventually.IsTrueAsync("the message", () => Task.FromResult(app.Webhooks.With(text).Count > 0));
        app.Webhooks.With(text).Count.ShouldBe(1);
    }

    private static bool Contains(Response health, string work) =>
        health.Json["problems"]!.ToJsonString().Contains(work, StringComparison.Ordinal);
}
