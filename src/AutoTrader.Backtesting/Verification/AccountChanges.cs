using AutoTrader.Contracts;
using AutoTrader.Core.Market;
using AutoTrader.Core.Schedules;

namespace AutoTrader.Backtesting.Verification;

/// <summary>
/// What a person did to all strategies at once, and which differences it may explain: those of the time that it lasted. What a schedule did
/// the backtest does, too.
/// </summary>
internal sealed class AccountChanges
{
    private const string Limits = "set_risk_limits";
    private const string SwitchOn = "kill_switch_on";
    private const string SwitchOff = "kill_switch_off";

    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    // So long it takes until all is canceled, sold or placed anew.
    private static readonly TimeSpan Settling = TimeSpan.FromMinutes(5);

    private readonly List<Reach> _reaches;

    /// <summary>The changes among all that were made.</summary>
    /// <param name="changes">What was changed, by people and by schedules, oldest first; not what was refused.</param>
    public AccountChanges(IEnumerable<EventView> changes)
    {
        List<EventView> all = [.. changes];
        List<EventView> switches = [.. all.Where(it => it.Action is SwitchOn or SwitchOff)];
        _reaches = [.. all.Where(it => !IsOfSchedule(it)).Select(it => ReachOf(it, switches)).OfType<Reach>()];
    }

    /// <summary>Whether a schedule made a change.</summary>
    public static bool IsOfSchedule(EventView change) => change.By?.StartsWith(ScheduleRun.CallerPrefix, StringComparison.Ordinal) == true;

    /// <summary>The latest change that may explain a difference.</summary>
    /// <param name="at">When it shows (UTC).</param>
    /// <param name="isLoneBuy">Whether only one of both bought.</param>
    public EventView? Of(DateTimeOffset at, bool isLoneBuy) =>
        _reaches.LastOrDefault(it => it.From <= at && at <= it.To && (isLoneBuy || !it.OfBuys))?.Change;

    private static Reach? ReachOf(EventView change, List<EventView> switches)
    {
        var (from, to) = (change.At - Minute, Settled(change.At));
        return change.Action switch
        {
            SwitchOn => new(change, from, NextOff() is { } off ? Settled(off.At) : DateTimeOffset.MaxValue),
            // What was on when the first day began, the log tells by its end.
            SwitchOff when Before() is null => new(change, DateTimeOffset.MinValue, to),
            // The backtest goes on with what the schedule set, until a schedule sets or lifts it again.
            SwitchOff when Before() is { } set && IsOfSchedule(set) && set.Action == SwitchOn => new(
                change,
                from,
                switches.Find(it => it.At > change.At)?.At ?? DateTimeOffset.MaxValue
            ),
            SwitchOff or "flatten" => new(change, from, to),
            // The backtest has the limits of after it, from the first day on; limits only bar buys.
            Limits => new(change, DateTimeOffset.MinValue, change.At + Minute, OfBuys: true),
            "restore" or "rebuild" => new(change, from, DateTimeOffset.MaxValue),
            _ => null,
        };

        EventView? Before() => switches.FindLast(it => it.At < change.At);

        EventView? NextOff() => switches.Find(it => it.At > change.At && it.Action == SwitchOff && !IsOfSchedule(it));
    }

    // What is asked for while the market is closed is done at the next open.
    private static DateTimeOffset Settled(DateTimeOffset at) =>
        (TradingCalendar.Nyse.CurrentOrNext(at).Open is var open && open > at ? open : at) + Settling;

    private sealed record Reach(EventView Change, DateTimeOffset From, DateTimeOffset To, bool OfBuys = false);
}
