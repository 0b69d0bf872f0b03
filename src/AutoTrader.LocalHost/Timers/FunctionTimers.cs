using System.Collections.Immutable;
using AutoTrader.LocalHost.Functions;
using AutoTrader.LocalHost.Storage;
using AutoTrader.LocalHost.Time;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;

namespace AutoTrader.LocalHost.Timers;

/// <summary>The timer functions of the app, each listened to by one host at a time.</summary>
internal sealed partial class FunctionTimers(
    IRuntimeStorage storage,
    IWorkClock clock,
    RunningWork work,
    FunctionInvoker invoker,
    AppSettings settings,
    ILogger<FunctionTimers> logger
) : IDisposable
{
    private static readonly TimeSpan LeaseRetry = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource _stop = new();
    private ImmutableArray<TimerListener> _listeners = [];
    private Task _held = Task.CompletedTask;

    /// <summary>Starts the listeners.</summary>
    /// <param name="functions">The functions of the app.</param>
    /// <param name="scope">The course of business time that their state belongs to.</param>
    /// <param name="alone">Whether this host is known to be the only one, as with a virtual clock; else each timer waits for its
    /// lease.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    /// <exception cref="FunctionIndexingException">A schedule is not an NCRONTAB expression.</exception>
    public async Task StartAsync(FunctionIndex functions, string scope, bool alone, CancellationToken cancellationToken)
    {
        _listeners = [.. functions.WithTrigger<TimerTriggerAttribute>().Select(function => Listener(function, scope))];
        foreach (var listener in _listeners)
        {
            clock.Add(listener);
        }
        if (alone)
        {
            foreach (var listener in _listeners)
            {
                await listener.StartAsync(cancellationToken);
            }
        }
        else
        {
            _held = Task.WhenAll(_listeners.Select(listener => Task.Run(() => ListenAsync(listener), CancellationToken.None)));
        }
    }

    /// <summary>Starts no more invocations.</summary>
    public void Stop()
    {
        foreach (var listener in _listeners)
        {
            listener.Stop();
        }
    }

    /// <summary>Stops as if the process had been killed.</summary>
    public void Abandon()
    {
        foreach (var listener in _listeners)
        {
            listener.Abandon();
        }
    }

    /// <summary>Gives up the leases, when what ran has ended.</summary>
    public async Task ReleaseAsync()
    {
        await _stop.CancelAsync();
        await _held;
    }

    /// <summary>Starts a timer function now.</summary>
    /// <returns>Whether there is such a timer.</returns>
    public bool TryRunNow(string function, out Task invocation)
    {
        var listener = _listeners.FirstOrDefault(listener =>
            string.Equals(listener.Function.Name, function, StringComparison.OrdinalIgnoreCase)
        );
        if (listener is null)
        {
            invocation = Task.CompletedTask;
            return false;
        }

        var item = work.Begin(listener.Function.Name);
        invocation = Task.Run(async () =>
        {
            using (item)
            {
                await listener.RunNowAsync(item);
            }
        });
        return true;
    }

    public void Dispose() => _stop.Dispose();

    private TimerListener Listener(FunctionDescriptor function, string scope)
    {
        var expression = settings.Resolve(function.Name, ((TimerTriggerAttribute)function.Trigger).Schedule);
        var schedule = TimerSchedule.TryParse(expression)
            ?? throw new FunctionIndexingException(
                $"Function '{function.Name}': '{expression}' is not an NCRONTAB expression of five or six fields."
            );
        return new TimerListener(function, schedule, scope, storage, clock, work, invoker, logger);
    }

    private async Task ListenAsync(TimerListener listener)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await using var lease = await storage.TryLeaseAsync($"timer/{listener.Function.Name}", _stop.Token);
                if (lease is not null)
                {
                    await listener.StartAsync(_stop.Token);
                    using var end = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token, lease.Lost);
                    await Task.Delay(Timeout.InfiniteTimeSpan, end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                    listener.Stop();
                }
            }
            catch (Exception failure) when (!_stop.IsCancellationRequested)
            {
                LogListenFailed(logger, failure, listener.Function.Name);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            await Task.Delay(LeaseRetry, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    [LoggerMessage(954, LogLevel.Error, "Listening to timer '{Function}' failed; retrying")]
    private static partial void LogListenFailed(ILogger logger, Exception failure, string function);
}
