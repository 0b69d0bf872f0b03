using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using AutoTrader.LocalHost.Azurite;

namespace AutoTrader.HostTests.Hosting;

/// <summary>An Azurite of one test: killed with SIGKILL and started again, it has the same folder and the same ports.</summary>
internal sealed class Azurite(string folder) : IAsyncDisposable
{
    private readonly AzuritePorts _ports = AzuritePorts.Free();
    private Process? _process;

    /// <summary>What <c>AzureWebJobsStorage</c> says.</summary>
    public string ConnectionString => _ports.ConnectionString;

    /// <summary>Starts it, the first time or again.</summary>
    public async Task StartAsync()
    {
        var tool = NpmTool.Find(NpmTool.Azurite);
        await using (await tool.LockAsync(CancellationToken.None))
        {
            await tool.InstallAsync();
        }

        Directory.CreateDirectory(folder);
        _process?.Dispose();
        // It ends when this process ends, for whatever reason.
        _process = tool.Run(["attached", .. _ports.Arguments(folder)]);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        await Eventually.IsTrueAsync("Azurite listens", () => _ports.ListeningAsync(CancellationToken.None, tolerateSome: true));
    }

    /// <summary>Kills it with SIGKILL.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>Waits until what was written up to now is on disk, to which it goes every few seconds: a kill loses what is not.</summary>
    public async Task IsOnDiskAsync()
    {
        var files = new[] { "blob", "queue", "table" }.Select(service => Path.Combine(folder, $"__azurite_db_{service}__.json"));
        // Its own times, and not our clock's.
        foreach (var (path, before) in files.Select(path => (path, File.GetLastWriteTimeUtc(path))).ToList())
        {
            await Eventually.IsTrueAsync($"{path} is saved", () => Task.FromResult(File.GetLastWriteTimeUtc(path) != before));
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            await KillAsync();
        }

        _process?.Dispose();
    }
}

/// <summary>Ports that nothing listens on.</summary>
internal static class Free
{
    /// <summary>One that was free a moment ago.</summary>
    public static int Port()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
