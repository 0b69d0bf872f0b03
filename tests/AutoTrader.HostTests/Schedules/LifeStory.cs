using System.Text.Json.Nodes;
using AutoTrader.HostTests.Hosting;

namespace AutoTrader.HostTests.Schedules;

/// <summary>
/// What is done to schedules while their orchestrations sleep, for each way to say when they are due. All of it happens around one
/// instant, so that the tests wait for it once.
/// </summary>
public sealed class LifeStory(BriskApp app) : IAsyncLifetime
{
    // An orchestration is awake 30 seconds ahead, that of a market event 60: the changes come while all still sleep.
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan Far = TimeSpan.FromDays(40);

    private readonly string _prefix = $"life-{Guid.NewGuid().ToString("N")[..6]}-";
    private readonly Dictionary<string, IReadOnlyList<Run>> _runs = [];

    /// <summary>The kinds of rule that can name the instant: that of the market only where a session is near enough.</summary>
    public IReadOnlyList<string> Kinds { get; private set; } = [];

    /// <summary>The instant.</summary>
    public DateTimeOffset At { get; private set; }

    /// <summary>What those were changed to that were to fire sooner.</summary>
    public DateTimeOffset Sooner => At.AddSeconds(2);

    private AppClient Client => app.Client;

    public async ValueTask InitializeAsync()
    {
        if (HostCommand.Found is not null)
        {
            At = Rules.In(Soon);
            await PrintAsync();
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>The runs of a schedule when the instant was past, and nothing had been resumed yet.</summary>
    internal IReadOnlyList<Run> RunsOf(string name) => _runs[name];

    /// <summary>The runs of a schedule as they are.</summary>
    internal Task<IReadOnlyList<Run>> RunsNowAsync(string name) => Client.RunsAsync(IdOf(name));

    /// <summary>A schedule as it is.</summary>
    internal async Task<JsonNode> ReadAsync(string name) => (await Client.GetAsync("schedules/" + IdOf(name))).Json;

    /// <summary>The ids under which the messages of a schedule arrived.</summary>
    internal IReadOnlyList<string> MessagesOf(string name) => [.. app.Webhooks.With(IdOf(name)).Select(message => message.Delivery)];

    /// <summary>Does something to a schedule.</summary>
    internal Task DoAsync(string name, string action) => Client.DoAsync(HttpMethod.Post, $"schedules/{IdOf(name)}/{action}");

    private async Task PrintAsync()
    {
        var rules = await Rules.AllAsync(Client, At);
        var sooner = await Rules.AllAsync(Client, Sooner);
        var far = Rules.At(Rules.In(Far));
        Kinds = [.. rules.Keys.Where(sooner.ContainsKey)];
        await Parallel.ForEachAsync(Kinds, async (kind, _) =>
        {
            await CreateAsync("fired-" + kind, rules[kind]);
            await CreateAsync("later-" + kind, rules[kind]);
            await CreateAsync("sooner-" + kind, far);
            await CreateAsync("paused-" + kind, rules[kind]);
            await CreateAsync("triggered-" + kind, kind == "market" ? new() { ["market"] = "close-5m" } : far);
            await CreateAsync("deleted-" + kind, rules[kind]);
            await Client.DoAsync(HttpMethod.Patch, "schedules/" + IdOf("later-" + kind), far.DeepClone().AsObject());
            await Client.DoAsync(HttpMethod.Patch, "schedules/" + IdOf("sooner-" + kind), sooner[kind].DeepClone().AsObject());
            await DoAsync("paused-" + kind, "pause");
            await DoAsync("triggered-" + kind, "trigger");
            await Client.DoAsync(HttpMethod.Delete, "schedules/" + IdOf("deleted-" + kind));
        });
        await CreateAsync("steady", new() { ["schedule_cron"] = "*/2 * * * * *" });
        await DoAsync("steady", "pause");
        _runs["steady"] = await RunsNowAsync("steady");
        await ActAsync();
        await HasPassedAsync();
    }

    private async Task ActAsync()
    {
        var strategy = new JsonObject { ["strategy_id"] = "dune-grid" };
        await CreateAsync("order", Rules.Order(Rules.At(At)));
        await CreateAsync("strategy-pause", Rules.With(Rules.At(At), "strategy_pause", strategy));
        await CreateAsync("strategy-resume", Rules.With(Rules.At(At.AddSeconds(1)), "strategy_resume", strategy.DeepClone().AsObject()));
        await CreateAsync("switch-on", Rules.With(Rules.At(At.AddSeconds(2)), "kill_switch_on", new() { ["reason"] = "a test" }));
        await CreateAsync("switch-off", Rules.With(Rules.At(At.AddSeconds(3)), "kill_switch_off", []));
    }

    // That others fired which were due a little later says more than the clock.
    private async Task HasPassedAsync()
    {
        await CreateAsync("after", Rules.At(At.AddSeconds(4)));
        await Eventually.IsTrueAsync("the last one has run", async () => (await RunsNowAsync("after")).Any(run => run.HasEnded));
        string[] acts = ["order", "strategy-pause", "strategy-resume", "switch-on", "switch-off"];
        foreach (var name in Kinds.Select(kind => "fired-" + kind).Concat(Kinds.Select(kind => "sooner-" + kind)).Concat(acts))
        {
            _runs[name] = await Eventually.FindAsync($"the run of {name}", async () =>
                await RunsNowAsync(name) is { Count: > 0 } runs && runs.All(run => run.HasEnded) ? runs : null
            );
        }

        foreach (var name in Kinds.SelectMany(kind => new[] { "later-" + kind, "paused-" + kind, "triggered-" + kind, "deleted-" + kind }))
        {
            _runs[name] = await RunsNowAsync(name);
        }
    }

    private string IdOf(string name) => _prefix + name;

    private Task<JsonNode> CreateAsync(string name, JsonObject ruleOrDefinition)
    {
        var id = IdOf(name);
        return Client.CreateAsync(id, ruleOrDefinition.ContainsKey("task_type") ? ruleOrDefinition : Rules.Notify(ruleOrDefinition, id));
    }
}
