using AutoTrader.Brokers.Paper;
using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Schedules;
using AutoTrader.Core.Strategies;
using AutoTrader.Testing;

namespace AutoTrader.Backtesting.Tests.Replay;

/// <summary>A backtest and the whole app replaying the same bars come to the same fills, orders and equity, to the cent and the
/// minute.</summary>
public sealed class WholeAppTests
{
    private static readonly PaperOptions Costly = new()
    {
        CancelDelay = TimeSpan.FromSeconds(90),
        Fill = new()
        {
            VolumeSharePct = 0.1m,
            SlippagePct = 0.02m,
            CommissionPerShare = 0.01m,
            SecFeePerMillion = 27.80m,
            TafPerShare = 0.000166m,
            SpreadPct = 0.02m,
        },
    };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_sample_market_gives_what_the_app_gives(bool isCostly) =>
        await EqualsTheAppAsync(
            new()
            {
                Strategies = [.. OneOfEach("ACME"), .. OneOfEach("DUNE", 30)],
                Start = new(2026, 2, 2),
                End = new(2026, 2, 4),
                Market = new() { Directory = Path.Combine(Repository.Top, "samples", "market"), SpreadPct = isCostly ? 0.02m : 0 },
                Paper = isCostly ? Costly : new(),
            },
            fillsAtLeast: 10
        );

    [Fact]
    public async Task Real_bars_give_what_the_app_gives() =>
        await EqualsTheAppAsync(
            new()
            {
                Strategies = [.. OneOfEach("SPY", 145, 3), .. OneOfEach("BAC", 14, 20)],
                Start = new(2013, 10, 4),
                End = new(2013, 10, 8),
                Market = new() { Directory = Recorded() },
            },
            fillsAtLeast: 20
        );

    [Fact]
    public async Task A_real_split_gives_what_the_app_gives()
    {
        using var market = new GeneratedMarket();
        File.Copy(Path.Combine(Recorded(), "AAPL.csv"), Path.Combine(market.Folder, "AAPL.csv"));
        await File.WriteAllTextAsync(Path.Combine(market.Folder, "splits.csv"), "symbol,date,ratio\nAAPL,2014-06-09,7\n");
        await EqualsTheAppAsync(
            new()
            {
                Strategies = [Trailing("apple", "AAPL", 2, 5), Trailing("close", "AAPL", 3, 0.5m) with { AllowSharedSymbol = true }],
                Start = new(2014, 6, 5),
                End = new(2014, 6, 9),
                Market = new() { Directory = market.Folder },
            },
            fillsAtLeast: 3
        );
    }

    [Theory]
    [InlineData(1, null)]
    [InlineData(2, null)]
    [InlineData(3, "3:1")]
    [InlineData(4, "1:4")]
    [InlineData(5, "7:1")]
    public async Task Generated_bars_with_gaps_halts_and_an_early_close_give_what_the_app_gives(int seed, string? split)
    {
        using var market = new GeneratedMarket();
        // Wednesday to Monday around Thanksgiving: Friday closes early.
        var sessions = GeneratedMarket.Sessions(new(2026, 11, 25), 3);
        var isCostly = seed % 2 == 0;
        market.Write(
            "ONE",
            new(seed)
            {
                Missing = 0.01,
                Halts = 0.5,
                MostVolume = isCostly ? 80 : 10_000,
                Split = split is null ? null : new("ONE", sessions[1].Day, split[0] - '0', split[2] - '0'),
            },
            sessions
        );
        await EqualsTheAppAsync(
            new()
            {
                Strategies = OneOfEach("ONE"),
                Start = sessions[0].Day,
                End = sessions[^1].Day,
                Market = new() { Directory = market.Folder },
                Paper = isCostly ? Costly with { Fill = Costly.Fill with { VolumeSharePct = 20 } } : new(),
            },
            fillsAtLeast: 10
        );
    }

    [Theory]
    [InlineData(21, null)]
    [InlineData(22, "2:1")]
    [InlineData(23, null)]
    public async Task Conditions_on_indicators_give_what_the_app_gives(int seed, string? split)
    {
        using var market = new GeneratedMarket();
        var sessions = GeneratedMarket.Sessions(new(2026, 11, 25), 3);
        market.Write(
            "ONE",
            new(seed) { Missing = 0.02, Split = split is null ? null : new("ONE", sessions[1].Day, split[0] - '0', split[2] - '0') },
            sessions
        );
        string[] operands =
        [
            "sma:4",
            "sma:15",
            "ema:6",
            "close",
            "bbands.bbl:12,1",
            "bbands.bbu:12,1.5",
            "rolling_high_low.rolling_low:20",
            "rolling_high_low.rolling_high:9",
        ];
        string[] whole = ["rsi:7 < 45", "macd.histogram:4,9,3 > 0", "rsi_wilder:5 > 50", "atr:5 > 0.02", "sma:2 > sma:3 @1Hour"];
        var random = new Random(seed);
        var conditions = Enumerable
            .Range(0, 8)
            .Select(i =>
                i < 3
                    ? whole[random.Next(whole.Length)]
                    : $"{operands[random.Next(4)]} {(random.Next(2) == 0 ? '<' : '>')} {operands[random.Next(4, 8)]}"
                        + (random.Next(2) == 0 ? " @5Min" : "")
            );
        await EqualsTheAppAsync(
            new()
            {
                Strategies =
                [
                    .. conditions.Select(
                        (condition, i) =>
                            Trailing($"when-{i}", "ONE", 5, 0.3m) with
                            {
                                EntryType = EntryType.Condition,
                                EntryCondition = condition,
                                Repeat = true,
                                CooldownMinutes = 20,
                                AllowSharedSymbol = true,
                            }
                    ),
                ],
                Start = sessions[0].Day,
                End = sessions[^1].Day,
                Market = new() { Directory = market.Folder },
            },
            fillsAtLeast: 10
        );
    }

    [Fact]
    public async Task Schedules_act_as_they_do_in_the_app() =>
        await EqualsTheAppAsync(
            new()
            {
                Strategies = [.. OneOfEach("ACME"), .. OneOfEach("DUNE", 30)],
                Schedules = Schedules,
                Start = new(2026, 2, 2),
                End = new(2026, 2, 4),
                Market = new() { Directory = Path.Combine(Repository.Top, "samples", "market") },
            },
            fillsAtLeast: 10
        );

    [Fact]
    public async Task A_loss_on_a_symbol_of_no_strategy_is_seen_in_its_minute_as_in_the_app()
    {
        using var market = new GeneratedMarket();
        var session = TradingCalendar.Nyse.SessionOn(new(2026, 6, 1))!;
        // The one falls for ten minutes and is back; the other rises an hour later.
        WriteMinutes(market, "TWO", session, minute => minute is >= 90 and < 100 ? 50 : 100);
        WriteMinutes(market, "ONE", session, minute => minute < 160 ? 100 : 101);
        var settings = new BacktestSettings
        {
            Strategies = [Trailing("waits", "ONE", 5, 5) with { EntryType = EntryType.Condition, EntryCondition = "above:100.5" }],
            Schedules =
            [
                At("buy", ScheduleAction.OrderPlace, null, "open+10m") with
                {
                    Task = new(ScheduleAction.OrderPlace)
                    {
                        Order = new()
                        {
                            Symbol = "TWO",
                            Side = OrderSide.Buy,
                            Quantity = 20,
                            Type = OrderType.Market,
                        },
                    },
                },
            ],
            Start = session.Day,
            End = session.Day,
            Market = new() { Directory = market.Folder },
            // Prices that mostly stand still.
            AcceptData = true,
        };
        await EqualsTheAppAsync(settings, fillsAtLeast: 1);
        // The day's loss limit was reached meanwhile: nothing is bought any more.
        (await Backtest.RunAsync(settings)).Fills.ShouldHaveSingleItem().Symbol.ShouldBe("TWO");
    }

    private static void WriteMinutes(GeneratedMarket market, string symbol, Session session, Func<int, int> priceAt) =>
        File.WriteAllLines(
            Path.Combine(market.Folder, symbol + ".csv"),
            Enumerable
                .Range(0, (int)(session.Close - session.Open).TotalMinutes)
                .Select(minute =>
                    FormattableString.Invariant(
                        $"{session.Open.AddMinutes(minute):yyyy-MM-ddTHH:mm:ssZ},{priceAt(minute)},{priceAt(minute)},{priceAt(minute)},"
                    ) + FormattableString.Invariant($"{priceAt(minute)},1000")
                )
                .Prepend("timestamp,open,high,low,close,volume")
        );

    private static readonly Schedule[] Schedules =
    [
        At("start", ScheduleAction.StrategyStart, "trail-ACME", "open+5m"),
        At("stop", ScheduleAction.StrategyStop, "trail-ACME", "close-10m"),
        At("pause", ScheduleAction.StrategyPause, "dip-ACME", "open+30m"),
        At("resume", ScheduleAction.StrategyResume, "dip-ACME", "open+90m"),
        At("close", ScheduleAction.StrategyClose, "bracket-DUNE", "open+2h"),
        At("again", ScheduleAction.StrategyStart, "bracket-DUNE", "open+3h"),
        At("night", ScheduleAction.StrategyClose, "limit-DUNE", "close+30m"),
        At("on", ScheduleAction.KillSwitchOn, null, "open+4h"),
        At("off", ScheduleAction.KillSwitchOff, null, "open+5h"),
        At("buy", ScheduleAction.OrderPlace, null, "open+45m") with
        {
            Task = new(ScheduleAction.OrderPlace)
            {
                Order = new()
                {
                    Symbol = "ACME",
                    Side = OrderSide.Buy,
                    Quantity = 3,
                    Type = OrderType.Limit,
                    LimitPrice = 99.5m,
                },
            },
        },
        At("cancel", ScheduleAction.OrdersCancel, null, "close-1h") with
        {
            Task = new(ScheduleAction.OrdersCancel) { Symbol = "ACME" },
        },
        At("seconds", ScheduleAction.StrategyPause, "grid-ACME", "open+1m") with
        {
            Spec = new() { Cron = "20 37 11 * * *" },
        },
        At("tell", ScheduleAction.Notify, null, "close+10m"),
    ];

    [Theory]
    [InlineData("close", null)]
    [InlineData("close+1m", null)]
    [InlineData(null, "30 0 16 * * *")]
    [InlineData(null, "30 59 15 * * *")]
    public async Task A_schedule_at_the_close_leaves_the_closing_cycles_as_they_are_in_the_app(string? market, string? cron)
    {
        using var bars = new GeneratedMarket();
        var sessions = GeneratedMarket.Sessions(new(2026, 6, 1), 2);
        bars.Write("ONE", new(11), sessions);
        bars.EndInADrop("ONE", sessions[^1]);
        var settings = new BacktestSettings
        {
            Strategies = [Trailing("stopped", "ONE", 10, 5), Trailing("closed", "ONE", 10, 20) with { AllowSharedSymbol = true }],
            Schedules =
            [
                At("close", ScheduleAction.StrategyClose, "closed", "close") with
                {
                    Spec = cron is null
                        ? new() { Market = MarketTime.TryParse(market!, out var time) ? time : throw new FormatException(market) }
                        : new() { Cron = cron },
                },
            ],
            Start = sessions[0].Day,
            End = sessions[^1].Day,
            Market = new() { Directory = bars.Folder },
        };
        await EqualsTheAppAsync(settings, fillsAtLeast: 3);
        // The session's last bar stops it out: on the last day no other cycle comes.
        var close = sessions[^1].Close;
        (await Backtest.RunAsync(settings)).Fills.ShouldContain(fill => fill.StrategyId == "stopped" && fill.At == close);
    }

    private static Schedule At(string id, ScheduleAction action, string? target, string market) =>
        new()
        {
            Id = id,
            Task = new(action) { Target = target },
            Spec = new() { Market = MarketTime.TryParse(market, out var time) ? time : throw new FormatException(market) },
        };

    private static async Task EqualsTheAppAsync(BacktestSettings settings, int fillsAtLeast)
    {
        var run = await Backtest.RunAsync(settings);
        run.Fills.Count.ShouldBeGreaterThanOrEqualTo(fillsAtLeast);
        Shown.ShouldEqual(Shown.Lines(run), await WholeApp.ReplayAsync(settings));
    }

    private static string Recorded()
    {
        var folder = Path.Combine(Repository.Top, "..", "shared", "data", "minute");
        if (!Directory.Exists(folder))
        {
            // They are others' and not ours to ship; sample and generated bars prove the same on every clone.
            Assert.Skip("The recorded bars are not beside this clone.");
        }

        return folder;
    }

    /// <summary>A strategy of each type on one symbol that trades around a price.</summary>
    private static Strategy[] OneOfEach(string symbol, decimal around = 100, int quantity = 10) =>
        [
            Trailing("trail-" + symbol, symbol, quantity, 0.4m) with
            {
                Repeat = true,
            },
            Trailing("bracket-" + symbol, symbol, quantity, null) with
            {
                StrategyType = StrategyType.Bracket,
                TakeProfitPct = 0.6m,
                StopLossPct = 0.5m,
                Repeat = true,
                CooldownMinutes = 10,
                AllowSharedSymbol = true,
            },
            Trailing("scale-" + symbol, symbol, quantity, null) with
            {
                StrategyType = StrategyType.ScaleOut,
                ScaleTargets = [new(33, 0.3m), new(33, 0.6m), new(34, 0.9m)],
                StopLossPct = 0.8m,
                EntryType = EntryType.Condition,
                EntryCondition = new EntryCondition(true, around * 1.01m).ToString(),
                Repeat = true,
                AllowSharedSymbol = true,
            },
            Trailing("grid-" + symbol, symbol, 1, null) with
            {
                StrategyType = StrategyType.Grid,
                GridConfig = new(around * 0.97m, around * 1.03m, 13, 2),
                AllowSharedSymbol = true,
            },
            Trailing("dip-" + symbol, symbol, quantity, 0.5m) with
            {
                StrategyType = StrategyType.PullbackTrailing,
                PullbackPct = 0.4m,
                Repeat = true,
                AllowSharedSymbol = true,
            },
            Trailing("limit-" + symbol, symbol, quantity, 0.6m) with
            {
                EntryType = EntryType.Limit,
                EntryPrice = around,
                AllowSharedSymbol = true,
            },
        ];

    private static Strategy Trailing(string id, string symbol, int quantity, decimal? pct) =>
        new()
        {
            Id = id,
            Symbol = symbol,
            StrategyType = StrategyType.TrailingStop,
            Quantity = quantity,
            TrailingStopPct = pct,
            Arm = "aaaaaaaa",
        };
}
