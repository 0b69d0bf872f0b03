using AutoTrader.Core.Engine.Cycle;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Brokerage;
using AutoTrader.Core.Strategies;
using AutoTrader.Testing;
using CsCheck;

namespace AutoTrader.Core.Tests.Engine.Cycle;

/// <summary>
/// docs/trading-rules.md, "Invariants", over random days: prices wander, orders fill in parts, people cancel and switch, and the process
/// dies at random calls and is started again. The invariants are checked at the broker after every cycle. A quarter of the days with every
/// push (<see cref="LongForm"/>).
/// </summary>
public class InvariantTests
{
    private const int Minutes = 60;

    [Fact]
    public void The_invariants_hold_through_random_days_with_crashes() =>
        Gen.Int[0, int.MaxValue].Sample(seed => RunAsync(seed, crashes: true).GetAwaiter().GetResult(), iter: LongForm.Of(30, 120));

    [Fact]
    public void The_invariants_hold_through_random_days_without_crashes() =>
        Gen.Int[0, int.MaxValue].Sample(seed => RunAsync(seed, crashes: false).GetAwaiter().GetResult(), iter: LongForm.Of(10, 40));

    private static async Task RunAsync(int seed, bool crashes)
    {
        var random = new Random(seed);
        var day = new RandomDay(random);
        await day.StartAsync();
        for (var minute = 0; minute < Minutes; minute++)
        {
            day.Wander();
            day.Broker.Play(day.Prices, random, partial: true);
            await day.InterfereAsync(minute);
            await day.TickAsync(crashes && random.Next(4) == 0 ? random.Next(1, 60) : null);
            await day.CheckAsync($"seed {seed}, minute {minute}");
        }

        await day.ComeToRestAsync($"seed {seed}");
    }

    private sealed class RandomDay
    {
        private readonly EngineHarness _engine = new();
        private readonly CrashPoint _crash = new();
        private readonly Random _random;
        private readonly Dictionary<string, decimal> _stops = new(StringComparer.Ordinal);

        public RandomDay(Random random)
        {
            _random = random;
            _engine.Broker.CancelsAtOnce = random.Next(3) > 0;
        }

        public ScriptedBroker Broker => _engine.Broker;

        public Dictionary<string, decimal> Prices { get; } =
            new()
            {
                ["TRA"] = 100,
                ["BRA"] = 50,
                ["SCA"] = 30,
                ["GRI"] = 20,
                ["PUL"] = 40,
            };

        public async Task StartAsync()
        {
            var entry = _random.Next(2) == 0 ? EntryType.Market : EntryType.Limit;
            await _engine.AddAsync(
                TestStrategies.Trailing("tra") with
                {
                    Symbol = "TRA",
                    TrailingStopPct = 1,
                    EntryType = entry,
                    EntryPrice = 99.7m,
                    Repeat = true,
                }
            );
            await _engine.AddAsync(
                TestStrategies.Bracket("bra") with
                {
                    Symbol = "BRA",
                    TakeProfitPct = 1,
                    StopLossPct = 1,
                    EntryType = entry,
                    EntryPrice = 49.9m,
                    Repeat = true,
                    CooldownMinutes = 2,
                }
            );
            await _engine.AddAsync(
                TestStrategies.ScaleOut("sca") with
                {
                    Symbol = "SCA",
                    ScaleTargets = [new(33, 0.5m), new(33, 1), new(34, 1.5m)],
                    StopLossPct = 1,
                    Repeat = true,
                }
            );
            await _engine.AddAsync(TestStrategies.Grid("gri") with { Symbol = "GRI", GridConfig = new(19.6m, 20.4m, 5, 10) });
            await _engine.AddAsync(
                TestStrategies.Trailing("pul") with
                {
                    Symbol = "PUL",
                    StrategyType = StrategyType.PullbackTrailing,
                    PullbackPct = 0.5m,
                    TrailingStopPct = 0.5m,
                    Repeat = true,
                }
            );
        }

        public void Wander()
        {
            foreach (var symbol in Prices.Keys.ToList())
            {
                Prices[symbol] = Math.Max(1, Math.Round(Prices[symbol] * (1 + ((decimal)(_random.NextDouble() - 0.5) * 0.008m)), 2));
                _engine.Price(symbol, Prices[symbol]);
            }
        }

        public async Task InterfereAsync(int minute)
        {
            if (_random.Next(15) == 0 && Broker.Open.ToList() is { Count: > 0 } open)
            {
                Broker.End(open[_random.Next(open.Count)].ClientOrderId, "canceled");
            }

            string[] ids = ["tra", "bra", "sca", "gri", "pul"];
            Func<string, EngineCommand>[] commands =
            [
                id => new PauseStrategy(id),
                id => new ResumeStrategy(id),
                id => new DisableStrategy(id),
                id => new EnableStrategy(id),
                id => new CloseStrategy(id),
            ];
            if (_random.Next(8) == 0)
            {
                await _engine.CommandAsync(
                    _engine.NewCommand(commands[_random.Next(commands.Length)](ids[_random.Next(ids.Length)])) with
                    {
                        Id = $"w{minute}",
                    }
                );
            }

            if (_random.Next(20) == 0)
            {
                await _engine.SetAccountAsync(account =>
                    account with
                    {
                        KillSwitch = account.KillSwitch is null ? new("test", _engine.Clock.GetUtcNow(), "me") : null,
                    }
                );
            }

            Broker.BeforeSubmit =
                _random.Next(10) == 0 ? (_, terms) => throw new BrokerRefusedException(RefusalKind.WashTrade, "opposite order") : null;
            Broker.ConfirmCancels();
        }

        public async Task TickAsync(int? dieAfter)
        {
            var now = _engine.Clock.GetUtcNow();
            if (dieAfter is { } calls)
            {
                _crash.DieAt = _crash.Calls + calls;
                try
                {
                    await Engine().RunAsync(new(now, "timer"), CancellationToken.None);
                }
                catch (ProcessDiedException) { }

                _crash.Restart();
                _engine.Lease = new Storage.Lease.MemoryEngineLease();
            }

            (await Engine().RunAsync(new(now, "timer"), CancellationToken.None)).Record?.Error.ShouldBeNull();
            _engine.Clock.Advance(TimeSpan.FromMinutes(1));
        }

        public async Task CheckAsync(string where)
        {
            var snapshot = await _engine.Store.LoadAsync("paper", CancellationToken.None);
            var committed = snapshot
                .Orders.Select(row => row.Value)
                .Concat(await _engine.DoneAsync())
                .Select(order => order.ClientOrderId)
                .ToHashSet();
            Broker.Submissions.ShouldAllBe(sent => committed.Contains(sent.ClientOrderId), where + ": an order without a committed intent");
            Broker.Submissions.Select(sent => sent.ClientOrderId).ShouldBeUnique(where + ": an order sent twice");
            foreach (var row in snapshot.Strategies)
            {
                var strategy = row.Value;
                var orders = snapshot.Orders.Select(order => order.Value).Where(order => order.StrategyId == strategy.Id).ToList();
                var exposure = Exposure.Of(strategy, orders);
                var bound = strategy.StrategyType == StrategyType.Grid ? 40 : strategy.Quantity;
                (exposure.Held + exposure.OpenBuys).ShouldBeLessThanOrEqualTo(bound, $"{where}: {strategy.Id} buys beyond its quantity");
                exposure.OpenSells.ShouldBeLessThanOrEqualTo(
                    Math.Max(0, exposure.Held),
                    $"{where}: {strategy.Id} sells beyond what it holds"
                );
                Broker
                    .Positions.GetValueOrDefault(strategy.Symbol)
                    .ShouldBe(exposure.Held, $"{where}: {strategy.Id} disagrees with the broker");
                var onSale = Broker
                    .Open.Where(order => order.Terms.Symbol == strategy.Symbol && order.Terms.Side == OrderSide.Sell)
                    .Sum(order => order.Terms.Quantity - order.FilledQuantity);
                onSale.ShouldBeLessThanOrEqualTo(
                    Broker.Positions.GetValueOrDefault(strategy.Symbol),
                    $"{where}: more {strategy.Symbol} on sale than held"
                );
                if (
                    strategy.DeclaresProtection
                    && strategy.Closing is null
                    && Broker.BeforeSubmit is null
                    && orders.All(order => !order.IsCancelWanted)
                )
                {
                    exposure.Uncovered.ShouldBe(0, $"{where}: {strategy.Id} holds shares without protection");
                }

                var key = strategy.Id + strategy.Arm;
                if (strategy.EffectiveStop is { } stop)
                {
                    stop.ShouldBeGreaterThanOrEqualTo(_stops.GetValueOrDefault(key), $"{where}: the stop of {strategy.Id} fell");
                    _stops[key] = stop;
                }

                if (strategy.PauseReason is not null || !strategy.Enabled)
                {
                    orders
                        .Where(order => order.Role == OrderRole.Entry && order.IsWorking)
                        .ShouldAllBe(order => order.IsCancelWanted, $"{where}: {strategy.Id} is paused and has an entry");
                }
            }

            var fills = await _engine.FillsAsync();
            fills
                .Sum(fill => fill.Side == OrderSide.Buy ? fill.Quantity : -fill.Quantity)
                .ShouldBe(Broker.Positions.Values.Sum(), where + ": the ledger's quantity differs from the broker's");
            (100_000 - fills.Sum(fill => (fill.Side == OrderSide.Buy ? 1 : -1) * fill.Quantity * fill.Price)).ShouldBe(
                Broker.Cash,
                where + ": the ledger's cash differs from the broker's"
            );
        }

        public async Task ComeToRestAsync(string where)
        {
            Broker.BeforeSubmit = null;
            for (var i = 0; i < 10; i++)
            {
                Broker.ConfirmCancels();
                Broker.Play(Prices, Certain.Instance, partial: false);
                await TickAsync(null);
            }

            Broker.Play(Prices, Certain.Instance, partial: false);
            var sent = (Broker.Submissions.Count, Broker.Cancels.Count);
            await TickAsync(null);
            (Broker.Submissions.Count, Broker.Cancels.Count).ShouldBe(sent, where + ": not quiescent without new input");
        }

        /// <summary>Everything that can happen happens.</summary>
        private sealed class Certain : Random
        {
            public static Certain Instance { get; } = new();

            public override int Next(int maxValue) => maxValue - 1;
        }

        private EvaluationCycle Engine() =>
            new(
                new(
                    new GatedTradingStore(_engine.Store, _crash),
                    new GatedEngineStore(_engine.EngineStore, _crash),
                    new GatedBroker(Broker, _crash),
                    _engine,
                    _engine.Lease,
                    _engine,
                    _engine.Clock
                ),
                _engine.Options
            );
    }
}
