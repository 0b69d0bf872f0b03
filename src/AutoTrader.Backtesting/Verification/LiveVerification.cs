using System.Globalization;
using AutoTrader.Backtesting.Stored;
using AutoTrader.Contracts;
using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Schedules;

namespace AutoTrader.Backtesting.Verification;

/// <summary>Holds the past of a server against the backtest of the same days: order by order, run by run.</summary>
/// <remarks>
/// The backtest has the strategies and schedules as they are stored now. One that was made within the days begins when it was made. A
/// strategy that held shares before the first day is left out, since the API does not tell where its stop stood then.
/// </remarks>
public static class LiveVerification
{
    /// <summary>Compares.</summary>
    /// <param name="stored">What is stored on the server.</param>
    /// <param name="history">What happened there.</param>
    /// <param name="settings">Which days.</param>
    /// <param name="progress">Told after each session of the backtest.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <exception cref="BacktestRefusedException">The days or the data cannot be used.</exception>
    /// <exception cref="OperationCanceledException">It was canceled.</exception>
    public static async Task<VerificationResult> RunAsync(
        StoredTrading stored,
        LiveHistory history,
        VerificationSettings settings,
        IProgress<BacktestProgress>? progress = null,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(stored);
        ArgumentNullException.ThrowIfNull(history);
        ArgumentNullException.ThrowIfNull(settings);
        var last = TradingCalendar.Nyse.Sessions(settings.From, settings.To).LastOrDefault();
        if (last is null || last.Close > stored.Now)
        {
            throw new BacktestRefusedException(
                last is null
                    ? "The exchange has no session on these days."
                    : FormattableString.Invariant($"The session of {last.Day:yyyy-MM-dd} has not ended yet; give an earlier last day.")
            );
        }

        var (definitions, schedules) = stored.Read();
        var start = new OpeningState(stored, history, settings.From);
        var (strategies, begins, remarks) = start.Of(definitions);
        if (strategies.Count == 0)
        {
            throw new BacktestRefusedException(string.Join(' ', ["There is no strategy to compare.", .. remarks]));
        }

        var compared = strategies.Select(it => it.Id).ToHashSet(StringComparer.Ordinal);
        List<Schedule> played = [.. schedules.Where(it => it.Task.Target is not { } target || compared.Contains(target)).Select(start.Of)];
        var run = await Backtest.RunAsync(
            new()
            {
                Strategies = strategies,
                Schedules = [.. played, .. begins],
                Start = settings.From,
                End = settings.To,
                Market = settings.Market,
                Paper = new() { InitialCash = start.Cash, Fill = settings.Fill },
                Limits = stored.Limits,
                // One that was set since is a change, and told as such.
                KillSwitch = stored.KillSwitch is { } kill && kill.Since < start.First ? kill : null,
                AcceptData = true,
            },
            progress,
            cancellationToken: cancellationToken
        );
        if (run.Canceled)
        {
            throw new OperationCanceledException(cancellationToken);
        }

        return Compare(stored, history, settings, played, compared, run, [.. remarks, .. DataTrust.Warnings(run.Data)]);
    }

    private static VerificationResult Compare(
        StoredTrading stored,
        LiveHistory history,
        VerificationSettings settings,
        List<Schedule> schedules,
        HashSet<string> compared,
        BacktestRun run,
        IReadOnlyList<string> remarks
    )
    {
        List<RunView> allTestedRuns = [.. run.ScheduleRuns.Select(RunView.Of)];
        var finder = new CauseFinder(history, schedules, allTestedRuns, run.Prices, stored.Now);
        var firstFills = history
            .Fills.Where(fill => fill is { OrderId: not null, Kind: FillKind.Trade })
            .GroupBy(fill => fill.OrderId!, StringComparer.Ordinal)
            .ToDictionary(order => order.Key, order => order.Min(fill => fill.Timestamp), StringComparer.Ordinal);
        var testedFills = run
            .Fills.Where(fill => fill is { ClientOrderId: not null, Kind: FillKind.Trade })
            .GroupBy(fill => fill.ClientOrderId!, StringComparer.Ordinal)
            .ToDictionary(order => order.Key, order => order.Min(fill => fill.At), StringComparer.Ordinal);
        List<TracedOrder> live =
        [
            .. Sorted(history.Orders.Where(order => IsCompared(order.StrategyId) && IsInDays(order.CreatedAt)), firstFills),
        ];
        List<TracedOrder> tested = [.. Sorted(run.Orders.Select(OrderView.Of), testedFills)];
        var (differences, same) = (new List<Difference>(), 0);
        var first = new Dictionary<string, Difference>(StringComparer.Ordinal);
        foreach (var (one, other) in OrderPairs.Of(live, tested).OrderBy(pair => TracedOrder.Earlier(pair.Live, pair.Backtest)))
        {
            if (WhatDiffers(one, other) is not { } what)
            {
                same++;
                continue;
            }

            var subject = finder.SubjectOf((one ?? other)!.Order);
            var (cause, explanation, follows) = finder.Of(one, other, first.GetValueOrDefault(subject));
            var difference = new Difference(TracedOrder.Earlier(one, other), subject, what, cause, explanation, follows)
            {
                LiveOrder = one?.Order,
                BacktestOrder = other?.Order,
            };
            first.TryAdd(subject, difference);
            differences.Add(difference);
        }

        var ids = schedules.Select(schedule => schedule.Id).ToHashSet(StringComparer.Ordinal);
        List<RunView> liveRuns = [.. history.Runs.Where(it => ids.Contains(it.ScheduleId) && IsInDays(it.Planned))];
        List<RunView> testedRuns = [.. allTestedRuns.Where(it => ids.Contains(it.ScheduleId))];
        foreach (var key in liveRuns.Concat(testedRuns).Select(KeyOf).Distinct().Order())
        {
            var (one, other) = (liveRuns.Find(it => KeyOf(it) == key), testedRuns.Find(it => KeyOf(it) == key));
            if (one?.Status == other?.Status && one?.Code == other?.Code)
            {
                same++;
                continue;
            }

            var (cause, explanation) = finder.Of(one, other);
            differences.Add(
                new(key.Planned, key.ScheduleId, $"{Told(one)} on the server, {Told(other)} in the backtest", cause, explanation)
                {
                    LiveRun = one,
                    BacktestRun = other,
                }
            );
        }

        differences.Sort((one, other) => one.At.CompareTo(other.At));
        var causes = differences.GroupBy(it => it.Cause).OrderBy(it => it.Key).ToDictionary(it => it.Key, it => it.Count());
        var liveProfit = history
            .Fills.Where(fill => compared.Contains(fill.RuleId) && IsInDays(fill.Timestamp))
            .Sum(fill => fill.RealizedPnl - fill.Fee);
        var testedProfit = run.Fills.Where(fill => compared.Contains(fill.StrategyId)).Sum(fill => fill.RealizedPnl - fill.Fee);
        return new()
        {
            Account = stored.Account,
            From = settings.From,
            To = settings.To,
            Summary = string.Create(
                CultureInfo.InvariantCulture,
                $"{same} of {same + differences.Count} orders and runs are the same; {Told(causes)}. Realized "
                    + $"{liveProfit:+0.00;-0.00;0.00} on the server, {testedProfit:+0.00;-0.00;0.00} in the backtest."
            ),
            Same = same,
            Live = live.Count + liveRuns.Count,
            Backtest = tested.Count + testedRuns.Count,
            LiveProfit = liveProfit,
            BacktestProfit = testedProfit,
            Causes = causes,
            Differences = differences,
            Remarks = [.. remarks, .. run.Data.SelectMany(report => report.Remarks)],
            DataHash = run.DataHash,
        };

        bool IsCompared(string strategy) => strategy == Order.ManualOwner || compared.Contains(strategy);

        bool IsInDays(DateTimeOffset at) => TradingCalendar.Nyse.TradingDay(at) is var day && day >= settings.From && day <= settings.To;
    }

    private static IEnumerable<TracedOrder> Sorted(IEnumerable<OrderView> orders, Dictionary<string, DateTimeOffset> firstFills) =>
        orders
            .Select(order => new TracedOrder(order, firstFills.TryGetValue(order.Id, out var at) ? at : null))
            .OrderBy(order => order.At)
            .ThenBy(order => order.Order.Id, StringComparer.Ordinal);

    /// <summary>What differs between two orders, in a sentence; null when nothing does.</summary>
    private static string? WhatDiffers(TracedOrder? live, TracedOrder? backtest) =>
        (live, backtest) switch
        {
            ({ } one, null) => $"only the server has: {Told(one)}",
            (null, { } other) => $"only the backtest has: {Told(other)}",
            ({ } one, { } other) when IsSame(one, other) => null,
            var (one, other) => $"{Told(one!)} on the server; {Told(other!)} in the backtest",
        };

    // Ids and the broker's words differ by nature; seconds within a minute are below what bars tell.
    private static bool IsSame(TracedOrder one, TracedOrder other) =>
        (one.At - other.At).Duration() < TimeSpan.FromMinutes(1)
        && one.Order.Qty == other.Order.Qty
        && one.Terms == other.Terms
        && one.Order.FilledQty == other.Order.FilledQty
        && one.Order.FilledAvgPrice == other.Order.FilledAvgPrice
        && (one.FilledAt, other.FilledAt) switch
        {
            ({ } left, { } right) => (left - right).Duration() < TimeSpan.FromMinutes(1),
            (null, null) => true,
            _ => false,
        };

    private static string Told(TracedOrder it) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{WireNames.Of(it.Order.Role)} {WireNames.Of(it.Order.Side)} {it.Order.Qty:0.####} {it.Order.Symbol}{Terms(it)} at "
                + $"{it.At.UtcDateTime:yyyy-MM-dd HH:mm}, {Filled(it)}"
        );

    private static string Terms(TracedOrder it) =>
        string.Create(CultureInfo.InvariantCulture, $"{Price(" limit ", it.Terms.Limit)}{Price(" stop ", it.Terms.Stop)}");

    private static string Price(string name, decimal? price) =>
        price is { } known ? string.Create(CultureInfo.InvariantCulture, $"{name}{known:0.00##}") : "";

    private static string Filled(TracedOrder it) =>
        it.FilledAt is { } at
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"filled {it.Order.FilledQty:0.####} at {it.Order.FilledAvgPrice:0.00##} from {at.UtcDateTime:HH:mm}"
            )
            : WireNames.Of(it.Order.Status);

    private static string Told(RunView? run) =>
        run is null ? "no run"
        : run.Code is { } code ? $"{WireNames.Of(run.Status)} ({code})"
        : WireNames.Of(run.Status);

    private static string Told(Dictionary<DifferenceCause, int> causes) =>
        causes.Count == 0
            ? "nothing differs"
            : string.Join(
                ", ",
                causes.Select(it => string.Create(CultureInfo.InvariantCulture, $"{it.Value} differ by {WireNames.Of(it.Key)}"))
            );

    private static (DateTimeOffset Planned, string ScheduleId, string Cause) KeyOf(RunView run) => (run.Planned, run.ScheduleId, run.Cause);
}
