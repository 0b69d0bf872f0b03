using System.Globalization;
using System.Text.Json.Nodes;
using AutoTrader.HostTests.Hosting;
using AutoTrader.HostTests.Schedules;
using AutoTrader.Testing;

namespace AutoTrader.HostTests.Measuring;

/// <summary>How late, and how many requests: told and never asserted, since it says as much of the machine as of the app.</summary>
[Collection(MeasuredCollection.Name)]
public sealed class Measurements : HostTest
{
    private const int Many = 200;
    private const int OneOffs = 50;

    private static readonly TimeSpan Window = TimeSpan.FromMinutes(4);

    private readonly MeasuredApp _app;

    public Measurements(MeasuredApp app)
        : base(app)
    {
        Assert.SkipUnless(MeasuredApp.IsOn, $"Measurements take minutes: {MeasuredApp.Variable}=1 makes them.");
        _app = app;
    }

    [Fact]
    public async Task Idle_with_two_hundred_asleep()
    {
        var speed = MeasuredApp.Asleep / _app.CreationTime.TotalSeconds;
        Print(string.Create(CultureInfo.InvariantCulture, $"creating {MeasuredApp.Asleep} schedules, {speed:0.0} a second, requests:"));
        Print(StorageRequests.Each(_app.Creation, MeasuredApp.Asleep));

        // Whole minutes, so that each timer has its share.
        await Eventually.IsPastAsync(DateTimeOffset.UtcNow.AddSeconds(30));
        var from = _app.Meter.Count;
        var (started, log) = (DateTimeOffset.UtcNow, _app.Host.Log.Count);
        await HasPassedAsync(started + Window);
        Print($"idle with {MeasuredApp.Asleep} asleep, requests:");
        Print(StorageRequests.PerMinute(_app.Meter.From(from), DateTimeOffset.UtcNow - started));
        Print("lines of the log meanwhile:");
        Print(Lines(_app.Host.Log.From(log)));
    }

    [Fact]
    public async Task One_offs_on_a_quiet_host()
    {
        var first = Rules.In(TimeSpan.FromSeconds(60));
        var number = 0;
        var orders = await Crowd.CreateAsync(_app, "order", OneOffs, _ => Rules.Order(Rules.At(Next())));
        var messages = await Crowd.CreateAsync(_app, "notify", OneOffs, id => Rules.Notify(Rules.At(Next()), id));
        await Eventually.IsPastAsync(first.AddSeconds(-35));
        var (from, log) = (_app.Meter.Count, _app.Host.Log.Count);
        await HasPassedAsync(first.AddSeconds((2 * OneOffs) + 5));
        var requests = _app.Meter.From(from);
        PrintLateness("orders, one by one", await orders.HaveRunAsync());
        PrintLateness("messages, one by one", await messages.HaveRunAsync());
        Print($"{2 * OneOffs} firings, with what the app does meanwhile, requests:");
        Print(StorageRequests.Each(requests, 2 * OneOffs));
        Print("lines of the log meanwhile:");
        Print(Lines(_app.Host.Log.From(log)));

        DateTimeOffset Next() => first.AddSeconds(Interlocked.Increment(ref number));
    }

    [Theory]
    [InlineData("order")]
    [InlineData("notify")]
    public async Task Two_hundred_of_one_instant(string what)
    {
        var at = Rules.In(TimeSpan.FromSeconds(90));
        var crowd = await Crowd.CreateAsync(_app, what, Many, id => Definition(what, Rules.At(at), id));
        var from = _app.Meter.Count;
        await HasPassedAsync(at.AddSeconds(30));
        var requests = _app.Meter.From(from);
        PrintLateness($"{Many} {what} of one instant", await crowd.HaveRunAsync());
        Print("requests, with what the app does meanwhile:");
        Print(StorageRequests.Each(requests, Many));
    }

    [Theory]
    [InlineData("order")]
    [InlineData("notify")]
    public async Task After_a_kill_in_flight(string what)
    {
        var at = Rules.In(TimeSpan.FromSeconds(40));
        var crowd = await Crowd.CreateAsync(_app, what, 20, id => Definition(what, Rules.At(at), id));
        // Each is awake by then, and waits for its instant within an activity.
        await Eventually.IsPastAsync(at.AddSeconds(-1));
        var killed = DateTimeOffset.UtcNow;
        await _app.KillAsync(_app.Host);
        await _app.StartHostAsync();
        var next = await Eventually.FindAsync("a cycle by timer", async () =>
            (await Client.CyclesByTimerAsync()).LastOrDefault(cycle => cycle.StartedAt > killed)
        );
        Print(
            string.Create(
                CultureInfo.InvariantCulture,
                $"killed at {killed:HH:mm:ss.f}; the next cycle by timer, of {next.Planned:HH:mm:ss}, began at {next.StartedAt:HH:mm:ss.f}"
            )
        );
        PrintLateness($"20 {what} that were in flight", await crowd.HaveRunAsync());
    }

    private static JsonObject Definition(string what, JsonObject rule, string id) =>
        what == "order" ? Rules.Order(rule) : Rules.Notify(rule, id);

    private static void Print(IEnumerable<string> figures)
    {
        foreach (var figure in figures)
        {
            Print(figure);
        }
    }

    private static IEnumerable<string> Lines(IEnumerable<LogLine> lines) =>
        lines
            .GroupBy(line => $"{line.Level} {line.Category}")
            .OrderByDescending(group => group.Count())
            .Select(group =>
                $"  {group.Count().ToString(CultureInfo.InvariantCulture)} {group.Key}: {group.First().Message.Split('\n')[0]}"
            );

    // Longer than what is waited for elsewhere.
    private static async Task HasPassedAsync(DateTimeOffset instant)
    {
        while (DateTimeOffset.UtcNow < instant)
        {
            var next = DateTimeOffset.UtcNow.AddMinutes(1);
            await Eventually.IsPastAsync(next < instant ? next : instant);
        }
    }
}
