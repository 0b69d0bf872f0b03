using AutoTrader.Core.Orders;
using AutoTrader.Core.Portfolio;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Brokerage;
using Microsoft.Extensions.Logging;

namespace AutoTrader.Brokers.Paper;

/// <summary>
/// A broker that fills orders in bars of market data (docs/trading-rules.md, "Paper broker"). The same calls at the same business instants
/// give the same ids, executions and fills, whatever was killed in between. Thread-safe; one instance per process.
/// </summary>
/// <remarks>
/// <para>Every call first plays the bars since the previous call, in order. An execution has the end of its bar as its time, because it is
/// known only then.</para> <para>
/// Reads see what other processes wrote. Orders are sent on the version that the last read of this process saw: if another process has
/// written since, the call throws an <see cref="IOException"/> and has done nothing. A lookup that finds nothing rewrites that version, so
/// orders sent earlier can no longer take effect: <see cref="InFlight"/> is zero. </para>
/// </remarks>
public sealed partial class PaperBroker : IBroker, IDisposable
{
    private const string Key = "paper";
    private const int Attempts = 5;

    private readonly IPaperStore _store;
    private readonly TimeProvider _clock;
    private readonly PaperOptions _options;
    private readonly ILogger<PaperBroker> _log;
    private readonly LastPrices _prices;
    private readonly OrderRules _rules;
    private readonly FillSimulator _player;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private PaperBook? _book;
    private DateTimeOffset? _checkedAt;

    /// <summary>A paper broker.</summary>
    /// <param name="store">Where the account is kept.</param>
    /// <param name="market">Where bars and prices come from.</param>
    /// <param name="clock">Business time.</param>
    /// <param name="options">The settings.</param>
    /// <param name="log">The log.</param>
    /// <param name="tally">Counts what happens on the way; null to skip counting.</param>
    public PaperBroker(
        IPaperStore store,
        IMarketData market,
        TimeProvider clock,
        PaperOptions options,
        ILogger<PaperBroker> log,
        FillTally? tally = null
    )
    {
        (_store, _clock, _options, _log) = (store, clock, options, log);
        _prices = new(market);
        _rules = new(options);
        _player = new(market, _prices, _rules, options, tally ?? new());
    }

    /// <inheritdoc/>
    public string AccountKey => Key;

    /// <inheritdoc/>
    public TimeSpan InFlight => TimeSpan.Zero;

    /// <inheritdoc/>
    public bool SupportsOco => true;

    /// <inheritdoc/>
    public bool RefusesWashTrades => _options.Profile == PaperProfile.Alpaca;

    /// <inheritdoc/>
    public Task<BrokerAccount> GetAccountAsync(CancellationToken cancellationToken) =>
        ReadAsync(
            async (book, now) =>
            {
                var prices = await _prices.OfAsync([.. book.Positions.Keys], now, cancellationToken);
                return new BrokerAccount(
                    "PAPER",
                    book.Account.Cash,
                    _rules.BuyingPower(book),
                    FillSimulator.Equity(book, prices),
                    book.Account.LastEquity
                );
            },
            cancellationToken
        );

    /// <inheritdoc/>
    public Task<IReadOnlyList<BrokerPosition>> GetPositionsAsync(CancellationToken cancellationToken) =>
        ReadAsync<IReadOnlyList<BrokerPosition>>(
            async (book, now) =>
            {
                var prices = await _prices.OfAsync([.. book.Positions.Keys], now, cancellationToken);
                return
                [
                    .. book.Positions.Values.Select(position => new BrokerPosition(
                        position.Symbol,
                        position.Quantity,
                        position.Quantity - OrderRules.Held(book.OpenOrders(position.Symbol)),
                        position.AverageEntryPrice,
                        prices.TryGetValue(position.Symbol, out var price) ? price : null
                    )),
                ];
            },
            cancellationToken
        );

    /// <inheritdoc/>
    public Task<IReadOnlyList<BrokerOrder>> GetOrdersAsync(DateTimeOffset endedSince, CancellationToken cancellationToken) =>
        ReadAsync<IReadOnlyList<BrokerOrder>>(
            async (book, now) =>
                [
                    .. book.OpenOrders()
                        .Concat(await book.EndedSinceAsync(endedSince, cancellationToken))
                        .Select(order => PaperViews.Show(order, now)),
                ],
            cancellationToken
        );

    /// <inheritdoc/>
    public Task<IReadOnlyList<Execution>> GetExecutionsAsync(DateTimeOffset since, CancellationToken cancellationToken) =>
        ReadAsync((book, _) => book.ExecutionsSinceAsync(since, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<CashActivity>> GetCashActivitiesAsync(DateOnly since, CancellationToken cancellationToken) =>
        ReadAsync((book, _) => book.CashSinceAsync(since, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public Task<BrokerOrder?> FindAsync(string clientOrderId, CancellationToken cancellationToken) =>
        ReadAsync(
            async (book, now) =>
            {
                if (await book.FindAsync(PaperIds.Order(clientOrderId), cancellationToken) is { } order)
                {
                    return PaperViews.Show(order, now);
                }

                // "Absent" must stay true: a request on its way carries an older version of the account row, and now fails.
                book.Set(book.Account);
                await book.CommitAsync(cancellationToken);
                return null;
            },
            cancellationToken
        );

    /// <inheritdoc/>
    public Task<BrokerOrder?> GetOrderAsync(string brokerOrderId, CancellationToken cancellationToken) =>
        ReadAsync(
            async (book, now) =>
                await book.FindAsync(brokerOrderId, cancellationToken) is not { } order ? null
                : order.Id == brokerOrderId ? PaperViews.Show(order, now)
                : PaperViews.Show(order, now).StopLeg,
            cancellationToken
        );

    /// <inheritdoc/>
    public Task<BrokerOrder?> WatchAsync(string brokerOrderId, TimeSpan atMost, CancellationToken cancellationToken) =>
        GetOrderAsync(brokerOrderId, cancellationToken);

    /// <inheritdoc/>
    public Task<BrokerOrder> SubmitAsync(string clientOrderId, OrderTerms terms, CancellationToken cancellationToken) =>
        WriteAsync((book, now) => SendAsync(book, now, clientOrderId, terms, instead: null, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public Task<BrokerOrder> ReplaceAsync(
        string brokerOrderId,
        string clientOrderId,
        OrderTerms terms,
        CancellationToken cancellationToken
    ) =>
        WriteAsync(
            async (book, now) =>
            {
                if (book.Open(PaperIds.Order(clientOrderId)) is not null)
                {
                    throw Duplicate();
                }

                var order = book.Open(brokerOrderId) ?? throw await NoneAsync(book, brokerOrderId, cancellationToken);
                if (
                    order.IsOco
                    || order.CancelRequestedAt is not null
                    || (now < order.ActiveFrom && _options.Profile == PaperProfile.Alpaca)
                )
                {
                    throw new BrokerRefusedException(
                        RefusalKind.NotCancelable,
                        $"cannot replace an order in status {PaperViews.Show(order, now).Status}"
                    );
                }

                if (
                    terms.Symbol != order.Terms.Symbol
                    || terms.Side != order.Terms.Side
                    || terms.Type != order.Terms.Type
                    || terms.Class != order.Terms.Class
                )
                {
                    throw new BrokerRefusedException(
                        RefusalKind.Other,
                        "only quantity, prices and time in force of an order can be replaced"
                    );
                }

                return await SendAsync(book, now, clientOrderId, terms, order, cancellationToken);
            },
            cancellationToken
        );

    /// <inheritdoc/>
    public Task<BrokerOrder> AmendAsync(string brokerOrderId, OcoPrices prices, CancellationToken cancellationToken) =>
        WriteAsync(
            async (book, now) =>
            {
                var order = book.Open(brokerOrderId) ?? throw await NoneAsync(book, brokerOrderId, cancellationToken);
                var terms = order.Terms with { LimitPrice = prices.Target, StopPrice = prices.Stop };
                if (
                    !order.IsOco
                    || order.Triggered
                    || order.CancelRequestedAt is not null
                    || (now < order.ActiveFrom && _options.Profile == PaperProfile.Alpaca)
                )
                {
                    throw new BrokerRefusedException(
                        RefusalKind.NotCancelable,
                        $"cannot replace an order in status {PaperViews.Show(order, now).Status}"
                    );
                }

                if (terms == order.Terms && order.StopPrice == prices.Stop)
                {
                    return PaperViews.Show(order, now);
                }

                var price = await _prices.OfAsync(terms.Symbol, now, cancellationToken);
                _rules.Check(order.ClientOrderId, new(terms with { Quantity = order.OpenQuantity }, book, price, now, order));
                // As with a replacement, bars that began earlier do not count.
                var amended = order with { Terms = terms, StopPrice = prices.Stop, ActiveFrom = now, UpdatedAt = now };
                book.Set(amended);
                await book.CommitAsync(cancellationToken);
                return PaperViews.Show(amended, now);
            },
            cancellationToken
        );

    /// <inheritdoc/>
    public Task CancelAsync(string brokerOrderId, CancellationToken cancellationToken) =>
        WriteAsync(
            async (book, now) =>
            {
                var order = book.Open(brokerOrderId) ?? throw await NoneAsync(book, brokerOrderId, cancellationToken);
                if (order.CancelRequestedAt is not null)
                {
                    return order;
                }

                var requested = order with { CancelRequestedAt = now, UpdatedAt = now };
                if (_options.CancelDelay == TimeSpan.Zero)
                {
                    FillSimulator.End(book, requested, "canceled", now);
                }
                else
                {
                    book.Set(requested);
                }

                await book.CommitAsync(cancellationToken);
                return order;
            },
            cancellationToken
        );

    /// <inheritdoc/>
    public async Task<IReadOnlyList<UnreadableRow>> ListUnreadableAsync(CancellationToken cancellationToken) =>
        [
            .. from row in await _store.LoadAsync(Key, string.Empty, null, cancellationToken)
            let problem = PaperRows.ProblemOf(row)
            where problem is not null
            select new UnreadableRow(PaperRows.DisplayPrefix + row.RowKey, problem),
        ];

    /// <inheritdoc/>
    public async Task<UnreadableRow?> DeleteUnreadableAsync(string rowKey, CancellationToken cancellationToken)
    {
        var unreadable = (await ListUnreadableAsync(cancellationToken)).FirstOrDefault(row => row.RowKey == rowKey);
        var key = rowKey[Math.Min(PaperRows.DisplayPrefix.Length, rowKey.Length)..];
        return
            unreadable is not null
            && (await _store.LoadAsync(Key, key, key + "!", cancellationToken)).FirstOrDefault(row => row.RowKey == key) is { } stored
            && await _store.CommitAsync(Key, [new(key, null, stored.ETag)], cancellationToken) is not null
            ? unreadable
            : null;
    }

    /// <inheritdoc/>
    public void Dispose() => _gate.Dispose();

    private async Task<BrokerOrder> SendAsync(
        PaperBook book,
        DateTimeOffset now,
        string clientOrderId,
        OrderTerms terms,
        PaperOrder? instead,
        CancellationToken cancellationToken
    )
    {
        var id = PaperIds.Order(clientOrderId);
        var price = await _prices.OfAsync(terms.Symbol, now, cancellationToken);
        try
        {
            _rules.Check(clientOrderId, new(terms, book, price, now, instead));
        }
        catch (BrokerRefusedException refusal)
        {
            // The order may be refused because it already exists: then that order is the result.
            var isDuplicate = book.Open(id) is not null || await book.WasUsedAsync(id, cancellationToken);
            LogRefused(clientOrderId, isDuplicate ? RefusalKind.DuplicateClientOrderId : refusal.Kind, refusal.Message);
            throw isDuplicate ? Duplicate() : refusal;
        }

        if (book.Open(id) is not null)
        {
            throw Duplicate();
        }

        if (instead is not null)
        {
            FillSimulator.End(book, instead with { ReplacedBy = id }, "replaced", now);
        }

        var order = PaperAcceptance.Accept(book, now, clientOrderId, terms, price) with { Replaces = instead?.Id };
        book.Add(order);
        try
        {
            await book.CommitAsync(cancellationToken);
        }
        catch (PaperConflictException)
        {
            // Either the account changed, or the id was used earlier.
            _book = null;
            if (await book.IsCurrentAsync(cancellationToken) && await book.WasUsedAsync(id, cancellationToken))
            {
                throw Duplicate();
            }

            throw;
        }

        return PaperViews.Show(order, now);
    }

    private static async Task<BrokerRefusedException> NoneAsync(
        PaperBook book,
        string brokerOrderId,
        CancellationToken cancellationToken
    ) =>
        await book.FindAsync(brokerOrderId, cancellationToken) is { } ended
            ? new(RefusalKind.NotCancelable, $"the order is already in the final status {ended.FinalStatus}")
            : new(RefusalKind.NotFound, $"order not found for {brokerOrderId}");

    private static BrokerRefusedException Duplicate() => new(RefusalKind.DuplicateClientOrderId, "client_order_id must be unique");

    private async Task<T> ReadAsync<T>(Func<PaperBook, DateTimeOffset, Task<T>> read, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            for (var attempt = 1; ; attempt++)
            {
                try
                {
                    return await OnBookAsync(read, mustBeCurrent: true, cancellationToken);
                }
                catch (PaperConflictException) when (attempt < Attempts)
                {
                    // Another process played the same bars or accepted an order: read the account again.
                }
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task<T> WriteAsync<T>(Func<PaperBook, DateTimeOffset, Task<T>> write, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            return await OnBookAsync(write, mustBeCurrent: false, cancellationToken);
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task<T> OnBookAsync<T>(
        Func<PaperBook, DateTimeOffset, Task<T>> use,
        bool mustBeCurrent,
        CancellationToken cancellationToken
    )
    {
        var now = _clock.GetUtcNow();
        try
        {
            // Under a virtual clock there is one process, and every call of a tick has the same instant: one check serves them all.
            if (_book is not null && mustBeCurrent && _checkedAt != now)
            {
                _book = await _book.IsCurrentAsync(cancellationToken) ? _book : null;
                _checkedAt = now;
            }

            if (_book is null)
            {
                _checkedAt = now;
                _book = await PaperBook.LoadAsync(
                    _store,
                    Key,
                    () =>
                        new()
                        {
                            Cash = _options.InitialCash,
                            LastEquity = _options.InitialCash,
                            PlayedTo = now,
                        },
                    cancellationToken
                );
                await _player.CatchUpAsync(_book, cancellationToken);
            }

            await _player.PlayAsync(_book, now, cancellationToken);
            return await use(_book, now);
        }
        catch (BrokerRefusedException)
        {
            throw;
        }
        catch
        {
            // Changes in memory may or may not be stored: the next call loads the account again.
            _book = null;
            throw;
        }
    }

    [LoggerMessage(3001, LogLevel.Information, "The paper broker refused {ClientOrderId}: {Kind}, {Reason}")]
    private partial void LogRefused(string clientOrderId, RefusalKind kind, string reason);
}
