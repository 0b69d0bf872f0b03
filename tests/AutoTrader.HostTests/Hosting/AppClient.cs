using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace AutoTrader.HostTests.Hosting;

/// <summary>An answer of the app.</summary>
/// <param name="Status">Its status.</param>
/// <param name="Text">Its body as it came.</param>
internal sealed record Response(HttpStatusCode Status, string Text)
{
    /// <summary>Its body.</summary>
    public JsonNode Json => JsonNode.Parse(Text)!;
}

/// <summary>One run of a schedule.</summary>
internal sealed record Run(
    DateTimeOffset Planned,
    string Cause,
    string Status,
    DateTimeOffset StartedAt,
    DateTimeOffset? EndedAt,
    double Lateness,
    string? Code,
    string? Outcome
)
{
    /// <summary>Whether it is known what became of it.</summary>
    public bool HasEnded => Status != "started";

    /// <summary>Whether it was planned, and not triggered.</summary>
    public bool IsScheduled => Cause == "scheduled";
}

/// <summary>A cycle of the engine.</summary>
internal sealed record Cycle(DateTimeOffset Planned, DateTimeOffset StartedAt);

/// <summary>The app's HTTP interface as a program uses it.</summary>
internal sealed class AppClient(HttpClient http, string? key)
{
    /// <summary>Reads.</summary>
    public Task<Response> GetAsync(string path) => SendAsync(HttpMethod.Get, path);

    /// <summary>Asks for something to be done.</summary>
    public Task<Response> PostAsync(string path, JsonObject? body = null) => SendAsync(HttpMethod.Post, path, body ?? []);

    /// <summary>Sends a request.</summary>
    public async Task<Response> SendAsync(HttpMethod method, string path, JsonObject? body = null, string? idempotencyKey = null)
    {
        using var request = new HttpRequestMessage(method, "api/" + path);
        if (body is not null)
        {
            request.Content = JsonContent.Create(body);
        }

        if (key is not null)
        {
            request.Headers.Add("x-functions-key", key);
        }

        if (idempotencyKey is not null)
        {
            request.Headers.Add("Idempotency-Key", idempotencyKey);
        }

        using var response = await http.SendAsync(request, TestContext.Current.CancellationToken);
        return new(response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>Sends a request that is to succeed.</summary>
    public async Task<JsonNode> DoAsync(HttpMethod method, string path, JsonObject? body = null)
    {
        var response = await SendAsync(method, path, body);
        ((int)response.Status).ShouldBeInRange(200, 299, $"{method} {path}: {response.Text}");
        return response.Text.Length == 0 ? new JsonObject() : response.Json;
    }

    /// <summary>All items of a list.</summary>
    public async Task<IReadOnlyList<JsonNode>> ListAsync(string path)
    {
        var items = new List<JsonNode>();
        string? cursor = null;
        do
        {
            var separator = path.Contains('?', StringComparison.Ordinal) ? '&' : '?';
            var page = await DoAsync(HttpMethod.Get, cursor is null ? path : $"{path}{separator}cursor={Uri.EscapeDataString(cursor)}");
            items.AddRange(page["items"]!.AsArray().Select(item => item!));
            cursor = page["next_cursor"]?.GetValue<string>();
        } while (cursor is not null);
        return items;
    }

    /// <summary>The runs of a schedule, oldest first; none also of one that is gone.</summary>
    public async Task<IReadOnlyList<Run>> RunsAsync(string id)
    {
        var path = $"schedules/{id}/runs?limit=1000";
        return (await GetAsync(path)).Status == HttpStatusCode.NotFound
            ? []
            : [.. (await ListAsync(path)).Select(RunOf).OrderBy(run => run.Planned)];
    }

    /// <summary>The latest cycles that the timer ran and that came to their end.</summary>
    public async Task<IReadOnlyList<Cycle>> CyclesByTimerAsync() =>
        [
            .. (await DoAsync(HttpMethod.Get, "engine"))["cycles"]!
                .AsArray()
                .Where(cycle => cycle!["cause"]!.GetValue<string>() == "timer" && cycle["error"] is null)
                .Select(cycle => new Cycle(cycle!["planned"]!.GetValue<DateTimeOffset>(), cycle["started_at"]!.GetValue<DateTimeOffset>())),
        ];

    /// <summary>Creates a schedule.</summary>
    public Task<JsonNode> CreateAsync(string id, JsonObject definition)
    {
        definition["id"] = id;
        return DoAsync(HttpMethod.Post, "schedules", definition);
    }

    private static Run RunOf(JsonNode run) =>
        new(
            run["planned"]!.GetValue<DateTimeOffset>(),
            run["cause"]!.GetValue<string>(),
            run["status"]!.GetValue<string>(),
            run["started_at"]!.GetValue<DateTimeOffset>(),
            run["ended_at"]?.GetValue<DateTimeOffset>(),
            double.Parse(run["lateness_seconds"]!.GetValue<string>(), CultureInfo.InvariantCulture),
            run["code"]?.GetValue<string>(),
            run["outcome"]?.GetValue<string>()
        );
}
