using System.Collections.Concurrent;
using System.Net.Http.Json;
using AutoTrader.Core.Ports.Scheduling;
using AutoTrader.Core.Schedules;
using AutoTrader.Functions.Hosting;
using AutoTrader.Functions.Maintenance;
using AutoTrader.LocalHost.Azurite;
using AutoTrader.LocalHost.Functions;
using AutoTrader.LocalHost.Hosting;
using AutoTrader.Testing;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;

namespace AutoTrader.Functions.Tests.Scheduling;

/// <summary>
/// What schedules cost in requests to storage, the app's and the engine's together, on the real engine in real time. Polls that find
/// nothing and the engine's care of its partitions go on whether there are schedules or not, and are not counted.
/// </summary>
public sealed class StorageCostTests : IAsyncLifetime, IScheduleEvents
{
    private const int Firings = 4;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("autotrader-cost-");
    private readonly ConcurrentQueue<ScheduleRun> _ended = [];
    private AzuriteServer _azurite = null!;
    private StorageMeter _meter = null!;
    private LocalFunctionsHost _host = null!;
    private HttpClient _client = null!;

    private DurableTaskClient Orchestrations =>
        (DurableTaskClient)
            _host.Services.GetServices<IRuntimeExtension>().OfType<DurableExtension>().Single().BindInput(null!, null!, null!)!;

    public async ValueTask InitializeAsync()
    {
        _azurite = await AzuriteServer.StartAttachedAsync(_folder.FullName, TestContext.Current.CancellationToken);
        _meter = await StorageMeter.StartAsync(_azurite.ConnectionString);
        _host = await LocalFunctionsHost.StartAsync(_meter.SchedulesOnly(typeof(Composition).Assembly), (host, worker) =>
        {
            host.Services.AddSingleton<IScheduleEvents>(this);
            Composition.AddAutoTrader(host, worker);
        });
        _client = new() { BaseAddress = _host.Address };
        // What is done once, tables that are made for example, is no schedule's.
        await CreateAsync("first", new { schedule_cron = "* * * * * *", max_runs = 1 });
        await HaveEndedAsync(1);
        await IsQuietAsync(0, asleep: 0);
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _host.DisposeAsync();
        await _meter.DisposeAsync();
        await _azurite.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_new_schedule_takes_at_most_fifteen_requests_until_it_sleeps()
    {
        var from = _meter.Count;
        await CreateAsync("new", new { schedule_at = DateTimeOffset.UtcNow.AddDays(3) });
        await IsQuietAsync(from, asleep: 1);

        var caused = Caused(from);
        caused.Count.ShouldBeLessThanOrEqualTo(15, Describe(caused, 1));
    }

    // The engine: a timer's message, an activity's and its answer, each put, found and deleted, and twice the history read, the history
    // written and the state written. The app: the schedule read, the run begun, the message handed over, the run closed.
    [Fact]
    public async Task A_firing_takes_at_most_fifteen_requests_of_the_engine_and_four_of_the_app()
    {
        var one = await FireAsync("once", 1);
        var more = await FireAsync("often", 1 + Firings);

        (Of(more, "engine") - Of(one, "engine")).ShouldBeLessThanOrEqualTo(15 * Firings, Describe(more, 1 + Firings));
        (Of(more, "app") - Of(one, "app")).ShouldBeLessThanOrEqualTo(4 * Firings, Describe(more, 1 + Firings));
    }

    [Fact]
    public async Task A_sweep_over_schedules_that_are_as_they_should_be_costs_the_same_however_many_they_are()
    {
        await SweepAsync();
        var none = await SweepAsync();
        var from = _meter.Count;
        foreach (var number in Enumerable.Range(0, 20))
        {
            await CreateAsync($"asleep-{number}", new { schedule_at = DateTimeOffset.UtcNow.AddDays(3) });
        }

        await IsQuietAsync(from, asleep: 20);
        var many = await SweepAsync();
        many.Count.ShouldBe(none.Count, Describe(many, 1));
    }

    void IScheduleEvents.RunEnded(ScheduleRun run) => _ended.Enqueue(run);

    void IScheduleEvents.SweepFailed(string scheduleId, Exception failure) => throw new InvalidOperationException(scheduleId, failure);

    private static int Of(IEnumerable<StorageRequest> requests, string who) => requests.Count(request => request.Who == who);

    private static string Describe(IReadOnlyCollection<StorageRequest> requests, int count) =>
        string.Join('\n', StorageRequests.Each(requests, count));

    private async Task<IReadOnlyList<StorageRequest>> FireAsync(string id, int times)
    {
        var (from, before) = (_meter.Count, _ended.Count);
        await CreateAsync(id, new { schedule_cron = "*/2 * * * * *", max_runs = times });
        await HaveEndedAsync(before + times);
        await IsQuietAsync(from, asleep: 0);
        return Caused(from);
    }

    private async Task<IReadOnlyList<StorageRequest>> SweepAsync()
    {
        var from = _meter.Count;
        await _host.Services.GetRequiredService<ScheduleSweep>().RunAsync(Orchestrations, TestContext.Current.CancellationToken);
        return Caused(from);
    }

    private async Task CreateAsync(string id, object spec)
    {
        var schedule = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["id"] = id,
            ["task_type"] = "notify",
            ["task_data"] = new { message = id },
        };
        foreach (var property in spec.GetType().GetProperties())
        {
            schedule[property.Name] = property.GetValue(spec);
        }

        using var answer = await _client.PostAsJsonAsync("api/schedules", schedule, TestContext.Current.CancellationToken);
        answer.IsSuccessStatusCode.ShouldBeTrue(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    // Each message that was found took a poll, and each of an orchestration its history, which is read once more when the next one comes
    // before the engine is done with the last.
    private List<StorageRequest> Caused(int from)
    {
        var all = _meter.From(from);
        return
        [
            .. all.Where(request => request.Who != "host" && !IsNotCounted(request.What)),
            .. all.Where(IsDelete).Select(_ => new StorageRequest("engine", "queue GET of a message")),
            .. all.Where(request => IsDelete(request) && request.What.Contains("control", StringComparison.Ordinal))
                .Select(_ => new StorageRequest("engine", "table GET of its history")),
        ];
    }

    private static bool IsNotCounted(string what) =>
        what.StartsWith("queue GET", StringComparison.Ordinal)
        || what.StartsWith("table GET AutoTraderHistory", StringComparison.Ordinal)
        || what.StartsWith("blob", StringComparison.Ordinal)
        || what.Contains("Partitions", StringComparison.OrdinalIgnoreCase);

    private static bool IsDelete(StorageRequest request) => request.What.StartsWith("queue DELETE", StringComparison.Ordinal);

    private Task HaveEndedAsync(int count) => UntilAsync(() => _ended.Count >= count);

    // A message is deleted after all that it led to was written: the starts are, and what is left are the timers of those that sleep.
    private Task IsQuietAsync(int from, int asleep) =>
        UntilAsync(() =>
        {
            var all = _meter.From(from);
            var (put, deleted) = (all.Count(it => it.What.StartsWith("queue POST", StringComparison.Ordinal)), all.Count(IsDelete));
            return deleted >= asleep && put - deleted == asleep;
        });

    private static async Task UntilAsync(Func<bool> reached)
    {
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (!reached() && await poll.WaitForNextTickAsync(TestContext.Current.CancellationToken)) { }
    }
}
