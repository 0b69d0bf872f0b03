using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace AutoTrader.LocalHost.Azurite;

/// <summary>The ports of blobs, queues and tables, on this machine only.</summary>
internal sealed record AzuritePorts(int Blob, int Queue, int Table)
{
    // Published by Microsoft for every emulator; it opens nothing else.
    private const string EmulatorKey = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    private int[] All => [Blob, Queue, Table];

    /// <summary>What <c>AzureWebJobsStorage</c> says to reach an Azurite that listens on them.</summary>
    public string ConnectionString =>
        $"DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey={EmulatorKey};"
        + $"BlobEndpoint={At(Blob)};QueueEndpoint={At(Queue)};TableEndpoint={At(Table)};";

    /// <summary>Three ports that were free a moment ago.</summary>
    public static AzuritePorts Free()
    {
        var listeners = Enumerable.Range(0, 3).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToArray();
        foreach (var listener in listeners)
        {
            listener.Start();
        }
        var ports = listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port).ToArray();
        foreach (var listener in listeners)
        {
            listener.Stop();
        }
        return new(ports[0], ports[1], ports[2]);
    }

    /// <summary>The command-line arguments that make Azurite listen on them and keep its data in a folder.</summary>
    public IReadOnlyList<string> Arguments(string folder) =>
        [
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
            Text(Blob),
            "--queuePort",
            Text(Queue),
            "--tablePort",
            Text(Table),
        ];

    /// <summary>Whether all of them answer; only some is an error, unless that is how a start looks.</summary>
    public async Task<bool> ListeningAsync(CancellationToken cancellationToken, bool tolerateSome = false)
    {
        var responses = await Task.WhenAll(All.Select(port => ConnectsAsync(port, cancellationToken)));
        if (responses.Distinct().Count() == 1 || tolerateSome)
        {
            return responses.All(response => response);
        }

        var (taken, free) = (All[Array.IndexOf(responses, true)], All[Array.IndexOf(responses, false)]);
        throw new AzuriteException(
            $"A program listens on port {Text(taken)} but none on {Text(free)}. Stop it, or start the whole of Azurite."
        );
    }

    private static async Task<bool> ConnectsAsync(int port, CancellationToken cancellationToken)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static string At(int port) => $"http://127.0.0.1:{Text(port)}/devstoreaccount1";

    private static string Text(int port) => port.ToString(CultureInfo.InvariantCulture);
}
