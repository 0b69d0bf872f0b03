using System.Globalization;
using AutoTrader.Backtesting;
using AutoTrader.Brokers.Market;
using AutoTrader.Core.Market;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Cli.Client.Backtests;

/// <summary>What commands and tools share to make a backtest of what people and assistants give.</summary>
internal static class BacktestDraft
{
    // The same in every run, so that the same strategy gives the same orders.
    private const string Name = "backtest";

    /// <summary>The quantity by default, in shares.</summary>
    public const int Quantity = 10;

    /// <summary>A strategy that arms itself anew when it has sold.</summary>
    /// <param name="type">The name of its type.</param>
    /// <param name="symbol">The symbol.</param>
    /// <param name="qty">Shares; null for the default, which for a grid stands in its levels.</param>
    /// <param name="trailingPct">Distance of the trailing stop in percent.</param>
    /// <param name="pullbackPct">The dip that it buys, in percent; null for the default where it buys one.</param>
    /// <param name="takeProfit">Profit at which it sells, in percent.</param>
    /// <param name="stopLoss">Loss at which it sells, in percent.</param>
    /// <param name="limit">The price of a limit entry in dollars; null to enter at market.</param>
    /// <param name="condition">The condition under which it enters at market; null for none.</param>
    /// <exception cref="CommandException">It makes no sense.</exception>
    public static Strategy Strategy(
        string type,
        string symbol,
        int? qty,
        decimal? trailingPct,
        decimal? pullbackPct,
        decimal? takeProfit,
        decimal? stopLoss,
        decimal? limit,
        string? condition = null
    )
    {
        var asked = StrategyDraft.Of(
            type,
            symbol,
            Name,
            qty,
            trailingPct,
            pullbackPct,
            takeProfit,
            stopLoss,
            limit,
            levels: null,
            enabled: true,
            condition
        );
        var kind = asked.StrategyType;
        var strategy = new Strategy
        {
            Id = Name,
            Arm = Name,
            Symbol = Symbol.Normalize(symbol),
            StrategyType = kind,
            Quantity = asked.Quantity.Or(1),
            EntryType =
                limit is not null ? EntryType.Limit
                : condition is not null ? EntryType.Condition
                : EntryType.Market,
            EntryPrice = asked.EntryPrice.Value,
            EntryCondition = asked.EntryCondition.Value,
            TrailingStopPct = asked.TrailingStopPct.Value,
            TakeProfitPct = asked.TakeProfitPct.Value,
            StopLossPct = asked.StopLossPct.Value,
            PullbackPct = asked.PullbackPct.Value,
            ScaleTargets = kind == StrategyType.ScaleOut ? ScaleOut.DefaultTargets : [],
            Repeat = kind != StrategyType.Grid,
        };
        return StrategyValidation.Validate(strategy).Concat(StrategyFields.Unused(strategy)).ToList() is { Count: > 0 } problems
            ? throw new CommandException(ExitCode.Usage, string.Join(' ', problems.Select(problem => problem.Message)))
            {
                ProblemCode = "INVALID_STRATEGY_PARAMS",
            }
            : strategy;
    }

    /// <summary>A day (New York).</summary>
    /// <param name="name">What it is called where it is given.</param>
    /// <param name="text">The day as it is given.</param>
    /// <exception cref="CommandException">It is none, or beyond the calendar of the exchange.</exception>
    public static DateOnly Day(string name, string? text)
    {
        // The last year's sessions are known; the day after its last is not.
        const int Last = TradingCalendar.LastYear - 1;
        return
            DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)
            && day.Year is >= TradingCalendar.FirstYear and <= Last
            ? day
            : throw new CommandException(
                ExitCode.Usage,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{name} is a day from {TradingCalendar.FirstYear} to {Last}, such as 2026-02-02."
                )
            )
            {
                ProblemCode = "INVALID_DATE_FORMAT",
            };
    }

    /// <summary>Runs a backtest beside the caller, who goes on listening for Ctrl+C and other calls.</summary>
    /// <exception cref="CommandException">It cannot be run.</exception>
    public static async Task<(BacktestRun Run, BacktestRun? TargetFirst)> PlayAsync(
        BacktestSettings settings,
        IProgress<BacktestProgress>? progress,
        CancellationToken cancellationToken
    )
    {
        try
        {
            var data = new BacktestData(settings.Market, new(progress as IProgress<FileProgress>, cancellationToken));
            return await Task.Run(() => Backtest.RunBothAsync(settings, progress, data, cancellationToken), CancellationToken.None);
        }
        catch (BacktestRefusedException refused)
        {
            throw new CommandException(ExitCode.Failed, refused.Message) { ProblemCode = "BACKTEST_FAILED" };
        }
    }
}
