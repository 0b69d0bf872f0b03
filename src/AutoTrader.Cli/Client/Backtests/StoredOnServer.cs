using AutoTrader.Backtesting.Stored;
using AutoTrader.Contracts;
using AutoTrader.Core.Risk;

namespace AutoTrader.Cli.Client.Backtests;

/// <summary>Reads what a server has stored, for replays on this machine. It only looks.</summary>
internal static class StoredOnServer
{
    // Quotes exist only while the market is open; after a long weekend the last bar is four days old.
    private const int Days = 5;

    /// <summary>The current strategies, schedules and account.</summary>
    public static async Task<StoredTrading> ReadAsync(Caller caller)
    {
        var (api, cancellation) = (caller.Api, caller.Cancellation);
        var engine = await caller.EngineAsync();
        var strategies = await caller.AllAsync<StrategyResource>(
            (limit, cursor) => api.ListStrategiesAsync(limit: limit, cursor: cursor, cancellationToken: cancellation)
        );
        var schedules = await caller.AllAsync<ScheduleResource>(
            (limit, cursor) => api.ListSchedulesAsync(limit: limit, cursor: cursor, cancellationToken: cancellation)
        );
        var portfolio = await caller.WaitAsync(api.GetPortfolioAsync(cancellation));
        var limits = (await caller.WaitAsync(api.GetRiskAsync(cancellation))).Limits;
        return new()
        {
            Now = engine.Now,
            Account = engine.Account,
            StrategiesYaml = await caller.WaitAsync(api.ExportStrategiesAsync(cancellation)),
            SchedulesYaml = await caller.WaitAsync(api.ExportSchedulesAsync(cancellation)),
            Strategies = strategies,
            Positions = portfolio.Positions,
            Cash = portfolio.Cash,
            Limits = new()
            {
                MaxPositionSize = limits.MaxPositionSize,
                MaxPositionValue = limits.MaxPositionValue,
                MaxOrderValue = limits.MaxOrderValue,
                MaxDailyLoss = limits.MaxDailyLoss,
                MaxDailyTrades = limits.MaxDailyTrades,
                AllowMargin = limits.AllowMargin,
            },
            KillSwitch = engine.KillSwitch is { } kill ? new KillSwitch(kill.Reason, kill.Since, kill.By) : null,
            Prices = await PricesAsync(
                caller,
                strategies
                    .Select(it => it.Symbol)
                    .Concat(schedules.Select(it => it.TaskData.Symbol).OfType<string>())
                    .Distinct(StringComparer.Ordinal)
            ),
        };
    }

    private static async Task<IReadOnlyDictionary<string, decimal>> PricesAsync(Caller caller, IEnumerable<string> symbols)
    {
        var prices = new Dictionary<string, decimal>(StringComparer.Ordinal);
        foreach (var symbol in symbols)
        {
            try
            {
                var bars = await caller.WaitAsync(caller.Api.ListBarsAsync(symbol, Days, limit: 1, caller.Cancellation));
                if (bars.Items is [.., var last])
                {
                    prices[symbol] = last.Close;
                }
            }
            catch (Exception failure) when (Outcomes.Find(failure) is { Code: ExitCode.NotFound })
            {
                // It has not traded in these days: prices stay as they are recorded.
            }
        }

        return prices;
    }
}
