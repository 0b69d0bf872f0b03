using AutoTrader.Core.Strategies;
using AutoTrader.Testing;
using CsCheck;

namespace AutoTrader.Backtesting.Tests;

/// <summary>Strategies of every type that enter and leave within a few sessions of a walk around 100 dollars.</summary>
internal static class Candidates
{
    private static readonly Gen<decimal> Pct = Gen.Int[10, 150].Select(it => it / 100m);

    private static readonly Gen<string> Indicators = StrategyGen.Pick(
        "sma:3 > sma:9",
        "rsi:5 < 40 @5Min",
        "close < bbands.bbl:10,1.5",
        "macd.histogram:3,6,3 > 0",
        "ema:4 >= close",
        "atr:4 > 0.05 @15Min"
    );

    private static Gen<Strategy> Entering(string id, string symbol, StrategyType type) =>
        from quantity in Gen.Int[3, 40]
        from entry in Gen.Enum<EntryType>()
        from price in Gen.Int[9_800, 10_200].Select(cents => cents / 100m)
        from isBelow in Gen.Bool
        from indicators in Indicators
        from isPrice in Gen.Bool
        from cooldown in Gen.Int[0, 500]
        from repeats in Gen.Bool
        select new Strategy
        {
            Id = id,
            Symbol = symbol,
            StrategyType = type,
            Quantity = quantity,
            Arm = "aaaaaaaa",
            EntryType = entry,
            EntryPrice = entry == EntryType.Limit ? price : null,
            EntryCondition =
                entry != EntryType.Condition ? null
                : isPrice ? new EntryCondition(isBelow, price).ToString()
                : indicators,
            Repeat = repeats,
            CooldownMinutes = repeats ? cooldown : 0,
            AllowSharedSymbol = true,
        };

    public static Gen<Strategy> Of(StrategyType type, string id, string symbol) =>
        type switch
        {
            StrategyType.TrailingStop => Gen.Select(Entering(id, symbol, type), Pct, (strategy, trail) =>
                strategy with
                {
                    TrailingStopPct = trail,
                }
            ),
            StrategyType.Bracket => Gen.Select(Entering(id, symbol, type), Pct, Pct, (strategy, target, stop) =>
                strategy with
                {
                    TakeProfitPct = target,
                    StopLossPct = stop,
                }
            ),
            StrategyType.ScaleOut => Gen.Select(Entering(id, symbol, type), Pct, Pct, Gen.Bool, (strategy, target, stop, isStopped) =>
                strategy with
                {
                    ScaleTargets = [new(33, target / 3), new(33, target), new(34, target * 2)],
                    StopLossPct = isStopped ? stop : null,
                }
            ),
            StrategyType.Grid => Ladder(id, symbol),
            _ => Gen.Select(Entering(id, symbol, type), Pct, Pct, (strategy, trail, dip) =>
                strategy with
                {
                    EntryType = EntryType.Market,
                    EntryPrice = null,
                    EntryCondition = null,
                    TrailingStopPct = trail,
                    PullbackPct = dip,
                }
            ),
        };

    private static Gen<Strategy> Ladder(string id, string symbol) =>
        Gen.Select(Gen.Int[9_600, 9_950], Gen.Int[2, 10], Gen.Int[5, 60], Gen.Int[1, 10], Gen.Bool, (low, steps, step, shares, stops) =>
            new Strategy
            {
                Id = id,
                Symbol = symbol,
                StrategyType = StrategyType.Grid,
                Quantity = 1,
                Arm = "aaaaaaaa",
                AllowSharedSymbol = true,
                GridConfig = new(low / 100m, (low + (steps * step)) / 100m, steps + 1, shares)
                {
                    StopBelow = stops ? (low - 50) / 100m : null,
                },
            }
        );

    /// <summary>One of each type on a symbol, or some of them.</summary>
    public static Gen<Strategy[]> Some(string symbol) =>
        Gen.Select(
            Gen.Bool.Array[5],
            Of(StrategyType.TrailingStop, "trail", symbol),
            Of(StrategyType.Bracket, "bracket", symbol),
            Of(StrategyType.ScaleOut, "scale", symbol),
            Of(StrategyType.Grid, "grid", symbol),
            Of(StrategyType.PullbackTrailing, "dip", symbol),
            (picks, a, b, c, d, e) => new[] { a, b, c, d, e }.Where((_, i) => picks[i]).DefaultIfEmpty(a).ToArray()
        );
}
