using DurableTask.AzureStorage;
using Microsoft.Extensions.Logging;

namespace AutoTrader.LocalHost.Durable.AzureStorage;

/// <summary>The settings of the provider: what host.json says, and what only a single process may do.</summary>
internal static class AzureStorageSettings
{
    // Only this process works for the hub, under its own lease, so partitions need not be claimed again every few seconds. Not longer,
    // because a real host started after a kill of this one waits for them to expire.
    private static readonly TimeSpan PartitionLease = TimeSpan.FromMinutes(2);

    /// <summary>Makes them.</summary>
    public static AzureStorageOrchestrationServiceSettings Of(
        TaskHub hub,
        DurableSettings settings,
        StorageAccountClientProvider account,
        ILoggerFactory loggers
    ) =>
        new()
        {
            StorageAccountClientProvider = account,
            TaskHubName = hub.Name,
            LoggerFactory = loggers,
            AppName = hub.Name,
            PartitionCount = settings.PartitionCount,
            MaxConcurrentTaskActivityWorkItems = settings.MaxConcurrentActivities,
            MaxConcurrentTaskOrchestrationWorkItems = settings.MaxConcurrentOrchestrations,
            MaxQueuePollingInterval = settings.MaxQueuePollingInterval,
            ControlQueueVisibilityTimeout = settings.ControlQueueVisibilityTimeout,
            WorkItemQueueVisibilityTimeout = settings.WorkItemQueueVisibilityTimeout,
            ControlQueueBatchSize = settings.ControlQueueBatchSize,
            ControlQueueBufferThreshold = settings.ControlQueueBufferThreshold,
            FetchLargeMessageDataEnabled = settings.FetchLargeMessagesAutomatically,
            // As the real host sets it; otherwise a second start of a running instance is ignored.
            ThrowExceptionOnInvalidDedupeStatus = true,
            // After a kill, the next process is the same worker, and its partitions are its own at once.
            WorkerId = "local",
            UseAppLease = false,
            UseTablePartitionManagement = true,
            LeaseInterval = PartitionLease,
            LeaseRenewInterval = PartitionLease / 3,
            LeaseAcquireInterval = PartitionLease / 3,
        };
}
