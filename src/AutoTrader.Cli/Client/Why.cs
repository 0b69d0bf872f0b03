using AutoTrader.Contracts;

namespace AutoTrader.Cli.Client;

/// <summary>Why a strategy did or did not trade in the last cycle.</summary>
/// <param name="StrategyId">The strategy.</param>
/// <param name="Reasons">From its latest actions to the obstacles to further ones.</param>
/// <param name="Strategy">The stored strategy.</param>
internal sealed record Why(string StrategyId, IReadOnlyList<Reason> Reasons, StrategyResource Strategy)
{
    /// <summary>Reads all available facts, and what a cycle would decide now.</summary>
    public static async Task<Why> AskAsync(Caller caller, string strategyId)
    {
        var (api, cancellation) = (caller.Api, caller.Cancellation);
        var strategy = await caller.WaitAsync(api.GetStrategyAsync(strategyId, cancellation));
        var engine = await caller.EngineAsync();
        var risk = await caller.WaitAsync(api.GetRiskAsync(cancellation));
        var orders = (await caller.WaitAsync(api.ListOrdersAsync(strategyId: strategy.Id, cancellationToken: cancellation))).Items;
        var schedules = (await caller.WaitAsync(api.ListSchedulesAsync(strategyId: strategy.Id, cancellationToken: cancellation))).Items;
        var quotes = (await caller.WaitAsync(api.ListQuotesAsync(strategy.Symbol, cancellation))).Items;
        var events = await new EventStream(caller, "1d", strategy.Id).ReadAsync();
        var evidence = new Evidence(
            strategy,
            engine,
            risk,
            orders,
            schedules,
            quotes.Count == 0 ? null : quotes[0],
            events,
            await NextAsync(caller, strategy.Id)
        );
        return new(strategy.Id, Client.Reasons.Of(evidence), strategy);
    }

    // What a cycle would decide now says most; while another host runs one it cannot be asked.
    private static async Task<IReadOnlyList<CycleDecisionView>?> NextAsync(Caller caller, string strategyId)
    {
        try
        {
            return
            [
                .. (await caller.WaitAsync(caller.Api.RunEngineAsync("true", caller.Cancellation))).Decisions.Where(decision =>
                    decision.StrategyId == strategyId
                ),
            ];
        }
        catch (Exception failure)
            when (failure is CommandException { Code: ExitCode.Conflict or ExitCode.Failed }
                || failure.InnerException is CommandException { Code: ExitCode.Conflict or ExitCode.Failed }
            )
        {
            return null;
        }
    }
}
