using AutoTrader.Contracts;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Backtesting.Rehearsals;

/// <summary>The result of a rehearsal from the app's records.</summary>
internal static class RehearsalReport
{
    /// <summary>Tells it.</summary>
    /// <param name="recorded">The recorded day.</param>
    /// <param name="account">The account on the server.</param>
    /// <param name="before">The equity before the day, in dollars.</param>
    /// <param name="plan">What was played.</param>
    /// <param name="day">What came of it.</param>
    /// <param name="data">On which bars.</param>
    /// <param name="remarks">What is to be known first.</param>
    public static RehearsalResult Of(
        DateOnly recorded,
        string account,
        decimal before,
        RehearsalPlan plan,
        RehearsedDay day,
        PeriodData data,
        IEnumerable<string> remarks
    ) =>
        new()
        {
            Day = recorded,
            Session = new(plan.Session.Day, plan.Session.Open, plan.Session.Close, plan.Session.EarlyClose),
            Account = account,
            Remarks = [.. remarks, .. DataTrust.Warnings(data.Reports), .. data.Reports.SelectMany(report => report.Remarks)],
            EquityBefore = Math.Round(before, 2),
            EquityAfter = Math.Round(day.Equity, 2),
            Profit = Math.Round(day.Equity - before, 2),
            Fees = day.Fills.Sum(fill => fill.Fee),
            Strategies = [.. day.Strategies.Select(it => AtTheEnd(it, data))],
            Orders =
            [
                .. day
                    .Orders.OrderBy(order => order.DecidedAt)
                    .ThenBy(order => order.ClientOrderId, StringComparer.Ordinal)
                    .Select(OrderView.Of),
            ],
            Fills = [.. day.Fills.Select(FillView.Of)],
            Runs =
            [
                .. day.Runs.OrderBy(run => run.Planned).ThenBy(run => run.ScheduleId, StringComparer.Ordinal).Select(RunView.Of),
            ],
            Unprotected = [.. Unprotected(day)],
            Attention = day.Attention,
            DataHash = data.Hash,
        };

    private static RehearsedStrategy AtTheEnd(Strategy it, PeriodData data) =>
        new(
            it.Id,
            it.Symbol,
            it.StrategyType,
            it.Phase,
            it.Enabled,
            it.Holding.Quantity,
            it.EffectiveStop,
            it.Holding.Realized,
            Math.Round(it.Holding.Lots.Count > 0 ? it.Holding.Unrealized(data.Prices[it.Symbol][^1].Close) : 0, 2),
            it.Holding.Fees,
            it.WaitingFor
                ?? it switch
                {
                    { IsTerminal: true } => null,
                    { PauseReason: { } reason } => "it is paused: " + reason,
                    { Enabled: false } => "it is disabled",
                    _ => null,
                }
        );

    private static IEnumerable<UnprotectedShares> Unprotected(RehearsedDay day)
    {
        foreach (var strategy in day.Strategies.Where(it => it.Holding.Quantity >= 1))
        {
            List<Order> orders = [.. day.Orders.Where(order => order.StrategyId == strategy.Id && !order.IsSettled)];
            var uncovered = strategy.DeclaresProtection ? Exposure.Of(strategy, orders).Uncovered : Math.Floor(strategy.Holding.Quantity);
            if (uncovered >= 1)
            {
                yield return new(
                    strategy.Id,
                    strategy.Symbol,
                    uncovered,
                    strategy switch
                    {
                        { DeclaresProtection: true, WaitingFor: { } reason } => reason,
                        { DeclaresProtection: true } => "no working order sells them",
                        { GridConfig.StopBelow: { } stop } => FormattableString.Invariant(
                            $"no order at the broker: the engine sells when the price falls to {stop:0.00##}"
                        ),
                        { StrategyType: StrategyType.Grid } => "its grid has no stop_below",
                        _ => "it has no stop_loss_pct",
                    }
                );
            }
        }

        foreach (
            var symbol in day.Fills.Where(fill => fill.StrategyId == Order.ManualOwner).GroupBy(fill => fill.Symbol, StringComparer.Ordinal)
        )
        {
            if (symbol.Sum(fill => fill.Side == OrderSide.Buy ? fill.Quantity : -fill.Quantity) is >= 1 and var shares)
            {
                yield return new(Order.ManualOwner, symbol.Key, shares, "an order of a schedule bought them, and they are no strategy's");
            }
        }
    }
}
