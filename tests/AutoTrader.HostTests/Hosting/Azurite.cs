using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using AutoTrader.LocalHost.Azurite;

namespace AutoTrader.HostTests.Hosting;

/// <summary>An Azurite of one test: killed with SIGKILL and started again, it has the same folder and the same ports.</summary>
internal sealed class Azurite(string folder) : IAsyncDisposable
{
    // Published by Microsoft for every emulator; it opens nothing else.
    private const string Key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    private Process? _process;

    /// <summary>The ports of blobs, queues and tables.</summary>
    public IReadOnlyList<int> Ports { get; } = Free.Ports(3);

    /// <summary>What <c>AzureWebJobsStorage</c> says.</summary>
    public string ConnectionString =>
        $"DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey={Key};"
        + $"BlobEndpoint={At(Ports[0])};QueueEndpoint={At(Ports[1])};TableEndpoint={At(Ports[2])};";

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
        _process = tool.Run([
            "attached",
            "--skipApiVersionCheck",
            "--disableTelemetry",
            "--silent",
            "--location",
            folder,
            "--blobHost",
            "127.0.0.1",
            "--queueHost",
            "127.0.0.1",
            "--tableHost",
            "127.0.0.1",
            "--blobPort",
            Text(Ports[0]),
            "--queuePort",
            Text(Ports[1]),
            "--tablePort",
            Text(Ports[2]),
        ]);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        foreach (var port in Ports)
        {
            await Eventually.IsTrueAsync($"Azurite listens on {port}", () => ListensAsync(port));
        }
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

    private static string At(int port) => $"http://127.0.0.1:{Text(port)}/devstoreaccount1";

    private static string Text(int port) => port.ToString(CultureInfo.InvariantCulture);

    private static async Task<bool> ListensAsync(int port)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}

/// <summary>Ports that nothing listens on.</summary>
internal static class Free
{
    /// <summary>So many of them, free a moment ago.</summary>
    public static IReadOnlyList<int> Ports(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToArray();
        Array.ForEach(listeners, listener => listener.Start());
        int[] ports = [.. listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port)];
        Array.ForEach(listeners, listener => listener.Stop());
        return ports;
    }

    /// <summary>One of them.</summary>
    public static int Port() => Ports(1)[0];
}
