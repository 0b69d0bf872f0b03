using System.Globalization;
using System.Reflection;
using AutoTrader.LocalHost.Azurite;
using AutoTrader.LocalHost.Durable;
using AutoTrader.LocalHost.Functions;
using AutoTrader.LocalHost.Http;
using AutoTrader.LocalHost.Storage;
using AutoTrader.LocalHost.Time;
using AutoTrader.LocalHost.Timers;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace AutoTrader.LocalHost.Hosting;

/// <summary>Builds the host of a function app, like the worker's own builder.</summary>
internal sealed class LocalHostBuilder : IFunctionsWorkerApplicationBuilder
{
    // That of the real host's tools.
    private const int DefaultPort = 7071;

    private readonly LocalHostOptions _options;
    private readonly HostJson _hostJson;
    private readonly RuntimeSettings _settings;
    private readonly HostApplicationBuilder _host;
    private readonly List<Func<FunctionExecutionDelegate, FunctionExecutionDelegate>> _middleware = [];

    public LocalHostBuilder(LocalHostOptions options)
    {
        _options = options;
        if (options.Folder is { } folder)
        {
            // Before anything reads the environment, as the real host starts its worker with them.
            LocalFiles.ApplySettings(folder);
        }

        var configuration = new ConfigurationManager();
        configuration.AddInMemoryCollection([new("hostBuilder:reloadConfigOnChange", "false")]);
        _host = new HostApplicationBuilder(
            new HostApplicationBuilderSettings
            {
                ApplicationName = App.GetName().Name,
                Configuration = configuration,
                ContentRootPath = AppContext.BaseDirectory,
                DisableDefaults = !options.ReadsEnvironment,
                EnvironmentName = Environment.GetEnvironmentVariable("AZURE_FUNCTIONS_ENVIRONMENT") ?? Environments.Development,
            }
        );
        _host.Configuration.AddInMemoryCollection(options.Settings);
        if (options.InMemory)
        {
            // The app's own setting for it.
            _host.Configuration["AutoTrader:Storage"] = "memory";
        }

        _hostJson = LocalFiles.ReadHostJson(options.Folder, _host.Configuration);
        _settings = RuntimeSettings.Read(_host.Configuration, options.Folder is null ? 0 : DefaultPort);
        ConfigureLogging();
        AddServices();
    }

    /// <summary>Services, settings and log of the app.</summary>
    public IHostApplicationBuilder Host => _host;

    IServiceCollection IFunctionsWorkerApplicationBuilder.Services => _host.Services;

    private IEnumerable<Type> Classes =>
        _options.Classes.IsEmpty ? _options.Assemblies.SelectMany(assembly => assembly.GetTypes()) : _options.Classes;

    private Assembly App => _options.Assemblies[0];

    IFunctionsWorkerApplicationBuilder IFunctionsWorkerApplicationBuilder.Use(
        Func<FunctionExecutionDelegate, FunctionExecutionDelegate> middleware
    )
    {
        _middleware.Add(middleware);
        return this;
    }

    public LocalFunctionsHost Build()
    {
        _host.Services.AddSingleton(new FunctionPipeline(_middleware, _hostJson.FunctionTimeout));
        return new(
            _host.Build(),
            new()
            {
                Options = _options,
                Settings = _settings,
                RoutePrefix = _hostJson.RoutePrefix,
            }
        );
    }

    private void ConfigureLogging()
    {
        _host.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        _host.Logging.AddFilter("DurableTask", LogLevel.Warning);
        // A failed start is reported in a sentence instead of its stack trace.
        _host.Logging.AddFilter("Microsoft.Extensions.Hosting", LogLevel.None);
        _host.Logging.AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Warning);
        _host.Logging.AddConfiguration(_hostJson.Logging);
        _host.Logging.AddConsole(console => console.FormatterName = LineFormatter.FormatterName);
        _host.Services.AddSingleton<ConsoleFormatter>(new LineFormatter(_options.PlainCategory));
        _options.Logging?.Invoke(_host.Logging);
    }

    // The course of business time that this host's state belongs to.
    private string Course =>
        _options.SteppedFrom is not null ? "stepped"
        : _settings.ReplayStart is { } start ? start.ToString("'replay-'yyyyMMdd'T'HHmmss", CultureInfo.InvariantCulture)
        : "live";

    private void AddServices()
    {
        var services = _host.Services;
        services.AddSingleton<RunningWork>();
        if ((_options.SteppedFrom ?? _settings.ReplayStart) is { } start)
        {
            services.AddSingleton(provider => new VirtualClock(
                start,
                provider.GetRequiredService<RunningWork>(),
                provider.GetRequiredService<ILogger<VirtualClock>>()
            )
            {
                Speed = _options.SteppedFrom is null ? _settings.ReplaySpeed : 0,
                Skips = _settings.SkipsClosedHours ? _options.IsClosed : _ => false,
            });
            services.AddSingleton<IWorkClock>(provider => provider.GetRequiredService<VirtualClock>());
            // First, so that the app's TryAddSingleton(TimeProvider.System) finds it.
            services.AddSingleton<TimeProvider>(provider => provider.GetRequiredService<VirtualClock>());
        }
        else
        {
            services.AddSingleton(provider => new SystemWorkClock(
                provider.GetService<TimeProvider>() ?? TimeProvider.System,
                provider.GetRequiredService<ILogger<SystemWorkClock>>()
            ));
            services.AddSingleton<IWorkClock>(provider => provider.GetRequiredService<SystemWorkClock>());
        }

        services.AddSingleton(provider => _options.Storage ?? (_options.InMemory ? new MemoryRuntimeStorage() : AzureStorage(provider)));
        services.AddSingleton<StorageSafety>();
        services.AddSingleton<AppSettings>();
        services.AddSingleton<FunctionInvoker>();
        services.AddSingleton<FunctionTimers>();
        services.AddSingleton<HttpServer>();
        services.AddSingleton(provider => new FunctionIndex(Classes, provider.GetServices<IRuntimeExtension>()));
        services.AddRouting();
        var durable = DurableSettings.Read(_hostJson.All);
        services.AddSingleton(durable);
        services.AddSingleton(_ => new TaskHub(durable.HubName, Course) { IsServed = _options.Groups.HasFlag(TriggerGroups.Durable) });
        services.AddSingleton<IRuntimeExtension, DurableExtension>();
    }

    private AzureRuntimeStorage AzureStorage(IServiceProvider provider) =>
        StorageServices.From(_host.Configuration.GetSection("AzureWebJobsStorage")) is { } services
            ? new AzureRuntimeStorage(services, App.GetName().Name!, provider.GetRequiredService<ILogger<AzureRuntimeStorage>>())
            : throw new InvalidOperationException(
                "The setting AzureWebJobsStorage has no value. For local storage set it to UseDevelopmentStorage=true, for example "
                    + "in local.settings.json; for an account by identity set AzureWebJobsStorage__accountName, or __blobServiceUri, "
                    + "__queueServiceUri and __tableServiceUri."
            );
}

/// <summary>What a host was built to do.</summary>
internal sealed record HostPlan
{
    public required LocalHostOptions Options { get; init; }

    public required RuntimeSettings Settings { get; init; }

    public required string RoutePrefix { get; init; }
}
