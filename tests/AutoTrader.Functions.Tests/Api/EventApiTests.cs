using System.Net;
using System.Text.Json.Nodes;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Scheduling;
using AutoTrader.Core.Schedules;
using AutoTrader.Storage.Tables;

namespace AutoTrader.Functions.Tests.Api;

/// <summary>Everything that happened is one stream, in order, and can be read on from where it was left.</summary>
public sealed class EventApiTests
{
    private const string Trailing =
        """{"id":"acme","symbol":"ACME","strategy_type":"trailing_stop","trailing_stop_pct":"2","quantity":5}""";

    [Fact]
    public async Task Decisions_fills_runs_and_changes_are_told_oldest_first()
    {
        await using var app = await TestApp.StartAsync();
        await app.CreateAsync(Trailing);
        (
            await app.PostAsync(
                "schedules",
                """{"id":"bell","task_type":"strategy_pause","schedule_at":"+2m","task_data":{"strategy_id":"acme"}}"""
            )
        ).ShouldBe(HttpStatusCode.Created);
        await app.MinutesAsync(5);

        var events = Items(await app.GetAsync("events"));
        events.Select(it => it["at"]!.GetValue<DateTimeOffset>()).ShouldBeInOrder();
        events.ShouldContain(it =>
            Kind(it) == "change"
            && Message(it).StartsWith("create_strategy acme", StringComparison.Ordinal)
            && it["by"]!.GetValue<string>() == "local"
            && it["action"]!.GetValue<string>() == "create_strategy"
            && it["error"] == null
        );
        events.ShouldContain(it => Kind(it) == "engine" && Message(it).StartsWith("acme filled: buy 5 ACME", StringComparison.Ordinal));
        var run = events.Single(it => Kind(it) == "run");
        Message(run).ShouldStartWith("schedule bell: strategy_pause fired");
        run["lateness_seconds"]!.GetValue<string>().ShouldNotBeEmpty();
    }

    [Fact]
    public async Task What_was_asked_and_why_it_was_refused_are_codes()
    {
        await using var app = await TestApp.StartAsync();
        await app.CreateAsync(Trailing);
        await app.MinutesAsync(1);
        (await app.PostAsync("strategies/acme/resume")).Status.ShouldBe(HttpStatusCode.Conflict);
        await app.MinutesAsync(1);
        var refused = Items(await app.GetAsync("events")).Single(it => it["action"]?.GetValue<string>() == "resume_strategy");
        refused["error"]!.GetValue<string>().ShouldBe("STRATEGY_NOT_PAUSED");
        refused["subject"]!.GetValue<string>().ShouldBe("acme");
    }

    [Fact]
    public async Task Pages_read_on_without_a_gap_or_a_repetition()
    {
        await using var app = await TestApp.StartAsync();
        await app.CreateAsync(Trailing);
        await app.MinutesAsync(4);
        var whole = Items(await app.GetAsync("events?limit=1000")).Select(it => it.ToJsonString()).ToList();
        whole.Count.ShouldBeGreaterThan(3);

        var pages = new List<string>();
        string? cursor = null;
        do
        {
            var page = await app.GetAsync("events?limit=2" + (cursor is null ? "" : "&cursor=" + cursor));
            pages.AddRange(Items(page).Select(it => it.ToJsonString()));
            cursor = page.Json["next_cursor"]?.GetValue<string>();
        } while (cursor is not null);

        pages.ShouldBe(whole);
    }

    [Fact]
    public async Task A_follower_gets_everything_once_while_things_happen_and_a_late_row_of_the_same_instant_too()
    {
        await using var app = await TestApp.StartAsync();
        await app.CreateAsync(Trailing);
        var (told, cursor) = (new List<string>(), (string?)null);
        for (var step = 0; step < 6; step++)
        {
            await app.PostAsync(
                "schedules",
                $$"""{"id":"s{{step}}","task_type":"notify","schedule_at":"+1m","task_data":{"message":"x"} }"""
            );
            await ReadAsync(limit: 3);
            await app.MinutesAsync(1);
            await app.PostAsync($"schedules/s{step}/pause");
            await ReadAsync(limit: 1000);

            // For a time that is told already.
            var late = new AuditEntry(app.Now, $"late{step}", "me", "pause_strategy", "acme");
            await app.Get<IAuditLog>().AppendAsync("paper", late, TestContext.Current.CancellationToken);
        }

        await ReadAsync(limit: 1000);
        told.ShouldBe(Ids(await app.GetAsync("events?limit=1000")), ignoreOrder: true);
        told.Count(id => id.StartsWith("change-late", StringComparison.Ordinal)).ShouldBe(6);
        told.Count(id => id.StartsWith("run-", StringComparison.Ordinal)).ShouldBe(6);
        var left = told.Count;
        await ReadAsync(limit: 1000);
        told.Count.ShouldBe(left);

        async Task ReadAsync(int limit)
        {
            var page = await app.GetAsync($"events?limit={limit}" + (cursor is null ? "" : "&cursor=" + cursor));
            told.AddRange(Ids(page));
            cursor = page.Json["resume_cursor"]!.GetValue<string>();
        }
    }

    [Theory]
    [InlineData("30d", 210)] // eleven spans of nothing
    [InlineData("1d", 77)]
    [InlineData("30m", 20)]
    public async Task A_page_costs_the_same_however_many_schedules_there_are(string since, int atMost)
    {
        var asked = 0;
        var tables = new MemoryTables().Through(table => new CountedTable(table, () => Interlocked.Increment(ref asked)));
        await using var app = await TestApp.StartAsync(new TestStorage { Tables = tables }, TestApp.Start, _ => { });
        foreach (var id in Enumerable.Range(0, 200).Select(n => $"s{n}"))
        {
            var run = new ScheduleRun
            {
                ScheduleId = id,
                Planned = app.Now,
                Cause = ScheduleRun.Scheduled,
                Task = new(ScheduleAction.Notify) { Message = "x" },
                Status = RunStatus.Fired,
                StartedAt = app.Now,
                EndedAt = app.Now,
            };
            await app.Get<IScheduleStore>().CommitAsync(id, [ScheduleWrite.Of(run, null)], TestContext.Current.CancellationToken);
        }

        var (cursor, told) = ((string?)null, 0);
        do
        {
            asked = 0;
            var page = await app.GetAsync($"events?limit=100&since={since}" + (cursor is null ? "" : "&cursor=" + cursor));
            Volatile.Read(ref asked).ShouldBeInRange(1, atMost);
            told += Ids(page).Count;
            cursor = page.Json["next_cursor"]?.GetValue<string>();
        } while (cursor is not null);

        told.ShouldBe(200);
    }

    [Theory]
    [InlineData("30d", "")]
    [InlineData("7d", "&strategy_id=acme")]
    public async Task The_first_page_of_a_young_account_has_what_happened_first(string since, string about)
    {
        await using var app = await TestApp.StartAsync();
        await app.CreateAsync(Trailing);
        await app.MinutesAsync(4);
        var first = await app.GetAsync($"events?since={since}&limit=1000{about}");
        Ids(first).ShouldBe(Ids(await app.GetAsync($"events?since=1h&limit=1000{about}")));
        Ids(first).ShouldNotBeEmpty();
        first.Json["next_cursor"].ShouldBeNull();
    }

    [Fact]
    public async Task A_strategy_s_events_are_its_own_and_those_of_its_schedules()
    {
        await using var app = await TestApp.StartAsync();
        await app.CreateAsync(Trailing);
        await app.CreateAsync("""{"id":"bolt","symbol":"BOLT","strategy_type":"trailing_stop","trailing_stop_pct":"2","quantity":5}""");
        await app.MinutesAsync(3);

        var events = Items(await app.GetAsync("events?strategy_id=acme"));
        events.ShouldNotBeEmpty();
        events.ShouldAllBe(it => Message(it).Contains("acme", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_needs_the_eye_about_a_strategy_is_among_its_events()
    {
        await using var app = await TestApp.StartAsync();
        await app.CreateAsync(Trailing);
        await app.MinutesAsync(1);
        var engine = app.Get<IEngineStore>();
        var state = (await engine.LoadAsync("paper", TestContext.Current.CancellationToken))!;
        var record = new CycleRecord
        {
            Planned = app.Now,
            StartedAt = app.Now,
            Cause = "timer",
            Holder = "here",
            Events = ["attention UNPROTECTED: acme holds 5 ACME without a stop", "attention UNPROTECTED: bolt holds 5 BOLT without a stop"],
        };
        (await engine.SaveAsync("paper", state.Value, state.Version, record, TestContext.Current.CancellationToken)).ShouldNotBeNull();

        var told = Items(await app.GetAsync("events?strategy_id=acme")).Select(Message).ToList();
        told.ShouldContain(message => message.StartsWith("attention UNPROTECTED: acme", StringComparison.Ordinal));
        told.ShouldNotContain(message => message.Contains("bolt", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Only_what_is_not_older_than_since_is_told()
    {
        await using var app = await TestApp.StartAsync();
        await app.CreateAsync(Trailing);
        await app.MinutesAsync(10);

        Items(await app.GetAsync("events?since=1m")).ShouldAllBe(it => it["at"]!.GetValue<DateTimeOffset>() >= app.Now.AddMinutes(-1));
        Items(await app.GetAsync("events?since=today"))
            .ShouldContain(it => Message(it).StartsWith("create_strategy acme", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("none")]
    [InlineData("60d")]
    [InlineData("2020-01-01")]
    [InlineData("soon")]
    public async Task A_since_that_is_no_time_of_the_last_month_is_refused(string since)
    {
        await using var app = await TestApp.StartAsync();
        (await app.GetAsync("events?since=" + since)).ShouldBe(HttpStatusCode.BadRequest, "VALIDATION_ERROR");
    }

    [Fact]
    public async Task The_reason_of_a_paused_schedule_is_in_the_audit()
    {
        await using var app = await TestApp.StartAsync();
        await app.PostAsync("schedules", Requests.QuietSchedule);
        (await app.PostAsync("schedules/quiet/pause", """{"reason":"on holiday"}""")).ShouldBe(HttpStatusCode.OK);

        Items(await app.GetAsync("audit"))
            .ShouldContain(it =>
                it["action"]!.GetValue<string>() == "pause_schedule" && it["details"]!["reason"]!.GetValue<string>() == "on holiday"
            );
    }

    private static List<JsonNode> Items(Reply reply) => [.. reply.ShouldBe(HttpStatusCode.OK).Json["items"]!.AsArray().Select(it => it!)];

    private static List<string> Ids(Reply reply) => [.. Items(reply).Select(it => it["id"]!.GetValue<string>())];

    private static string Kind(JsonNode it) => it["kind"]!.GetValue<string>();

    private static string Message(JsonNode it) => it["message"]!.GetValue<string>();
}
