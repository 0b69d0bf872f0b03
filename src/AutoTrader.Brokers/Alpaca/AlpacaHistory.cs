using System.Text.Json;
using AutoTrader.Core.Market;
using AutoTrader.Core.Market.Indicators;
using AutoTrader.Core.Ports.Brokerage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace AutoTrader.Brokers.Alpaca;

/// <summary>Past prices cannot be had; the message says why, and what to do.</summary>
/// <param name="message">A sentence.</param>
/// <param name="innerException">The failure beneath.</param>
public sealed class MarketHistoryException(string message, Exception? innerException = null) : Exception(message, innerException);

/// <summary>
/// Past bars and splits from Alpaca, to be kept: raw prices, regular sessions, with the clients, the pace and the retries of the broker.
/// What cannot be read is an error here and never left out, since what is left out would be kept as a time in which nothing traded.
/// </summary>
public sealed class AlpacaHistory : IDisposable
{
    private const int ActionsDaysAround = 7;

    // An hour of Alpaca begins with the clock's hour, so that its first one mixes the time before the open with the session.
    private static readonly Dictionary<string, string> WireNames = new(StringComparer.OrdinalIgnoreCase) { ["1Hour"] = "30Min" };

    private readonly ServiceProvider _services;
    private readonly AlpacaClient _client;

    private AlpacaHistory(ServiceProvider services)
    {
        _services = services;
        _client = new(services.GetRequiredService<IHttpClientFactory>(), AlpacaClient.Data);
        Feed = services.GetRequiredService<AlpacaOptions>().Feed;
    }

    private static TradingCalendar Calendar => TradingCalendar.Nyse;

    /// <summary><see cref="AlpacaOptions.IexFeed"/> or <see cref="AlpacaOptions.SipFeed"/>.</summary>
    public string Feed { get; }

    /// <summary>The feed that settings name.</summary>
    /// <param name="configuration">The whole configuration.</param>
    /// <exception cref="MarketHistoryException">It is none.</exception>
    public static string FeedOf(IConfiguration configuration) => Read(configuration).Feed;

    /// <summary>Makes ready to ask; nothing is asked yet.</summary>
    /// <param name="configuration">The whole configuration; the key is the app's own.</param>
    /// <exception cref="MarketHistoryException">A setting is wrong, or the key is missing.</exception>
    public static AlpacaHistory Open(IConfiguration configuration)
    {
        Read(configuration);
        try
        {
            return new(
                new ServiceCollection()
                    .AddLogging()
                    .AddSingleton(TimeProvider.System)
                    .AddAlpacaMarketData(configuration)
                    .BuildServiceProvider()
            );
        }
        catch (InvalidOperationException wrong)
        {
            throw new MarketHistoryException(wrong.Message, wrong);
        }
    }

    /// <summary>The bars of sessions, in order; those of a day span its session.</summary>
    /// <param name="symbol">The symbol.</param>
    /// <param name="timeframe">Their length by its name in <see cref="Timeframe.Lengths"/>.</param>
    /// <param name="first">The first session.</param>
    /// <param name="last">The last session; it has closed.</param>
    /// <param name="cancellationToken">Ends it; what came so far is lost.</param>
    /// <exception cref="MarketHistoryException">They cannot be had.</exception>
    public async Task<IReadOnlyList<Bar>> GetBarsAsync(
        string symbol,
        string timeframe,
        Session first,
        Session last,
        CancellationToken cancellationToken
    )
    {
        var length = Timeframe.Lengths[timeframe];
        var isDaily = length >= TimeSpan.FromDays(1);
        // Daily bars are stamped with their midnight in New York.
        var start = isDaily ? first.Open.AddHours(-12) : first.Open;
        var path =
            $"v2/stocks/bars?symbols={Uri.EscapeDataString(symbol)}&timeframe={WireNames.GetValueOrDefault(timeframe, timeframe)}"
            + $"&start={AlpacaClient.Instant(start)}&end={AlpacaClient.Instant(last.Close)}"
            + $"&limit=10000&adjustment=raw&sort=asc&feed={Feed}";
        var step = WireNames.ContainsKey(timeframe) ? length / 2 : length;
        var bars = new List<Bar>();
        foreach (var page in await PagesAsync<WireBars>(path, symbol, page => page.NextPageToken, cancellationToken))
        {
            bars.AddRange(
                (page.Bars ?? [])
                    .Where(it => it.Key == symbol)
                    .SelectMany(it => it.Value)
                    .Select(element => BarOf(symbol, Read<WireBar>(symbol, element), isDaily ? null : step))
                    .OfType<Bar>()
            );
        }

        return Timeframe.Of([.. bars.Where(bar => bar.Start >= first.Open && bar.End <= last.Close)], length);
    }

    /// <summary>The splits of a symbol by ex-date, of days both included.</summary>
    /// <exception cref="MarketHistoryException">They cannot be had, or one is no ratio of whole numbers.</exception>
    public async Task<IReadOnlyList<Split>> GetSplitsAsync(string symbol, DateOnly from, DateOnly to, CancellationToken cancellationToken)
    {
        // Which of its dates the interval is held against is not documented: ask for more, and go by the ex-date.
        var (start, end) = (from.AddDays(-ActionsDaysAround), to.AddDays(ActionsDaysAround));
        var path =
            $"v1/corporate-actions?symbols={Uri.EscapeDataString(symbol)}&types=forward_split,reverse_split&limit=1000&sort=asc"
            + FormattableString.Invariant($"&start={start:yyyy-MM-dd}&end={end:yyyy-MM-dd}");
        var splits = new HashSet<Split>();
        foreach (var page in await PagesAsync<WireActionsPage>(path, symbol, page => page.NextPageToken, cancellationToken))
        {
            foreach (
                var action in (page.CorporateActions?.ForwardSplits ?? [])
                    .Concat(page.CorporateActions?.ReverseSplits ?? [])
                    .Select(element => Read<WireSplit>(symbol, element))
                    .Where(it => it.Symbol == symbol && it.ExDate >= from && it.ExDate <= to)
            )
            {
                splits.Add(
                    AlpacaMarketData.Ratio(action)
                        ?? throw new MarketHistoryException(
                            FormattableString.Invariant($"The split of {symbol} on {action.ExDate:yyyy-MM-dd}, ")
                                + FormattableString.Invariant($"{action.NewRate} for {action.OldRate}, is no ratio of whole numbers.")
                        )
                );
            }
        }

        return [.. splits.OrderBy(split => split.ExDate)];
    }

    /// <inheritdoc/>
    public void Dispose() => _services.Dispose();

    // Alpaca's bars go on before and after the session, in which nothing here trades.
    private static Bar? BarOf(string symbol, WireBar it, TimeSpan? length)
    {
        var session = length is null ? Calendar.SessionOn(Calendar.TradingDay(it.Start)) : Calendar.SessionAt(it.Start);
        if (session is null)
        {
            return null;
        }

        var (start, end) = length is { } step
            ? (it.Start.ToUniversalTime(), it.Start.ToUniversalTime() + step)
            : (session.Open, session.Close);
        return new(symbol, start, (end < session.Close ? end : session.Close) - start, it.Open, it.High, it.Low, it.Close, (long)it.Volume);
    }

    private static AlpacaOptions Read(IConfiguration configuration)
    {
        try
        {
            var options = AlpacaOptions.Read(configuration);
            return options.Problem() is { } problem ? throw new MarketHistoryException($"{AlpacaOptions.Section}: {problem}") : options;
        }
        catch (InvalidOperationException wrong)
        {
            throw new MarketHistoryException(wrong.Message, wrong);
        }
    }

    private static T Read<T>(string symbol, JsonElement element)
    {
        try
        {
            return element.Deserialize<T>(AlpacaMarketData.Strict) ?? throw new JsonException("it is null.");
        }
        catch (Exception malformed) when (malformed is JsonException or NotSupportedException)
        {
            throw new MarketHistoryException($"What Alpaca says of {symbol} cannot be read: {malformed.Message}", malformed);
        }
    }

    private async Task<List<T>> PagesAsync<T>(string path, string symbol, Func<T, string?> next, CancellationToken cancellationToken)
    {
        var pages = new List<T>();
        string? token = null;
        try
        {
            do
            {
                pages.Add(
                    await _client.GetAsync<T>(token is null ? path : $"{path}&page_token={Uri.EscapeDataString(token)}", cancellationToken)
                );
                var following = next(pages[^1]);
                token =
                    following is null || following != token
                        ? following
                        : throw new AlpacaNoAnswerException("A page of Alpaca's answer names itself as the next one.");
            } while (token is not null);
        }
        catch (Exception failure) when (failure is AlpacaNoAnswerException or AlpacaBadRequestException or BrokerRefusedException)
        {
            throw new MarketHistoryException($"Alpaca gave no prices of {symbol}: {failure.Message}", failure);
        }

        return pages;
    }
}
