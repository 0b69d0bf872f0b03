using Azure;

namespace AutoTrader.Storage.Tables;

/// <summary>Failures of a storage account.</summary>
internal static class StorageFailures
{
    /// <summary>Whether a call failed for a reason outside this program; false when the caller canceled it.</summary>
    public static bool IsFailure(Exception failure, CancellationToken cancellationToken) =>
        failure switch
        {
            OperationCanceledException => !cancellationToken.IsCancellationRequested,
            RequestFailedException
            or AggregateException
            or IOException
            or HttpRequestException
            or Azure.Identity.AuthenticationFailedException => true,
            _ => false,
        };
}
