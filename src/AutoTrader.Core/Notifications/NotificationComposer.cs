using System.Globalization;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Core.Notifications;

/// <summary>Composes notifications from changes. Pure: the same change gives the same notification.</summary>
public static class NotificationComposer
{
    /// <summary>
    /// The notifications of the executions that one commit applies: one per order, with their total and average price. Splits, and
    /// corrections by the broker, are no trades.
    /// </summary>
    public static IEnumerable<Notification> Trades(IReadOnlyCollection<Fill> fills) =>
        fills
            .Where(fill => fill is { Kind: FillKind.Trade, Quantity: > 0 })
            .GroupBy(fill => (fill.StrategyId, fill.Symbol, fill.Side, Order: fill.ClientOrderId ?? fill.ExecutionId))
            .Select(group =>
            {
                var (quantity, bought) = (group.Sum(fill => fill.Quantity), group.Key.Side == OrderSide.Buy);
                var price = group.Sum(fill => fill.Quantity * fill.Price) / quantity;
                var realized = group.Sum(fill => fill.RealizedPnl);
                List<NotificationFact> facts =
                [
                    new("Side", bought ? "BUY" : "SELL"),
                    new("Qty", Invariant($"{quantity:0.####} shares")),
                    new("Price", Money(price)),
                    new("Strategy", group.Key.StrategyId),
                ];
                if (!bought)
                {
                    facts.Add(new("Realized", Money(realized)));
                }

                return new Notification
                {
                    Id = "trade-" + group.Select(fill => fill.ExecutionId).Min(StringComparer.Ordinal),
                    Event = bought ? NotificationEvent.TradeOpened : NotificationEvent.TradeClosed,
                    At = group.Max(fill => fill.At),
                    Mark = bought ? NotificationMark.Green : NotificationMark.Red,
                    Title = bought ? "Opened" : "Closed",
                    Subject = group.Key.Symbol,
                    Facts = facts.ToValueList(),
                };
            });

    /// <summary>The notification of a strategy that begins, ends or fails with a change; null when it does none of these.</summary>
    /// <param name="before">The old strategy; null when it is created.</param>
    /// <param name="after">The new strategy; null when it is deleted.</param>
    public static Notification? OfStrategy(Strategy? before, Strategy? after)
    {
        var (was, now) = (before?.MayEnter ?? false, after?.MayEnter ?? false);
        return (after ?? before) switch
        {
            { } strategy when after is { Phase: StrategyPhase.Failed } && before?.Phase != StrategyPhase.Failed => Strategy(
                strategy,
                NotificationEvent.StrategyFailed,
                "Failed",
                NotificationMark.Warning,
                after.Notes
            ),
            { } strategy when now && !was => Strategy(strategy, NotificationEvent.StrategyStarted, "Started", NotificationMark.Info, null),
            { } strategy when was && !now => Strategy(
                strategy,
                NotificationEvent.StrategyStopped,
                "Stopped",
                NotificationMark.Info,
                WhyStopped(after)
            ),
            _ => null,
        };
    }

    /// <summary>The notification of a new attention item. A cycle that stopped is an error.</summary>
    public static Notification Raised(Attention item) =>
        item.Code == Attention.CycleStopped
            ? Error(Id("attention", item.Code, item.Key), item.Since, item.Message)
            : new()
            {
                Id = Id("attention", item.Code, item.Key),
                Event = NotificationEvent.AttentionRaised,
                At = item.Since,
                Mark = NotificationMark.Warning,
                Title = "Attention",
                Subject = item.Code,
                Text = item.Message,
                Facts = [new NotificationFact("About", item.Key)],
            };

    /// <summary>The notification of a cleared attention item.</summary>
    public static Notification Cleared(Attention item, DateTimeOffset at) =>
        new()
        {
            Id = Id("cleared", item.Code, item.Key),
            Event = NotificationEvent.AttentionCleared,
            At = at,
            Mark = NotificationMark.Green,
            Title = "Cleared",
            Subject = item.Code,
            Facts = [new NotificationFact("About", item.Key)],
        };

    /// <summary>The notification of something that went wrong.</summary>
    /// <param name="id">See <see cref="Notification.Id"/>.</param>
    /// <param name="at">When (UTC).</param>
    /// <param name="message">What, in a sentence; no secrets.</param>
    public static Notification Error(string id, DateTimeOffset at, string message) =>
        new()
        {
            Id = id,
            Event = NotificationEvent.Error,
            At = at,
            Mark = NotificationMark.Warning,
            Title = "Error",
            Text = message,
        };

    /// <summary>The notification of what became of an occurrence of a schedule.</summary>
    /// <param name="eventName"><see cref="NotificationEvent.ScheduleFired"/>, <see cref="NotificationEvent.ScheduleMissed"/> or
    /// <see cref="NotificationEvent.ScheduleFailed"/>.</param>
    /// <param name="occurrence">The id of the occurrence.</param>
    /// <param name="at">The planned instant (UTC).</param>
    /// <param name="schedule">The schedule's name or id.</param>
    /// <param name="action">The action: <c>strategy_start</c>.</param>
    /// <param name="target">On what; null for nothing in particular.</param>
    /// <param name="detail">The reason or error in a sentence; null when there is none.</param>
    public static Notification OfSchedule(
        string eventName,
        string occurrence,
        DateTimeOffset at,
        string schedule,
        string action,
        string? target,
        string? detail
    ) =>
        new()
        {
            Id = Id("schedule", eventName, occurrence),
            Event = eventName,
            At = at,
            Mark = eventName == NotificationEvent.ScheduleFired ? NotificationMark.Info : NotificationMark.Warning,
            Title = eventName switch
            {
                NotificationEvent.ScheduleFired => "Schedule fired",
                NotificationEvent.ScheduleMissed => "Schedule missed",
                _ => "Schedule failed",
            },
            Subject = schedule,
            Text = detail,
            Facts = target is null
                ? [new NotificationFact("Action", action)]
                : [new NotificationFact("Action", action), new NotificationFact("Target", target)],
        };

    /// <summary>A message by hand, or of a schedule's <c>notify</c>.</summary>
    /// <param name="id">See <see cref="Notification.Id"/>; of a schedule the occurrence's id.</param>
    /// <param name="at">When (UTC); of a schedule the planned instant.</param>
    /// <param name="message">What to say.</param>
    public static Notification Message(string id, DateTimeOffset at, string message) =>
        new()
        {
            Id = id,
            Event = NotificationEvent.Manual,
            At = at,
            Title = "AutoTrader",
            Text = message,
        };

    /// <summary>The notification that only shows that a channel works.</summary>
    public static Notification Test(string id, DateTimeOffset at) =>
        Message(id, at, "This is AutoTrader's test message: notifications arrive on this channel.");

    /// <summary>Dollars as people read them.</summary>
    public static string Money(decimal amount) => Invariant($"{(amount < 0 ? "-" : "")}${Math.Abs(amount):#,0.00##}");

    private static Notification Strategy(Strategy strategy, string eventName, string title, NotificationMark mark, string? text) =>
        new()
        {
            Id = Id("strategy", strategy.Id, strategy.Arm),
            Event = eventName,
            At = strategy.UpdatedAt,
            Mark = mark,
            Title = title,
            Subject = strategy.Symbol,
            Text = text,
            Facts =
            [
                new NotificationFact("Strategy", strategy.Id),
                new NotificationFact("Type", WireNames.Of(strategy.StrategyType)),
                new NotificationFact("Phase", WireNames.Of(strategy.Phase)),
            ],
        };

    private static string? WhyStopped(Strategy? after) =>
        after switch
        {
            null => "It was deleted.",
            { Closing: { } closing } => "It is being closed: " + closing.Reason,
            { PauseReason: { } reason } => "It is paused: " + reason,
            { Enabled: false } => "It was disabled.",
            { Phase: StrategyPhase.Completed } => "It has completed.",
            _ => null,
        };

    private static string Id(params ReadOnlySpan<string> parts) => string.Join('-', parts!);

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
