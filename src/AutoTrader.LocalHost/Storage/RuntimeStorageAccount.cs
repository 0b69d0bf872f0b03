using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using DurableTask.AzureStorage;

namespace AutoTrader.LocalHost.Storage;

/// <summary>The storage account of a task hub, with a switch that cuts the engine off from it.</summary>
internal sealed class RuntimeStorageAccount
{
    private readonly Cut _cut = new();

    private RuntimeStorageAccount(
        Func<BlobClientOptions, IStorageServiceClientProvider<BlobServiceClient, BlobClientOptions>> blobs,
        Func<QueueClientOptions, IStorageServiceClientProvider<QueueServiceClient, QueueClientOptions>> queues,
        Func<TableClientOptions, IStorageServiceClientProvider<TableServiceClient, TableClientOptions>> tables,
        Action<ClientOptions>? configure = null
    ) =>
        Clients = new StorageAccountClientProvider(
            blobs(With(new BlobClientOptions(), configure)),
            queues(With(new QueueClientOptions(), configure)),
            tables(With(new TableClientOptions(), configure))
        );

    /// <summary>The clients, as the engine takes them.</summary>
    public StorageAccountClientProvider Clients { get; }

    /// <summary>An account by its connection string.</summary>
    public static RuntimeStorageAccount Of(string connectionString) =>
        new(
            options => StorageServiceClientProvider.ForBlob(connectionString, options),
            options => StorageServiceClientProvider.ForQueue(connectionString, options),
            options => StorageServiceClientProvider.ForTable(connectionString, options)
        );

    /// <summary>An account by the addresses of its services, entered by identity.</summary>
    public static RuntimeStorageAccount Of(
        Uri blobs,
        Uri queues,
        Uri tables,
        TokenCredential credential,
        Action<ClientOptions>? configure = null
    ) =>
        new(
            options => StorageServiceClientProvider.ForBlob(blobs, credential, options),
            options => StorageServiceClientProvider.ForQueue(queues, credential, options),
            options => StorageServiceClientProvider.ForTable(tables, credential, options),
            configure
        );

    /// <summary>From now on no request leaves, and none is answered: what a killed process would do.</summary>
    public void CutOff() => _cut.IsCut = true;

    private T With<T>(T options, Action<ClientOptions>? configure)
        where T : ClientOptions
    {
        configure?.Invoke(options);
        options.AddPolicy(_cut, HttpPipelinePosition.PerRetry);
        return options;
    }

    private sealed class Cut : HttpPipelinePolicy
    {
        private volatile bool _isCut;

        public bool IsCut
        {
            get => _isCut;
            set => _isCut = value;
        }

        public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
        {
            if (IsCut)
            {
                message.CancellationToken.WaitHandle.WaitOne();
                message.CancellationToken.ThrowIfCancellationRequested();
            }

            ProcessNext(message, pipeline);
        }

        public override async ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
        {
            if (IsCut)
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, message.CancellationToken);
            }

            await ProcessNextAsync(message, pipeline);
        }
    }
}
