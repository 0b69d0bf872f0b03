using AutoTrader.Core.Orders;
using AutoTrader.Core.Portfolio;

namespace AutoTrader.Backtesting.Statistics;

/// <summary>How long trades were held, in minutes of the calendar.</summary>
/// <param name="Average">The average.</param>
/// <param name="Median">The median.</param>
/// <param name="Longest">The longest.</param>
public sealed record Durations(decimal Average, decimal Median, decimal Longest)
{
    /// <summary>Those of <paramref name="trades"/>; null without any.</summary>
    public static Durations? Of(IEnumerable<ClosedTrade> trades)
    {
        List<decimal> minutes = [.. trades.Select(trade => trade.HoldMinutes).Order()];
        return minutes.Count == 0
            ? null
            : new(minutes.Average(), (minutes[minutes.Count / 2] + minutes[(minutes.Count - 1) / 2]) / 2, minutes[^1]);
    }
}

/// <summary>
/// What closed trades came to. p_i is the profit of one trade in dollars after fees: shares that one sale took from one lot, first in,
/// first out, as the ledger keeps them. A figure that is not defined is null.
/// </summary>
public sealed record ProfitStatistics
{
    /// <summary>Closed trades: N.</summary>
    public required int Total { get; init; }

    /// <summary>Trades with p &gt; 0.</summary>
    public required int Winning { get; init; }

    /// <summary>Trades with p = 0.</summary>
    public required int Draws { get; init; }

    /// <summary>Trades with p &lt; 0.</summary>
    public required int Losing { get; init; }

    /// <summary>100*winning/N.</summary>
    public decimal? WinRatePct { get; init; }

    /// <summary>The average p of winning trades.</summary>
    public decimal? AverageWin { get; init; }

    /// <summary>The average p of losing trades; negative.</summary>
    public decimal? AverageLoss { get; init; }

    /// <summary>The greatest p.</summary>
    public decimal? Best { get; init; }

    /// <summary>The least p.</summary>
    public decimal? Worst { get; init; }

    /// <summary>Average win/abs(average loss).</summary>
    public decimal? ProfitLossRatio { get; init; }

    /// <summary>Sum of wins/abs(sum of losses), in money; null without losses.</summary>
    public decimal? ProfitFactor { get; init; }

    /// <summary>The mean of p in dollars.</summary>
    public decimal? Expectancy { get; init; }

    /// <summary>(1 + average win/abs(average loss))*win rate - 1.</summary>
    public decimal? ExpectancyRatio { get; init; }

    /// <summary>The system quality number: sqrt(N)*mean(p)/sd(p), with N - 1 in the deviation; null below two trades, or when p does not
    /// vary.</summary>
    public double? Sqn { get; init; }

    /// <summary>The most winning trades in a row.</summary>
    public required int ConsecutiveWins { get; init; }

    /// <summary>The most losing trades in a row.</summary>
    public required int ConsecutiveLosses { get; init; }

    /// <summary>How long all trades were held.</summary>
    public Durations? Held { get; init; }

    /// <summary>How long winning trades were held.</summary>
    public Durations? WinnersHeld { get; init; }

    /// <summary>How long losing trades were held.</summary>
    public Durations? LosersHeld { get; init; }

    /// <summary>The closed trades of fills, with fees in their prices, so that <see cref="ClosedTrade.Pnl"/> is after fees.</summary>
    public static IReadOnlyList<ClosedTrade> TradesOf(IEnumerable<Fill> fills) => TradeAnalysis.Of(fills.Select(Net)).Trades;

    /// <summary>The statistics of <paramref name="trades"/>, in the order in which they were closed.</summary>
    public static ProfitStatistics Of(IReadOnlyList<ClosedTrade> trades)
    {
        List<ClosedTrade> wins = [.. trades.Where(trade => trade.Pnl > 0)];
        List<ClosedTrade> losses = [.. trades.Where(trade => trade.Pnl < 0)];
        decimal? averageWin = wins.Count == 0 ? null : wins.Average(trade => trade.Pnl);
        decimal? averageLoss = losses.Count == 0 ? null : losses.Average(trade => trade.Pnl);
        var ratio = averageWin / -averageLoss;
        var moments = Moments.Of([.. trades.Select(trade => (double)trade.Pnl)]);
        return new()
        {
            Total = trades.Count,
            Winning = wins.Count,
            Draws = trades.Count - wins.Count - losses.Count,
            Losing = losses.Count,
            WinRatePct = trades.Count == 0 ? null : 100m * wins.Count / trades.Count,
            AverageWin = averageWin,
            AverageLoss = averageLoss,
            Best = trades.Count == 0 ? null : trades.Max(trade => trade.Pnl),
            Worst = trades.Count == 0 ? null : trades.Min(trade => trade.Pnl),
            ProfitLossRatio = ratio,
            ProfitFactor = losses.Count == 0 ? null : wins.Sum(trade => trade.Pnl) / -losses.Sum(trade => trade.Pnl),
            Expectancy = trades.Count == 0 ? null : trades.Average(trade => trade.Pnl),
            ExpectancyRatio = ((1 + ratio) * wins.Count / Math.Max(1, trades.Count)) - 1,
            Sqn = moments is { Deviation: > 0 } ? Math.Sqrt(trades.Count) * moments.Mean / moments.Deviation : null,
            ConsecutiveWins = LongestRun(trades, trade => trade.Pnl > 0),
            ConsecutiveLosses = LongestRun(trades, trade => trade.Pnl < 0),
            Held = Durations.Of(trades),
            WinnersHeld = Durations.Of(wins),
            LosersHeld = Durations.Of(losses),
        };
    }

    private static Fill Net(Fill fill) =>
        fill.Kind == FillKind.Split || fill.Quantity == 0
            ? fill
            : fill with
            {
                Price = fill.Price + ((fill.Side == OrderSide.Buy ? 1 : -1) * fill.Fee / fill.Quantity),
            };

    private static int LongestRun(IReadOnlyList<ClosedTrade> trades, Predicate<ClosedTrade> counts)
    {
        var (longest, run) = (0, 0);
        foreach (var trade in trades)
        {
            run = counts(trade) ? run + 1 : 0;
            longest = Math.Max(longest, run);
        }

        return longest;
    }
}
