using AutoTrader.Core.Market;
using AutoTrader.Core.Ports.Brokerage;

namespace AutoTrader.Core.Engine.Observe;

/// <summary>Whether a declared split took place.</summary>
internal enum SplitVerdict
{
    /// <summary>Nothing says so yet, or one thing stands against another.</summary>
    Open,

    /// <summary>It is in the broker's quantity, or that cannot tell and the price shows it.</summary>
    Taken,

    /// <summary>It is neither in the broker's quantity nor in the price.</summary>
    Refuted,
}

/// <summary>What says whether a split took place (docs/trading-rules.md, "Declared splits"): the broker's quantity, and the first price
/// against the close before.</summary>
internal sealed class SplitEvidence(CycleContext context, Session? session)
{
    private const decimal RatioTolerance = 0.04m;
    private const int LargestTerm = 10;

    private readonly Dictionary<Split, SplitPrices> _prices = [];

    /// <summary>The prices that were looked up.</summary>
    public IReadOnlyDictionary<Split, SplitPrices> Prices => _prices;

    /// <summary>The open of the first session at the new price (UTC).</summary>
    public static DateTimeOffset FirstOpen(Split split) =>
        TradingCalendar.Nyse.SessionOn(split.ExDate)?.Open
        ?? TradingCalendar.Nyse.CurrentOrNext(new DateTimeOffset(split.ExDate.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero)).Open;

    /// <summary>
    /// What quantity and price say together. The broker applies a split to what it holds, often before the open: then no price is waited
    /// for. Where nothing is held, or rounding makes both quantities equal, only the price can tell.
    /// </summary>
    /// <param name="split">The split.</param>
    /// <param name="theirs">The broker's shares.</param>
    /// <param name="held">Ours, as before the split.</param>
    /// <param name="after">Ours, as after it.</param>
    public SplitVerdict Judge(Split split, decimal theirs, decimal held, decimal after)
    {
        var (isAfter, isBefore) = held == 0 ? (true, true) : (Fits(theirs, after), IsSame(theirs, held));
        return (isAfter, isBefore, SignOf(split)) switch
        {
            (true, true, SplitSign.Shown or SplitSign.Hidden) or (true, false, not SplitSign.Denied) => SplitVerdict.Taken,
            (true, false, SplitSign.Denied) when !MovesMuch(split) => SplitVerdict.Taken,
            (_, true, SplitSign.Hidden or SplitSign.Denied) => SplitVerdict.Refuted,
            _ => SplitVerdict.Open,
        };
    }

    // A stock dividend (21:20) moves the price by less than an ordinary night may: against the broker's quantity that says nothing.
    private bool MovesMuch(Split split) => Math.Abs((1 / split.Ratio) - 1) * 100 > context.Options.SplitSuspicionPct;

    /// <summary>What the price says of the split; null while it is not known.</summary>
    public SplitSign? SignOf(Split split) =>
        _prices.TryGetValue(split, out var prices) && prices is { Before: { } before, First: { } after }
            ? split.SignOf(before, after)
            : null;

    /// <summary>Whether the price moved like a split of another ratio.</summary>
    public bool IsLikeAnother(Split split) =>
        _prices.TryGetValue(split, out var prices) && prices is { Before: { } before, First: { } after } && IsSplitLike(before, after);

    /// <summary>Whether a price moved by so much, and so near a simple ratio, as a split would move it.</summary>
    public bool IsSplitLike(decimal before, decimal after) =>
        Math.Abs(after - before) * 100 > context.Options.SplitSuspicionPct * before && IsNearSimpleRatio(before / after);

    /// <summary>Whether a ratio other than one is near p/q of small numbers.</summary>
    public static bool IsNearSimpleRatio(decimal ratio)
    {
        for (var p = 1; p <= LargestTerm; p++)
        {
            for (var q = 1; q <= LargestTerm; q++)
            {
                var simple = (decimal)p / q;
                if (p != q && Math.Abs(ratio - simple) <= RatioTolerance * simple && Math.Abs(1 - simple) > RatioTolerance)
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>Whether the broker has what the split makes of our shares, with or without the fraction.</summary>
    public static bool Fits(decimal theirs, decimal after) => IsSame(theirs, after) || theirs == Math.Floor(after);

    /// <summary>Whether two quantities are the same but for rounding.</summary>
    public static bool IsSame(decimal left, decimal right) => Math.Abs(left - right) <= Reconciliation.Tolerance;

    /// <summary>How the price moved, in words.</summary>
    public string Moved(Split split) =>
        _prices.TryGetValue(split, out var prices) ? $"it went from {prices.Before:0.00##} to {prices.First:0.00##}" : "it is not known";

    /// <summary>The price after the split in dollars; null when none is known.</summary>
    public decimal? PriceAfter(Split split, IReadOnlyDictionary<string, BrokerPosition> positions) =>
        SplitPrices.After(split, _prices, positions);

    /// <summary>Looks up the prices around a split. The first bar says the same however late it is asked for; a quote stands in for it
    /// where there are no bars.</summary>
    /// <param name="split">The split.</param>
    /// <param name="remembered">The price that is remembered from before it, in dollars, where no close is known.</param>
    public async Task LookAsync(Split split, decimal? remembered) => _prices[split] = await PricesAsync(split, remembered);

    private async Task<SplitPrices> PricesAsync(Split split, decimal? remembered)
    {
        var open = FirstOpen(split);
        var eve = TradingCalendar.Nyse.PreviousSession(open).Day;
        var (symbol, token) = (split.Symbol, context.Cancellation);
        var closes = await context.AskMarketAsync(
            market => market.GetClosesAsync([symbol], eve, token),
            new Dictionary<string, decimal>(StringComparer.Ordinal)
        );
        var before = closes.TryGetValue(symbol, out var close) ? close : remembered;
        if (context.Now < open)
        {
            return new(Price(before), null);
        }

        var bars = await context.AskMarketAsync(market => market.GetBarsAsync(symbol, open, context.Now, token), []);
        if (bars.Count > 0)
        {
            return new(Price(before), Price(bars[0].Close));
        }

        var quotes = await context.AskMarketAsync(
            market => market.GetQuotesAsync([symbol], token),
            new Dictionary<string, Quote>(StringComparer.Ordinal)
        );
        return new(
            Price(before),
            session is { } now
            && quotes.TryGetValue(symbol, out var quote)
            && context.Options.Quotes.Problem(quote, context.Now, now) is null
                ? Price(quote.Mid)
                : null
        );

        static decimal? Price(decimal? price) => price > 0 ? price : null;
    }
}
