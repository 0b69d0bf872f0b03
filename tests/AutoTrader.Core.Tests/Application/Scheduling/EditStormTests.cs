using AutoTrader.Core.Application;
using AutoTrader.Core.Schedules;
using AutoTrader.Testing;
using CsCheck;

namespace AutoTrader.Core.Tests.Application.Scheduling;

/// <summary>A thousand random edits while the clock jumps and wake-ups come late, twice or for plans that are long gone: the history is
/// that of a small model. Two such storms with every push, six in the long form (<see cref="LongForm"/>).</summary>
public class EditStormTests
{
    private const int Edits = 1000;
    private const int CheckEach = 50;

    private static readonly string[] Ids = ["a", "b", "c"];

    private enum Kind
    {
        Create,
        Patch,
        PatchPolicy,
        Pause,
        Resume,
        Delete,
        Trigger,
        Wake,
        WakeStale,
        Sweep,
    }

    // Seconds are how far the clock jumps before the step: mostly little, at times over many occurrences.
    private static readonly Gen<Step> AnyStep =
        from kind in Gen.Enum<Kind>()
        from id in Gen.Int[0, Ids.Length - 1].Select(number => Ids[number])
        from seconds in Gen.Frequency((3, Gen.Int[0, 5]), (4, Gen.Int[1, 900]), (1, Gen.Int[900, 20_000]))
        from every in StrategyGen.Pick(5, 10, 15, 30)
        from at in Gen.Int[-14_400, 7200].Select(it => it > 0 ? it : (int?)null)
        from misfire in StrategyGen.Pick<Misfire?>(null, Misfire.FireOnce, Misfire.Skip, Misfire.CatchUp)
        from window in StrategyGen
            .Pick<int?>(null, 30, 600, 7200)
            .Select(it => it is { } length ? TimeSpan.FromSeconds(length) : (TimeSpan?)null)
        select new Step(kind, id, TimeSpan.FromSeconds(seconds), every, at, misfire, window);

    [Fact]
    public void The_history_is_that_of_the_model() =>
        AnyStep.Array[Edits].Sample(steps => RunAsync(steps).GetAwaiter().GetResult(), iter: LongForm.Of(2, 6), threads: 1);

    private static async Task RunAsync(Step[] steps)
    {
        var (schedules, model, plans) = (new ScheduleHarness(), new Model(), new List<(string Id, PlannedOccurrence Plan)>());
        for (var number = 0; number < steps.Length; number++)
        {
            var step = steps[number];
            schedules.Advance(step.Jump);
            var isRefused = false;
            try
            {
                await DoAsync(schedules, model, plans, step, number);
            }
            catch (RefusedException)
            {
                isRefused = true;
            }

            isRefused.ShouldBe(model.IsRefused, $"step {number}: {step}");
            if (number % CheckEach == CheckEach - 1)
            {
                schedules
                    .Store.Runs.Select(Line)
                    .Order(StringComparer.Ordinal)
                    .ShouldBe(model.Runs.Order(StringComparer.Ordinal), $"step {number}: {step}");
            }

            foreach (var id in Ids.Where(model.Has))
            {
                schedules.Store.Schedule(id).NextRun.ShouldBe(model.NextOf(id), $"step {number}: {step}");
            }
        }

        schedules
            .Messages.Order(StringComparer.Ordinal)
            .ShouldBe(
                schedules.Store.Runs.Where(run => run.Status == RunStatus.Fired).Select(run => run.Occurrence).Order(StringComparer.Ordinal)
            );
    }

    private static string Line(ScheduleRun run) =>
        $"{run.ScheduleId} {run.Planned.UtcDateTime:O} {run.Cause == ScheduleRun.Scheduled} "
        + $"{(run.Status == RunStatus.Fired ? "fired" : run.Code)} at {run.StartedAt.UtcDateTime:O}";

    private static async Task DoAsync(
        ScheduleHarness schedules,
        Model model,
        List<(string Id, PlannedOccurrence Plan)> plans,
        Step step,
        int number
    )
    {
        var (id, now, service, none) = (step.Id, schedules.Now, schedules.Service, CancellationToken.None);
        var when = step.At is { } seconds
            ? new ScheduleSpec { At = now.AddSeconds(seconds) }
            : new ScheduleSpec { Cron = $"*/{step.Every} * * * *", Zone = "UTC" };
        Task Change(Func<Schedule, Schedule> change) => service.ChangeAsync(id, change, null, "test", "test", none);
        model.IsRefused = step.Kind is Kind.Create ? model.Has(id) : step.Kind < Kind.Wake && !model.Has(id);
        if (!model.IsRefused)
        {
            model.Do(step, now);
        }

        switch (step.Kind)
        {
            case Kind.Create:
                await service.CreateAsync(
                    new()
                    {
                        Id = id,
                        Task = new(ScheduleAction.Notify) { Message = "hello" },
                        Spec = when,
                        Misfire = step.Misfire,
                        MisfireWindow = step.Window,
                    },
                    "test",
                    none
                );
                break;
            case Kind.Patch:
                await Change(schedule => schedule with { Spec = when });
                break;
            case Kind.PatchPolicy:
                await Change(schedule => schedule with { Misfire = step.Misfire, MisfireWindow = step.Window });
                break;
            case Kind.Pause or Kind.Resume:
                await Change(schedule => schedule with { Enabled = step.Kind == Kind.Resume });
                break;
            case Kind.Delete:
                await service.DeleteAsync(id, null, "test", none);
                break;
            case Kind.Trigger:
                await service.TriggerAsync(id, new("me", $"key-{number}"), null, none);
                await service.TriggerAsync(id, new("me", $"key-{number}"), null, none);
                break;
            case Kind.Wake:
                await schedules.WakeAsync(id);
                break;
            case Kind.WakeStale:
                foreach (var (of, plan) in plans.Where(it => it.Plan.Planned <= now).ToList())
                {
                    model.Wake(of, plan.Planned, plan.Revision, now);
                    await schedules.Dispatcher.DispatchAsync(of, plan.Planned, plan.Revision, none);
                    plans.Remove((of, plan));
                }

                break;
            default:
                await schedules.SweepAsync();
                break;
        }

        if (await schedules.Planner.PlanAsync(id, none) is { } next)
        {
            plans.Add((id, next));
        }
    }

    private sealed record Step(Kind Kind, string Id, TimeSpan Jump, int Every, int? At, Misfire? Misfire, TimeSpan? Window);

    // One schedule of the model: due at an instant, or every so many minutes.
    private sealed class Entry
    {
        public DateTimeOffset? At { get; set; }

        public int Every { get; set; }

        public Misfire? Misfire { get; set; }

        public TimeSpan? Window { get; set; }

        public bool Enabled { get; set; } = true;

        public long Revision { get; set; } = 1;

        public DateTimeOffset? Next { get; set; }

        public DateTimeOffset? After(DateTimeOffset instant) =>
            At is { } at
                ? at > instant
                    ? at
                    : null
                : instant.AddTicks(-(instant.UtcTicks % TimeSpan.FromMinutes(Every).Ticks)).AddMinutes(Every);
    }

    private sealed class Model
    {
        // As the sweeper waits, and as the defaults of a notification are.
        private static readonly TimeSpan SweptAfter = TimeSpan.FromSeconds(25);
        private static readonly TimeSpan HardlyLate = TimeSpan.FromMinutes(1);
        private static readonly TimeSpan NotifyWithin = TimeSpan.FromHours(1);

        private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);

        public List<string> Runs { get; } = [];

        public bool IsRefused { get; set; }

        public bool Has(string id) => _entries.ContainsKey(id);

        public DateTimeOffset? NextOf(string id) => _entries[id].Next;

        public void Wake(string id, DateTimeOffset planned, long revision, DateTimeOffset now)
        {
            if (_entries.TryGetValue(id, out var entry) && entry.Revision == revision && entry.Next == planned)
            {
                Settle(id, entry, now);
            }
        }

        public void Do(Step step, DateTimeOffset now)
        {
            var entry = _entries.GetValueOrDefault(step.Id);
            switch (step.Kind)
            {
                case Kind.Create:
                    entry = _entries[step.Id] = new() { Misfire = step.Misfire, Window = step.Window };
                    Plan(entry, step, now);
                    break;
                case Kind.Trigger:
                    Runs.Add($"{step.Id} {now.UtcDateTime:O} False fired at {now.UtcDateTime:O}");
                    break;
                case Kind.Wake when entry is not null:
                    Settle(step.Id, entry, now);
                    break;
                case Kind.Sweep:
                    foreach (var (id, due) in _entries.Where(it => it.Value.Next <= now - SweptAfter))
                    {
                        Settle(id, due, now);
                    }

                    break;
                case Kind.Delete:
                    Settle(step.Id, entry!, now);
                    _entries.Remove(step.Id);
                    break;
                case Kind.Patch or Kind.PatchPolicy or Kind.Pause or Kind.Resume:
                    Settle(step.Id, entry!, now);
                    Change(entry!, step, now);
                    break;
                default:
                    break;
            }
        }

        private static void Plan(Entry entry, Step step, DateTimeOffset now)
        {
            (entry.At, entry.Every) = step.At is { } seconds ? (now.AddSeconds(seconds), 0) : ((DateTimeOffset?)null, step.Every);
            entry.Next = entry.Enabled ? entry.After(now) : null;
        }

        private static void Change(Entry entry, Step step, DateTimeOffset now)
        {
            var before = (entry.At, entry.Every, entry.Misfire, entry.Window, entry.Enabled);
            switch (step.Kind)
            {
                case Kind.Patch when step.At is not null || entry.At is not null || entry.Every != step.Every:
                    Plan(entry, step, now);
                    break;
                case Kind.PatchPolicy:
                    (entry.Misfire, entry.Window) = (step.Misfire, step.Window);
                    break;
                case Kind.Pause:
                    (entry.Enabled, entry.Next) = (false, null);
                    break;
                case Kind.Resume when !entry.Enabled:
                    (entry.Enabled, entry.Next) = (true, entry.After(now));
                    break;
                default:
                    break;
            }

            entry.Revision += before == (entry.At, entry.Every, entry.Misfire, entry.Window, entry.Enabled) ? 0 : 1;
        }

        private void Settle(string id, Entry entry, DateTimeOffset now)
        {
            while (entry.Next is { } planned && planned <= now)
            {
                entry.Next = entry.After(planned);
                var window = entry.Window ?? (entry.Misfire == Misfire.Skip ? HardlyLate : NotifyWithin);
                var end =
                    now > planned + window ? "too_late"
                    : entry.Next <= now && entry.Misfire != Misfire.CatchUp ? "missed"
                    : "fired";
                Runs.Add($"{id} {planned.UtcDateTime:O} True {end} at {now.UtcDateTime:O}");
            }
        }
    }
}
