using System.Globalization;
using AutoTrader.LocalHost.Functions;
using Microsoft.Extensions.Configuration;

namespace AutoTrader.LocalHost.Durable;

/// <summary>What <c>extensions.durableTask</c> of host.json says, under the names and defaults of the real host.</summary>
internal sealed record DurableSettings
{
    private const string Section = "extensions:durableTask";

    // What a queue can do.
    private static readonly TimeSpan Longest = TimeSpan.FromDays(7);

    /// <summary>The task hub; null for the default.</summary>
    public string? HubName { get; init; }

    /// <summary>How many activities run at once on this host.</summary>
    public int MaxConcurrentActivities { get; init; } = 10 * Environment.ProcessorCount;

    /// <summary>How many orchestrations are worked on at once.</summary>
    public int MaxConcurrentOrchestrations { get; init; } = 10 * Environment.ProcessorCount;

    /// <summary>Into how many queues orchestrations are divided. Each is polled; a single process gains nothing by more than one.</summary>
    public int PartitionCount { get; init; } = 4;

    /// <summary>The longest polling interval of a quiet queue.</summary>
    public TimeSpan MaxQueuePollingInterval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a message for an orchestration stays hidden when its reader was killed.</summary>
    public TimeSpan ControlQueueVisibilityTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long the call of an activity stays hidden when its reader was killed.</summary>
    public TimeSpan WorkItemQueueVisibilityTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How many messages are read at once.</summary>
    public int ControlQueueBatchSize { get; init; } = 32;

    /// <summary>How many messages are held in memory.</summary>
    public int ControlQueueBufferThreshold { get; init; } = 256;

    /// <summary>Whether a payload stored outside its row is read with it.</summary>
    public bool FetchLargeMessagesAutomatically { get; init; } = true;

    /// <summary>Reads them.</summary>
    /// <param name="hostJson">The whole of host.json.</param>
    /// <exception cref="FunctionIndexingException">A value cannot be read; the message names its key.</exception>
    public static DurableSettings Read(IConfiguration hostJson)
    {
        var absent = new DurableSettings();
        return new DurableSettings
        {
            HubName = hostJson[$"{Section}:hubName"],
            MaxConcurrentActivities = Count("maxConcurrentActivityFunctions", absent.MaxConcurrentActivities),
            MaxConcurrentOrchestrations = Count("maxConcurrentOrchestratorFunctions", absent.MaxConcurrentOrchestrations),
            PartitionCount = Count("storageProvider:partitionCount", absent.PartitionCount, 16),
            MaxQueuePollingInterval = Span("storageProvider:maxQueuePollingInterval", absent.MaxQueuePollingInterval),
            ControlQueueVisibilityTimeout = Span("storageProvider:controlQueueVisibilityTimeout", absent.ControlQueueVisibilityTimeout),
            WorkItemQueueVisibilityTimeout = Span("storageProvider:workItemQueueVisibilityTimeout", absent.WorkItemQueueVisibilityTimeout),
            ControlQueueBatchSize = Count("storageProvider:controlQueueBatchSize", absent.ControlQueueBatchSize, 32),
            ControlQueueBufferThreshold = Count("storageProvider:controlQueueBufferThreshold", absent.ControlQueueBufferThreshold),
            FetchLargeMessagesAutomatically = Flag(
                "storageProvider:fetchLargeMessagesAutomatically",
                absent.FetchLargeMessagesAutomatically
            ),
        };

        int Count(string key, int otherwise, int most = int.MaxValue) =>
            Value(
                key,
                otherwise,
                text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var it) && it > 0 && it <= most ? it : null,
                most == int.MaxValue ? "a whole number above 0" : $"a whole number from 1 to {most}"
            );

        TimeSpan Span(string key, TimeSpan otherwise) =>
            Value(
                key,
                otherwise,
                text =>
                    TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var it) && it > TimeSpan.Zero && it <= Longest ? it : null,
                "a time above zero and at most seven days, such as 00:00:30"
            );

        bool Flag(string key, bool otherwise) =>
            Value(key, otherwise, text => bool.TryParse(text, out var it) ? it : null, "true or false");

        T Value<T>(string key, T otherwise, Func<string, T?> parse, string what)
            where T : struct =>
            hostJson[$"{Section}:{key}"] switch
            {
                null or "" => otherwise,
                var text => parse(text)
                    ?? throw new FunctionIndexingException(
                        $"host.json: {Section.Replace(':', '.')}.{key.Replace(':', '.')} is '{text}'; it is {what}."
                    ),
            };
    }
}
