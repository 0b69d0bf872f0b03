using System.Globalization;
using System.Text.Json.Nodes;
using AutoTrader.HostTests.Hosting;

namespace AutoTrader.HostTests.Schedules;

/// <summary>The three ways to say when a schedule is due, each for a given instant.</summary>
internal static class Rules
{
    // Beyond it the market's time is no time of the session any more.
    private static readonly TimeSpan Furthest = TimeSpan.FromHours(6);

    /// <summary>An instant that is so far away, on a whole second.</summary>
    public static DateTimeOffset In(TimeSpan time)
    {
        var at = DateTimeOffset.UtcNow + time;
        return at.AddTicks(-(at.Ticks % TimeSpan.TicksPerSecond) + TimeSpan.TicksPerSecond);
    }

    /// <summary>Once, at an instant.</summary>
    public static JsonObject At(DateTimeOffset at) =>
        new() { ["schedule_at"] = at.UtcDateTime.ToString("O", CultureInfo.InvariantCulture) };

    /// <summary>A cron expression that comes to an instant, and then not for a year.</summary>
    public static JsonObject Cron(DateTimeOffset at) =>
        new() { ["schedule_cron"] = at.UtcDateTime.ToString("s m H d M '*'", CultureInfo.InvariantCulture), ["zone"] = "Etc/UTC" };

    /// <summary>A time of the market that comes to an instant next; null where no session is near enough, as by night.</summary>
    public static async Task<JsonObject?> MarketAsync(AppClient client, DateTimeOffset at)
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById("America/New_York");
        var day = TimeZoneInfo.ConvertTime(at, zone);
        foreach (var (edge, hour) in new[] { ("open", 9.5), ("close", 16), ("close", 13) })
        {
            var offset = day.TimeOfDay - TimeSpan.FromHours(hour);
            if (offset.Duration() <= Furthest)
            {
                var market = $"{edge}{(offset < TimeSpan.Zero ? '-' : '+')}{offset:h'h'm'm's's'}";
                var preview = await client.DoAsync(HttpMethod.Post, "schedules/preview", new() { ["market"] = market, ["count"] = 1 });
                if (preview["occurrences"]![0]!["at"]!.GetValue<DateTimeOffset>() == at)
                {
                    return new() { ["market"] = market };
                }
            }
        }

        return null;
    }

    /// <summary>An instant in each of the three ways, by its name; that of the market only where it can be said so.</summary>
    public static async Task<IReadOnlyDictionary<string, JsonObject>> AllAsync(AppClient client, DateTimeOffset at)
    {
        var rules = new Dictionary<string, JsonObject> { ["at"] = At(at), ["cron"] = Cron(at) };
        if (await MarketAsync(client, at) is { } market)
        {
            rules["market"] = market;
        }

        return rules;
    }

    /// <summary>A schedule that sends a message.</summary>
    public static JsonObject Notify(JsonObject rule, string text) => With(rule, "notify", new() { ["message"] = text });

    /// <summary>A schedule that places an order, which is taken at any hour and never fills.</summary>
    public static JsonObject Order(JsonObject rule) =>
        With(
            rule,
            "order_place",
            new()
            {
                ["symbol"] = "ACME",
                ["side"] = "buy",
                ["qty"] = 1,
                ["limit_price"] = "1.00",
                ["time_in_force"] = "gtc",
            }
        );

    /// <summary>A schedule of any action.</summary>
    public static JsonObject With(JsonObject rule, string action, JsonObject data)
    {
        var definition = rule.DeepClone().AsObject();
        definition["task_type"] = action;
        definition["task_data"] = data;
        return definition;
    }
}
