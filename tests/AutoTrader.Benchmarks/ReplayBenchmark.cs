using System.Diagnostics;
using System.Globalization;
using AutoTrader.Functions.Hosting;
using AutoTrader.LocalHost.Azurite;
using AutoTrader.LocalHost.Hosting;
using AutoTrader.LocalHost.Replay;
using Microsoft.Extensions.Logging;

namespace AutoTrader.Benchmarks;

/// <summary>How many virtual minutes of an open market pass in a second when a replay of the sample market runs as fast as it can, with 20
/// strategies: on Azurite and in memory.</summary>
internal static class ReplayBenchmark
{
    private static readonly DateTimeOffset Open = new(2026, 2, 2, 14, 29, 0, TimeSpan.Zero);

    public static async Task RunAsync()
    {
        var file = await WriteStrategiesAsync();
        var folder = Directory.CreateTempSubdirectory("autotrader-bench-");
        await using (var azurite = await AzuriteServer.StartAttachedAsync(folder.FullName))
        {
            await MeasureAsync("on Azurite", file, azurite.ConnectionString, inMemory: false);
        }

        await MeasureAsync("in memory", file, null, inMemory: true);
        folder.Delete(recursive: true);
        File.Delete(file);
    }

    private static async Task MeasureAsync(string where, string strategies, string? connection, bool inMemory)
    {
        using var requests = new StorageRequests();
        var options = new LocalHostOptions
        {
            Assemblies = [typeof(Composition).Assembly],
            Folder = AppContext.BaseDirectory,
            SteppedFrom = Open,
            InMemory = inMemory,
            Logging = logging => logging.ClearProviders(),
            Settings = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase)
            {
                ["AzureWebJobsStorage"] = connection,
                ["LocalHost:Port"] = "0",
                ["AutoTrader:ImportOnFirstStart"] = strategies,
                ["AutoTrader:Market:Directory"] = Path.Combine(NpmTool.Top()!, "samples", "market"),
                ["AutoTrader:ImportSchedulesOnFirstStart"] = Path.Combine(NpmTool.Top()!, "samples", "schedules.yaml"),
            },
        };
        await using var host = await LocalFunctionsHost.StartAsync(options, ReplayedApp.Configure);
        await host.RunUntilAsync(Open.AddMinutes(15));
        requests.Take(host);
        var before = Stopwatch.GetTimestamp();
        const int Minutes = 360;
        await host.RunUntilAsync(Open.AddMinutes(15 + Minutes));
        var seconds = Stopwatch.GetElapsedTime(before).TotalSeconds;
        Console.WriteLine($"{where,-12} {Minutes / seconds,8:N0} virtual minutes a second; {requests.Take(host).Each(Minutes)} a minute");
    }

    private static async Task<string> WriteStrategiesAsync()
    {
        string[] symbols = ["ACME", "BOLT", "CRUX", "DUNE", "ECHO"];
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(
            file,
            "strategies:\n"
                + string.Concat(
                    Enumerable
                        .Range(0, 20)
                        .Select(i =>
                            string.Create(
                                CultureInfo.InvariantCulture,
                                $"""
                                  - id: s{i:D2}
                                    symbol: {symbols[i % symbols.Length]}
                                    strategy_type: trailing_stop
                                    quantity: 5
                                    trailing_stop_pct: {1 + (i % 5)}
                                    entry_type: market
                                    repeat: true
                                    allow_shared_symbol: true
                                    enabled: true

                                """
                            )
                        )
                )
        );
        return file;
    }
}
