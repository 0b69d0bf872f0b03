using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging;
using static System.FormattableString;

namespace AutoTrader.LocalHost.Azurite;

/// <summary>A running Azurite that this process started, and stops when disposed.</summary>
/// <remarks>Azurite writes to disk every five seconds: stopping it by SIGTERM loses nothing, killing it loses acknowledged
/// writes.</remarks>
internal sealed partial class AzuriteServer : IWatchedStorage, IAsyncDisposable
{
    /// <summary>The value of <c>AzureWebJobsStorage</c> that means Azurite on its default ports.</summary>
    public const string DevelopmentStorage = "UseDevelopmentStorage=true";

    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);
    private const int RestartAttempts = 3;
    private static readonly TimeSpan RestartPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(20);

    private readonly NpmTool _installation;
    private readonly string _folder;
    private readonly bool _isAttached;
    private readonly AzuritePorts _ports;
    private int _processId;
    private DateTimeOffset _since;
    private Process? _attached;

    private AzuriteServer(NpmTool installation, string folder, bool isAttached, AzuritePorts ports)
    {
        (_installation, _folder, _isAttached, _ports) = (installation, folder, isAttached, ports);
        Files = new(folder);
    }

    /// <inheritdoc/>
    public AzuriteFiles Files { get; }

    /// <summary>Its process, for tests.</summary>
    internal int ProcessId => _processId;

    /// <summary>A connection string for the blob, queue and table endpoints of this server.</summary>
    public string ConnectionString => _ports.ConnectionString;

    /// <summary>
    /// When the connection string means local storage and nothing listens on its ports: installs Azurite if needed and starts it in a
    /// separate session.
    /// </summary>
    /// <returns>The server if this process started it, so that it is the one to stop it; otherwise null.</returns>
    /// <exception cref="AzuriteException">Node.js is missing, the installation failed, or another program holds one of the
    /// ports.</exception>
    public static async Task<AzuriteServer?> EnsureRunningAsync(
        string? connectionString,
        ILogger logger,
        CancellationToken cancellationToken = default
    )
    {
        if (!string.Equals(connectionString?.Trim().TrimEnd(';'), DevelopmentStorage, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }
        var ports = new AzuritePorts(10000, 10001, 10002);
        if (await ports.ListeningAsync(cancellationToken))
        {
            return Named(logger);
        }

        var installation = NpmTool.Find(NpmTool.Azurite);
        await using var held = await installation.LockAsync(cancellationToken);
        if (await ports.ListeningAsync(cancellationToken))
        {
            return Named(logger);
        }

        await installation.InstallAsync(() => LogInstalling(logger), cancellationToken);
        LogStarting(logger, installation.DataFolder);
        var server = new AzuriteServer(installation, installation.DataFolder, isAttached: false, ports);
        await server.LaunchAsync(cancellationToken);
        LogStarted(logger, server._processId);
        return server;
    }

    /// <inheritdoc/>
    public async Task RestartAsync(CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                _attached?.Dispose();
                await using var held = await _installation.LockAsync(cancellationToken);
                if (await _ports.ListeningAsync(cancellationToken))
                {
                    throw new AzuriteException(
                        "Another storage server took the ports of the one that ended. Stop it, then start the app again."
                    );
                }
                await LaunchAsync(cancellationToken);
                return;
            }
            catch (AzuriteException) when (attempt < RestartAttempts && Directory.Exists(_folder))
            {
                await Task.Delay(RestartPause, cancellationToken);
            }
        }
    }

    /// <summary>Starts a separate Azurite for tests, on free ports and in the given folder; it ends by itself when this process ends for
    /// any reason.</summary>
    /// <exception cref="AzuriteException">Node.js is missing or the installation failed.</exception>
    public static async Task<AzuriteServer> StartAttachedAsync(string folder, CancellationToken cancellationToken = default)
    {
        var installation = NpmTool.Find(NpmTool.Azurite);
        await using (await installation.LockAsync(cancellationToken))
        {
            await installation.InstallAsync(cancellationToken: cancellationToken);
        }

        Directory.CreateDirectory(folder);
        var ports = AzuritePorts.Free();
        var server = new AzuriteServer(installation, folder, isAttached: true, ports);
        try
        {
            await server.LaunchAsync(cancellationToken);
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }

        return server;
    }

    /// <summary>Stops the server with SIGTERM, on which it writes everything to disk, and waits until it has ended.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _attached?.Dispose();
        _attached = null;
    }

    private async Task StopAsync()
    {
        if (HasEnded)
        {
            return;
        }

        Signals.Terminate(_processId);
        var started = Stopwatch.GetTimestamp();
        while (!HasEnded && Stopwatch.GetElapsedTime(started) < StopTimeout)
        {
            await Task.Delay(20);
        }
    }

    private async Task WaitUntilListeningAsync(CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        while (!await _ports.ListeningAsync(cancellationToken, tolerateSome: true))
        {
            if (HasEnded)
            {
                throw new AzuriteException($"Azurite ended while it started; {Path.Combine(_folder, "azurite.log")} says why.");
            }
            if (Stopwatch.GetElapsedTime(started) > StartTimeout)
            {
                throw new AzuriteException(Invariant($"Azurite did not listen within {StartTimeout.TotalSeconds:0} seconds."));
            }
            await Task.Delay(50, cancellationToken);
        }
    }

    /// <inheritdoc/>
    public bool HasEnded
    {
        get
        {
            if (_attached is not null)
            {
                return _attached.HasExited;
            }
            if (_processId == 0)
            {
                return true;
            }
            try
            {
                using var process = Process.GetProcessById(_processId);
                // A process that is not reaped (pid 1 of many containers does not reap) is still listed.
                return process.HasExited || IsZombie(_processId) || AzuriteRecord.IsAnother(process, _since);
            }
            catch (ArgumentException)
            {
                return true;
            }
        }
    }

    // Says whose storage it is that listens already.
    private static AzuriteServer? Named(ILogger logger)
    {
        var (text, isWarning) = AzuriteRecord.Describe(AzuriteRecord.Find(), NpmTool.Data());
        LogListens(logger, isWarning ? LogLevel.Warning : LogLevel.Information, text);
        return null;
    }

    private async Task LaunchAsync(CancellationToken cancellationToken)
    {
        Files.RequireSound();
        if (_isAttached)
        {
            var process = _installation.Run(["attached", .. _ports.Arguments(_folder)]);
            process.OutputDataReceived += (_, _) => { };
            process.ErrorDataReceived += (_, _) => { };
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            (_attached, _processId) = (process, process.Id);
        }
        else
        {
            using var launcher = _installation.Run(["detached", Path.Combine(_folder, "azurite.log"), .. _ports.Arguments(_folder)]);
            var output = await launcher.StandardOutput.ReadToEndAsync(cancellationToken);
            _processId = int.TryParse(
                output,
                NumberStyles.Integer | NumberStyles.AllowTrailingWhite,
                CultureInfo.InvariantCulture,
                out var processId
            )
                ? processId
                : throw new AzuriteException(
                    $"Azurite did not start: {output}{await launcher.StandardError.ReadToEndAsync(cancellationToken)}"
                );
            _since = TimeProvider.System.GetUtcNow();
            new AzuriteRecord(processId, _folder, _since).Leave();
        }

        try
        {
            await WaitUntilListeningAsync(cancellationToken);
        }
        catch
        {
            // No one waits for it: it would hold the next one's ports and write to its folder.
            await StopAsync();
            throw;
        }
    }

    private static bool IsZombie(int processId)
    {
        try
        {
            return File.ReadAllText(Invariant($"/proc/{processId}/stat")).Contains(") Z ", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }

    [LoggerMessage(909, LogLevel.Information, "Installing Azurite (first start only)")]
    private static partial void LogInstalling(ILogger logger);

    [LoggerMessage(EventId = 949, Message = "{Text}")]
    private static partial void LogListens(ILogger logger, LogLevel level, string text);

    [LoggerMessage(907, LogLevel.Information, "Starting Azurite; data in {Folder}")]
    private static partial void LogStarting(ILogger logger, string folder);

    [LoggerMessage(908, LogLevel.Information, "Azurite runs as process {ProcessId}")]
    private static partial void LogStarted(ILogger logger, int processId);
}
