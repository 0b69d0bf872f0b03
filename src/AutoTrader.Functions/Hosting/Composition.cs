using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using AutoTrader.Brokers;
using AutoTrader.Brokers.Alpaca;
using AutoTrader.Core.Application;
using AutoTrader.Core.Application.Backups;
using AutoTrader.Core.Application.Reports;
using AutoTrader.Core.Application.Scheduling;
using AutoTrader.Core.Engine;
using AutoTrader.Core.Engine.Cycle;
using AutoTrader.Core.Notifications;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Brokerage;
using AutoTrader.Core.Ports.Scheduling;
using AutoTrader.Functions.Http;
using AutoTrader.Functions.Maintenance;
using AutoTrader.Functions.Notifications;
using AutoTrader.Functions.Observability;
using AutoTrader.Functions.Scheduling;
using AutoTrader.Storage;
using AutoTrader.Yaml;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace AutoTrader.Functions.Hosting;

/// <summary>Composes the app from its settings; services that tests registered earlier stay.</summary>
public static class Composition
{
    private const string Memory = "memory";
    private const string Paper = "paper";
    private const int LongestRetention = 10_000;
    private const string AlpacaPaper = "alpaca-paper";
    private const string AlpacaLive = "alpaca-live";
    private const string Csv = "csv";
    private const string Alpaca = "alpaca";

    /// <summary>Adds everything that the functions need. Existing registrations stay: stores, broker, clock.</summary>
    /// <exception cref="InvalidOperationException">A setting is wrong; the message says which and what to do.</exception>
    public static FunctionsApplicationBuilder AddAutoTrader(this FunctionsApplicationBuilder builder)
    {
        AddAutoTrader(builder, builder);
        return builder;
    }

    /// <summary>Adds everything that the functions need to a host that is not the worker's own.</summary>
    /// <param name="host">Where services, settings and log go.</param>
    /// <param name="worker">Where middleware goes.</param>
    /// <exception cref="InvalidOperationException">A setting is wrong; the message says which and what to do.</exception>
    public static void AddAutoTrader(IHostApplicationBuilder host, IFunctionsWorkerApplicationBuilder worker)
    {
        ArgumentNullException.ThrowIfNull(host);
        var (services, configuration) = (host.Services, host.Configuration);
        TriggerSettings.Check(typeof(Composition).Assembly, configuration);
        worker.UseWhen<ErrorMiddleware>(ErrorMiddleware.IsHttp);

        services.TryAddSingleton(TimeProvider.System);
        AddPorts(services, configuration);
        AddEngine(services, configuration);
        AddApplication(services, configuration);
        AddNotifications(services, configuration);
        AddSchedules(services);
        services.AddHostedService<FirstImport>();

        host.AddObservability();
    }

    private static void AddPorts(IServiceCollection services, IConfiguration configuration)
    {
        if (string.Equals(configuration["AutoTrader:Storage"], Memory, StringComparison.OrdinalIgnoreCase))
        {
            services.AddAutoTraderMemoryStorage();
        }
        else if (services.All(service => service.ServiceType != typeof(ITradingStore)))
        {
            services.AddAutoTraderStorage(configuration);
        }

        services.TryAddSingleton<ChangeLines>();
        Observe<ITradingStore>(services, (store, lines) => new ObservedTradingStore(store, lines));
        Observe<IScheduleStore>(services, (store, lines) => new ObservedScheduleStore(store, lines));
        Observe<IAuditLog>(services, (log, lines) => new ObservedAuditLog(log, lines));

        // First, since it says which broker and which prices go together.
        var marketData = MarketData(configuration);
        if (services.All(service => service.ServiceType != typeof(IBroker)))
        {
            AddBroker(services, configuration);
        }

        if (services.All(service => service.ServiceType != typeof(IMarketData)))
        {
            AddMarketData(services, configuration, marketData);
        }
    }

    private static void Observe<T>(IServiceCollection services, Func<T, ChangeLines, T> observed)
        where T : class
    {
        var inner = services.Last(service => service.ServiceType == typeof(T));
        services.Replace(
            ServiceDescriptor.Singleton(provider =>
                observed(
                    (T)(
                        inner.ImplementationInstance
                        ?? inner.ImplementationFactory?.Invoke(provider)
                        ?? ActivatorUtilities.CreateInstance(provider, inner.ImplementationType!)
                    ),
                    provider.GetRequiredService<ChangeLines>()
                )
            )
        );
    }

    private static void AddBroker(IServiceCollection services, IConfiguration configuration)
    {
        switch (Broker(configuration))
        {
            case Paper:
                services.AddPaperBroker(configuration);
                break;
            case var alpaca:
                services.AddAlpacaBroker(configuration, live: alpaca == AlpacaLive);
                break;
        }
    }

    private static void AddMarketData(IServiceCollection services, IConfiguration configuration, string marketData)
    {
        if (marketData == Alpaca)
        {
            services.AddAlpacaMarketData(configuration);
            return;
        }

        services.AddCsvMarketData(configuration);
    }

    private static string Broker(IConfiguration configuration) =>
        Word(configuration["AutoTrader:Broker"]) switch
        {
            null => Paper,
            Paper => Paper,
            AlpacaPaper => AlpacaPaper,
            AlpacaLive => AlpacaLive,
            var broker => throw new InvalidOperationException(
                $"The setting AutoTrader__Broker is '{broker}'. It must be {Paper}, {AlpacaPaper} or {AlpacaLive}."
            ),
        };

    private static string MarketData(IConfiguration configuration) =>
        (Word(configuration["AutoTrader:MarketData"]), Broker(configuration)) switch
        {
            (null, Paper) or (Csv, Paper) => Csv,
            (null, _) or (Alpaca, _) => Alpaca,
            (Csv, var broker) => throw new InvalidOperationException(
                $"The setting AutoTrader__MarketData is {Csv}, but the broker is {broker}: prices from files must not place orders in a "
                    + $"real market. Remove it, or set it to {Alpaca}."
            ),
            (var market, _) => throw new InvalidOperationException(
                $"The setting AutoTrader__MarketData is '{market}'. It must be {Csv} or {Alpaca}."
            ),
        };

    private static string? Word(string? setting) => string.IsNullOrWhiteSpace(setting) ? null : setting.Trim().ToLowerInvariant();

    private static void AddEngine(IServiceCollection services, IConfiguration configuration)
    {
        var schedule = new CycleSchedule(configuration);
        services.TryAddSingleton(schedule);
        services.TryAddSingleton(
            (configuration.GetSection("AutoTrader:Engine").Get<EngineOptions>() ?? new()) with
            {
                Holder = string.Create(CultureInfo.InvariantCulture, $"{Environment.MachineName}/{Environment.ProcessId}"),
                CycleInterval = schedule.Interval,
            }
        );
        services.TryAddSingleton(Retention(configuration));
        services.TryAddSingleton<Retention>();
        services.TryAddSingleton<IEngineEvents, EngineEventLog>();
        services.TryAddSingleton<EnginePorts>();
        services.TryAddSingleton<Heartbeats>();
        services.TryAddSingleton<HealthCheck>();
        services.TryAddSingleton<WatchdogStarter>();
        services.TryAddSingleton<ScheduleSweep>();
        services.TryAddSingleton<NotificationRound>();
        services.TryAddSingleton<Housekeeping>();
        AddHealthReports(services, configuration);
        services.TryAddSingleton<Maintain>();
        services.TryAddSingleton<IEvaluationCycle>(provider => new ObservedCycle(
            new EvaluationCycle(provider.GetRequiredService<EnginePorts>(), provider.GetRequiredService<EngineOptions>()),
            provider.GetRequiredService<Telemetry>()
        ));
    }

    private static void AddHealthReports(IServiceCollection services, IConfiguration configuration)
    {
        // By the wall clock, like notifications. A wrong address fails the start.
        var address = DeadMansSwitch.Address(configuration[DeadMansSwitch.Setting]);
        services.TryAddSingleton(new DeadMansSwitch(address, WebhookChannel.NewClient(), TimeProvider.System));
        services.TryAddSingleton(
            new HealthAudience(address is not null || !string.IsNullOrEmpty(configuration[ObservabilityRegistration.ConnectionSetting]))
        );
        services.TryAddSingleton<HealthReporter>();
    }

    private static RetentionOptions Retention(IConfiguration configuration)
    {
        var options = configuration.GetSection("AutoTrader:Retention").Get<RetentionOptions>() ?? new();
        foreach (
            var (name, days) in new[]
            {
                (nameof(options.OrderDays), options.OrderDays),
                (nameof(options.AuditDays), options.AuditDays),
                (nameof(options.CycleDays), options.CycleDays),
            }
        )
        {
            if (days is < 1 or > LongestRetention)
            {
                throw new InvalidOperationException(
                    $"The setting AutoTrader__Retention__{name} is {days}. It counts days: 1 to {LongestRetention}."
                );
            }
        }

        return options;
    }

    private static void AddApplication(IServiceCollection services, IConfiguration configuration)
    {
        // All hosts of one storage account share its secret, and no one else has it.
        services.TryAddSingleton(
            new Cursors(
                SHA256.HashData(
                    Encoding.UTF8.GetBytes(
                        "cursors of " + (configuration["AzureWebJobsStorage"] ?? configuration["AzureWebJobsStorage:accountName"])
                    )
                )
            )
        );
        services.TryAddSingleton(new CommandTimeouts());
        services.TryAddSingleton<CommandQueue>();
        services.TryAddSingleton<ChangeLog>();
        services.TryAddSingleton<EventLog>();
        services.TryAddSingleton<RecordQueue>();
        services.TryAddSingleton<StrategyService>();
        services.TryAddSingleton<StrategyWarnings>();
        services.TryAddSingleton<StrategyFileService>();
        services.TryAddSingleton<OrderService>();
        services.TryAddSingleton<EngineService>();
        services.TryAddSingleton<KillSwitchService>();
        services.TryAddSingleton<RiskService>();
        services.TryAddSingleton<PortfolioService>();
        services.TryAddSingleton<EquityService>();
        services.TryAddSingleton<CashService>();
        services.TryAddSingleton<LedgerService>();
        services.TryAddSingleton<BacktestService>();
        services.TryAddSingleton<BackupService>();
        services.TryAddSingleton<RestoreService>();
        services.TryAddSingleton<RebuildService>();
        services.TryAddSingleton(Surroundings(configuration));
        services.TryAddSingleton<Checklist>();
    }

    private static AppSurroundings Surroundings(IConfiguration configuration) =>
        new(
            string.Equals(configuration["AutoTrader:Storage"], Memory, StringComparison.OrdinalIgnoreCase)
                ? "It is in memory only and lost when the app stops."
                : null,
            !string.IsNullOrWhiteSpace(configuration[DeadMansSwitch.Setting]),
            !string.IsNullOrEmpty(configuration[ObservabilityRegistration.ConnectionSetting])
        );

    private static void AddSchedules(IServiceCollection services)
    {
        services.TryAddSingleton<IScheduleEvents, ScheduleEventLog>();
        services.TryAddSingleton<IScheduleNotifications, ScheduleNotifications>();
        services.TryAddSingleton<ScheduleActionExecutor>();
        services.TryAddSingleton<SchedulePlanner>();
        services.TryAddSingleton<OccurrenceDispatcher>();
        services.TryAddSingleton<ScheduleSweeper>();
        services.TryAddSingleton<ScheduleSignals>();
        services.TryAddSingleton<ScheduleService>();
        services.TryAddSingleton<ScheduleTargets>();
        services.TryAddSingleton<OverviewService>();
        services.TryAddSingleton<ScheduleFileService>();
        services.TryAddSingleton<StrategyScheduleService>();
    }

    private static void AddNotifications(IServiceCollection services, IConfiguration configuration)
    {
        // Sending and retries use the wall clock, whatever clock trading has. A wrong setting fails the start.
        var settings = new NotificationSettings(configuration, WebhookChannel.NewClient(), TimeProvider.System);
        var channels = settings.Channels();
        services.TryAddSingleton(provider => new NotificationChannels([
            .. channels.All.Select(channel => new ObservedChannel(channel, provider.GetRequiredService<Telemetry>())),
        ]));
        services.TryAddSingleton(settings.Options());
        services.TryAddSingleton<NotificationPublisher>();
        services.TryAddSingleton<DailySummary>();
        services.TryAddSingleton<OutboxRetention>();
        services.TryAddSingleton<NotificationService>();
        services.TryAddSingleton(provider => ActivatorUtilities.CreateInstance<NotificationDelivery>(provider, TimeProvider.System));
    }
}
