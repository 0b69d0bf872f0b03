using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;

namespace AutoTrader.Storage.Records;

/// <summary>The columns of orders.</summary>
internal static class OrderRecord
{
    public static RecordMapper<Order> Mapper { get; } =
        new(Write, Read, (order, row) =>
            row.RowKey == TradingKey.Order(order)
            || (TradingKey.Done(order) is var done && (row.RowKey == done || row.RowKey == done[TradingKey.DonePrefix.Length..]))
        );

    private static void Write(Order order, ColumnWriter to)
    {
        to.Text("client_order_id", order.ClientOrderId);
        to.Text("strategy_id", order.StrategyId);
        to.Text("arm", order.Arm);
        to.Integer("sequence", order.Sequence);
        to.Word("role", order.Role);
        to.Text("symbol", order.Terms.Symbol);
        to.Word("side", order.Terms.Side);
        to.Decimal("quantity", order.Terms.Quantity);
        to.Word("order_type", order.Terms.Type);
        to.Word("time_in_force", order.Terms.TimeInForce);
        to.Word("order_class", order.Terms.Class);
        to.Decimal("limit_price", order.Terms.LimitPrice);
        to.Decimal("stop_price", order.Terms.StopPrice);
        to.Decimal("trail_percent", order.Terms.TrailPercent);
        to.Word("status", order.Status);
        to.Text("broker_status", order.BrokerStatus);
        to.Text("broker_order_id", order.BrokerOrderId);
        to.List("other_broker_ids", order.OtherBrokerIds, Nested.Json.StringArray);
        to.Decimal("filled_quantity", order.FilledQuantity);
        to.Decimal("executed_quantity", order.ExecutedQuantity);
        to.Decimal("average_fill_price", order.AverageFillPrice);
        to.Instant("decided_at", order.DecidedAt);
        to.Decimal("decision_mid", order.DecisionMid);
        to.Instant("submit_by", order.SubmitBy);
        to.Instant("last_attempt_at", order.LastAttemptAt);
        to.Instant("absent_at", order.AbsentAt);
        to.Instant("expires_at", order.ExpiresAt);
        to.Instant("cancel_requested_at", order.CancelRequestedAt);
        to.Instant("ended_at", order.EndedAt);
        to.Word("end_reason", order.EndReason);
        to.Text("note", order.Note);
        to.Text("replaces", order.Replaces);
        to.Integer("slot", order.Slot);
        to.Integer("exit_revision", order.ExitRevision);
        to.Decimal("amendment_target", order.Amendment?.Target);
        to.Decimal("amendment_stop", order.Amendment?.Stop);
        to.Decimal("broker_stop_price", order.BrokerStopPrice);
        to.Decimal("broker_high_watermark", order.BrokerHighWatermark);
        to.Text("request_hash", order.RequestHash);
        to.Text("command_id", order.CommandId);
    }

    private static Order Read(ColumnReader from) =>
        new()
        {
            ClientOrderId = from.Text("client_order_id"),
            StrategyId = from.Text("strategy_id"),
            Arm = from.Text("arm"),
            Sequence = from.Integer("sequence"),
            Role = from.Word<OrderRole>("role"),
            Terms = new()
            {
                Symbol = from.Text("symbol"),
                Side = from.Word<OrderSide>("side"),
                Quantity = from.Decimal("quantity"),
                Type = from.Word<OrderType>("order_type"),
                TimeInForce = from.Word("time_in_force", TimeInForce.Day),
                Class = from.Word("order_class", OrderClass.Simple),
                LimitPrice = from.OptionalDecimal("limit_price"),
                StopPrice = from.OptionalDecimal("stop_price"),
                TrailPercent = from.OptionalDecimal("trail_percent"),
            },
            Status = from.Word<OrderStatus>("status"),
            BrokerStatus = from.OptionalText("broker_status"),
            BrokerOrderId = from.OptionalText("broker_order_id"),
            OtherBrokerIds = from.List("other_broker_ids", Nested.Json.StringArray),
            FilledQuantity = from.Decimal("filled_quantity"),
            ExecutedQuantity = from.Decimal("executed_quantity"),
            AverageFillPrice = from.OptionalDecimal("average_fill_price"),
            DecidedAt = from.Instant("decided_at"),
            DecisionMid = from.OptionalDecimal("decision_mid"),
            SubmitBy = from.OptionalInstant("submit_by"),
            LastAttemptAt = from.OptionalInstant("last_attempt_at"),
            AbsentAt = from.OptionalInstant("absent_at"),
            ExpiresAt = from.OptionalInstant("expires_at"),
            CancelRequestedAt = from.OptionalInstant("cancel_requested_at"),
            EndedAt = from.OptionalInstant("ended_at"),
            EndReason = from.Word("end_reason", EndReason.None),
            Note = from.OptionalText("note"),
            Replaces = from.OptionalText("replaces"),
            Slot = from.OptionalInteger("slot"),
            ExitRevision = from.Integer("exit_revision", 0),
            Amendment = ReadAmendment(from.OptionalDecimal("amendment_target"), from.OptionalDecimal("amendment_stop")),
            BrokerStopPrice = from.OptionalDecimal("broker_stop_price"),
            BrokerHighWatermark = from.OptionalDecimal("broker_high_watermark"),
            RequestHash = from.OptionalText("request_hash"),
            CommandId = from.OptionalText("command_id") ?? CommandBefore(from),
        };

    // Earlier versions kept it as the hash. One that is the hash of a request after all is no command's id.
    private static string? CommandBefore(ColumnReader from) =>
        from.OptionalText("note") == "flatten" ? from.OptionalText("request_hash") : null;

    private static OcoPrices? ReadAmendment(decimal? target, decimal? stop) =>
        target is null || stop is null ? null : new(target.Value, stop.Value);
}

/// <summary>The columns of ledger entries.</summary>
internal static class FillRecord
{
    public static RecordMapper<Fill> Mapper { get; } =
        new(Write, Read, (fill, row) => row.RowKey == TradingKey.Fill(fill.ExecutionId) || row.RowKey == fill.ExecutionId);

    private static void Write(Fill fill, ColumnWriter to)
    {
        to.Text("execution_id", fill.ExecutionId);
        to.Text("strategy_id", fill.StrategyId);
        to.Text("client_order_id", fill.ClientOrderId);
        to.Text("arm", fill.Arm);
        to.Text("symbol", fill.Symbol);
        to.Word("side", fill.Side);
        to.Decimal("quantity", fill.Quantity);
        to.Decimal("price", fill.Price);
        to.Decimal("fee", fill.Fee);
        to.Instant("at", fill.At);
        to.Date("trading_day", fill.TradingDay);
        to.Word("kind", fill.Kind);
        to.Decimal("realized_pnl", fill.RealizedPnl);
        to.Decimal("ratio", fill.Ratio);
    }

    private static Fill Read(ColumnReader from) =>
        new()
        {
            ExecutionId = from.Text("execution_id"),
            StrategyId = from.Text("strategy_id"),
            ClientOrderId = from.OptionalText("client_order_id"),
            Arm = from.OptionalText("arm"),
            Symbol = from.Text("symbol"),
            Side = from.Word<OrderSide>("side"),
            Quantity = from.Decimal("quantity"),
            Price = from.Decimal("price"),
            Fee = from.Decimal("fee", 0),
            At = from.Instant("at"),
            TradingDay = from.Date("trading_day"),
            Kind = from.Word("kind", FillKind.Trade),
            RealizedPnl = from.Decimal(
                "realized_pnl",
                from.Decimal("realised_pnl", 0)
            ) /* as it was spelled */
            ,
            Ratio = from.Decimal("ratio", 1),
        };
}
