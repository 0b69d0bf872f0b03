using System.Globalization;
using System.Text.Json.Nodes;
using AutoTrader.HostTests.Hosting;

namespace AutoTrader.HostTests.Schedules;

/// <summary>Many schedules that are alike.</summary>
internal sealed class Crowd
{
    private const int AtOnce = 8;

    private readonly LiveApp _app;

    private Crowd(LiveApp app, IReadOnlyList<string> ids)
    {
        _app = app;
        Ids = ids;
    }

    /// <summary>Their ids.</summary>
    public IReadOnlyList<string> Ids { get; }

    /// <summary>Creates them.</summary>
    /// <param name="app">Where.</param>
    /// <param name="name">What their ids begin with.</param>
    /// <param name="count">How many.</param>
    /// <param name="definition">The definition of one, from its id.</param>
    public static async Task<Crowd> CreateAsync(LiveApp app, string name, int count, Func<string, JsonObject> definition)
    {
        var prefix = $"{name}-{Guid.NewGuid().ToString("N")[..6]}-";
        string[] ids = [.. Enumerable.Range(0, count).Select(number => prefix + number.ToString("D3", CultureInfo.InvariantCulture))];
        await Parallel.ForEachAsync(ids, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (id, _) =>
            await app.Client.CreateAsync(id, definition(id))
        );
        return new(app, ids);
    }

    /// <summary>Waits until every one has so many runs whose end is known.</summary>
    /// <returns>The runs.</returns>
    public async Task<IReadOnlyList<Run>> HaveRunAsync(int times = 1)
    {
        var all = new List<Run>();
        foreach (var id in Ids)
        {
            all.AddRange(
                await Eventually.FindAsync($"{times} runs of {id}", async () =>
                    await _app.Client.RunsAsync(id) is var runs && runs.Count >= times && runs.All(run => run.HasEnded) ? runs : null
                )
            );
        }

        return all;
    }

    /// <summary>The runs as they are, by schedule.</summary>
    public async Task<IReadOnlyDictionary<string, IReadOnlyList<Run>>> RunsAsync()
    {
        var all = new Dictionary<string, IReadOnlyList<Run>>();
        foreach (var id in Ids)
        {
            all[id] = await _app.Client.RunsAsync(id);
        }

        return all;
    }

    /// <summary>Pauses all, so that no more occurrences come.</summary>
    public Task PauseAsync() =>
        Parallel.ForEachAsync(Ids, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (id, _) =>
            await _app.Client.DoAsync(HttpMethod.Post, $"schedules/{id}/pause")
        );

    /// <summary>How many messages of a schedule arrived.</summary>
    public int MessagesOf(string id) => _app.Webhooks.With(id).Count;
}
