using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using AutoTrader.Core.Market;
using AutoTrader.Core.Ports.Brokerage;
using Microsoft.Extensions.Logging;

namespace AutoTrader.Brokers.Alpaca;

/// <summary>
/// Alpaca's market data: raw prices, regular session. The feed <c>iex</c> sees a few percent of the volume, so that wide and old quotes
/// are normal there: give the engine a longer <c>MaxQuoteAge</c>. Thread-safe.
/// </summary>
public sealed partial class AlpacaMarketData : IMarketData
{
    private const int SymbolsAtOnce = 100;
    private const int ActionsDaysAround = 7;
    private const int ClosesDaysBack = 30;

    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    internal static readonly JsonSerializerOptions Strict = new(AlpacaClient.Json)
    {
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    private readonly AlpacaClient _client;
    private readonly AlpacaOptions _options;
    private readonly TimeProvider _clock;
    private readonly ILogger<AlpacaMarketData> _log;
    private readonly ConcurrentDictionary<string, (DateOnly Day, string Reason)> _refused = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> _malformed = new(StringComparer.Ordinal);

    internal AlpacaMarketData(AlpacaClient client, AlpacaOptions options, TimeProvider clock, ILogger<AlpacaMarketData> log) =>
        (_client, _options, _clock, _log) = (client, options, clock, log);

    /// <inheritdoc/>
    /// <remarks>Today's refusals and unreadable responses of Alpaca's latest quotes.</remarks>
    public Task<IReadOnlyDictionary<string, SymbolFeed>> GetFeedsAsync(
        IReadOnlyCollection<string> symbols,
        CancellationToken cancellationToken
    )
    {
        var today = TradingCalendar.Nyse.TradingDay(_clock.GetUtcNow());
        var feeds = new Dictionary<string, SymbolFeed>(StringComparer.Ordinal);
        foreach (var symbol in symbols)
        {
            if (_refused.TryGetValue(symbol, out var refusal) && refusal.Day == today)
            {
                feeds[symbol] = new($"Alpaca has no market data for it today: {refusal.Reason}");
            }
            else if (_malformed.TryGetValue(symbol, out var reason))
            {
                feeds[symbol] = new($"Alpaca's data for it cannot be read: {reason}");
            }
        }

        return Task.FromResult<IReadOnlyDictionary<string, SymbolFeed>>(feeds);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyDictionary<string, Quote>> GetQuotesAsync(
        IReadOnlyCollection<string> symbols,
        CancellationToken cancellationToken
    )
    {
        var quotes = new Dictionary<string, Quote>(symbols.Count, StringComparer.Ordinal);
        // A trade of another session is no measure of today's quotes.
        var since = TradingCalendar.Nyse.CurrentOrNext(_clock.GetUtcNow()).Open;
        await ForEachAsync(symbols, async chunk =>
        {
            var latest = await _client.GetAsync<WireQuotes>(
                $"v2/stocks/quotes/latest?symbols={chunk}&feed={_options.Feed}",
                cancellationToken
            );
            var trades = await _client.GetAsync<WireTrades>(
                $"v2/stocks/trades/latest?symbols={chunk}&feed={_options.Feed}",
                cancellationToken
            );
            foreach (var (symbol, element) in latest.Quotes ?? [])
            {
                if (Read<WireQuote>(symbol, element, _malformed) is { } quote)
                {
                    var trade = trades.Trades is { } all && all.TryGetValue(symbol, out var last) ? Read<WireTrade>(symbol, last) : null;
                    quotes[symbol] = new(symbol, quote.Bid, quote.Ask, quote.At, trade?.At >= since ? trade.Price : null);
                }
            }
        });
        return quotes;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Bar>> GetBarsAsync(
        string symbol,
        DateTimeOffset from,
        DateTimeOffset to,
        CancellationToken cancellationToken
    )
    {
        var bars = new List<Bar>();
        await ForEachAsync([symbol], async chunk =>
        {
            foreach (var (_, bar) in await BarsAsync(chunk, "1Min", Instant(from), Instant(to), cancellationToken))
            {
                // Alpaca's minute bars include times before and after the session, when nothing here trades.
                if (bar.Start >= from && bar.Start + Minute <= to && TradingCalendar.Nyse.IsOpen(bar.Start))
                {
                    bars.Add(new(symbol, bar.Start, Minute, bar.Open, bar.High, bar.Low, bar.Close, (long)bar.Volume));
                }
            }
        });
        return bars;
    }

    /// <inheritdoc/>
    /// <remarks>The close of the feed's daily bar; that of iex is its own last trade, not the closing auction.</remarks>
    public async Task<IReadOnlyDictionary<string, decimal>> GetClosesAsync(
        IReadOnlyCollection<string> symbols,
        DateOnly session,
        CancellationToken cancellationToken
    )
    {
        var closes = new Dictionary<string, decimal>(symbols.Count, StringComparer.Ordinal);
        await ForEachAsync(symbols, async chunk =>
        {
            foreach (
                var (symbol, bar) in await BarsAsync(
                    chunk,
                    "1Day",
                    Day(session.AddDays(-ClosesDaysBack)),
                    Day(session.AddDays(1)),
                    cancellationToken
                )
            )
            {
                // Daily bars are stamped with midnight in New York, and come in order.
                if (TradingCalendar.Nyse.TradingDay(bar.Start) <= session)
                {
                    closes[symbol] = bar.Close;
                }
            }
        });
        return closes;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Split>> GetSplitsAsync(DateOnly from, DateOnly to, CancellationToken cancellationToken)
    {
        var splits = new HashSet<Split>();
        // Alpaca does not document which date the interval applies to: request more, and filter by the ex-date.
        var path =
            $"v1/corporate-actions?types=forward_split,reverse_split&limit=1000&sort=asc"
            + $"&start={Day(from.AddDays(-ActionsDaysAround))}&end={Day(to.AddDays(ActionsDaysAround))}";
        await foreach (var page in PagesAsync<WireActionsPage>(path, page => page.NextPageToken, cancellationToken))
        {
            foreach (var element in (page.CorporateActions?.ForwardSplits ?? []).Concat(page.CorporateActions?.ReverseSplits ?? []))
            {
                if (Read<WireSplit>("a split", element) is not { } action || action.ExDate < from || action.ExDate > to)
                {
                    continue;
                }

                if (Ratio(action) is { } split)
                {
                    splits.Add(split);
                }
                else
                {
                    LogStrangeSplit(action.Symbol, action.NewRate, action.OldRate);
                }
            }
        }

        return [.. splits];
    }

    /// <summary>A split of whole numbers: rates may be fractions, such as 1.5 new shares for 1.</summary>
    internal static Split? Ratio(WireSplit action)
    {
        var (numerator, denominator) = (action.NewRate, action.OldRate);
        for (
            var digits = 0;
            digits < 9 && (decimal.Truncate(numerator) != numerator || decimal.Truncate(denominator) != denominator);
            digits++
        )
        {
            (numerator, denominator) = (numerator * 10, denominator * 10);
        }

        if (
            numerator <= 0
            || denominator <= 0
            || numerator > int.MaxValue
            || denominator > int.MaxValue
            || decimal.Truncate(numerator) != numerator
            || decimal.Truncate(denominator) != denominator
        )
        {
            return null;
        }

        var (larger, smaller) = (numerator, denominator);
        while (smaller > 0)
        {
            (larger, smaller) = (smaller, larger % smaller);
        }

        return new(action.Symbol, action.ExDate, (int)(numerator / larger), (int)(denominator / larger));
    }

    private async Task<List<(string Symbol, WireBar Bar)>> BarsAsync(
        string symbols,
        string timeframe,
        string start,
        string end,
        CancellationToken cancellationToken
    )
    {
        var bars = new List<(string, WireBar)>();
        var path =
            $"v2/stocks/bars?symbols={symbols}&timeframe={timeframe}&start={start}&end={end}"
            + $"&limit=10000&adjustment=raw&sort=asc&feed={_options.Feed}";
        await foreach (var page in PagesAsync<WireBars>(path, page => page.NextPageToken, cancellationToken))
        {
            foreach (var (symbol, ofSymbol) in page.Bars ?? [])
            {
                bars.AddRange(ofSymbol.Select(element => (symbol, Read<WireBar>(symbol, element)!)).Where(bar => bar.Item2 is not null));
            }
        }

        return bars;
    }

    // A page that names itself as the next one would never end.
    private async IAsyncEnumerable<T> PagesAsync<T>(
        string path,
        Func<T, string?> next,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        string? token = null;
        string? following = null;
        do
        {
            token = following;
            var page = await _client.GetAsync<T>(
                token is null ? path : $"{path}&page_token={Uri.EscapeDataString(token)}",
                cancellationToken
            );
            yield return page;
            following = next(page);
        } while (following is not null && following != token);
    }

    /// <summary>
    /// Requests in chunks. One unknown symbol makes Alpaca refuse the whole chunk: it is halved until that symbol is alone, which is then
    /// skipped for the day.
    /// </summary>
    private async Task ForEachAsync(IReadOnlyCollection<string> symbols, Func<string, Task> ask)
    {
        var today = TradingCalendar.Nyse.TradingDay(_clock.GetUtcNow());
        var chunks = new Stack<string[]>(
            symbols
                .Where(symbol => Symbol.IsValid(symbol) && (!_refused.TryGetValue(symbol, out var refusal) || refusal.Day != today))
                .Order(StringComparer.Ordinal)
                .Chunk(SymbolsAtOnce)
        );
        while (chunks.TryPop(out var chunk))
        {
            try
            {
                await ask(string.Join("%2C", chunk.Select(Uri.EscapeDataString)));
            }
            catch (AlpacaBadRequestException refused) when (chunk.Length == 1)
            {
                _refused[chunk[0]] = (today, refused.Message);
                LogRefused(chunk[0], refused.Message);
            }
            catch (AlpacaBadRequestException)
            {
                chunks.Push(chunk[..(chunk.Length / 2)]);
                chunks.Push(chunk[(chunk.Length / 2)..]);
            }
        }
    }

    private T? Read<T>(string symbol, JsonElement element, ConcurrentDictionary<string, string>? problems = null)
        where T : class
    {
        try
        {
            var read = element.Deserialize<T>(Strict);
            problems?.TryRemove(symbol, out _);
            return read;
        }
        catch (JsonException malformed)
        {
            if (problems is not null)
            {
                problems[symbol] = malformed.Message;
            }

            LogMalformed(symbol, malformed.Message);
            return null;
        }
    }

    private static string Day(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static string Instant(DateTimeOffset instant) =>
        Uri.EscapeDataString(instant.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));

    [LoggerMessage(3211, LogLevel.Error, "Alpaca has no market data for {Symbol} today: {Reason}")]
    private partial void LogRefused(string symbol, string reason);

    [LoggerMessage(3212, LogLevel.Error, "Alpaca's data for {Symbol} cannot be read and is ignored: {Reason}")]
    private partial void LogMalformed(string symbol, string reason);

    [LoggerMessage(
        3213,
        LogLevel.Error,
        "The split of {Symbol} ({NewRate} for {OldRate}) is not a ratio of whole numbers; the symbol goes on hold when its quantity changes"
    )]
    private partial void LogStrangeSplit(string symbol, decimal newRate, decimal oldRate);
}
