using AutoTrader.LocalHost.Storage;
using AutoTrader.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace AutoTrader.LocalHost.Tests.Durable;

/// <summary>The position of a replay and its orchestrations are kept together.</summary>
public abstract class ReplayStorageContract
{
    private static readonly DateTimeOffset Position = new(2026, 3, 2, 14, 30, 0, TimeSpan.Zero);

    [Fact]
    public async Task What_changed_is_there_at_the_position_and_what_is_gone_is_not()
    {
        var storage = await CreateAsync();
        (await storage.ReadPositionAsync("a", default)).ShouldBeNull();
        (await storage.ReadInstancesAsync("a", default)).ShouldBeEmpty();

        await storage.WritePositionAsync("a", Position, [new("x", "1"), new("schedule-a/b?#\\ ü", "2"), new("never", null)]);
        await storage.WritePositionAsync("a", Position.AddTicks(1), [new("x", null)]);
        await storage.WritePositionAsync("b", Position, [new("x", "other scope")]);

        (await storage.ReadPositionAsync("a", default)).ShouldBe(Position.AddTicks(1));
        (await storage.ReadInstancesAsync("a", default)).ShouldBe([new InstanceChange("schedule-a/b?#\\ ü", "2")]);
        (await storage.ReadInstancesAsync("b", default)).ShouldBe([new InstanceChange("x", "other scope")]);
    }

    [Fact]
    public async Task Any_number_of_instances_can_change_at_once()
    {
        var storage = await CreateAsync();
        List<InstanceChange> changes = [.. Enumerable.Range(0, 350).Select(i => new InstanceChange($"i{i:000}", $"{i}"))];

        await storage.WritePositionAsync("many", Position, changes);

        (await storage.ReadInstancesAsync("many", default)).OrderBy(one => one.InstanceId, StringComparer.Ordinal).ShouldBe(changes);
    }

    [Fact]
    public async Task A_long_state_is_kept_whole()
    {
        var storage = await CreateAsync();
        var random = new Random(1);
        string[] texts =
        [
            new('x', 30_000),
            new('ü', 30_001),
            new('x', 3_000_000),
            // Hardly to be compressed, and more than one column holds.
            .. Enumerable.Range(0, 20).Select(_ => Convert.ToBase64String(Bytes(random, 200_000))),
        ];
        List<InstanceChange> changes = [.. texts.Select((text, i) => new InstanceChange($"{i:00}", text))];

        await storage.WritePositionAsync("long", Position, changes);

        (await storage.ReadInstancesAsync("long", default)).OrderBy(one => one.InstanceId, StringComparer.Ordinal).ShouldBe(changes);
    }

    internal abstract Task<IRuntimeStorage> CreateAsync();

    private static byte[] Bytes(Random random, int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }
}

/// <summary>In memory.</summary>
public sealed class MemoryReplayStorage : ReplayStorageContract
{
    internal override Task<IRuntimeStorage> CreateAsync() => Task.FromResult<IRuntimeStorage>(new MemoryRuntimeStorage());
}

/// <summary>In a table.</summary>
public sealed class AzureReplayStorage(AzuriteFixture azurite) : ReplayStorageContract
{
    [Fact]
    public async Task A_state_that_no_row_can_hold_is_named()
    {
        var storage = await CreateAsync();
        var bytes = new byte[1_500_000];
        new Random(2).NextBytes(bytes);

        var thrown = await Should.ThrowAsync<InvalidOperationException>(() =>
            storage.WritePositionAsync("long", DateTimeOffset.UnixEpoch, [new InstanceChange("x", Convert.ToBase64String(bytes))])
        );

        thrown.Message.ShouldContain("2000000 characters");
    }

    internal override async Task<IRuntimeStorage> CreateAsync()
    {
        var storage = new AzureRuntimeStorage(azurite.ConnectionString, "app" + Guid.NewGuid().ToString("N"), NullLogger.Instance);
        await storage.PrepareAsync(CancellationToken.None);
        return storage;
    }
}
