using System.Globalization;
using AutoTrader.Brokers.Paper;
using AutoTrader.Core.Engine;
using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Risk;
using AutoTrader.Core.Strategies;
using AutoTrader.Storage.Lease;
using AutoTrader.Storage.Stores;
using AutoTrader.Storage.Tables;
using AutoTrader.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace AutoTrader.Simulation.Exploration;

/// <summary>Everything that outlives a process: storage, broker, market, lease and clock.</summary>
internal sealed class Outside
{
    public Outside(DateTimeOffset start, ExchangeSetup? exchange, PaperOptions paper)
    {
        Clock = new(start);
        Market = new(Clock);
        Paper = paper;
        Invariants = new(Clock) { Ask = symbol => Market.Last.GetValueOrDefault(symbol) };
        if (exchange is not null)
        {
            Exchange = new(Clock);
            exchange(Exchange);
        }
    }

    public FakeTimeProvider Clock { get; }

    public MemoryTables Tables { get; } = new();

    public SimulatedMarket Market { get; }

    public ExchangeModel? Exchange { get; }

    public PaperOptions Paper { get; }

    public MemoryEngineLease Lease { get; } = new();

    public Invariants Invariants { get; }

    public List<string> Log { get; } = [];

    public void Record(string what) => Log.Add(string.Create(CultureInfo.InvariantCulture, $"{Clock.GetUtcNow():dd HH:mm} {what}"));
}

/// <summary>How the model of the broker behaves.</summary>
internal delegate void ExchangeSetup(ExchangeModel exchange);

/// <summary>One run: the outside world, the process in it, and the words that scenarios are told in.</summary>
internal sealed class World : IDisposable
{
    private const string Account = "paper";
    private const int MostCyclesPerTick = 12;
    private const int QuiescentAfter = 5;
    private const int TicksToComeOut = 12;

    private readonly FaultInjector _injector;
    private readonly BrokenVariant? _broken;
    private readonly List<(int Ticks, Func<Task> Effect)> _later = [];
    private Host _host;
    private int _outFor;

    public World(Scenario scenario, IReadOnlyList<Fault> faults, bool traces = false, BrokenVariant? broken = null)
    {
        Outside = new(Session.Open.AddMinutes(1), scenario.Exchange, scenario.Paper);
        _broken = broken;
        _injector = new(faults, traces, Outside.Record)
        {
            Later = (ticks, effect) => _later.Add((ticks, effect)),
            Elsewhere = ElsewhereAsync,
            KillSwitch = TurnOnKillSwitchAsync,
        };
        Outside.Invariants.ReadsMayBeStale = faults.Any(fault => fault.Kind == FaultKind.Stale);
        _host = StartHost();
        Schedules = new(Outside);
    }

    public static Session Session { get; } = TradingCalendar.Nyse.SessionOn(new(2026, 2, 3))!;

    public Outside Outside { get; }

    public Invariants Invariants => Outside.Invariants;

    public Schedules Schedules { get; }

    public ExchangeModel Exchange => Outside.Exchange ?? throw new InvalidOperationException("The scenario runs on the paper broker.");

    public DateTimeOffset Now => Outside.Clock.GetUtcNow();

    public int Calls => _injector.Calls;

    public IReadOnlyList<TracedCall> Trace => _injector.Trace;

    /// <summary>What happened, line by line.</summary>
    public IReadOnlyList<string> Log => Outside.Log;

    public HashSet<string> AttentionSeen { get; } = new(StringComparer.Ordinal);

    /// <summary>Whether the broker refuses protection on purpose, so that shares may lack it.</summary>
    public bool RefusesProtection { get; set; }

    /// <summary>Whether the broker is looked at after every cycle; over a long time only when it is asked for.</summary>
    public bool ChecksEveryCycle { get; set; } = true;

    public int Fired => _injector.Fired;

    public void Dispose() => _host.Dispose();

    /// <summary>Adds a strategy as if its owner had created it before the run.</summary>
    public async Task AddAsync(params IEnumerable<Strategy> strategies)
    {
        foreach (var strategy in strategies)
        {
            await WriteAsync(new(TradingKey.Strategy(strategy.Id), strategy with { CreatedAt = Now }, null));
        }
    }

    public Task LimitAsync(RiskLimits limits) => WriteAsync(new(TradingKey.Account, new AccountState { Limits = limits }, null));

    /// <summary>A minute passes in which one symbol goes to each of <paramref name="prices"/>; a tick follows each.</summary>
    public async Task MinutesAsync(string symbol, params decimal[] prices)
    {
        foreach (var price in prices)
        {
            await MinuteAsync((symbol, price));
        }
    }

    /// <summary>A minute passes; symbols that are not named stay where they are. A tick follows.</summary>
    public async Task MinuteAsync(params (string Symbol, decimal Price)[] prices)
    {
        await PassAsync(prices);
        await TickAsync();
    }

    /// <summary>The minute before <paramref name="instant"/> passes with these prices; a tick follows.</summary>
    public async Task MomentAsync(DateTimeOffset instant, bool gaps, params (string Symbol, decimal Price)[] prices)
    {
        Outside.Clock.SetUtcNow(instant.AddMinutes(-1));
        await PassAsync(prices, gaps);
        await TickAsync();
    }

    /// <summary>The market closes, and opens at <paramref name="prices"/> in the next session; the evening and the first minute have a tick
    /// each.</summary>
    public async Task NextSessionAsync(params (string Symbol, decimal Price)[] prices)
    {
        var session = TradingCalendar.Nyse.CurrentOrNext(Now);
        Outside.Clock.SetUtcNow(session.Close.AddMinutes(1));
        await TickAsync();
        Outside.Clock.SetUtcNow(TradingCalendar.Nyse.NextSession(Now).Open);
        await PassAsync(prices, gaps: true);
        await TickAsync();
    }

    public Task CommandAsync(EngineCommand command, string id) =>
        AskAsync(host =>
            host.Commands.AskAsync(
                new()
                {
                    Id = id,
                    Command = command,
                    Caller = "user",
                    RequestHash = id,
                    RequestedAt = Now,
                },
                CancellationToken.None
            )
        );

    /// <summary>A person asks for something, and asks again with the same key until there is an answer.</summary>
    public async Task AskAsync(Func<Host, Task> ask)
    {
        var (isAnswered, faulty) = (false, false);
        for (var attempt = 0; attempt < MostCyclesPerTick; attempt++)
        {
            Outside.Lease.Break(Account);
            var fired = _injector.Fired;
            try
            {
                await ask(_host);
                isAnswered = !_injector.IsDead;
            }
            catch (Core.Application.RefusedException)
            {
                isAnswered = !_injector.IsDead;
            }
            catch (Exception failure) when (IsFault(failure))
            {
                isAnswered = false;
            }

            faulty |= fired != _injector.Fired;

            if (_injector.IsDead)
            {
                Restart();
            }

            if (isAnswered)
            {
                // What was left over is done by the next cycle, which is asked for before the next bar.
                await (faulty ? CycleAsync(null) : Task.CompletedTask);
                return;
            }
        }

        Invariants.Violate(10, "a person gets no answer");
    }

    /// <summary>Nothing new happens: it comes to rest within five cycles.</summary>
    public async Task ComeToRestAsync()
    {
        RefusesProtection = false;
        if (Outside.Exchange is { } exchange)
        {
            exchange.Refusal = null;
            exchange.MostPerMinute = decimal.MaxValue;
        }

        // A fault is something new: what meets one here has its five cycles again.
        int fired,
            commits;
        int? requests;
        do
        {
            fired = _injector.Fired;
            for (var i = 0; i < QuiescentAfter; i++)
            {
                await MinuteAsync();
            }

            (commits, requests) = (Invariants.Commits, Outside.Exchange?.Requests);
            await MinuteAsync();
        } while (fired != _injector.Fired);

        if (commits != Invariants.Commits || requests != Outside.Exchange?.Requests)
        {
            Invariants.Violate(
                10,
                $"it does not come to rest: {Invariants.Commits - commits} commits, {Outside.Exchange?.Requests - requests} requests "
                    + $"after {QuiescentAfter} cycles"
            );
        }

        await Schedules.CheckAsync(await TruthAsync());
        foreach (var command in Invariants.PendingCommands)
        {
            Invariants.Violate(10, $"the command {command.Id} is not answered");
        }
    }

    /// <summary>Everything is allowed again, and told to close: it does.</summary>
    public async Task ComeOutAsync()
    {
        await AskAsync(host => host.KillSwitch.TurnOffAsync(new("user"), null, CancellationToken.None));
        if (!TradingCalendar.Nyse.IsOpen(Now.AddMinutes(2)))
        {
            await NextSessionAsync();
        }

        foreach (var id in Invariants.Strategies.Keys.Order(StringComparer.Ordinal).ToList())
        {
            await CommandAsync(new CloseStrategy(id), "out-" + id);
        }

        for (var i = 0; i < TicksToComeOut && NotOut().Any(); i++)
        {
            await MinuteAsync();
        }

        foreach (var what in NotOut().ToList())
        {
            Invariants.Violate(10, what);
        }
    }

    private IEnumerable<string> NotOut() =>
        Invariants
            .Strategies.Values.Where(strategy =>
                strategy.Holding.Quantity >= 1 || strategy.Closing is not null || (strategy.Enabled && !strategy.IsTerminal)
            )
            .Select(strategy => $"{strategy.Id} is told to close and is {strategy.Phase} with {strategy.Holding.Quantity} shares")
            .Concat(
                Invariants
                    .Orders.Values.Where(order => order.IsWorking && order.StrategyId != Order.ManualOwner)
                    .Select(order => $"{order.ClientOrderId} of a closed strategy is {order.Status}")
            );

    /// <summary>The fills in words, without ids.</summary>
    public IReadOnlyList<string> FillLines() =>
        [
            .. Invariants
                .Fills.Values.Select(fill =>
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{fill.At:HH:mm} {fill.StrategyId} {fill.Side} {fill.Quantity} {fill.Symbol} {fill.Price}"
                    )
                )
                .Order(StringComparer.Ordinal),
        ];

    public async Task TickAsync()
    {
        if (_outFor > 0)
        {
            _outFor--;
            return;
        }

        if (_injector.IsDead)
        {
            Restart();
        }

        await CycleAsync(Now);
        await FireSchedulesAsync();
    }

    // What fails is tried again at once, as activities are; when the process is away, with the next tick.
    private async Task FireSchedulesAsync()
    {
        for (var attempt = 0; attempt < MostCyclesPerTick && !Schedules.IsEmpty && _outFor == 0; attempt++)
        {
            Outside.Lease.Break(Account);
            var fired = _injector.Fired;
            try
            {
                await Schedules.RunAsync(_host);
            }
            catch (Exception failure) when (IsFault(failure))
            {
                Outside.Record("a firing failed: " + failure.Message);
            }

            if (_injector.IsDead)
            {
                _outFor = _injector.IsOut ? 1 : 0;
                Restart();
            }

            if (fired == _injector.Fired)
            {
                return;
            }

            await (_outFor == 0 ? CycleAsync(null) : Task.CompletedTask);
        }
    }

    private async Task CycleAsync(DateTimeOffset? planned)
    {
        for (var cycle = 0; cycle < MostCyclesPerTick; cycle++)
        {
            // The lease of a dead process, or one that was taken without its taker knowing, has ended by itself.
            Outside.Lease.Break(Account);
            var fired = _injector.Fired;
            CycleResult? result = null;
            try
            {
                result = await _host.Engine.RunAsync(new(planned, planned is null ? "command" : "timer"), CancellationToken.None);
            }
            catch (Exception failure) when (IsFault(failure))
            {
                planned = null;
            }

            if (_injector.IsDead)
            {
                if (_injector.IsOut)
                {
                    _outFor = 1;
                    return;
                }

                Restart();
                continue;
            }

            if (fired == _injector.Fired && result is { Outcome: CycleOutcome.Ran })
            {
                await CheckAsync(fired);
                return;
            }

            if (fired == _injector.Fired && result is { Outcome: CycleOutcome.Stopped } && _later.Count == 0)
            {
                Invariants.Violate(10, $"a cycle without faults stopped: {result.Record?.Error}");
            }

            planned = null;
        }

        Invariants.Violate(10, "no cycle comes to its end");
    }

    private static bool IsFault(Exception failure) =>
        failure is ProcessDiedException or StorageUnavailableException or TimeoutException or IOException;

    private Host StartHost() => new(Outside, "host", _injector, _broken);

    private void Restart()
    {
        _injector.Restart();
        _host.Dispose();
        _host = StartHost();
    }

    private async Task PassAsync((string Symbol, decimal Price)[] prices, bool gaps = false)
    {
        Outside.Clock.Advance(TimeSpan.FromMinutes(1));
        foreach (var (symbol, price) in Outside.Market.Last.ToList())
        {
            if (Array.FindIndex(prices, told => told.Symbol == symbol) < 0)
            {
                Outside.Market.Add(symbol, Now, price);
            }
        }

        foreach (var (symbol, price) in prices)
        {
            Outside.Market.Add(symbol, Now, price, gaps ? price : null);
        }

        Outside.Exchange?.Trade(Outside.Market.Last);
        for (var i = _later.Count - 1; i >= 0; i--)
        {
            var (ticks, effect) = _later[i];
            _later.RemoveAt(i);
            if (ticks > 1)
            {
                _later.Add((ticks - 1, effect));
            }
            else
            {
                await Quietly.RunAsync(effect);
            }
        }
    }

    private Task CheckAsync(int firedBefore) => ChecksEveryCycle && firedBefore == _injector.Fired ? CheckAsync() : Task.CompletedTask;

    /// <summary>Runs cycles until one meets no fault, and checks the invariants against the broker.</summary>
    public async Task CalmAsync()
    {
        _outFor = 0;
        await TickAsync();
        while (_outFor > 0)
        {
            _outFor = 0;
            await TickAsync();
        }

        await CheckAsync();
    }

    /// <summary>Checks the invariants against the broker; after a cycle that met no fault.</summary>
    public async Task CheckAsync()
    {
        var state = await new MemoryEngineStore(Outside.Tables).LoadAsync(Account, CancellationToken.None);
        AttentionSeen.UnionWith(state?.Value.Attention.Select(item => item.Code) ?? []);
        Invariants.AfterCycle(await TruthAsync(), state?.Value.Holds.Keys.ToList() ?? [], RefusesProtection);
    }

    private async Task<BrokerTruth> TruthAsync()
    {
        if (Outside.Exchange is { } exchange)
        {
            var listed = await exchange.GetExecutionsAsync(DateTimeOffset.MinValue, CancellationToken.None);
            return new(
                await exchange.GetOrdersAsync(DateTimeOffset.MinValue, CancellationToken.None),
                exchange.Positions,
                listed,
                exchange.Cash,
                ExchangeModel.InitialCash + exchange.Activities.Sum(activity => activity.Amount),
                listed.Count == exchange.AllExecutions.Count
            );
        }

        using var paper = new PaperBroker(
            new MemoryPaperStore(Outside.Tables),
            Outside.Market,
            Outside.Clock,
            Outside.Paper,
            NullLogger<PaperBroker>.Instance
        );
        return new(
            await paper.GetOrdersAsync(DateTimeOffset.MinValue, CancellationToken.None),
            (await paper.GetPositionsAsync(CancellationToken.None)).ToDictionary(
                position => position.Symbol,
                position => position.Quantity,
                StringComparer.Ordinal
            ),
            await paper.GetExecutionsAsync(DateTimeOffset.MinValue, CancellationToken.None),
            (await paper.GetAccountAsync(CancellationToken.None)).Cash,
            Outside.Paper.InitialCash,
            ListsAll: true
        );
    }

    // The lease goes to another host, which runs this tick and so many more, while the process here stands still.
    private async Task ElsewhereAsync(int ticks)
    {
        Outside.Lease.Break(Account);
        using var other = new Host(Outside, "other", OpenGate.Instance, _broken);
        await other.Engine.RunAsync(new(null, "timer"), CancellationToken.None);
        for (var i = 0; i < ticks; i++)
        {
            await PassAsync([]);
            await other.Engine.RunAsync(new(Now, "timer"), CancellationToken.None);
        }
    }

    private async Task TurnOnKillSwitchAsync()
    {
        var store = new MemoryTradingStore(Outside.Tables);
        var row = await store.ReadAsync<AccountState>(Account, TradingKey.Account, CancellationToken.None);
        await WriteAsync(new(TradingKey.Account, (row?.Value ?? new()) with { KillSwitch = new("told to", Now, "user") }, row?.Version));
    }

    private async Task WriteAsync(TradingWrite write) =>
        (
            await new ObservedTradingStore(new MemoryTradingStore(Outside.Tables), Invariants).CommitAsync(
                Account,
                [write],
                CancellationToken.None
            )
        ).ShouldBeOfType<CommitResult.Committed>();

    /// <summary>Lets everything out.</summary>
    private sealed class OpenGate : IGate
    {
        public static OpenGate Instance { get; } = new();

        public Task<T> CallAsync<T>(PortCall at, Func<Task<T>> call, Func<T, T>? twice = null) => call();
    }
}
