using Azure;

namespace AutoTrader.Storage.Tables;

/// <summary>What can go wrong between here and a storage account.</summary>
internal static class StorageFailures
{
    /// <summary>Whether a call failed for a reason that lies outside this program; not when the caller gave it up.</summary>
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
