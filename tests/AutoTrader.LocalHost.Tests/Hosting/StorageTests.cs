using AutoTrader.LocalHost.Hosting;
using AutoTrader.LocalHost.Storage;
using AutoTrader.Testing;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using static AutoTrader.LocalHost.Tests.Hosting.HostTestSupport;

namespace AutoTrader.LocalHost.Tests.Hosting;

/// <summary>What the runtime keeps, and the leases by which hosts divide timers and replays among them.</summary>
public sealed class StorageTests(AzuriteFixture azurite)
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task State_is_read_as_it_was_written_and_apart_for_each_scope(bool inMemory)
    {
        var storage = await StorageAsync(inMemory);
        (await storage.ReadTimerAsync("live", "Tick", CancellationToken.None)).ShouldBeNull();
        (await storage.ReadPositionAsync("live", CancellationToken.None)).ShouldBeNull();

        var status = new TimerStatus(default, Start.UtcDateTime.AddTicks(1), default);
        await storage.WriteTimerAsync("live", "Tick", status, CancellationToken.None);
        await storage.WritePositionAsync("live", Start.AddTicks(3), []);
        (await storage.ReadTimerAsync("live", "Tick", CancellationToken.None)).ShouldBe(status);
        (await storage.ReadTimerAsync("live", "Tick", CancellationToken.None))!.Next.Kind.ShouldBe(DateTimeKind.Utc);
        (await storage.ReadPositionAsync("live", CancellationToken.None)).ShouldBe(Start.AddTicks(3));
        (await storage.ReadTimerAsync("replay", "Tick", CancellationToken.None)).ShouldBeNull();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_lease_has_one_holder_until_it_is_given_up(bool inMemory)
    {
        var storage = await StorageAsync(inMemory);
        await using (var first = await storage.TryLeaseAsync("timer/Tick", CancellationToken.None))
        {
            first.ShouldNotBeNull();
            (await storage.TryLeaseAsync("timer/Tick", CancellationToken.None)).ShouldBeNull();
            await using var other = await storage.TryLeaseAsync("timer/Other", CancellationToken.None);
            other.ShouldNotBeNull();
        }

        await using var second = await storage.TryLeaseAsync("timer/Tick", CancellationToken.None);
        second.ShouldNotBeNull();
    }

    [Fact]
    public async Task Of_two_hosts_one_listens_to_a_timer_and_the_other_takes_over()
    {
        var storage = await StorageAsync(inMemory: false);
        var (first, second) = (new Signal(), new Signal());
        await using var other = await RealTimeAsync(storage, first);
        await first.Ticked.Task;
        await using var next = await RealTimeAsync(storage, second);
        (await storage.TryLeaseAsync("timer/EverySecond", CancellationToken.None)).ShouldBeNull();
        second.Ticked.Task.IsCompleted.ShouldBeFalse();
        await other.DisposeAsync();
        await second.Ticked.Task;
    }

    [Fact]
    public async Task A_stepped_host_on_storage_goes_on_where_the_one_before_it_settled()
    {
        var storage = await StorageAsync(inMemory: false);
        await using (var first = await SteppedAsync(storage))
        {
            await first.RunUntilAsync(Start.AddHours(2));
        }
        await using var second = await SteppedAsync(storage);
        second.Clock.GetUtcNow().ShouldBe(Start.AddHours(2));
    }

    [Fact]
    public async Task Two_hosts_cannot_share_a_virtual_clock()
    {
        var storage = new MemoryRuntimeStorage();
        await using var first = await SteppedAsync(storage);
        (await SteppedAsync(storage).ShouldThrowAsync<InvalidOperationException>()).Message.ShouldContain(
            "Only one process can own a virtual clock"
        );
    }

    private static Task<LocalFunctionsHost> SteppedAsync(IRuntimeStorage storage) =>
        StartAsync(Options(typeof(Ticking)) with { Storage = storage, Groups = TriggerGroups.Timers }, builder =>
            builder.Services.AddSingleton(new Signal())
        );

    private static Task<LocalFunctionsHost> RealTimeAsync(IRuntimeStorage storage, Signal signal) =>
        StartAsync(Options(typeof(Ticking)) with { Storage = storage, SteppedFrom = null, Groups = TriggerGroups.Timers }, builder =>
            builder.Services.AddSingleton(signal)
        );

    private async Task<IRuntimeStorage> StorageAsync(bool inMemory)
    {
        IRuntimeStorage storage = inMemory
            ? new MemoryRuntimeStorage()
            : new AzureRuntimeStorage(azurite.ConnectionString, Guid.NewGuid().ToString("N"), NullLogger.Instance);
        await storage.PrepareAsync(CancellationToken.None);
        return storage;
    }

    public sealed class Signal
    {
        public TaskCompletionSource Ticked { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    public sealed class Ticking(Signal signal)
    {
        [Function("EverySecond")]
        public void Run([TimerTrigger("* * * * * *")] TimerInfo timer) => signal.Ticked.TrySetResult();
    }
}
