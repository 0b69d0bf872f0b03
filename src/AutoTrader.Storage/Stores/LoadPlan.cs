using AutoTrader.Core.Ports;
using AutoTrader.Storage.Tables;
using Azure.Data.Tables;

namespace AutoTrader.Storage.Stores;

/// <summary>
/// How the working set of an account is read: in one query while it fits a page, otherwise in ranges of row keys side by side, cut where
/// the load before found every so many rows. A first load that turns out to be large cuts the rest by the ids' first characters.
/// </summary>
internal sealed class LoadPlan
{
    // A page holds at most 1,000 rows; ranges are cut below that so that a few new rows do not cost each range a second page.
    private const int PageSize = 1000;
    private const int RowsPerRange = 800;
    private const int RangesAtOnce = 16;

    // Every third character that an id may hold, in ordinal order.
    private const string Cuts = "-258ADGJMPSVY_behknqtwz";

    private static readonly KeyRange Earlier = KeyRange.Prefix(TradingKey.EarlierCommandPrefix);
    private static readonly KeyRange[] WorkingSet =
    [
        KeyRange.Only(TradingKey.Account),
        KeyRange.Prefix(TradingKey.CommandPrefix),
        new(TradingKey.WorkingFrom, Earlier.From),
        KeyRange.AtOrAfter(Earlier.Before!),
    ];

    private volatile string[] _cuts = [];

    public async Task<List<TableEntity>> LoadAsync(IEntityTable table, string account, CancellationToken cancellationToken)
    {
        var cuts = _cuts;
        List<TableEntity> all;
        if (cuts.Length == 0)
        {
            var first = await table.PageAsync(EntityQuery.Of(account, WorkingSet), PageSize, null, cancellationToken);
            all = [.. first.Entities];
            if (first.Continuation is { } continuation)
            {
                all.AddRange(
                    all.Count < PageSize
                        ? await RestAsync(table, account, continuation, cancellationToken)
                        : await RangesAsync(table, account, After(all[^1].RowKey), cancellationToken)
                );
            }
        }
        else
        {
            all = await RangesAsync(table, account, Ranges(cuts), cancellationToken);
        }

        _cuts =
            all.Count <= PageSize
                ? []
                : [.. all.Where((_, index) => index > 0 && index % RowsPerRange == 0).Select(entity => entity.RowKey)];
        return all;
    }

    // The service may end a page before it is full; what follows is then not known to be large.
    private static async Task<List<TableEntity>> RestAsync(
        IEntityTable table,
        string account,
        string? continuation,
        CancellationToken cancellationToken
    )
    {
        var rest = new List<TableEntity>();
        while (continuation is not null)
        {
            var page = await table.PageAsync(EntityQuery.Of(account, WorkingSet), PageSize, continuation, cancellationToken);
            rest.AddRange(page.Entities);
            continuation = page.Continuation;
        }

        return rest;
    }

    private static async Task<List<TableEntity>> RangesAsync(
        IEntityTable table,
        string account,
        List<IReadOnlyList<KeyRange>> ranges,
        CancellationToken cancellationToken
    )
    {
        var parts = new List<TableEntity>[ranges.Count];
        await Parallel.ForEachAsync(
            Enumerable.Range(0, parts.Length),
            new ParallelOptions { MaxDegreeOfParallelism = RangesAtOnce, CancellationToken = cancellationToken },
            async (index, cancellation) => parts[index] = await table.AllAsync(EntityQuery.Of(account, ranges[index]), cancellation)
        );
        return [.. parts.SelectMany(part => part)];
    }

    private static List<IReadOnlyList<KeyRange>> Ranges(IEnumerable<string> cuts) => Between(["", .. cuts]);

    private static List<IReadOnlyList<KeyRange>> After(string rowKey) =>
        Between([
            rowKey + TableNames.LowestInKeys,
            .. Cuts.Select(cut => TradingKey.OrderPrefix + cut)
                .Append(TradingKey.StrategyPrefix)
                .Concat(Cuts.Select(cut => TradingKey.StrategyPrefix + cut))
                .Where(cut => string.CompareOrdinal(cut, rowKey) > 0),
        ]);

    // The working set from each cut to the next, and from the last one on.
    private static List<IReadOnlyList<KeyRange>> Between(string[] cuts) =>
        [
            .. cuts.Select(
                    (cut, index) =>
                        (IReadOnlyList<KeyRange>)
                            [
                                .. WorkingSet
                                    .Select(range => range.Within(cut, index + 1 < cuts.Length ? cuts[index + 1] : null))
                                    .OfType<KeyRange>(),
                            ]
                )
                .Where(ranges => ranges.Count > 0),
        ];
}
