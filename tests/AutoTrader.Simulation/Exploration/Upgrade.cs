using AutoTrader.Storage.Tables;
using Azure.Data.Tables;

namespace AutoTrader.Simulation.Exploration;

/// <summary>What a newer version leaves in the store when it was there for a while and went again.</summary>
internal static class Upgrade
{
    private const string Account = "paper";
    private const string Column = "of_a_newer_version";
    private const string Later = "strategy|later";
    private static readonly string[] Unreadable = ["strategy|newer", "order|newer|aaaaaaaa|00000001", "novelty|1", Later];

    /// <summary>Gives every strategy a column that this version does not know, and adds rows with enum values and keys that it does not
    /// know.</summary>
    public static async Task UpgradeAsync(this World world)
    {
        var table = world.Outside.Tables.Table("Trading");
        foreach (var entity in await table.AllAsync(EntityQuery.Of(Account, KeyRange.Prefix("strategy|")), CancellationToken.None))
        {
            var columns = new TableEntity(entity) { [Column] = "kept" };
            await table.WriteAsync(new(Account, [EntityWrite.Upsert(entity.RowKey, columns)]), CancellationToken.None);

            // Every column of it can be read, and it says that what this version made of it would be wrong.
            var later = new TableEntity(entity) { ["id"] = "later", ["schema"] = 2 };
            await table.WriteAsync(new(Account, [EntityWrite.Upsert(Later, later)]), CancellationToken.None);
        }

        foreach (var key in Unreadable)
        {
            await table.WriteAsync(
                new(Account, [EntityWrite.Upsert(key, new() { ["strategy_type"] = "moonshot", ["status"] = "teleported" })]),
                CancellationToken.None
            );
        }
    }

    /// <summary>What the newer version wrote is still there.</summary>
    public static async Task UpgradedRowsSurviveAsync(this World world)
    {
        var table = world.Outside.Tables.Table("Trading");
        foreach (var entity in await table.AllAsync(EntityQuery.Of(Account, KeyRange.Prefix("strategy|")), CancellationToken.None))
        {
            if (entity.RowKey != Unreadable[0] && entity.RowKey != Later && entity.GetString(Column) != "kept")
            {
                world.Invariants.Violate(7, $"the column of a newer version in {entity.RowKey} is lost");
            }
        }

        foreach (var key in Unreadable)
        {
            if (await table.ReadAsync(Account, key, CancellationToken.None) is null)
            {
                world.Invariants.Violate(7, $"the row {key} of a newer version is lost");
            }
        }
    }
}
