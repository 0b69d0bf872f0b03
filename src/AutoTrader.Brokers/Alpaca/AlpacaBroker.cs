using System.Text.Json;
using System.Text.Json.Nodes;
using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Portfolio;
using AutoTrader.Core.Ports.Brokerage;
using Microsoft.Extensions.Logging;

namespace AutoTrader.Brokers.Alpaca;

/// <summary>
/// Alpaca over its REST API, version 2. Reads are retried; an order is sent once, and after a lost response only its id is looked up: the
/// engine waits to find out whether it is really absent. Thread-safe; one instance per process.
/// </summary>
/// <remarks>
/// Alpaca lists closed orders by when they were submitted, not by when they ended. <see cref="GetOrdersAsync"/> therefore shows those of
/// the last days; an older one that ended is found by its id, as the engine does for each of its working orders that is not listed.
/// </remarks>
public sealed partial class AlpacaBroker : IBroker
{
    private const int OrdersPage = 500;
    private const int SendsAtMost = 3;
    private const string Equity = "us_equity";

    // Beyond a weekend, so that day orders of the last session are among them.
    private static readonly TimeSpan ClosedOrdersBack = TimeSpan.FromDays(4);

    private readonly AlpacaClient _client;
    private readonly AlpacaActivities _activities;
    private readonly AlpacaReference _reference;
    private readonly AlpacaVenue _venue;
    private readonly AlpacaOptions _options;
    private readonly ILogger<AlpacaBroker> _log;
    private readonly RateLimiter _pace;
    private string? _number;
    private string? _accountKey;

    internal AlpacaBroker(AlpacaClient client, AlpacaVenue venue, AlpacaOptions options, RateLimiter pace, ILogger<AlpacaBroker> log) =>
        (_client, _activities, _reference, _venue, _options, _pace, _log) = (
            client,
            new(client, log),
            new(client),
            venue,
            options,
            pace,
            log
        );

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The account number has not been read yet: see <see cref="OpenAsync"/>.</exception>
    public string AccountKey =>
        _accountKey
        ?? throw new InvalidOperationException("The account number has not been read from Alpaca yet; trading starts once it is known.");

    /// <inheritdoc/>
    /// <remarks>How long Alpaca may sit on a request is not documented; a minute is far beyond its own time-outs.</remarks>
    public TimeSpan InFlight => TimeSpan.FromMinutes(1);

    /// <inheritdoc/>
    public bool SupportsOco => true;

    /// <inheritdoc/>
    public bool HasRoomForEntries => _pace.HasRoomForEntries;

    /// <summary>Reads the account number, to which all state is bound. Called once, before any trade.</summary>
    /// <exception cref="InvalidOperationException">The account is not the one that may be traded, or could not be read; the message says
    /// what to do.</exception>
    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        if (_venue.WhyPaper is { } why)
        {
            LogPaperInstead(why);
        }

        try
        {
            var account = await _client.GetAsync<WireAccount>("v2/account", cancellationToken);
            _accountKey = _venue.AccountKey(account.AccountNumber ?? "");
            _number = account.AccountNumber;
            LogOpened(_accountKey);
        }
        catch (Exception failure) when (failure is AlpacaNoAnswerException or BrokerRefusedException)
        {
            throw new InvalidOperationException(
                $"The account could not be read from {_venue.Trading}, and nothing can be traded without its number: {failure.Message}",
                failure
            );
        }
    }

    /// <inheritdoc/>
    public async Task<BrokerAccount> GetAccountAsync(CancellationToken cancellationToken)
    {
        var account = await _client.GetAsync<WireAccount>("v2/account", cancellationToken);
        return _number is not null && account.AccountNumber != _number
            ? throw new InvalidOperationException(
                $"The key now belongs to account {account.AccountNumber}, but this process began with {_number}; nothing is traded."
            )
            : new(
                account.AccountNumber,
                account.Cash,
                account.BuyingPower,
                account.Equity,
                account.LastEquity,
                account.TradingBlocked
                    || account.AccountBlocked
                    || account.TradeSuspendedByUser
                    || account.Status is { } status && status != "ACTIVE"
            );
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<BrokerPosition>> GetPositionsAsync(CancellationToken cancellationToken) =>
        [
            .. (await _client.GetAsync<List<WirePosition>>("v2/positions", cancellationToken))
                .Where(position => position.AssetClass is null or Equity)
                .Select(position => new BrokerPosition(
                    position.Symbol,
                    position.Qty,
                    position.QtyAvailable ?? position.Qty,
                    position.AvgEntryPrice,
                    position.CurrentPrice
                )),
        ];

    /// <inheritdoc/>
    public async Task<IReadOnlyList<BrokerOrder>> GetOrdersAsync(DateTimeOffset endedSince, CancellationToken cancellationToken)
    {
        // Closed ones last: an order that ends between the two reads is then in both, and the later view counts.
        var orders = new Dictionary<string, BrokerOrder>(StringComparer.Ordinal);
        foreach (var order in await ListAsync("open", null, cancellationToken))
        {
            orders[order.Id] = order;
        }

        foreach (var order in await ListAsync("closed", endedSince - ClosedOrdersBack, cancellationToken))
        {
            if (
                order.EndedAt is null
                || order.EndedAt >= endedSince
                || order.StopLeg is { } leg && (leg.EndedAt is null || leg.EndedAt >= endedSince)
            )
            {
                orders[order.Id] = order;
            }
        }

        return [.. orders.Values];
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<Execution>> GetExecutionsAsync(DateTimeOffset since, CancellationToken cancellationToken) =>
        _activities.ExecutionsAsync(since, cancellationToken);

    /// <inheritdoc/>
    /// <remarks>Those of earlier dates that were posted lately may be among them.</remarks>
    public Task<IReadOnlyList<CashActivity>> GetCashActivitiesAsync(DateOnly since, CancellationToken cancellationToken) =>
        _activities.CashAsync(since, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<Session>?> GetSessionsAsync(DateOnly from, DateOnly to, CancellationToken cancellationToken) =>
        _reference.SessionsAsync(from, to, cancellationToken);

    /// <inheritdoc/>
    public Task<BrokerClock?> GetClockAsync(CancellationToken cancellationToken) => _reference.ClockAsync(cancellationToken);

    /// <inheritdoc/>
    public Task<string?> WhyNotTradableAsync(string symbol, CancellationToken cancellationToken) =>
        _reference.WhyNotTradableAsync(symbol, cancellationToken);

    /// <inheritdoc/>
    public async Task<BrokerOrder?> FindAsync(string clientOrderId, CancellationToken cancellationToken)
    {
        var found = await LookUpAsync(
            "v2/orders:by_client_order_id?client_order_id=" + Uri.EscapeDataString(clientOrderId),
            cancellationToken
        );
        // The documentation does not say that this route returns legs, and without legs an OCO cannot be recognized as ours.
        return found is not null && AlpacaOrders.LacksLegs(found) ? await GetOrderAsync(found.Id, cancellationToken)
            : found is null ? null
            : AlpacaOrders.Show(found);
    }

    /// <inheritdoc/>
    public async Task<BrokerOrder?> GetOrderAsync(string brokerOrderId, CancellationToken cancellationToken) =>
        await FindWholeAsync(brokerOrderId, cancellationToken) is { } found ? AlpacaOrders.Show(found) : null;

    /// <inheritdoc/>
    public async Task<BrokerOrder?> WatchAsync(string brokerOrderId, TimeSpan atMost, CancellationToken cancellationToken)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var order = await GetOrderAsync(brokerOrderId, cancellationToken);
            if (
                order is null
                || AlpacaOrders.HasEnded(order)
                || TimeProvider.System.GetElapsedTime(began) + _options.WatchInterval > atMost
            )
            {
                return order;
            }

            await Task.Delay(_options.WatchInterval, TimeProvider.System, cancellationToken);
        }
    }

    /// <inheritdoc/>
    public Task<BrokerOrder> SubmitAsync(string clientOrderId, OrderTerms terms, CancellationToken cancellationToken) =>
        SendOnceAsync(
            HttpMethod.Post,
            "v2/orders",
            clientOrderId,
            AlpacaOrders.Body(clientOrderId, terms),
            AlpacaRequest.Submit,
            cancellationToken
        );

    /// <inheritdoc/>
    public Task<BrokerOrder> ReplaceAsync(
        string brokerOrderId,
        string clientOrderId,
        OrderTerms terms,
        CancellationToken cancellationToken
    ) =>
        SendOnceAsync(
            HttpMethod.Patch,
            OrderPath(brokerOrderId),
            clientOrderId,
            AlpacaOrders.Replacement(clientOrderId, terms),
            AlpacaRequest.Replace,
            cancellationToken
        );

    /// <inheritdoc/>
    /// <remarks>Alpaca replaces one order at a time, and an OCO has two: the stop is replaced first. A value that already applies is not
    /// requested.</remarks>
    public async Task<BrokerOrder> AmendAsync(string brokerOrderId, OcoPrices prices, CancellationToken cancellationToken)
    {
        var order = await FindWholeAsync(brokerOrderId, cancellationToken);
        if (order is null || !AlpacaOrders.IsOco(order) || AlpacaOrders.StopLeg(order) is not { } leg)
        {
            throw new BrokerRefusedException(RefusalKind.NotFound, $"there is no one-cancels-other order {brokerOrderId}");
        }

        if (leg.StopPrice != prices.Stop)
        {
            leg = await MoveAsync(leg.Id, new() { ["stop_price"] = AlpacaOrders.Plain(prices.Stop) });
        }

        if (order.LimitPrice != prices.Target)
        {
            order = await MoveAsync(order.Id, new() { ["limit_price"] = AlpacaOrders.Plain(prices.Target) });
        }

        return AlpacaOrders.Show(order with { Legs = [leg] });

        Task<WireOrder> MoveAsync(string id, JsonObject body) =>
            _client.SendAsync<WireOrder>(HttpMethod.Patch, OrderPath(id), body, AlpacaRequest.Replace, cancellationToken);
    }

    /// <inheritdoc/>
    public Task CancelAsync(string brokerOrderId, CancellationToken cancellationToken) =>
        _client.SendAsync(HttpMethod.Delete, OrderPath(brokerOrderId), null, AlpacaRequest.Cancel, cancellationToken);

    /// <summary>
    /// Sends an order. Without an answer its id is looked up; it is sent again only if Alpaca said that it did not take it, or it never
    /// left, and the look-up confirms that it is not there.
    /// </summary>
    private async Task<BrokerOrder> SendOnceAsync(
        HttpMethod method,
        string path,
        string clientOrderId,
        JsonObject body,
        AlpacaRequest request,
        CancellationToken cancellationToken
    )
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var order = await _client.SendAsync<WireOrder>(method, path, body, request, cancellationToken);
                return AlpacaOrders.LacksLegs(order) && await GetOrderAsync(order.Id, cancellationToken) is { } whole
                    ? whole
                    : AlpacaOrders.Show(order);
            }
            catch (AlpacaNoAnswerException silence)
            {
                if (await FindAsync(clientOrderId, cancellationToken) is { } found)
                {
                    return found;
                }

                LogNoAnswer(clientOrderId, silence.Message);
                if (!silence.WasNotTaken || attempt == SendsAtMost)
                {
                    throw;
                }
            }
            catch (BrokerRefusedException refusal) when (refusal.Kind == RefusalKind.DuplicateClientOrderId && attempt > 1)
            {
                // The look-up before this attempt came too early: the first one had arrived after all.
                return await FindAsync(clientOrderId, cancellationToken)
                    ?? throw new AlpacaNoAnswerException($"Alpaca says that {clientOrderId} was used, but does not return it.", refusal);
            }
        }
    }

    private async Task<WireOrder?> FindWholeAsync(string brokerOrderId, CancellationToken cancellationToken) =>
        await LookUpAsync(OrderPath(brokerOrderId) + "?nested=true", cancellationToken) is { } found
            ? await WholeAsync(found, cancellationToken)
            : null;

    // Which legs are shown after a part of an OCO was replaced is not documented (unconfirmed): each is followed by its own links.
    private async Task<WireOrder> WholeAsync(WireOrder order, CancellationToken cancellationToken)
    {
        const int Most = 10;
        if (!AlpacaOrders.IsOco(order))
        {
            return order;
        }

        var (whole, earlier) = (order, order.Replaces);
        for (var hops = 0; AlpacaOrders.StopLeg(whole) is null && earlier is not null && hops < Most; hops++)
        {
            var predecessor = await LookUpAsync(OrderPath(earlier) + "?nested=true", cancellationToken);
            (whole, earlier) = (whole with { Legs = predecessor?.Legs }, predecessor?.Replaces);
        }

        var leg = AlpacaOrders.StopLeg(whole);
        for (var hops = 0; leg?.ReplacedBy is { } successor && hops < Most; hops++)
        {
            leg = await LookUpAsync(OrderPath(successor), cancellationToken);
        }

        return leg is null ? order : order with { Legs = [leg] };
    }

    private async Task<WireOrder?> LookUpAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            return await _client.GetAsync<WireOrder>(path, cancellationToken);
        }
        catch (BrokerRefusedException refusal) when (refusal.Kind == RefusalKind.NotFound)
        {
            return null;
        }
    }

    private async Task<List<BrokerOrder>> ListAsync(string status, DateTimeOffset? submittedAfter, CancellationToken cancellationToken)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var orders = new List<BrokerOrder>();
        var after = submittedAfter;
        while (true)
        {
            var page = await _client.GetAsync<List<JsonElement>>(
                $"v2/orders?status={status}&nested=true&direction=asc&limit={OrdersPage}"
                    + (after is { } from ? $"&after={AlpacaClient.Instant(from)}" : ""),
                cancellationToken
            );
            var isNew = false;
            foreach (var order in page.Select(element => AlpacaRecord.Read<WireOrder>(element, _log)).OfType<WireOrder>())
            {
                if (seen.Add(order.Id))
                {
                    isNew = true;
                    after = AlpacaOrders.Submitted(order);
                    if (order.AssetClass is null or Equity && Show(await WholeAsync(order, cancellationToken)) is { } shown)
                    {
                        orders.Add(shown);
                    }
                }
            }

            // Whether legs count towards the limit is not documented; one that was cut off goes on from there, with orders of the same
            // instant again.
            if (!isNew || page.Count + page.Sum(Legs) < OrdersPage)
            {
                return orders;
            }

            after = after?.AddMilliseconds(-1);
        }
    }

    // The engine looks up an order that is missing here by its id, and gets the reason.
    private BrokerOrder? Show(WireOrder order)
    {
        try
        {
            return AlpacaOrders.Show(order);
        }
        catch (AlpacaNoAnswerException unknown)
        {
            AlpacaRecord.LogMalformed(_log, order.Id, unknown.Message);
            return null;
        }
    }

    private static int Legs(JsonElement order) =>
        order.ValueKind == JsonValueKind.Object && order.TryGetProperty("legs", out var legs) && legs.ValueKind == JsonValueKind.Array
            ? legs.GetArrayLength()
            : 0;

    private static string OrderPath(string brokerOrderId) => "v2/orders/" + Uri.EscapeDataString(brokerOrderId);

    [LoggerMessage(3201, LogLevel.Information, "Alpaca account {AccountKey}")]
    private partial void LogOpened(string accountKey);

    [LoggerMessage(3202, LogLevel.Warning, "Live trading was requested, but {Why}: orders go to the paper account")]
    private partial void LogPaperInstead(string why);

    [LoggerMessage(3203, LogLevel.Warning, "No response for {ClientOrderId}, and Alpaca does not list it: {Reason}")]
    private partial void LogNoAnswer(string clientOrderId, string reason);
}
