using System.Diagnostics.Metrics;
using Azure.Core;
using Azure.Core.Pipeline;

namespace AutoTrader.Storage;

/// <summary>
/// Counts what storage is asked and charges for: requests (retries included) and bytes, in the meter <c>AutoTrader</c> and readable here.
/// Thread-safe.
/// </summary>
public sealed class StorageTransactions : IDisposable
{
    private readonly Meter _meter;
    private readonly Counter<long> _transactions;
    private readonly Counter<long> _bytes;
    private long _count;
    private long _byteCount;

    /// <summary>Counts from zero.</summary>
    /// <param name="meters">Creates the meter; null for a standalone one.</param>
    public StorageTransactions(IMeterFactory? meters = null)
    {
        _meter = meters?.Create("AutoTrader") ?? new Meter("AutoTrader");
        _transactions = _meter.CreateCounter<long>(
            "autotrader.storage.transactions",
            "{transaction}",
            "Requests to Azure Storage, retries included."
        );
        _bytes = _meter.CreateCounter<long>("autotrader.storage.bytes", "By", "Bytes of request and response bodies.");
    }

    /// <summary>Requests so far, retries included.</summary>
    public long Count => Interlocked.Read(ref _count);

    /// <summary>Bytes of bodies so far, both ways.</summary>
    public long Bytes => Interlocked.Read(ref _byteCount);

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    /// <summary>Has the requests of clients made with <paramref name="options"/> counted.</summary>
    internal void CountIn(ClientOptions options, string service) =>
        options.AddPolicy(new CountingPolicy(this, new("service", service)), HttpPipelinePosition.PerRetry);

    private void Add(HttpMessage message, KeyValuePair<string, object?> service)
    {
        var bytes = 0L;
        if (message.Request.Content is { } sent && sent.TryComputeLength(out var length))
        {
            bytes = length;
        }

        if (message.HasResponse)
        {
            bytes += message.Response.ContentStream is { CanSeek: true } body ? body.Length : message.Response.Headers.ContentLength ?? 0;
        }

        Interlocked.Increment(ref _count);
        Interlocked.Add(ref _byteCount, bytes);
        _transactions.Add(1, service);
        _bytes.Add(bytes, service);
    }

    private sealed class CountingPolicy(StorageTransactions transactions, KeyValuePair<string, object?> service) : HttpPipelinePolicy
    {
        public override async ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
        {
            Tables.WriteAttempts.Count();
            try
            {
                await ProcessNextAsync(message, pipeline);
            }
            finally
            {
                transactions.Add(message, service);
            }
        }

        public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
        {
            Tables.WriteAttempts.Count();
            try
            {
                ProcessNext(message, pipeline);
            }
            finally
            {
                transactions.Add(message, service);
            }
        }
    }
}
