using System.Collections.Concurrent;
using System.Text.Json;
using AutoTrader.Backtesting.Rehearsals;
using AutoTrader.Core.Application;
using AutoTrader.Core.Application.Reports;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Brokerage;
using AutoTrader.Core.Ports.Scheduling;
using AutoTrader.Core.Schedules;
using AutoTrader.LocalHost.Replay;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace AutoTrader.Cli.Client.Backtests;

/// <summary>
/// Plays a rehearsal through the function app itself, in this process: its timers run the cycles, its orchestrations fire the schedules,
/// its stores are in memory. What came of it is what its records say.
/// </summary>
internal static class RehearsedApp
{
    private const int PageSize = 1000;

    // Between two of them it can be told how far it is.
    private static readonly TimeSpan Step = TimeSpan.FromMinutes(15);

    // The tick of the first instant runs, too.
    private static readonly TimeSpan Ahead = TimeSpan.FromSeconds(1);

    /// <summary>Plays a plan.</summary>
    /// <param name="plan">What is played.</param>
    /// <param name="progress">Told on the way.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <exception cref="InvalidOperationException">A cycle or a function failed.</exception>
    /// <exception cref="OperationCanceledException">It was canceled.</exception>
    public static async Task<RehearsedDay> PlayAsync(
        RehearsalPlan plan,
        IProgress<RehearsalProgress>? progress,
        CancellationToken cancellationToken
    )
    {
        var events = new HeardEvents();
        await using var app = await InMemoryApp.StartAsync(
            plan.Begin - Ahead,
            Settings(plan),
            services => services.AddSingleton<IEngineEvents>(events),
            cancellationToken
        );
        var services = app.Services;
        await SeedAsync(services, plan);
        await RunUntilAsync(plan.Session.Close.AddMinutes(1));
        var broker = services.GetRequiredService<IBroker>();
        var equity = (await broker.GetAccountAsync(cancellationToken)).Equity;
        await RunUntilAsync(plan.End);
        if (events.Error is { } error)
        {
            throw new InvalidOperationException($"A cycle failed: {error}");
        }

        var trading = services.GetRequiredService<ITradingStore>();
        var snapshot = await trading.LoadAsync(broker.AccountKey, cancellationToken);
        var ended = await Paging.AllAsync(token =>
            trading.ListAsync<Order>(broker.AccountKey, TradingKey.DonePrefix, PageSize, token, cancellationToken)
        );
        return new()
        {
            Strategies = [.. snapshot.Strategies.Select(row => row.Value)],
            Orders = [.. ended.Concat(snapshot.Orders).Select(row => row.Value)],
            Fills = (await services.GetRequiredService<LedgerService>().ReadAsync(new(), cancellationToken)).Fills,
            Runs = await RunsAsync(services.GetRequiredService<IScheduleStore>(), plan, cancellationToken),
            Attention = events.Attention,
            Equity = equity,
        };

        async Task RunUntilAsync(DateTimeOffset until)
        {
            var now = services.GetRequiredService<TimeProvider>();
            while (now.GetUtcNow() < until)
            {
                var next = now.GetUtcNow() + Step;
                await app.RunUntilAsync(next < until ? next : until, cancellationToken);
                progress?.Report(
                    new(plan.Session.Day, now.GetUtcNow(), (int)(100 * (now.GetUtcNow() - plan.Begin) / (plan.End - plan.Begin)))
                );
            }
        }
    }

    private static async Task SeedAsync(IServiceProvider services, RehearsalPlan plan)
    {
        var (broker, trading) = (services.GetRequiredService<IBroker>(), services.GetRequiredService<ITradingStore>());
        var paper = services.GetRequiredService<IPaperStore>();
        foreach (var group in plan.Broker.Chunk(GroupLimits.Rows))
        {
            Require(await paper.CommitAsync(broker.AccountKey, group, CancellationToken.None) is not null);
        }

        // The number of the account is known, else its shares would be nobody's.
        var account = plan.Account with { AccountNumber = (await broker.GetAccountAsync(CancellationToken.None)).Number };
        var rows = plan
            .Strategies.Select(strategy => new TradingWrite(TradingKey.Strategy(strategy.Id), strategy, null))
            .Prepend(new(TradingKey.Account, account, null));
        foreach (var group in rows.Chunk(GroupLimits.Rows))
        {
            Require(await trading.CommitAsync(broker.AccountKey, group, CancellationToken.None) is CommitResult.Committed);
        }

        var schedules = services.GetRequiredService<IScheduleStore>();
        foreach (var schedule in plan.Schedules)
        {
            Require(
                await schedules.CommitAsync(schedule.Id, [ScheduleWrite.Of(schedule, null)], CancellationToken.None)
                    is CommitResult.Committed
            );
        }
    }

    private static void Require(bool isStored)
    {
        if (!isStored)
        {
            throw new InvalidOperationException("The app has stored something before the rehearsal began.");
        }
    }

    private static async Task<IReadOnlyList<ScheduleRun>> RunsAsync(
        IScheduleStore store,
        RehearsalPlan plan,
        CancellationToken cancellationToken
    )
    {
        var runs = new List<ScheduleRun>();
        foreach (var schedule in plan.Schedules)
        {
            var rows = await Paging.AllAsync(token => store.ListRunsAsync(schedule.Id, PageSize, token, cancellationToken));
            runs.AddRange(rows.Select(row => row.Value));
        }

        return runs;
    }

    // Cycles and maintenance run each minute, as by default.
    private static Dictionary<string, string?> Settings(RehearsalPlan plan)
    {
        using var json = new MemoryStream(
            JsonSerializer.SerializeToUtf8Bytes(
                new
                {
                    CycleSchedule = "0 * * * * *",
                    MaintenanceSchedule = "30 * * * * *",
                    AutoTrader = new { plan.Market, Paper = new { plan.Fill } },
                }
            )
        );
        return new ConfigurationBuilder()
            .AddJsonStream(json)
            .Build()
            .AsEnumerable()
            .ToDictionary(setting => setting.Key, setting => setting.Value, StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>What the engine tells its log: attention that was raised, and why a cycle stopped.</summary>
    private sealed class HeardEvents : IEngineEvents
    {
        private readonly ConcurrentDictionary<string, int> _attention = new(StringComparer.Ordinal);

        /// <summary>How often, by code.</summary>
        public IReadOnlyDictionary<string, int> Attention => new SortedDictionary<string, int>(_attention, StringComparer.Ordinal);

        public string? Error { get; private set; }

        public void Publish(EngineEvent happened)
        {
            if (happened is { Kind: EngineEventKind.AttentionRaised, Attention: { } item })
            {
                _attention.AddOrUpdate(item.Code, 1, (_, count) => count + 1);
            }
        }

        public void CycleEnded(CycleRecord record) => Error ??= record.Error;

        public void LeaseContended() { }
    }
}
