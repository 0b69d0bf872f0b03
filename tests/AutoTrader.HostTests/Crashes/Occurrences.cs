using System.Text.Json.Nodes;
using AutoTrader.HostTests.Hosting;
using AutoTrader.HostTests.Schedules;

namespace AutoTrader.HostTests.Crashes;

/// <summary>Schedules of messages and of orders, whose occurrences must each happen once, whatever is killed.</summary>
internal sealed class Occurrences
{
    private readonly LiveApp _app;
    private readonly Crowd _messages;
    private readonly Crowd _orders;

    private Occurrences(LiveApp app, Crowd messages, Crowd orders)
    {
        _app = app;
        _messages = messages;
        _orders = orders;
    }

    /// <summary>Creates them: half of them messages, half of them orders.</summary>
    public static async Task<Occurrences> CreateAsync(LiveApp app, int count, Func<JsonObject> rule) =>
        new(
            app,
            await Crowd.CreateAsync(app, "tell", count / 2, id => Rules.Notify(rule(), id)),
            await Crowd.CreateAsync(app, "buy", count / 2, _ => Rules.Order(rule()))
        );

    /// <summary>Pauses all, so that no more come.</summary>
    public async Task PauseAsync()
    {
        await _messages.PauseAsync();
        await _orders.PauseAsync();
    }

    /// <summary>Waits until the end of each is known, and looks whether each happened once or is accounted for.</summary>
    /// <returns>All runs.</returns>
    public async Task<IReadOnlyList<Run>> HappenedOnceAsync(TimeSpan? every = null)
    {
        await _messages.HaveRunAsync();
        await _orders.HaveRunAsync();
        var (told, bought) = (await _messages.RunsAsync(), await _orders.RunsAsync());
        foreach (var (id, runs) in told.Concat(bought))
        {
            runs.ShouldAllBe(run => run.IsScheduled && (run.Status == "fired" || (run.Status == "skipped" && run.Code != null)), id);
            var planned = runs.Select(run => run.Planned).ToList();
            planned.ShouldBeUnique();
            if (every is { } step)
            {
                planned.Zip(planned.Skip(1)).ShouldAllBe(pair => pair.Second - pair.First == step, id);
            }
        }

        foreach (var (id, runs) in told)
        {
            var fired = runs.Count(run => run.Status == "fired");
            await Eventually.IsTrueAsync($"{fired} messages of {id}", () => Task.FromResult(_messages.MessagesOf(id) >= fired));
            _messages.MessagesOf(id).ShouldBe(fired, id);
        }

        var orders = await _app.Client.ListAsync("orders?status=all&limit=1000");
        foreach (var (id, runs) in bought)
        {
            var placed = orders.Count(order => order["note"]?.GetValue<string>() == "schedule " + id);
            placed.ShouldBe(runs.Count(run => run.Status == "fired"), id);
        }

        return [.. told.Concat(bought).SelectMany(it => it.Value)];
    }
}
