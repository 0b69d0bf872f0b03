using AutoTrader.Core.Application;
using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Strategies;
using AutoTrader.Functions.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace AutoTrader.Functions.Api.Trading;

/// <summary>Orders: list, read, place, cancel.</summary>
public sealed class OrderFunctions(OrderService service, Cursors cursors)
{
    private const int MaxPersonsReason = 500;

    internal static ApiEndpoint List { get; } =
        new ApiEndpoint(nameof(ListOrders), "get", "orders", "Orders by strategy, in the order of their decision.")
        {
            Tag = "orders",
            Query =
            [
                Field.Choice<OrderScope>("status", "Working orders, ended orders, or all.") with
                {
                    Default = "open",
                },
                Field.Text("symbol", "Only for this symbol.", Symbol.MaxLength),
                Field.Text("strategy_id", "Only of this strategy; manual for manual orders.", StrategyValidation.MaxId),
            ],
            Response = typeof(ListView<OrderView>),
        }.Paged();

    internal static ApiEndpoint Get { get; } =
        new(nameof(GetOrder), "get", "orders/{id}", "One order, by its client order id.")
        {
            Tag = "orders",
            Response = typeof(OrderView),
            Headers = [Header.ETag],
            Refusals = [404],
        };

    internal static ApiEndpoint Place { get; } =
        new(nameof(PlaceOrder), "post", "orders", "Places an order. Repeating the Idempotency-Key as the same caller places it only once.")
        {
            Tag = "orders",
            Key = KeyUse.Required,
            Body =
            [
                Field.Text("symbol", "The symbol; lower case becomes upper case.", Symbol.MaxLength) with
                {
                    Required = true,
                },
                Field.Choice<OrderSide>("side", "buy or sell. Sales are limited to unmanaged shares.") with
                {
                    Required = true,
                },
                Field.Whole("qty", "Shares.", 1, OrderValidation.MaxQuantity) with
                {
                    Required = true,
                },
                Field.Choice<OrderType>("order_type", "The order type. Default: limit with limit_price, else market."),
                Field.Number("limit_price", "The limit price in dollars.") with
                {
                    Nullable = true,
                },
                Field.Number("price", "The limit price in dollars; another name for limit_price.") with
                {
                    Nullable = true,
                },
                Field.Number("stop_price", "The stop price in dollars.") with
                {
                    Nullable = true,
                },
                Field.Number("trail_percent", "The distance of a trailing stop in percent.") with
                {
                    Nullable = true,
                },
                Field.Choice<TimeInForce>("time_in_force", "How long the order is valid. Default: gtc for a trailing stop, else day."),
                Field.Text("reason", "Why.", MaxPersonsReason),
            ],
            Response = typeof(OrderView),
            Headers = [Header.Location],
            Status = StatusCodes.Status201Created,
            MayBeAccepted = true,
            Refusals = [409, 422, 429],
        };

    internal static ApiEndpoint Cancel { get; } =
        new(
            nameof(CancelOrder),
            "delete",
            "orders/{id}",
            "Requests a cancel; outcome describes the effect on the strategy: losing its entry pauses it. Orders that protect shares "
                + "or sell them at a target can only be canceled by closing their strategy."
        )
        {
            Tag = "orders",
            TakesIfMatch = true,
            Key = KeyUse.Optional,
            Response = typeof(OrderView),
            Headers = [Header.ETag],
            MayBeAccepted = true,
            Refusals = [404, 409, 412, 429],
        };

    /// <summary>Lists orders.</summary>
    [Function(nameof(ListOrders))]
    public async Task<IResult> ListOrders([HttpTrigger(AuthorizationLevel.Function, "get", Route = "orders")] HttpRequest request)
    {
        var input = await ApiRequest.ReadAsync(request, List);
        var filter = new OrderFilter(
            input.Query.Choice<OrderScope>("status") ?? OrderScope.Open,
            input.Query.Text("symbol")?.ToUpperInvariant(),
            input.Query.Text("strategy_id")
        );
        if (filter.StrategyId is { } owner && owner != Order.ManualOwner && !StrategyValidation.IsValidId(owner))
        {
            return ApiResult.Of(ListView<OrderView>.Of([]));
        }

        var list = $"orders {filter}";
        var page = await service.ListAsync(filter, input.Limit, cursors.Read(list, input.Query.Text("cursor")), input.Cancellation);
        return ApiResult.Of(ListView<OrderView>.Of(page.Items.Select(OrderView.Of), cursors.Write(list, page.Continuation)));
    }

    /// <summary>One order.</summary>
    [Function(nameof(GetOrder))]
    public async Task<IResult> GetOrder(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "orders/{id}")] HttpRequest request,
        string id
    )
    {
        var input = await ApiRequest.ReadAsync(request, Get);
        var row = await service.GetAsync(id, input.Cancellation);
        return ApiResult.Of(OrderView.Of(row.Value)).Tagged(VersionTag.Of(row.Version));
    }

    /// <summary>Places an order.</summary>
    [Function(nameof(PlaceOrder))]
    public async Task<IResult> PlaceOrder([HttpTrigger(AuthorizationLevel.Function, "post", Route = "orders")] HttpRequest request)
    {
        var input = await ApiRequest.ReadAsync(request, Place);
        var (command, order, existed) = await service.PlaceAsync(Terms(input.Body), input.Command, input.Cancellation);
        return order is null
            ? ApiResult.Accepted(command)
            : ApiResult
                .Of(OrderView.Of(order) with { Outcome = existed ? command.Outcome : null }, StatusCodes.Status201Created)
                .With("Location", "/api/orders/" + order.ClientOrderId);
    }

    /// <summary>Requests a cancel.</summary>
    [Function(nameof(CancelOrder))]
    public async Task<IResult> CancelOrder(
        [HttpTrigger(AuthorizationLevel.Function, "delete", Route = "orders/{id}")] HttpRequest request,
        string id
    )
    {
        var input = await ApiRequest.ReadAsync(request, Cancel);
        var command = await service.CancelAsync(id, input.Command, input.IfMatch, input.Cancellation);
        if (command.Status == CommandStatus.Pending)
        {
            return ApiResult.Accepted(command);
        }

        var row = await service.GetAsync(id, input.Cancellation);
        return ApiResult.Of(OrderView.Of(row.Value) with { Outcome = command.Outcome }).Tagged(VersionTag.Of(row.Version));
    }

    private static OrderTerms Terms(Fields body)
    {
        if (body.Number("price") is not null && body.Number("limit_price") is not null)
        {
            throw new RefusedException(Refusal.Invalid, "INVALID_ORDER", "Give limit_price or price, not both.")
            {
                Fields = [new("price", FieldProblem.Contradiction, "Give limit_price or price, not both.")],
            };
        }

        var limit = body.Number("limit_price") ?? body.Number("price");
        var type = body.Choice<OrderType>("order_type") ?? (limit is null ? OrderType.Market : OrderType.Limit);
        return new()
        {
            Symbol = Symbol.Normalize(body.Text("symbol")!),
            Side = body.Choice<OrderSide>("side")!.Value,
            Quantity = body.Whole("qty")!.Value,
            Type = type,
            TimeInForce = body.Choice<TimeInForce>("time_in_force") ?? (type == OrderType.TrailingStop ? TimeInForce.Gtc : TimeInForce.Day),
            LimitPrice = limit,
            StopPrice = body.Number("stop_price"),
            TrailPercent = body.Number("trail_percent"),
        };
    }
}
