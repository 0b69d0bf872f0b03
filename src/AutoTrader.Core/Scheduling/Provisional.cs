#pragma warning disable
// Stand-ins for the records, rules and port that branch `scheduling` makes; its files take the place of this one at the merge.
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using AutoTrader.Core.Doors;
using AutoTrader.Core.Engine;
using AutoTrader.Core.Engine.Ports;
using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using Cronos;

namespace AutoTrader.Core.Scheduling
{
    public enum ScheduleAction { StrategyStart, StrategyStop, StrategyPause, StrategyResume, StrategyClose, OrderPlace, OrdersCancel, KillSwitchOn, KillSwitchOff, Notify }

    public enum RunStatus { Started, Fired, Skipped, Failed }

    public enum Misfire { FireOnce, Skip, CatchUp }

    public sealed record ScheduleTask(ScheduleAction Action)
    {
        public string? Target { get; init; }
        public string? Symbol { get; init; }
        public OrderTerms? Order { get; init; }
        public string? Message { get; init; }
        public string? Reason { get; init; }
    }

    public sealed record When(DateTimeOffset? At = null, string? Cron = null, string? Market = null);

    public sealed record Schedule
    {
        public required string Id { get; init; }
        public required ScheduleTask Task { get; init; }
        public required When When { get; init; }
        public Misfire? Misfire { get; init; }
        public TimeSpan? MisfireWindow { get; init; }
        public bool Enabled { get; init; } = true;
        public DateTimeOffset? LastRun { get; init; }
        public DateTimeOffset? NextRun { get; init; }
        public int RunCount { get; init; }
        public long Revision { get; init; }
        public DateTimeOffset CreatedAt { get; init; }
        public DateTimeOffset UpdatedAt { get; init; }
        public string? Note { get; init; }
    }

    public sealed record ScheduleRun
    {
        public const string Scheduled = "scheduled";
        public required string ScheduleId { get; init; }
        public required DateTimeOffset Planned { get; init; }
        public required string Cause { get; init; }
        public required ScheduleTask Task { get; init; }
        public required RunStatus Status { get; init; }
        public DateTimeOffset? Latest { get; init; }
        public DateTimeOffset StartedAt { get; init; }
        public DateTimeOffset? EndedAt { get; init; }
        public string? Code { get; init; }
        public string? Outcome { get; init; }
        public TimeSpan Lateness => StartedAt - Planned;
        public string Occurrence => FormattableString.Invariant($"{Planned.UtcDateTime:yyyyMMdd'T'HHmmssfffffff}.{ScheduleId}.{Cause}");
    }

    public static class Occurrences
    {
        public static DateTimeOffset? Next(Schedule schedule, DateTimeOffset after)
        {
            var when = schedule.When;
            if (when.At is { } at) return at > after ? at : null;
            if (when.Cron is { } cron) return CronExpression.Parse(cron, cron.Split(' ').Length == 6 ? CronFormat.IncludeSeconds : CronFormat.Standard).GetNextOccurrence(after, TradingCalendar.Nyse.NewYork)?.ToUniversalTime();
            var match = Regex.Match(when.Market!, "^(open|close)([+-][0-9]+)m$");
            var offset = TimeSpan.FromMinutes(int.Parse(match.Groups[2].Value, System.Globalization.CultureInfo.InvariantCulture));
            for (var session = TradingCalendar.Nyse.CurrentOrNext(after.AddDays(-1)); ; session = TradingCalendar.Nyse.NextSession(session.Open))
            {
                var instant = (match.Groups[1].Value == "open" ? session.Open : session.Close) + offset;
                if (instant > after) return instant;
            }
        }
    }

    public static class MisfireRules
    {
        private static readonly TimeSpan OnTime = TimeSpan.FromSeconds(5);

        public static int Urgency(this ScheduleAction action) => action switch
        {
            ScheduleAction.KillSwitchOn => 0, ScheduleAction.StrategyClose => 1, ScheduleAction.StrategyStop => 2, ScheduleAction.StrategyPause => 3, ScheduleAction.OrdersCancel => 4,
            ScheduleAction.Notify => 5, ScheduleAction.KillSwitchOff => 6, ScheduleAction.StrategyResume => 7, ScheduleAction.StrategyStart => 8, _ => 9,
        };

        public static Misfire PolicyOf(Schedule schedule) => schedule.Misfire ?? (schedule.Task.Action == ScheduleAction.OrderPlace ? Misfire.Skip : Misfire.FireOnce);

        public static DateTimeOffset? LatestOf(Schedule schedule, DateTimeOffset planned) => schedule.MisfireWindow is { } window ? planned + window : schedule.Task.Action switch
        {
            ScheduleAction.StrategyStart => TradingCalendar.Nyse.CurrentOrNext(planned).Close,
            ScheduleAction.StrategyResume or ScheduleAction.KillSwitchOff => planned.AddMinutes(5),
            ScheduleAction.OrderPlace => planned.AddMinutes(1),
            ScheduleAction.Notify => planned.AddHours(1),
            _ => null,
        };

        /// <summary>Why an occurrence is passed over; null when it fires.</summary>
        public static string? SkipReason(Schedule schedule, DateTimeOffset planned, bool isLatest, DateTimeOffset now)
        {
            if (now - planned <= OnTime && isLatest) return null;
            if (now > LatestOf(schedule, planned)) return "too_late";
            return PolicyOf(schedule) switch
            {
                Misfire.CatchUp => null,
                Misfire.FireOnce => isLatest ? null : "missed",
                _ => schedule.Task.Action == ScheduleAction.OrderPlace && schedule.Misfire is null && isLatest ? null : "missed",
            };
        }
    }

    public static class ScheduleRules
    {
        public static bool IsValidId(string id) => Regex.IsMatch(id, "^[A-Za-z0-9_-]{1,50}$");
        public static string NewId() => RandomNumberGenerator.GetHexString(8, lowercase: true);
        public static void Require(Schedule schedule)
        {
            if (!IsValidId(schedule.Id)) throw new RefusedException(Refusal.Invalid, "INVALID_SCHEDULE", "An id is 1 to 50 of A-Z a-z 0-9 _ -.");
        }
        public static Schedule Planned(Schedule schedule, DateTimeOffset now) => schedule with
        {
            NextRun = Occurrences.Next(schedule, now) ?? throw new RefusedException(Refusal.Invalid, "INVALID_SCHEDULE_TIME", "The schedule has no occurrence after now."),
        };
        public static Schedule Replanned(Schedule before, Schedule after, DateTimeOffset now) =>
            after.When == before.When && after.Enabled == before.Enabled ? after : after with { NextRun = Occurrences.Next(after, now) };
        public static Dictionary<string, string?> Definition(Schedule schedule) => new(StringComparer.Ordinal) { ["task_type"] = Words.Of(schedule.Task.Action), ["target"] = schedule.Task.Target };
    }
}

namespace AutoTrader.Core.Engine.Ports
{
    using AutoTrader.Core.Scheduling;

    public sealed record ScheduleWrite(string RowKey, object? Record, RowVersion? Expected)
    {
        public static ScheduleWrite Of(Schedule s, RowVersion? v) => new("schedule|" + s.Id, s, v);
        public static ScheduleWrite Of(ScheduleRun r, RowVersion? v) => new(Key(r.ScheduleId, r.Planned, r.Cause), r, v);
        public static ScheduleWrite Delete(string id, RowVersion v) => new("schedule|" + id, null, v);
        public static string Key(string id, DateTimeOffset planned, string cause) => FormattableString.Invariant($"run|{id}|{DateTimeOffset.MaxValue.UtcTicks - planned.UtcTicks:D19}|{cause}");
    }

    public interface IScheduleStore
    {
        Task<Row<Schedule>?> ReadAsync(string id, CancellationToken cancellationToken);
        Task<Page<Row<Schedule>>> ListAsync(int pageSize, string? continuation, CancellationToken cancellationToken);
        Task<CommitResult> CommitAsync(string id, IReadOnlyList<ScheduleWrite> group, CancellationToken cancellationToken);
        Task<Row<ScheduleRun>?> ReadRunAsync(string id, DateTimeOffset planned, string cause, CancellationToken cancellationToken);
        Task<Page<Row<ScheduleRun>>> ListRunsAsync(string id, int pageSize, string? continuation, CancellationToken cancellationToken);
        Task<Page<Row<ScheduleRun>>> ListOpenRunsAsync(int pageSize, string? continuation, CancellationToken cancellationToken);
        Task PruneRunsAsync(DateTimeOffset before, CancellationToken cancellationToken);
    }
}
