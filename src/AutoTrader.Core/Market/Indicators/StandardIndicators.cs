namespace AutoTrader.Core.Market.Indicators;

/// <summary>The standard indicators, with Wilder's smoothing beside the simple means where his is the standard.</summary>
public static class StandardIndicators
{
    private static readonly IndicatorParameter Twenty = new("period", 20);
    private static readonly IndicatorParameter Fourteen = new("period", 14);

    // Periods after which the first value weighs less than a thousandth: (1 - 2/(p + 1))^(4p) < e^-8, and (1 - 1/p)^(8p) < e^-8 beside the
    // period in which Wilder's mean begins.
    private const int Leaning = 4;
    private const int WilderLeaning = 9;

    /// <summary>All of them.</summary>
    public static IReadOnlyList<Indicator> All { get; } =
    [
        new(
            "sma",
            "Simple moving average of the close.",
            "The mean of the last period closes; null for the first period - 1 bars.",
            [Twenty],
            ["sma_{period}"]
        )
        {
            Window = it => (int)it[0],
            Series = (bars, it) => [Averages.Simple(Closes(bars), (int)it[0])],
        },
        new(
            "ema",
            "Exponential moving average of the close.",
            "EMA = EMA before + 2/(period + 1)*(close - EMA before), beginning at the first close: the first bars lean on it.",
            [Twenty],
            ["ema_{period}"]
        )
        {
            Window = it => Leaning * (int)it[0],
            Series = (bars, it) => [Averages.Exponential(Closes(bars), (int)it[0])],
        },
        new(
            "rsi",
            "Relative strength index with simple means; rsi_wilder is the standard.",
            "100 - 100/(1 + mean gain/mean loss) of the last period changes of the close; 100 without a loss; null for the first period "
                + "bars, and where nothing changed.",
            [Fourteen],
            ["rsi_{period}"]
        )
        {
            Window = it => (int)it[0] + 1,
            IsPrice = false,
            Series = (bars, it) => [Strength(bars, changes => Averages.Simple(changes, (int)it[0]))],
        },
        new(
            "rsi_wilder",
            "Relative strength index as Wilder defined it (1978).",
            "As rsi, with means that begin as the simple ones and go on as (mean before*(period - 1) + change)/period.",
            [Fourteen],
            ["rsi_wilder_{period}"]
        )
        {
            Window = it => (WilderLeaning * (int)it[0]) + 1,
            IsPrice = false,
            Series = (bars, it) => [Strength(bars, changes => Averages.Wilder(changes, (int)it[0]))],
        },
        new(
            "macd",
            "Moving average convergence divergence.",
            "MACD = EMA(fast) - EMA(slow) of the close; SIGNAL = EMA(signal) of MACD; HISTOGRAM = MACD - SIGNAL; EMAs as ema.",
            [new("fast", 12), new("slow", 26), new("signal", 9)],
            ["MACD", "SIGNAL", "HISTOGRAM"]
        )
        {
            Window = it => Leaning * ((int)Math.Max(it[0], it[1]) + (int)it[2]),
            Series = Convergence,
        },
        new(
            "atr",
            "Average true range with a simple mean; atr_wilder is the standard.",
            "The mean of the last period true ranges max(high, close before) - min(low, close before), the first one high - low; null for "
                + "the first period - 1 bars.",
            [Fourteen],
            ["atr_{period}"]
        )
        {
            Window = it => (int)it[0] + 1,
            Series = (bars, it) => [Averages.Simple(TrueRanges(bars), (int)it[0])],
        },
        new(
            "atr_wilder",
            "Average true range as Wilder defined it (1978).",
            "As atr, going on from the first mean as (ATR before*(period - 1) + true range)/period.",
            [Fourteen],
            ["atr_wilder_{period}"]
        )
        {
            Window = it => (WilderLeaning * (int)it[0]) + 1,
            Series = (bars, it) => [Averages.Wilder(TrueRanges(bars), (int)it[0])],
        },
        new(
            "bbands",
            "Bollinger bands around the simple moving average.",
            "BBM = SMA(period); BBL and BBU = BBM -/+ stddev times the sample standard deviation (n - 1) of the same closes; null for the "
                + "first period - 1 bars.",
            [new("period", 20, 2), new("stddev", 2, 0, IsWhole: false)],
            ["BBL", "BBM", "BBU"]
        )
        {
            Window = it => (int)it[0],
            Series = Bands,
        },
        new(
            "obv",
            "On-balance volume.",
            "The volume of each bar, added when the close rose, taken off when it fell; 0 at the first bar.",
            [],
            ["obv"]
        )
        {
            Series = (bars, _) => [Balance(bars)],
        },
        new(
            "vwap",
            "Volume-weighted average price over all bars; it does not reset each day.",
            "Sum of (high + low + close)/3*volume over the sum of volume, from the first bar on; null while there is no volume.",
            [],
            ["vwap"]
        )
        {
            Series = (bars, _) => [Weighted(bars)],
        },
        new(
            "rolling_high_low",
            "The highest high and the lowest low of the last bars.",
            "Over the last period bars; null for the first period - 1.",
            [Twenty],
            ["rolling_high", "rolling_low"]
        )
        {
            Window = it => (int)it[0],
            Series = (bars, it) =>
                [
                    Averages.Rolling([.. bars.Select(bar => (double)bar.High)], (int)it[0], Math.Max),
                    Averages.Rolling([.. bars.Select(bar => (double)bar.Low)], (int)it[0], Math.Min),
                ],
        },
    ];

    /// <summary>The indicator of a name; null for none.</summary>
    public static Indicator? Find(string name) => All.FirstOrDefault(it => it.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    private static double[] Closes(IReadOnlyList<Bar> bars) => [.. bars.Select(bar => (double)bar.Close)];

    private static double[] TrueRanges(IReadOnlyList<Bar> bars) =>
        [
            .. bars.Select(
                (bar, i) =>
                    i == 0
                        ? (double)(bar.High - bar.Low)
                        : (double)(Math.Max(bar.High, bars[i - 1].Close) - Math.Min(bar.Low, bars[i - 1].Close))
            ),
        ];

    private static double?[] Strength(IReadOnlyList<Bar> bars, Func<IReadOnlyList<double>, double?[]> mean)
    {
        var changes = bars.Skip(1).Select((bar, i) => (double)(bar.Close - bars[i].Close)).ToList();
        var (gains, losses) = (mean([.. changes.Select(it => Math.Max(it, 0))]), mean([.. changes.Select(it => Math.Max(-it, 0))]));
        // The first bar has no change.
        return
        [
            .. bars.Take(1).Select(_ => (double?)null),
            .. gains.Zip(losses, (gain, loss) => gain + loss > 0 ? (loss > 0 ? 100 - (100 / (1 + (gain / loss))) : 100) : null),
        ];
    }

    private static double?[][] Convergence(IReadOnlyList<Bar> bars, double[] it)
    {
        var closes = Closes(bars);
        var (fast, slow) = (Averages.Exponential(closes, (int)it[0]), Averages.Exponential(closes, (int)it[1]));
        double?[] line = [.. fast.Zip(slow, (left, right) => left - right)];
        var signal = Averages.Exponential([.. line.Select(value => value!.Value)], (int)it[2]);
        return [line, signal, [.. line.Zip(signal, (left, right) => left - right)]];
    }

    private static double?[][] Bands(IReadOnlyList<Bar> bars, double[] it)
    {
        var (closes, period) = (Closes(bars), (int)it[0]);
        var middle = Averages.Simple(closes, period);
        double?[] width =
        [
            .. middle.Select(
                (mean, i) =>
                    mean is { } known
                        ? it[1] * Math.Sqrt(closes[(i - period + 1)..(i + 1)].Sum(close => Math.Pow(close - known, 2)) / (period - 1))
                        : (double?)null
            ),
        ];
        return
        [
            [.. middle.Zip(width, (mean, half) => mean - half)],
            middle,
            [.. middle.Zip(width, (mean, half) => mean + half)],
        ];
    }

    private static double?[] Balance(IReadOnlyList<Bar> bars)
    {
        var (balance, sum) = (new double?[bars.Count], 0.0);
        for (var i = 0; i < bars.Count; i++)
        {
            sum += i == 0 ? 0 : Math.Sign(bars[i].Close - bars[i - 1].Close) * (double)bars[i].Volume;
            balance[i] = sum;
        }

        return balance;
    }

    private static double?[] Weighted(IReadOnlyList<Bar> bars)
    {
        var (prices, money, volume) = (new double?[bars.Count], 0.0, 0.0);
        for (var i = 0; i < bars.Count; i++)
        {
            money += (double)((bars[i].High + bars[i].Low + bars[i].Close) / 3) * bars[i].Volume;
            volume += bars[i].Volume;
            prices[i] = volume > 0 ? money / volume : null;
        }

        return prices;
    }
}
