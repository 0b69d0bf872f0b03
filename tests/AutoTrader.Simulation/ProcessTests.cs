using System.Diagnostics;
using System.Globalization;
using System.Threading.Channels;
using AutoTrader.Core.Engine;
using AutoTrader.Core.Engine.Ports;
using AutoTrader.Core.Orders;
using AutoTrader.LocalRuntime.Azurite;
using AutoTrader.Storage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace AutoTrader.Simulation;

/// <summary>The app itself as a process on Azurite, killed with SIGKILL in the middle of the sample market and started again.</summary>
public class ProcessTests
{
    private const int Kills = 50;

    [Fact]
    public async Task Killed_with_SIGKILL_again_and_again_it_makes_the_fills_of_the_run_that_was_not()
    {
        var whole = await FillsAsync(seed: null);
        whole.Count.ShouldBeGreaterThan(8);
        (await FillsAsync(seed: 7)).ShouldBe(whole);
    }

    private static async Task<IReadOnlyList<string>> FillsAsync(int? seed)
    {
        var folder = Directory.CreateTempSubdirectory("autotrader-process-");
        try
        {
            await using var azurite = await AzuriteServer.StartAttachedAsync(folder.FullName);
            if (seed is { } number)
            {
                var random = new Random(number);
                for (var kill = 0; kill < Kills; kill++)
                {
                    await RunAsync(azurite.ConnectionString, killAfterLines: random.Next(1, 11));
                }
            }

            await RunAsync(azurite.ConnectionString, killAfterLines: null);
            return await ReadAsync(azurite.ConnectionString);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task RunAsync(string storage, int? killAfterLines)
    {
        var root = Root();
        var configuration = AppContext.BaseDirectory.Contains("Release", StringComparison.Ordinal) ? "Release" : "Debug";
        var start = new ProcessStartInfo("dotnet", [Path.Combine(root, "src", "AutoTrader.Functions", "bin", "Local", configuration, "net10.0", "AutoTrader.Functions.dll"), "--port", "0"])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            WorkingDirectory = root,
            Environment =
            {
                ["AzureWebJobsStorage"] = storage,
                ["LocalRuntime__Replay__Speed"] = "0",
                ["LocalRuntime__Replay__End"] = "2026-02-02T16:30:00-05:00",
            },
        };
        using var process = Process.Start(start)!;
        var lines = Channel.CreateUnbounded<string?>();
        process.OutputDataReceived += (_, line) => lines.Writer.TryWrite(line.Data);
        process.BeginOutputReadLine();
        var seen = 0;
        try
        {
            while (await lines.Reader.ReadAsync(TestContext.Current.CancellationToken) is { } line && !line.Contains("has reached its end", StringComparison.Ordinal))
            {
                seen += line.Contains(" NY ", StringComparison.Ordinal) ? 1 : 0;
                if (seen == killAfterLines)
                {
                    break;
                }
            }
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync(CancellationToken.None);
        }
    }

    private static async Task<IReadOnlyList<string>> ReadAsync(string storage)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new("AzureWebJobsStorage", storage)]).Build();
        await using var services = new ServiceCollection().AddAutoTraderStorage(configuration).BuildServiceProvider();
        var page = await services.GetRequiredService<ITradingStore>().ListAsync<Fill>("paper", TradingKey.FillPrefix, 1000, null, CancellationToken.None);
        return [.. page.Items.Select(row => row.Value)
            .Select(fill => string.Create(CultureInfo.InvariantCulture, $"{fill.At:O} {fill.StrategyId} {fill.Side} {fill.Quantity} {fill.Symbol} {fill.Price}")).Order(StringComparer.Ordinal)];
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "AutoTrader.sln")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("The repository's root was not found.");
        }

        return folder.FullName;
    }
}
