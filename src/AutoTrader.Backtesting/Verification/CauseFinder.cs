using AutoTrader.Contracts;
using AutoTrader.Core;
using AutoTrader.Core.Application.Reports;
using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Schedules;

namespace AutoTrader.Backtesting.Verification;

/// <summary>
/// Finds why the past and its backtest differ, by what the server logged and by the recorded bars. What can be shown of a difference itself
/// goes before what follows from an earlier one, and that before what the two orders only suggest.
/// </summary>
internal sealed class CauseFinder
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    // A late run, and what a cycle that was late for as long would have done.
    private static readonly TimeSpan Late = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Around = TimeSpan.FromMinutes(5);

    private readonly IReadOnlyDictionary<string, IReadOnlyList<Bar>> _prices;
    private readonly List<EventView> _changes;
    private readonly AccountChanges _account;
    private readonly Outages _outages;
    private readonly IReadOnlyList<RunView> _runs;
    private readonly Dictionary<string, RunView> _runOf;
    private readonly ILookup<string?, string> _placedBy;
    private readonly ILookup<string, string> _schedulesOf;
    private readonly string? _version;

    /// <summary>A finder for one comparison.</summary>
    /// <param name="history">What the server logged.</param>
    /// <param name="schedules">The schedules, which may be about a strategy.</param>
    /// <param name="tested">The runs of schedules in the backtest.</param>
    /// <param name="prices">The recorded bars by symbol, in order.</param>
    /// <param name="now">The server's time (UTC).</param>
    public CauseFinder(
        LiveHistory history,
        IEnumerable<Schedule> schedules,
        IEnumerable<RunView> tested,
        IReadOnlyDictionary<string, IReadOnlyList<Bar>> prices,
        DateTimeOffset now
    )
    {
        _prices = prices;
        _changes = [.. history.Changes.Where(it => it.By is not null && !AccountChanges.IsOfSchedule(it))];
        _account = new(history.Changes.Where(it => it.By is not null));
        _outages = new(history.Samples, history.Events.Where(it => it.Kind == EventKind.Engine).Select(it => it.At), now);
        _runs = history.Runs;
        _runOf = history
            .Runs.Concat(tested)
            .GroupBy(run => ClientOrderIds.ForManual(ScheduleRun.CallerPrefix + run.ScheduleId, run.Occurrence), StringComparer.Ordinal)
            .ToDictionary(order => order.Key, order => order.First(), StringComparer.Ordinal);
        _placedBy = history
            .Changes.Where(AccountChanges.IsOfSchedule)
            .ToLookup(it => it.Subject, it => it.By![ScheduleRun.CallerPrefix.Length..], StringComparer.Ordinal);
        _schedulesOf = schedules
            .Where(it => it.Task.Target is not null)
            .ToLookup(it => it.Task.Target!, it => it.Id, StringComparer.Ordinal);
        // Both of one release, whatever commits they were built from.
        _version = history.Version?.Split('+')[0];
    }

    /// <summary>Whose order it is: the strategy, or the schedule that placed it; <c>manual</c> for a person.</summary>
    public string SubjectOf(OrderView order) =>
        order.StrategyId != Order.ManualOwner ? order.StrategyId
        : _runOf.TryGetValue(order.Id, out var run) ? run.ScheduleId
        : Order.ManualOwner;

    /// <summary>The cause of a difference between two orders, one of which may be missing.</summary>
    /// <param name="live">The order of the server.</param>
    /// <param name="backtest">The order of the backtest.</param>
    /// <param name="earlier">The first difference of the strategy, or of the schedule that placed them; null when this is it.</param>
    public (DifferenceCause Cause, string Explanation, bool Follows) Of(TracedOrder? live, TracedOrder? backtest, Difference? earlier)
    {
        var (order, at) = ((live ?? backtest)!.Order, TracedOrder.Earlier(live, backtest));
        if (order.StrategyId == Order.ManualOwner && WhoPlaced(order) is { } person)
        {
            return (DifferenceCause.Manual, person, false);
        }

        if (live is not null && Unrecorded(live) is { } price)
        {
            return (DifferenceCause.Data, price, false);
        }

        if (OutageAt(live?.At, backtest?.At) is { } outage)
        {
            return (DifferenceCause.Outage, outage, false);
        }

        if (ChangeOf(order, at, isLone: live is null || backtest is null) is { } change)
        {
            return (DifferenceCause.Manual, $"{change.By} at {Shown(change.At)}: {change.Message}", false);
        }

        if (earlier is not null)
        {
            return (earlier.Cause, $"it follows from what differs at {Shown(earlier.At)}", true);
        }

        return (live, backtest) switch
        {
            ({ } one, { } other) when (one.At - other.At).Duration() >= Minute => (
                DifferenceCause.Timing,
                FormattableString.Invariant($"the server decided it {Distance(one.At - other.At)} the backtest"),
                false
            ),
            ({ } one, { } other) when one.Terms == other.Terms && one.Order.Qty == other.Order.Qty => (
                DifferenceCause.Fill,
                "the same order, decided in the same minute, filled otherwise",
                false
            ),
            _ when OtherVersion is { } versions => (DifferenceCause.Version, versions, false),
            _ => (DifferenceCause.Unknown, "nothing that the server logged and no recorded bar shows it", false),
        };
    }

    /// <summary>The cause of a difference between two runs of a schedule, one of which may be missing.</summary>
    public (DifferenceCause Cause, string Explanation) Of(RunView? live, RunView? backtest)
    {
        var run = (live ?? backtest)!;
        if (live is not null && live.Cause != ScheduleRun.Scheduled)
        {
            return (DifferenceCause.Manual, "a person triggered it");
        }

        if (_changes.LastOrDefault(it => it.Subject == run.ScheduleId && it.At <= run.Planned + Around && !IsMaking(it)) is { } change)
        {
            return (DifferenceCause.Manual, $"{change.By} at {Shown(change.At)}: {change.Message}");
        }

        return OutageAt(run.Planned, run.Planned) is { } outage ? (DifferenceCause.Outage, outage)
            : OtherVersion is { } versions ? (DifferenceCause.Version, versions)
            : (DifferenceCause.Unknown, "nothing that the server logged shows it");
    }

    /// <summary>That the server is of another version than this program; null when it is not, or is not known to be.</summary>
    private string? OtherVersion =>
        _version is not null && _version != AppVersion.Current ? $"the server is {_version}, and this program {AppVersion.Current}" : null;

    // Null for an order that a schedule of both placed by itself.
    private string? WhoPlaced(OrderView order) =>
        _runOf.TryGetValue(order.Id, out var run)
            ? run.Cause == ScheduleRun.Scheduled
                ? null
                : $"a person triggered the schedule {run.ScheduleId}"
            : _placedBy[order.Id].FirstOrDefault() is { } schedule
                ? $"the schedule {schedule}, which is not there any more, placed it"
                : "a person placed it";

    private EventView? ChangeOf(OrderView order, DateTimeOffset at, bool isLone)
    {
        var subject = SubjectOf(order);
        return _changes.LastOrDefault(it =>
            it.At <= at + Minute
            && (
                it.Subject == subject
                || it.Subject == order.Id
                || (it.Subject is { } schedule && _schedulesOf[subject].Contains(schedule, StringComparer.Ordinal))
                || it.Subject?.StartsWith($"at-{subject}-", StringComparison.Ordinal) == true
                || (it.Subject == order.Symbol && it.Action == "release_hold")
            )
            && !IsMaking(it)
        ) ?? _account.Of(at, isLone && order.Side == OrderSide.Buy);
    }

    // A strategy or schedule that was made begins then in the backtest, too.
    private static bool IsMaking(EventView change) => change.Action is "create_strategy" or "create_schedule";

    /// <summary>That the server's price of a fill is none of the recorded ones of that time.</summary>
    private string? Unrecorded(TracedOrder live)
    {
        if (live is not { FilledAt: { } at, Order: { FilledAvgPrice: { } price, Symbol: var symbol } })
        {
            return null;
        }

        if (!_prices.TryGetValue(symbol, out var bars))
        {
            return $"there are no recorded bars of {symbol}";
        }

        // A bar is known at its end, and an execution inside it may carry either edge.
        List<Bar> near = [.. bars.Where(bar => bar.Start <= at && bar.End >= at)];
        return near.Count == 0 ? FormattableString.Invariant($"there is no recorded bar of {symbol} at {Shown(at)}")
            : price < near.Min(bar => bar.Low) || price > near.Max(bar => bar.High)
                ? FormattableString.Invariant(
                    $"it filled at {price:0.00##}; the recorded prices of that minute are {near.Min(bar => bar.Low):0.00##} "
                ) + FormattableString.Invariant($"to {near.Max(bar => bar.High):0.00##}")
            : null;
    }

    private string? OutageAt(DateTimeOffset? live, DateTimeOffset? backtest)
    {
        var at = backtest ?? live!.Value;
        if (_runs.FirstOrDefault(run => IsLate(run) && at >= run.Planned - Around && at <= run.StartedAt + Around) is { } late)
        {
            return FormattableString.Invariant(
                $"the schedule {late.ScheduleId} of {Shown(late.Planned)} ran {late.LatenessSeconds:0} s late"
            );
        }

        return _outages.At(at) is { } outage
            ? FormattableString.Invariant($"no cycle of the server came to its end from {Shown(outage.From)} to {Shown(outage.To)}")
            : null;
    }

    private static bool IsLate(RunView run) =>
        run.Cause == ScheduleRun.Scheduled && run.LatenessSeconds >= (decimal)Late.TotalSeconds && run.Code != ScheduleRun.NoOp;

    private static string Distance(TimeSpan late) =>
        FormattableString.Invariant($"{late.Duration().TotalMinutes:0.#} minutes {(late > TimeSpan.Zero ? "after" : "before")}");

    private static string Shown(DateTimeOffset at) => FormattableString.Invariant($"{at.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC");
}
