using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Azure.Data.Tables;

namespace AutoTrader.LocalHost.Storage;

/// <summary>The position of a replay and its orchestrations as rows of one partition, and the entity groups that write them.</summary>
internal static class ReplayRows
{
    /// <summary>The row key of the position.</summary>
    public const string PositionKey = "position";

    /// <summary>The row key prefix of orchestrations.</summary>
    public const string InstancePrefix = "instance|";

    /// <summary>The first row key after all orchestrations.</summary>
    public const string AfterInstances = "instance}";

    private const int RowsPerGroup = 100;
    private const int BytesPerGroup = 3_500_000;

    /// <summary>
    /// The groups to write in order, the position last: it is stored only after everything before it. More than one group is rare, and a
    /// kill between two leaves some orchestrations ahead of the position, which does no harm.
    /// </summary>
    public static IEnumerable<List<TableTransactionAction>> Groups(
        string partition,
        DateTimeOffset position,
        IReadOnlyList<InstanceChange> changes
    )
    {
        List<TableTransactionAction> group = [];
        var bytes = 0;
        foreach (var change in changes)
        {
            var (action, size) = Row(partition, change);
            if (group.Count == RowsPerGroup - 1 || bytes + size > BytesPerGroup)
            {
                yield return group;
                (group, bytes) = ([], 0);
            }

            group.Add(action);
            bytes += size;
        }

        group.Add(
            new TableTransactionAction(
                TableTransactionActionType.UpsertReplace,
                new TableEntity(partition, PositionKey) { ["Position"] = position.UtcDateTime.ToString("O", CultureInfo.InvariantCulture) }
            )
        );
        yield return group;
    }

    /// <summary>The orchestration of a row.</summary>
    public static InstanceChange Read(TableEntity row)
    {
        var id = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(row.RowKey.AsSpan(InstancePrefix.Length)));
        return new InstanceChange(id, row.GetBoolean("Gone") is true ? null : TextColumns.Read(row, "State"));
    }

    // A deleted row must exist, which is not known: a missing one reports it.
    private static (TableTransactionAction Action, int Bytes) Row(string partition, InstanceChange change)
    {
        // Base64, since a key has no slashes, and instance ids may.
        var row = new TableEntity(partition, InstancePrefix + Base64Url.EncodeToString(Encoding.UTF8.GetBytes(change.InstanceId)));
        var bytes = 0;
        if (change.Json is { } json)
        {
            bytes = TextColumns.Write(row, "State", json);
        }
        else
        {
            row["Gone"] = true;
        }

        return (new TableTransactionAction(TableTransactionActionType.UpsertReplace, row), bytes + 500);
    }
}
