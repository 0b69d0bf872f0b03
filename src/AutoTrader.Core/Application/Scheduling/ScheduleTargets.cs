using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Brokerage;
using AutoTrader.Core.Schedules;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Core.Application.Scheduling;

/// <summary>The targets of schedules: whether they exist at creation, and what a cancel of orders would affect.</summary>
public sealed class ScheduleTargets(ITradingStore trading, IBroker broker, OrderService orders)
{
    /// <summary>Refuses a task about a strategy that does not exist.</summary>
    /// <exception cref="RefusedException">There is no such strategy.</exception>
    public async Task RequireAsync(ScheduleTask task, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(task);
        if (
            task.Target is { } id
            && StrategyValidation.IsValidId(id)
            && await trading.ReadAsync<Strategy>(broker.AccountKey, TradingKey.Strategy(id), cancellationToken) is null
        )
        {
            var problem =
                $"There is no strategy {id}, so the schedule would do nothing. Create the strategy first, or correct strategy_id.";
            throw new RefusedException(Refusal.Unprocessable, "STRATEGY_NOT_FOUND", problem)
            {
                Fields = [new("task_data.strategy_id", "not_found", problem)],
            };
        }
    }

    /// <summary>What a task would do if it were due now, in a sentence; null where its definition says it all.</summary>
    public async Task<string?> EffectAsync(ScheduleTask task, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(task);
        if (task.Action != ScheduleAction.OrdersCancel)
        {
            return null;
        }

        var filter = new OrderFilter(OrderScope.Open, task.Symbol, task.Target);
        var open = await Paging.AllAsync(from => orders.ListAsync(filter, 1000, from, cancellationToken));
        return "If it ran now: " + OrderCancels.Describe([.. open.Where(OrderCancels.IsMeant)]);
    }
}
