using System.Diagnostics;
using System.Globalization;
using System.Threading.Channels;
using AutoTrader.Core.Engine;
using AutoTrader.Core.Engine.Ports;
using AutoTrader.Core.Orders;
using AutoTrader.Storage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace AutoTrader.Simulation;

/// <summary>The app as the process that a user starts, on a storage of the test's own; disposing it kills it.</summary>
internal sealed class AppProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Channel<string?> _lines = Channel.CreateUnbounded<string?>();

    private AppProcess(Process process)
    {
        _process = process;
        _process.OutputDataReceived += (_, line) => _lines.Writer.TryWrite(line.Data);
        _process.BeginOutputReadLine();
    }

    public int Id => _process.Id;

    /// <summary>Where the sources are.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Starts it on free ports; <paramref name="settings"/> are environment variables, which win over the settings file.</summary>
    public static AppProcess Start(string storage, params IEnumerable<(string Name, string Value)> settings)
    {
        var configuration = AppContext.BaseDirectory.Contains("Release", StringComparison.Ordinal) ? "Release" : "Debug";
        var start = new ProcessStartInfo("dotnet", [Path.Combine(Root, "src", "AutoTrader.Functions", "bin", "Local", configuration, "net10.0", "AutoTrader.Functions.dll"), "--port", "0"])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            WorkingDirectory = Root,
            Environment = { ["AzureWebJobsStorage"] = storage },
        };
        foreach (var (name, value) in settings)
        {
            start.Environment[name] = value;
        }

        return new(Process.Start(start)!);
    }

    /// <summary>Waits for a line of its output that contains <paramref name="text"/>.</summary>
    /// <returns>False when <paramref name="engineLines"/> lines of the engine came first, or the process ended.</returns>
    public async Task<bool> SaysAsync(string text, int? engineLines = null)
    {
        var seen = 0;
        while (await _lines.Reader.ReadAsync(TestContext.Current.CancellationToken) is { } line)
        {
            if (line.Contains(text, StringComparison.Ordinal))
            {
                return true;
            }

            seen += line.Contains(" NY ", StringComparison.Ordinal) ? 1 : 0;
            if (seen == engineLines)
            {
                return false;
            }
        }

        return false;
    }

    /// <summary>SIGKILL: it gets no say.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync(CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process.Dispose();
    }

    /// <summary>The stores that the app uses, from outside.</summary>
    public static ServiceProvider Stores(string storage) => new ServiceCollection()
        .AddAutoTraderStorage(new ConfigurationBuilder().AddInMemoryCollection([new("AzureWebJobsStorage", storage)]).Build())
        .BuildServiceProvider();

    /// <summary>The fills of the account in words, without ids.</summary>
    public static async Task<IReadOnlyList<string>> FillLinesAsync(string storage)
    {
        await using var services = Stores(storage);
        var store = services.GetRequiredService<ITradingStore>();
        var fills = new List<Fill>();
        string? continuation = null;
        do
        {
            var page = await store.ListAsync<Fill>("paper", TradingKey.FillPrefix, 1000, continuation, CancellationToken.None);
            fills.AddRange(page.Items.Select(row => row.Value));
            continuation = page.Continuation;
        }
        while (continuation is not null);

        return [.. fills.Select(fill => string.Create(CultureInfo.InvariantCulture, $"{fill.At:O} {fill.StrategyId} {fill.Side} {fill.Quantity} {fill.Symbol} {fill.Price}")).Order(StringComparer.Ordinal)];
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "AutoTrader.sln")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("The repository's root was not found.");
        }

        return folder.FullName;
    }
}
