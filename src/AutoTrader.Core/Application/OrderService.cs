using AutoTrader.Core.Engine;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Brokerage;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Core.Application;

/// <summary>Which orders are listed.</summary>
public enum OrderScope
{
    /// <summary>Those that may still trade.</summary>
    Open,

    /// <summary>Those that ended.</summary>
    Done,

    /// <summary>All.</summary>
    All,
}

/// <summary>Which orders are listed; null means all.</summary>
/// <param name="Scope">Open or ended ones.</param>
/// <param name="Symbol">Of this symbol.</param>
/// <param name="StrategyId">Of this strategy; <see cref="Order.ManualOwner"/> for those of people.</param>
public sealed record OrderFilter(OrderScope Scope = OrderScope.Open, string? Symbol = null, string? StrategyId = null);

/// <summary>The outcome of a requested order.</summary>
/// <param name="Command">The command.</param>
/// <param name="Order">The order; null while the engine has not seen the command.</param>
/// <param name="Existed">Whether the order already existed.</param>
public sealed record OrderResult(CommandEnvelope Command, Order? Order, bool Existed = false);

/// <summary>Operations on orders for the API, schedules and imports. Only the engine talks to the broker about them: placing and canceling
/// are commands.</summary>
public sealed class OrderService(ITradingStore store, IBroker broker, CommandQueue commands, EngineOptions options, TimeProvider clock)
{
    private string Account => broker.AccountKey;

    /// <summary>Orders by strategy, in the order in which they were decided; first those in the working set, then those put away.</summary>
    public async Task<Page<Order>> ListAsync(OrderFilter filter, int pageSize, string? continuation, CancellationToken cancellationToken)
    {
        // The stage, a prefix of row keys, comes before the store's continuation token.
        var inDone = continuation?.StartsWith(TradingKey.DonePrefix, StringComparison.Ordinal) ?? false;
        var token = continuation is null ? null : continuation[(continuation.IndexOf('|', StringComparison.Ordinal) + 1)..];
        if (!inDone)
        {
            var working = await PageAsync(filter, TradingKey.OrderPrefix, pageSize, token, cancellationToken);
            if (working.Continuation is not null || filter.Scope == OrderScope.Open || working.Items.Count == pageSize)
            {
                var next =
                    working.Continuation is { } more ? TradingKey.OrderPrefix + more
                    : filter.Scope == OrderScope.Open ? null
                    : TradingKey.DonePrefix;
                return new(working.Items, next);
            }

            var first = await PageAsync(filter, TradingKey.DonePrefix, pageSize - working.Items.Count, null, cancellationToken);
            return new([.. working.Items, .. first.Items], first.Continuation is { } rest ? TradingKey.DonePrefix + rest : null);
        }

        var done = await PageAsync(filter, TradingKey.DonePrefix, pageSize, token is { Length: > 0 } ? token : null, cancellationToken);
        return new(done.Items, done.Continuation is { } following ? TradingKey.DonePrefix + following : null);
    }

    /// <summary>The order with our id.</summary>
    /// <exception cref="RefusedException">It does not exist.</exception>
    public async Task<Row<Order>> GetAsync(string clientOrderId, CancellationToken cancellationToken) =>
        await FindAsync(clientOrderId, cancellationToken)
        ?? throw new RefusedException(
            Refusal.NotFound,
            "ORDER_NOT_FOUND",
            "There is no such order. GET /api/orders?status=all lists them; the id is client_order_id."
        );

    /// <summary>Places an order. Repeating the same caller and key returns the same order.</summary>
    /// <exception cref="RefusedException">It is invalid, the key was used for another order, or a limit, the kill switch or the broker
    /// rejects it.</exception>
    public async Task<OrderResult> PlaceAsync(OrderTerms terms, CommandRequest request, CancellationToken cancellationToken)
    {
        var key = request.Key
            ?? throw new RefusedException(
                Refusal.Invalid,
                "IDEMPOTENCY_KEY_REQUIRED",
                "Send the header Idempotency-Key with a new value for each order: then an order that is sent twice is placed once."
            );
        Require(terms);
        var hash = VersionTag.Of(FormattableString.Invariant($"{request.Caller}\n{terms}"));
        var id = ClientOrderIds.ForManual(request.Caller, key);
        var command = new CommandEnvelope
        {
            Id = "order-" + id,
            Command = new PlaceOrder(terms, id),
            RequestHash = hash,
            Reason = request.Reason,
            Caller = request.Caller,
            RequestedAt = clock.GetUtcNow(),
            KeySince = request.KeySince,
            ExpiresAt =
                request.Latest is { } latest && latest < clock.GetUtcNow() + options.MaxIntentAge
                    ? latest
                    : clock.GetUtcNow() + options.MaxIntentAge,
        };

        // The command is forgotten after a while; the order is not.
        if (command.MayRepeat(clock.GetUtcNow()) && await FindAsync(id, cancellationToken) is { Value: var earlier })
        {
            return earlier.RequestHash == hash
                ? new(
                    command with
                    {
                        Status = CommandStatus.Done,
                        Outcome = "The order was placed already.",
                    },
                    Refuse(earlier),
                    Existed: true
                )
                : throw CommandQueue.KeyReused();
        }

        if (clock.GetUtcNow() > request.Latest && await commands.FindAsync(command.Id, cancellationToken) is null)
        {
            throw new RefusedException(Refusal.Conflict, "COMMAND_EXPIRED", "The request came too late.");
        }

        var result = await commands.AskAsync(command, request.InTurn, cancellationToken);
        var refusal = CommandQueue.Refused(result);
        if (refusal is not null)
        {
            throw refusal;
        }

        var order = await FindAsync(id, cancellationToken);
        return new(result, order is null ? null : Refuse(order.Value));
    }

    /// <summary>Requests a cancel. Protection can only be canceled by closing its strategy.</summary>
    /// <param name="clientOrderId">Which order.</param>
    /// <param name="request">Who asks.</param>
    /// <param name="precondition">The expected versions of the order; null for any.</param>
    /// <param name="cancellationToken">Cancels the waiting; the command stays.</param>
    /// <exception cref="RefusedException">There is no such order, its version is another, it ended, or it protects shares.</exception>
    public async Task<CommandEnvelope> CancelAsync(
        string clientOrderId,
        CommandRequest request,
        Precondition? precondition,
        CancellationToken cancellationToken
    )
    {
        var id = request.IdFor(CommandKind.CancelOrder, clientOrderId);
        var row = await GetAsync(clientOrderId, cancellationToken);
        // A repeated request returns the earlier outcome: the order has ended.
        if (request.Key is null || await commands.FindAsync(id, cancellationToken) is null)
        {
            Precondition.Check(precondition, row.Version);
            await RequireCancelableAsync(row.Value, cancellationToken);
        }

        var command = await commands.AskAsync(
            new()
            {
                Id = id,
                Command = new CancelOrder(clientOrderId),
                Reason = request.Reason,
                RequestHash = VersionTag.Of(clientOrderId),
                Caller = request.Caller,
                RequestedAt = clock.GetUtcNow(),
            },
            request.InTurn,
            cancellationToken
        );
        return CommandQueue.Refused(command) is { } refusal ? throw refusal : command;
    }

    private async Task RequireCancelableAsync(Order order, CancellationToken cancellationToken)
    {
        if (!order.IsWorking)
        {
            throw new RefusedException(Refusal.Conflict, "CANCEL_FAILED", $"The order is already {WireNames.Of(order.Status)}.");
        }

        if (!OrderCancels.IsMeant(order) && !await IsClosingAsync(order.StrategyId, cancellationToken))
        {
            var why =
                order.Role == OrderRole.Target
                    ? "is the target of shares it holds, and would be placed again at once"
                    : "protects shares it holds";
            throw new RefusedException(
                Refusal.Conflict,
                "PROTECTIVE_ORDER",
                $"The order of {order.StrategyId} {why}. Close the strategy instead: POST /api/strategies/{order.StrategyId}/close."
            );
        }
    }

    private Task<Page<Order>> PageAsync(
        OrderFilter filter,
        string prefix,
        int pageSize,
        string? token,
        CancellationToken cancellationToken
    ) =>
        Paging.FilterAsync(
            async (size, from) =>
            {
                var rows = await store.ListAsync<Order>(Account, prefix + RowPrefix(filter), size, from, cancellationToken);
                return new Page<Order>([.. rows.Items.Select(row => row.Value)], rows.Continuation);
            },
            order => Takes(filter, order),
            pageSize,
            token
        );

    private static string RowPrefix(OrderFilter filter) => filter.StrategyId is { } id ? id + "|" : "";

    private static bool Takes(OrderFilter filter, Order order) =>
        (filter.Symbol is null || order.Terms.Symbol == filter.Symbol)
        && filter.Scope switch
        {
            OrderScope.Open => order.IsWorking,
            OrderScope.Done => !order.IsWorking,
            _ => true,
        };

    private static Order Refuse(Order order) =>
        order.EndReason == EndReason.Refused
            ? throw new RefusedException(
                Refusal.Unprocessable,
                "ORDER_PLACEMENT_FAILED",
                $"The broker refused the order: {order.Note ?? "it gave no reason"}."
            )
            : order;

    private static void Require(OrderTerms terms)
    {
        var problems = OrderValidation.Problems(terms).ToList();
        if (problems.Count > 0)
        {
            throw new RefusedException(Refusal.Invalid, "INVALID_ORDER", string.Join(" ", problems.Select(problem => problem.Message)))
            {
                Fields = problems,
            };
        }
    }

    private async Task<bool> IsClosingAsync(string strategyId, CancellationToken cancellationToken) =>
        await store.ReadAsync<Strategy>(Account, TradingKey.Strategy(strategyId), cancellationToken) is null or { Value.Closing: not null };

    private async Task<Row<Order>?> FindAsync(string clientOrderId, CancellationToken cancellationToken) =>
        RowKeys.OrderTail(clientOrderId) is { } tail
            ? await store.ReadAsync<Order>(Account, TradingKey.OrderPrefix + tail, cancellationToken)
                ?? await store.ReadAsync<Order>(Account, TradingKey.DonePrefix + tail, cancellationToken)
            : null;
}
