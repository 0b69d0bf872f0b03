
namespace AutoTrader.CostTable;

/// <summary>List prices in US dollars (East US, pay as you go, local redundancy, hot): of the price pages that <see cref="Sources"/>
/// names, as they were noted on <see cref="NotedOn"/> and not read from there since. They differ by region and change: the measured counts
/// do not.</summary>
internal static class Prices
{
    /// <summary>When they were noted. Whoever looks them up again changes this day with them.</summary>
    public const string NotedOn = "2026-11-30";

    /// <summary>Where they are to be looked up, before anyone counts on them.</summary>
    public static IReadOnlyList<(string Name, string Address)> Sources { get; } =
    [
        ("Azure Functions", "https://azure.microsoft.com/pricing/details/functions/"),
        ("Table Storage", "https://azure.microsoft.com/pricing/details/storage/tables/"),
        ("Queue Storage", "https://azure.microsoft.com/pricing/details/storage/queues/"),
        ("Blob Storage", "https://azure.microsoft.com/pricing/details/storage/blobs/"),
    ];

    /// <summary>All of them, as the page lists them.</summary>
    public static IReadOnlyList<(string What, double Price)> All { get; } =
    [
        ("10,000 requests to tables", TableRequests),
        ("10,000 requests to queues", QueueRequests),
        ("10,000 writes of blobs", BlobWrites),
        ("10,000 other requests to blobs", BlobOthers),
        ("a million executions", Executions),
        ("a GB-second on demand", GigabyteSecond),
        ("a GB-second of an always-ready instance that waits (baseline)", ReadyGigabyteSecond),
        ("a GB-second of an always-ready instance that runs", ReadyExecutionGigabyteSecond),
    ];

    public const double TableRequest = TableRequests / 10_000;
    public const double QueueRequest = QueueRequests / 10_000;
    public const double BlobWrite = BlobWrites / 10_000;
    public const double BlobOther = BlobOthers / 10_000;

    public const double Execution = Executions / 1_000_000;
    public const double GigabyteSecond = 0.000026;
    public const double FreeExecutions = 250_000;
    public const double FreeGigabyteSeconds = 100_000;

    public const double ReadyGigabyteSecond = 0.000004;
    public const double ReadyExecutionGigabyteSecond = 0.000016;

    private const double TableRequests = 0.00036;
    private const double QueueRequests = 0.0004;
    private const double BlobWrites = 0.05;
    private const double BlobOthers = 0.004;
    private const double Executions = 0.40;

    /// <summary>What infra/main.bicep deploys without being told otherwise.</summary>
    public const double MemoryGigabytes = 0.5;

    /// <summary>One for the cycle, one for orchestrations.</summary>
    public const int ReadyInstances = 2;

    public static double Of(Requests requests) =>
        (requests.Tables * TableRequest)
        + (requests.Queues * QueueRequest)
        + (requests.BlobWrites * BlobWrite)
        + (requests.BlobOthers * BlobOther);

    /// <summary>Executions that are started on demand, less what is free.</summary>
    public static double OnDemand(double executions, double seconds) =>
        (Math.Max(0, executions - FreeExecutions) * Execution)
        + (Math.Max(0, (seconds * MemoryGigabytes) - FreeGigabyteSeconds) * GigabyteSecond);

    /// <summary>Instances that wait, of which nothing is free.</summary>
    public static double Ready(double executions, double seconds, double upSeconds) =>
        (executions * Execution)
        + (upSeconds * ReadyInstances * MemoryGigabytes * ReadyGigabyteSecond)
        + (seconds * MemoryGigabytes * ReadyExecutionGigabyteSecond);
}
