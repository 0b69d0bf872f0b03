using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;

namespace AutoTrader.Core.Schedules;

/// <summary>What happens to occurrences that were missed, because nothing ran.</summary>
public enum Misfire
{
    /// <summary>The latest is carried out, the others are skipped.</summary>
    FireOnce,

    /// <summary>All are skipped except one that is barely late.</summary>
    Skip,

    /// <summary>All are carried out, oldest first.</summary>
    CatchUp,
}

/// <summary>
/// Which late occurrences are carried out (docs/architecture.md, "Misfires"). The defaults depend on the cost of lateness: risk-reducing
/// actions run however late, risk-taking ones only while they still make sense.
/// </summary>
public static class MisfireRules
{
    /// <summary>An occurrence that starts within this time counts as punctual.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan ResumeWithin = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan NotifyWithin = TimeSpan.FromHours(1);

    // The broker takes no more auction orders from then on (the cut-offs of the exchange as the broker applies them).
    private static readonly TimeSpan OpeningCutoff = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan ClosingCutoff = TimeSpan.FromMinutes(10);

    /// <summary>The order in which tasks of one instant are carried out, lowest first: what reduces risk before what takes it.</summary>
    public static int Urgency(this ScheduleAction action) =>
        action switch
        {
            ScheduleAction.KillSwitchOn => 0,
            ScheduleAction.StrategyClose => 1,
            ScheduleAction.StrategyStop => 2,
            ScheduleAction.StrategyPause => 3,
            ScheduleAction.OrdersCancel => 4,
            ScheduleAction.Notify => 5,
            ScheduleAction.KillSwitchOff => 6,
            ScheduleAction.StrategyResume => 7,
            ScheduleAction.StrategyStart => 8,
            _ => 9,
        };

    /// <summary>The policy in force: the schedule's, else the action's.</summary>
    public static Misfire PolicyOf(Schedule schedule)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        return schedule.Misfire ?? (schedule.Task.Action == ScheduleAction.OrderPlace ? Misfire.Skip : Misfire.FireOnce);
    }

    /// <summary>Until when (UTC) an occurrence may be carried out; null for however late.</summary>
    public static DateTimeOffset? LatestOf(Schedule schedule, DateTimeOffset planned)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        return schedule switch
        {
            { MisfireWindow: { } window } => window == Timeout.InfiniteTimeSpan ? null : planned + window,
            { Task: { Action: ScheduleAction.OrderPlace, Order.TimeInForce: TimeInForce.Opg } } => Cutoff(planned, session =>
                session.Open - OpeningCutoff
            ),
            { Task: { Action: ScheduleAction.OrderPlace, Order.TimeInForce: TimeInForce.Cls } } => Cutoff(planned, session =>
                session.Close - ClosingCutoff
            ),
            { Misfire: Misfire.Skip } => planned + Grace,
            _ => schedule.Task.Action switch
            {
                ScheduleAction.StrategyStart => Cutoff(planned, session => session.Close),
                ScheduleAction.StrategyResume or ScheduleAction.KillSwitchOff => planned + ResumeWithin,
                ScheduleAction.OrderPlace => planned + Grace,
                ScheduleAction.Notify => planned + NotifyWithin,
                _ => null,
            },
        };
    }

    /// <summary>Why an occurrence is passed over; null when it is carried out.</summary>
    /// <param name="schedule">The schedule.</param>
    /// <param name="planned">The occurrence (UTC).</param>
    /// <param name="isLatest">Whether no later one is due by now.</param>
    /// <param name="now">Business time (UTC).</param>
    public static string? SkipReason(Schedule schedule, DateTimeOffset planned, bool isLatest, DateTimeOffset now) =>
        now > LatestOf(schedule, planned) ? "too_late"
        : isLatest || PolicyOf(schedule) == Misfire.CatchUp ? null
        : "missed";

    // The first such instant of a session that is not before the occurrence.
    private static DateTimeOffset? Cutoff(DateTimeOffset planned, Func<Session, DateTimeOffset> of)
    {
        for (var session = TradingCalendar.Nyse.CurrentOrNext(planned); ; session = TradingCalendar.Nyse.NextSession(session.Open))
        {
            if (of(session) >= planned)
            {
                return of(session);
            }
        }
    }
}
