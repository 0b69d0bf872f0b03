namespace AutoTrader.Core.Portfolio;

/// <summary>Shares that were bought and sold again: one lot, or the part of one, that one sale closed.</summary>
/// <param name="StrategyId">The owner.</param>
/// <param name="Symbol">The symbol.</param>
/// <param name="Quantity">Shares, counted as on the day of the sale.</param>
/// <param name="BuyPrice">Cost per share in dollars, in shares as on the day of the sale (splits are applied).</param>
/// <param name="SellPrice">Proceeds per share in dollars.</param>
/// <param name="BoughtAt">When they were bought (UTC).</param>
/// <param name="SoldAt">When they were sold (UTC).</param>
/// <param name="Pnl">Profit or loss in dollars, before fees.</param>
public sealed record ClosedTrade(
    string StrategyId,
    string Symbol,
    decimal Quantity,
    decimal BuyPrice,
    decimal SellPrice,
    DateTimeOffset BoughtAt,
    DateTimeOffset SoldAt,
    decimal Pnl
)
{
    /// <summary>How long they were held, in minutes.</summary>
    public decimal HoldMinutes => (SoldAt - BoughtAt).Ticks / (decimal)TimeSpan.TicksPerMinute;
}

/// <summary>Shares that are still held.</summary>
/// <param name="Symbol">The symbol.</param>
/// <param name="Quantity">Shares; 0 for a symbol that was traded and is no longer held.</param>
/// <param name="AvgCost">Cost per share in dollars; 0 when none are held.</param>
/// <param name="Lots">The number of lots.</param>
public sealed record OpenLots(string Symbol, decimal Quantity, decimal AvgCost, int Lots);

/// <summary>What a number of closed trades add up to; money in dollars, before fees.</summary>
public sealed record TradeStatistics
{
    /// <summary>Closed trades.</summary>
    public int Total { get; init; }

    /// <summary>Trades with a profit; one without profit or loss counts as neither.</summary>
    public int Winning { get; init; }

    /// <summary>Trades with a loss.</summary>
    public int Losing { get; init; }

    /// <summary><see cref="Winning"/> of <see cref="Total"/> in percent; 0 without trades.</summary>
    public decimal WinRate { get; init; }

    /// <summary>The sum of all profits.</summary>
    public decimal GrossProfit { get; init; }

    /// <summary>The sum of all losses, as a positive number.</summary>
    public decimal GrossLoss { get; init; }

    /// <summary><see cref="GrossProfit"/> less <see cref="GrossLoss"/>.</summary>
    public decimal Net { get; init; }

    /// <summary><see cref="GrossProfit"/> over <see cref="GrossLoss"/>; null without losses.</summary>
    public decimal? ProfitFactor { get; init; }

    /// <summary>Why there is no <see cref="ProfitFactor"/>; null when there is one.</summary>
    public string? ProfitFactorReason =>
        GrossLoss != 0 ? null
        : Total == 0 ? "There was no trade."
        : "There was no losing trade to divide by.";

    /// <summary>The average profit of winning trades; 0 without any.</summary>
    public decimal AvgWin { get; init; }

    /// <summary>The average loss of losing trades, negative; 0 without any.</summary>
    public decimal AvgLoss { get; init; }

    /// <summary>The largest profit; 0 without any.</summary>
    public decimal LargestWin { get; init; }

    /// <summary>The largest loss, negative; 0 without any.</summary>
    public decimal LargestLoss { get; init; }

    /// <summary>The average time held, in minutes; 0 without trades.</summary>
    public decimal AvgHoldMinutes { get; init; }

    // For display; more digits mean nothing.
    private const int Decimals = 4;

    /// <summary>The statistics of <paramref name="trades"/>.</summary>
    public static TradeStatistics Of(IReadOnlyCollection<ClosedTrade> trades)
    {
        var wins = trades.Where(trade => trade.Pnl > 0).Select(trade => trade.Pnl).ToList();
        var losses = trades.Where(trade => trade.Pnl < 0).Select(trade => trade.Pnl).ToList();
        var (profit, loss) = (wins.Sum(), -losses.Sum());
        return new()
        {
            Total = trades.Count,
            Winning = wins.Count,
            Losing = losses.Count,
            WinRate = trades.Count == 0 ? 0 : Math.Round(wins.Count * 100m / trades.Count, Decimals),
            GrossProfit = profit,
            GrossLoss = loss,
            Net = profit - loss,
            ProfitFactor = loss == 0 ? null : Math.Round(profit / loss, Decimals),
            AvgWin = wins.Count == 0 ? 0 : profit / wins.Count,
            AvgLoss = losses.Count == 0 ? 0 : -loss / losses.Count,
            LargestWin = wins.DefaultIfEmpty().Max(),
            LargestLoss = losses.DefaultIfEmpty().Min(),
            AvgHoldMinutes = trades.Count == 0 ? 0 : trades.Sum(trade => trade.HoldMinutes) / trades.Count,
        };
    }
}
