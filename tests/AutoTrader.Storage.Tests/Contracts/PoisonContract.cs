using AutoTrader.Core.Notifications;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Portfolio;
using AutoTrader.Core.Ports;
using AutoTrader.Storage.Tables;
using AutoTrader.Storage.Tests.Kit;
using AutoTrader.Testing;
using Azure.Data.Tables;
using static AutoTrader.Storage.Tests.Kit.Records;

namespace AutoTrader.Storage.Tests.Contracts;

public sealed class MemoryPoisonTests() : PoisonContract(new MemoryKit());

public sealed class TablePoisonTests(AzuriteFixture azurite) : PoisonContract(new AzuriteKit(azurite));

/// <summary>Every kind of row with every kind of poison: it is named, it stops nothing, and it can be deleted.</summary>
public abstract class PoisonContract(StorageKit kit)
{
    private static readonly string[] Kinds = ["strategy", "order", "holding", "command", "done", "fill", "event", "dead"];
    private static readonly string[] Poisons = ["empty", "wrong types", "no JSON", "deep JSON", "newer enum", "huge text", "controls"];

    private static CancellationToken None => CancellationToken.None;

    public static TheoryData<string, string> Matrix => [.. from kind in Kinds from poison in Poisons select (kind, poison)];

    [Theory]
    [MemberData(nameof(Matrix))]
    public async Task A_poisoned_row_is_named_stops_no_other_and_can_be_deleted(string kind, string poison)
    {
        var notification = NotificationComposer.Message("good", Noon, "x");
        TradingWrite[] good =
        [
            Insert(Strategy("good")),
            Insert(Order("good")),
            Insert(Fill("good")),
            Insert(Command("good")),
            new(TradingKey.Done(Order("good")), Order("good", status: OrderStatus.Filled), null),
            new(TradingKey.Holding("AAPL"), new UnmanagedHolding("AAPL", Holding.Empty), null),
            NotificationPublisher.Write(notification),
            new(NotificationKey.Dead(notification), new DeadLetter(notification, ["discord"], null, Noon), null),
        ];
        await kit.Trading.MustCommitAsync(good);
        var key = $"{kind}|x'y {new string('k', 60)} %2F..&=é";
        await kit.Tables.Table("Trading").WriteAsync(new(Account, [EntityWrite.Insert(key, Columns(poison))]), None);

        var snapshot = await kit.Trading.LoadAsync(Account, None);
        (snapshot.Strategies.Count, snapshot.Orders.Count, snapshot.Unmanaged.Count, snapshot.Commands.Count).ShouldBe((1, 1, 1, 1));
        var unreadable = snapshot
            .Unreadable.Concat(await UnreadableAsync(kind))
            .DistinctBy(row => row.RowKey, StringComparer.Ordinal)
            .ShouldHaveSingleItem();
        unreadable.RowKey.ShouldBe(key);
        unreadable.Problem.ShouldNotBeNullOrEmpty();

        (await kit.Trading.DeleteAsync(Account, key, null, None)).ShouldBeTrue();
        (await kit.Trading.LoadAsync(Account, None)).Unreadable.Concat(await UnreadableAsync(kind)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_cycle_record_that_cannot_be_read_is_named_and_hides_no_other()
    {
        var cycle = new CycleRecord
        {
            Planned = Noon,
            StartedAt = Noon,
            Cause = "timer",
            Holder = "host",
        };
        await kit.Engine.SaveAsync(Account, new(), null, cycle, None);
        await kit.Tables.Table("Engine").WriteAsync(new(Account, [EntityWrite.Insert("cycle|0", Columns("wrong types"))]), None);

        var listing = await kit.Engine.ListCyclesAsync(Account, 10, None);
        listing.Cycles.ShouldHaveSingleItem().Holder.ShouldBe("host");
        listing
            .Unreadable.ShouldHaveSingleItem()
            .ShouldSatisfyAllConditions(row => row.RowKey.ShouldBe("cycle|0"), row => row.Problem.ShouldNotBeNullOrEmpty());

        (await kit.Engine.DeleteUnreadableAsync(Account, listing.Unreadable[0].RowKey, None)).ShouldBe(listing.Unreadable[0]);
        (await kit.Engine.ListCyclesAsync(Account, 10, None)).ShouldSatisfyAllConditions(
            left => left.Cycles.Count.ShouldBe(1),
            left => left.Unreadable.ShouldBeEmpty()
        );
        var record = (await kit.Tables.Table("Engine").AllAsync(EntityQuery.Of(Account, KeyRange.Prefix("cycle|")), None)).Single().RowKey;
        foreach (var other in new[] { record, "cycle|1", "heartbeat", "cycle|a/b?", "" })
        {
            (await kit.Engine.DeleteUnreadableAsync(Account, other, None)).ShouldBeNull();
        }

        (await kit.Engine.ListCyclesAsync(Account, 10, None)).Cycles.Count.ShouldBe(1);
    }

    private static TableEntity Columns(string poison)
    {
        var entity = new TableEntity();
        string[] names =
        [
            "id",
            "symbol",
            "strategy_type",
            "quantity",
            "phase",
            "holding",
            "lots",
            "client_order_id",
            "terms",
            "status",
            "kind",
            "execution_id",
            "side",
            "price",
            "at",
            "event",
            "mark",
            "facts",
            "title",
            "channels",
            "role",
            "arm",
            "strategy_id",
            "sequence",
        ];
        foreach (var name in names)
        {
            entity[name] = poison switch
            {
                "wrong types" => true,
                "no JSON" => "{",
                "deep JSON" => new string('[', 5000),
                "newer enum" => "of_a_newer_version",
                "huge text" => new string('n', 20_000),
                "controls" => "\u0001\u0002\u007f",
                _ => null,
            };
        }

        if (poison == "empty")
        {
            entity.Clear();
        }

        return entity;
    }

    private async Task<IEnumerable<UnreadableRow>> UnreadableAsync(string kind) =>
        kind switch
        {
            "done" => (await kit.Trading.ListAsync<Order>(Account, TradingKey.DonePrefix, 100, null, None)).Unreadable,
            "fill" => (await kit.Trading.ListAsync<Fill>(Account, TradingKey.FillPrefix, 100, null, None)).Unreadable,
            "event" => (await kit.Trading.ListAsync<Notification>(Account, TradingKey.NotificationPrefix, 100, null, None)).Unreadable,
            "dead" => (await kit.Trading.ListAsync<DeadLetter>(Account, TradingKey.DeadPrefix, 100, null, None)).Unreadable,
            _ => [],
        };
}
