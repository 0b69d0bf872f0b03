using System.Collections.Concurrent;
using System.Diagnostics;
using System.Threading.Channels;
using AutoTrader.LocalHost.Azurite;

namespace AutoTrader.LocalHost.Tests.Hosting;

/// <summary>The sample app as a process of its own, to be stopped and killed.</summary>
internal sealed class SampleProcess : IAsyncDisposable
{
    /// <summary>The tests that share its task hub and timers, one after the other.</summary>
    public const string Collection = "Sample processes";

    // For a hang, not for an assertion: nothing waits this long when all is well.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly Channel<string> _unread = Channel.CreateUnbounded<string>();
    private readonly List<string> _lines = [];
    private readonly ConcurrentQueue<string> _errors = new();
    private int _openStreams = 2;

    private SampleProcess(Process process)
    {
        _process = process;
        _process.OutputDataReceived += (_, line) => Receive(line.Data);
        _process.ErrorDataReceived += (_, line) =>
        {
            Receive(line.Data);
            if (line.Data is { } text)
            {
                _errors.Enqueue(text);
            }
        };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>All lines of its output so far.</summary>
    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lines)
            {
                return [.. _lines];
            }
        }
    }

    /// <summary>The lines of them that it wrote to stderr.</summary>
    public IReadOnlyList<string> Errors => [.. _errors];

    public int ExitCode => _process.ExitCode;

    public static SampleProcess Start(params (string Name, string Value)[] settings)
    {
        var info = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "AutoTrader.LocalHost.SampleApp.dll")])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in settings)
        {
            info.Environment[name] = value;
        }
        return new SampleProcess(Process.Start(info)!);
    }

    /// <summary>Waits for a line of the output that contains a text.</summary>
    public async Task<string> LineAsync(string text) =>
        await LineOrEndAsync(text) ?? throw new InvalidOperationException($"The process did not say '{text}':\n{string.Join('\n', Lines)}");

    /// <summary>Waits for a line of the output that contains a text; null when the process ended without it.</summary>
    public async Task<string?> LineOrEndAsync(string text)
    {
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            await foreach (var line in _unread.Reader.ReadAllAsync(patience.Token))
            {
                if (line.Contains(text, StringComparison.Ordinal))
                {
                    return line;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Reported by the caller, with the output.
        }

        return null;
    }

    /// <summary>A client of its HTTP address, once it listens.</summary>
    public async Task<HttpClient> ClientAsync() => new() { BaseAddress = new Uri((await LineAsync("Listening on ")).Split(' ')[^1]) };

    public void Terminate() => Signals.Terminate(_process.Id);

    /// <summary>SIGKILL: it gets no say.</summary>
    public void Kill() => _process.Kill();

    public async Task ExitAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        await _process.WaitForExitAsync(patience.Token);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }
        await ExitAsync();
        _process.Dispose();
    }

    private void Receive(string? line)
    {
        if (line is null)
        {
            if (Interlocked.Decrement(ref _openStreams) == 0)
            {
                _unread.Writer.Complete();
            }
            return;
        }

        lock (_lines)
        {
            _lines.Add(line);
        }
        _unread.Writer.TryWrite(line);
    }
}
