using System.ComponentModel;
using AutoTrader.Contracts;
using AutoTrader.Core.Orders;

namespace AutoTrader.Cli.Mcp.Tools;

/// <summary>Orders.</summary>
internal static class OrderTools
{
    public static IEnumerable<TraderTool> Of(ToolHost host) =>
        [
            TraderTool.Of<ListArguments, IReadOnlyList<OrderView>>(
                host,
                "list_orders",
                Access.Read,
                Hints.Looks,
                "Orders that may still trade; with show_all those that ended, too.",
                (call, it) =>
                    call.AllAsync(
                        (limit, cursor) =>
                            call.Api.ListOrdersAsync(
                                it.ShowAll ? "all" : null,
                                limit: limit,
                                cursor: cursor,
                                cancellationToken: call.Cancellation
                            )
                    )
            ),
            TraderTool.Of<PlaceArguments, With<OrderView, Placed>>(
                host,
                "place_order",
                Access.Trade,
                Hints.Trades,
                "Places a limit order for the day, within the risk limits. Only unmanaged shares can be sold so. status says where the "
                    + "order stands at the broker: accepted is not filled. placement says whether the key made a new order or one "
                    + "already existed.",
                PlaceAsync
            ),
            TraderTool.Of<CancelArguments, Cancellation>(
                host,
                "cancel_order",
                Access.Trade,
                Hints.Ends,
                "Asks for the cancel of an order; status is what is stored after that: pending_cancel until the broker confirms it. An "
                    + "entry's strategy is paused. What protects shares is canceled only by closing its strategy.",
                async (call, it) =>
                {
                    await call.ActAsync();
                    var order = await call.WaitAsync(
                        call.Api.CancelOrderAsync(it.OrderId, ToolCall.Key(it.IdempotencyKey), cancellationToken: call.Cancellation)
                    );
                    return new(WireNames.Of(order.Status), order.Id, order);
                }
            ),
        ];

    private static async Task<With<OrderView, Placed>> PlaceAsync(ToolCall call, PlaceArguments it)
    {
        var side = WireNames.Parse<OrderSide>(it.Side.ToLowerInvariant())
            ?? throw new ToolException(ToolException.Validation, $"side is buy or sell, not '{it.Side}'.");
        var before = await call.ActAsync();
        var order = await call.WaitAsync(
            call.Api.PlaceOrderAsync(
                new(it.Symbol, side, it.Qty, LimitPrice: it.Price, TimeInForce: TimeInForce.Day, Reason: it.Reason),
                ToolCall.Key(it.IdempotencyKey),
                call.Cancellation
            )
        );
        // What the engine served later was repeated by the client itself: then it counts whether this call was the first to ask.
        var existed = call.Deferred is { } deferred ? deferred.RequestedAt < before.Now : order.Outcome is not null;
        return new(order with { Outcome = null }, new(existed ? "already existed" : "new"));
    }

    private sealed record ListArguments([Description("Those that ended, too.")] bool ShowAll = false);

    private sealed record PlaceArguments(
        [Description(Texts.Symbol)] string Symbol,
        [Description("How many shares.")] int Qty,
        [Description("buy or sell.")] string Side,
        [Description("The limit price in dollars.")] decimal Price,
        [Description("A text of your own, new for each order: the same order with the same key is placed once.")] string IdempotencyKey,
        [Description(Texts.Reason)] string? Reason = null
    );

    private sealed record Placed(string Placement);

    private sealed record CancelArguments(
        [Description("The order's id, as list_orders tells it.")] string OrderId,
        [Description(Texts.Key)] string? IdempotencyKey = null
    );

    private sealed record Cancellation(string Status, string OrderId, OrderView Order);
}
