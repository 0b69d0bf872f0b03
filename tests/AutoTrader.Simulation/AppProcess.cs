using System.Diagnostics;
using System.Globalization;
using System.Threading.Channels;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;
using AutoTrader.LocalHost.Azurite;
using AutoTrader.Storage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace AutoTrader.Simulation;

/// <summary>The app itself as a process, with what it writes to its console. Disposing kills it with SIGKILL.</summary>
internal sealed class AppProcess : IAsyncDisposable
{
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

    public static AppProcess Start(string storage, params (string Name, string Value)[] settings) => Start([], storage, settings);

    /// <summary>A process that serves one group of triggers.</summary>
    public static AppProcess StartOnly(string group, string storage, params (string Name, string Value)[] settings) =>
        Start(["--only", group], storage, settings);

    private static AppProcess Start(string[] arguments, string storage, (string Name, string Value)[] settings)
    {
        var root = Root();
        var configuration = AppContext.BaseDirectory.Contains("Release", StringComparison.Ordinal) ? "Release" : "Debug";
        var start = new ProcessStartInfo(
            "dotnet",
            [
                Path.Combine(root, "src", "AutoTrader.LocalHost", "bin", configuration, "net10.0", "AutoTrader.LocalHost.dll"),
                "--port",
                "0",
                .. arguments,
            ]
        )
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

    /// <summary>Where it listens, once it does.</summary>
    public async Task<string> AddressAsync()
    {
        const string Listening = "Listening on ";
        while (await LineAsync() is { } line)
        {
            if (line.StartsWith(Listening, StringComparison.Ordinal))
            {
                return line[Listening.Length..];
            }
        }

        throw new InvalidOperationException("The process ended before it listened.");
    }

    /// <summary>Waits for the next line; null when the process has ended.</summary>
    public ValueTask<string?> LineAsync() => _lines.Reader.ReadAsync(TestContext.Current.CancellationToken);

    /// <summary>Replays on a storage of its own, killed as <paramref name="kills"/> says, or never; the fills in words.</summary>
    public static Task<IReadOnlyList<string>> ReplayAsync(Kills? kills, params (string Name, string Value)[] settings) =>
        ReplayAsync(
            kills,
            async services =>
            {
                var page = await services
                    .GetRequiredService<ITradingStore>()
                    .ListAsync<Fill>("paper", TradingKey.FillPrefix, 1000, null, CancellationToken.None);
                return (IReadOnlyList<string>)
                    [
                        .. page
                            .Items.Select(row => row.Value)
                            .Select(fill =>
                                string.Create(
                                    CultureInfo.InvariantCulture,
                                    $"{fill.At:O} {fill.StrategyId} {fill.Side} {fill.Quantity} {fill.Symbol} {fill.Price}"
                                )
                            )
                            .Order(StringComparer.Ordinal),
                    ];
            },
            settings
        );

    /// <summary>Replays on a storage of its own, killed as <paramref name="kills"/> says, or never; then reads what is stored.</summary>
    /// <exception cref="InvalidOperationException">The replay came to its end before all kills were made.</exception>
    public static async Task<T> ReplayAsync<T>(
        Kills? kills,
        Func<IServiceProvider, Task<T>> read,
        params (string Name, string Value)[] settings
    )
    {
        var folder = Directory.CreateTempSubdirectory("autotrader-process-");
        try
        {
            await using var azurite = await AzuriteServer.StartAttachedAsync(folder.FullName);
            foreach (var lines in kills?.AfterLines() ?? [])
            {
                if (!await IsKilledAsync(azurite.ConnectionString, settings, lines))
                {
                    throw new InvalidOperationException("The replay ended before all kills were made: let them come after fewer lines.");
                }
            }

            await IsKilledAsync(azurite.ConnectionString, settings, afterLines: null);
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
        new ServiceCollection()
            .AddAutoTraderStorage(new ConfigurationBuilder().AddInMemoryCollection([new("AzureWebJobsStorage", storage)]).Build())
            .BuildServiceProvider();

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync(CancellationToken.None);
    }

    private static async Task<bool> IsKilledAsync(string storage, (string Name, string Value)[] settings, int? afterLines)
    {
        await using var app = Start(storage, [("LocalHost__Replay__Speed", "0"), .. settings]);
        var seen = 0;
        while (await app.LineAsync() is { } line && !line.Contains("has reached its end", StringComparison.Ordinal))
        {
            seen += line.Contains(" NY ", StringComparison.Ordinal) ? 1 : 0;
            if (seen == afterLines)
            {
                return true;
            }
        }

        return false;
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

/// <summary>How often a process is killed with SIGKILL: after so many lines of its console, up to a greatest number, as a seed
/// says.</summary>
internal sealed record Kills(int Seed, int Count, int MaxLines = 10)
{
    public IEnumerable<int> AfterLines()
    {
        var random = new Random(Seed);
        return [.. Enumerable.Range(0, Count).Select(_ => random.Next(1, MaxLines + 1))];
    }
}
