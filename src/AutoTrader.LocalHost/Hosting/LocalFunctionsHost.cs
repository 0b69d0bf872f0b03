using System.Collections.Concurrent;
using AutoTrader.LocalHost.Azurite;
using AutoTrader.LocalHost.Durable;
using AutoTrader.LocalHost.Functions;
using AutoTrader.LocalHost.Http;
using AutoTrader.LocalHost.Storage;
using AutoTrader.LocalHost.Time;
using AutoTrader.LocalHost.Timers;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AutoTrader.LocalHost.Hosting;

/// <summary>
/// A function app with its host in one process. It starts storage first and stops it last; in between come the app's own hosted services,
/// and inside those timers, orchestrations and HTTP.
/// </summary>
internal sealed partial class LocalFunctionsHost(IHost app, HostPlan plan) : IHost, IAsyncDisposable
{
    // After the tokens of what still runs were canceled.
    private static readonly TimeSpan AbortGrace = TimeSpan.FromSeconds(5);

    // Of virtual time.
    private static readonly TimeSpan PositionInterval = TimeSpan.FromMinutes(1);

    private readonly ILogger _logger = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger<LocalFunctionsHost>();
    private readonly CancellationTokenSource _stopReplay = new();
    private Task _replay = Task.CompletedTask;
    private DateTimeOffset _position;
    private AzuriteServer? _azurite;
    private AzuriteWatch? _watch;
    private IRuntimeLease? _replayLease;
    private bool _started;
    private bool _disposed;

    public IServiceProvider Services => app.Services;

    /// <summary>The address of the HTTP server.</summary>
    /// <exception cref="InvalidOperationException">The host is not started or does not listen.</exception>
    public Uri Address => Get<HttpServer>().Address ?? throw new InvalidOperationException("The host does not listen.");

    /// <summary>The virtual clock.</summary>
    /// <exception cref="InvalidOperationException">Business time is the wall clock.</exception>
    public VirtualClock Clock =>
        Services.GetService<VirtualClock>() ?? throw new InvalidOperationException("This host has no virtual clock.");

    /// <summary>Why the host had to stop, in a sentence; null while it runs.</summary>
    public string? Fault { get; private set; }

    /// <summary>What functions threw since the start, for tests.</summary>
    public ConcurrentQueue<(string Function, Exception Failure)> Failures { get; } = new();

    /// <summary>Builds and starts a host in this process.</summary>
    public static async Task<LocalFunctionsHost> StartAsync(
        LocalHostOptions options,
        Action<IHostApplicationBuilder, IFunctionsWorkerApplicationBuilder> configure,
        CancellationToken cancellationToken = default
    )
    {
        var builder = new LocalHostBuilder(options);
        configure(builder.Host, builder);
        var host = builder.Build();
        try
        {
            await host.StartAsync(cancellationToken);
            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs everything that is due up to and including an instant of virtual time; returns when all work has ended.</summary>
    public Task RunUntilAsync(DateTimeOffset instant, CancellationToken cancellationToken = default) =>
        Clock.RunUntilAsync(instant, cancellationToken);

    /// <summary>Runs a timer function now, in addition to its schedule.</summary>
    /// <exception cref="ArgumentException">There is no such timer function.</exception>
    public Task RunTimerAsync(string function) =>
        Get<FunctionTimers>().TryRunNow(function, out var invocation)
            ? invocation
            : throw new ArgumentException($"There is no timer function '{function}'.", nameof(function));

    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        var storage = Get<IRuntimeStorage>();
        if (plan.Options.StartsAzurite)
        {
            _azurite = await AzuriteServer.EnsureRunningAsync(storage.Services?.ConnectionString, _logger, cancellationToken);
        }
        await storage.PrepareAsync(cancellationToken);
        if (_azurite is not null)
        {
            _watch = new(
                _azurite,
                cancellation => storage.WriteTimerAsync("storage", "watch", new(default, default, DateTime.UtcNow), cancellation),
                Get<StorageSafety>(),
                _logger,
                End
            );
            _watch.Start();
        }

        var scope = await PrepareClockAsync(storage, cancellationToken);
        Get<FunctionInvoker>().Failed = (function, failure) => Record(function, failure);

        var functions = Get<FunctionIndex>();
        var http = Get<HttpServer>();
        http.Map(functions, plan.RoutePrefix, Services);

        await app.StartAsync(cancellationToken);
        _started = true;
        foreach (var extension in Services.GetServices<IRuntimeExtension>())
        {
            await extension.StartAsync(functions, cancellationToken);
        }
        if (plan.Options.Groups.HasFlag(TriggerGroups.Timers))
        {
            await Get<FunctionTimers>()
                .StartAsync(functions, scope, alone: Services.GetService<VirtualClock>() is not null, cancellationToken);
        }
        if (plan.Options.Groups.HasFlag(TriggerGroups.Http))
        {
            await http.StartAsync(plan.Settings.Port, plan.Settings.Keys, cancellationToken);
        }
        if (plan.Options.Folder is not null)
        {
            Announce(http, functions);
        }
        StartClock();
    }

    public async Task StopAsync(CancellationToken cancellationToken = default)
    {
        if (!_started)
        {
            return;
        }
        _started = false;
        var timers = Get<FunctionTimers>();
        timers.Stop();
        await StopClockAsync();
        foreach (var extension in Services.GetServices<IRuntimeExtension>().Reverse())
        {
            await extension.StopAsync(cancellationToken);
        }

        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(plan.Settings.DrainTimeout);
        // Together: a request may wait for virtual time, which only the drain lets pass.
        var listening = Get<HttpServer>().StopAsync(patience.Token);
        await DrainAsync(patience.Token);
        await listening.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await timers.ReleaseAsync();
        if (Services.GetService<VirtualClock>() is { InstantCompleted: not null } clock && Get<RunningWork>().IsEmpty)
        {
            await SavePositionAsync(Get<IRuntimeStorage>(), Get<TaskHub>().Scope, clock.GetUtcNow(), TimeSpan.FromTicks(1));
        }
        await ReleaseReplayAsync();
        await app.StopAsync(cancellationToken);
        LogStopped(_logger);
    }

    /// <summary>
    /// Ends the host as a kill would: nothing is drained and no completion is recorded, so that the next host on the same storage finds
    /// what a crash leaves. Running work gets its token canceled; the test must keep it from touching anything more.
    /// </summary>
    public async Task AbandonAsync()
    {
        _started = false;
        if (Services.GetService<VirtualClock>() is { } clock)
        {
            clock.InstantCompleted = null;
        }
        Get<FunctionTimers>().Abandon();
        foreach (var extension in Services.GetServices<IRuntimeExtension>().Reverse())
        {
            extension.Abandon();
        }
        Get<FunctionInvoker>().Abort();
        await StopClockAsync();
        await Get<FunctionTimers>().ReleaseAsync();
        await DisposeAsync();
    }

    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    public async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }
        _disposed = true;
        await StopAsync();
        // For a start that failed half way.
        await ReleaseReplayAsync();
        if (app is IAsyncDisposable asynchronous)
        {
            await asynchronous.DisposeAsync();
        }
        else
        {
            app.Dispose();
        }
        _stopReplay.Dispose();
        if (_watch is not null)
        {
            await _watch.DisposeAsync();
        }
        if (_azurite is not null)
        {
            await _azurite.DisposeAsync();
        }
    }

    private void End(string fault)
    {
        Fault = fault;
        Get<IHostApplicationLifetime>().StopApplication();
    }

    private T Get<T>()
        where T : notnull => Services.GetRequiredService<T>();

    private async Task<string> PrepareClockAsync(IRuntimeStorage storage, CancellationToken cancellationToken)
    {
        if (Services.GetService<VirtualClock>() is not { } clock)
        {
            return "live";
        }

        var (start, scope) = (clock.GetUtcNow(), Get<TaskHub>().Scope);
        _replayLease = await storage.TryLeaseAsync("replay", cancellationToken)
            ?? throw new InvalidOperationException(
                "Another process is running a replay on this storage. Only one process can own a virtual clock: stop the other, or "
                    + "give this one storage of its own."
            );
        if (await storage.ReadPositionAsync(scope, cancellationToken) is { } position && position > start)
        {
            clock.Resume(position);
            LogResumed(_logger, position);
        }

        _position = clock.GetUtcNow();
        clock.InstantCompleted = instant => SavePositionAsync(storage, scope, instant, atLeast: PositionInterval);
        return scope;
    }

    // A run repeats its work from an earlier position with the same result: only the orchestrations' results must not be lost.
    private async Task SavePositionAsync(IRuntimeStorage storage, string scope, DateTimeOffset instant, TimeSpan atLeast)
    {
        var changes = Services.GetServices<IRuntimeExtension>().OfType<DurableExtension>().Single().TakeChanges();
        if (changes.Count > 0 || instant - _position >= atLeast)
        {
            await storage.WritePositionAsync(scope, instant, changes);
            _position = instant;
        }
    }

    private async Task ReleaseReplayAsync()
    {
        if (_replayLease is { } lease)
        {
            _replayLease = null;
            await lease.DisposeAsync();
        }
    }

    private void StartClock()
    {
        if (Services.GetService<SystemWorkClock>() is { } system)
        {
            system.Start();
        }
        else if (plan.Options.SteppedFrom is null)
        {
            _replay = Task.Run(ReplayAsync);
        }
    }

    private async Task StopClockAsync()
    {
        if (Services.GetService<SystemWorkClock>() is { } system)
        {
            await system.StopAsync();
        }
        await _stopReplay.CancelAsync();
        await _replay;
    }

    private async Task ReplayAsync()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(_stopReplay.Token, _replayLease!.Lost);
        try
        {
            LogReplayStarts(_logger, Clock.GetUtcNow(), plan.Settings.ReplayEnd, plan.Settings.ReplaySpeed);
            await Clock.RunUntilAsync(plan.Settings.ReplayEnd ?? DateTimeOffset.MaxValue, stop.Token);
            LogReplayEnded(_logger, Clock.GetUtcNow());
        }
        catch (OperationCanceledException) when (_stopReplay.IsCancellationRequested)
        {
            LogReplayPaused(_logger, Clock.GetUtcNow());
        }
        catch (Exception failure)
        {
            LogReplayFailed(_logger, failure);
            Get<IHostApplicationLifetime>().StopApplication();
        }
    }

    private async Task DrainAsync(CancellationToken patience)
    {
        if (await EndedAsync(patience))
        {
            return;
        }
        LogDrainTimedOut(_logger, string.Join(", ", Get<RunningWork>().Names));
        Get<FunctionInvoker>().Abort();
        using var grace = new CancellationTokenSource(AbortGrace);
        await EndedAsync(grace.Token);
    }

    private async Task<bool> EndedAsync(CancellationToken patience)
    {
        if (Services.GetService<VirtualClock>() is { } clock)
        {
            return await clock.DrainAsync(patience);
        }
        var empty = Get<RunningWork>().WhenEmptyAsync(patience);
        await empty.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return empty.IsCompletedSuccessfully;
    }

    private void Record(FunctionDescriptor function, Exception failure)
    {
        if (plan.Options.SteppedFrom is not null)
        {
            Failures.Enqueue((function.Name, failure));
        }
    }

    // To the console, like the tools of the real host: a log level must not hide the address.
    private static void Announce(HttpServer http, FunctionIndex functions)
    {
        var origin = http.Address is null ? "" : http.Address.ToString();
        Console.WriteLine($"Listening on {origin}");
        foreach (var function in http.Functions)
        {
            Console.WriteLine(
                $"  {function.Function.Name}: "
                    + $"[{(function.Methods.IsEmpty ? "any" : string.Join(',', function.Methods.Order(StringComparer.Ordinal)))}] "
                    + $"{origin}{function.Route}"
            );
        }
        foreach (var function in functions.All.Where(function => function.Trigger is not HttpTriggerAttribute))
        {
            Console.WriteLine($"  {function.Name}: {function.TriggerType}");
        }
    }

    [LoggerMessage(900, LogLevel.Information, "The replay continues at {Position:O}")]
    private static partial void LogResumed(ILogger logger, DateTimeOffset position);

    [LoggerMessage(
        901,
        LogLevel.Information,
        "Virtual time runs from {Start:O} to {End:O}, at most {Speed} times as fast as the wall clock (0: unbounded)"
    )]
    private static partial void LogReplayStarts(ILogger logger, DateTimeOffset start, DateTimeOffset? end, double speed);

    [LoggerMessage(902, LogLevel.Information, "The replay has reached its end at {End:O}. Virtual time stands still; HTTP is still served")]
    private static partial void LogReplayEnded(ILogger logger, DateTimeOffset end);

    [LoggerMessage(903, LogLevel.Information, "The replay pauses at {Position:O}; the next run continues from there")]
    private static partial void LogReplayPaused(ILogger logger, DateTimeOffset position);

    [LoggerMessage(904, LogLevel.Critical, "The replay failed; the host stops")]
    private static partial void LogReplayFailed(ILogger logger, Exception failure);

    [LoggerMessage(905, LogLevel.Warning, "Canceling work that did not end in time: {Work}")]
    private static partial void LogDrainTimedOut(ILogger logger, string work);

    [LoggerMessage(906, LogLevel.Information, "The host has stopped")]
    private static partial void LogStopped(ILogger logger);
}
