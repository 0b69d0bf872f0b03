using AutoTrader.Testing;

namespace AutoTrader.CostTable;

/// <summary>Requests to storage by what they are charged as.</summary>
/// <param name="Tables">Transactions of tables.</param>
/// <param name="Queues">Operations of queues.</param>
/// <param name="BlobWrites">Blobs that were written or listed.</param>
/// <param name="BlobOthers">Blobs that were read, and leases.</param>
internal sealed record Requests(double Tables, double Queues, double BlobWrites, double BlobOthers)
{
    public double All => Tables + Queues + BlobWrites + BlobOthers;

    public static Requests Of(IReadOnlyCollection<StorageRequest> requests, double divisor) =>
        new(
            Count(requests, "table") / divisor,
            Count(requests, "queue") / divisor,
            requests.Count(IsBlobWrite) / divisor,
            (Count(requests, "blob") - requests.Count(IsBlobWrite)) / divisor
        );

    public static Requests operator +(Requests left, Requests right) =>
        new(left.Tables + right.Tables, left.Queues + right.Queues, left.BlobWrites + right.BlobWrites, left.BlobOthers + right.BlobOthers);

    public static Requests operator *(Requests requests, double times) =>
        new(requests.Tables * times, requests.Queues * times, requests.BlobWrites * times, requests.BlobOthers * times);

    public static Requests operator -(Requests left, Requests right) => left + (right * -1);

    private static int Count(IReadOnlyCollection<StorageRequest> requests, string service) =>
        requests.Count(request => request.What.StartsWith(service + " ", StringComparison.Ordinal));

    // What changes a blob but its lease.
    private static bool IsBlobWrite(StorageRequest request) =>
        request.What.StartsWith("blob PUT", StringComparison.Ordinal) && !request.What.Contains(" lease ", StringComparison.Ordinal);
}

/// <summary>What happens in a minute, or by one firing.</summary>
/// <param name="Requests">To storage.</param>
/// <param name="Executions">Of functions.</param>
/// <param name="Seconds">That they took together, each at least the second that is charged.</param>
internal sealed record Rate(Requests Requests, double Executions, double Seconds)
{
    public static Rate operator +(Rate left, Rate right) =>
        new(left.Requests + right.Requests, left.Executions + right.Executions, left.Seconds + right.Seconds);

    public static Rate operator *(Rate rate, double times) => new(rate.Requests * times, rate.Executions * times, rate.Seconds * times);

    public static Rate operator -(Rate left, Rate right) => left + (right * -1);
}
