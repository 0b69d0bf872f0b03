using AutoTrader.Core.Orders;
using AutoTrader.Core.Portfolio;
using AutoTrader.Storage.Tests.Kit;
using AutoTrader.Testing;
using static AutoTrader.Storage.Tests.Kit.Records;

namespace AutoTrader.Storage.Tests.OnAzurite;

/// <summary>How long loading takes; run by hand, it asserts nothing about time.</summary>
public sealed class LoadMeasurement(AzuriteFixture azurite, ITestOutputHelper output)
{
    [Fact(Explicit = true)]
    public Task Ten_thousand_strategies_and_orders_in_memory() => MeasureAsync(new MemoryKit(), 10_000);

    [Fact(Explicit = true)]
    public Task Ten_thousand_strategies_and_orders_on_Azurite() => MeasureAsync(new AzuriteKit(azurite), 10_000);

    [Fact(Explicit = true)]
    public Task Five_strategies_in_memory() => MeasureAsync(new MemoryKit(), 5);

    private async Task MeasureAsync(StorageKit kit, int count)
    {
        foreach (var chunk in Enumerable.Range(0, count).Chunk(50))
        {
            await kit.Trading.MustCommitAsync([
                .. chunk.Select(n =>
                    Insert(
                        Strategy($"{n * 7919 % count:x4}-s") with
                        {
                            EntryFillPrice = 101.25m,
                            HighWatermark = 105.75m,
                            EffectiveStop = 100.46m,
                            Holding = new() { Lots = [new Lot(10, 101.25m, Noon)] },
                        }
                    )
                ),
                .. chunk.Select(n =>
                    Insert(
                        Order($"{n * 7919 % count:x4}-s", 1, OrderStatus.Accepted) with
                        {
                            BrokerOrderId = Guid.NewGuid().ToString(),
                            Note = "protects the position",
                        }
                    )
                ),
            ]);
        }

        for (var round = 0; round < 6; round++)
        {
            var started = TimeProvider.System.GetTimestamp();
            var cpu = Environment.CpuUsage.TotalTime;
            var transactions = (kit as AzuriteKit)?.Transactions.Count ?? 0;
            var snapshot = await kit.Trading.LoadAsync(Account, CancellationToken.None);
            var line =
                $"{snapshot.Strategies.Count} + {snapshot.Orders.Count}: "
                + $"{TimeProvider.System.GetElapsedTime(started).TotalMilliseconds:0.00} ms, cpu "
                + $"{(Environment.CpuUsage.TotalTime - cpu).TotalMilliseconds:0} ms, "
                + $"{((kit as AzuriteKit)?.Transactions.Count ?? 0) - transactions} requests";
            output.WriteLine(line);
        }
    }
}
