using System.Globalization;
using AutoTrader.Brokers.Market;
using AutoTrader.Brokers.Paper;
using AutoTrader.Core.Engine;
using AutoTrader.Core.Engine.Cycle;
using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Strategies;
using AutoTrader.Storage.Lease;
using AutoTrader.Storage.Stores;
using AutoTrader.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace AutoTrader.Simulation;

/// <summary>
/// The engine and the paper broker on recorded bars, a tick a minute while the market is open and one after its close. A process that
/// dies is started again at the same instant, as the local host does.
/// </summary>
internal sealed class SimulatedWeek : IEngineEvents
{
    private readonly MemoryTradingStore _trading = new();
    private readonly MemoryEngineStore _memory = new();
    private readonly MemoryPaperStore _paper = new();
    private readonly FakeTimeProvider _clock;
    private readonly string _folder;
    private readonly PaperOptions _options;
    private readonly CrashPoint _crash = new();
    private (EvaluationCycle Engine, PaperBroker Broker, CsvMarketData Market) _process;

    public SimulatedWeek(string folder, DateTimeOffset start, PaperOptions? options = null)
    {
        _folder = folder;
        _clock = new(start);
        _options = options ?? new();
        _process = StartProcess();
    }

    public int Calls => _crash.Calls;

    public HashSet<string> AttentionSeen { get; } = new(StringComparer.Ordinal);

    public PaperBroker Broker => _process.Broker;

    public DateTimeOffset Now => _clock.GetUtcNow();

    public static string? DataFolder(string name)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "AutoTrader.sln")))
            {
                var data = Path.Combine(folder.FullName, "..", "shared", "data", name);
                return Directory.Exists(data) ? data : null;
            }
        }

        return null;
    }

    public async Task AddAsync(params IEnumerable<Strategy> strategies)
    {
        foreach (var strategy in strategies)
        {
            (
                await _trading.CommitAsync(
                    "paper",
                    [new(TradingKey.Strategy(strategy.Id), strategy with { CreatedAt = Now }, null)],
                    CancellationToken.None
                )
            ).ShouldBeOfType<CommitResult.Committed>();
        }
    }

    /// <summary>Runs until <paramref name="end"/>; the process dies at the calls of <paramref name="deaths"/>, counted from the
    /// start.</summary>
    public async Task RunAsync(DateTimeOffset end, IReadOnlyCollection<int>? deaths = null, Func<Task>? afterTick = null)
    {
        var pending = new Queue<int>((deaths ?? []).Order());
        while (Now < end)
        {
            await TickAsync(pending);
            if (afterTick is not null)
            {
                await afterTick();
            }

            var next = Now.AddMinutes(1);
            var session = TradingCalendar.Nyse.CurrentOrNext(Now);
            _clock.SetUtcNow(
                next <= session.Close.AddMinutes(2) && next >= session.Open
                || Now < session.Close && Now >= session.Open
                || TradingCalendar.Nyse.PreviousSession(Now).Close.AddMinutes(2) >= next
                    ? next
                : session.Open > next ? session.Open
                : next
            );
        }
    }

    public async Task<IReadOnlyList<Fill>> FillsAsync()
    {
        var fills = new List<Fill>();
        string? continuation = null;
        do
        {
            var page = await _trading.ListAsync<Fill>("paper", TradingKey.FillPrefix, 1000, continuation, CancellationToken.None);
            fills.AddRange(page.Items.Select(row => row.Value));
            continuation = page.Continuation;
        } while (continuation is not null);

        return [.. fills.OrderBy(fill => fill.At).ThenBy(fill => fill.ExecutionId, StringComparer.Ordinal)];
    }

    /// <summary>The fills in words, without ids.</summary>
    public async Task<IReadOnlyList<string>> FillLinesAsync() =>
        [
            .. (await FillsAsync())
                .Select(fill =>
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{fill.At:O} {fill.StrategyId} {fill.Side} {fill.Quantity} {fill.Symbol} {fill.Price}"
                    )
                )
                .Order(StringComparer.Ordinal),
        ];

    public async Task<IReadOnlyList<Strategy>> StrategiesAsync() =>
        [.. (await _trading.LoadAsync("paper", CancellationToken.None)).Strategies.Select(row => row.Value)];

    public async Task<IReadOnlyList<Order>> DoneOrdersAsync() =>
        [
            .. (await _trading.ListAsync<Order>("paper", TradingKey.DonePrefix, 1000, null, CancellationToken.None)).Items.Select(row =>
                row.Value
            ),
        ];

    public async Task<IReadOnlyList<Attention>> AttentionAsync() =>
        (await _memory.LoadAsync("paper", CancellationToken.None))?.Value.Attention ?? [];

    /// <summary>Strategies + unmanaged = broker per symbol, and fills explain the broker's cash to the cent.</summary>
    public async Task LedgerEqualsBrokerAsync()
    {
        var snapshot = await _trading.LoadAsync("paper", CancellationToken.None);
        var ours = snapshot
            .Strategies.GroupBy(row => row.Value.Symbol)
            .ToDictionary(group => group.Key, group => group.Sum(row => row.Value.Holding.Quantity));
        var theirs = (await Broker.GetPositionsAsync(CancellationToken.None)).ToDictionary(
            position => position.Symbol,
            position => position.Quantity
        );
        foreach (var symbol in ours.Keys.Union(theirs.Keys))
        {
            ours.GetValueOrDefault(symbol).ShouldBe(theirs.GetValueOrDefault(symbol), $"{symbol} at {Now:O}");
        }

        var spent = (await FillsAsync())
            .Where(fill => fill.Kind != FillKind.Split)
            .Sum(fill => ((fill.Side == OrderSide.Buy ? 1 : -1) * fill.Quantity * fill.Price) + fill.Fee);
        (await Broker.GetAccountAsync(CancellationToken.None)).Cash.ShouldBe(_options.InitialCash - spent, $"cash at {Now:O}");
    }

    void IEngineEvents.Publish(EngineEvent happened) { }

    void IEngineEvents.CycleEnded(CycleRecord record) { }

    void IEngineEvents.LeaseContended() { }

    private async Task TickAsync(Queue<int> deaths)
    {
        for (; ; )
        {
            while (deaths.TryPeek(out var death) && death <= _crash.Calls)
            {
                deaths.Dequeue();
            }

            _crash.DieAt = deaths.TryPeek(out var next) ? next : null;
            try
            {
                var result = await _process.Engine.RunAsync(new(Now, "timer"), CancellationToken.None);
                if (!_crash.IsDead)
                {
                    result.Record?.Error.ShouldBeNull($"at {Now:O}");
                    AttentionSeen.UnionWith((await AttentionAsync()).Select(item => item.Code));
                    return;
                }
            }
            catch (ProcessDiedException) { }

            _crash.Restart();
            _process = StartProcess();
        }
    }

    // Nothing but what is in the stores survives.
    private (EvaluationCycle, PaperBroker, CsvMarketData) StartProcess()
    {
        var market = new CsvMarketData(new() { Directory = _folder }, _clock, NullLogger<CsvMarketData>.Instance);
        var broker = new PaperBroker(_paper, market, _clock, _options, NullLogger<PaperBroker>.Instance);
        var ports = new EnginePorts(
            new GatedTradingStore(_trading, _crash),
            new GatedEngineStore(_memory, _crash),
            new GatedBroker(broker, _crash),
            market,
            new MemoryEngineLease(),
            this,
            _clock
        );
        return (new(ports, new() { Holder = "simulation" }), broker, market);
    }
}
