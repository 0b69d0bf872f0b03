using System.Collections.Concurrent;
using System.Net.Http.Json;
using AutoTrader.Core.Application.Scheduling;
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

/// <summary>What <see cref="LostOrchestrationTests"/> says in virtual time, on the engine that Azure runs and in real time: whatever is
/// done to an orchestration behind the app's back, every occurrence is on record once, and what fired was handed over.</summary>
public sealed class LostOnAzureStorageTests : IScheduleEvents
{
    private readonly ConcurrentDictionary<string, int> _ended = new(StringComparer.Ordinal);

    [Fact]
    public async Task The_sweeper_restores_each_and_every_occurrence_is_accounted_for_once()
    {
        var folder = Directory.CreateTempSubdirectory("autotrader-lost-");
        var sent = new KeptNotifications();
        try
        {
            await using var azurite = await AzuriteServer.StartAttachedAsync(folder.FullName, TestContext.Current.CancellationToken);
            await using var meter = await StorageMeter.StartAsync(azurite.ConnectionString);
            var options = meter.SchedulesOnly(typeof(Composition).Assembly);
            options = options with { Assemblies = [.. options.Assemblies, typeof(OlderOrchestration).Assembly] };
            await using var host = await LocalFunctionsHost.StartAsync(
                options,
                (services, worker) =>
                {
                    Composition.AddAutoTrader(services, worker);
                    services.Services.AddSingleton<IScheduleEvents>(this);
                    services.Services.AddSingleton<IScheduleNotifications>(sent);
                }
            );
            var engine = (DurableTaskClient)
                host.Services.GetServices<IRuntimeExtension>().OfType<DurableExtension>().Single().BindInput(null!, null!, null!)!;
            var damaged = OrchestrationDamage.All.Select((damage, number) => (Id: $"tick-{number}", Damage: damage)).ToList();
            using var client = new HttpClient { BaseAddress = host.Address };
            await CreateAsync(client, "yearly", "0 0 1 7 *");
            foreach (var (id, _) in damaged)
            {
                await CreateAsync(client, id, "*/2 * * * * *");
            }

            await HaveEndedAsync(damaged.Select(it => it.Id), 2);
            foreach (var (id, damage) in damaged)
            {
                await damage.Value(engine, id);
            }

            var sweep = host.Services.GetRequiredService<ScheduleSweep>();
            var before = damaged.ToDictionary(it => it.Id, it => _ended[it.Id]);
            await UntilAsync(async () =>
            {
                await sweep.RunAsync(engine, TestContext.Current.CancellationToken);
                return before.All(it => _ended[it.Key] >= it.Value + 2);
            });

            var store = host.Services.GetRequiredService<IScheduleStore>();
            foreach (var (id, damage) in damaged)
            {
                await ShouldBeSoundAsync(store, sent, id, damage.Key);
            }

            (await store.ListRunsAsync("yearly", 10, null, CancellationToken.None)).Items.ShouldBeEmpty();
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    void IScheduleEvents.RunEnded(ScheduleRun run) => _ended.AddOrUpdate(run.ScheduleId, 1, (_, count) => count + 1);

    void IScheduleEvents.SweepFailed(string scheduleId, Exception failure) => throw new InvalidOperationException(scheduleId, failure);

    private static async Task ShouldBeSoundAsync(IScheduleStore store, KeptNotifications sent, string id, string damage)
    {
        IReadOnlyList<ScheduleRun> runs =
        [
            .. (await store.ListRunsAsync(id, 1000, null, CancellationToken.None))
                .Items.Select(row => row.Value)
                .OrderBy(run => run.Planned),
        ];
        runs.Zip(runs.Skip(1), (run, next) => next.Planned - run.Planned).ShouldAllBe(gap => gap == TimeSpan.FromSeconds(2), damage);
        runs.ShouldContain(run => run.Status == RunStatus.Fired, damage);
        // The one that was lost and the one that was restored may hand over the same occurrence, under one key, by which it has one effect.
        sent.Counts.Keys.Where(key => runs.Any(run => run.Occurrence == key))
            .ShouldBe(runs.Where(run => run.Status == RunStatus.Fired).Select(run => run.Occurrence), ignoreOrder: true, damage);
    }

    private static async Task CreateAsync(HttpClient client, string id, string cron)
    {
        using var answer = await client.PostAsJsonAsync(
            "api/schedules",
            new
            {
                id,
                task_type = "notify",
                task_data = new { message = id },
                schedule_cron = cron,
            },
            TestContext.Current.CancellationToken
        );
        answer.IsSuccessStatusCode.ShouldBeTrue(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    private Task HaveEndedAsync(IEnumerable<string> ids, int count) =>
        UntilAsync(() => Task.FromResult(ids.All(id => _ended.GetValueOrDefault(id) >= count)));

    private static async Task UntilAsync(Func<Task<bool>> reached)
    {
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        while (!await reached() && await poll.WaitForNextTickAsync(TestContext.Current.CancellationToken)) { }
    }
}
