using AutoTrader.Storage.Stores;
using AutoTrader.Storage.Tables;
using AutoTrader.Storage.Tests.Kit;
using AutoTrader.Testing;
using Azure.Data.Tables;
using static AutoTrader.Storage.Tests.Kit.Records;

namespace AutoTrader.Storage.Tests.Contracts;

public sealed class MemoryHeartbeatStoreTests() : HeartbeatStoreContract(new MemoryKit());

public sealed class TableHeartbeatStoreTests(AzuriteFixture azurite) : HeartbeatStoreContract(new AzuriteKit(azurite));

public abstract class HeartbeatStoreContract(StorageKit kit)
{
    private readonly HeartbeatStore _store = new(kit.Tables);

    [Fact]
    public async Task The_last_beat_of_each_work_is_kept_for_each_account()
    {
        (await _store.ListAsync(Account, CancellationToken.None)).ShouldBeEmpty();
        await _store.BeatAsync(Account, "sweep", Noon, CancellationToken.None);
        await _store.BeatAsync(Account, "delivery", Noon.AddMinutes(1), CancellationToken.None);
        await _store.BeatAsync(Account, "sweep", Noon.AddMinutes(2), CancellationToken.None);
        await _store.BeatAsync("other", "sweep", Noon, CancellationToken.None);
        (await _store.ListAsync(Account, CancellationToken.None))
            .OrderBy(beat => beat.Key)
            .ShouldBe([new("delivery", Noon.AddMinutes(1)), new("sweep", Noon.AddMinutes(2))]);
    }

    [Fact]
    public async Task A_row_that_cannot_be_read_is_silence_and_the_next_beat_replaces_it()
    {
        await kit
            .Tables.Table("Engine")
            .WriteAsync(new(Account, [EntityWrite.Upsert("beat|sweep", new TableEntity { ["nonsense"] = 42 })]), CancellationToken.None);
        (await _store.ListAsync(Account, CancellationToken.None)).ShouldBeEmpty();
        await _store.BeatAsync(Account, "sweep", Noon, CancellationToken.None);
        (await _store.ListAsync(Account, CancellationToken.None)).ShouldHaveSingleItem().Value.ShouldBe(Noon);
    }
}
