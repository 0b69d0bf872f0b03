using System.Diagnostics;
using AutoTrader.Core.Engine;
using AutoTrader.Core.Engine.Cycle;
using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Brokerage;
using AutoTrader.Core.Strategies;
using AutoTrader.LocalHost.Azurite;
using AutoTrader.Storage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace AutoTrader.Benchmarks;

/// <summary>
/// A whole cycle over 10,000 active strategies on 500 symbols against Azurite, with its storage transactions and bytes: with nothing
/// changed, a tenth changed, all changed, and with the market closed. Broker and market data are stubs that cost nothing.
/// </summary>
internal sealed class CycleBenchmark : IBroker, IMarketData, IEngineEvents
{
    private const int Strategies = 10_000;
    private const int Symbols = 500;
    private const int Repetitions = 5;
    private static readonly DateTimeOffset Morning = new(2026, 2, 3, 15, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Evening = new(2026, 2, 4, 0, 0, 0, TimeSpan.Zero);

    private readonly FakeTimeProvider _clock = new(Morning);
    private readonly decimal[] _prices = [.. Enumerable.Range(0, Symbols).Select(i => 50m + i)];

    string IBroker.AccountKey => "paper";

    TimeSpan IBroker.InFlight => TimeSpan.Zero;

    bool IBroker.SupportsOco => true;

    public async Task RunAsync()
    {
        var folder = Directory.CreateTempSubdirectory("autotrader-bench-");
        await using var azurite = await AzuriteServer.StartAttachedAsync(folder.FullName);
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([new("AzureWebJobsStorage", azurite.ConnectionString)])
            .Build();
        await using var services = new ServiceCollection().AddAutoTraderStorage(configuration).BuildServiceProvider();
        var trading = services.GetRequiredService<ITradingStore>();
        var transactions = services.GetRequiredService<StorageTransactions>();
        await SeedAsync(trading);
        var engine = new EvaluationCycle(
            new(
                trading,
                services.GetRequiredService<IEngineStore>(),
                this,
                this,
                services.GetRequiredService<IEngineLease>(),
                this,
                _clock
            ),
            new() { Holder = "benchmark", CycleDeadline = TimeSpan.FromMinutes(5) }
        );

        Console.WriteLine($"{"cycle",-24}{"median",10}{"transactions",14}{"bytes",14}");
        await CycleAsync(engine, 1);
        await CycleAsync(engine, 1);
        await MeasureAsync("nothing changed", engine, transactions, () => { });
        await MeasureAsync("a tenth changed", engine, transactions, () => Raise(Symbols / 10));
        await MeasureAsync("all changed", engine, transactions, () => Raise(Symbols));
        _clock.SetUtcNow(Evening);
        await CycleAsync(engine, 1);
        await MeasureAsync("market closed", engine, transactions, () => { });
        folder.Delete(recursive: true);
    }

    private static async Task SeedAsync(ITradingStore store)
    {
        var rows = Enumerable
            .Range(0, Strategies)
            .Select(i => new Strategy
            {
                Id = $"s{i:D5}",
                Symbol = Name(i % Symbols),
                StrategyType = StrategyType.PullbackTrailing,
                Quantity = 1,
                PullbackPct = 50,
                TrailingStopPct = 5,
                AllowSharedSymbol = true,
                Arm = "aaaaaaaa",
                CreatedAt = Morning,
            });
        foreach (var group in rows.Chunk(100))
        {
            await store.CommitAsync(
                "paper",
                [.. group.Select(strategy => new TradingWrite(TradingKey.Strategy(strategy.Id), strategy, null))],
                CancellationToken.None
            );
        }
    }

    private static string Name(int index) => $"S{index:D3}";

    // Two quotes must confirm a new high, so prices rise before the cycle that is measured and stay for it.
    private void Raise(int symbols)
    {
        for (var i = 0; i < symbols; i++)
        {
            _prices[i] += 0.1m;
        }
    }

    private async Task CycleAsync(EvaluationCycle engine, int count)
    {
        for (var i = 0; i < count; i++)
        {
            var result = await engine.RunAsync(new(_clock.GetUtcNow(), "timer"), CancellationToken.None);
            if (result.Outcome != CycleOutcome.Ran)
            {
                throw new InvalidOperationException($"The cycle did not run: {result.Record?.Error ?? result.Outcome.ToString()}");
            }

            _clock.Advance(TimeSpan.FromMinutes(1));
        }
    }

    private async Task MeasureAsync(string name, EvaluationCycle engine, StorageTransactions transactions, Action change)
    {
        var times = new List<double>();
        long count = 0,
            bytes = 0;
        for (var i = 0; i < Repetitions; i++)
        {
            change();
            await CycleAsync(engine, 1);
            var (countBefore, bytesBefore) = (transactions.Count, transactions.Bytes);
            var before = Stopwatch.GetTimestamp();
            await CycleAsync(engine, 1);
            times.Add(Stopwatch.GetElapsedTime(before).TotalSeconds);
            (count, bytes) = (transactions.Count - countBefore, transactions.Bytes - bytesBefore);
        }

        times.Sort();
        Console.WriteLine($"{name,-24}{times[Repetitions / 2],8:0.00} s{count,14:N0}{bytes,14:N0}");
    }

    Task<BrokerAccount> IBroker.GetAccountAsync(CancellationToken cancellationToken) =>
        Task.FromResult(new BrokerAccount("B1", 100_000, 100_000, 100_000, 100_000));

    Task<IReadOnlyList<BrokerPosition>> IBroker.GetPositionsAsync(CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<BrokerPosition>>([]);

    Task<IReadOnlyList<BrokerOrder>> IBroker.GetOrdersAsync(DateTimeOffset endedSince, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<BrokerOrder>>([]);

    Task<IReadOnlyList<Execution>> IBroker.GetExecutionsAsync(DateTimeOffset since, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<Execution>>([]);

    Task<BrokerOrder?> IBroker.FindAsync(string clientOrderId, CancellationToken cancellationToken) => Task.FromResult<BrokerOrder?>(null);

    Task<BrokerOrder?> IBroker.GetOrderAsync(string brokerOrderId, CancellationToken cancellationToken) =>
        Task.FromResult<BrokerOrder?>(null);

    Task<BrokerOrder?> IBroker.WatchAsync(string brokerOrderId, TimeSpan atMost, CancellationToken cancellationToken) =>
        Task.FromResult<BrokerOrder?>(null);

    Task<BrokerOrder> IBroker.SubmitAsync(string clientOrderId, OrderTerms terms, CancellationToken cancellationToken) =>
        throw new BrokerRefusedException(RefusalKind.Other, "nothing is bought here");

    Task<BrokerOrder> IBroker.ReplaceAsync(
        string brokerOrderId,
        string clientOrderId,
        OrderTerms terms,
        CancellationToken cancellationToken
    ) => throw new BrokerRefusedException(RefusalKind.Other, "nothing is bought here");

    Task IBroker.CancelAsync(string brokerOrderId, CancellationToken cancellationToken) => Task.CompletedTask;

    Task<IReadOnlyDictionary<string, Quote>> IMarketData.GetQuotesAsync(
        IReadOnlyCollection<string> symbols,
        CancellationToken cancellationToken
    ) =>
        Task.FromResult<IReadOnlyDictionary<string, Quote>>(
            Enumerable
                .Range(0, Symbols)
                .ToDictionary(
                    Name,
                    i => new Quote(Name(i), _prices[i] - 0.01m, _prices[i] + 0.01m, _clock.GetUtcNow()),
                    StringComparer.Ordinal
                )
        );

    Task<IReadOnlyList<Bar>> IMarketData.GetBarsAsync(
        string symbol,
        DateTimeOffset from,
        DateTimeOffset to,
        CancellationToken cancellationToken
    ) => Task.FromResult<IReadOnlyList<Bar>>([]);

    Task<IReadOnlyDictionary<string, decimal>> IMarketData.GetClosesAsync(
        IReadOnlyCollection<string> symbols,
        DateOnly session,
        CancellationToken cancellationToken
    ) => Task.FromResult<IReadOnlyDictionary<string, decimal>>(new Dictionary<string, decimal>(StringComparer.Ordinal));

    Task<IReadOnlyList<Split>> IMarketData.GetSplitsAsync(DateOnly from, DateOnly to, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<Split>>([]);

    void IEngineEvents.Publish(EngineEvent happened) { }

    void IEngineEvents.CycleEnded(CycleRecord record) { }

    void IEngineEvents.LeaseContended() { }
}
