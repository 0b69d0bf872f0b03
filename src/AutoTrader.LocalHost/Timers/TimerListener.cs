using AutoTrader.LocalHost.Functions;
using AutoTrader.LocalHost.Storage;
using AutoTrader.LocalHost.Time;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;

namespace AutoTrader.LocalHost.Timers;

/// <summary>
/// Runs one timer function as the host's timer listener does: while it runs it is not due; <c>Next</c> counts from the start of an
/// invocation; ticks missed while no listener ran become one past-due invocation.
/// </summary>
internal sealed partial class TimerListener(
    FunctionDescriptor function,
    TimerSchedule schedule,
    string scope,
    IRuntimeStorage storage,
    IWorkClock clock,
    RunningWork work,
    FunctionInvoker invoker,
    ILogger logger
) : IDueWork
{
    private readonly Lock _gate = new();
    private TimerStatus? _status;
    private bool _monitored;
    private bool _listening;
    private bool _running;
    private Startup _startup;
    private DateTimeOffset _started;

    private enum Startup
    {
        None,
        PastDue,
        Requested,
    }

    public FunctionDescriptor Function => function;

    public DateTimeOffset? NextDue
    {
        get
        {
            lock (_gate)
            {
                return !_listening || _running || _status is null ? null
                    : _startup != Startup.None ? _started
                    : new DateTimeOffset(_status.Next, TimeSpan.Zero);
            }
        }
    }

    // Virtual time never skips a tick: the replay's position gives the next one, which saves three requests a minute.
    private bool IsKept => clock is not VirtualClock || storage.Services is null;

    private TimerTriggerAttribute Trigger => (TimerTriggerAttribute)function.Trigger;

    /// <summary>Reads what happened last and begins to listen. To be called by the only listener of this timer across hosts.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var started = clock.Time.GetUtcNow();
        var now = started.UtcDateTime;
        var monitored = Trigger.UseMonitor && !schedule.IsMoreOftenThanEachMinute(now);
        var status = monitored && IsKept ? await storage.ReadTimerAsync(scope, function.Name, cancellationToken) : null;
        if (monitored && IsKept && Recorded(status, now) is var recorded && recorded != status)
        {
            await storage.WriteTimerAsync(scope, function.Name, recorded, cancellationToken);
            // The host writes the first status down with the instant, but shows the function that it never ran.
            status = status is null ? null : recorded;
        }

        status ??= new TimerStatus(default, schedule.Next(now), default);
        lock (_gate)
        {
            _monitored = monitored;
            _status = status;
            _started = started;
            _startup =
                now > status.Next ? Startup.PastDue
                : Trigger.RunOnStartup ? Startup.Requested
                : Startup.None;
            _listening = true;
        }

        if (now > status.Next)
        {
            LogPastDue(logger, function.Name, status.Next);
        }
        LogListening(logger, function.Name, status.Next);
        clock.Wake();
    }

    /// <summary>Starts no more invocations; a running one continues.</summary>
    public void Stop()
    {
        lock (_gate)
        {
            _listening = false;
        }
    }

    /// <summary>Stops as if the process had been killed: a running invocation leaves no record of its end.</summary>
    public void Abandon()
    {
        lock (_gate)
        {
            _listening = false;
            _monitored = false;
        }
    }

    public void ReleaseNext(DateTimeOffset now)
    {
        Startup startup;
        TimerStatus status;
        lock (_gate)
        {
            if (!_listening || _running || _status is null)
            {
                return;
            }
            (startup, status) = (_startup, _status);
            _startup = Startup.None;
            _running = true;
        }

        var item = work.Begin(function.Name);
        _ = Task.Run(() => RunAsync(item, startup, status, now.UtcDateTime));
    }

    /// <summary>Runs it once now, in addition to its schedule, as the host's admin endpoint does.</summary>
    public async Task RunNowAsync(WorkItem item)
    {
        item.Enter();
        var status = _monitored ? _status : null;
        await InvokeAsync(
            new TimerInfo { ScheduleStatus = ToScheduleStatus(status) },
            "This function was programmatically called via the host APIs."
        );
    }

    private static ScheduleStatus? ToScheduleStatus(TimerStatus? status) =>
        status is null
            ? null
            : new ScheduleStatus
            {
                Last = status.Last,
                Next = status.Next,
                LastUpdated = status.LastUpdated,
            };

    // The host's rule: if the recorded next run differs from the one the schedule gives, the schedule was edited, and its history is void.
    private TimerStatus Recorded(TimerStatus? status, DateTime now)
    {
        if (status is null)
        {
            return new TimerStatus(default, schedule.Next(now), now);
        }
        var basis =
            status.Last != default ? status.Last
            : status.LastUpdated != default ? status.LastUpdated
            : now;
        var expected = schedule.Next(basis);
        return status.Next == expected ? status
            : now > expected ? new TimerStatus(default, schedule.Next(now), now)
            : new TimerStatus(default, expected, basis);
    }

    private async Task RunAsync(WorkItem item, Startup startup, TimerStatus status, DateTime now)
    {
        using (item)
        {
            item.Enter();
            await InvokeAsync(
                new TimerInfo { IsPastDue = startup == Startup.PastDue, ScheduleStatus = _monitored ? ToScheduleStatus(status) : null },
                startup switch
                {
                    Startup.PastDue => FormattableString.Invariant($"Timer fired past due; it was planned for {status.Next:O}"),
                    Startup.Requested => "Timer fired at startup",
                    _ => FormattableString.Invariant($"Timer fired at {now:O}"),
                }
            );

            // A tick that came early counts as its planned instant, or the same instant would be next again.
            var counted = startup == Startup.None && status.Next > now ? status.Next : now;
            var following = new TimerStatus(counted, schedule.Next(counted), counted);
            if (_monitored && IsKept)
            {
                await WriteAsync(following);
            }
            lock (_gate)
            {
                _status = following;
                _running = false;
            }
        }

        clock.Wake();
    }

    private async Task InvokeAsync(TimerInfo info, string reason)
    {
        try
        {
            await invoker.InvokeAsync(function, new FunctionInvocationRequest { TriggerValue = info, Reason = reason });
        }
        catch (Exception failure)
        {
            // Logged by the invoker; a failed tick does not stop the schedule.
            LogTickFailed(logger, failure.GetType().Name, function.Name);
        }
    }

    private async Task WriteAsync(TimerStatus status)
    {
        try
        {
            await storage.WriteTimerAsync(scope, function.Name, status, CancellationToken.None);
        }
        catch (Exception failure)
        {
            LogWriteFailed(logger, failure, function.Name);
        }
    }

    [LoggerMessage(950, LogLevel.Information, "Timer '{Function}' is listening; next at {Next:O}")]
    private static partial void LogListening(ILogger logger, string function, DateTime next);

    [LoggerMessage(951, LogLevel.Information, "Timer '{Function}' is past due: it was planned for {Planned:O}")]
    private static partial void LogPastDue(ILogger logger, string function, DateTime planned);

    [LoggerMessage(952, LogLevel.Debug, "The tick of '{Function}' ended with {Failure}")]
    private static partial void LogTickFailed(ILogger logger, string failure, string function);

    [LoggerMessage(
        953,
        LogLevel.Error,
        "The status of timer '{Function}' could not be written; after a restart this tick may count as missed"
    )]
    private static partial void LogWriteFailed(ILogger logger, Exception failure, string function);
}
