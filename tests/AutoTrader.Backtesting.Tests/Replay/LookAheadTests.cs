using System.Globalization;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Backtesting.Tests.Replay;

/// <summary>No decision may know what comes after it: with everything later taken away, each is the same.</summary>
public sealed class LookAheadTests : IDisposable
{
    private const int MostSignals = 12;

    private static readonly DateOnly First = new(2026, 3, 2);

    private readonly GeneratedMarket _market = new();

    public void Dispose() => _market.Dispose();

    [Theory]
    [InlineData("sma:5 > sma:20")]
    [InlineData("rsi:6 < 35 @5Min")]
    public Task A_condition_on_indicators_sees_complete_bars_only(string condition) =>
        IsDecidedAgainAsync(Of(StrategyType.Bracket) with { EntryType = EntryType.Condition, EntryCondition = condition });

    private static Strategy Of(StrategyType type)
    {
        var strategy = new Strategy
        {
            Id = "one",
            Arm = "aaaaaaaa",
            Symbol = "ONE",
            StrategyType = type,
            Quantity = 10,
            Repeat = type != StrategyType.Grid,
        };
        return type switch
        {
            StrategyType.TrailingStop => strategy with { TrailingStopPct = 0.5m },
            StrategyType.Bracket => strategy with { TakeProfitPct = 0.5m, StopLossPct = 0.5m },
            StrategyType.ScaleOut => strategy with { ScaleTargets = [new(50, 0.3m), new(50, 0.6m)], StopLossPct = 0.5m },
            StrategyType.Grid => strategy with { Quantity = 1, GridConfig = new(98, 102, 9, 5) },
            _ => strategy with { PullbackPct = 0.4m, TrailingStopPct = 0.4m },
        };
    }

    [Theory]
    [InlineData(StrategyType.TrailingStop)]
    [InlineData(StrategyType.Bracket)]
    [InlineData(StrategyType.ScaleOut)]
    [InlineData(StrategyType.Grid)]
    [InlineData(StrategyType.PullbackTrailing)]
    public Task What_was_decided_is_decided_again_when_the_data_end_there(StrategyType type) => IsDecidedAgainAsync(Of(type));

    private async Task IsDecidedAgainAsync(Strategy strategy)
    {
        var sessions = GeneratedMarket.Sessions(First, 2);
        _market.Write("ONE", new(11), sessions);
        var path = Path.Combine(_market.Folder, "ONE.csv");
        var lines = await File.ReadAllLinesAsync(path, TestContext.Current.CancellationToken);
        var settings = new BacktestSettings
        {
            Strategies = [strategy],
            Start = First,
            End = sessions[^1].Day,
            Market = new() { Directory = _market.Folder, BarLength = TimeSpan.FromMinutes(1) },
        };
        var whole = await Backtest.RunAsync(settings);
        var signals = whole.Orders.Select(order => order.DecidedAt).Distinct().Order().ToList();
        signals.Count.ShouldBeGreaterThan(3);
        // From the beginning and from the end: later ones have more behind them.
        foreach (var signal in signals.Take(MostSignals / 2).Union(signals.TakeLast(MostSignals / 2)))
        {
            // A bar is known at its end: what began a minute before is the last.
            await File.WriteAllLinesAsync(
                path,
                lines.Where((line, i) => i == 0 || Stamp(line) < signal),
                TestContext.Current.CancellationToken
            );
            var cut = await Backtest.RunAsync(settings with { End = DateOnly.FromDateTime(signal.UtcDateTime) });
            Decided(cut, signal).ShouldBe(Decided(whole, signal));
        }
    }

    private static DateTimeOffset Stamp(string line) =>
        DateTimeOffset.Parse(line.Split(',')[0], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    private static IReadOnlyList<string> Decided(BacktestRun run, DateTimeOffset until) =>
        [
            .. run
                .Orders.Where(order => order.DecidedAt <= until)
                .Select(order =>
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{order.DecidedAt:O} {order.ClientOrderId} {order.Role} {WireNames.Of(order.Terms)}"
                    )
                )
                .Order(StringComparer.Ordinal),
        ];
}
