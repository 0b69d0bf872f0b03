using System.Diagnostics.Metrics;
using System.Text.RegularExpressions;
using AutoTrader.Core.Notifications;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Scheduling;
using AutoTrader.Storage.Lease;
using AutoTrader.Storage.Stores;
using AutoTrader.Storage.Tables;
using Azure.Core;
using Azure.Data.Tables;
using Azure.Identity;
using Azure.Storage.Blobs;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace AutoTrader.Storage;

/// <summary>Registers the stores.</summary>
public static partial class StorageRegistration
{
    private const string Connection = "AzureWebJobsStorage";
    private const string PrefixSetting = "AutoTrader:TablePrefix";
    private const string Container = "autotrader";

    /// <summary>
    /// Registers the stores on the storage account that <c>AzureWebJobsStorage</c> names: a connection string (also
    /// <c>UseDevelopmentStorage=true</c>), or an identity: <c>AzureWebJobsStorage__accountName</c>, or
    /// <c>__tableServiceUri</c> with <c>__blobServiceUri</c>, and optionally <c>__clientId</c> of a user-assigned identity.
    /// <c>AutoTrader__TablePrefix</c> keeps several installations in one account apart. Nothing is contacted yet.
    /// </summary>
    /// <exception cref="InvalidOperationException">A setting is missing or wrong; the message says which.</exception>
    public static IServiceCollection AddAutoTraderStorage(this IServiceCollection services, IConfiguration configuration)
    {
        var prefix = configuration[PrefixSetting] ?? "";
        if (prefix.Length > 0 && !ValidPrefix().IsMatch(prefix))
        {
            throw new InvalidOperationException(
                $"AutoTrader__TablePrefix '{prefix}' must be 1 to 20 letters and digits, beginning with a letter."
            );
        }

        var account = StorageAccount.From(configuration.GetSection(Connection));
        services.AddMetrics();
        services.TryAddSingleton(provider => new StorageTransactions(provider.GetService<IMeterFactory>()));
        services.TryAddSingleton(provider => account.Tables(provider.GetRequiredService<StorageTransactions>()));
        services.TryAddSingleton(provider => account.Blobs(provider.GetRequiredService<StorageTransactions>()));
        services.TryAddSingleton(provider => new AzureTables(provider.GetRequiredService<TableServiceClient>(), prefix));
        services.TryAddSingleton<IEntityTables>(provider => provider.GetRequiredService<AzureTables>());
        services.TryAddSingleton<ITradingStore, TableTradingStore>();
        services.TryAddSingleton<IEngineStore, TableEngineStore>();
        services.TryAddSingleton<IHeartbeatStore, HeartbeatStore>();
        services.TryAddSingleton<IAuditLog, TableAuditLog>();
        services.TryAddSingleton<IOutbox, TableOutbox>();
        services.TryAddSingleton<IPaperStore, TablePaperStore>();
        services.TryAddSingleton<IScheduleStore, TableScheduleStore>();
        services.TryAddSingleton<IHistory, History>();
        services.TryAddSingleton<IAccountRows, AccountRows>();
        services.TryAddSingleton<FillsProjection>();
        services.TryAddSingleton<IArchive>(provider => provider.GetRequiredService<FillsProjection>());
        services.TryAddSingleton<IEngineLease>(provider => new BlobEngineLease(
            provider.GetRequiredService<BlobServiceClient>(),
            prefix.ToLowerInvariant() + Container
        ));
        return services;
    }

    /// <summary>Registers the stores in memory: for tests and simulations of the whole app.</summary>
    /// <param name="services">The services.</param>
    /// <param name="tables">Where everything is kept: pass the same over a restart. Null for new ones.</param>
    /// <param name="lease">The lease: pass the same to two hosts. Null for a new one.</param>
    public static IServiceCollection AddAutoTraderMemoryStorage(
        this IServiceCollection services,
        MemoryTables? tables = null,
        MemoryEngineLease? lease = null
    )
    {
        services.AddMetrics();
        services.TryAddSingleton(provider => new StorageTransactions(provider.GetService<IMeterFactory>()));
        services.TryAddSingleton(tables ?? new MemoryTables());
        services.TryAddSingleton<IEntityTables>(provider => provider.GetRequiredService<MemoryTables>());
        services.TryAddSingleton<ITradingStore, MemoryTradingStore>();
        services.TryAddSingleton<IEngineStore, MemoryEngineStore>();
        services.TryAddSingleton<IHeartbeatStore, HeartbeatStore>();
        services.TryAddSingleton<IAuditLog, MemoryAuditLog>();
        services.TryAddSingleton<IOutbox, MemoryOutbox>();
        services.TryAddSingleton<IPaperStore, MemoryPaperStore>();
        services.TryAddSingleton<IScheduleStore, MemoryScheduleStore>();
        services.TryAddSingleton<IHistory, History>();
        services.TryAddSingleton<IAccountRows, AccountRows>();
        services.TryAddSingleton<FillsProjection>();
        services.TryAddSingleton<IArchive>(provider => provider.GetRequiredService<FillsProjection>());
        services.TryAddSingleton<IEngineLease>(lease ?? new MemoryEngineLease());
        return services;
    }

    [GeneratedRegex(
        "^[A-Za-z][A-Za-z0-9]{0,19}$",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex ValidPrefix();
}

/// <summary>A storage account, by connection string or by identity, and its clients.</summary>
internal sealed record StorageAccount(string? ConnectionString, Uri? TableUri, Uri? BlobUri, TokenCredential? Credential)
{
    private const int Retries = 4;
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(4);

    // A cycle has 50 s: a request that takes longer than this has failed.
    private static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(10);

    public static StorageAccount From(IConfigurationSection section)
    {
        if (!string.IsNullOrWhiteSpace(section.Value))
        {
            return new(section.Value, null, null, null);
        }

        var account = section["accountName"];
        var tables = section["tableServiceUri"] ?? (account is null ? null : $"https://{account}.table.core.windows.net");
        var blobs = section["blobServiceUri"] ?? (account is null ? null : $"https://{account}.blob.core.windows.net");
        if (tables is null || blobs is null)
        {
            throw new InvalidOperationException(
                "No storage account: set AzureWebJobsStorage to a connection string or to UseDevelopmentStorage=true, or "
                    + "AzureWebJobsStorage__accountName to use the app's identity."
            );
        }

        return new(
            null,
            new(tables),
            new(blobs),
            new DefaultAzureCredential(new DefaultAzureCredentialOptions { ManagedIdentityClientId = section["clientId"] })
        );
    }

    public TableServiceClient Tables(StorageTransactions transactions, Action<ClientOptions>? configure = null)
    {
        var options = new TableClientOptions();
        Configure(options, transactions, "table", configure);
        return ConnectionString is null ? new(TableUri, Credential, options) : new(ConnectionString, options);
    }

    public BlobServiceClient Blobs(StorageTransactions transactions, Action<ClientOptions>? configure = null)
    {
        var options = new BlobClientOptions();
        Configure(options, transactions, "blob", configure);
        return ConnectionString is null ? new(BlobUri, Credential, options) : new(ConnectionString, options);
    }

    private static void Configure(ClientOptions options, StorageTransactions transactions, string service, Action<ClientOptions>? configure)
    {
        options.Retry.Mode = RetryMode.Exponential;
        options.Retry.MaxRetries = Retries;
        options.Retry.Delay = FirstRetry;
        options.Retry.MaxDelay = LongestRetry;
        options.Retry.NetworkTimeout = RequestTimeout;
        options.Diagnostics.IsDistributedTracingEnabled = false;
        transactions.CountIn(options, service);
        configure?.Invoke(options);
    }
}
