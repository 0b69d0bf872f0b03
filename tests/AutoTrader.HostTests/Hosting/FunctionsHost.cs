using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace AutoTrader.HostTests.Hosting;

/// <summary>What a host is started with.</summary>
/// <param name="App">The published app.</param>
/// <param name="Folder">A folder of this host's own.</param>
/// <param name="Id">The host id: hosts of one app have the same one.</param>
/// <param name="Storage">The connection string.</param>
/// <param name="Settings">Everything else.</param>
internal sealed record HostSetup(string App, string Folder, string Id, string Storage, IReadOnlyDictionary<string, string> Settings);

/// <summary>A Functions host that runs the published app: the process, its worker, its keys and its log.</summary>
internal sealed class FunctionsHost : IAsyncDisposable
{
    /// <summary>The key that opens everything, the host's own endpoints too.</summary>
    public const string MasterKey = "master-key-of-the-tests";

    /// <summary>The key that opens the app's functions.</summary>
    public const string FunctionKey = "function-key-of-the-tests";

    private const string Secrets = $$"""
        {
          "masterKey": { "name": "master", "value": "{{MasterKey}}", "encrypted": false },
          "functionKeys": [ { "name": "default", "value": "{{FunctionKey}}", "encrypted": false } ],
          "systemKeys": []
        }
        """;

    private readonly Process _process;
    private readonly HttpClient _http;

    private FunctionsHost(HostCommand command, HostSetup setup)
    {
        var port = Free.Port();
        Address = new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}/"));
        _http = new() { BaseAddress = Address, Timeout = TimeSpan.FromMinutes(2) };
        var start = command.For(setup.App, port);
        Configure(start.Environment, setup);
        start.Environment["ASPNETCORE_URLS"] = Address.ToString().TrimEnd('/');
        start.Environment["WEBSITE_HOSTNAME"] = Address.Authority;
        _process = Process.Start(start)!;
        _process.StandardInput.Close();
        _process.OutputDataReceived += (_, line) => Log.Add(line.Data);
        _process.ErrorDataReceived += (_, line) => Log.Add(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        AppDomain.CurrentDomain.ProcessExit += OnExit;
    }

    /// <summary>Where it listens.</summary>
    public Uri Address { get; }

    /// <summary>What it writes to its console.</summary>
    public HostLog Log { get; } = new();

    /// <summary>Starts a host; it runs when <see cref="IsRunningAsync"/> says so.</summary>
    public static FunctionsHost Start(HostSetup setup) =>
        new(HostCommand.Found ?? throw new InvalidOperationException(HostCommand.Missing), setup);

    /// <summary>Waits until it runs its functions.</summary>
    public Task IsRunningAsync() => Eventually.IsTrueAsync("the host runs", async () =>
        {
            _process.HasExited.ShouldBeFalse($"The host ended:\n{string.Join('\n', Log.From(0))}");
            return (await AdminAsync("host/status"))?["state"]?.GetValue<string>() == "Running";
        });

    /// <summary>Asks the host itself.</summary>
    public async Task<JsonNode?> AdminAsync(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "admin/" + path);
        request.Headers.Add("x-functions-key", MasterKey);
        using var response = await _http.SendAsync(request);
        return response.IsSuccessStatusCode ? await response.Content.ReadFromJsonAsync<JsonNode>() : null;
    }

    /// <summary>The app's HTTP interface, with a key or without.</summary>
    public AppClient Client(string? key = FunctionKey) => new(_http, key);

    /// <summary>The app's own process; null while there is none.</summary>
    public int? Worker() =>
        Processes.ChildrenOf(_process.Id) switch
        {
            [] => null,
            [var first, ..] => first,
        };

    /// <summary>Kills the app's process with SIGKILL.</summary>
    /// <returns>Which it was.</returns>
    public async Task<int> KillWorkerAsync()
    {
        var worker = await Eventually.FindAsync("a worker", () => Task.FromResult(Worker() is { } id ? Process.GetProcessById(id) : null));
        using (worker)
        {
            worker.Kill();
            return worker.Id;
        }
    }

    /// <summary>Kills the host and its worker with SIGKILL.</summary>
    public async Task KillAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        AppDomain.CurrentDomain.ProcessExit -= OnExit;
        if (!_process.HasExited)
        {
            await KillAsync();
        }

        _process.Dispose();
        _http.Dispose();
    }

    private static void Configure(IDictionary<string, string?> environment, HostSetup setup)
    {
        var temporary = Directory.CreateDirectory(Path.Combine(setup.Folder, "tmp")).FullName;
        // Core Tools look for key files in this folder of the temporary one, and take no other (seen in their sources, not tried).
        string[] secrets = [Path.Combine(setup.Folder, "secrets"), Path.Combine(temporary, "secrets", "functions", "secrets")];
        foreach (var folder in secrets)
        {
            Directory.CreateDirectory(folder);
            File.WriteAllText(Path.Combine(folder, "host.json"), Secrets);
        }

        var settings = new Dictionary<string, string?>
        {
            // In a container the host takes itself for one of Azure's and lets nobody in.
            ["CONTAINER_NAME"] = null,
            ["TMPDIR"] = temporary,
            ["AzureWebJobsScriptRoot"] = setup.App,
            ["AzureWebJobsStorage"] = setup.Storage,
            ["AzureWebJobsSecretStorageType"] = "files",
            ["AzureFunctionsWebHost__hostid"] = setup.Id,
            ["AzureFunctionsJobHost__Logging__Console__IsEnabled"] = "true",
            ["AzureFunctionsJobHost__Logging__Console__FormatterName"] = "json",
            ["FUNCTIONS_WORKER_RUNTIME"] = "dotnet-isolated",
            ["FUNCTIONS_SECRETS_PATH"] = secrets[0],
            ["FUNCTIONS_LOG_PATH"] = Directory.CreateDirectory(Path.Combine(setup.Folder, "log")).FullName,
            ["DOTNET_TieredCompilation"] = "1",
        };
        foreach (var (name, value) in settings.Concat(setup.Settings.Select(it => KeyValuePair.Create(it.Key, (string?)it.Value))))
        {
            if (value is null)
            {
                environment.Remove(name);
            }
            else
            {
                environment[name] = value;
            }
        }
    }

    // A test run that is stopped leaves no host behind.
    private void OnExit(object? sender, EventArgs arguments)
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }
    }
}
