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

/// <summary>The app itself as a process, with what it writes to its console. Disposing kills it with SIGKILL.</summary>
internal sealed class AppProcess : IAsyncDisposable
{
    private const int Kills = 50;

    private readonly Process _process;
    private readonly Channel<string?> _lines = Channel.CreateUnbounded<string?>();

    private AppProcess(ProcessStartInfo start)
    {
        _process = Process.Start(start)!;
        Id = _process.Id;
        _process.OutputDataReceived += (_, line) => _lines.Writer.TryWrite(line.Data);
        _process.BeginOutputReadLine();
    }

    public int Id { get; }

    public bool IsRunning => !_process.HasExited;

    public static AppProcess Start(string storage, params (string Name, string Value)[] settings)
    {
        var root = Root();
        var configuration = AppContext.BaseDirectory.Contains("Release", StringComparison.Ordinal) ? "Release" : "Debug";
        var start = new ProcessStartInfo("dotnet", [Path.Combine(root, "src", "AutoTrader.Functions", "bin", "Local", configuration, "net10.0", "AutoTrader.Functions.dll"), "--port", "0"])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            WorkingDirectory = root,
            Environment = { ["AzureWebJobsStorage"] = storage },
        };
        foreach (var (name, value) in settings)
        {
            start.Environment[name] = value;
        }

        return new(start);
    }

    /// <summary>Waits for the next line; null when the process has ended.</summary>
    public ValueTask<string?> LineAsync() => _lines.Reader.ReadAsync(TestContext.Current.CancellationToken);

    /// <summary>Replays with <paramref name="settings"/> on a storage of its own, killed <see cref="Kills"/> times where <paramref name="seed"/> says, or never; the fills in words.</summary>
    public static Task<IReadOnlyList<string>> ReplayAsync(int? seed, params (string Name, string Value)[] settings) => ReplayAsync(
        seed,
        Kills,
        async services =>
        {
            var page = await services.GetRequiredService<ITradingStore>().ListAsync<Fill>("paper", TradingKey.FillPrefix, 1000, null, CancellationToken.None);
            return (IReadOnlyList<string>)[.. page.Items.Select(row => row.Value)
                .Select(fill => string.Create(CultureInfo.InvariantCulture, $"{fill.At:O} {fill.StrategyId} {fill.Side} {fill.Quantity} {fill.Symbol} {fill.Price}")).Order(StringComparer.Ordinal)];
        },
        settings);

    /// <summary>Replays on a storage of its own, killed so many times where <paramref name="seed"/> says, or never; then reads what is stored.</summary>
    public static async Task<T> ReplayAsync<T>(int? seed, int kills, Func<IServiceProvider, Task<T>> read, params (string Name, string Value)[] settings)
    {
        var folder = Directory.CreateTempSubdirectory("autotrader-process-");
        try
        {
            await using var azurite = await AzuriteServer.StartAttachedAsync(folder.FullName);
            if (seed is { } number)
            {
                var random = new Random(number);
                for (var kill = 0; kill < kills; kill++)
                {
                    await RunAsync(azurite.ConnectionString, settings, killAfterLines: random.Next(1, 11));
                }
            }

            await RunAsync(azurite.ConnectionString, settings, killAfterLines: null);
            await using var services = Stores(azurite.ConnectionString);
            return await read(services);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>The stores of a storage account.</summary>
    public static ServiceProvider Stores(string storage) =>
        new ServiceCollection().AddAutoTraderStorage(new ConfigurationBuilder().AddInMemoryCollection([new("AzureWebJobsStorage", storage)]).Build()).BuildServiceProvider();

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync(CancellationToken.None);
    }

    private static async Task RunAsync(string storage, (string Name, string Value)[] settings, int? killAfterLines)
    {
        await using var app = Start(storage, [("LocalRuntime__Replay__Speed", "0"), .. settings]);
        var seen = 0;
        while (await app.LineAsync() is { } line && !line.Contains("has reached its end", StringComparison.Ordinal))
        {
            seen += line.Contains(" NY ", StringComparison.Ordinal) ? 1 : 0;
            if (seen == killAfterLines)
            {
                return;
            }
        }
    }

    public static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "AutoTrader.sln")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("The repository's root was not found.");
        }

        return folder.FullName;
    }
}
