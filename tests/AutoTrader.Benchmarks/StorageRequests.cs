using System.Diagnostics.Metrics;
using AutoTrader.LocalHost.Hosting;
using AutoTrader.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace AutoTrader.Benchmarks;

/// <summary>Requests to storage.</summary>
/// <param name="App">Those of the app's own stores.</param>
/// <param name="Runtime">All others: orchestrations, and what the host keeps itself.</param>
internal sealed record StorageUse(long App, long Runtime)
{
    public override string ToString() => $"{App:N0} storage transactions of the app and {Runtime:N0} of orchestrations";

    public string Each(int count) =>
        $"{(double)App / count:0.00} storage transactions of the app and {(double)Runtime / count:0.00} of orchestrations";
}

/// <summary>Counts the requests that this process sends; what does not go through the app's stores is the host's.</summary>
internal sealed class StorageRequests : IDisposable
{
    private readonly MeterListener _listener = new();
    private long _all;
    private long _app;
    private object? _host;

    public StorageRequests()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name == "http.client.request.duration")
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<double>(
            (_, _, tags, _) =>
            {
                if (!IsService(tags))
                {
                    Interlocked.Increment(ref _all);
                }
            }
        );
        _listener.Start();
    }

    /// <summary>The app's port, whose requests are not storage's.</summary>
    private int Service { get; set; }

    /// <summary>What was used since the last call.</summary>
    public StorageUse Take(LocalFunctionsHost host)
    {
        Service = host.Address.Port;
        var app = host.Services.GetRequiredService<StorageTransactions>().Count;
        var all = Interlocked.Exchange(ref _all, 0);
        // A new host counts from zero.
        var before = ReferenceEquals(_host, host) ? _app : 0;
        (_host, _app) = (host, app);
        return new(app - before, all - (app - before));
    }

    public void Dispose() => _listener.Dispose();

    private bool IsService(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        foreach (var (name, value) in tags)
        {
            if (name == "server.port")
            {
                return value is int port && port == Service;
            }
        }

        return false;
    }
}
