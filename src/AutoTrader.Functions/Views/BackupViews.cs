using AutoTrader.Core.Application.Backups;

namespace AutoTrader.Functions.Views;

/// <summary>Restores and rebuilds as the API returns them.</summary>
internal static class BackupViews
{
    extension(RestoreView)
    {
        public static RestoreView Of(RestoreReport it) =>
            new(
                it.Account,
                it.TakenAt,
                it.AppVersion,
                it.Checksum,
                it.DryRun,
                it.Resumed,
                it.Refused,
                it.Rows,
                [.. it.Differences.Select(row => new RowDifferenceView(row.Table, row.RowKey, row.How, row.Columns))],
                it.DifferenceCount,
                [.. it.Positions.Select(position => new PositionDifferenceView(position.Symbol, position.Recorded, position.Broker))],
                it.Notes
            );
    }

    extension(RebuildView)
    {
        public static RebuildView Of(RebuildReport it) =>
            new(
                it.DryRun,
                it.Resumed,
                [
                    .. it.Strategies.Select(strategy => new RebuiltStrategyView(
                        strategy.Id,
                        strategy.Symbol,
                        strategy.StrategyType,
                        strategy.Quantity,
                        strategy.Covered,
                        strategy.IsNew,
                        strategy.Assumed
                    )),
                ],
                [.. it.Unmanaged.Select(shares => new UnmanagedSharesView(shares.Symbol, shares.Broker))],
                it.Orders,
                it.Unknown
            );
    }
}
