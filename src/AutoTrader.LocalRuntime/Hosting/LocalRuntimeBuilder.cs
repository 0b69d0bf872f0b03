using System.Globalization;
using System.Reflection;
using AutoTrader.LocalRuntime.Durable;
using AutoTrader.LocalRuntime.Functions;
using AutoTrader.LocalRuntime.Http;
using AutoTrader.LocalRuntime.Storage;
using AutoTrader.LocalRuntime.Time;
using AutoTrader.LocalRuntime.Timers;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AutoTrader.LocalRuntime.Hosting;

/// <summary>Makes the host of a function app: what the public builder has inside.</summary>
internal sealed class LocalRuntimeBuilder
{
    // That of the real host's tools.
    private const int DefaultPort = 7071;

    private readonly LocalRuntimeOptions _options;
    private readonly HostJson _hostJson;
    private readonly RuntimeSettings _settings;
    private bool _built;

    public LocalRuntimeBuilder(LocalRuntimeOptions options)
    {
        _options = options;
        if (options.ReadsFiles)
        {
            StartFailures.Tell();
            // Before anything reads the environment, as the real host starts its worker with them.
            LocalFiles.ApplySettings(AppContext.BaseDirectory);
        }

        var configuration = new ConfigurationManager();
        configuration.AddInMemoryCollection([new("hostBuilder:reloadConfigOnChange", "false")]);
        Host = new HostApplicationBuilder(new HostApplicationBuilderSettings
        {
            Args = [.. options.Arguments],
            ApplicationName = App.GetName().Name,
            Configuration = configuration,
            ContentRootPath = AppContext.BaseDirectory,
            EnvironmentName = Environment.GetEnvironmentVariable("AZURE_FUNCTIONS_ENVIRONMENT") ?? Environments.Development,
        });
        Host.Configuration.AddInMemoryCollection(options.Settings);
        _hostJson = LocalFiles.ReadHostJson(options.ReadsFiles ? AppContext.BaseDirectory : null, Host.Configuration);
        _settings = RuntimeSettings.Read(Host.Configuration, options.ReadsFiles ? DefaultPort : 0);
        ConfigureLogging();
        AddServices();
    }

    public HostApplicationBuilder Host { get; }

    public List<Func<FunctionExecutionDelegate, FunctionExecutionDelegate>> Middleware { get; } = [];

    /// <summary>Whether the app called <c>ConfigureFunctionsWebApplication</c>, without which HTTP functions get no ASP.NET Core types.</summary>
    public bool IsWebApplication { get; set; }

    private IEnumerable<Type> Classes => !_options.Classes.IsEmpty ? _options.Classes
        : _options.Assemblies.IsEmpty ? App.GetTypes()
        : _options.Assemblies.SelectMany(assembly => assembly.GetTypes());

    private Assembly App => _options.Assemblies.IsEmpty
        ? Assembly.GetEntryAssembly() ?? throw new InvalidOperationException("There is no entry assembly to look for functions in.")
        : _options.Assemblies[0];

    public IHost Build()
    {
        if (_built)
            throw new InvalidOperationException("The application has already been built.");
        _built = true;
        Host.Services.AddSingleton(new FunctionPipeline(Middleware, _hostJson.FunctionTimeout));
        return new LocalFunctionsHost(Host.Build(), new HostPlan
        {
            Options = _options,
            Settings = _settings,
            RoutePrefix = _hostJson.RoutePrefix,
            IsWebApplication = IsWebApplication,
        });
    }

    private void ConfigureLogging()
    {
        Host.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        Host.Logging.AddConfiguration(_hostJson.Logging);
        Host.Logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "HH:mm:ss ";
        });
        _options.Logging?.Invoke(Host.Logging);
    }

    private void AddServices()
    {
        var services = Host.Services;
        services.AddSingleton<RunningWork>();
        if ((_options.SteppedFrom ?? _settings.ReplayStart) is { } start)
        {
            services.AddSingleton(provider => new VirtualClock(start, provider.GetRequiredService<RunningWork>(), provider.GetRequiredService<ILogger<VirtualClock>>())
            {
                Speed = _options.SteppedFrom is null ? _settings.ReplaySpeed : 0,
            });
            services.AddSingleton<IWorkClock>(provider => provider.GetRequiredService<VirtualClock>());
            // First, so that the app's TryAddSingleton(TimeProvider.System) finds it.
            services.AddSingleton<TimeProvider>(provider => provider.GetRequiredService<VirtualClock>());
        }
        else
        {
            services.AddSingleton(provider => new SystemWorkClock(provider.GetService<TimeProvider>() ?? TimeProvider.System, provider.GetRequiredService<ILogger<SystemWorkClock>>()));
            services.AddSingleton<IWorkClock>(provider => provider.GetRequiredService<SystemWorkClock>());
        }

        services.AddSingleton(_ => _options.Storage ?? AzureStorage(_));
        services.AddSingleton<AppSettings>();
        services.AddSingleton<FunctionInvoker>();
        services.AddSingleton<FunctionTimers>();
        services.AddSingleton<HttpServer>();
        services.AddSingleton(provider => new FunctionIndex(
            Classes,
            provider.GetServices<IRuntimeExtension>(),
            provider.GetRequiredService<AppSettings>(),
            provider.GetRequiredService<ILogger<FunctionIndex>>()));
        services.AddRouting();
        services.AddSingleton(_ => new TaskHub(_hostJson.HubName, _options.SteppedFrom is not null ? "Stepped" : _settings.ReplayStart?.ToString("'R'yyyyMMddHHmmss", CultureInfo.InvariantCulture) ?? "") { ActivitiesAtOnce = _hostJson.ActivitiesAtOnce });
        services.AddSingleton<IRuntimeExtension, DurableExtension>();
    }

    private AzureRuntimeStorage AzureStorage(IServiceProvider provider)
    {
        var connection = Host.Configuration["AzureWebJobsStorage"];
        return string.IsNullOrWhiteSpace(connection)
            ? throw new InvalidOperationException("The setting AzureWebJobsStorage has no value. For local storage set it to UseDevelopmentStorage=true, for example in local.settings.json.")
            : new AzureRuntimeStorage(connection, App.GetName().Name!, provider.GetRequiredService<ILogger<AzureRuntimeStorage>>());
    }
}

/// <summary>What a host was built to do.</summary>
internal sealed record HostPlan
{
    public required LocalRuntimeOptions Options { get; init; }

    public required RuntimeSettings Settings { get; init; }

    public required string RoutePrefix { get; init; }

    public required bool IsWebApplication { get; init; }
}
