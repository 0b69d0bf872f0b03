using AutoTrader.Core.Engine;
using AutoTrader.Core.Engine.Cycle;
using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Strategies;
using AutoTrader.Storage.Lease;
using AutoTrader.Storage.Stores;
using CsCheck;
using static AutoTrader.Brokers.Tests.World;

namespace AutoTrader.Brokers.Tests.Paper;

/// <summary>
/// docs/trading-rules.md, "Whole shares after a split" and "Splits that do not show": engine and paper broker together over any ratio,
/// quantity and type of strategy.
/// </summary>
public sealed class SplitsThroughTheEngine
{
    private static readonly Session ExDate = TradingCalendar.Nyse.NextSession(Today.Open);

    private sealed record Case(
        StrategyType Type,
        int Quantity,
        int Price,
        int Numerator,
        int Denominator,
        SplitSign Sign,
        bool Repeats,
        bool Held
    )
    {
        public bool IsApplied => Sign != SplitSign.Denied;
    }

    private static readonly Gen<(int Numerator, int Denominator, SplitSign Sign)> Plain =
        from numerator in Gen.Int[1, 10]
        from denominator in Gen.Int[1, 10]
        where numerator != denominator
        from sign in Gen.Frequency((3, Gen.Const(SplitSign.Shown)), (1, Gen.Const(SplitSign.Denied)))
        select (numerator, denominator, sign);

    // So near to one that a night hides them: 11:10 to 101:100, and the reverse.
    private static readonly Gen<(int Numerator, int Denominator, SplitSign Sign)> Small =
        from numerator in Gen.Int[11, 101]
        from apart in Gen.Int[1, (numerator - 1) / 10]
        from up in Gen.Bool
        from sign in Gen.Frequency((1, Gen.Const(SplitSign.Shown)), (3, Gen.Const(SplitSign.Hidden)))
        select (numerator, up ? numerator - apart : numerator + apart, sign);

    private static readonly Gen<Case> Cases =
        from type in Gen.Enum<StrategyType>()
        from quantity in Gen.Int[1, 30]
        from price in Gen.Int[8, 100]
        from split in Gen.Frequency((2, Plain), (1, Small))
        from repeats in Gen.Bool
        from held in Gen.Frequency((4, Gen.Const(true)), (1, Gen.Const(false)))
        select new Case(type, quantity, price, split.Numerator, split.Denominator, split.Sign, repeats, held);

    [Fact]
    public async Task Whatever_the_ratio_shares_are_whole_cash_is_kept_all_is_covered_and_there_is_a_way_out() =>
        await Cases.SampleAsync(PlayAsync, iter: 200);

    [Theory]
    [InlineData(StrategyType.TrailingStop, 3, 10, 1, 2)]
    [InlineData(StrategyType.Bracket, 5, 10, 1, 10)]
    [InlineData(StrategyType.Grid, 1, 10, 1, 2)]
    public async Task The_examples_hold(StrategyType type, int quantity, int price, int numerator, int denominator)
    {
        await PlayAsync(new(type, quantity, price, numerator, denominator, SplitSign.Shown, Repeats: true, Held: true));
        await PlayAsync(new(type, quantity, price, denominator, numerator, SplitSign.Denied, Repeats: true, Held: true));
    }

    [Fact]
    public Task Half_a_cent_in_lieu_is_a_cent() =>
        PlayAsync(new(StrategyType.PullbackTrailing, 13, 28, 39, 38, SplitSign.Shown, Repeats: false, Held: true));

    private static async Task PlayAsync(Case it)
    {
        using var market = new Market(it);
        await market.BuyAsync();
        var (held, before) = (await market.SharesAsync(), await market.StrategyAsync());
        held.ShouldBe(it.Held ? it.Quantity : 0);
        var (cash, cost) = (await market.CashAsync(), before.Holding.Cost);

        await market.SplitAsync();
        var (whole, fraction) = market.Expected(held);
        var after = await market.StrategyAsync();
        (await market.SharesAsync()).ShouldBe(whole);
        after.Holding.Quantity.ShouldBe(whole);
        (await market.CashAsync()).ShouldBe(cash + market.InLieu(held, whole));
        after.Holding.Realized.ShouldBe(
            fraction == 0 ? 0 : fraction * (market.PriceAfter - (cost / (whole + fraction))),
            0.01m,
            "a fraction is no loss"
        );
        ((decimal)Size(after)).ShouldBe(market.Expected(Size(before)).Whole);
        market
            .Attention.Select(item => item.Code)
            .Distinct()
            .Where(code => code != "CASH_IN_LIEU")
            .ShouldBe(it.IsApplied ? Array.Empty<string>() : ["SYMBOL_HELD"]);
        (await market.OnSaleAsync()).ShouldBe(whole, "every share is covered");
        (after.Phase == StrategyPhase.Completed).ShouldBe(whole == 0 && (after.BuysNothing || (it.Held && it.Type != StrategyType.Grid)));

        await market.ReleaseAsync();
        var enable = await market.CommandAsync(new EnableStrategy("s1"));
        enable.Code.ShouldBe(after.BuysNothing ? "NOTHING_TO_BUY" : null);
        (await market.CommandAsync(new CloseStrategy("s1"))).Status.ShouldBe(CommandStatus.Done);
        await market.TicksAsync(4);
        (await market.SharesAsync()).ShouldBe(0);
        (await market.CommandAsync(new DeleteStrategy("s1"))).Outcome.ShouldBe("Deleted.");
        market.Attention.ShouldBeEmpty();
    }

    private static int Size(Strategy strategy) =>
        strategy.StrategyType == StrategyType.Grid ? strategy.GridConfig!.QtyPerLevel : strategy.Quantity;

    /// <summary>A day before a split and its ex-date, with one strategy.</summary>
    private sealed class Market : IEngineEvents, IDisposable
    {
        private readonly World _world = new();
        private readonly MemoryTradingStore _trading = new();
        private readonly MemoryEngineStore _memory = new();
        private readonly EvaluationCycle _engine;
        private readonly Case _it;
        private int _commands;

        public Market(Case it)
        {
            _it = it;
            _world.Splits.Add(new("AAA", ExDate.Day, it.Numerator, it.Denominator));
            _engine = new(
                new(_trading, _memory, _world.Broker, _world, new MemoryEngineLease(), this, _world.Clock),
                new() { Holder = "test" }
            );
        }

        public List<Attention> Attention { get; } = [];

        public decimal PriceAfter => _it.IsApplied ? decimal.Round(Dip * _it.Denominator / _it.Numerator, 2) : Dip;

        // What the price falls to and stays at: a grid and a pullback buy on the way.
        private decimal Dip =>
            _it.Type switch
            {
                StrategyType.Grid => _it.Price * 0.96m,
                StrategyType.PullbackTrailing => _it.Price * 0.94m,
                _ => _it.Price,
            };

        public (decimal Whole, decimal Fraction) Expected(decimal shares)
        {
            var scaled = _it.IsApplied ? decimal.Round(shares * _it.Numerator / _it.Denominator, 10) : shares;
            return (Math.Floor(scaled), scaled - Math.Floor(scaled));
        }

        public decimal InLieu(decimal shares, decimal whole) =>
            _it.IsApplied
                ? decimal.Round(
                    ((shares * _it.Numerator) - (whole * _it.Denominator)) * PriceAfter / _it.Denominator,
                    2,
                    MidpointRounding.AwayFromZero
                )
                : 0;

        public async Task BuyAsync()
        {
            for (var minute = 0; minute < 8; minute++)
            {
                var price = minute < 3 ? _it.Price : Dip;
                _world.Bar(minute, price, price, minute == 3 && _it.Type == StrategyType.Grid ? _it.Price * 0.94m : price, price);
            }

            await _trading.CommitAsync(
                "paper",
                [new(TradingKey.Strategy("s1"), Strategy() with { CreatedAt = _world.Clock.GetUtcNow() }, null)],
                CancellationToken.None
            );
            for (var minute = 1; minute <= 8; minute++)
            {
                _world.At(minute);
                await TickAsync();
            }

            Attention.Clear();
        }

        public async Task SplitAsync()
        {
            foreach (var minute in new[] { 1, 2, 3 })
            {
                _world.At(Today.Close.AddMinutes(minute));
                await TickAsync();
            }

            for (var minute = 0; minute < 30; minute++)
            {
                _world.Add("AAA", ExDate.Open.AddMinutes(minute), PriceAfter, PriceAfter, PriceAfter, PriceAfter);
            }

            _world.At(ExDate.Open);
            await TickAsync();
            Attention.Clear();
            await TicksAsync(3);
        }

        public async Task TicksAsync(int count)
        {
            for (var i = 0; i < count; i++)
            {
                _world.At(_world.Clock.GetUtcNow().AddMinutes(1));
                await TickAsync();
            }
        }

        public async Task ReleaseAsync()
        {
            if (!_it.IsApplied)
            {
                (await CommandAsync(new ReleaseHold("AAA"))).Status.ShouldBe(CommandStatus.Done);
            }
        }

        public async Task<CommandEnvelope> CommandAsync(EngineCommand asked)
        {
            var command = new CommandEnvelope
            {
                Id = $"c{++_commands}",
                Command = asked,
                Caller = "test",
                RequestedAt = _world.Clock.GetUtcNow(),
            };
            await _trading.CommitAsync("paper", [new(TradingKey.Command(command.Id), command, null)], CancellationToken.None);
            Attention.Clear();
            await TicksAsync(1);
            return (await _trading.ReadAsync<CommandEnvelope>("paper", TradingKey.Command(command.Id), CancellationToken.None))!.Value;
        }

        public async Task<Strategy> StrategyAsync() =>
            (await _trading.ReadAsync<Strategy>("paper", TradingKey.Strategy("s1"), CancellationToken.None))!.Value;

        public Task<decimal> SharesAsync() => _world.SharesAsync();

        public async Task<decimal> CashAsync() => (await _world.Broker.GetAccountAsync(CancellationToken.None)).Cash;

        public async Task<decimal> OnSaleAsync() =>
            (await _world.Broker.GetOrdersAsync(_world.Clock.GetUtcNow().AddMinutes(1), CancellationToken.None))
                .Where(order => order.Terms.Side == OrderSide.Sell)
                .Sum(order => order.Terms.Quantity - order.FilledQuantity);

        public void Dispose() => _world.Dispose();

        void IEngineEvents.Publish(EngineEvent happened) { }

        void IEngineEvents.CycleEnded(CycleRecord record) => record.Error.ShouldBeNull();

        void IEngineEvents.LeaseContended() { }

        private async Task TickAsync()
        {
            (await _engine.RunAsync(new(_world.Clock.GetUtcNow(), "timer"), CancellationToken.None)).Outcome.ShouldBe(CycleOutcome.Ran);
            Attention.AddRange((await _memory.LoadAsync("paper", CancellationToken.None))!.Value.Attention);
        }

        private Strategy Strategy() =>
            new()
            {
                Id = "s1",
                Symbol = "AAA",
                StrategyType = _it.Type,
                Quantity = _it.Quantity,
                EntryType = EntryType.Limit,
                EntryPrice = _it.Held ? _it.Price : _it.Price * 0.8m,
                TrailingStopPct = 20,
                PullbackPct = _it.Held ? 5 : 50,
                TakeProfitPct = 20,
                StopLossPct = 20,
                ScaleTargets = ScaleOut.DefaultTargets,
                GridConfig =
                    _it.Type != StrategyType.Grid ? null
                    : _it.Held ? new(_it.Price * 0.9m, _it.Price * 1.3m, 9, _it.Quantity)
                    : new(_it.Price * 0.5m, _it.Price * 1.5m, 3, _it.Quantity),
                Repeat = _it.Repeats,
                CooldownMinutes = 60,
                Arm = "abcdefgh",
            };
    }
}
