using System.Globalization;
using AutoTrader.Backtesting.Replay;
using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Brokerage;
using AutoTrader.Core.Ports.Scheduling;
using AutoTrader.Core.Risk;
using AutoTrader.Core.Schedules;
using AutoTrader.Functions.Hosting;
using AutoTrader.LocalHost.Hosting;
using AutoTrader.LocalHost.Replay;
using AutoTrader.Storage;
using AutoTrader.Storage.Lease;
using AutoTrader.Storage.Stores;
using AutoTrader.Storage.Tables;
using Microsoft.Extensions.DependencyInjection;

namespace AutoTrader.Backtesting.Tests;

/// <summary>The whole function app on the same bars in virtual time: its timers, its stores, its paper broker.</summary>
internal static class WholeApp
{
    private const string Account = "paper";

    /// <summary>Replays what a backtest is asked to.</summary>
    /// <returns>What it came to, in lines.</returns>
    public static async Task<IReadOnlyList<string>> ReplayAsync(BacktestSettings settings)
    {
        List<Session> sessions = [.. TradingCalendar.Nyse.Sessions(settings.Start, settings.End)];
        var tables = new MemoryTables();
        await StoreAsync(new MemoryTradingStore(tables), settings);
        var start = sessions[0].Open.AddHours(-2);
        await StoreAsync(new MemoryScheduleStore(tables), settings);
        await using var host = await LocalFunctionsHost.StartAsync(
            LocalHostOptions.ForTest(start, typeof(Composition).Assembly) with
            {
                Settings = Settings(settings),
            },
            (builder, worker) =>
            {
                builder.Services.AddAutoTraderMemoryStorage(tables, new MemoryEngineLease());
                ReplayedApp.Configure(builder, worker);
            }
        );
        var (broker, trading) = (host.Services.GetRequiredService<IBroker>(), host.Services.GetRequiredService<ITradingStore>());
        var equity = new List<SessionEquity>();
        foreach (var session in sessions)
        {
            await host.RunUntilAsync(session.Close.AddMinutes(1));
            var account = await broker.GetAccountAsync(CancellationToken.None);
            equity.Add(new(session.Day, session.Close, account.Equity, account.Equity));
        }

        // To the end of the last day in New York.
        await host.RunUntilAsync(sessions[^1].Open.AddHours(14.5).AddMinutes(-1));
        host.Failures.ShouldBeEmpty();
        var snapshot = await trading.LoadAsync(Account, CancellationToken.None);
        return
        [
            .. await RunsAsync(host.Services.GetRequiredService<IScheduleStore>(), settings),
            .. Shown.Lines(
                await ListAsync<Fill>(trading, TradingKey.FillPrefix),
                [.. await ListAsync<Order>(trading, TradingKey.DonePrefix), .. snapshot.Orders.Select(row => row.Value)],
                equity,
                snapshot.Strategies.Select(row => row.Value)
            ),
        ];
    }

    private static async Task StoreAsync(MemoryScheduleStore store, BacktestSettings settings)
    {
        foreach (var schedule in settings.Schedules)
        {
            var planned = ReplaySchedules.Planned(schedule, TradingCalendar.Nyse.SessionOn(settings.Start)!.Open.AddHours(-9.5));
            await store.CommitAsync(schedule.Id, [ScheduleWrite.Of(planned, null)], CancellationToken.None);
        }
    }

    private static async Task<IReadOnlyList<string>> RunsAsync(IScheduleStore store, BacktestSettings settings)
    {
        var runs = new List<ScheduleRun>();
        foreach (var schedule in settings.Schedules)
        {
            runs.AddRange((await store.ListRunsAsync(schedule.Id, 1000, null, CancellationToken.None)).Items.Select(row => row.Value));
        }

        return Shown.Lines(runs);
    }

    private static async Task StoreAsync(MemoryTradingStore store, BacktestSettings settings) =>
        (
            await store.CommitAsync(
                Account,
                [
                    new(TradingKey.Account, new AccountState { Limits = settings.Limits }, null),
                    .. settings.Strategies.Select(strategy => new TradingWrite(TradingKey.Strategy(strategy.Id), strategy, null)),
                ],
                CancellationToken.None
            )
        ).ShouldBeOfType<CommitResult.Committed>();

    private static Dictionary<string, string?> Settings(BacktestSettings settings)
    {
        var (paper, fill) = (settings.Paper, settings.Paper.Fill);
        return new(StringComparer.OrdinalIgnoreCase)
        {
            ["CycleSchedule"] = "0 * * * * *",
            ["MaintenanceSchedule"] = "30 * * * * *",
            ["AutoTrader:Market:Directory"] = settings.Market.Directory,
            ["AutoTrader:Market:SpreadPct"] = settings.Market.SpreadPct.ToString(CultureInfo.InvariantCulture),
            ["AutoTrader:Paper:InitialCash"] = paper.InitialCash.ToString(CultureInfo.InvariantCulture),
            ["AutoTrader:Paper:CancelDelay"] = paper.CancelDelay.ToString("c", CultureInfo.InvariantCulture),
            ["AutoTrader:Paper:Fill:VolumeSharePct"] = fill.VolumeSharePct.ToString(CultureInfo.InvariantCulture),
            ["AutoTrader:Paper:Fill:SlippagePct"] = fill.SlippagePct.ToString(CultureInfo.InvariantCulture),
            ["AutoTrader:Paper:Fill:CommissionPerShare"] = fill.CommissionPerShare.ToString(CultureInfo.InvariantCulture),
            ["AutoTrader:Paper:Fill:SecFeePerMillion"] = fill.SecFeePerMillion.ToString(CultureInfo.InvariantCulture),
            ["AutoTrader:Paper:Fill:TafPerShare"] = fill.TafPerShare.ToString(CultureInfo.InvariantCulture),
            ["AutoTrader:Paper:Fill:SpreadPct"] = fill.SpreadPct.ToString(CultureInfo.InvariantCulture),
        };
    }

    private static async Task<List<T>> ListAsync<T>(ITradingStore store, string prefix)
        where T : class
    {
        var found = new List<T>();
        string? continuation = null;
        do
        {
            var page = await store.ListAsync<T>(Account, prefix, 1000, continuation, CancellationToken.None);
            found.AddRange(page.Items.Select(row => row.Value));
            continuation = page.Continuation;
        } while (continuation is not null);

        return found;
    }
}
