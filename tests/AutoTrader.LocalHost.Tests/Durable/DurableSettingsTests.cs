using AutoTrader.LocalHost.Durable;
using AutoTrader.LocalHost.Functions;
using Microsoft.Extensions.Configuration;

namespace AutoTrader.LocalHost.Tests.Durable;

/// <summary>host.json's section of durable functions.</summary>
public sealed class DurableSettingsTests
{
    [Fact]
    public void Every_value_of_the_section_is_taken()
    {
        var settings = Read(
            ("hubName", "MyHub"),
            ("maxConcurrentActivityFunctions", "5000"),
            ("maxConcurrentOrchestratorFunctions", "40"),
            ("storageProvider:partitionCount", "2"),
            ("storageProvider:maxQueuePollingInterval", "00:00:10"),
            ("storageProvider:controlQueueVisibilityTimeout", "00:01:00"),
            ("storageProvider:workItemQueueVisibilityTimeout", "00:02:00"),
            ("storageProvider:controlQueueBatchSize", "16"),
            ("storageProvider:controlQueueBufferThreshold", "64"),
            ("storageProvider:fetchLargeMessagesAutomatically", "false")
        );

        settings.ShouldBe(
            new DurableSettings
            {
                HubName = "MyHub",
                MaxConcurrentActivities = 5000,
                MaxConcurrentOrchestrations = 40,
                PartitionCount = 2,
                MaxQueuePollingInterval = TimeSpan.FromSeconds(10),
                ControlQueueVisibilityTimeout = TimeSpan.FromMinutes(1),
                WorkItemQueueVisibilityTimeout = TimeSpan.FromMinutes(2),
                ControlQueueBatchSize = 16,
                ControlQueueBufferThreshold = 64,
                FetchLargeMessagesAutomatically = false,
            }
        );
    }

    [Fact]
    public void What_the_section_does_not_say_has_a_default() => Read().ShouldBe(new DurableSettings());

    [Theory]
    [InlineData("maxConcurrentActivityFunctions", "many")]
    [InlineData("maxConcurrentOrchestratorFunctions", "0")]
    [InlineData("storageProvider:partitionCount", "17")]
    [InlineData("storageProvider:controlQueueBatchSize", "33")]
    [InlineData("storageProvider:controlQueueBufferThreshold", "-1")]
    [InlineData("storageProvider:maxQueuePollingInterval", "10 s")]
    [InlineData("storageProvider:maxQueuePollingInterval", "00:00:00")]
    [InlineData("storageProvider:controlQueueVisibilityTimeout", "-00:00:01")]
    [InlineData("storageProvider:workItemQueueVisibilityTimeout", "8.00:00:00")]
    [InlineData("storageProvider:fetchLargeMessagesAutomatically", "perhaps")]
    public void A_value_that_cannot_be_read_is_named_with_its_key(string key, string value)
    {
        var message = Should.Throw<FunctionIndexingException>(() => Read((key, value))).Message;

        message.ShouldStartWith($"host.json: extensions.durableTask.{key.Replace(':', '.')} is '{value}'; it is ");
    }

    [Fact]
    public void The_name_of_a_hub_is_checked()
    {
        new TaskHub(null, "live").Name.ShouldBe("TestHubName");
        Should.Throw<FunctionIndexingException>(() => new TaskHub("my-hub", "live")).Message.ShouldContain("hubName is 'my-hub'");
    }

    private static DurableSettings Read(params (string Key, string Value)[] values) =>
        DurableSettings.Read(
            new ConfigurationBuilder()
                .AddInMemoryCollection(values.Select(one => KeyValuePair.Create($"extensions:durableTask:{one.Key}", (string?)one.Value)))
                .Build()
        );
}
