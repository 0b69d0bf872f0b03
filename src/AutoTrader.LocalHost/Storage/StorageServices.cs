using Azure.Core;
using Azure.Data.Tables;
using Azure.Identity;
using Azure.Storage.Blobs;
using Microsoft.Extensions.Configuration;

namespace AutoTrader.LocalHost.Storage;

/// <summary>The storage account of the host: by its connection string, or by the addresses of its services and an identity.</summary>
internal sealed class StorageServices
{
    private readonly (Uri Blobs, Uri Queues, Uri Tables)? _addresses;
    private readonly TokenCredential? _identity;
    private readonly Action<ClientOptions>? _configure;

    private StorageServices(string connectionString) => ConnectionString = connectionString;

    private StorageServices((Uri Blobs, Uri Queues, Uri Tables) addresses, TokenCredential identity, Action<ClientOptions>? configure) =>
        (_addresses, _identity, _configure) = (addresses, identity, configure);

    /// <summary>The connection string; null where an identity enters.</summary>
    public string? ConnectionString { get; }

    /// <summary>An account by its connection string.</summary>
    public static StorageServices Of(string connectionString) => new(connectionString);

    /// <summary>An account by the addresses of its services, entered by identity.</summary>
    /// <param name="blobs">Where blobs are.</param>
    /// <param name="queues">Where queues are.</param>
    /// <param name="tables">Where tables are.</param>
    /// <param name="identity">Who enters.</param>
    /// <param name="configure">Changes the clients' options; null for nothing.</param>
    public static StorageServices Of(
        Uri blobs,
        Uri queues,
        Uri tables,
        TokenCredential identity,
        Action<ClientOptions>? configure = null
    ) => new((blobs, queues, tables), identity, configure);

    /// <summary>The account that a setting names, in the forms that the real host knows; null when it names none.</summary>
    public static StorageServices? From(IConfigurationSection setting)
    {
        if (!string.IsNullOrWhiteSpace(setting.Value))
        {
            return new(setting.Value);
        }

        return Address("blob") is { } blobs && Address("queue") is { } queues && Address("table") is { } tables
            ? Of(
                blobs,
                queues,
                tables,
                new DefaultAzureCredential(new DefaultAzureCredentialOptions { ManagedIdentityClientId = setting["clientId"] })
            )
            : null;

        Uri? Address(string service) =>
            setting[service + "ServiceUri"] is { Length: > 0 } uri ? new(uri)
            : setting["accountName"] is { Length: > 0 } account ? new($"https://{account}.{service}.core.windows.net")
            : null;
    }

    /// <summary>A table.</summary>
    public TableClient Table(string name) =>
        _addresses is { } at
            ? new TableServiceClient(at.Tables, _identity, With(new TableClientOptions())).GetTableClient(name)
            : new(ConnectionString, name);

    /// <summary>A container of blobs.</summary>
    public BlobContainerClient Container(string name) =>
        _addresses is { } at
            ? new BlobServiceClient(at.Blobs, _identity, With(new BlobClientOptions())).GetBlobContainerClient(name)
            : new(ConnectionString, name);

    /// <summary>The storage account in the form the orchestration engine needs; each has a switch that cuts the engine off.</summary>
    public RuntimeStorageAccount ForOrchestrations() =>
        _addresses is { } at
            ? RuntimeStorageAccount.Of(at.Blobs, at.Queues, at.Tables, _identity!, _configure)
            : RuntimeStorageAccount.Of(ConnectionString!);

    private T With<T>(T options)
        where T : ClientOptions
    {
        _configure?.Invoke(options);
        return options;
    }
}
