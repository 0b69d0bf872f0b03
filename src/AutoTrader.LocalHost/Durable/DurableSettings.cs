using System.Globalization;
using AutoTrader.LocalHost.Functions;
using Microsoft.Extensions.Configuration;

namespace AutoTrader.LocalHost.Durable;

/// <summary>What <c>extensions.durableTask</c> of host.json says, under the names and defaults of the real host.</summary>
internal sealed record DurableSettings
{
    private const string Section = "extensions:durableTask";

    /// <summary>The task hub; null for the default.</summary>
    public string? HubName { get; init; }

    /// <summary>How many activities run at once on this host.</summary>
    public int MaxConcurrentActivities { get; init; } = 10 * Environment.ProcessorCount;

    /// <summary>How many orchestrations are worked on at once.</summary>
    public int MaxConcurrentOrchestrations { get; init; } = 10 * Environment.ProcessorCount;

    /// <summary>Into how many queues the orchestrations are divided. Each is polled and leased; one process gains nothing by more than one.</summary>
    public int PartitionCount { get; init; } = 1;

    /// <summary>How late a quiet queue may be looked at.</summary>
    public TimeSpan MaxQueuePollingInterval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a message for an orchestration stays hidden when its reader was killed.</summary>
    public TimeSpan ControlQueueVisibilityTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long the call of an activity stays hidden when its reader was killed.</summary>
    public TimeSpan WorkItemQueueVisibilityTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How many messages are read at once.</summary>
    public int ControlQueueBatchSize { get; init; } = 32;

    /// <summary>How many messages are held in memory.</summary>
    public int ControlQueueBufferThreshold { get; init; } = 256;

    /// <summary>Whether a payload that is kept beside its row is read with it.</summary>
    public bool FetchLargeMessagesAutomatically { get; init; } = true;

    /// <summary>Reads them.</summary>
    /// <param name="hostJson">The whole of host.json.</param>
    /// <exception cref="FunctionIndexingException">A value cannot be read; the message names its key.</exception>
    public static DurableSettings Read(IConfiguration hostJson)
    {
        var defaults = new DurableSettings();
        return new DurableSettings
        {
            HubName = hostJson[$"{Section}:hubName"],
            MaxConcurrentActivities = Count("maxConcurrentActivityFunctions", defaults.MaxConcurrentActivities),
            MaxConcurrentOrchestrations = Count("maxConcurrentOrchestratorFunctions", defaults.MaxConcurrentOrchestrations),
            PartitionCount = Count("storageProvider:partitionCount", defaults.PartitionCount, 16),
            MaxQueuePollingInterval = Span("storageProvider:maxQueuePollingInterval", defaults.MaxQueuePollingInterval),
            ControlQueueVisibilityTimeout = Span("storageProvider:controlQueueVisibilityTimeout", defaults.ControlQueueVisibilityTimeout),
            WorkItemQueueVisibilityTimeout = Span("storageProvider:workItemQueueVisibilityTimeout", defaults.WorkItemQueueVisibilityTimeout),
            ControlQueueBatchSize = Count("storageProvider:controlQueueBatchSize", defaults.ControlQueueBatchSize, 32),
            ControlQueueBufferThreshold = Count("storageProvider:controlQueueBufferThreshold", defaults.ControlQueueBufferThreshold),
            FetchLargeMessagesAutomatically = Flag("storageProvider:fetchLargeMessagesAutomatically", defaults.FetchLargeMessagesAutomatically),
        };

        int Count(string key, int absent, int most = int.MaxValue) => Value(key, absent, text =>
            int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0 && count <= most
                ? count
                : throw Wrong(key, text, most == int.MaxValue ? "a whole number above 0" : string.Create(CultureInfo.InvariantCulture, $"a whole number from 1 to {most}")));

        TimeSpan Span(string key, TimeSpan absent) => Value(key, absent, text =>
            TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var span) && span > TimeSpan.Zero && span <= TimeSpan.FromDays(7)
                ? span
                : throw Wrong(key, text, "a time above zero and at most seven days, such as 00:00:30"));

        bool Flag(string key, bool absent) => Value(key, absent, text => bool.TryParse(text, out var flag) ? flag : throw Wrong(key, text, "true or false"));

        T Value<T>(string key, T absent, Func<string, T> parse) => hostJson[$"{Section}:{key}"] is { Length: > 0 } text ? parse(text) : absent;
    }

    private static FunctionIndexingException Wrong(string key, string text, string what) =>
        new($"host.json: {Section.Replace(':', '.')}.{key.Replace(':', '.')} is '{text}'; it is {what}.");
}
