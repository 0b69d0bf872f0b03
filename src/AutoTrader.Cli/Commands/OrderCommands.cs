using System.CommandLine;
using AutoTrader.Cli.Client;
using AutoTrader.Cli.Rendering;
using AutoTrader.Contracts;
using AutoTrader.Core.Orders;

namespace AutoTrader.Cli.Commands;

/// <summary>Orders: list, place, cancel, reconcile.</summary>
internal static class OrderCommands
{
    public static IEnumerable<Command> Of(TraderCli cli) =>
        [Orders(cli), Order(cli, OrderSide.Buy), Order(cli, OrderSide.Sell), Cancel(cli), Reconcile(cli)];

    private static CliCommand Orders(TraderCli cli)
    {
        var all = new Option<bool>("--all") { Description = "Include orders that ended." };
        var symbol = new Option<string?>("--symbol") { Description = "Only for this symbol." };
        var strategy = new Option<string?>("--strategy")
        {
            Description = "Only of this strategy; manual for your own orders.",
            HelpName = "id",
        };
        return cli.Command(
            "orders",
            "Working orders.",
            async session =>
            {
                var orders = await session.AllAsync(
                    (limit, cursor) =>
                        session.Api.ListOrdersAsync(
                            session.Get(all) ? "all" : null,
                            session.Get(symbol),
                            session.Get(strategy),
                            limit,
                            cursor,
                            session.Cancellation
                        )
                );
                session.Print(() => OrderViews.Orders(orders, session.Terminal.Width));
            },
            [all, symbol, strategy],
            "trader orders",
            "trader orders --all --symbol AAPL"
        );
    }

    private static CliCommand Order(TraderCli cli, OrderSide side)
    {
        var name = WireNames.Of(side);
        var symbol = new Argument<string>("symbol") { Description = "The symbol." };
        var price = new Argument<decimal>("price") { Description = "The limit price in dollars." };
        var qty = WholeNumber.Of("--qty", "The number of shares.", "shares", otherwise: 1, least: 1, OrderValidation.MaxQuantity);
        var life = new Option<string>("--time-in-force") { Description = "How long the order is valid.", DefaultValueFactory = _ => "day" };
        life.AcceptOnlyFromAmong("day", "gtc");
        var limits = side == OrderSide.Sell ? " It sells unmanaged shares only; use strategy close for a strategy's." : "";
        return cli.Command(
            name,
            $"Places a limit order to {name}, for the day.{limits}",
            async session =>
            {
                await session.ActAsync(mayBuy: side == OrderSide.Buy);
                var request = new OrderRequest
                {
                    Symbol = session.Get(symbol)!,
                    Side = side,
                    Qty = session.Get(qty),
                    LimitPrice = session.Get(price),
                    TimeInForce = Optional.Of(WireNames.Parse<TimeInForce>(session.Get(life))),
                    Reason = Optional.Of(session.Get(cli.Reason)),
                };
                var order = await session.WaitAsync(session.Api.PlaceOrderAsync(request, session.Key(), session.Cancellation));
                session.Print(() => OrderViews.Order(order));
            },
            [symbol, price, qty, life, cli.Reason, cli.Yes, cli.Key],
            $"trader {name} AAPL 180.50 --qty 10"
        );
    }

    private static CliCommand Cancel(TraderCli cli)
    {
        var id = new Argument<string>("order_id")
        {
            Description = "The order's id from trader orders --json, or the start of a working order's id.",
        };
        return cli.Command(
            "cancel",
            "Requests the cancel of an order. Canceling an entry pauses its strategy; to cancel protection, close the strategy.",
            async session =>
            {
                await session.ActAsync();
                var key = session.Key();
                var whole = await IdAsync(session, session.Get(id)!);
                // By then the prefix may match another order.
                session.Means(session.Get(id)!, whole);
                var order = await session.WaitAsync(session.Api.CancelOrderAsync(whole, key, cancellationToken: session.Cancellation));
                session.Print(() => OrderViews.Order(order));
            },
            [id, cli.Key],
            "trader cancel at-m-wixk5s2rjemebffnklqj"
        );
    }

    // Ids are long: the beginning is enough where it names one open order.
    private static async Task<string> IdAsync(Session session, string typed)
    {
        var open = await session.AllAsync(
            (limit, cursor) => session.Api.ListOrdersAsync(limit: limit, cursor: cursor, cancellationToken: session.Cancellation)
        );
        var begins = open.Where(order => order.Id.StartsWith(typed, StringComparison.Ordinal)).ToList();
        return begins switch
        {
            [{ } one] => one.Id,
            { Count: > 1 } when begins.All(order => order.Id != typed) => throw new CommandException(
                ExitCode.Usage,
                $"{typed} matches several working orders: {string.Join(", ", begins.Select(order => order.Id))}."
            ),
            _ => typed,
        };
    }

    private static CliCommand Reconcile(TraderCli cli)
    {
        var folder = new Option<string?>("--orders-dir")
        {
            Description = "Has no effect: orders are in the app's storage.",
            HelpName = "path",
        };
        return cli.Command(
            "reconcile-orders",
            "Runs a cycle, which compares orders and quantities with the broker as every cycle does, and reports differences.",
            async session =>
            {
                await session.ActAsync();
                session.FindsOut = "trader status";
                var cycle = await session.WaitAsync(session.Api.RunEngineAsync(cancellationToken: session.Cancellation));
                var attention = await session.WaitAsync(session.Api.ListAttentionAsync(session.Cancellation));
                session.Print(() =>
                    new Spectre.Console.Rows(EngineViews.Cycle(cycle), EngineViews.Attention(attention.Items, session.Terminal.Width))
                );
                EngineCommands.RequireRan(cycle);
            },
            [folder],
            "trader reconcile-orders"
        );
    }
}
