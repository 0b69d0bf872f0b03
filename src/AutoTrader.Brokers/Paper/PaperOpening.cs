using AutoTrader.Core.Ports;

namespace AutoTrader.Brokers.Paper;

/// <summary>What a paper account holds when it is opened.</summary>
/// <param name="Symbol">The symbol.</param>
/// <param name="Quantity">Shares.</param>
/// <param name="AverageEntryPrice">What one cost on average, in dollars.</param>
public sealed record PaperOpeningPosition(string Symbol, decimal Quantity, decimal AverageEntryPrice);

/// <summary>A paper account that holds shares before its first order, for a replay that starts with positions.</summary>
public static class PaperOpening
{
    /// <summary>The rows of the account, to be inserted before the broker is first asked.</summary>
    /// <param name="cash">Cash in dollars, beside what the positions cost.</param>
    /// <param name="positions">The positions, one of each symbol.</param>
    /// <param name="at">Bars that begin before it are not played (UTC).</param>
    public static IReadOnlyList<PaperWrite> Rows(decimal cash, IReadOnlyCollection<PaperOpeningPosition> positions, DateTimeOffset at) =>
        [
            Row(
                PaperRows.AccountRow,
                new PaperAccount
                {
                    Cash = cash,
                    LastEquity = cash + positions.Sum(position => position.Quantity * position.AverageEntryPrice),
                    PlayedTo = at,
                }
            ),
            .. positions.Select(it =>
                Row(PaperRows.PositionRow(it.Symbol), new PaperPosition(it.Symbol, it.Quantity, it.AverageEntryPrice))
            ),
        ];

    private static PaperWrite Row(string key, object content) => new(key, PaperRows.Write(content), null);
}
