using System.Globalization;
using System.Text.Json.Nodes;
using AutoTrader.Testing;

namespace AutoTrader.HostTests.Hosting;

/// <summary>The published app on a real host, with storage, notifications and a market of its own.</summary>
public abstract class LiveApp(PublishedApp published) : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("autotrader-host-");
    private readonly string _id = "at" + Guid.NewGuid().ToString("N")[..16];
    private readonly List<FunctionsHost> _hosts = [];
    private readonly List<(HostLog Log, int Read)> _logs = [];
    private Azurite? _azurite;
    private Webhooks? _webhooks;
    private int _started;

    internal Azurite Azurite => _azurite!;

    internal Webhooks Webhooks => _webhooks!;

    /// <summary>The hosts that run.</summary>
    internal IReadOnlyList<FunctionsHost> Hosts => _hosts;

    /// <summary>The host that tests talk to.</summary>
    internal FunctionsHost Host => _hosts[0];

    /// <summary>Its HTTP interface.</summary>
    internal AppClient Client => Host.Client();

    /// <summary>How often timers run, and whatever else is not as in <c>local.settings.json.example</c>.</summary>
    protected abstract IEnumerable<KeyValuePair<string, string>> Settings { get; }

    /// <summary>What the app is told storage is.</summary>
    protected virtual string Storage => Azurite.ConnectionString;

    public virtual async ValueTask InitializeAsync()
    {
        if (HostCommand.Found is not null)
        {
            _azurite = new(Path.Combine(_folder.FullName, "storage"));
            await _azurite.StartAsync();
            await StorageIsUpAsync();
            _webhooks = await Webhooks.StartAsync();
            await StartHostAsync();
            await Client.DoAsync(HttpMethod.Put, "risk", Limits());
        }
    }

    public virtual async ValueTask DisposeAsync()
    {
        foreach (var host in _hosts)
        {
            await host.DisposeAsync();
        }

        if (_webhooks is not null)
        {
            await _webhooks.DisposeAsync();
        }

        if (_azurite is not null)
        {
            await _azurite.DisposeAsync();
        }

        _folder.Delete(recursive: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Starts a host, the first one or one more.</summary>
    /// <param name="app">The folder of the published app that it runs; null for that of this version.</param>
    internal async Task<FunctionsHost> StartHostAsync(string? app = null)
    {
        var folder = _folder.CreateSubdirectory(string.Create(CultureInfo.InvariantCulture, $"host{++_started}"));
        var host = FunctionsHost.Start(new(app ?? published.Folder, folder.FullName, _id, Storage, All()));
        _hosts.Add(host);
        _logs.Add((host.Log, 0));
        await host.IsRunningAsync();
        return host;
    }

    /// <summary>Kills a host and its worker with SIGKILL.</summary>
    internal async Task KillAsync(FunctionsHost host)
    {
        await host.KillAsync();
        _hosts.Remove(host);
        await host.DisposeAsync();
    }

    /// <summary>The lines of error of all hosts, also of those that were killed, since this was last asked.</summary>
    internal IReadOnlyList<LogLine> NewErrors()
    {
        var errors = new List<LogLine>();
        for (var index = 0; index < _logs.Count; index++)
        {
            var (log, read) = _logs[index];
            var lines = log.From(read);
            errors.AddRange(lines.Where(line => line.IsError));
            _logs[index] = (log, read + lines.Count);
        }

        return errors;
    }

    // Tests place more orders than a day of a person has.
    private static JsonObject Limits() =>
        new()
        {
            ["max_position_size"] = 100_000,
            ["max_position_value"] = 1_000_000,
            ["max_daily_trades"] = 100_000,
        };

    /// <summary>What is to be done between the start of storage and that of the host.</summary>
    private protected virtual Task StorageIsUpAsync() => Task.CompletedTask;

    private Dictionary<string, string> All()
    {
        var samples = Path.Combine(Repository.Top, "samples");
        var settings = new Dictionary<string, string>
        {
            ["CycleSchedule"] = "0 * * * * *",
            ["MaintenanceSchedule"] = "30 * * * * *",
            ["AutoTrader__Market__Directory"] = Path.Combine(samples, "market"),
            ["AutoTrader__ImportOnFirstStart"] = Path.Combine(samples, "strategies.yaml"),
            ["AutoTrader__ImportSchedulesOnFirstStart"] = Path.Combine(samples, "schedules.yaml"),
            ["CUSTOM_WEBHOOK_URL"] = Webhooks.Address.ToString(),
        };
        foreach (var (name, value) in Settings)
        {
            settings[name] = value;
        }

        return settings;
    }
}

/// <summary>An app whose timers run every few seconds, so that tests of them need not wait for minutes.</summary>
public sealed class BriskApp(PublishedApp published) : LiveApp(published)
{
    protected override IEnumerable<KeyValuePair<string, string>> Settings =>
        [new("CycleSchedule", "*/5 * * * * *"), new("MaintenanceSchedule", "*/4 * * * * *")];
}
