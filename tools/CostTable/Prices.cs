namespace AutoTrader.CostTable;

/// <summary>List prices in US dollars (East US, pay as you go; source: the price pages of Azure Functions, Table Storage, Queue Storage and
/// Blob Storage with local redundancy, hot). They differ by region and change: the measured counts do not.</summary>
internal static class Prices
{
    public const double TableRequest = 0.00036 / 10_000;
    public const double QueueRequest = 0.0004 / 10_000;
    public const double BlobWrite = 0.05 / 10_000;
    public const double BlobOther = 0.004 / 10_000;

    public const double Execution = 0.40 / 1_000_000;
    public const double GigabyteSecond = 0.000026;
    public const double FreeExecutions = 250_000;
    public const double FreeGigabyteSeconds = 100_000;

    public const double ReadyGigabyteSecond = 0.000004;
    public const double ReadyExecutionGigabyteSecond = 0.000016;

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
