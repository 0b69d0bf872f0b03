using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Brokerage;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Core.Engine.Cycle;

/// <summary>
/// Idle ticks outside market hours (docs/trading-rules.md, "Quiet ticks"). A whole cycle that finds the market closed, nothing
/// under way and nothing to do says so, with what it saw at the broker. Until then a tick looks whether anything moved since: a command,
/// the account row, an order or a position at the broker. When nothing did, it writes the heartbeat and loads no strategy.
/// </summary>
internal static class QuietTick
{
    // A whole cycle all the same: what nobody tells of, a declared split for example, is seen.
    private static readonly TimeSpan AtMost = TimeSpan.FromMinutes(15);

    // Day orders end, and splits are prepared for, after the close.
    private static readonly TimeSpan AfterClose = TimeSpan.FromMinutes(30);

    // What was changed over night must stand at the broker before the opening auction.
    private static readonly TimeSpan BeforeOpen = TimeSpan.FromMinutes(15);

    /// <summary>Until when ticks may be quiet after a cycle that came to its end; null when it left anything to do.</summary>
    public static QuietState? After(CycleContext context, CycleFrame frame)
    {
        var until = Earlier(context.Now + AtMost, frame.Hours.Calendar.CurrentOrNext(context.Now).Open - BeforeOpen);
        return
            frame.MarketOpen
            || until <= context.Now
            || frame.Hours.Calendar.SessionOn(context.Day) is { } today
                && context.Now >= today.Open
                && context.Now < today.Close + AfterClose
            || context.Journal.Lines.Count > 0
            || context.Journal.Skipped > 0
            || frame.Mismatches.Count > 0
            || context.Set.Unreadable.Count > 0
            || context.Before.Unreadable is not null
            || frame.Positions.Values.Any(position => position.Quantity < 0)
            || context.Set.Books.Any(IsUnderWay)
            ? null
            : new(until, Fingerprint(frame.Shown, frame.Positions.Values), context.Set.AccountVersion?.ETag ?? string.Empty);
    }

    /// <summary>Whether the tick can do nothing.</summary>
    public static async Task<bool> IsAsync(
        EnginePorts ports,
        CycleRequest request,
        EngineState? state,
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        if (
            request is not { DryRun: false, Cause: CycleRequest.Timer, Planned: not null }
            || state is not { Quiet: { } quiet, Unreadable: null }
            || now >= quiet.Until
            // What is asked for once a day is asked for by its first tick.
            || state.LastCycleAt is not { } last
            || TradingCalendar.Nyse.TradingDay(last) != TradingCalendar.Nyse.TradingDay(now)
            // That it is gone is told by a whole cycle.
            || state.Attention.Any(item => item.Code == Attention.TimerSilent)
        )
        {
            return false;
        }

        var account = ports.Broker.AccountKey;
        var asked = await ports.Trading.PeekAsync(account, cancellationToken);
        if (
            (asked.Account?.Version.ETag ?? string.Empty) != quiet.Account
            || asked.Unreadable.Count > 0
            || asked.Commands.Any(row => row.Value.Status == CommandStatus.Pending)
        )
        {
            return false;
        }

        try
        {
            var orders = await ports.Broker.GetOrdersAsync(now, cancellationToken);
            return Fingerprint(orders, await ports.Broker.GetPositionsAsync(cancellationToken)) == quiet.Broker;
        }
        catch (Exception failure)
            when (failure is not (StorageUnavailableException or OperationCanceledException) && !cancellationToken.IsCancellationRequested)
        {
            // A whole cycle tells of it.
            return false;
        }
    }

    /// <summary>The record of such a tick.</summary>
    public static CycleRecord Record(CycleRequest request, EngineState state, string holder, DateTimeOffset now) =>
        new()
        {
            Planned = request.Planned ?? now,
            StartedAt = now,
            Cause = request.Cause,
            Holder = holder,
            Attention = state.Attention.Count,
        };

    // Every cycle must look at it.
    private static bool IsUnderWay(Book book) =>
        book.IsDirty
        || book.Orders.Any(order =>
            order.Status
                is not (
                    OrderStatus.Accepted
                    or OrderStatus.PartiallyFilled
                    or OrderStatus.Filled
                    or OrderStatus.Canceled
                    or OrderStatus.Expired
                    or OrderStatus.Rejected
                    or OrderStatus.Replaced
                )
            || order.UnexplainedQuantity != 0
            || order.IsCancelWanted
            || order.Amendment is not null
        )
        || book is StrategyBook { Strategy: { DeclaresProtection: true } strategy } && Exposure.Of(strategy, book.Orders).Uncovered >= 1;

    private static string Fingerprint(IEnumerable<BrokerOrder> orders, IEnumerable<BrokerPosition> positions)
    {
        var text = new StringBuilder();
        foreach (
            var order in orders
                .Where(order => order.EndedAt is null || order.StopLeg is { EndedAt: null })
                .DistinctBy(order => order.Id, StringComparer.Ordinal)
                .OrderBy(order => order.Id, StringComparer.Ordinal)
        )
        {
            text.Append(CultureInfo.InvariantCulture, $"{order.Id} {order.Status} {order.FilledQuantity} {order.StopLeg?.Status}\n");
        }

        foreach (var position in positions.OrderBy(position => position.Symbol, StringComparer.Ordinal))
        {
            text.Append(CultureInfo.InvariantCulture, $"{position.Symbol} {position.Quantity:0.##########}\n");
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    private static DateTimeOffset Earlier(DateTimeOffset left, DateTimeOffset right) => left < right ? left : right;
}
