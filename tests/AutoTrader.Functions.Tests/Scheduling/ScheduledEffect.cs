using System.Collections.Concurrent;
using System.Net;
using AutoTrader.Core.Application.Scheduling;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Schedules;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Functions.Tests.Scheduling;

/// <summary>What each action of a schedule needs to act on, and what it must have done.</summary>
internal static class ScheduledEffect
{
    public static string Data(ScheduleAction action, string id, string symbol) =>
        action switch
        {
            ScheduleAction.OrderPlace => $$"""{"symbol":"{{symbol}}","side":"buy","qty":1,"limit_price":"12"}""",
            ScheduleAction.OrdersCancel => $$"""{"symbol":"{{symbol}}"}""",
            ScheduleAction.KillSwitchOn or ScheduleAction.KillSwitchOff => """{"reason":"by the clock"}""",
            ScheduleAction.Notify => """{"message":"hello"}""",
            _ => $$"""{"strategy_id":"{{id}}"}""",
        };

    public static async Task PrepareAsync(TestApp app, ScheduleAction action, string id, string symbol)
    {
        await app.CreateAsync(
            $$"""{"id":"{{id}}","symbol":"{{symbol}}","strategy_type":"trailing_stop","quantity":1,"trailing_stop_pct":"50","""
                + (action == ScheduleAction.StrategyClose ? "\"entry_type\":\"market\"" : "\"entry_type\":\"limit\",\"entry_price\":\"10\"")
                + $$""","enabled":{{(action == ScheduleAction.StrategyStart ? "false" : "true")}}}"""
        );
        if (action == ScheduleAction.StrategyResume)
        {
            (await app.PostAsync($"strategies/{id}/pause")).Status.ShouldBe(HttpStatusCode.OK);
        }

        if (action == ScheduleAction.OrdersCancel)
        {
            (
                await app.PostAsync(
                    "orders",
                    $$"""{"symbol":"{{symbol}}","side":"buy","qty":1,"limit_price":"11","time_in_force":"gtc"}""",
                    ("Idempotency-Key", id)
                )
            ).Status.ShouldBe(HttpStatusCode.Created);
        }
    }

    public static async Task ShouldBeThatOfAsync(
        TestApp app,
        ScheduleAction action,
        string id,
        string symbol,
        List<ScheduleRun> done,
        KeptNotifications notifications
    )
    {
        var strategy = (await app.GetAsync("strategies/" + id)).Json;
        var (isEnabled, isPaused) = (strategy["enabled"]!.GetValue<bool>(), strategy["pause_reason"] is not null);
        switch (action)
        {
            case ScheduleAction.StrategyStart:
                isEnabled.ShouldBe(done.Count > 0);
                break;
            case ScheduleAction.StrategyStop:
                isEnabled.ShouldBe(done.Count == 0);
                break;
            case ScheduleAction.StrategyClose:
                var exits = (await OrdersAsync(app, symbol)).Where(order => order.Role == OrderRole.Exit).ToList();
                exits.Select(order => order.Status).ShouldBe(done.Count > 0 ? [OrderStatus.Filled] : []);
                (
                    await app.Get<ITradingStore>().ReadAsync<Strategy>("paper", TradingKey.Strategy(id), CancellationToken.None)
                )!.Value.Holding.Quantity.ShouldBe(done.Count > 0 ? 0 : 1);
                break;
            case ScheduleAction.StrategyPause:
                isPaused.ShouldBe(done.Count > 0);
                break;
            case ScheduleAction.StrategyResume:
                isPaused.ShouldBe(done.Count == 0);
                break;
            case ScheduleAction.OrderPlace:
                (await OrdersAsync(app, symbol))
                    .Where(order => order.Role == OrderRole.Manual)
                    .Select(order => order.ClientOrderId)
                    .Order(StringComparer.Ordinal)
                    .ShouldBe(done.Select(run => ClientOrderIds.ForManual("schedule:" + id, run.Occurrence)).Order(StringComparer.Ordinal));
                break;
            case ScheduleAction.OrdersCancel:
                (await OrdersAsync(app, symbol))
                    .Where(order => order.Role == OrderRole.Manual)
                    .ShouldHaveSingleItem()
                    .Status.ShouldBe(done.Count > 0 ? OrderStatus.Canceled : OrderStatus.Accepted);
                break;
            case ScheduleAction.Notify:
                notifications
                    .Counts.Keys.Where(key => key.Contains($".{id}.", StringComparison.Ordinal))
                    .Order(StringComparer.Ordinal)
                    .ShouldBe(done.Select(run => run.Occurrence));
                break;
            default:
                break;
        }
    }

    private static async Task<IReadOnlyList<Order>> OrdersAsync(TestApp app, string symbol)
    {
        var orders = new List<Order>();
        foreach (var prefix in new[] { TradingKey.OrderPrefix, TradingKey.DonePrefix })
        {
            orders.AddRange(
                (await app.Get<ITradingStore>().ListAsync<Order>("paper", prefix, 1000, null, CancellationToken.None)).Items.Select(row =>
                    row.Value
                )
            );
        }

        return [.. orders.Where(order => order.Terms.Symbol == symbol)];
    }
}

/// <summary>Keeps the messages of schedules by their keys, with how often each was sent.</summary>
internal sealed class KeptNotifications : IScheduleNotifications
{
    public ConcurrentDictionary<string, int> Counts { get; } = new(StringComparer.Ordinal);

    public Task SendAsync(string key, DateTimeOffset at, string? message, CancellationToken cancellationToken) =>
        Task.FromResult(Counts.AddOrUpdate(key, 1, (_, count) => count + 1));

    public Task PublishAsync(ScheduleRun ended, int missed, CancellationToken cancellationToken) => Task.CompletedTask;
}
